"""Tables of the book, the notebook and the terminal: reported and measured, side by side.

Numbers of the paper come from `data/reported.json`, every measured number from records.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

from aacpy.config import METHODS, Config
from aacpy.records import SCORES, Record, select
from aacpy.report.cells import cells_table
from aacpy.report.comparison import (
    RUN_ALL,
    Verdict,
    cluster_interval,
    main_runs,
    ordering,
    paired_difference,
    score_interval,
    true_clusters,
    verdict,
)
from aacpy.report.markup import NONE, NOT_RUN, Cell, Table, number
from aacpy.report.statistics import Interval, mean_interval
from aacpy.report.style import METHOD_STYLES

__all__ = [
    "Table", "Verdict", "gain_check", "paired_difference", "paired_table", "provenance_table",
    "reported", "reported_scores", "reported_table", "runs_table", "table1", "verdict",
]  # fmt: skip

SCORE_LABELS = {"mean_ap": "mAP", "rank1": "rank-1", "rank5": "rank-5", "rank10": "rank-10"}


@functools.cache
def reported() -> dict[str, Any]:
    """Every number of the paper that the book shows, as reported there; per cent."""
    text = (resources.files("aacpy") / "data" / "reported.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def reported_scores(method: str) -> dict[str, float] | None:
    """The paper's Table 1 row of one of our methods, per cent; None where it has none."""
    for row in reported()["table1"]["rows"]:
        if row["method"] == method:
            return {name: float(row[name]) for name in SCORES}
    return None


def table1(records: Iterable[Record]) -> Table:
    """The paper's row beside the measured row of each method, last epoch, mean ± 95% interval."""
    runs = main_runs(records)
    rows: list[list[Cell]] = []
    for method in METHODS:
        rows.append(_paper_row(method))
        rows.append(_measured_row(runs, method))
    return Table(
        name="table1",
        columns=["method", "source", *SCORE_LABELS.values(), "clusters", "best mAP"],
        rows=rows,
        groups=[2 * i for i in range(len(METHODS))],
        emphasis=[2 * i + 1 for i in range(len(METHODS))],
        align="ll" + "r" * 6,
        notes=_table1_notes(runs),
    )


def _paper_row(method: str) -> list[Cell]:
    label = METHOD_STYLES[method].label
    scores = reported_scores(method)
    if scores is None:
        return [Cell(label), Cell("○ paper", missing=True), *[NONE] * 6]
    clusters = NONE
    if method == "baseline":
        known = reported()["clusters"]
        clusters = Cell(f"≈{known['baseline']}", f"of {known['identities']}")
    values = [Cell(f"{scores[name]:.1f}") for name in SCORES]
    return [Cell(label), Cell("○ paper"), *values, clusters, NONE]


def _measured_row(runs: list[Record], method: str) -> list[Cell]:
    mine = select(runs, method=method)
    seeds = f"{len(mine)} seed{'s' if len(mine) != 1 else ''}"
    label, source = Cell(METHOD_STYLES[method].label), Cell(f"● {seeds}")
    if not mine:
        return [label, source, *[NOT_RUN] * 6]
    scores = [number(score_interval(runs, method, name)) for name in SCORES]
    clusters = number(cluster_interval(runs, method), digits=0)
    best = number(mean_interval([100 * r.best["mean_ap"] for r in mine]))
    return [label, source, *scores, clusters, best]


def _table1_notes(runs: list[Record]) -> list[str]:
    notes = [
        "Per cent. ○ reported by the paper: Market-1501, ResNet-50, number of runs not said. "
        "● measured here: rendered benchmark, small network, last epoch, mean ± 95% interval over "
        "seeds. The levels of the two cannot be compared, the gaps can.",
        "Best mAP: of the best epoch, chosen on the test set as the paper's Figure 6 does for AAC; "
        "shown for comparison, never the result.",
    ]
    true = true_clusters(runs)
    if true is not None:
        notes.append(f"Clusters: trained on in the last epoch; the data hold {true} identities.")
    if any(not select(runs, method=m) for m in METHODS):
        notes.append(f"Not run: {RUN_ALL} fills every cell.")
    return notes


def paired_table(records: Iterable[Record]) -> Table:
    """Difference in mAP of every pair of methods, paired by seed."""
    rows = []
    for high, low, difference in ordering(records):
        error = "–" if math.isnan(difference.error) else f"{difference.error:.1f}"
        rows.append(
            [
                Cell(f"{METHOD_STYLES[high].label} − {METHOD_STYLES[low].label}"),
                number(difference, signed=True),
                Cell(error, missing=error == "–"),
                Cell(str(difference.n)),
                Cell(_apart(difference)),
            ]
        )
    notes = [
        "Points of mAP, last epoch. A seed draws the data and the initialisation, so both runs of "
        "a pair saw the same images. ±: 95% interval, Student's t."
    ]
    if not rows:
        notes = [f"No two methods ran on the same seed. {RUN_ALL} runs them all."]
    return Table(
        name="paired_differences",
        columns=["difference in mAP", "mean", "standard error", "seeds", "told apart?"],
        rows=rows,
        align="lrrrl",
        notes=notes,
    )


