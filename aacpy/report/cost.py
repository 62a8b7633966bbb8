"""Tables of what the library's parts cost: against their limits, against textbooks, by size.

Times are shown as ratios within one run: absolute ones mean nothing on a machine without a name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from aacpy.measurements import Case, Measurement
from aacpy.report.markup import NONE, Cell, Table
from aacpy.report.words import listed

#: What fills the page.
RUN_BENCH = "make bench"

#: Stages that have a limit, in the order of an epoch.
ORDER = ("neighbors", "pseudo_labels", "approximate", "hard", "split", "memory", "ghost_batchnorm",
         "evaluation", "renderer")  # fmt: skip

#: Stage -> the size that Market-1501 asks for, a batch's for the memory.
MARKET_SIZES = {"neighbors": 12_936, "pseudo_labels": 12_936, "approximate": 12_936,
                "hard": 12_936, "evaluation": 15_913, "memory": 256, "split": 12_936}  # fmt: skip

NO_BREAK = "\N{NO-BREAK SPACE}"

Measurements = Mapping[str, Measurement]


def headline(measurements: Measurements) -> str:
    """What pseudo-labels and evaluation take, a sentence; or what to type to know."""
    parts = []
    if "pseudo_labels" in measurements:
        case = shown_case(measurements["pseudo_labels"])
        parts.append(
            f"the exact pseudo-labels of {case.size:,} images take "
            f"{two_digits(case.ratio('library', 'limit'))} times as long as their nearest "
            "neighbours alone"
        )
    if "evaluation" in measurements:
        case = shown_case(measurements["evaluation"])
        parts.append(
            f"an evaluation on {case.size:,} images takes "
            f"{two_digits(case.ratio('library', 'limit'))} times as long as its matrix product"
        )
    if not parts:
        return f"Not run: {RUN_BENCH} measures what this page shows."
    text = listed(parts)
    return f"{text[0].upper()}{text[1:]}."


def shown_case(measurement: Measurement) -> Case:
    """The case at Market-1501's size, of its widest features; else the largest."""
    wanted = MARKET_SIZES.get(measurement.stage)
    cases = [c for c in measurement.cases if c.size == wanted]
    return cases[-1] if cases else max(measurement.cases, key=lambda case: case.size)


def cost_table(measurements: Measurements) -> Table:
    """Stage by stage at Market-1501's size: against limit and textbook, growth, memory."""
    shown = _with_limits(measurements)
    rows = []
    for measurement in shown:
        case = shown_case(measurement)
        rows.append(
            [Cell(measurement.title), shape_cell(case), factor(case.ratio("library", "limit")),
             factor(case.ratio("textbook", "library")), growth_cell(measurement),
             memory_cell(case, "library"), memory_cell(case, "textbook")]
        )  # fmt: skip
    return Table(
        name="cost",
        columns=["part", "measured at", "× limit", "faster", "growth", "memory", "textbook's"],
        rows=rows, align="llrrrrr", notes=_notes(shown), sortable=False,
    )  # fmt: skip


def compared_table(measurements: Measurements) -> Table:
    """What each part is measured against, and on which data."""
    rows = [[Cell(m.title), Cell(m.limit), Cell(m.textbook) if m.textbook else NONE, Cell(m.data)]
            for m in _with_limits(measurements)]  # fmt: skip
    return Table(name="cost_compared", columns=["part", "limit", "textbook", "data"], rows=rows,
                 sortable=False)  # fmt: skip


def sizes_table(measurements: Measurements) -> Table:
    """Every size of every stage: against limit and textbook, memory, and what must hold."""
    rows: list[list[Cell]] = []
    groups = []
    for measurement in _with_limits(measurements):
        groups.append(len(rows))
        for case in measurement.cases:
            rows.append(
                [Cell(measurement.title), shape_cell(case), factor(case.ratio("library", "limit")),
                 factor(case.ratio("textbook", "library")), memory_cell(case, "library"),
                 memory_cell(case, "textbook"), checks_cell(case)]
            )  # fmt: skip
    return Table(
        name="cost_sizes",
        columns=["part", "size", "× limit", "faster", "memory", "textbook's", "equal?"],
        rows=rows, groups=groups, align="llrrrrl", sortable=False,
    )  # fmt: skip


def approximate_table(measurements: Measurements) -> Table:
    """How good the approximate pseudo-labels are at each size, and in what share of the time."""
    found = measurements.get("approximate")
    rows = [
        [shape_cell(case), factor(case.ratio("library", "exact")),
         *(plain(case.facts[name]) if name in case.facts else NONE for name in ("recall", "ari"))]
        for case in (found.cases if found else ())
    ]  # fmt: skip
    notes = ["Neighbours found: share of the true ones. ARI: adjusted Rand index, 1 is equal."]
    return Table(
        name="cost_approximate",
        columns=["size", "× exact’s time", "neighbours found", "ARI with the exact labels"],
        rows=rows, align="lrrr", sortable=False,
        notes=notes if rows else [f"Not run: {RUN_BENCH} measures it."],
    )  # fmt: skip


