"""Tables of the book, the notebook and the terminal: reported and measured, side by side.

Numbers of the paper come from `data/reported.json`, every measured number from records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from aacpy.config import METHODS
from aacpy.records import SCORES, Record, select
from aacpy.report.ablation import table2, table3
from aacpy.report.cells import cells_table
from aacpy.report.comparison import (
    RUN_ALL,
    Verdict,
    main_runs,
    ordering,
    paired_difference,
    true_clusters,
    verdict,
)
from aacpy.report.implementation import (
    data_table,
    implementation_table,
    presets_table,
    schedule_words,
)
from aacpy.report.markup import NONE, Cell, Table, number
from aacpy.report.provenance import cells_made_table, command, provenance_table, runs_table
from aacpy.report.reported import reported, reported_gains, reported_scores
from aacpy.report.score_rows import (
    ALIGN,
    BEST_NOTE,
    COLUMNS,
    SCORE_LABELS,
    measured_row,
    paper_row,
    source_note,
)
from aacpy.report.statistics import Interval
from aacpy.report.style import METHOD_STYLES
from aacpy.report.words import listed

__all__ = [
    "TABLES", "Table", "Verdict", "cells_made_table", "cells_table", "command", "data_table",
    "gain_check", "implementation_table", "paired_difference", "paired_table", "presets_table",
    "provenance_table", "reported", "reported_scores", "reported_table", "runs_table",
    "schedule_words", "table1", "table2", "table3", "verdict",
]  # fmt: skip


def table1(records: Iterable[Record]) -> Table:
    """The paper's row beside the measured row of each method, last epoch, mean ± 95% interval."""
    runs = main_runs(records)
    rows: list[list[Cell]] = []
    for method in METHODS:
        rows.append(_paper_row(method))
        label = Cell(METHOD_STYLES[method].label)
        rows.append([label, *measured_row(select(runs, method=method))])
    return Table(
        name="table1",
        columns=["method", *COLUMNS],
        rows=rows,
        groups=[2 * i for i in range(len(METHODS))],
        emphasis=[2 * i + 1 for i in range(len(METHODS))],
        align="l" + ALIGN,
        notes=_table1_notes(runs),
    )


def _paper_row(method: str) -> list[Cell]:
    clusters = NONE
    if method == "baseline":
        known = reported()["clusters"]
        clusters = Cell(f"≈{known['baseline']}", f"of {known['identities']}")
    return [Cell(METHOD_STYLES[method].label), *paper_row(reported_scores(method), clusters)]


def _table1_notes(runs: list[Record]) -> list[str]:
    notes = [source_note(runs), BEST_NOTE]
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
    agree, differ = [], []
    for name, (stated, gain) in reported_gains().items():
        label = SCORE_LABELS[name]
        if abs(gain - stated) < 0.05:
            agree.append(f"{label} +{gain:.1f}")
        else:
            differ.append(f"{label} (+{stated:.1f} in the text, +{gain:.1f} in the table)")
    text = (
        f"The gains that the paper's text states for AAC agree with its table in {listed(agree)}."
    )
    return text + (f" They do not in {listed(differ)}." if differ else "")


#: What `python -m aacpy results --table NAME` prints.
TABLES: Mapping[str, Callable[[Iterable[Record]], Table]] = {
    "table1": table1,
    "table2": table2,
    "table3": table3,
    "cells": cells_table,
}
