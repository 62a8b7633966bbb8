"""What campaigns of faults found: tables and a figure for the page "What can go wrong"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from aacpy.campaigns import Campaign
from aacpy.report.markup import NOT_RUN, Cell, Table
from aacpy.report.style import (
    METHOD_STYLES,
    MISS,
    SOFT,
    drawing,
    hover,
    method_style,
    new_figure,
    plain_axes,
    say,
)

RUN_FAULTS = "`make test-faults`"

#: Phase -> what a run does in it, in the order of a run.
PHASES: Mapping[str, str] = {
    "start": "starts",
    "render": "renders images",
    "decode": "decodes images",
    "extract": "extracts features",
    "cluster": "clusters",
    "step": "takes optimiser steps",
    "evaluate": "evaluates",
    "checkpoint": "writes a checkpoint",
    "record": "writes the record",
}

Campaigns = Mapping[str, Campaign]


def headline(campaigns: Campaigns) -> str:
    """What the campaigns come to, one or two sentences."""
    parts = []
    if "kills" in campaigns:
        rows = campaigns["kills"].rows
        well = sum(not row["problems"] for row in rows)
        parts.append(
            f"Of {len(rows)} runs stopped at a random moment and given their command again, {well} "
            "ended with the record of the undisturbed run."
        )
    if "fuzz" in campaigns:
        rows = campaigns["fuzz"].rows
        failed = sum(len(row["failures"]) for row in rows)
        total = sum(row["inputs"] for row in rows)
        parts.append(
            f"Of {total:,} damaged and hostile inputs to {len(rows)} parsers, {failed or 'none'} "
            "did anything but end in success or in an error that says what to do."
        )
    return " ".join(parts) or f"Not tried yet: {RUN_FAULTS} fills this page."


def kill_table(campaigns: Campaigns) -> Table:
    """For each phase, the runs stopped in it and how many ended as if undisturbed."""
    rows = campaigns["kills"].rows if "kills" in campaigns else ()
    shown = []
    for phase, words in PHASES.items():
        aimed = [row for row in rows if row["phase"] == phase]
        if aimed:
            counts = Counter(_ending(row) for row in aimed)
            same = sum(not row["problems"] for row in aimed)
            shown.append(
                (
                    Cell(words),
                    Cell(str(len(aimed))),
                    *(Cell(str(counts[kind])) for kind in ("SIGKILL", "SIGTERM", "too late")),
                    Cell(f"{same} of {len(aimed)}"),
                )
            )
    return Table(
        "kills",
        ("Stopped while it", "runs", "killed", "asked to stop", "at their end before",
         "same record"),
        shown or [(Cell(PHASES["start"]), *[NOT_RUN] * 5)],
        notes=_notes(campaigns, "kills"),
        align="lrrrrr",
        sortable=False,
    )  # fmt: skip


def kill_figure(campaigns: Campaigns, *, width: float = 700) -> Figure:
    """Where the kills fell: a dot each, by phase and by how far the run had come in it."""
    rows = campaigns["kills"].rows if "kills" in campaigns else ()
    with drawing():
        figure = new_figure(width, 300)
        if not rows:
            return say(figure, f"not tried\n{RUN_FAULTS} fills this figure")
        ax = figure.add_subplot()
        plain_axes(ax, "how far the run had come in its work of that kind, %", "", grid="x")
        names = [phase for phase in PHASES if any(row["phase"] == phase for row in rows)]
        most = {name: 1 + max(r["occurrence"] for r in rows if r["phase"] == name)
                for name in names}  # fmt: skip
        for well, color, marker in (
            (True, METHOD_STYLES["baseline"].color, "|"),
            (False, MISS, "x"),
        ):
            chosen = [row for row in rows if bool(row["problems"]) != well]
            x = [100 * (r["occurrence"] + r["moment"]) / most[r["phase"]] for r in chosen]
            y = [names.index(r["phase"]) for r in chosen]
            ax.scatter(x, y, s=90, marker=marker, color=color, linewidths=1.4)
            hover(ax, x, y, [_told(row) for row in chosen])
        ax.set_yticks(range(len(names)), [PHASES[name] for name in names])
        ax.invert_yaxis()
        ax.set_xlim(-1, 101)
        ax.tick_params(axis="y", length=0, labelcolor=SOFT)
        ax.spines["left"].set_visible(False)
    return figure


def kill_words(campaigns: Campaigns) -> str:
    """What `kill_figure` shows, for who cannot see it."""
    rows = campaigns["kills"].rows if "kills" in campaigns else ()
    counts = Counter(row["phase"] for row in rows)
    listed = ", ".join(f"{counts[p]} while it {w}" for p, w in PHASES.items() if counts[p])
    return f"When runs were stopped: {listed or 'not tried'}."


def condition_table(campaigns: Campaigns) -> Table:
    """Every condition that was brought about, and whether the promise held."""
    rows = campaigns["conditions"].rows if "conditions" in campaigns else ()
    shown = [
        (Cell(row["condition"]), Cell(row["what"] or "–"), Cell(row["problem"] or "as promised"))
        for row in rows
    ]
    groups = [
        i for i, row in enumerate(rows) if not i or row["condition"] != rows[i - 1]["condition"]
    ]
    return Table(
        "conditions",
        ("condition", "what was tried", "outcome"),
        shown or [(Cell("full disk"), NOT_RUN, NOT_RUN)],
        notes=_notes(campaigns, "conditions"),
        groups=groups,
        sortable=False,
    )


def fuzz_table(campaigns: Campaigns) -> Table:
    """Every parser, what became of its inputs, and what the worst of them took."""
    rows = campaigns["fuzz"].rows if "fuzz" in campaigns else ()
    shown = [
        (
            Cell(row["title"]),
            Cell(f"{row['inputs']:,}"),
            Cell(f"{row['accepted']:,}"),
            Cell(f"{row['refused']:,}"),
            Cell(str(len(row["failures"]))),
            Cell(f"{row['slowest_seconds']:.2f} s"),
            Cell(f"{row['peak_bytes'] / 1e9:.2f} GB"),
        )
        for row in rows
    ]
    return Table(
        "fuzzing",
        ("what is read", "inputs", "accepted", "refused", "failed", "slowest", "peak memory"),
        shown or [(Cell("records"), *[NOT_RUN] * 6)],
        notes=(
            "Peak memory is the whole process's, its libraries included.",
            *_notes(campaigns, "fuzz"),
        ),
        align="lrrrrrr",
    )


def precision_table(campaigns: Campaigns) -> Table:
    """Clusters of the same runs in float32 and in bfloat16, before and after training."""
    rows = campaigns["precision"].rows if "precision" in campaigns else ()
    shown = [
        (
            Cell(f"{method_style(row['method']).label}, seed {row['seed']}"),
            *(Cell(str(row[name][0])) for name in ("float32", "bfloat16")),
            *(Cell(str(row[name][-1])) for name in ("float32", "bfloat16", "two_threads")),
        )
        for row in rows
    ]
    return Table(
        "precision",
        ("run", "first epoch, float32", "bfloat16", "last epoch, float32", "bfloat16",
         "float32, two threads"),
        shown or [(Cell("AAC"), *[NOT_RUN] * 5)],
        notes=_notes(campaigns, "precision"),
        align="lrrrrr",
        sortable=False,
    )  # fmt: skip


def precision_words(campaigns: Campaigns) -> str:
    """How far apart the numbers of clusters are, two sentences."""
    if "precision" not in campaigns:
        return f"Not tried yet: {RUN_FAULTS} fills this table."
    rows = campaigns["precision"].rows
    tolerance = float(campaigns["precision"].settings.get("tolerance", 0))
    first, last, rounding = (
        [abs(row[name][at] / max(row["float32"][at], 1) - 1) for row in rows]
        for name, at in (("bfloat16", 0), ("bfloat16", -1), ("two_threads", -1))
    )
    near = sum(gap <= tolerance for gap in first)
    ended = sum(gap <= tolerance for gap in last)
    return (
        f"On the same network, in the first epoch, {near} of {len(rows)} pairs of runs are within "
        f"the tolerance of {tolerance:.0%}; the largest gap is {max(first):.0%}. After training, "
        f"which amplifies every rounding, {ended} of {len(rows)} are; the largest gap is "
        f"{max(last):.0%}. Float32 that adds up in another order, on two threads, ends up to "
        f"{max(rounding):.0%} apart."
    )


def _ending(row: Mapping[str, Any]) -> str:
    if row["status"] == 0:
        return "too late"
    return "SIGKILL" if row["signal"] == "SIGKILL" else "SIGTERM"


def _told(row: Mapping[str, Any]) -> str:
    """What a dot says."""
    end = "; ".join(map(str, row["problems"])) or "ended with the same record"
    return (
        f"{row['signal']} while the run {PHASES[row['phase']]}, time {row['occurrence'] + 1}, "
        f"{100 * row['moment']:.0f}% into it: {end}"
    )


def _notes(campaigns: Campaigns, name: str) -> Sequence[str]:
    """Which source the results are of."""
    if name not in campaigns:
        return ()
    campaign = campaigns[name]
    revisions = {campaign.revision} | {str(row.get("revision", "")) for row in campaign.rows}
    found = sorted(revisions - {""})
    return (f"Source {', '.join(found)}.",) if found else ()
