"""Wrong and missing attributes: the answers follow the numbers; figures and tables draw."""

from __future__ import annotations

import dataclasses
import math

import pytest

from aacpy.report.statistics import Interval
from aacpy.report.studies import noise
from aacpy.report.studies.arms import RUN_STUDIES
from aacpy.report.studies.findings import gaps_words

#: Kind of arm as `noise` names it -> mAP by per cent of wrong values; and of hidden identities.
WRONG = {
    "AAC": {5: 0.75, 10: 0.7, 30: 0.5},
    "AAC, soft": {5: 0.76, 10: 0.72, 30: 0.65},
    "AAC, errors per identity": {10: 0.78, 30: 0.77},
    "attributes only": {10: 0.3},
    "attributes only, soft": {10: 0.4},
}
HIDDEN = {"AAC": {25: 0.76, 50: 0.72, 75: 0.68}, "attributes only": {50: 0.6}}
UP, FLAT = Interval(3, 1, 5), Interval(0, 1, 5)
UNTOUCHED = {"baseline": 0.5, "aac": 0.8, "attributes": 0.82}


@pytest.fixture
def invent(make_scored):
    """Every arm of the study, seeds of different levels, a little noise in every gap."""

    def make(wrong=None, hidden=None, noise_level=0.001, seeds=3):
        cells = [(score, {"method": method}) for method, score in UNTOUCHED.items()]
        for kind, scores in {**WRONG, **(wrong or {})}.items():
            settings = noise._ERRORS[kind][0]
            cells += [(s, {**settings, "attribute_error": d / 100}) for d, s in scores.items()]
        for kind, scores in {**HIDDEN, **(hidden or {})}.items():
            method = noise._MISSING[kind][0]
            cells += [(s, {"method": method, "attributes_missing": d / 100})
                      for d, s in scores.items()]  # fmt: skip
        records = []
        for seed in range(seeds):
            for place, (score, settings) in enumerate(cells):
                wobble = noise_level * ((seed + place) % 3 - 1)
                record = make_scored(score + 0.02 * seed + wobble, seed=seed, **settings)
                if len(settings) > 1:
                    right = [0.25] * record.config.epochs
                    record = dataclasses.replace(
                        record, series={**record.series, "attributes_right": right}
                    )
                records.append(record)
        return records

    return make


def test_gains_are_told_up_to_the_rate_where_they_end(invent):
    found = noise.finding(invent())
    assert found.answer == "It depends"
    assert "leave AAC above the baseline at 5% (+25.0 points; 95% interval" in found.verdict
    assert "not to be told from it at 30% (+0.0 points" in found.verdict
    assert "a gain is settled up to 10%. Attributes that are unknown" in found.verdict
    assert found.verdict.endswith("a gain is settled up to 75%, the most that was tried.")
    assert (
        found.advice == "split, matching softly, if at most 30% of an attribute's values are wrong"
    )
    assert found.evidence.startswith("+22.")
    assert found.evidence.endswith("for AAC, matched softly, against the baseline with 10% wrong")
    exact = noise.finding(invent({"AAC, soft": dict.fromkeys((5, 10, 30), 0.55)}))
    assert exact.advice == "split if at most 10% of an attribute's values are wrong"
    assert exact.evidence.endswith("for AAC against the baseline with 10% wrong")


def test_the_answer_follows_the_numbers(invent):
    good = {"AAC": {5: 0.75, 10: 0.7, 30: 0.6}}
    assert noise.finding(invent(good)).answer == "Yes"
    lost = {"AAC": dict.fromkeys((5, 10, 30), 0.4), "AAC, soft": dict.fromkeys((5, 10, 30), 0.3)}
    bad = invent(lost, {"AAC": dict.fromkeys((25, 50, 75), 0.3)})
    errors, _, hidden = noise.findings(bad)
    assert errors.answer == hidden.answer == "No"
    assert errors.advice == hidden.advice == "do not split"
    assert "below the baseline at 5%" in errors.verdict and "no gain is settled" in errors.verdict
    level = {kind: dict.fromkeys(doses, 0.5) for kind, doses in WRONG.items()}
    unsettled = invent(level, {"AAC": dict.fromkeys((25, 50, 75), 0.5)}, noise_level=0.02)
    errors, _, hidden = noise.findings(unsettled)
    assert errors.answer == hidden.answer == "Not settled"
    assert errors.advice == hidden.advice == noise.UNSETTLED


def test_a_gain_past_one_that_is_not_settled_does_not_count():
    assert noise.settled_until({5: UP, 10: UP, 30: UP}) == 30
    assert noise.settled_until({5: UP, 10: FLAT, 30: UP}) == 5
    assert noise.settled_until({5: FLAT, 10: UP}) is None
    assert noise.settled_until({}) is None


def test_errors_per_identity_are_compared_with_errors_per_image(invent):
    _, shared, _ = noise.findings(invent())
    assert shared.answer == "Yes"
    assert "above AAC with as many errors image by image at 10% (+8.0" in shared.verdict
    assert "It is below AAC with the true attributes at 10% (−2.0 points" in shared.verdict
    assert shared.advice == "split if at most 30% of an attribute's values are wrong"
    worse = invent({"AAC, errors per identity": {10: 0.4, 30: 0.3}})
    assert noise.findings(worse)[1].answer == "No"
    assert noise.findings(worse)[1].advice == "do not split"


