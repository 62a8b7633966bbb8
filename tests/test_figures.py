"""`aacpy.figures`: the figures draw what the records say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aacpy import figures
from aacpy.config import METHODS
from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.records import Record
from aacpy.report.supervision import kept_supervision

Maker = Callable[..., Record]


@pytest.fixture
def records(make_record: Maker) -> list[Record]:
    """Three seeds of every method."""
    return [make_record(method, seed) for method in METHODS for seed in range(3)]


def test_every_figure_shows_as_svg(records: list[Record]) -> None:
    drawn = [
        figures.scores(records), figures.scores(records, width=350, reported=False),
        figures.cluster_curves(records), figures.map_curves(records), figures.curves(records),
        figures.cluster_sizes(records),
    ]  # fmt: skip
    for figure in drawn:
        assert "<svg" in figures.show(figure, alt="x").html()


def test_scores_have_a_row_a_method_with_its_mean(records: list[Record]) -> None:
    ax = figures.scores(records).axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "baseline", "AAC", "attributes only", "supervised",
    ]  # fmt: skip
    assert ax.texts[1].get_text() == "70.0 ± 0.0"
    hollow = [line for line in ax.lines if line.get_markersize() == 7]
    assert [line.get_xdata()[0] for line in hollow] == [82.1, 86.0, 87.2]


def test_scores_can_leave_the_papers_values_out(records: list[Record]) -> None:
    ax = figures.scores(records, reported=False).axes[0]
    assert not [line for line in ax.lines if line.get_markersize() == 7]


def test_scores_with_a_method_missing_say_not_run(make_record: Maker) -> None:
    ax = figures.scores([make_record("aac", 0)]).axes[0]
    assert [t.get_text() for t in ax.texts] == ["not run", "70.0", "not run", "not run"]


def test_figures_without_records_say_what_to_type() -> None:
    for figure in (figures.scores([]), figures.cluster_sizes([])):
        assert "make reproduce" in figure.texts[0].get_text()


def test_cluster_sizes_are_shares_of_images(records: list[Record]) -> None:
    ax = figures.cluster_sizes(records).axes[0]
    outlines = [p.get_data().values for p in ax.patches if not p.get_fill()]
    assert len(outlines) == 2
    for values in outlines:
        assert values.sum() == pytest.approx(100)


def test_attribute_shares(records: list[Record]) -> None:
    rows = np.ones((4, len(ATTRIBUTE_NAMES)), int)
    rows[:3, ATTRIBUTE_NAMES.index("hat")] = 2
    real = kept_supervision().facts.shares
    ax = figures.attribute_shares(rows, real).axes[0]
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert len(names) == 26 and names[0] == "up"
    dots = [line for line in ax.lines if line.get_markersize() == 4 and line.get_marker() == "o"]
    assert dots[names.index("hat")].get_xdata()[0] == 75
