"""The ablations: which runs, the two tables, the figures, and what they say of the claims."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from aacpy import figures, tables
from aacpy.config import Config
from aacpy.records import Record
from aacpy.report import claims
from aacpy.report.ablation import (
    delta_runs,
    no_split_runs,
    paper_start_epochs,
    run_epochs,
    start_epoch_runs,
)
from aacpy.report.reported import reported_ablation
from aacpy.report.statistics import trend

Maker = Callable[..., Record]


def scored(make: Maker, mean_ap: float, method: str = "aac", seed: int = 0, **settings: Any) -> Any:
    """An invented record whose last epoch has the given mAP."""
    record = make(method, seed, **settings)
    series = {**record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap]}
    return dataclasses.replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def ablations(make: Maker, slope: float = -0.01, seeds: int = 3) -> list[Record]:
    """All cells of Tables 1 to 3; mAP follows a straight line, seeds differ in their level.

    A tenth of a point of noise, of another sign each seed, gives the intervals some width.
    """
    records = []
    for seed in range(seeds):
        level = 0.7 + 0.05 * seed
        wobble = 0.001 * (-1) ** seed
        for start in range(1, 9):
            mean_ap = level + slope * start + wobble * start
            records.append(scored(make, mean_ap, seed=seed, delta=10, start_epoch=start))
        for delta in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20):
            mean_ap = level + slope * (delta - 10) + wobble * (delta == 6)
            records.append(scored(make, mean_ap, seed=seed, delta=delta))
        records.append(scored(make, level - 0.1, "baseline", seed))
        records.append(scored(make, level + 0.1 + wobble, "attributes", seed))
    return records


@pytest.fixture
def records(make_record: Maker) -> list[Record]:
    return ablations(make_record)


def test_runs_are_found_by_what_the_tables_vary(records: list[Record]) -> None:
    assert {v: len(r) for v, r in start_epoch_runs(records).items()} == dict.fromkeys(range(9), 3)
    deltas = delta_runs(records)
    assert list(deltas) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20]
    assert {len(runs) for runs in deltas.values()} == {3}
    assert [r.seed for r in no_split_runs(records)] == [0, 1, 2]


def test_runs_with_another_setting_changed_are_left_out(
    records: list[Record], make_record: Maker
) -> None:
    more = [*records, make_record(delta=7, eps=0.5), make_record("baseline", 1, eps=0.5)]
    assert [r.config.eps for r in delta_runs(more)[7]] == [0.6] * 3
    assert len(no_split_runs(more)) == 3


def test_runs_that_all_share_a_change_are_compared(make_record: Maker) -> None:
    short = [make_record(seed=s, delta=d, epochs=6) for s in (0, 1) for d in (4, 5)]
    assert {d: len(runs) for d, runs in delta_runs(short).items()} == {4: 2, 5: 2}
    assert run_epochs(short) == 6


def test_the_paper_s_start_epochs_are_scaled() -> None:
    assert list(paper_start_epochs(12)) == list(range(9))
    assert list(paper_start_epochs(60)) == list(range(0, 45, 5))
    assert paper_start_epochs(12)[4] == reported_ablation("table2", "start_epoch")[20]


def test_table2_has_reported_and_measured_rows(records: list[Record]) -> None:
    table = tables.table2(records)
    assert len(table.rows) == 18
    assert all(len(row) == len(table.columns) == len(table.align) for row in table.rows)
    first, second = table.rows[0], table.rows[3]
    assert [c.text() for c in first] == [
        "0 of 12 = 0 of 60", "○ paper", "84.9", "+0.0", "93.6", "97.3", "98.2", "–", "–",
    ]  # fmt: skip
    assert second[0].text() == "1 of 12 = 5 of 60"
    assert second[1].main == "● 3 seeds"
    assert (second[2].main, second[3].main) == ("74.0", "−1.0")
    assert table.rows[1][3].main == "–"
    assert table.emphasis == list(range(1, 18, 2))


def test_table3_ends_with_no_split(records: list[Record]) -> None:
    table = tables.table3(records)
    assert len(table.rows) == 7 * 2 + 6 + 2
    assert [row[0].main for row in table.rows[-2:]] == ["no split"] * 2
    assert table.rows[-2][2].main == "82.1"
    values = {row[0].main: row for row in table.rows if row[1].main.startswith("●")}
    assert values["10"][3].main == "+10.0"
    assert values["4"][3].main == "+16.0"
    assert values["no split"][3].main == "–"
    assert len(table.groups) == len(values)


@pytest.mark.parametrize("make_table", [tables.table2, tables.table3])
def test_tables_without_records_say_how_to_fill_them(make_table: Any) -> None:
    table = make_table([])
    measured = [row for row in table.rows if row[1].main == "● 0 seeds"]
    assert measured
    assert all(cell.main == "not run" for row in measured for cell in [row[2], *row[4:]])
    assert "make reproduce-all" in table.to_text()


def test_records_of_the_paper_s_preset_fill_the_tables(make_record: Maker) -> None:
    market = [
        dataclasses.replace(
            r,
            config=Config.preset("paper", method=r.method, seed=r.seed, data="Market"),
            dataset={**r.dataset, "name": "Market"},
        )
        for seed in range(2)
        for r in (make_record("baseline", seed), make_record("aac", seed))
    ]
    table = tables.table1(market)
    assert [row[1].main for row in table.rows[:4]] == ["○ paper", "● 2 seeds"] * 2
    assert "measured here: Market, resnet50, last epoch" in table.notes[0]
    assert "On Market AAC" in tables.verdict(market).gain
    mixed = [make_record("aac", 5), *market]
    assert [row[1].main for row in tables.table1(mixed).rows[1:4:2]] == ["● 0 seeds", "● 1 seed"]


def test_a_trend_is_fitted_seed_by_seed(make_record: Maker) -> None:
    groups = {
        x: [scored(make_record, y / 100, seed=seed) for seed, y in enumerate(ys)]
        for x, ys in {0: (50, 60), 2: (51, 64), 4: (48, 60)}.items()
    }
    found = trend(groups)
    assert found.slope.mean == pytest.approx((-0.5 + 0.0) / 2)
    assert found.bend.mean == pytest.approx((2.0 + 4.0) / 2)
    assert (found.slope.n, found.bend.n) == (2, 2)


def test_a_trend_takes_only_seeds_that_have_every_value(make_record: Maker) -> None:
    both = [scored(make_record, 0.5, seed=0), scored(make_record, 0.6, seed=1)]
    assert trend({0: both, 1: both[:1], 2: both}).slope.n == 1
    assert trend({}).slope.n == 0
    assert trend({0: both, 1: both}).bend.n == 0


def test_the_three_claims_follow_from_the_numbers(records: list[Record]) -> None:
    gain, start, delta = claims.claims(records)
    assert [c.answer for c in (gain, start, delta)] == ["Yes", "Yes", "Yes"]
    assert "changes mAP by −0.97 points" in start.evidence
    assert "All 8 later starts are worse than the first" in start.evidence
    assert "Starting in epoch 8 instead of 0: −7.7 points" in start.evidence
    assert "The highest mean has δ = 0" in delta.evidence
    assert "cannot be told from a straight line" in delta.evidence
    assert "Table 2: −2.9 points" in start.claim
    assert "Table 1: +3.9 points" in gain.claim


def test_claims_are_contradicted_where_the_numbers_do(make_record: Maker) -> None:
    _, start, delta = claims.claims(ablations(make_record, slope=0.01))
    assert (start.answer, delta.answer) == ("No", "No")
    assert "None of the 8 later starts is worse" in start.evidence


def test_claims_are_not_settled_where_seeds_disagree(make_record: Maker) -> None:
    _, start, delta = claims.claims(ablations(make_record, slope=0.0, seeds=2))
    assert (start.answer, delta.answer) == ("Not settled", "Not settled")


def test_claims_without_records_say_what_to_run() -> None:
    assert [c.answer for c in claims.claims([])] == ["Not run"] * 3
    assert "make reproduce-all" in claims.claims_markdown([])


def test_a_partly_run_table_settles_nothing(records: list[Record]) -> None:
    part = [r for r in records if r.config.delta != 6]
    assert claims.delta_claim(part).answer == "Not run"


def test_the_paper_s_conflict_is_read_off_its_tables() -> None:
    text = claims.paper_conflict()
    assert "84.9 in its Table 2 and 83.0 in its Table 3" in text
    assert "start in epoch 20" in text


@pytest.mark.parametrize(
    "draw",
    [
        figures.start_epoch_gaps,
        figures.start_epoch_curves,
        figures.delta_gaps,
        figures.delta_clusters,
    ],
)
def test_figures_draw_records_and_say_so_without(draw: Any, records: list[Record]) -> None:
    full = figures.show(draw(records), alt="x").html()
    assert "<svg" in full and "not run" not in full
    assert "make reproduce-all" in figures.show(draw([]), alt="x").html()
    one_seed = [r for r in records if r.seed == 0]
    assert "<svg" in figures.show(draw(one_seed), alt="x").html()


def test_gaps_are_drawn_where_they_are(records: list[Record]) -> None:
    (ax,) = figures.delta_gaps(records).axes
    (line,) = [
        line for line in ax.lines if len(line.get_xdata()) == 13 and line.get_marker() == "o"
    ]
    deltas = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20]
    # A point less for each step of delta, ten above the baseline at 10; seeds' noise at 6.
    expected = [20 - delta + 0.1 / 3 * (delta == 6) for delta in deltas]
    assert list(line.get_xdata()) == deltas
    assert list(line.get_ydata()) == pytest.approx(expected)
    (paper,) = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert list(paper.get_ydata()) == pytest.approx([3.8, 3.9, 3.4, 3.3, 3.3, 3.6, 0.9])
    assert {text.get_text() for text in ax.texts} == {"here", "paper", "attributes only"}


def test_a_start_after_the_last_epoch_is_drawn_at_its_end(make_record: Maker) -> None:
    runs = [make_record(delta=10, start_epoch=start, epochs=4) for start in (0, 4)]
    (ax,) = figures.start_epoch_curves(runs).axes
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == [0, 3]
