"""Where every number comes from: figures and tables to records, records to commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from aacpy.config import Config
from aacpy.records import Record
from aacpy.report.ablation import RUN_ABLATIONS, delta_runs, start_epoch_runs
from aacpy.report.cells import by_cell
from aacpy.report.comparison import RUN_ALL, main_runs
from aacpy.report.markup import Cell, Table


def provenance_table(records: Iterable[Record]) -> Table:
    """Every measured table and figure of the book: from which records, by which function."""
    records = list(records)
    runs = main_runs(records)
    seeds = sorted({r.seed for r in runs})
    everything = f"main comparison ({len(runs)})" if runs else "none yet"
    first = f"baseline, AAC, seed {seeds[0]}" if seeds else "none yet"
    starts = _count("δ = 10, by first split", start_epoch_runs(records))
    deltas = _count("by δ, and no split", delta_runs(records))
    lines = [
        ("Front page", "verdict and its picture", everything, "tables.verdict, figures.scores"),
        ("4.2 Comparison", "measured rows", everything, "tables.table1"),
        ("4.2 Comparison", "paired differences", everything, "tables.paired_table"),
        ("4.2 Comparison", "cluster counts, mAP", everything,
         "figures.cluster_curves, figures.map_curves"),
        ("4.3 Ablations", "when to start: answer", starts, "report.claims.start_claim"),
        ("4.3 Ablations", "when to start: table, figures", starts,
         "tables.table2, figures.start_epoch_gaps, figures.start_epoch_curves"),
        ("4.3 Ablations", "group size: answer", deltas, "report.claims.delta_claim"),
        ("4.3 Ablations", "group size: table, figures", deltas,
         "tables.table3, figures.delta_gaps, figures.delta_clusters"),
        ("4.2 Comparison", "contact sheets, ranked lists", first,
         "report.pages.cluster_sheet, report.pages.ranked_sheet"),
        ("4.2 Comparison", "sizes", "baseline, AAC, all seeds", "figures.cluster_sizes"),
        ("The benchmark", "pictures, shares, entropies", "none: data of seed 0",
         "report.facts.crowd_facts"),
    ]  # fmt: skip
    return Table(
        name="provenance",
        columns=["page", "what", "records", "made by aacpy."],
        rows=[[Cell(a), Cell(b), Cell(c), Cell(d, code=True)] for a, b, c, d in lines],
        notes=[
            f"{RUN_ALL} makes the records of the main comparison and the book from them, "
            f"{RUN_ABLATIONS} all records."
        ],
    )


def _count(words: str, groups: Mapping[int, Sequence[Record]]) -> str:
    runs = sum(map(len, groups.values()))
    return f"{words} ({runs})" if runs else "none yet"


def cells_made_table(records: Iterable[Record]) -> Table:
    """Every cell: on how many seeds, how long a run took, from which source, with which command."""
    rows = []
    for name, runs in sorted(by_cell(records).items()):
        seconds = float(np.median([r.seconds["total"] for r in runs]))
        memory = max(r.peak_memory_bytes.get("ram", 0) for r in runs)
        sources = sorted({r.revision or "unknown" for r in runs})
        seeds = ", ".join(str(r.seed) for r in runs)
        rows.append(
            [Cell(name, code=True), Cell(seeds), Cell(f"{seconds:.0f} s"),
             Cell(f"{memory / 1e9:.2f} GB"), Cell(", ".join(sources), code=True),
             Cell(command(runs[0]), code=True)]
        )  # fmt: skip
    return Table(
        name="cells_made",
        columns=["cell", "seeds", "time", "memory", "source", "command for the first seed"],
        rows=rows,
        align="llrrll",
        notes=["Time: median over the seeds. Memory: the largest peak."]
        if rows
        else [f"No record yet. {RUN_ALL} makes them."],
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
