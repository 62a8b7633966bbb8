"""Arms of studies: exactly their settings, compared within seeds; words and tables of gaps."""

from __future__ import annotations

import math

import pytest

from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import (
    answer,
    arm,
    arms_table,
    chosen_elsewhere,
    share,
    where_run,
    whole_answer,
)
from aacpy.report.studies.drawings import arms_figure, dose_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words

UP, DOWN, OPEN = Interval(3, 1, 5), Interval(-3, 1, 5), Interval(0.5, 1, 5)
NOTHING = Interval(math.nan, math.nan, 0)


def test_an_arm_has_exactly_its_settings(make_record):
    plain, other = make_record(), make_record(eps=0.5)
    noisy = make_record(attribute_error=0.1)
    both = make_record(attribute_error=0.1, eps=0.5)
    development, elsewhere = make_record(seed=100), make_record(data="market")
    threads = make_record(seed=1, threads=4)
    records = [plain, other, noisy, both, development, elsewhere, threads, plain]
    assert arm(records, "AAC", method="aac").runs == [plain, threads]
    assert arm(records, "AAC", method="aac", eps=0.6, delta=5).runs == [plain, threads]
    assert arm(records, "x", method="aac", eps=0.5).runs == [other]
    assert arm(records, "x", method="aac", attribute_error=0.1).runs == [noisy]
    assert arm(records, "x", method="attributes").runs == []
    assert arm([], "x", method="aac").method == ""


def test_gaps_are_within_seeds(make_scored):
    high = arm([make_scored(0.5 + s / 10, seed=s) for s in range(3)], "a", method="aac")
    low = arm(
        [make_scored(0.4 + s / 10, seed=s, eps=0.5) for s in (1, 2)], "b",
        method="aac", eps=0.5,
    )  # fmt: skip
    gap = high.against(low)
    assert (round(gap.mean, 9), gap.n) == (10, 2)
    assert high.score.mean == pytest.approx(60)
    assert where_run(high, [low]).runs == high.runs[1:]
    assert where_run(high, []).runs == high.runs


def test_each_seed_takes_what_was_best_on_the_others(make_scored):
    # eps 0.5 is best for seed 0 alone, eps 0.4 on the mean of any two seeds.
    table = {0.4: [0.1, 0.8, 0.8], 0.5: [0.9, 0.3, 0.2]}
    arms = [
        arm([make_scored(v, seed=s, eps=eps) for s, v in enumerate(values)], "x",
            method="aac", eps=eps)
        for eps, values in table.items()
    ]  # fmt: skip
    chosen = chosen_elsewhere(arms)
    assert [r.config.eps for r in chosen.runs] == [0.4, 0.5, 0.5]
    assert chosen_elsewhere([]).runs == []
    assert chosen_elsewhere([arm([make_scored(0.5)], "x", method="aac")]).runs == []


def test_answers_follow_the_interval():
    assert [answer(g) for g in (UP, DOWN, OPEN, NOTHING)] == ["Yes", "No", "Not settled", "Not run"]
    assert answer(Interval(3, math.nan, 1)) == "Not run"
    assert whole_answer([UP, UP]) == "Yes"
    assert whole_answer([UP, DOWN]) == whole_answer([UP, OPEN]) == "It depends"
    assert whole_answer([UP, NOTHING]) == whole_answer([]) == "Not run"


def test_words_of_gaps():
    assert gap_words(UP, "x") == "3.0 points above x (95% interval 2.0 to 4.0; 5 seeds)"
    assert gap_words(DOWN, "x") == "3.0 points below x (95% interval −4.0 to −2.0; 5 seeds)"
    assert gap_words(OPEN, "x") == (
        "not to be told from x (+0.5 points; 95% interval −0.5 to +1.5; 5 seeds)"
    )
    assert gap_text(UP) == "+3.0 points (2.0 to 4.0; 5 seeds)"
    assert gap_text(NOTHING) == "not run"
    found = Finding("p", "Yes", "It is.", "s", "a", "e")
    assert found.to_markdown() == "**Yes.** It is."


def test_a_table_has_a_row_an_arm(make_scored):
    records = [make_scored(0.5 + s / 10, seed=s) for s in (0, 1)]
    records += [make_scored(0.4 + s / 10, "baseline", s) for s in (0, 1)]
    aac, plain = arm(records, "AAC", method="aac"), arm(records, "no split", method="baseline")
    table = arms_table(
        "t", [plain, aac, arm(records, "more", method="attributes")], plain,
        columns=[("purity", share("purity")), ("first", share("purity", "first"))],
    )  # fmt: skip
    rows = [[cell.main for cell in row] for row in table.rows]
    assert [row[:4] for row in rows] == [
        ["no split", "2", "45.0", "–"], ["AAC", "2", "55.0", "+10.0"],
        ["more", "0", "not run", "not run"],
    ]  # fmt: skip
    assert [row[5:] for row in rows] == [["70%", "20%"], ["70%", "20%"], ["–", "–"]]
    assert "make reproduce-studies" in table.to_text()


@pytest.mark.parametrize("seeds", [0, 1, 3])
def test_figures_draw_with_few_runs_or_none(make_record, seeds):
    records = [make_record(m, s) for m in ("aac", "baseline") for s in range(seeds)]
    plain, aac = arm(records, "no split", method="baseline"), arm(records, "AAC", method="aac")
    absent = arm(records, "x", method="aac", eps=0.5)
    texts = [t.get_text() for ax in arms_figure([plain, aac, absent], plain).axes for t in ax.texts]
    if seeds:
        assert texts[0].endswith("(reference)") and texts[2] == "not run"
    arms_figure([plain, aac])
    figure = dose_figure({"AAC": {0: aac, 1: absent}, "x": {0: absent}}, "dose, %",
                         levels=[("no split", plain), ("x", absent)])  # fmt: skip
    assert bool(figure.axes) == bool(seeds)
