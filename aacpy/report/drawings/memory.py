"""Eq. 2 and 3 on a circle: where centroids start and how queries move them."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike, NDArray

from aacpy.memory import ClusterMemory, cluster_centroids
from aacpy.report.style import (
    GROUND,
    IDENTITY_COLORS,
    INK,
    SOFT,
    drawing,
    new_figure,
)

Floats = NDArray[np.float64]

_SUBSCRIPTS = "₀₁₂₃"


def on_circle(degrees: ArrayLike) -> torch.Tensor:
    """Unit vectors at angles counted anticlockwise from the right: (n,) degrees -> (n, 2)."""
    angles = np.deg2rad(np.asarray(degrees, float))
    return torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def angles_of(vectors: torch.Tensor) -> Floats:
    """Angles of (n, 2) vectors, degrees in (-180, 180]: the inverse of `on_circle`."""
    points = vectors.numpy()
    return np.asarray(np.rad2deg(np.arctan2(points[:, 1], points[:, 0])), float)


def centroid_walk(
    degrees: ArrayLike,
    labels: ArrayLike,
    query: float,
    query_label: int,
    momenta: tuple[float, float],
    steps: int = 4,
) -> list[Figure]:
    """One figure a momentum: clusters on the circle, and a centroid that follows a query.

    Parameters
    ----------
    degrees : (n,) angles of the features, degrees.
    labels : (n,) int, at most four clusters from 0 without gaps.
    query : angle of the query, degrees, given `steps` times.
    query_label : the cluster it belongs to.
    momenta : m of Eq. 3, one a figure.
    steps : how often Eq. 3 is applied.
    """
    features, targets = on_circle(degrees), torch.as_tensor(np.asarray(labels, np.int64))
    figures = []
    with drawing():
        for momentum in momenta:
            figure = new_figure(340, 330)
            ax = figure.add_subplot()
            _draw_clusters(ax, features, targets)
            memory = ClusterMemory(cluster_centroids(features, targets), momentum)
            asked, whose = on_circle([query]), torch.tensor([query_label])
            path = [memory.centroids[query_label].numpy().copy()]
            for _ in range(steps):
                memory.update(asked, whose)
                path.append(memory.centroids[query_label].numpy().copy())
            _draw_walk(ax, np.array(path), asked[0].numpy(), query_label)
            ax.set_title(f"m = {momentum:g}, {steps} updates", loc="left", weight="bold")
            figures.append(figure)
    return figures


def _draw_clusters(ax: Axes, features: torch.Tensor, labels: torch.Tensor) -> None:
    """Features, the mean of each cluster (hollow) and the mean at unit length (a star)."""
    ax.add_patch(Circle((0, 0), 1, fill=False, ec=SOFT, lw=0.8))
    ax.plot(0, 0, "+", color=SOFT, ms=6)
    for label, center in enumerate(cluster_centroids(features, labels).numpy()):
        color = IDENTITY_COLORS[label]
        members = features[labels == label].numpy()
        mean = members.mean(axis=0)
        ax.plot(*members.T, "o", color=color, ms=7, mew=0)
        ax.plot([mean[0], center[0]], [mean[1], center[1]], color=color, lw=1, ls=(0, (2, 2)))
        ax.plot(*mean, "o", mfc=GROUND, mec=color, mew=1.6, ms=7)
        ax.plot(*center, "*", color=color, ms=15, mec=INK, mew=0.8)
        ax.annotate(f"φ{_SUBSCRIPTS[label]}", 0.6 * center, ha="center", va="center")
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.15, 1.25), aspect="equal")
    ax.set_axis_off()


def _draw_walk(ax: Axes, path: Floats, query: Floats, label: int) -> None:
    """Where the centroid stood after each update, just outside the circle, and the query."""
    color = IDENTITY_COLORS[label]
    outside = 1.12 * path
    ax.plot(*outside.T, color=color, lw=1)
    for step, point in enumerate(outside):
        ax.plot(*point, "*", color=color, ms=8 if step else 11, mec=INK, mew=0.6)
    ax.plot(*query, "x", color=INK, ms=8, mew=2)
    ax.annotate("q", (0.84 * query[0], 0.84 * query[1]), ha="center", va="center")
