"""A rule without threshold: which arm is which, and what is concluded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aacpy import figures
from aacpy.records import Record
from aacpy.report.studies import rule

Maker = Callable[..., Record]

DELTAS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20)
BEST = 0.7


def invent(
    make: Maker, *, silhouette: float = 0.0, description: float = 0.0, noise: float = 0.001,
    wrong: bool = True, seeds: int = 3,
) -> list[Record]:  # fmt: skip
    """Fixed δ, best at 2 and a point worse a step; rules with a gap to it; with errors as well."""
    cells: list[tuple[Mapping[str, Any], float]] = [({"method": "baseline"}, -0.2)]
    cells += [({"delta": delta}, -0.01 * abs(delta - 2)) for delta in DELTAS]
    gaps = {"silhouette": silhouette, "description": description}
    cells += [({"split_rule": name}, gap) for name, gap in gaps.items()]
    if wrong:
        cells.append(({"attribute_error": 0.1}, -0.1))
        cells += [({"split_rule": name, "attribute_error": 0.1}, gap - 0.1)
                  for name, gap in gaps.items()]  # fmt: skip
    return [
        scored(make, BEST + gap + 0.05 * seed + noise * ((seed + place) % 3 - 1), seed=seed, **made)
        for seed in range(seeds)
        for place, (made, gap) in enumerate(cells)
    ]


def scored(make: Maker, mean_ap: float, **settings: Any) -> Record:
    record = make(**settings)
    n = record.config.epochs
    series = {
        **record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap],
        "clusters": [90 + 10 * (record.config.split_rule == "silhouette")] * n,
    }  # fmt: skip
    return dataclasses.replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def test_rules_that_are_as_good_match(make_record: Maker) -> None:
    found = rule.finding(invent(make_record))
    assert found.answer == "Yes"
    assert "not to be told from the best fixed δ" in found.verdict
    assert "that δ, chosen for each seed on the others, is 2" in found.verdict
    assert "The silhouette rule is 3.0 points above the paper's δ = 5" in found.verdict
    assert "For 100 people AAC ends with 100 clusters by the silhouette rule, 90" in found.verdict
    assert "With one attribute in ten wrong, the silhouette rule is not to be told" in found.verdict
    assert "which beats the paper's δ = 5" in found.advice
    assert found.evidence.endswith("rule against the best fixed δ")


def test_the_answer_follows_both_rules(make_record: Maker) -> None:
    worse = rule.finding(invent(make_record, silhouette=-0.05, description=-0.04))
    assert worse.answer == "No"
    assert worse.advice == "keep the paper's δ = 5, which beats the rules"
    part = rule.finding(invent(make_record, silhouette=-0.05))
    assert part.answer == "In part"
    assert part.advice.startswith("split by the description rule")
    same = rule.finding(invent(make_record, silhouette=-0.03, description=-0.03, noise=0.02))
    assert same.answer == "Not settled"
    assert same.advice.startswith("take the paper's δ = 5 or the ")
    assert same.advice.endswith("rule; the seeds do not tell them apart")
    mixed = rule.finding(invent(make_record, silhouette=-0.2, description=-0.03, noise=0.02))
    assert mixed.answer == "Not settled"


def test_a_loss_within_the_margin_still_matches(make_record: Maker) -> None:
    found = rule.finding(invent(make_record, silhouette=-0.005, description=-0.005))
    assert found.answer == "Yes"


def test_without_the_runs_it_says_so(make_record: Maker) -> None:
    records = invent(make_record)
    fixed = [r for r in records if r.config.split_rule == "delta"]
    for some in ([], fixed, [r for r in records if r.seed == 0]):
        found = rule.finding(some)
        assert (found.answer, found.advice, found.evidence) == ("Not run", "not run", "not run")
        assert "make reproduce-studies" in found.verdict
    clean = rule.finding(invent(make_record, wrong=False))
    assert clean.answer == "Yes"
    assert "one attribute in ten" not in clean.verdict


def test_the_tables_rows(make_record: Maker) -> None:
    records = invent(make_record, silhouette=-0.02, noise=0)
    table = rule.rule_table(records)
    assert [[c.main for c in row[:5]] for row in table.rows] == [
        ["no split", "3", "55.0", "−20.0", "90"],
        ["the paper's δ = 5", "3", "72.0", "−3.0", "90"],
        ["best fixed δ", "3", "75.0", "–", "90"],
        ["silhouette", "3", "73.0", "−2.0", "100"],
        ["description", "3", "75.0", "+0.0", "90"],
    ]
    wrong = rule.rule_table(records, wrong=True)
    assert [[c.main for c in row[:4]] for row in wrong.rows] == [
        ["no split", "3", "55.0", "−10.0"],
        ["the paper's δ = 5", "3", "65.0", "–"],
        ["silhouette", "3", "63.0", "−2.0"],
        ["description", "3", "65.0", "+0.0"],
    ]


def _wrong(records: list[Record]) -> Any:
    return rule.rule_figure(records, wrong=True)


@pytest.mark.parametrize("draw", [rule.delta_figure, rule.rule_figure, _wrong])
def test_figures_draw_all_some_and_no_records(draw: Any, make_record: Maker) -> None:
    records = invent(make_record)
    some = [r for r in records if r.config.delta in (0, 5)]
    for shown in (records, some, [r for r in records if r.seed == 0]):
        assert "<svg" in figures.show(draw(shown), alt="x").html()
    rule.rule_table(some).to_html()
    rule.rule_table(some, wrong=True).to_html()
    assert "make reproduce-studies" in figures.show(draw([]), alt="x").html()
    assert "make reproduce-studies" in rule.rule_table([]).to_text()
