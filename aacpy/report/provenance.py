"""Where every number comes from: figures and tables to records, records to commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import numpy as np

from aacpy.records import Record
from aacpy.report.ablation import RUN_ABLATIONS, delta_runs, no_split_runs, start_epoch_runs
from aacpy.report.cells import by_cell, frame
from aacpy.report.comparison import RUN_ALL, main_runs
from aacpy.report.cost import RUN_BENCH
from aacpy.report.markup import Cell, Table
from aacpy.report.studies.arms import RUN_STUDIES

#: Page, what stands there, the records it is made from, by which functions of the package.
#: A test compares this with the pages.
MADE = (
    ("Front page", "verdict and its picture", "main", "tables.verdict, figures.scores"),
    ("Front page", "a cluster that is split", "one seed", "report.pages.split_example"),
    ("1 Introduction", "gap to the upper bound", "main",
     "report.mistakes.gap_summary, figures.cluster_curves, figures.map_curves"),
    ("1 Introduction", "clusters that mix people", "one seed",
     "report.mistakes.mixture_summary, report.mistakes.mixture_sheet"),
    ("3.2 Attribute auxiliary clustering", "what a split makes of mixed clusters", "one seed",
     "report.mistakes.separable_summary, report.mistakes.stray_summary, "
     "report.mistakes.mixture_sheet, report.pages.split_example"),
    ("4.1 Data and implementation", "counts of the data", "one seed", "tables.data_table"),
    ("4.2 Comparison", "verdict, table, paired differences, scores", "main",
     "tables.verdict, tables.table1, tables.paired_table, figures.scores"),
    ("4.2 Comparison", "curves, sizes of clusters", "main",
     "figures.cluster_curves, figures.map_curves, figures.cluster_sizes"),
    ("4.2 Comparison", "contact sheets, ranked lists", "one seed",
     "report.pages.cluster_summary, report.pages.cluster_sheet, report.pages.ranked_sheet"),
    ("4.3 Ablations", "when to start", "starts",
     "report.claims.start_claim, tables.table2, figures.start_epoch_gaps, "
     "figures.start_epoch_curves"),
    ("4.3 Ablations", "group size", "deltas",
     "report.claims.delta_claim, tables.table3, figures.delta_gaps, figures.delta_clusters"),
    ("4.3 Ablations", "first clusters", "one seed", "report.pages.cluster_sheet"),
    ("5 Conclusions", "verdict, three claims", "all",
     "tables.verdict, report.claims.claims_markdown"),
    ("Should you use AAC?", "decision table", "studies",
     "report.studies.advice.decision_table, report.studies.advice.headline"),
    ("Is it only a finer clustering?", "verdict, eps, splits", "studies",
     "report.studies.finer.eps_figure, report.studies.finer.eps_table, "
     "report.studies.finer.finding, report.studies.finer.splitter_figure, "
     "report.studies.finer.splitter_table"),
    ("Does AAC withstand wrong and missing attributes?", "verdict, doses", "studies",
     "report.studies.noise.cost_words, report.studies.noise.error_figure, "
     "report.studies.noise.error_table, report.studies.noise.findings, "
     "report.studies.noise.missing_figure, report.studies.noise.missing_table, "
     "report.studies.noise.right_words, report.studies.noise.soft_words"),
    ("Are fewer attributes enough?", "verdict, bits, arms", "studies",
     "report.studies.fewer.arms_in_numbers, report.studies.fewer.attributes_table, "
     "report.studies.fewer.bits_figure, report.studies.fewer.finding, "
     "report.studies.fewer.which_figure"),
    ("Are predicted attributes worth their labels?", "verdict, labelled shares", "studies",
     "report.studies.predicted.finding, report.studies.predicted.labels_figure, "
     "report.studies.predicted.labels_table, report.studies.predicted.right_words, "
     "report.studies.predicted.soft_words"),
    ("Are the ignored images worth using?", "verdict, arms", "studies",
     "report.studies.leftovers.finding, report.studies.leftovers.leftover_figure, "
     "report.studies.leftovers.leftover_table"),
    ("Does joining help where splitting cannot?", "verdict, regimes, arms", "studies",
     "report.studies.merging.clean_figure, report.studies.merging.clusters_table, "
     "report.studies.merging.finding, report.studies.merging.near_table, "
     "report.studies.merging.noise_finding, report.studies.merging.noisy_figure, "
     "report.studies.merging.regime_figure, report.studies.merging.regime_words"),
    ("Can δ be done without?", "verdict, rules beside δ", "studies",
     "report.studies.rule.delta_figure, report.studies.rule.finding, "
     "report.studies.rule.rule_figure, report.studies.rule.rule_table"),
    ("Play with δ", "everything", "one seed",
     "report.delta.page.summary, report.delta.page.explorer, report.delta.page.limits, "
     "report.delta.page.sheet"),
    ("Run it", "time and memory of a run", "main", "report.pages.cost_summary"),
    ("Cost", "answer, tables, growth", "bench",
     "report.cost.headline, report.acceptance.summary, report.cost.cost_table, "
     "report.cost.compared_table, "
     "report.acceptance.acceptance_table, report.cost_figures.time_growth, "
     "report.cost_figures.memory_growth, report.cost.approximate_table, "
     "report.cost.sizes_table, report.cost_gpu.gpu_table"),
    ("Cost", "phases of a run", "main", "report.cost_shares.phase_shares"),
    ("Cost", "kinds of operation", "bench", "report.cost_shares.kind_shares"),
    ("Audit of the paper", "sentences about our runs", "main", "report.audit.evidence"),
    ("How weak is the supervision?", "rendered beside Market-1501", "data",
     "report.supervision.supervision"),
    ("The benchmark", "pictures, shares, entropies", "data", "report.facts.crowd_facts"),
    ("Provenance", "cells and records", "all", "tables.cells_made_table, tables.runs_table"),
    ("What can go wrong", "answer, tables, marks", "faults",
     "report.robustness.headline, report.robustness.kill_figure, report.robustness.kill_table, "
     "report.robustness.condition_table, report.robustness.fuzz_table, "
     "report.robustness.precision_words, report.robustness.precision_table"),
)  # fmt: skip


def provenance_table(records: Iterable[Record]) -> Table:
    """Every measured table and figure: from which records, with which command, by what code."""
    records = list(records)
    runs, plain = main_runs(records), no_split_runs(records)
    starts, deltas = start_epoch_runs(records).values(), delta_runs(records).values()
    seeds = sorted({r.seed for r in runs})
    beyond = sum(bool(frame(r.config)) for r in records)
    words = {
        "main": (_counted("main comparison", len(runs)), RUN_ALL),
        "one seed": (f"baseline, AAC, seed {seeds[0]}" if seeds else "none yet", RUN_ALL),
        "starts": (_counted("by first split", sum(map(len, starts))), RUN_ABLATIONS),
        "deltas": (_counted("by δ, no split", sum(map(len, deltas)) + len(plain)), RUN_ABLATIONS),
        "all": (_counted("all", len(records)), RUN_ABLATIONS),
        "studies": (_counted("beyond the paper", beyond), RUN_STUDIES),
        "data": ("none: data of seed 0", "python -m aacpy render"),
        "bench": ("none: stages in benchmarks/results", RUN_BENCH),
        "faults": ("none: campaigns in faults/results", "make test-faults"),
    }
    return Table(
        name="provenance",
        columns=["page", "what", "records", "command", "made by aacpy."],
        rows=[
            [Cell(page), Cell(what), Cell(words[kind][0]), Cell(words[kind][1], code=True),
             Cell(code, code=True)]
            for page, what, kind, code in MADE
        ],
    )  # fmt: skip


def _counted(words: str, runs: int) -> str:
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
    """What to type in a shell to run a record's cell again."""
    config = record.config
    settings: dict[str, Any] = {"method": config.method, "seed": config.seed} | config.changes()
    settings.pop("data", None)  # a record keeps the user's path to itself
    if config.preset_name != "pedestrians":
        settings = {"preset": config.preset_name} | settings
    if config.data is not None:
        settings["data"] = "DIRECTORY"
    options = " ".join(f"-p {name} {shlex.quote(str(value))}" for name, value in settings.items())
    return f"papermill notebooks/train.ipynb {record.name}.ipynb {options}"
