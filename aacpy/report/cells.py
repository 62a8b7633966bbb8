"""Cells of a grid: which records are shown, and those that differ in their seed alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aacpy.config import Config
from aacpy.errors import RecordError
from aacpy.records import PLACE_SETTINGS, SCORES, Record
from aacpy.report.markup import Cell, Table, number
from aacpy.report.statistics import mean_interval

#: Seeds from here on served to choose the rendered benchmark's settings: no reported figure uses
#: them.
DEVELOPMENT_SEEDS = 100


#: Settings that the paper's tables vary; a run's other changed settings are its frame.
AXES = ("method", "seed", "delta", "start_epoch")


def shown_runs(records: Iterable[Record]) -> list[Record]:
    """The records that tables and figures compare: one preset's, alike but for `AXES`.

    Those of the rendered benchmark with reported seeds where there are some, else those of the
    `paper` preset; with no other setting changed where there are some, else all that share the
    changes of the first.

    Raises
    ------
    RecordError
        If two of them are the same run: a mean must not count it twice.
    """
    records = list(records)
    chosen = [
        r
        for r in records
        if r.config.preset_name == "pedestrians"
        and r.config.data is None
        and r.seed < DEVELOPMENT_SEEDS
    ] or [r for r in records if r.config.preset_name == "paper"]
    frames = [frame(r.config) for r in chosen]
    common = {} if {} in frames else next(iter(frames), {})
    chosen = [r for r, its in zip(chosen, frames, strict=True) if its == common]
    names = [r.name for r in chosen]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecordError(
            f"records of the same cell: {', '.join(twice)}. Load one folder of records, or delete "
            "the copies."
        )
    return chosen


def cell_runs(records: Iterable[Record], **settings: Any) -> list[Record]:
    """The shown runs of one cell, by seed: `settings` of `AXES`, the preset's own for the rest."""
    runs = sorted(shown_runs(records), key=lambda r: r.seed)
    chosen = []
    for run in runs:
        preset = Config.preset(run.config.preset_name).to_dict()
        wanted = {name: preset[name] for name in AXES if name != "seed"} | settings
        if all(getattr(run.config, name) == value for name, value in wanted.items()):
            chosen.append(run)
    return chosen


def frame(config: Config) -> dict[str, Any]:
    """Settings of a config, beyond `AXES`, that make it another experiment than its preset."""
    left_out = (*AXES, *PLACE_SETTINGS)
    return {name: value for name, value in config.changes().items() if name not in left_out}


def by_cell(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by their cell's name, each group sorted by seed."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: r.seed):
        groups.setdefault(record.cell, []).append(record)
    return groups


def last_clusters(runs: Iterable[Record]) -> list[float]:
    """Clusters trained on in each run's last epoch."""
    return [float(c) for r in runs for c in r.series["clusters"][-1:] if c is not None]


def benchmark_words(runs: Iterable[Record]) -> str:
    """What runs were trained and tested on, in words for a sentence."""
    names = {str(r.dataset["name"]) for r in runs if r.config.data is not None}
    return " and ".join(sorted(names)) or "the rendered benchmark"


def cells_table(records: Iterable[Record]) -> Table:
    """Every cell, mean and 95% interval over its seeds, last epoch."""
    rows = []
    for name, runs in sorted(by_cell(records).items()):
        scores = [number(mean_interval([100 * r.scores[s] for r in runs])) for s in SCORES]
        clusters = number(mean_interval(last_clusters(runs)), digits=0)
        rows.append([Cell(name, code=True), Cell(str(len(runs))), *scores, clusters])
    return Table(
        name="cells",
        columns=["cell", "seeds", "mAP", "rank-1", "rank-5", "rank-10", "clusters"],
        rows=rows,
        align="l" + "r" * 6,
        notes=["Per cent, last epoch, mean ± 95% interval over seeds."],
    )
