"""Cells of any grid: the runs that differ in their seed alone, and a table of their means."""

from __future__ import annotations

from collections.abc import Iterable

from aacpy.records import SCORES, Record
from aacpy.report.markup import Cell, Table, number
from aacpy.report.statistics import mean_interval


def by_cell(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records grouped by their name without the seed, each group sorted by seed."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: r.seed):
        groups.setdefault(cell_name(record), []).append(record)
    return groups


def cell_name(record: Record) -> str:
    """A record's name without its seed: method and every setting that is not the preset's."""
    return record.name.removesuffix(f"-seed{record.seed}")


def cells_table(records: Iterable[Record]) -> Table:
    """Every cell, mean and 95% interval over its seeds, last epoch."""
    rows = []
    for name, runs in sorted(by_cell(records).items()):
        scores = [number(mean_interval([100 * r.scores[s] for r in runs])) for s in SCORES]
        counts = [float(c) for r in runs for c in r.series["clusters"][-1:] if c is not None]
        clusters = number(mean_interval(counts), digits=0)
        rows.append([Cell(name, code=True), Cell(str(len(runs))), *scores, clusters])
    return Table(
        name="cells",
        columns=["cell", "seeds", "mAP", "rank-1", "rank-5", "rank-10", "clusters"],
        rows=rows,
        align="l" + "r" * 6,
        notes=["Per cent, last epoch, mean ± 95% interval over seeds."],
    )