def _apart(difference: Interval) -> str:
    if math.isnan(difference.half_width):
        return "one seed"
    return "no" if difference.low <= 0 <= difference.high else "yes"


def reported_table() -> Table:
    """The paper's whole Table 1, all 15 rows, as reported."""
    rows = [
        [Cell(r["label"]), Cell(r["reference"]), Cell(r["setting"]), Cell(r["auxiliary"]),
         *[Cell(f"{r[name]:.1f}") for name in SCORES]]
        for r in reported()["table1"]["rows"]
    ]  # fmt: skip
    ours = [i for i, r in enumerate(reported()["table1"]["rows"]) if r["method"]]
    return Table(
        name="table1_reported",
        columns=["method", "published", "setting", "auxiliary", *SCORE_LABELS.values()],
        rows=rows,
        emphasis=ours,
        align="llllrrrr",
        notes=["All values as the paper reports them, on Market-1501, per cent."],
    )


def gain_check() -> str:
    """Whether the gains in the paper's text are those of its own table, a sentence for each."""
    rows = {r["method"]: r for r in reported()["table1"]["rows"] if r["method"]}
    stated = reported()["gains"]
    agree, differ = [], []
    for name, label in SCORE_LABELS.items():
        gain = rows["aac"][name] - rows["baseline"][name]
        if abs(gain - stated[name]) < 0.05:
            agree.append(f"{label} +{gain:.1f}")
        else:
            differ.append(f"{label} (+{stated[name]:.1f} in the text, +{gain:.1f} in the table)")
    text = f"The gains that the paper's text states for AAC agree with its table in {_join(agree)}."
    return text + (f" They do not in {_join(differ)}." if differ else "")


def _join(parts: list[str]) -> str:
    return " and ".join(parts) if parts else "none"


def provenance_table(records: Iterable[Record]) -> Table:
    """Every measured table and figure of the book: from which records, by which function."""
    runs = main_runs(records)
    seeds = sorted({r.seed for r in runs})
    everything = f"main comparison ({len(runs)})" if runs else "none yet"
    first = f"baseline, AAC, seed {seeds[0]}" if seeds else "none yet"
    lines = [
        (
            "Front page",
            "verdict and its picture",
            everything,
            "tables.verdict, figures.scores",
        ),
        ("Table 1", "measured rows", everything, "tables.table1"),
        ("Table 1", "paired differences", everything, "tables.paired_table"),
        (
            "Table 1",
            "cluster counts, mAP",
            everything,
            "figures.cluster_curves, figures.map_curves",
        ),
        (
            "What was clustered",
            "contact sheets, ranked lists",
            first,
            "report.pages.cluster_sheet, report.pages.ranked_sheet",
        ),
        ("What was clustered", "sizes", "baseline, AAC, all seeds", "figures.cluster_sizes"),
        (
            "The benchmark",
            "pictures, shares, entropies",
            "none: data of seed 0",
            "report.facts.crowd_facts",
        ),
    ]
    return Table(
        name="provenance",
        columns=["page", "what", "records", "made by aacpy."],
        rows=[[Cell(a), Cell(b), Cell(c), Cell(d, code=True)] for a, b, c, d in lines],
        notes=[f"{RUN_ALL} makes the records of the main comparison and the book from them."],
    )


def runs_table(records: Iterable[Record]) -> Table:
    """Every record: what it ran, on what, when, how long, from which source, with which command."""
    rows = [
        [Cell(r.name, code=True), Cell(f"{100 * r.scores['mean_ap']:.1f}"),
         Cell(f"{r.seconds['total']:.0f} s"),
         Cell(f"{r.peak_memory_bytes.get('ram', 0) / 1e9:.2f} GB"),
         Cell(r.finished[:10]), Cell(r.revision or "unknown", code=bool(r.revision)),
         Cell(r.dataset["fingerprint"][:8], code=True), Cell(command(r), code=True)]
        for r in records
    ]  # fmt: skip
    notes = [] if rows else [f"No record yet. {RUN_ALL} makes them."]
    return Table(
        name="records",
        columns=["record", "mAP", "time", "memory", "finished", "source", "data", "command"],
        rows=rows,
        align="lrrrllll",
        notes=notes,
    )


def command(record: Record) -> str:
    """What to type to run a record's cell again."""
    config = record.config
    preset = Config.preset(config.preset_name).to_dict()
    changed = [
        f"-p {name} {value}"
        for name, value in config.to_dict().items()
        if name == "method" or name == "seed" or (value != preset[name] and name != "data")
    ]
    if config.preset_name != "pedestrians":
        changed.insert(0, f"-p preset {config.preset_name}")
    if config.data is not None:
        changed.append("-p data DIRECTORY")
    return f"papermill notebooks/train.ipynb {record.name}.ipynb {' '.join(changed)}"


#: What `python -m aacpy results --table NAME` prints.
TABLES: Mapping[str, Callable[[Iterable[Record]], Table]] = {
    "table1": table1,
    "table2": cells_table,
    "table3": cells_table,
    "cells": cells_table,
}