def _with_limits(measurements: Measurements) -> list[Measurement]:
    found = [m for m in measurements.values() if "limit" in m.cases[0].works]
    return sorted(found, key=lambda m: ORDER.index(m.stage) if m.stage in ORDER else len(ORDER))


def _notes(shown: Sequence[Measurement]) -> list[str]:
    if not shown:
        return [f"Not run: {RUN_BENCH} measures it."]
    threads = sorted({str(m.settings["threads"]) for m in shown})
    repeats = sorted({str(m.settings["repeats"]) for m in shown})
    notes = [
        f"{'/'.join(threads)} threads, median of {'/'.join(repeats)} repeats in turn; work of "
        "minutes is done once. × limit: time, of the limit's. Faster: than the textbook, how many "
        "times. Growth: exponent p of a time that grows as size to the p, by least squares on "
        "logarithms. Memory: peak above what the process held before.",
    ]
    if any(m.settings["quick"] for m in shown):
        notes.append(f"A quick trial with tiny sizes; {RUN_BENCH} measures the real ones.")
    return notes


def stage_table(measurement: Measurement, *, absolute: bool = False) -> Table:
    """A stage's sizes one by one; `absolute`: with seconds, for whoever knows the machine."""
    works = list(measurement.cases[0].works)
    others = [name for name in works if name != "library" and "library" in works]
    facts = list(dict.fromkeys(name for case in measurement.cases for name in case.facts))
    checked = any(case.checks for case in measurement.cases)
    columns = ["size", *(f"{w}, ms" for w in works if absolute), *(f"× {w}" for w in others),
               "memory", *facts, *(["as it must be"] if checked else [])]  # fmt: skip
    rows = []
    for case in measurement.cases:
        row = [shape_cell(case)]
        row += [milliseconds(case, work) for work in works if absolute]
        row += [factor(case.ratio("library", other)) for other in others]
        row.append(memory_cell(case, "library"))
        row += [plain(case.facts[n]) if n in case.facts else NONE for n in facts]
        row += [checks_cell(case)] if checked else []
        rows.append(row)
    return Table(
        name=f"cost_{measurement.stage}", columns=columns, rows=rows,
        align="l" + "r" * (len(columns) - 1),
        notes=[f"{measurement.title}: {measurement.data}."],
    )  # fmt: skip


def factor(value: float) -> Cell:
    """A ratio of times: two digits that count."""
    return NONE if math.isnan(value) else Cell(two_digits(value))


def two_digits(value: float) -> str:
    """A positive number with two significant digits, such as "0.083", "1.3" or "1,200"."""
    if value <= 0:
        return f"{value:.0f}"
    rounded = float(f"{value:.1e}")
    return f"{rounded:,.{max(0, 1 - math.floor(math.log10(rounded)))}f}"


def plain(value: float) -> Cell:
    """Another measured number: a share, a count, a rate."""
    return Cell(f"{value:,.0f}" if value >= 100 else f"{value:.3f}")


def milliseconds(case: Case, work: str) -> Cell:
    """Median time of a work, or why there is none."""
    timing = case.works.get(work)
    if timing is None:
        return NONE
    return Cell(timing.failed, missing=True) if timing.failed else plain(1000 * timing.median)


def growth_cell(measurement: Measurement) -> Cell:
    """The growth exponent over a stage's first series of sizes."""
    exponent = measurement.growth()
    return NONE if math.isnan(exponent) else Cell(f"{exponent:.2f}")


def shape_cell(case: Case) -> Cell:
    """A size in words."""
    return Cell(unbroken(case.shape))


def memory_cell(case: Case, work: str) -> Cell:
    """A work's peak memory."""
    timing = case.works.get(work)
    return (
        NONE
        if timing is None or timing.peak_bytes is None
        else Cell(unbroken(memory(timing.peak_bytes)))
    )


def memory(size: float) -> str:
    """Bytes as "430 MB" or "2.6 GB"."""
    if 0 <= size < 0.95e6:
        return "under 1 MB"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def unbroken(text: str) -> str:
    """Text that stays on one line: a size, or a number with its unit."""
    return text.replace(" ", NO_BREAK)


def checks_cell(case: Case) -> Cell:
    """Whether all that must hold of a case does, and what does not."""
    if not case.checks:
        return NONE
    wrong = [name for name, holds in case.checks.items() if not holds]
    return Cell(f"no: {', '.join(wrong)}" if wrong else "yes")
