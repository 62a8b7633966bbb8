"""The page on cost: tables, bounds and figures from invented measurements."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

from aacpy.measurements import Case, Measurement, Timing
from aacpy.records import Record
from aacpy.report import acceptance, cost, cost_figures, cost_gpu, cost_shares
from aacpy.report.markup import Cell
from aacpy.report.shown import show

Measured = dict[str, Measurement]


def case(size: int, width: int = 2048, checks: dict[str, bool] | None = None, **works: Any) -> Case:
    """A case whose works are (seconds, peak megabytes)."""
    timings = {name: Timing((s,) * 5, None if mb is None else int(mb * 1e6))
               for name, (s, mb) in works.items()}  # fmt: skip
    return Case(size, f"width {width}", f"{size:,} × {width:,}", timings, checks or {})


def measurement(stage: str, *cases: Case, **changes: Any) -> Measurement:
    """A measurement of these cases."""
    made = Measurement(
        stage=stage, title=stage.replace("_", " "), limit="its limit", textbook="its textbook",
        data="invented", cases=cases, settings={"repeats": 5, "threads": 2, "quick": False},
        environment={"cpu": "x", "device": "cpu"}, revision="0" * 12, finished="2026-01-01T00:00",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


@pytest.fixture
def measured() -> Measured:
    """Stages that meet every bound, times growing as the square of the size."""
    same = {"the textbook's labels": True}
    exact = [case(n, checks=same if n < 20_000 else None, library=(1.3e-8 * n**2, n / 50),
                  limit=(1e-8 * n**2, None), beyond=(3e-9 * n**2, None),
                  **({"textbook": (1e-7 * n**2, n / 5)} if n < 20_000 else {}))
             for n in (3_234, 12_936, 100_000)]  # fmt: skip
    wide = dataclasses.replace(
        case(12_936, library=(1.0, 100), limit=(0.5, None), exact=(4.0, 200)), facts={"ari": 0.99}
    )
    near = [case(n, 256, library=(n / 1e4, n / 100), limit=(n / 2e4, None), exact=(n / 1e3, n / 90))
            for n in (12_936, 200_000)]  # fmt: skip
    found = case(15_913, checks=same, library=(1.4, 90), limit=(1.0, None), textbook=(6.0, 900))
    batch = case(256, checks=same, library=(0.001, 4), limit=(1e-4, None), textbook=(0.02, 4))
    nets = [case(64, w, library=(1.04, 10), limit=(1.0, 10), textbook=(1.2, 10)) for w in (64, 128)]
    kinds = {"convolution": 0.7, "other": 0.3}
    epoch = dataclasses.replace(case(50, library=(5.0, 700)), facts=kinds)
    made = [measurement("pseudo_labels", *exact), measurement("approximate", *near, wide),
            measurement("evaluation", found), measurement("memory", batch),
            measurement("ghost_batchnorm", *nets), measurement("embedded", epoch)]  # fmt: skip
    return {each.stage: each for each in made}


def breaking(cell: Cell) -> str:
    """What a cell says, with spaces that break."""
    return cell.main.replace(cost.NO_BREAK, " ")


def test_the_cost_of_a_stage_is_that_at_market_size(measured: Measured) -> None:
    table = cost.cost_table(measured)
    rows = {row[0].main: [breaking(cell) for cell in row[1:]] for row in table.rows}
    assert rows["pseudo labels"] == [
        "12,936 × 2,048", "1.3", "7.7", "2.00", "259 MB", "2.6 GB",
    ]  # fmt: skip
    assert rows["approximate"][0] == "12,936 × 2,048" and rows["approximate"][3] == "1.00"
    assert rows["memory"][2] == "20"
    assert "embedded" not in rows  # it has no limit
    compared = cost.compared_table(measured)
    assert [cell.main for cell in compared.rows[0]] == [
        "pseudo labels", "its limit", "its textbook", "invented",
    ]  # fmt: skip


def test_every_size_has_a_row_in_its_stages_group(measured: Measured) -> None:
    table = cost.sizes_table(measured)
    assert len(table.rows) == 3 + 3 + 1 + 1 + 2
    assert list(table.groups) == [0, 3, 6, 7, 9]
    names = [table.rows[i][0].main for i in table.groups]
    assert names == ["pseudo labels", "approximate", "memory", "ghost batchnorm", "evaluation"]
    assert [row[-1].main for row in table.rows[:3]] == ["yes", "yes", "–"]


def test_approximate_labels_are_compared_with_the_exact_ones(measured: Measured) -> None:
    rows = [[breaking(cell) for cell in row] for row in cost.approximate_table(measured).rows]
    assert rows[0] == ["12,936 × 256", "0.10", "–", "–"]
    assert rows[2] == ["12,936 × 2,048", "0.25", "–", "0.990"]
    assert "make bench" in cost.approximate_table({}).notes[0]


def test_seconds_are_shown_to_who_knows_the_machine_only(measured: Measured) -> None:
    shown = cost.stage_table(measured["memory"], absolute=True)
    assert shown.columns[1:4] == ["library, ms", "limit, ms", "textbook, ms"]
    assert shown.rows[0][1].main == "1.000"
    for table in (cost.stage_table(measured["memory"]), cost.cost_table(measured),
                  cost.sizes_table(measured)):  # fmt: skip
        assert not any("ms" in column or "seconds" in column for column in table.columns)


def test_work_that_was_killed_says_so(measured: Measured) -> None:
    killed = dataclasses.replace(
        measured["memory"].cases[0], works={"library": Timing((), failed="killed (SIGKILL)")}
    )
    table = cost.stage_table(measurement("memory", killed), absolute=True)
    assert table.rows[0][1].main == "killed (SIGKILL)"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0831, "0.083"), (0.4, "0.40"), (1.27, "1.3"), (9.96, "10"), (12.6, "13"), (1234, "1,200")],
)
def test_ratios_have_two_digits(value: float, words: str) -> None:
    assert cost.two_digits(value) == words


def test_bounds_that_are_met(measured: Measured) -> None:
    bounds = acceptance.bounds(measured)
    assert all(bound.measured and bound.met for bound in bounds)
    rows = acceptance.acceptance_table(measured).rows
    assert [breaking(c) for c in rows[0][2:]] == ["≤ 0.40 ×", "0.30 ×", "met"]
    assert [breaking(c) for c in rows[2][2:]] == ["≥ 100%", "100%", "met"]
    many = next(b for b in bounds if b.part == "exact labels, 100,000 × 2,048")
    assert many.value == 100_000 / 50 * 1e6 + 4 * 100_000 * 2048
    assert acceptance.summary(measured).endswith("that were measured are met.")


def test_bounds_that_are_missed_are_named(measured: Measured) -> None:
    slow = case(15_913, checks={"the loop's scores": False}, library=(1.6, 90), limit=(1.0, None))
    measured["evaluation"] = measurement("evaluation", slow)
    missed = [bound for bound in acceptance.bounds(measured) if not bound.met]
    assert [bound.words(bound.value) for bound in missed] == ["1.6 ×", "0%"]
    text = acceptance.summary(measured)
    assert (
        "not met: evaluation, 15,913 × 2,048, time" in text
        and "1.6 × where ≤ 1.5 × was wanted" in text
    )


def test_without_measurements_everything_says_what_to_type() -> None:
    assert "make bench" in cost.headline({})
    assert "make bench" in cost.cost_table({}).notes[0]
    rows = acceptance.acceptance_table({}).rows
    assert {row[3].main for row in rows} == {"not run"}
    assert rows[0][4].main == 'make bench STAGES="pseudo_labels"'
    assert "make bench GPU=1" in cost_gpu.gpu_table({}).notes[0]
    for figure in (cost_figures.time_growth({}), cost_figures.memory_growth({})):
        assert "not run" in show(figure, alt="nothing").html()
    assert cost_shares.share_words(cost_shares.phase_shares([])) == "not run"


def test_headline(measured: Measured) -> None:
    assert cost.headline(measured) == (
        "The exact pseudo-labels of 12,936 images take 1.3 times as long as their nearest "
        "neighbours alone and an evaluation on 15,913 images takes 1.4 times as long as its "
        "matrix product."
    )


@pytest.mark.parametrize("width", [350, 320])
@pytest.mark.parametrize("draw", [cost_figures.time_growth, cost_figures.memory_growth])
def test_growth_figures_name_their_curves(
    measured: Measured, draw: Callable[..., Any], width: int
) -> None:
    html = show(draw(measured, width=width), alt="growth").html()
    root = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    assert root.get("width") == str(width)
    for label in ("exact", "textbook", "approximate"):
        assert f">{label}" in html
    assert "12,936 images" in html  # what a point says


def test_words_of_the_growth_figures(measured: Measured) -> None:
    words = cost_figures.growth_words(measured)
    assert "exact pseudo-labels 2.00" in words and "approximate pseudo-labels 1.00" in words
    assert "exact pseudo-labels 2.0 GB at 100,000 images" in cost_figures.memory_words(measured)


def test_shares(measured: Measured, make_record: Callable[..., Record]) -> None:
    phases = cost_shares.phase_shares([make_record("aac", 0), make_record("baseline", 0)])
    assert phases["training steps"] == pytest.approx(2 / 3) and len(phases) == 5
    kinds = cost_shares.kind_shares(measured)
    assert cost_shares.share_words(kinds) == "convolution 70%, other 30%"
    html = show(cost_shares.shares_figure(kinds, "share, %"), alt="shares").html()
    assert ">convolution<" in html and ">70<" in html


def test_gpu_table_shows_the_named_gpu() -> None:
    facts = {name: 100.0 for pair in cost_gpu.ROWS.values() for name in pair if name}
    facts |= {"share of the matrix rate": 0.25, "images a second, training, plain": 50.0}
    works = {"ghost": (1.03, None), "one group": (1.0, None)}
    made = dataclasses.replace(case(256, **works), facts=facts)
    table = cost_gpu.gpu_table(
        {"gpu": measurement("gpu", made, environment={"device": "A Named GPU", "torch": "2.0"})}
    )
    rows = {row[0].main: [c.main for c in row[1:]] for row in table.rows}
    assert rows["training, images a second"] == ["100", "50", "2.0 ×"]
    assert rows["training, of the matrix product's rate"][0] == "25%"
    assert rows["ghost BatchNorm, more of a training step"][0] == "3%"
    assert "A Named GPU" in table.notes[0]
