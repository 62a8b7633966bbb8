"""`aacpy.report.curves`: what is drawn of a record's epochs."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from aacpy.config import METHODS
from aacpy.records import Record
from aacpy.report import curves
from aacpy.report.shown import svg

Maker = Callable[..., Record]


def labels(ax: object) -> list[str]:
    return [t.get_text() for t in ax.texts]  # type: ignore[attr-defined]


def bands(ax: Axes) -> list[PolyCollection]:
    return [c for c in ax.collections if isinstance(c, PolyCollection)]


def test_seed_series_has_a_row_a_seed_and_nan_for_none(make_record: Maker) -> None:
    runs = [make_record("attributes", s) for s in (1, 0)]
    found = curves.seed_series(runs, "attributes", "mean_ap")
    assert found.shape == (2, 12)
    np.testing.assert_array_equal(found[0], runs[1].series["mean_ap"])
    assert np.isnan(curves.seed_series(runs, "attributes", "clusters_before")).all()
    assert curves.seed_series(runs, "aac", "mean_ap").size == 0


def test_seed_series_pads_runs_of_different_length(make_record: Maker) -> None:
    found = curves.seed_series(
        [make_record("aac", 0), make_record("aac", 1, epochs=5)], "aac", "loss"
    )
    assert found.shape == (2, 12) and np.isnan(found[1, 5:]).all()


def test_cluster_curves_draw_the_counts_before_and_after(make_record: Maker) -> None:
    runs = [make_record(m, s) for m in METHODS for s in range(2)]
    ax = curves.cluster_curves(runs).axes[0]
    assert set(labels(ax)) == {"baseline", "AAC", "before split", "attributes only", "identities"}
    assert ax.get_xlabel() == "epoch" and ax.get_ylabel() == "clusters"
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    mean = np.mean([r.series["clusters_before"] for r in runs if r.method == "aac"], axis=0)
    np.testing.assert_allclose(dashed[0].get_ydata(), mean)


def test_map_curves_are_per_cent_with_a_band_for_seeds(make_record: Maker) -> None:
    runs = [make_record("aac", s) for s in range(3)]
    ax = curves.map_curves(runs).axes[0]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * np.array(runs[0].series["mean_ap"]))
    assert len(bands(ax)) == 1 and labels(ax) == ["AAC"]
    assert not bands(curves.map_curves(runs[:1]).axes[0])  # one seed has no range


def test_points_of_a_curve_say_mean_and_range(make_record: Maker) -> None:
    runs = [make_record("aac", s) for s in range(2)]
    for run, values in zip(runs, ([0.5, 0.6], [0.523, 0.64]), strict=True):
        run.series["mean_ap"][:2] = values
    text = svg(curves.map_curves(runs), "x")
    assert "<title>AAC, epoch 0: mAP 51.2% (50 to 52.3)</title>" in text
    assert "<title>AAC, epoch 1: mAP 62% (60 to 64)</title>" in text
    assert "<title>AAC, epoch 0: mAP 50%</title>" in svg(curves.map_curves(runs[:1]), "x")


def test_points_of_the_count_before_the_split_say_so(make_record: Maker) -> None:
    record = make_record("aac", 0)
    text = svg(curves.cluster_curves([record]), "x")
    assert f"AAC, before split, epoch 0: clusters {record.series['clusters_before'][0]}<" in text


def test_epochs_without_evaluation_are_skipped(make_record: Maker) -> None:
    record = make_record("aac", 0)
    sparse = [v if e % 5 == 4 else None for e, v in enumerate(record.series["mean_ap"])]
    record.series["mean_ap"][:] = sparse
    line = curves.map_curves([record]).axes[0].lines[0]
    assert list(line.get_xdata()) == [4, 9]


def test_curves_without_records_say_so() -> None:
    for figure in (curves.cluster_curves([]), curves.map_curves([])):
        assert "not run" in labels(figure.axes[0])[0]
    assert len(curves.curves([]).axes) == 2


@pytest.mark.parametrize("done", [0, 1, 7])
def test_live_curves_of_a_run_under_way(make_record: Maker, done: int) -> None:
    series = {name: column[:done] for name, column in make_record("aac", 0).series.items()}
    left, right = curves.live(series, "aac", 12).axes
    assert len(right.lines) == (1 if done else 0)
    assert left.get_xlim()[1] == pytest.approx(11.5)


def test_live_curves_of_a_method_that_does_not_cluster(make_record: Maker) -> None:
    left, _ = curves.live(make_record("supervised", 0).series, "supervised", 12).axes
    assert len(left.lines) == 1


def test_labels_stay_apart() -> None:
    assert curves.spread([1.0, 1.0, 5.0], 2.0) == [0.0, 2.0, 5.0]
    assert curves.spread([], 1.0) == []


@given(st.lists(st.floats(-100, 100), max_size=8), st.floats(0.1, 10))
def test_spread_keeps_order_and_gap(places: list[float], gap: float) -> None:
    found = curves.spread(sorted(places), gap)
    assert len(found) == len(places)
    assert all(b - a >= gap - 1e-6 for a, b in itertools.pairwise(found))
    assert sum(found) == pytest.approx(sum(places), abs=1e-6)
