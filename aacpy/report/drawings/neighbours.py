"""Why neighbours must be mutual: k-reciprocal Jaccard distance and DBSCAN on a few points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike, NDArray

from aacpy.clustering import cluster_features
from aacpy.jaccard import jaccard_distance
from aacpy.neighbors import nearest_neighbors
from aacpy.report.drawings.canvas import ON_COLOR
from aacpy.report.style import (
    GROUND,
    IDENTITY_COLORS,
    INK,
    SOFT,
    drawing,
    new_figure,
    plain_axes,
)

Floats = NDArray[np.float64]


def neighbour_map(
    features: ArrayLike, points: Sequence[int], *, k1: int, k2: int, eps: float, min_samples: int
) -> list[Figure]:
    """Two figures: some points' neighbours on the circle, and all Jaccard distances.

    Parameters
    ----------
    features : (n, 2) float, directions in the plane.
    points : whose neighbour lists are drawn: solid where mutual, dashed where not.
    k1, k2, eps, min_samples : as `cluster_features`'s; at most four clusters may come out.
    """
    features = np.asarray(features, float)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    labels = cluster_features(unit, eps=eps, min_samples=min_samples, k1=k1, k2=k2)
    lists = nearest_neighbors(unit, k1).indices
    distance = jaccard_distance(unit, k1, k2)
    with drawing():
        return [_circle(unit, labels, lists, points), _matrix(_dense(distance), labels, eps)]


def _dense(distance: object) -> Floats:
    """The sparse distance as a matrix: an absent entry is 1."""
    pairs = distance.tocoo()  # type: ignore[attr-defined]
    full = np.ones(pairs.shape)
    full[pairs.row, pairs.col] = pairs.data
    return full


def _circle(
    unit: Floats, labels: NDArray[np.int64], lists: NDArray[np.int64], points: Sequence[int]
) -> Figure:
    figure = new_figure(340, 320)
    ax = figure.add_subplot()
    ax.add_patch(Circle((0, 0), 1, fill=False, ec=SOFT, lw=0.8))
    for point in points:
        for other in lists[point][1:]:
            mutual = point in lists[other]
            # Bent towards the centre, whichever way round the circle it goes.
            turn = np.cross((*unit[point], 0), (*unit[other], 0))[2]
            ax.annotate(
                "", unit[other], unit[point], zorder=1,
                arrowprops={"arrowstyle": "-|>", "color": INK if mutual else SOFT, "lw": 1.3,
                            "linestyle": "-" if mutual else (0, (3, 2)), "shrinkA": 6,
                            "shrinkB": 6, "connectionstyle": f"arc3,rad={-np.sign(turn) * 0.45}"},
            )  # fmt: skip
    for index, place in enumerate(unit):
        _point(ax, place, labels[index], index)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    ax.set_axis_off()
    return figure


def _point(ax: Axes, place: Floats, label: int, index: int) -> None:
    """A point with its number beside it; hollow if it is un-clustered."""
    color = GROUND if label < 0 else IDENTITY_COLORS[label]
    ax.plot(*place, "o", color=color, mec=SOFT if label < 0 else ON_COLOR, mew=1.2, ms=9)
    ax.annotate(
        str(index), (1.18 * place[0], 1.18 * place[1]), ha="center", va="center", color=SOFT
    )


def _matrix(distance: Floats, labels: NDArray[np.int64], eps: float) -> Figure:
    """Squares, the fuller the nearer; an outline where DBSCAN may step."""
    n = len(distance)
    figure = new_figure(340, 320)
    ax = figure.add_subplot()
    plain_axes(ax, "point", "point", grid="x")
    ax.grid(visible=False)
    for i in range(n):
        for j in range(n):
            near = distance[i, j] <= eps
            same = labels[i] == labels[j] and labels[i] >= 0
            color = IDENTITY_COLORS[labels[i]] if same else SOFT
            fill = to_rgba(color, 1 - float(distance[i, j]))
            edge = INK if near else "none"
            ax.add_patch(Rectangle((j - 0.44, i - 0.44), 0.88, 0.88, fc=fill, ec=edge, lw=0.9))
    ax.set(xlim=(-0.6, n - 0.4), ylim=(n - 0.4, -0.6), aspect="equal")
    ax.set_xticks(range(n))
    ax.set_yticks(range(n))
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return figure
