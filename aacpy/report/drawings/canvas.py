"""A figure without axes whose units are CSS pixels, and the few shapes that drawings share."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from aacpy.report.style import SOFT, new_figure

Point = tuple[float, float]

#: Letters on an identity colour, which is the same on light and dark pages.
ON_COLOR = "#111111"


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure and its one invisible axes: x to the right, y down, in CSS pixels."""
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    ax: Axes = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    return figure, ax


def arrow(
    ax: Axes, start: Point, end: Point, color: str = SOFT, *, bend: float = 0, dashed: bool = False
) -> None:
    """An arrow between two points; `bend` curves it."""
    patch = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=9, color=color, lw=1.2, shrinkA=0, shrinkB=0,
        connectionstyle=f"arc3,rad={bend}", linestyle=(0, (3, 2)) if dashed else "solid",
    )  # fmt: skip
    ax.add_patch(patch)


def route(ax: Axes, points: Sequence[Point], color: str = SOFT, *, dashed: bool = False) -> None:
    """A line with corners that ends in an arrow head."""
    xs, ys = zip(*points[:-1], strict=True)
    ax.plot(xs, ys, color=color, lw=1.2, ls=(0, (3, 2)) if dashed else "-")
    arrow(ax, points[-2], points[-1], color, dashed=dashed)
