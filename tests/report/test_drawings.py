"""`aacpy.report.drawings`: what the drawn figures say is what the library computes."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from aacpy import cluster_features, split_clusters
from aacpy.memory import ClusterMemory, cluster_centroids
from aacpy.report import drawings, style
from aacpy.report.drawings.canvas import canvas
from aacpy.report.shown import svg

TOY = drawings.toy_cluster()
POINTS = drawings.on_circle([0, 5, 10, 90, 95, 100, 200]).numpy()


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def all_figures() -> list[tuple[str, Figure]]:
    return [
        ("pipeline", drawings.pipeline()),
        *[("steps", figure) for figure in drawings.split_steps(TOY, 3)],
        ("by delta", drawings.clusters_by_delta(TOY, 3)),
        *[("walk", f) for f in drawings.centroid_walk([0, 40, 120], [0, 0, 1], 90, 0, (0.1, 0.9))],
        *[("neighbours", f) for f in drawings.neighbour_map(
            POINTS, [0], k1=3, k2=1, eps=0.6, min_samples=2)],
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "figure"), all_figures())
def test_every_drawing_is_svg_that_is_legible_and_follows_the_theme(
    name: str, figure: Figure
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as a glyph that the font lacks
        text = svg(figure, name)
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") == name
    assert float(root.get("width", "0")) <= 720
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", text))) >= 9
    assert "var(--aac-soft" in text
    assert "#ffffff" not in text and "<image" not in text


def test_pipeline_names_every_part_of_the_method() -> None:
    said = " ".join(texts(drawings.pipeline()))
    for part in ("training", "encoder", "Jaccard", "DBSCAN", "AAC, Eq. 4", "attributes", "memory:",
                 "Eq. 2", "Eq. 1", "Eq. 3", "gradient", "gallery", "cosine"):  # fmt: skip
        assert part in said, part


def test_toy_cluster_has_two_people_of_one_vector_and_two_small_groups() -> None:
    assert TOY.labels.tolist() == [0] * 15
    assert "".join(TOY.letters) == "a" * 8 + "b" * 4 + "c" * 2 + "d"
    assert len(np.unique(TOY.ids)) == 5
    assert len(np.unique(TOY.ids[:8])) == 2


@pytest.mark.parametrize("delta", [0, 2, 3, 4, 7, 8])
def test_steps_show_what_split_clusters_does(delta: int) -> None:
    cluster, counted, parts = drawings.split_steps(TOY, delta)
    labels = split_clusters(TOY.labels, TOY.attributes, delta)
    letters = sorted(t for t in texts(cluster) if len(t) == 1)
    assert letters == sorted(TOY.letters)
    compared = [t for t in texts(counted) if re.fullmatch(r"\d+ [>≤] \d+", t)]
    assert compared == [f"{n} {'>' if n > delta else '≤'} {delta}" for n in (8, 4, 2, 1)]
    named = [t for t in texts(parts) if t.startswith("label ")]
    sizes = np.bincount(TOY.attributes @ [100, 10, 1])
    small = sizes[sizes > 0].min() <= delta
    assert [t.split(",")[0] for t in named] == [f"label {k}" for k in range(labels.max() + 1)]
    assert [t.endswith("stay") for t in named] == [small] + [False] * int(labels.max())
    # Samples stand in the row of their label.
    rows: dict[float, list[str]] = {}
    for text in parts.axes[0].texts:
        if len(text.get_text()) == 1:
            rows.setdefault(round(text.get_position()[1] / 62), []).append(text.get_text())
    for label, row in zip(range(labels.max() + 1), sorted(rows), strict=True):
        assert rows[row] == [TOY.letters[i] for i in np.flatnonzero(labels == label)]


def test_clusters_by_delta_counts_what_split_clusters_makes() -> None:
    figure = drawings.clusters_by_delta(TOY, 3)
    line, _, ring = figure.axes[0].lines
    assert line.get_xydata().tolist() == [  # type: ignore[union-attr]
        [0, 4], [1, 4], [2, 3], [3, 3], [4, 2], [5, 2], [6, 2], [7, 2], [8, 1], [9, 1],
    ]  # fmt: skip
    assert ring.get_xydata().tolist() == [[3, 3]]  # type: ignore[union-attr]
    assert len(drawings.clusters_by_delta(TOY, 50).axes[0].lines) == 2


def test_circle_and_angles_are_inverse() -> None:
    vectors = drawings.on_circle([0, 90, -90, 179])
    np.testing.assert_allclose(vectors[1], [0, 1], atol=1e-12)
    np.testing.assert_allclose(drawings.angles_of(vectors), [0, 90, -90, 179])


def stars(figure: Figure) -> list[list[float]]:
    """Where the small stars of a walk are: one for the start, one for each update."""
    found = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    return [np.ravel(line.get_xydata()).tolist() for line in found if line.get_markersize() < 15]


@pytest.mark.parametrize("momentum", [0.0, 0.5, 1.0])
def test_walk_is_the_memorys_own(momentum: float) -> None:
    degrees, labels = [0, 40, 120, 140], [0, 0, 1, 1]
    figure, _ = drawings.centroid_walk(degrees, labels, 90, 0, (momentum, 0.3), steps=3)
    memory = ClusterMemory(
        cluster_centroids(drawings.on_circle(degrees), torch.tensor(labels)), momentum
    )
    expected = [memory.centroids[0].tolist()]
    for _ in range(3):
        memory.update(drawings.on_circle([90]), torch.tensor([0]))
        expected.append(memory.centroids[0].tolist())
    np.testing.assert_allclose(stars(figure), 1.12 * np.array(expected), atol=1e-12)
    end = drawings.angles_of(torch.tensor(expected))[-1]
    assert end == pytest.approx({0.0: 90, 1.0: 20}.get(momentum, end))


def test_neighbours_that_do_not_answer_are_dashed() -> None:
    # The list of the stray point 6 holds points of a group that do not have it in theirs.
    settings: dict[str, Any] = {"k1": 3, "k2": 1, "eps": 0.6, "min_samples": 2}
    stray, _ = drawings.neighbour_map(POINTS, [6], **settings)
    middle, _ = drawings.neighbour_map(POINTS, [1], **settings)

    def dashed(figure: Figure) -> list[bool]:
        arrows = [t.arrow_patch for t in figure.axes[0].texts if getattr(t, "arrow_patch", None)]
        return [a.get_linestyle() not in ("-", "solid") for a in arrows]

    assert dashed(stray) == [True, True]
    assert dashed(middle) == [False, False]


def test_matrix_outlines_pairs_within_eps_and_hollow_points_are_unclustered() -> None:
    settings: dict[str, Any] = {"k1": 3, "k2": 1, "eps": 0.6, "min_samples": 2}
    circle, matrix = drawings.neighbour_map(POINTS, [], **settings)
    labels = cluster_features(POINTS, **settings)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, -1]
    hollow = [line.get_color() == style.GROUND for line in circle.axes[0].lines]
    assert hollow == [label < 0 for label in labels]
    squares = matrix.axes[0].patches
    outlined = np.array([p.get_edgecolor()[3] > 0 for p in squares]).reshape(7, 7)
    same = (labels[:, None] == labels) & (labels >= 0)
    np.testing.assert_array_equal(outlined, same | np.eye(7, dtype=bool))


def shown() -> int:
    """Say one thing."""
    one = 1
    if one:
        one += 1
    return one


def test_source_leaves_the_docstring_out() -> None:
    lines = str(drawings.source(shown)).splitlines()
    assert lines[0] == "def shown() -> int:"
    assert lines[1] == "    one = 1" and lines[-1] == "    return one"


def test_source_can_be_cut_and_says_so() -> None:
    assert str(drawings.source(shown, "if one", "one +=")).splitlines() == [
        "...", "if one:", "    one += 1", "...",
    ]  # fmt: skip
    assert str(drawings.source(shown, "return")) == "...\nreturn one"
    listing = drawings.source(shown, "return")._repr_markdown_()
    assert listing == "```python\n...\nreturn one\n```"


def test_source_refuses_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="'two ='"):
        drawings.source(shown, "two =")
    with pytest.raises(ValueError, match="'one = 1'"):
        drawings.source(shown, "return", "one = 1")


def test_source_of_every_listing_in_the_book_is_there() -> None:
    from aacpy.optimization import Optimization

    cut = str(drawings.source(Optimization.run_epoch, "outputs =", "memory.update"))
    assert cut.index("loss.backward()") < cut.index("optimizer.step()") < cut.index("memory.upd")
    assert "cross_entropy(logits" in str(drawings.source(ClusterMemory.forward, "logits ="))


def test_canvas_counts_pixels_from_the_top_left() -> None:
    figure, ax = canvas(300, 200)
    assert ax.get_xlim() == (0, 300) and ax.get_ylim() == (200, 0)
    assert (figure.get_size_inches() * style.PIXELS_PER_INCH).tolist() == [300, 200]
