"""Curves over the epochs: clusters and mAP, from records or from a run that is still going."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aacpy.config import METHODS
from aacpy.records import Record, select
from aacpy.report.comparison import RUN_ALL
from aacpy.report.style import (
    INK,
    METHOD_STYLES,
    SOFT,
    drawing,
    hover,
    method_style,
    new_figure,
    plain_axes,
)

#: Width and height of a figure that stands beside another, CSS pixels.
HALF = (350.0, 270.0)
#: What a figure says that has no record to draw.
EMPTY = f"not run\n{RUN_ALL} fills this figure"

Floats = NDArray[np.float64]


def seed_series(records: Iterable[Record], method: str, column: str) -> Floats:
    """`column` of every record of `method`, (records, epochs) float64; NaN where not measured."""
    rows = [r.series[column] for r in select(records, method=method)]
    longest = max((len(row) for row in rows), default=0)
    padded = [[*row, *[None] * (longest - len(row))] for row in rows]
    return np.array(padded, float).reshape(len(rows), longest)


def cluster_curves(records: Sequence[Record]) -> Figure:
    """Clusters at each epoch, beside the true number (the paper's Figures 1 and 6, left).

    Lines are means over the records, bands their range. For AAC the dashed line is DBSCAN's count
    before the split, the solid one what was trained on.
    """
    with drawing():
        figure = new_figure(*HALF)
        _draw_clusters(figure.add_subplot(), records)
    return figure


def map_curves(records: Sequence[Record]) -> Figure:
    """Mean average precision after each epoch (the paper's Figures 1 and 6, right)."""
    with drawing():
        figure = new_figure(*HALF)
        _draw_scores(figure.add_subplot(), records)
    return figure


def curves(records: Sequence[Record]) -> Figure:
    """`cluster_curves` and `map_curves` in one figure, for a notebook."""
    with drawing():
        figure = new_figure(2 * HALF[0] + 20, HALF[1])
        left, right = figure.subplots(1, 2)
        _draw_clusters(left, records)
        _draw_scores(right, records)
    return figure


def live(series: Mapping[str, Sequence[Any]], method: str, epochs: int) -> Figure:
    """Clusters and mAP of a run that is still going.

    Parameters
    ----------
    series : the columns of `aacpy.records.SERIES` as far as they have come.
    method : the run's method.
    epochs : how many epochs it will have.
    """
    look = method_style(method)
    with drawing():
        figure = new_figure(2 * HALF[0] + 20, 220)
        left, right = figure.subplots(1, 2)
        for ax, columns, factor, title in (
            (left, ("clusters_before", "clusters"), 1, "clusters"),
            (right, ("mean_ap",), 100, "mAP, %"),
        ):
            plain_axes(ax, "epoch", title)
            for column in columns:
                values = np.array(series[column], float) * factor
                before = column == "clusters_before"
                name = f"{look.label}, before split" if before else look.label
                _line(ax, values[None], look.color, name, "--" if before else "-")
            ax.set_xlim(-0.5, max(epochs - 0.5, 1))
            ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5, integer=True))
            ax.set_ylim(bottom=0)
    return figure


def _draw_clusters(ax: Axes, records: Sequence[Record]) -> None:
    plain_axes(ax, "epoch", "clusters")
    ends: list[tuple[float, str, str]] = []
    for method in METHODS:
        look = METHOD_STYLES[method]
        values = seed_series(records, method, "clusters")
        if not values.size or method == "supervised":
            continue
        ends.append((_line(ax, values, look.color, look.label), look.label, look.text))
        before = seed_series(records, method, "clusters_before")
        if method == "aac" and np.isfinite(before).any():
            name = "before split"
            end = _line(ax, before, look.color, f"{look.label}, {name}", "--")
            ends.append((end, name, look.text))
    true = {int(r.dataset["train_identities"]) for r in records}
    if len(true) == 1:
        ax.axhline(
            true.copy().pop(), color=METHOD_STYLES["supervised"].color, lw=1.2, ls=(0, (1, 2))
        )
        ends.append((float(true.pop()), "identities", INK))
    _finish(ax, records, ends)


def _draw_scores(ax: Axes, records: Sequence[Record]) -> None:
    plain_axes(ax, "epoch", "mAP, %")
    ends = []
    for method in METHODS:
        values = 100 * seed_series(records, method, "mean_ap")
        if values.size:
            look = METHOD_STYLES[method]
            ends.append((_line(ax, values, look.color, look.label), look.label, look.text))
    _finish(ax, records, ends)


def _finish(ax: Axes, records: Sequence[Record], ends: list[tuple[float, str, str]]) -> None:
    if not records:
        ax.set_axis_off()
        ax.text(0.5, 0.5, EMPTY, transform=ax.transAxes, ha="center", color=SOFT)
        return
    ax.set_ylim(bottom=0)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5, integer=True))
    label_ends(ax, ends)


def _line(ax: Axes, values: Floats, color: str, name: str, style: str = "-") -> float:
    """Mean over rows with the rows' range as a band; returns where the line ends."""
    at = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not len(at):
        return math.nan
    kept = values[:, at]
    mean, low, high = (f(kept, axis=0) for f in (np.nanmean, np.nanmin, np.nanmax))
    if len(values) > 1:
        ax.fill_between(at, low, high, color=color, alpha=0.16, linewidth=0)
    marker = "." if len(at) == 1 else ""
    ax.plot(at, mean, color=color, ls=style, marker=marker)
    what, _, unit = ax.get_ylabel().partition(", ")
    texts = [
        f"{name}, epoch {epoch}: {what} {_words(middle)}{unit}"
        + (f" ({_words(least)} to {_words(most)})" if len(values) > 1 else "")
        for epoch, middle, least, most in zip(at, mean, low, high, strict=True)
    ]
    hover(ax, at.tolist(), mean.tolist(), texts)
    return float(mean[-1])


def _words(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def label_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Name each line, (where it ends, name, colour), at its right end, labels moved apart."""
    ends = sorted(end for end in ends if math.isfinite(end[0]))
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    height = 0.8 * HALF[1]
    places = spread([value for value, _, _ in ends], 14 * (high - low) / height)
    for place, (_, label, color) in zip(places, ends, strict=True):
        ax.annotate(
            label, (1, place), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", color=color, annotation_clip=False,
        )  # fmt: skip


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Sorted places moved as little as needed so that neighbours are at least `gap` apart."""
    groups: list[list[float]] = []  # [sum of what the members ask for, number of members]
    for place in places:
        groups.append([place, 1.0])
        while (
            len(groups) > 1
            and _center(groups[-1]) - _center(groups[-2])
            < gap * (groups[-1][1] + groups[-2][1]) / 2
        ):
            total, size = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + size]
    return [
        _center(group) + gap * (i - (group[1] - 1) / 2)
        for group in groups
        for i in range(int(group[1]))
    ]


def _center(group: list[float]) -> float:
    return group[0] / group[1]
