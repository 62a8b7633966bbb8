"""The figures, the same ones in notebook and book: records in, matplotlib figure out.

A figure is a loader of numbers and a drawing of them; `show` puts it on a page. Sizes are CSS
pixels: half a 720-pixel column, so that two stand side by side and one fills a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aacpy.config import METHODS
from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.records import Record, select
from aacpy.report.ablation_curves import (
    delta_clusters,
    delta_gaps,
    start_epoch_curves,
    start_epoch_gaps,
)
from aacpy.report.comparison import main_runs
from aacpy.report.curves import EMPTY, HALF, cluster_curves, curves, live, map_curves
from aacpy.report.reported import reported_scores
from aacpy.report.sheets import contact_sheet, identity_sheet, ranked_lists, split_sheet
from aacpy.report.shown import show
from aacpy.report.statistics import Interval, mean_interval
from aacpy.report.style import (
    GROUND,
    INK,
    JOIN,
    METHOD_STYLES,
    SOFT,
    drawing,
    hover,
    method_style,
    new_figure,
    plain_axes,
    say,
)

__all__ = [
    "attribute_shares", "cluster_curves", "cluster_sizes", "contact_sheet", "curves",
    "delta_clusters", "delta_gaps", "identity_sheet", "live", "map_curves", "ranked_lists",
    "scores", "show", "split_sheet", "start_epoch_curves", "start_epoch_gaps",
]  # fmt: skip


def scores(records: Sequence[Record], *, width: float = 720, reported: bool = True) -> Figure:
    """Last epoch's mAP of every method: a dot a seed, lines join a seed's runs, bar = 95% interval.

    Parameters
    ----------
    records : records; only those of the main comparison count.
    width : CSS pixels.
    reported : add the paper's values on Market-1501 as hollow markers.
    """
    runs = main_runs(records)
    table = {
        m: {r.seed: 100 * r.scores["mean_ap"] for r in select(runs, method=m)} for m in METHODS
    }
    with drawing():
        if not runs:
            return say(new_figure(min(width, HALF[0]), 120), EMPTY)
        figure = new_figure(width, 250)
        ax = figure.add_subplot()
        plain_axes(ax, "mAP, %", "", grid="x")
        rows = {method: float(y) for y, method in enumerate(METHODS)}
        for seed in sorted({r.seed for r in runs}):
            there = [m for m in METHODS if seed in table[m]]
            ax.plot([table[m][seed] for m in there], [rows[m] for m in there], color=JOIN, lw=0.8)
        for method, y in rows.items():
            _draw_row(ax, method, y, list(table[method].values()), reported)
        ax.set_ylim(len(rows) - 0.4, -0.5)
        ax.set_yticks(list(rows.values()), [METHOD_STYLES[m].label for m in rows])
        for tick, method in zip(ax.get_yticklabels(), rows, strict=True):
            tick.set_color(METHOD_STYLES[method].text)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    return figure


def _draw_row(ax: Axes, method: str, y: float, values: list[float], reported: bool) -> None:
    look = METHOD_STYLES[method]
    paper = reported_scores(method) if reported else None
    if paper is not None:
        ax.plot(paper["mean_ap"], y, look.marker, mfc=GROUND, mec=look.color, mew=1.4, ms=7)
    interval = mean_interval(values)
    text = "not run"
    if values:
        ax.plot(values, [y] * len(values), look.marker, color=look.color, ms=4.5, alpha=0.75, mew=0)
        hover(ax, values, [y] * len(values), [f"{look.label}: mAP {v:.1f}%" for v in values])
        text = _draw_interval(ax, interval, y + 0.27, look.color)
    ax.annotate(
        text, (1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), va="center",
        textcoords="offset points", color=look.text if values else SOFT, annotation_clip=False,
    )  # fmt: skip


def _draw_interval(ax: Axes, interval: Interval, y: float, color: str) -> str:
    """A bar with a tick at the mean; returns the interval as text."""
    ax.plot(interval.mean, y, "|", color=color, ms=8, mew=2)
    if math.isnan(interval.half_width):
        return f"{interval.mean:.1f}"
    ax.plot([interval.low, interval.high], [y, y], color=color, lw=2.2)
    return f"{interval.mean:.1f} ± {interval.half_width:.1f}"


def cluster_sizes(
    records: Sequence[Record], methods: Sequence[str] = ("baseline", "aac")
) -> Figure:
    """How many images the last epoch's clusters hold, as shares of images, all seeds together."""
    with drawing():
        figure = new_figure(*HALF)
        chosen = [r for r in main_runs(records) if r.method in methods]
        if not chosen:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, "images in the cluster", "share of clustered images, %")
        sizes = {m: _sizes(select(chosen, method=m)) for m in methods if select(chosen, method=m)}
        largest = max(int(s.max()) for s in sizes.values())
        edges = np.arange(0, largest + 8, max(4, 4 * round(largest / 80)))
        for method, size in sizes.items():
            look = method_style(method)
            counts, _ = np.histogram(size, edges, weights=size)
            shares = 100 * counts / counts.sum()
            ax.stairs(shares, edges, color=look.color, lw=1.8)
            ax.stairs(shares, edges, color=look.color, alpha=0.12, fill=True)
            top = int(np.argmax(shares))
            ax.annotate(
                look.label, (edges[top + 1], shares[top]), xytext=(4, -4),
                textcoords="offset points", color=look.text,
            )  # fmt: skip
        ax.set_xlim(left=0)
    return figure


def _sizes(runs: Iterable[Record]) -> NDArray[np.int64]:
    """Sizes of the last epoch's clusters of all runs."""
    found = []
    for run in runs:
        labels = run.pseudo_labels(run.config.epochs - 1)["after"]
        found.append(np.bincount(labels[labels >= 0]))
    sizes = np.concatenate(found)
    return sizes[sizes > 0]


def attribute_shares(rendered: NDArray[np.int64], real: Mapping[str, float]) -> Figure:
    """Share of identities with each attribute: rendered (filled) beside Market-1501 (hollow).

    Parameters
    ----------
    rendered : (m, 27) int64, one row an identity, values from 1.
    real : attribute name -> share in Market-1501, in [0, 1]; age is left out.
    """
    names = [n for n in ATTRIBUTE_NAMES if n in real]
    ours = {n: 100 * float(np.mean(rendered[:, ATTRIBUTE_NAMES.index(n)] == 2)) for n in names}
    names.sort(key=lambda n: -real[n])
    with drawing():
        figure = new_figure(720, 30 + 17 * len(names))
        ax = figure.add_subplot()
        plain_axes(ax, "share of identities, %", "", grid="x")
        for y, name in enumerate(names):
            ax.plot([ours[name], 100 * real[name]], [y, y], color=JOIN, lw=1.2)
            ax.plot(100 * real[name], y, "o", mfc=GROUND, mec=INK, mew=1.3, ms=6)
            ax.plot(ours[name], y, "o", color=INK, ms=4)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(-2, 102)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    return figure
