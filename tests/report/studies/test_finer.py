"""Whether AAC is only a finer clustering: the answer follows the numbers."""

from __future__ import annotations

import pytest

from aacpy.report.studies import finer
from aacpy.report.studies.arms import RUN_STUDIES


def runs(make, aac, plain, parts, seeds=4):
    """Scores with a little noise; `plain` and `aac` hold for every eps but the paper's."""
    records = []
    for s in range(seeds):
        wobble = 0.01 * s
        for eps in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
            lower = 0 if eps == 0.6 else 0.05
            noise = 0.002 * (s % 2)
            records.append(make(plain - lower + wobble, "baseline", s, eps=eps))
            records.append(make(aac - lower + wobble + noise, "aac", s, eps=eps))
        for i, how in enumerate(("agglomerative", "kmeans", "random")):
            score = parts + wobble + 0.001 * ((s + i) % 3)
            records.append(make(score, "aac", s, split_by=how))
    return records


@pytest.mark.parametrize(
    ("aac", "plain", "parts", "answer"),
    [(0.8, 0.6, 0.6, "No"), (0.6, 0.8, 0.7, "Yes"), (0.8, 0.6, 0.9, "In part")],
)
def test_answer(make_scored, aac, plain, parts, answer):
    records = runs(make_scored, aac, plain, parts)
    found = finer.finding(records)
    assert found.answer == answer
    side = "above" if aac > plain else "below"
    assert f"points {side} the best clustering without a split" in found.verdict
    assert "k-means" in found.verdict and "random parts" in found.verdict
    assert finer.eps_table(records).rows[3][3].main == "–"
    assert len(finer.splitter_table(records).rows) == 5


def test_nothing_has_run():
    found = finer.finding([])
    assert found.answer == "Not run" and RUN_STUDIES in found.verdict
    assert RUN_STUDIES in finer.splitter_table([]).to_text()
    for figure in (finer.eps_figure([]), finer.splitter_figure([])):
        assert RUN_STUDIES in figure.texts[0].get_text()


def test_more_seeds_of_the_papers_cells_do_not_count(make_scored):
    records = runs(make_scored, 0.8, 0.6, 0.7)
    more = [make_scored(0.1, m, 9) for m in ("aac", "baseline")]
    assert finer.finding([*records, *more]) == finer.finding(records)
    assert len(finer.splitter_arms([*records, *more])[0].runs) == 4
    assert finer.eps_figure(records).axes and finer.splitter_figure(records).axes
