"""Eq. 4 step by step on one drawn cluster (the paper's Figure 5), by the real `split_clusters`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from aacpy.aac import split_clusters, vector_codes
from aacpy.report.drawings.canvas import ON_COLOR, canvas
from aacpy.report.style import (
    IDENTITY_COLORS,
    INK,
    METHOD_STYLES,
    SOFT,
    drawing,
    new_figure,
    plain_axes,
)

#: By an identity's number: marker, its size in points, how far down the letter sits in it.
SHAPES = (("o", 15, 0.0), ("s", 14, 0.0), ("^", 17, 2.5), ("D", 12, 0.0), ("v", 17, -2.5))

_SIZE = 340.0, 250.0
_AAC = METHOD_STYLES["aac"]


@dataclass(frozen=True)
class ToyCluster:
    """One cluster as DBSCAN might have found it.

    Attributes
    ----------
    ids : (n,) int64, true identities, which the split never sees.
    attributes : (n, 3) int64, one vector a sample.
    """

    ids: NDArray[np.int64]
    attributes: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) int64 pseudo-labels: all samples are in cluster 0."""
        return np.zeros(len(self.ids), np.int64)

    @property
    def letters(self) -> list[str]:
        """A letter for each sample's attribute vector: "a" for the first in lexicographic order."""
        return [chr(ord("a") + code) for code in vector_codes(self.attributes)]


def toy_cluster() -> ToyCluster:
    """Five people in one cluster; two of them share an attribute vector."""
    people = [  # identity, images, vector
        (0, 5, (1, 1, 2)),
        (1, 3, (1, 1, 2)),
        (2, 4, (1, 2, 1)),
        (3, 2, (2, 1, 1)),
        (4, 1, (2, 2, 1)),
    ]
    ids = np.repeat([p[0] for p in people], [p[1] for p in people])
    attributes = np.array([p[2] for p in people for _ in range(p[1])])
    return ToyCluster(ids.astype(np.int64), attributes.astype(np.int64))


def split_steps(toy: ToyCluster, delta: int) -> list[Figure]:
    """Three figures: the cluster, its groups of equal vectors against `delta`, the new labels.

    Parameters
    ----------
    toy : at most four attribute vectors and five identities.
    delta : as `split_clusters`'s.
    """
    with drawing():
        return [_cluster(toy), _count(toy, delta), _parts(toy, delta)]


def clusters_by_delta(toy: ToyCluster, delta: int) -> Figure:
    """Clusters that `split_clusters` makes of the toy for each delta; a ring marks `delta`."""
    counts = np.bincount(vector_codes(toy.attributes))
    deltas = np.arange(0, int(counts.max()) + 2)
    clusters = [len(np.unique(split_clusters(toy.labels, toy.attributes, int(d)))) for d in deltas]
    with drawing():
        figure = new_figure(*_SIZE)
        ax = figure.add_subplot()
        plain_axes(ax, "δ, samples", "clusters after the split")
        ax.plot(deltas, clusters, color=_AAC.color, lw=1.2, alpha=0.5)
        ax.plot(deltas, clusters, _AAC.marker, color=_AAC.color, ms=6)
        if delta <= deltas[-1]:
            ax.plot(delta, clusters[delta], "o", mfc="none", mec=INK, mew=1.3, ms=12)
        ax.set_title("4  clusters, by δ", loc="left", weight="bold")
        ax.set_ylim(0, max(clusters) + 0.6)
        ax.set_xticks(deltas)
        ax.set_yticks(range(max(clusters) + 1))
    return figure


def _sample(ax: Axes, x: float, y: float, toy: ToyCluster, index: int) -> None:
    """A sample: identity as shape, attribute vector as colour and letter."""
    letter = toy.letters[index]
    color = IDENTITY_COLORS[ord(letter) - ord("a")]
    marker, size, lift = SHAPES[int(toy.ids[index])]
    ax.plot(x, y, marker, color=color, ms=size, mec=ON_COLOR, mew=0.6)
    ax.text(x, y + lift, letter, color=ON_COLOR, ha="center", va="center_baseline", weight="bold")


def _cluster(toy: ToyCluster) -> Figure:
    figure, ax = canvas(*_SIZE)
    _title(ax, "1  one cluster of DBSCAN, label 0")
    order = np.random.default_rng(3).permutation(len(toy.ids))
    for place, index in enumerate(order):
        # A sunflower: even, without the look of a grid.
        radius, angle = 88 * np.sqrt((place + 0.5) / len(order)), place * np.pi * (3 - np.sqrt(5))
        _sample(
            ax, 170 + 1.35 * radius * np.cos(angle), 143 + radius * np.sin(angle), toy, int(index)
        )
    _around(ax, 28, 36, 284, 207, SOFT, dashed=True)
    return figure


def _count(toy: ToyCluster, delta: int) -> Figure:
    figure, ax = canvas(*_SIZE)
    _title(ax, f"2  count equal vectors, compare with δ = {delta}")
    codes = vector_codes(toy.attributes)
    left, step, top, row = 84.0, 24.0, 78.0, 44.0
    for code in range(int(codes.max()) + 1):
        members, y = np.flatnonzero(codes == code), top + row * code
        vector = ", ".join(map(str, toy.attributes[members[0]]))
        ax.text(4, y, toy.letters[members[0]], weight="bold", va="center_baseline")
        ax.text(18, y, f"({vector})", color=SOFT, va="center_baseline")
        for place, index in enumerate(members):
            _sample(ax, left + step * place, y, toy, int(index))
        more = len(members) > delta
        ax.text(336, y, f"{len(members)} > {delta}" if more else f"{len(members)} ≤ {delta}",
                ha="right", va="center_baseline", color=_AAC.text if more else SOFT,
                weight="bold" if more else "normal")  # fmt: skip
    x = left + step * (delta - 0.5)
    ax.plot([x, x], [54, top + row * int(codes.max()) + 22], color=INK, lw=1.2, ls=(0, (3, 2)))
    ax.text(x, 46, f"δ = {delta}", ha="center", va="center_baseline")
    return figure


def _parts(toy: ToyCluster, delta: int) -> Figure:
    figure, ax = canvas(*_SIZE)
    _title(ax, "3  larger groups leave, the others stay")
    codes, labels = vector_codes(toy.attributes), split_clusters(toy.labels, toy.attributes, delta)
    kept = np.bincount(codes)[codes] <= delta
    step, y = 24.0, 40.0
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        stays = bool(kept[members[0]])
        color = SOFT if stays else _AAC.color
        _around(ax, 4, y, 332, 48, color, dashed=stays)
        for place, index in enumerate(members):
            _sample(ax, 24 + step * place, y + 24, toy, int(index))
        ax.text(326, y + 24, f"label {label}, {'stay' if stays else 'new'}", ha="right",
                va="center_baseline", color=SOFT if stays else _AAC.text)  # fmt: skip
        y += 62
    return figure


def _title(ax: Axes, text: str) -> None:
    ax.text(4, 15, text, weight="bold", va="center_baseline")


def _around(
    ax: Axes, x: float, y: float, width: float, height: float, color: str, *, dashed: bool
) -> None:
    box = FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=16",
                         fill=False, ec=color, lw=1.6)  # fmt: skip
    box.set_linestyle((0, (4, 3)) if dashed else "solid")
    ax.add_patch(box)
