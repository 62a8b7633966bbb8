"""What AAC ignores: which arm is which, and what is concluded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from aacpy import figures
from aacpy.records import Record
from aacpy.report.studies import leftovers

Maker = Callable[..., Record]

AAC = 0.7


def invent(
    make: Maker, *, drop: float = -0.02, reattach: float = 0.02, outliers: float = 0.04,
    both: float = 0.05, noise: float = 0.001, seeds: int = 3,
) -> list[Record]:  # fmt: skip
    """Every arm with the given gap to AAC; seeds differ in level, and by `noise` in gaps."""
    cells: list[tuple[dict[str, Any], float]] = [
        ({"method": "baseline"}, -0.1),
        ({}, 0),
        ({"leftovers": "drop"}, drop),
        ({"leftovers": "reattach"}, reattach),
        ({"outliers": "reattach"}, outliers),
        ({"leftovers": "reattach", "outliers": "reattach"}, both),
    ]
    return [
        scored(make, AAC + gap + 0.05 * seed + noise * ((seed + place) % 3), seed=seed, **settings)
        for seed in range(seeds)
        for place, (settings, gap) in enumerate(cells)
    ]


def scored(make: Maker, mean_ap: float, **settings: Any) -> Record:
    record = make(**settings)
    n = record.config.epochs
    series = {
        **record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap],
        "unclustered": [80, *[40] * (n - 2), 30], "ari": [0.25] * n,
    }  # fmt: skip
    return dataclasses.replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def test_it_pays_where_every_way_to_reattach_does(make_record: Maker) -> None:
    found = leftovers.finding(invent(make_record))
    assert found.answer == "Yes"
    assert "AAC with left-overs dropped is 2.0 points below AAC as in the paper" in found.verdict
    assert "with both reattached, 5.0 points above it" in found.verdict
    assert (
        "leaves 80 of 1,200 training images un-clustered in the first epoch and 30 in"
        in found.verdict
    )
    assert found.advice.startswith("reattach them")
    assert found.evidence.startswith("+4.0 points")


def test_the_answer_follows_the_ways_to_reattach(make_record: Maker) -> None:
    worse = invent(make_record, reattach=-0.02, outliers=-0.04, both=-0.05)
    assert leftovers.finding(worse).answer == "No"
    assert leftovers.finding(worse).advice.endswith("reattaching them costs")
    assert leftovers.finding(invent(make_record, reattach=0)).answer == "In part"
    noisy = invent(make_record, reattach=0, outliers=0, both=0, noise=0.02)
    assert leftovers.finding(noisy).answer == "Not settled"
    assert leftovers.finding(noisy).advice.endswith("shows no gain")
    mixed = invent(make_record, reattach=0, outliers=0, both=-0.05)
    assert leftovers.finding(mixed).answer == "Not settled"


def test_without_the_runs_it_says_so(make_record: Maker) -> None:
    records = invent(make_record)
    for some in ([], [r for r in records if r.seed == 0], records[:3]):
        found = leftovers.finding(some)
        assert found.answer == "Not run"
        assert "make reproduce-studies" in found.verdict
    assert leftovers.finding([]).advice == leftovers.finding([]).evidence == "not run"


def test_the_table_s_rows(make_record: Maker) -> None:
    table = leftovers.leftover_table(invent(make_record, noise=0))
    assert [row[0].main for row in table.rows] == [
        "no split", "AAC", "left-overs dropped", "left-overs reattached",
        "un-clustered images reattached", "both reattached",
    ]  # fmt: skip
    last = table.rows[-1]
    assert [c.main for c in last[:4]] == ["both reattached", "3", "80.0", "+5.0"]
    assert [c.main for c in last[5:]] == ["80", "30", "0.25"]


def test_figure_and_table_show_all_some_and_no_records(make_record: Maker) -> None:
    records = invent(make_record)
    for some in (records, records[:3], [r for r in records if r.seed == 0]):
        assert "<svg" in figures.show(leftovers.leftover_figure(some), alt="x").html()
        leftovers.leftover_table(some).to_html()
    nothing = figures.show(leftovers.leftover_figure([]), alt="x").html()
    assert "make reproduce-studies" in nothing
    assert "make reproduce-studies" in leftovers.leftover_table([]).to_text()


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_draw(make_record: Maker, seeds: int) -> None:
    leftovers.leftover_figure(invent(make_record, seeds=seeds))


@pytest.mark.parametrize(
    ("gap", "answer", "advice"), [(0.02, "Yes", "reattach"), (-0.02, "No", "keep them together")]
)
def test_advice_on_what_a_split_leaves_over(
    make_record: Maker, gap: float, answer: str, advice: str
) -> None:
    found = leftovers.left_over_finding(invent(make_record, reattach=gap))
    assert found.answer == answer and found.advice.startswith(advice)
    assert "left-overs reattached" in found.verdict
    assert leftovers.left_over_finding([]).answer == "Not run"
