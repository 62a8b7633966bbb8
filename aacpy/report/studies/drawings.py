"""The two drawings of the studies: arms in rows, and mAP along a dose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.report.curves import HALF, label_ends
from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import RUN_STUDIES, Arm
from aacpy.report.style import (
    JOIN,
    SOFT,
    MethodStyle,
    drawing,
    hover,
    method_style,
    new_figure,
    plain_axes,
    say,
)

EMPTY = f"not run\n{RUN_STUDIES} fills this figure"
_ROW = 30  # height of an arm, CSS pixels
_BESIDE = 0.015  # between lines at one dose, as a share of the axis


def arms_figure(arms: Sequence[Arm], reference: Arm | None = None, *, width: float = 720) -> Figure:
    """MAP of each arm: a dot a seed, a bar for the 95% interval; grey lines join a seed's runs.

    The gap to `reference`, points, paired by seed, stands at the right; without a reference the
    mean does. Arms that have not run say so.
    """
    with drawing():
        if not any(one.runs for one in arms):
            return say(new_figure(min(width, HALF[0]), 120), EMPTY)
        figure = new_figure(width, 64 + _ROW * len(arms))
        ax = figure.add_subplot()
        plain_axes(ax, "mAP, %", "", grid="x")
        scores = [{r.seed: 100 * r.scores["mean_ap"] for r in one.runs} for one in arms]
        for seed in sorted({seed for found in scores for seed in found}):
            rows = [y for y, found in enumerate(scores) if seed in found]
            ax.plot([scores[y][seed] for y in rows], rows, color=JOIN, lw=0.6, alpha=0.6)
        for y, (one, found) in enumerate(zip(arms, scores, strict=True)):
            look = method_style(one.method)
            values = list(found.values())
            ax.plot(values, [y] * len(values), look.marker, color=look.color, ms=4.5, alpha=0.75,
                    mew=0)  # fmt: skip
            texts = [f"{one.label}, seed {seed}: mAP {v:.1f}%" for seed, v in found.items()]
            hover(ax, values, [float(y)] * len(values), texts)
            bar = one.score
            ax.plot(bar.mean, y + 0.27, "|", color=look.color, ms=7, mew=2)
            if not math.isnan(bar.half_width):
                ax.plot([bar.low, bar.high], [y + 0.27] * 2, color=look.color, lw=2.2)
            ax.annotate(
                _beside(one, reference), (1, y), xycoords=("axes fraction", "data"), va="center",
                xytext=(6, 0), textcoords="offset points", color=look.text if values else SOFT,
                annotation_clip=False,
            )  # fmt: skip
        ax.set_ylim(len(arms) - 0.4, -0.6)
        ax.set_yticks(range(len(arms)), [one.label for one in arms])
        for tick, one in zip(ax.get_yticklabels(), arms, strict=True):
            tick.set_color(method_style(one.method).text)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    return figure


def dose_figure(
    lines: Mapping[str, Mapping[float, Arm]],
    x: str,
    *,
    levels: Sequence[tuple[str, Arm]] = (),
    looks: Mapping[str, MethodStyle] | None = None,
    size: tuple[float, float] = HALF,
) -> Figure:
    """MAP along a dose, a line with 95% intervals for each name; `levels` are dashed lines across.

    Parameters
    ----------
    lines : name -> dose -> arm; lines of one method differ in their shade and dashes.
    x : the dose and its unit.
    levels : (name, arm) of what has no dose, such as the baseline.
    looks : name -> how its line looks, where its method does not say.
    """
    with drawing():
        figure = new_figure(*size)
        if not any(one.runs for line in lines.values() for one in line.values()):
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, x, "mAP, %")
        ends: list[tuple[float, str, str]] = []
        seen: dict[str, int] = {}
        step = _BESIDE * _span(lines)
        for at, (name, line) in enumerate(lines.items()):
            aside = step * (at - (len(lines) - 1) / 2)  # so that bars do not cover one another
            there = {dose + aside: one for dose, one in sorted(line.items()) if one.runs}
            if not there:
                continue
            method = next(iter(there.values())).method
            look = (looks or {}).get(name) or method_style(method)
            place = seen[method] = seen.get(method, -1) + 1
            means = [one.score.mean for one in there.values()]
            ax.plot(list(there), means, look.marker, color=look.color, ms=5, lw=1.6,
                    ls=("-", "--", ":", "-.")[place % 4])  # fmt: skip
            for dose, one in there.items():
                bar(ax, dose, one.score, look.color)
            texts = [f"{name}, {x} {dose - aside:g}: mAP {m:.1f}%"
                     for dose, m in zip(there, means, strict=True)]  # fmt: skip
            hover(ax, list(there), means, texts)
            ends.append((means[-1], name, look.text))
        for name, one in levels:
            if one.runs:
                look = (looks or {}).get(name) or method_style(one.method)
                ax.axhline(one.score.mean, color=look.color, ls=(0, (1, 2)), lw=1.2)
                ends.append((one.score.mean, name, look.text))
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, 0), min(high, 100))  # few seeds have endless intervals
        label_ends(ax, ends)
    return figure


def _span(lines: Mapping[str, Mapping[float, Arm]]) -> float:
    """The distance from the least dose to the largest."""
    doses = [dose for line in lines.values() for dose in line]
    return max(doses) - min(doses)


def bar(ax: Axes, x: float, interval: Interval, color: str) -> None:
    """The upright bar of an interval; nothing where there is none."""
    if not math.isnan(interval.half_width):
        ax.plot([x, x], [interval.low, interval.high], color=color, lw=2.2, alpha=0.6)


def _beside(one: Arm, reference: Arm | None) -> str:
    if not one.runs:
        return "not run"
    if reference is None:
        return f"{one.score.mean:.1f}"
    if one.runs == reference.runs:
        return f"{one.score.mean:.1f} (reference)"
    gap = one.against(reference)
    text = f"{gap.mean:+.1f}".replace("-", "−")
    return text if math.isnan(gap.half_width) else f"{text} ± {gap.half_width:.1f}"
