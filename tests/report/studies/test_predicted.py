"""Predicted attributes against identity labels: answers follow the numbers; figures draw."""

from __future__ import annotations

import dataclasses

import pytest

from aacpy.report.studies import predicted
from aacpy.report.studies.arms import RUN_STUDIES
from aacpy.report.studies.noise import UNSETTLED

SOFT = {"method": "aac", "match_distance": 3}


@pytest.fixture
def invent(make_scored):
    """Every arm; `exact`, `soft` and `identities` give the mAP at 5, 10 and 25%."""

    def make(exact=(0.6,) * 3, soft=(0.6,) * 3, identities=(0.55,) * 3, wobble=0.001, seeds=3):
        cells = [(0.5, {"method": "baseline"}), (0.8, {"method": "aac"})]
        for scores, settings, spent in (
            (exact, {"method": "aac"}, "attributes_labelled"),
            (soft, SOFT, "attributes_labelled"),
            (identities, {"method": "baseline"}, "identities_labelled"),
        ):
            doses = zip((0.05, 0.1, 0.25), scores, strict=True)
            cells += [(score, {**settings, spent: dose}) for dose, score in doses]
        records = []
        for seed in range(seeds):
            for place, (score, settings) in enumerate(cells):
                noisy = score + 0.02 * seed + wobble * ((seed + place) % 3 - 1)
                record = make_scored(noisy, seed=seed, **settings)
                if "attributes_labelled" in settings:
                    right = [settings["attributes_labelled"]] * record.config.epochs
                    series = {**record.series, "attributes_right": right}
                    record = dataclasses.replace(record, series=series)
                records.append(record)
        return records

    return make


@pytest.mark.parametrize(
    ("exact", "identities", "answer", "advice"),
    [
        (0.6, 0.55, "Yes", "split by them"),
        (0.6, 0.6, "It depends", "split by them, or use identity labels"),
        (0.6, 0.7, "It depends", "give the labelled people their identities instead"),
        (0.4, 0.45, "No", "give the labelled people their identities instead"),
        (0.4, 0.4, "It depends", "do not split"),
    ],
)
def test_answer_and_advice_follow_the_numbers(invent, exact, identities, answer, advice):
    records = invent((exact,) * 3, (exact - 0.1,) * 3, (identities,) * 3)
    found = predicted.finding(records)
    assert (found.answer, found.advice) == (answer, advice)


def test_what_no_gap_settles(invent):
    found = predicted.finding(invent((0.5,) * 3, (0.3,) * 3, (0.5,) * 3, wobble=0.02))
    assert (found.answer, found.advice) == ("Not settled", UNSETTLED)
    assert "not to be told from the baseline without labels at 5%" in found.verdict


def test_the_verdict_compares_with_both(invent):
    found = predicted.finding(invent((0.6, 0.62, 0.4), (0.3,) * 3, wobble=0))
    assert "AAC is above the baseline without labels at 5% (+10.0 points" in found.verdict
    assert "below it at 25% (−10.0 points" in found.verdict
    assert "given these people's identities at 5% (+5.0 points" in found.verdict
    assert found.evidence.startswith("+7.0 points")


def test_matching_is_chosen_on_the_other_seeds(invent):
    records = invent((0.4,) * 3, (0.7,) * 3)
    assert predicted.finding(records).answer == "Yes"
    assert "Matched softly, AAC is above AAC matched exactly at 5% (+30" in predicted.soft_words(
        records
    )
    assert "5% at 5%, 10% at 10% and 25% at 25%" in predicted.right_words(records)


def test_rows_of_the_table(invent):
    rows = [[c.main for c in row] for row in predicted.labels_table(invent(wobble=0)).rows]
    assert [row[:4] for row in (rows[0], rows[1], rows[4], rows[9], rows[10])] == [
        ["no labels", "3", "52.0", "–"],
        ["AAC, predicted, 5% labelled", "3", "62.0", "+10.0"],
        ["AAC, predicted, soft, 5% labelled", "3", "62.0", "+10.0"],
        ["identity labels, 25% labelled", "3", "57.0", "+5.0"],
        ["AAC, all labelled", "3", "82.0", "+30.0"],
    ]
    assert [row[5] for row in rows[:4]] == ["–", "5%", "10%", "25%"]


def test_nothing_has_run():
    found = predicted.finding([])
    assert (found.answer, found.advice) == ("Not run", "not run")
    assert RUN_STUDIES in found.verdict
    assert "not run" in predicted.soft_words([]) and "not run" in predicted.right_words([])


@pytest.mark.parametrize("seeds", [0, 1, 3])
@pytest.mark.parametrize("kept", [slice(None), slice(None, None, 3), slice(0, 4)])
def test_everything_draws_with_all_some_and_no_records(invent, seeds, kept):
    records = invent(seeds=seeds)[kept]
    assert bool(predicted.labels_figure(records).axes) == bool(seeds)
    assert predicted.labels_table(records).to_text()
    found = predicted.finding(records)
    assert "nan" not in f"{found.verdict} {found.evidence}"
    assert "nan" not in predicted.right_words(records) + predicted.soft_words(records)
