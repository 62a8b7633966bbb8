"""The paper's ablations, re-run: the first epoch with a split (Table 2) and δ (Table 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aacpy.config import Config
from aacpy.records import Record
from aacpy.report.cells import cell_runs, shown_runs
from aacpy.report.markup import NONE, NOT_RUN, Cell, Table, number
from aacpy.report.reported import (
    PAPER_EPOCHS,
    TABLE2_DELTA,
    reported_ablation,
    reported_table1,
)
from aacpy.report.score_rows import (
    ALIGN,
    BEST_NOTE,
    COLUMNS,
    measured_row,
    paper_row,
    source_note,
)
from aacpy.report.statistics import paired
from aacpy.report.words import signed

#: What fills every cell of the ablations.
RUN_ABLATIONS = "make reproduce-all"

Groups = dict[int, list[Record]]


def start_epoch_runs(records: Iterable[Record], delta: int = TABLE2_DELTA) -> Groups:
    """Runs of Table 2: first epoch with a split -> runs, by seed."""
    return _runs_by("start_epoch", records, delta=delta)


def delta_runs(records: Iterable[Record]) -> Groups:
    """Runs of Table 3, split from the first epoch on: δ -> runs, by seed."""
    return _runs_by("delta", records, start_epoch=0)


def no_split_runs(records: Iterable[Record]) -> list[Record]:
    """The baseline's runs, by seed: what AAC is when no group is ever large enough."""
    return cell_runs(records, method="baseline")


def paper_start_epochs(epochs: int) -> dict[int, dict[str, float]]:
    """The paper's Table 2 for a run of `epochs` instead of 60: first epoch -> its scores."""
    rows = reported_ablation("table2", "start_epoch")
    return {round(epoch * epochs / PAPER_EPOCHS): scores for epoch, scores in rows.items()}


def run_epochs(records: Iterable[Record]) -> int:
    """Epochs of the shown runs, of the rendered benchmark's preset where there are none."""
    runs = shown_runs(records)
    return runs[0].config.epochs if runs else Config.preset("pedestrians").epochs


def table2(records: Iterable[Record], delta: int = TABLE2_DELTA) -> Table:
    """Scores by the first epoch in which AAC splits, reported and measured."""
    records = list(records)
    groups, epochs = start_epoch_runs(records, delta), run_epochs(records)
    paper = paper_start_epochs(epochs)
    values = sorted({*groups, *paper})
    names = [
        Cell(str(v), f"of {epochs} = {v * PAPER_EPOCHS // epochs} of {PAPER_EPOCHS}")
        if epochs != PAPER_EPOCHS
        else Cell(str(v))
        for v in values
    ]
    return _table(
        "table2", "first split", values, names, groups, paper,
        ("start 0", groups.get(0, []), paper[0]["mean_ap"]),
    )  # fmt: skip


def table3(records: Iterable[Record]) -> Table:
    """Scores by δ, split from the first epoch on, reported and measured; last, no split at all."""
    records = list(records)
    groups, plain = delta_runs(records), no_split_runs(records)
    paper, baseline = reported_ablation("table3", "delta"), reported_table1()["baseline"]
    values = sorted({*groups, *paper})
    table = _table(
        "table3", "δ", values, [Cell(str(v)) for v in values], groups, paper,
        ("no split", plain, baseline["mean_ap"]),
    )  # fmt: skip
    name = Cell("no split")
    last = [_row(name, paper_row(baseline), NONE), _row(name, measured_row(plain), NONE)]
    rows = [*table.rows, *last]
    return Table(
        table.name, table.columns, rows, table.notes, [*table.groups, len(rows) - 2], table.align,
        [*table.emphasis, len(rows) - 1],
    )  # fmt: skip


def _runs_by(setting: str, records: Iterable[Record], **fixed: int) -> Groups:
    runs = [r for r in shown_runs(records) if r.method == "aac"]
    values = sorted({int(getattr(r.config, setting)) for r in runs})
    groups = {v: cell_runs(runs, method="aac", **{setting: v}, **fixed) for v in values}
    return {value: found for value, found in groups.items() if found}


def _table(
    name: str,
    heading: str,
    values: Sequence[int],
    names: Sequence[Cell],
    groups: Groups,
    paper: Mapping[int, Mapping[str, float]],
    reference: tuple[str, list[Record], float],
) -> Table:
    """Two rows a value, or one where the paper has none; the gap in mAP stands beside mAP."""
    words, plain, reported_plain = reference
    rows: list[list[Cell]] = []
    begins, emphasis = [], []
    for value, label in zip(values, names, strict=True):
        begins.append(len(rows))
        if value in paper:
            gap = Cell(signed(paper[value]["mean_ap"] - reported_plain))
            rows.append(_row(label, paper_row(paper[value]), gap))
        runs = groups.get(value, [])
        gap = number(paired(runs, plain), signed=True) if runs and plain else NOT_RUN
        emphasis.append(len(rows))
        rows.append(_row(label, measured_row(runs), NONE if runs == plain and runs else gap))
    notes = [
        source_note([r for runs in groups.values() for r in runs]),
        f"Against {words}: mAP, points, paired by seed, so that data and initialisation cancel.",
        BEST_NOTE,
    ]
    if any(value not in groups for value in values) or not plain:
        notes.append(f"Not run: {RUN_ABLATIONS} fills every cell.")
    return Table(
        name=name,
        columns=[heading, *COLUMNS[:2], f"against {words}", *COLUMNS[2:]],
        rows=rows,
        groups=begins,
        emphasis=emphasis,
        align="l" + ALIGN + "r",
        notes=notes,
    )


def _row(label: Cell, cells: Sequence[Cell], gap: Cell) -> list[Cell]:
    source, mean_ap, *rest = cells
    return [label, source, mean_ap, gap, *rest]
