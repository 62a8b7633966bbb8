"""Where the time of a run goes: its phases, from records, and kinds of operation, profiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.comparison import main_runs
from aacpy.report.cost import Measurements
from aacpy.report.cost_figures import EMPTY
from aacpy.report.curves import HALF
from aacpy.report.escaping import printable
from aacpy.report.style import INK, SOFT, drawing, new_figure, plain_axes, say

#: Names of a run's phases in the words of the page.
PHASES = {"load": "loading", "extract": "features", "cluster": "pseudo-labels",
          "train": "training steps", "evaluate": "evaluation"}  # fmt: skip

#: Characters of a name that there is room for beside its bar.
_LONGEST = 30


def phase_shares(records: Iterable[Record]) -> dict[str, float]:
    """Share of each phase in a run's time: medians over the main comparison's AAC runs."""
    runs = [r for r in main_runs(records) if r.method == "aac"]
    return {
        words: float(np.median([r.seconds.get(phase, 0.0) / r.seconds["total"] for r in runs]))
        for phase, words in PHASES.items()
        if runs
    }


def kind_shares(measurements: Measurements) -> dict[str, float]:
    """Share of each kind of operation in the time of an epoch of the embedded benchmark."""
    return dict(measurements["embedded"].cases[0].facts) if "embedded" in measurements else {}


def share_words(shares: Mapping[str, float]) -> str:
    """Shares as "training steps 74%, features 9%"."""
    return ", ".join(f"{name} {100 * value:.0f}%" for name, value in shares.items()) or "not run"


def shares_figure(parts: Mapping[str, float], axis: str, *, width: float = HALF[0]) -> Figure:
    """Bars of shares that add up to a whole, in the order given."""
    with drawing():
        figure = new_figure(width, 46 + 28 * max(len(parts), 3))
        if not parts:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, axis, "", grid="x")
        places = range(len(parts))
        values = [100 * share for share in parts.values()]
        ax.barh(places, values, height=0.62, color=SOFT)
        for place, value in zip(places, values, strict=True):
            ax.annotate(f"{value:.0f}", (value, place), xytext=(4, 0), va="center",
                        textcoords="offset points", color=INK)  # fmt: skip
        ax.set_yticks(places, [printable(name)[:_LONGEST] for name in parts])
        ax.set_ylim(len(parts) - 0.4, -0.6)
        ax.set_xlim(0, 108)
        ax.tick_params(axis="y", length=0, labelcolor=INK)
        ax.spines["left"].set_visible(False)
    return figure
