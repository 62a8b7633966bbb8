"""Figures of the ablations: gaps in mAP, which the paper's and ours have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.records import Record, select
from aacpy.report.ablation import (
    RUN_ABLATIONS,
    delta_runs,
    no_split_runs,
    paper_start_epochs,
    run_epochs,
    start_epoch_runs,
)
from aacpy.report.cells import last_clusters
from aacpy.report.comparison import main_runs, true_clusters
from aacpy.report.curves import HALF, label_ends
from aacpy.report.reported import TABLE2_DELTA, reported_ablation, reported_table1
from aacpy.report.statistics import Interval, mean_interval, paired
from aacpy.report.style import (
    GROUND,
    INK,
    JOIN,
    METHOD_STYLES,
    SOFT,
    drawing,
    hover,
    new_figure,
    plain_axes,
    say,
)

EMPTY = f"not run\n{RUN_ABLATIONS} fills this figure"

_AAC = METHOD_STYLES["aac"]
_END = tuple[float, str, str]


def start_epoch_gaps(records: Sequence[Record], delta: int = TABLE2_DELTA) -> Figure:
    """MAP by the first epoch with a split, against splitting from the start (the paper's Fig. 8).

    A grey line joins a seed's runs; the bar is the 95% interval of the difference, paired by seed.
    Hollow markers: the paper's Table 2, its epochs scaled to ours.
    """
    groups, epochs = start_epoch_runs(records, delta), run_epochs(records)
    paper = {e: row["mean_ap"] for e, row in paper_start_epochs(epochs).items()}
    with drawing():
        figure = new_figure(*HALF)
        if not groups.get(0):
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, f"first epoch with a split, of {epochs}", "mAP against start 0, points")
        gaps = {e: v - paper[0] for e, v in paper.items()}
        label_ends(ax, _draw_gaps(ax, groups, groups[0], gaps))
    return figure


def delta_gaps(records: Sequence[Record]) -> Figure:
    """MAP by δ, against no split at all (the paper's Table 3 as hollow markers).

    A grey line joins a seed's runs; the bar is the 95% interval of the difference, paired by seed.
    The dashed line is the attributes-only control, against the same baseline.
    """
    groups, plain = delta_runs(records), no_split_runs(records)
    baseline = reported_table1()["baseline"]["mean_ap"]
    gaps = {d: v["mean_ap"] - baseline for d, v in reported_ablation("table3", "delta").items()}
    with drawing():
        figure = new_figure(*HALF)
        if not groups or not plain:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, "δ, images", "mAP against no split, points")
        ends = _draw_gaps(ax, groups, plain, gaps)
        control = paired(select(main_runs(records), method="attributes"), plain)
        if control.n:
            look = METHOD_STYLES["attributes"]
            ax.axhline(control.mean, color=look.color, ls="--", lw=1.4)
            ends.append((control.mean, look.label, look.text))
        label_ends(ax, ends)
    return figure


def delta_clusters(records: Sequence[Record]) -> Figure:
    """Clusters trained on in the last epoch by δ, beside the true number and the baseline's."""
    groups, plain, true = delta_runs(records), no_split_runs(records), true_clusters(records)
    with drawing():
        figure = new_figure(*HALF)
        if not groups:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, "δ, images", "clusters in the last epoch")
        counts = {d: mean_interval(last_clusters(runs)) for d, runs in groups.items()}
        _draw_intervals(ax, counts)
        ends = [(counts[max(counts)].mean, _AAC.label, _AAC.text)]
        if plain:
            look, count = METHOD_STYLES["baseline"], mean_interval(last_clusters(plain)).mean
            ax.axhline(count, color=look.color, lw=1.4)
            ends.append((count, "no split", look.text))
        if true is not None:
            ax.axhline(true, color=METHOD_STYLES["supervised"].color, lw=1.2, ls=(0, (1, 2)))
            ends.append((float(true), "identities", INK))
        ax.set_ylim(bottom=0)
        _whole_ticks(ax)
        label_ends(ax, ends)
    return figure


def start_epoch_curves(records: Sequence[Record], delta: int = TABLE2_DELTA) -> Figure:
    """MAP after each epoch, a line for each first epoch with a split: means over seeds.

    The darker a line, the earlier it starts to split; the dot is the epoch of its first split.
    """
    groups = start_epoch_runs(records, delta)
    with drawing():
        figure = new_figure(*HALF)
        if not groups:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, "epoch", "mAP, %")
        ends: list[_END] = []
        starts = sorted(groups)
        for place, start in enumerate(starts):
            rows = [r.series["mean_ap"] for r in groups[start]]
            mean = 100 * np.nanmean(np.array(rows, float), axis=0)
            shade = 1 - 0.8 * place / max(len(starts) - 1, 1)
            ax.plot(mean, color=_AAC.color, alpha=shade, lw=1.6)
            last = len(mean) - 1
            first = min(start, last)  # a start after the last epoch never splits
            ax.plot(first, mean[first], "o", color=_AAC.color, alpha=shade, ms=4, mew=0)
            text = f"first split in epoch {start}: mAP {mean[-1]:.1f} in the last epoch"
            hover(ax, [first, last], [float(mean[first]), float(mean[-1])], [text, text])
            if start in (starts[0], starts[-1]):
                ends.append((float(mean[-1]), f"start {start}", _AAC.text))
        ax.set_xlim(left=0)
        ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5, integer=True))
        label_ends(ax, ends)
    return figure


def _draw_gaps(
    ax: Axes,
    groups: Mapping[int, Sequence[Record]],
    reference: Sequence[Record],
    paper: Mapping[int, float],
) -> list[_END]:
    """Gaps against `reference`, ours and the paper's; returns the labels of the lines' ends."""
    plain = {r.seed: r.scores["mean_ap"] for r in reference}
    values = sorted(groups)
    heights = [0.0, *paper.values()]
    for seed in sorted(plain):
        points = [
            (value, 100 * (r.scores["mean_ap"] - plain[seed]))
            for value in values
            for r in groups[value]
            if r.seed == seed
        ]
        if points:
            ax.plot(*zip(*points, strict=True), color=JOIN, lw=0.8)
            heights += [gap for _, gap in points]
    ours = {value: paired(groups[value], reference) for value in values}
    ax.axhline(0, color=SOFT, lw=0.8)
    ax.plot(list(paper), list(paper.values()), color=_AAC.color, lw=0.8, ls=":")
    ax.plot(
        list(paper), list(paper.values()), _AAC.marker, mfc=GROUND, mec=_AAC.color, mew=1.4, ms=6,
        ls="none",
    )  # fmt: skip
    _draw_intervals(ax, ours)
    _whole_ticks(ax)
    margin = 0.08 * (max(heights) - min(heights))
    ax.set_ylim(min(heights) - margin, max(heights) + margin)  # few seeds have endless intervals
    ends = [(ours[values[-1]].mean, "here", _AAC.text)]
    return [*ends, (paper[max(paper)], "paper", SOFT)]


def _draw_intervals(ax: Axes, intervals: Mapping[int, Interval]) -> None:
    """Means joined by a line, each with the bar of its 95% interval."""
    values = sorted(intervals)
    ax.plot(
        values, [intervals[v].mean for v in values], _AAC.marker, color=_AAC.color, ms=5, ls="-"
    )
    for value in values:
        if not math.isnan(intervals[value].half_width):
            low, high = intervals[value].low, intervals[value].high
            ax.plot([value, value], [low, high], color=_AAC.color, lw=2.2, alpha=0.6)


def _whole_ticks(ax: Axes) -> None:
    ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(6, integer=True))
