"""What the paper's configuration takes on a GPU, once somebody with one has measured it."""

from __future__ import annotations

from collections.abc import Mapping

from aacpy.measurements import Measurement, command
from aacpy.report.acceptance import share, times
from aacpy.report.cost import two_digits
from aacpy.report.markup import NONE, Cell, Table

#: Row of the table -> (fact of the library, the same of the plain loop or ""); see
#: `benchmarks.gpu`.
ROWS: Mapping[str, tuple[str, str]] = {
    "training, images a second": ("images a second, training", "images a second, training, plain"),
    "features, images a second": ("images a second, features", "images a second, features, plain"),
    "training, teraflop a second": ("teraflop a second, training", ""),
    "matrix product, teraflop a second": ("teraflop a second, matrix product", ""),
    "loading, seconds once": ("seconds, load", ""),
    "features, seconds an epoch": ("seconds an epoch, extract", ""),
    "pseudo-labels, seconds an epoch": ("seconds an epoch, cluster", ""),
    "training, seconds an epoch": ("seconds an epoch, train", ""),
    "evaluation, seconds an epoch": ("seconds an epoch, evaluate", ""),
    "60 epochs, hours, projected": ("hours, 60 epochs", ""),
}


def gpu_table(measurements: Mapping[str, Measurement]) -> Table:
    """The paper's configuration on a named GPU beside a plain loop, or "not measured"."""
    found = measurements.get("gpu")
    if found is None:
        missing = Cell("not measured", missing=True)
        rows = [[Cell(row), missing, missing if plain else NONE, NONE]
                for row, (_, plain) in ROWS.items()]  # fmt: skip
        notes = [f"Not measured: {command('gpu')} fills this table on a machine with a GPU."]
    else:
        rows, notes = _measured(found), [_words(found)]
    return Table(
        name="cost_gpu", columns=["what", "here", "plain loop", "ratio"], rows=rows, align="lrrr",
        notes=notes, sortable=False,
    )  # fmt: skip


def _measured(measurement: Measurement) -> list[list[Cell]]:
    case = measurement.cases[0]
    rows = []
    for row, (mine, plain) in ROWS.items():
        value = case.facts[mine]
        other = case.facts[plain] if plain else None
        rows.append(
            [Cell(row), Cell(two_digits(value)), Cell(two_digits(other)) if other else NONE,
             Cell(times(value / other)) if other else NONE]
        )  # fmt: skip
    reached = share(case.facts["share of the matrix rate"])
    ghost = share(case.ratio("ghost", "one group") - 1)
    rows.append([Cell("training, of the matrix product's rate"), Cell(reached), NONE, NONE])
    rows.append([Cell("ghost BatchNorm, more of a training step"), Cell(ghost), NONE, NONE])
    return rows


def _words(measurement: Measurement) -> str:
    device, case = measurement.environment["device"], measurement.cases[0]
    return (
        f"{device}, {measurement.environment.get('torch', 'torch')}, {case.shape} pixels; "
        f"{measurement.data}. Plain loop: {measurement.textbook}. An epoch has the paper's "
        "optimiser steps; the projection is 60 times a measured epoch, and loading."
    )
