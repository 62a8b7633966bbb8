"""Figures of cost: growth of time and of memory, and where the time of a run goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib.ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.measurements import Timing, growth_exponent
from aacpy.report.cost import RUN_BENCH, Measurements, memory, two_digits
from aacpy.report.curves import HALF, spread
from aacpy.report.style import (
    IDENTITY_COLORS,
    INK,
    JOIN,
    SOFT,
    drawing,
    hover,
    new_figure,
    plain_axes,
    say,
)

EMPTY = f"not run\n{RUN_BENCH} fills this figure"

Line = tuple[list[float], list[str], str]

_GREEN, _ORANGE, _SKY, _ = IDENTITY_COLORS


@dataclass(frozen=True)
class Curve:
    """A work of a stage over its sizes, and how it looks."""

    stage: str
    work: str
    label: str
    color: str
    marker: str
    dashes: str = "-"


#: Method colours are left out on purpose: these are parts, not methods.
CURVES = (
    Curve("pseudo_labels", "library", "exact", _GREEN, "o"),
    Curve("pseudo_labels", "textbook", "textbook", SOFT, "x", "--"),
    Curve("approximate", "library", "approximate", _ORANGE, "s"),
    Curve("evaluation", "library", "evaluation", _SKY, "^"),
)


def time_growth(measurements: Measurements, *, width: float = HALF[0]) -> Figure:
    """Time against images, each curve relative to its smallest size; both axes logarithmic."""

    def line(curve: Curve, sizes: Sequence[int], seconds: Sequence[float]) -> Line:
        relative = [value / seconds[0] for value in seconds]
        texts = [f"{curve.label}, {n:,} images: {two_digits(v)} × the time of {sizes[0]:,}"
                 for n, v in zip(sizes, relative, strict=True)]  # fmt: skip
        return relative, texts, f"{curve.label}, {growth_exponent(sizes, seconds):.1f}"

    return _growth(measurements, width, "time, × the smallest size", _median, line, least=2)


def memory_growth(measurements: Measurements, *, width: float = HALF[0]) -> Figure:
    """Peak memory against images, above what the process held before; axes logarithmic."""

    def line(curve: Curve, sizes: Sequence[int], peaks: Sequence[float]) -> Line:
        texts = [f"{curve.label}, {n:,} images: {memory(v)}"
                 for n, v in zip(sizes, peaks, strict=True)]  # fmt: skip
        return [value / 1e6 for value in peaks], texts, curve.label

    return _growth(measurements, width, "peak memory, MB", _peak, line, least=1)


def _growth(
    measurements: Measurements,
    width: float,
    y: str,
    value: Callable[[Timing], float],
    line: Callable[[Curve, Sequence[int], Sequence[float]], Line],
    least: int,
) -> Figure:
    """What `line` makes of each curve that has `least` sizes: heights, texts and a name."""
    with drawing():
        figure, ax = _axes(measurements, width, "images", y)
        if ax is None:
            return figure
        ends = []
        for curve in CURVES:
            points = _points(measurements, curve, value)
            if len(points) >= least:
                sizes, values = zip(*points, strict=True)
                heights, texts, name = line(curve, sizes, values)
                ends.append((_draw(ax, curve, sizes, heights, texts), name))
        _label(ax, ends)
    return figure


def growth_words(measurements: Measurements) -> str:
    """The exponents of the curves, for who cannot see them."""
    found = []
    for curve in CURVES:
        if curve.stage in measurements:
            exponent = measurements[curve.stage].growth(curve.work)
            if not math.isnan(exponent):
                found.append(f"{_full_label(curve)} {exponent:.2f}")
    return f"Growth exponents: {', '.join(found)}." if found else "Not run."


def memory_words(measurements: Measurements) -> str:
    """The memory at the curves' largest sizes, for who cannot see them."""
    found = []
    for curve in CURVES:
        points = _points(measurements, curve, _peak)
        if points:
            n, peak = points[-1]
            found.append(f"{_full_label(curve)} {memory(peak)} at {n:,} images")
    return f"Peak memory: {', '.join(found)}." if found else "Not run."


def _full_label(curve: Curve) -> str:
    return f"{curve.label} pseudo-labels" if curve.stage != "evaluation" else curve.label


def _axes(measurements: Measurements, width: float, x: str, y: str) -> tuple[Figure, Axes | None]:
    """A figure with logarithmic axes, or one that says that nothing was measured."""
    figure = new_figure(width, HALF[1])
    if not any(curve.stage in measurements for curve in CURVES):
        return say(figure, EMPTY), None
    ax = figure.add_subplot()
    plain_axes(ax, x, y, grid="both")
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:,.10g}"))
        axis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    return figure, ax


def _points(
    measurements: Measurements, curve: Curve, value: Callable[[Timing], float]
) -> list[tuple[int, float]]:
    """(size, value) of a curve's cases of the stage's first series; NaN is left out."""
    measurement = measurements.get(curve.stage)
    if measurement is None:
        return []
    series = measurement.cases[0].series
    found = [(case.size, value(case.works[curve.work])) for case in measurement.cases
             if case.series == series and curve.work in case.works]  # fmt: skip
    return [point for point in found if not math.isnan(point[1])]


def _median(timing: Timing) -> float:
    return timing.median


def _peak(timing: Timing) -> float:
    return math.nan if timing.peak_bytes is None else float(timing.peak_bytes)


def _draw(
    ax: Axes, curve: Curve, x: Sequence[float], y: Sequence[float], texts: Sequence[str]
) -> tuple[float, float]:
    """A line with its points; returns where it ends."""
    ax.plot(x, y, curve.marker, color=curve.color, ls=curve.dashes, ms=4.5, lw=1.6)
    hover(ax, x, y, texts)
    return x[-1], y[-1]


def _label(ax: Axes, ends: Sequence[tuple[tuple[float, float], str]]) -> None:
    """Name each line at the right edge, level with its end, names moved apart."""
    low, high = (math.log(limit) for limit in ax.get_ylim())
    ax.set_ylim(math.exp(low), math.exp(high))
    ordered = sorted(ends, key=lambda end: end[0][1])
    gap = 14 * (high - low) / (0.8 * HALF[1])
    places = spread([math.log(y) for (_, y), _ in ordered], gap)
    for place, ((x, y), label) in zip(places, ordered, strict=True):
        ax.annotate(
            label, (x, y), xycoords="data", xytext=(1.02, math.exp(place)), va="center",
            textcoords=ax.get_yaxis_transform(), color=INK, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": JOIN, "lw": 0.8, "shrinkA": 0, "shrinkB": 3},
        )  # fmt: skip
