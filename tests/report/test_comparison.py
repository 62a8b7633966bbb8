"""`aacpy.report.comparison`: the main comparison and the words that follow from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from aacpy.errors import RecordError
from aacpy.records import Record
from aacpy.report.cells import DEVELOPMENT_SEEDS
from aacpy.report.comparison import (
    cluster_interval,
    main_runs,
    ordering,
    paired_difference,
    score_interval,
    true_clusters,
    verdict,
)

Maker = Callable[..., Record]


def scored(make: Maker, method: str, seed: int, mean_ap: float, **overrides: Any) -> Record:
    """An invented record whose last epoch has the given mAP."""
    record = make(method, seed, **overrides)
    series = {**record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap]}
    return dataclasses.replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def grid(make: Maker, **values: list[float]) -> list[Record]:
    """Records of several methods; the place in a list is the seed."""
    return [scored(make, m, s, v) for m, column in values.items() for s, v in enumerate(column)]


def test_main_runs_leave_out_other_settings_and_development_seeds(make_record: Maker) -> None:
    kept = make_record("aac", 0)
    others = [
        make_record("aac", 0, delta=7),
        make_record("aac", DEVELOPMENT_SEEDS),
        make_record("aac", 1, data="elsewhere"),
    ]
    assert main_runs([*others, kept]) == [kept]


def test_main_runs_refuse_a_cell_twice(make_record: Maker) -> None:
    with pytest.raises(RecordError, match="same cell: aac-seed0"):
        main_runs([make_record("aac", 0), make_record("aac", 0)])


def test_scores_are_per_cent_of_the_last_epoch(make_record: Maker) -> None:
    runs = grid(make_record, aac=[0.7, 0.8])
    assert score_interval(runs, "aac").mean == pytest.approx(75)
    assert score_interval(runs, "baseline").n == 0
    last = [r.series["clusters"][-1] for r in runs]
    assert cluster_interval(runs, "aac").mean == pytest.approx(sum(map(float, last)) / 2)
    assert true_clusters(runs) == 100 and true_clusters([]) is None


def test_pairs_go_by_seed(make_record: Maker) -> None:
    runs = grid(make_record, baseline=[0.5, 0.6], aac=[0.56, 0.7, 0.99])
    found = paired_difference(runs, "aac", "baseline")
    assert found.n == 2 and found.mean == pytest.approx(8)  # 6 and 10; the third has no partner
    assert found.error == pytest.approx(2)
    assert paired_difference(runs, "baseline", "aac").mean == pytest.approx(-8)
    assert paired_difference(runs, "aac", "supervised").n == 0


def test_runs_on_different_data_are_no_pair(make_record: Maker) -> None:
    one, other = grid(make_record, baseline=[0.5], aac=[0.6])
    other = dataclasses.replace(other, dataset={**other.dataset, "fingerprint": "1" * 64})
    with pytest.raises(RecordError, match="aac-seed0 and baseline-seed0 ran on different data"):
        paired_difference([one, other], "aac", "baseline")


@pytest.mark.parametrize(
    ("aac", "answer", "words"),
    [
        ([0.60, 0.71, 0.79], "Yes", "raises mAP by 10.0 points"),
        ([0.40, 0.51, 0.59], "No", "lowers mAP by 10.0 points"),
        ([0.60, 0.50, 0.70], "Not settled", "changes mAP by +0.0 points"),
    ],
)
def test_verdict_follows_the_interval(
    make_record: Maker, aac: list[float], answer: str, words: str
) -> None:
    found = verdict(grid(make_record, baseline=[0.5, 0.6, 0.7], aac=aac))
    assert found.answer == answer
    assert words in found.gain and "3 seeds" in found.gain
    assert "has not run" in found.control


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ([0.70, 0.81, 0.90], "do better still"),
        ([0.50, 0.61, 0.69], "clustering adds something"),
        ([0.60, 0.80, 0.70], "cannot be told from AAC"),
    ],
)
def test_verdict_says_where_the_control_falls(
    make_record: Maker, control: list[float], words: str
) -> None:
    runs = grid(make_record, baseline=[0.5, 0.6, 0.7], aac=[0.6, 0.71, 0.79], attributes=control)
    assert words in verdict(runs).control


def test_verdict_without_enough_runs_says_what_to_type(make_record: Maker) -> None:
    assert verdict([]).answer == "Not run"
    one = verdict(grid(make_record, baseline=[0.5], aac=[0.6]))
    assert (
        one.answer == "Not run" and "make reproduce" in one.gain and "1 of at least 2" in one.gain
    )
    assert str(one).startswith("Not run. ")


def test_ordering_names_the_higher_first(make_record: Maker) -> None:
    runs = grid(make_record, baseline=[0.7, 0.8], aac=[0.6, 0.65])
    assert [(a, b) for a, b, _ in ordering(runs)] == [("baseline", "aac")]
    assert ordering(runs)[0][2].mean == pytest.approx(12.5)
    assert ordering([]) == []
