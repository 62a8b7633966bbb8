"""`aacpy.report.comparison`: intervals, pairs and the words that follow from them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aacpy.errors import RecordError
from aacpy.records import Record
from aacpy.report.comparison import (
    DEVELOPMENT_SEEDS,
    Interval,
    cluster_interval,
    interval_text,
    main_runs,
    mean_interval,
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


def test_interval_is_students() -> None:
    # by hand: mean 4, standard deviation 2, t(0.975, 2) = 4.30265
    found = mean_interval([2.0, 4.0, 6.0])
    assert found.mean == 4 and found.n == 3
    assert found.error == pytest.approx(2 / math.sqrt(3))
    assert found.half_width == pytest.approx(4.30265 * 2 / math.sqrt(3), rel=1e-5)
    assert (found.low, found.high) == (4 - found.half_width, 4 + found.half_width)


def test_interval_of_one_and_of_none() -> None:
    one, none = mean_interval([7.0]), mean_interval([])
    assert one.mean == 7 and math.isnan(one.half_width) and one.n == 1
    assert math.isnan(none.mean) and none.n == 0


def test_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = sum(
        i.low <= 0 <= i.high for i in (mean_interval(rng.normal(size=5)) for _ in range(2000))
    )
    assert hits / 2000 == pytest.approx(0.95, abs=0.015)


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


def test_interval_text_shows_signs_where_they_matter() -> None:
    assert interval_text(Interval(7, 3, 5)) == "95% interval 4.0 to 10.0"
    assert interval_text(Interval(1, 3, 5)) == "95% interval −2.0 to +4.0"
    assert interval_text(Interval(1, math.nan, 1)) == "one seed, no interval"
