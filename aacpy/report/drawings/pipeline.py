"""The whole method in one drawing (the paper's Figure 3): labels, training, test."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from aacpy.report.drawings.canvas import Point, arrow, canvas, route
from aacpy.report.drawings.icons import (
    centroids,
    clouds,
    encoder,
    images,
    overlap,
    ranking,
    rows,
    softmax,
    split_clouds,
)
from aacpy.report.style import METHOD_STYLES, SOFT, drawing

Icon = Callable[[Axes, Point, str], None]

_WIDTH, _HEIGHT = 720.0, 452.0
_BOX = 86.0, 92.0  # width and height of a box
_LEFT, _STEP = 3.0, 104.5  # where the first column is, and from one to the next
_LANES = (38.0, 196.0, 348.0)  # upper edge of the boxes in each lane
_AAC = METHOD_STYLES["aac"]


def pipeline() -> Figure:
    """Three lanes: what happens once an epoch, at every step, and in the test."""
    with drawing():
        figure, ax = canvas(_WIDTH, _HEIGHT)
        _label_lane(ax)
        _train_lane(ax)
        _test_lane(ax)
    return figure


def _label_lane(ax: Axes) -> None:
    _lane(ax, 0, "once an epoch: make labels, and a memory of the clusters")
    names: list[tuple[Icon, str]] = [
        (images, "all training\nimages x"),
        (encoder, "encoder"),
        (rows, "features f"),
        (overlap, "Jaccard\ndistance"),
        (clouds, "DBSCAN:\nlabels y"),
        (split_clouds, "AAC, Eq. 4:\nlabels y′"),
        (centroids, "memory:\ncentroids φ"),
    ]
    for column, (icon, name) in enumerate(names):
        _box(ax, 0, column, icon, name, highlight=icon is split_clouds)
        if column:
            _join(ax, 0, column)
    x, y = _middle(0, 5)
    ax.text(x + 50, _LANES[0] - 23, "attributes a", color=_AAC.text, ha="right",
            va="center_baseline")  # fmt: skip
    arrow(ax, (x, _LANES[0] - 16), (x, _LANES[0] - 1), _AAC.color)
    x = (_right(5) + _left(6)) / 2
    ax.text(x, y + _BOX[1] / 2 + 13, "Eq. 2", color=SOFT, ha="center", va="center_baseline")


def _train_lane(ax: Axes) -> None:
    _lane(ax, 1, "at every step: train")
    _box(ax, 1, 0, images, "batch of\nP × K")
    _box(ax, 1, 1, encoder, "encoder")
    _box(ax, 1, 2, rows, "queries q")
    _box(ax, 1, 4, softmax, "ClusterNCE,\nEq. 1")
    for column in (1, 2):
        _join(ax, 1, column)
    arrow(ax, (_right(2), _middle(1, 2)[1]), (_left(4), _middle(1, 4)[1]))
    # The loss reads the memory, the queries move it, the gradient goes back to the encoder.
    x, below = _middle(0, 6)[0], _LANES[0] + _BOX[1]
    middle, bottom = _middle(1, 4)[1], _LANES[1] + _BOX[1]
    route(ax, [(x - 14, below), (x - 14, middle), (_right(4), middle)])
    ax.text(x - 24, middle - 10, "centroids φ", color=SOFT, ha="right", va="center_baseline")
    start, low = _middle(1, 2)[0] + 14, bottom + 25
    route(ax, [(start, bottom), (start, low), (x + 14, low), (x + 14, below)])
    ax.text(x + 4, low - 10, "Eq. 3: q moves its φ", color=SOFT, ha="right",
            va="center_baseline")  # fmt: skip
    start, low, end = _middle(1, 4)[0], bottom + 12, _middle(1, 1)[0]
    route(ax, [(start, bottom), (start, low), (end, low), (end, bottom)], dashed=True)
    ax.text(end - 8, low, "gradient", color=SOFT, ha="right", va="center_baseline")


def _test_lane(ax: Axes) -> None:
    _lane(ax, 2, "in the test: rank")
    for column, (icon, name) in enumerate(
        [(images, "query and\ngallery"), (encoder, "encoder"), (rows, "features f"),
         (ranking, "ranked by\ncosine")]
    ):  # fmt: skip
        _box(ax, 2, column, icon, name)
        if column:
            _join(ax, 2, column)
    arrow(ax, (_right(3), _middle(2, 3)[1]), (_left(4), _middle(2, 4)[1]))
    ax.text(_left(4) + 6, _middle(2, 4)[1], "mAP, CMC", va="center_baseline")


def _left(column: int) -> float:
    return _LEFT + column * _STEP


def _right(column: int) -> float:
    return _left(column) + _BOX[0]


def _middle(lane: int, column: int) -> Point:
    return _left(column) + _BOX[0] / 2, _LANES[lane] + _BOX[1] / 2


def _lane(ax: Axes, lane: int, title: str) -> None:
    ax.text(_LEFT, _LANES[lane] - 23, title, weight="bold", va="center_baseline")


def _join(ax: Axes, lane: int, column: int) -> None:
    y = _middle(lane, column)[1]
    arrow(ax, (_right(column - 1), y), (_left(column), y))


def _box(
    ax: Axes, lane: int, column: int, icon: Icon, name: str, *, highlight: bool = False
) -> None:
    x, y = _left(column), _LANES[lane]
    color, width, weight = (_AAC.color, 2.2, "bold") if highlight else (SOFT, 0.9, "normal")
    shape = "round,pad=0,rounding_size=7"
    ax.add_patch(FancyBboxPatch((x, y), *_BOX, boxstyle=shape, fc="none", ec=color, lw=width))
    icon(ax, (x + _BOX[0] / 2, y + 31), color)
    lines = name.split("\n")
    top = y + (69 if len(lines) == 1 else 63)
    for number, line in enumerate(lines):
        ax.text(x + _BOX[0] / 2, top + 15 * number, line, ha="center", va="center_baseline",
                weight=weight)  # fmt: skip
