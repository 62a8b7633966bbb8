"""Joining: the answer follows the numbers, and arms of different data are never paired."""

from __future__ import annotations

import pytest

from aacpy.report.studies import merging
from aacpy.report.studies.arms import RUN_STUDIES
from aacpy.report.studies.merging import FAR_CAMERAS, LONG_TRACKS


def runs(make, aac, joined, alone, noisy_joined=0.6):
    records = []
    for s in range(3):
        level = 0.01 * s

        def add(score, method, wobble=0.0, level=level, s=s, **settings):
            records.append(make(score + level + wobble * (s % 2), method, s, **settings))

        for error in (0.0, 0.1):
            settings = {"attribute_error": error, **LONG_TRACKS}
            add(aac, "aac", **settings)
            add(joined if not error else noisy_joined, "aac", 0.002, merge="after", **settings)
            add(joined, "aac", 0.001, merge="before", **settings)
            add(alone if not error else 0.3, "attributes", **settings)
        add(0.4, "attributes", match_distance=3, attribute_error=0.1, **LONG_TRACKS)
        add(0.2, "baseline", **LONG_TRACKS)
        add(0.9, "supervised", **LONG_TRACKS)
        add(0.7, "baseline", **FAR_CAMERAS)
    return records


@pytest.mark.parametrize(
    ("aac", "joined", "answer"), [(0.3, 0.8, "Yes"), (0.8, 0.3, "No"), (0.5, 0.499, "Not settled")]
)
def test_answer(make_scored, aac, joined, answer):
    records = runs(make_scored, aac, joined, 0.8)
    found = merging.finding(records)
    assert found.answer == answer and found.advice == merging._ADVICE[answer]
    for figure in (
        merging.clean_figure(records), merging.noisy_figure(records),
        merging.regime_figure(records, long_tracks=True),
        merging.regime_figure(records, long_tracks=False),
    ):  # fmt: skip
        assert figure.axes
    assert len(merging.clusters_table(records).rows) == 10
    assert [row[1].main for row in merging.near_table(records).rows] == ["0"] * 7


def test_wrong_attributes(make_scored):
    held = merging.noise_finding(runs(make_scored, 0.3, 0.8, 0.8, noisy_joined=0.7))
    assert held.answer == "Yes" and held.advice.startswith("join")
    lost = merging.noise_finding(runs(make_scored, 0.3, 0.8, 0.8, noisy_joined=0.1))
    assert lost.answer == "No" and lost.advice.startswith("joining is not enough")


def test_regime_is_told_of_both_benchmarks(make_scored):
    words = merging.regime_words(runs(make_scored, 0.3, 0.8, 0.8))
    assert words.startswith("With long tracks, 70% of the people lie in several clusters")
    assert "With short ones, 70%" in words


def test_nothing_has_run():
    assert merging.finding([]).answer == merging.noise_finding([]).answer == "Not run"
    assert RUN_STUDIES in merging.regime_words([])
    for figure in (merging.clean_figure([]), merging.regime_figure([], long_tracks=True)):
        assert RUN_STUDIES in figure.texts[0].get_text()