def test_a_hidden_quarter_costs_the_slope(invent):
    hidden = noise.findings(invent(noise_level=0))[2]
    assert hidden.answer == "Yes"
    assert "Each quarter of the people that is hidden costs 4.0 points" in hidden.verdict
    assert "With half hidden, AAC is 12.0 points above attributes only" in hidden.verdict
    flat = invent(hidden={"AAC": dict.fromkeys((25, 50, 75), 0.8)}, noise_level=0.01)
    assert "no cost that these seeds could show" in noise.hidden_words(flat)


def test_soft_matching_earns_its_place_by_winning_everywhere(invent):
    wins = invent()
    assert noise.soft_words(wins).startswith("**Yes.** Matched softly, AAC is above AAC matched")
    assert "earns it a place in `split_clusters`" in noise.soft_words(wins)
    loses = invent({"AAC, soft": {5: 0.6, 10: 0.6, 30: 0.4}})
    assert noise.soft_words(loses).startswith("**No.**")
    assert "goes on comparing vectors exactly" in noise.soft_words(loses)
    mixed = invent({"AAC, soft": {5: 0.6, 10: 0.6, 30: 0.6}})
    assert noise.soft_words(mixed).startswith("**It depends.**")
    assert "softly" not in noise.finding(mixed).advice
    same = invent({"AAC, soft": WRONG["AAC"]}, noise_level=0.02)
    assert "no clear gain" in noise.soft_words(same)


def test_shares_and_costs_in_words(invent):
    records = invent(noise_level=0)
    words = noise.right_words(records)
    assert "With 12 attributes" in words
    assert "25% at 5%, 25% at 10% and 25% at 30% of wrong values" in words
    assert "5 at 5%, 5 at 10% and 5 at 30% clusters" in words
    assert "AAC with the true attributes is 30.0 points above the baseline" in noise.cost_words(
        records
    )
    assert "gets 32.0% mAP with 10% wrong, and AAC is 40.0 points above it" in noise.cost_words(
        records
    )


def test_means_are_over_the_seeds_of_the_study(invent, make_scored):
    records = [*invent(), make_scored(0.1, "baseline", seed=7)]
    assert [r.seed for r in noise.untouched_arms(records)["baseline"].runs] == [0, 1, 2]


def test_rows_of_the_tables(invent):
    rows = [[c.main for c in row] for row in noise.error_table(invent(noise_level=0)).rows]
    assert len(rows) == 3 + 10
    assert [row[:4] for row in rows[:4]] == [
        ["baseline", "3", "52.0", "–"],
        ["AAC", "3", "82.0", "+30.0"],
        ["attributes only", "3", "84.0", "+32.0"],
        ["AAC, 5% wrong", "3", "77.0", "+25.0"],
    ]
    assert [row[5] for row in rows[2:4]] == ["–", "25%"]
    missing = [[c.main for c in r[:4]] for r in noise.missing_table(invent(noise_level=0)).rows]
    assert missing[3:] == [
        ["AAC, 25% hidden", "3", "78.0", "+26.0"],
        ["AAC, 50% hidden", "3", "74.0", "+22.0"],
        ["AAC, 75% hidden", "3", "70.0", "+18.0"],
        ["attributes only, 50% hidden", "3", "62.0", "+10.0"],
    ]


def test_nothing_has_run():
    for found in noise.findings([]):
        assert (found.answer, found.advice) == ("Not run", "not run")
        assert found.evidence.startswith("not run") and RUN_STUDIES in found.verdict
    for words in (noise.right_words, noise.soft_words, noise.cost_words, noise.hidden_words):
        assert "not run" in words([]).lower()


@pytest.mark.parametrize("seeds", [0, 1, 3])
@pytest.mark.parametrize("kept", [slice(None), slice(None, None, 3), slice(0, 5)])
def test_everything_draws_with_all_some_and_no_records(invent, seeds, kept):
    records = invent(seeds=seeds)[kept]
    for draw in (noise.error_figure, noise.missing_figure):
        assert bool(draw(records).axes) == bool(seeds)
    for table in (noise.error_table, noise.missing_table):
        complete = all(row[1].main != "0" for row in table(records).rows)
        assert (RUN_STUDIES in table(records).to_text()) != complete
    for words in (noise.right_words, noise.soft_words, noise.cost_words, noise.hidden_words):
        assert "nan" not in words(records)
    for found in noise.findings(records):
        assert "nan" not in f"{found.verdict} {found.evidence}"


def test_gaps_by_dose_in_words():
    gaps = {
        5: Interval(3, 1, 5),
        10: Interval(0, 1, 5),
        30: Interval(-3, 1, 5),
        50: Interval(4, 1, 5),
    }
    assert gaps_words(gaps, "x") == (
        "above x at 5% (+3.0 points; 95% interval 2.0 to 4.0) and 50% (+4.0 points; 95% interval "
        "3.0 to 5.0), not to be told from it at 10% (+0.0 points; 95% interval −1.0 to +1.0), "
        "below it at 30% (−3.0 points; 95% interval −4.0 to −2.0)"
    )
    assert gaps_words({5: Interval(3, math.nan, 1)}, "x") == gaps_words({}, "x") == ""
