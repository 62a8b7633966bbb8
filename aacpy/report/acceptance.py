"""What the cost may be at most, and whether it is: computed from the stored measurements."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from aacpy.measurements import Case, command
from aacpy.report.cost import Measurements, memory, shown_case, two_digits, unbroken
from aacpy.report.escaping import markdown_text
from aacpy.report.markup import NOT_RUN, Cell, Table

#: A size in words where none was measured.
MARKET = "Market-1501’s size"

_FLOAT32 = 4  # bytes


def times(value: float) -> str:
    """A ratio in words; one of a small difference may be negative."""
    return f"{two_digits(value) if value >= 0.1 else f'{value:.2f}'} ×".replace("-", "−")


def share(value: float) -> str:
    """A share as per cent, rounded so that what is missing at the end can be seen."""
    return f"{100 * value:.1f}%".replace("-", "−").replace(".0%", "%")


def exponent(value: float) -> str:
    """A growth exponent or an index."""
    return f"{value:.2f}"


@dataclass(frozen=True)
class Bound:
    """A measured value and its bound.

    Attributes
    ----------
    part : the part of the library, and the size, in words.
    what : what of it is measured, in words.
    stage : where it is measured.
    value : NaN if it is not.
    words : writes a value.
    most, least : the bound; one of both is infinite.
    """

    part: str
    what: str
    stage: str
    value: float
    words: Callable[[float], str]
    most: float = math.inf
    least: float = -math.inf

    @property
    def measured(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    @property
    def met(self) -> bool:
        """Whether the value is within the bound."""
        return self.least <= self.value <= self.most

    @property
    def wanted(self) -> str:
        """The bound, such as "≤ 5%"."""
        if math.isinf(self.most):
            return f"≥ {self.words(self.least)}"
        return f"≤ {self.words(self.most)}"


def bounds(measurements: Measurements) -> list[Bound]:
    """Every bound with what was measured, in the order of the page."""
    return [
        *_exact(measurements),
        *_many_images(measurements),
        *_approximate(measurements),
        *_evaluation(measurements),
        *_memory(measurements),
        *_ghost_batchnorm(measurements),
    ]


def acceptance_table(measurements: Measurements) -> Table:
    """The bounds as a table, those of one part together."""
    found = bounds(measurements)
    rows = [
        [Cell(b.part), Cell(b.what), Cell(unbroken(b.wanted)), Cell(unbroken(b.words(b.value))),
         Cell("met" if b.met else "not met")]
        if b.measured
        else [Cell(b.part), Cell(b.what), Cell(unbroken(b.wanted)), NOT_RUN,
              Cell(command(b.stage), code=True)]
        for b in found
    ]  # fmt: skip
    groups = [i for i, b in enumerate(found) if not i or b.part != found[i - 1].part]
    return Table(
        name="cost_bounds", columns=["part", "what", "wanted", "measured", "met?"], rows=rows,
        align="llrrl", groups=groups, sortable=False,
    )  # fmt: skip


def summary(measurements: Measurements) -> str:
    """How many bounds are met, a sentence, and which are not."""
    found = [bound for bound in bounds(measurements) if bound.measured]
    if not found:
        return "None of the bounds below was measured yet."
    missed = [f"{markdown_text(b.part)}, {b.what} ({b.words(b.value)} where {b.wanted} was wanted)"
              for b in found if not b.met]  # fmt: skip
    text = f"{len(found) - len(missed)} of the {len(found)} bounds below that were measured are met"
    return f"{text}; not met: {'; '.join(missed)}." if missed else f"{text}."


def _exact(measurements: Measurements) -> list[Bound]:
    stage = "pseudo_labels"
    case = _shown(measurements, stage)
    part = f"exact labels, {case.shape if case else MARKET}"
    beyond = case.ratio("beyond", "limit") if case else math.nan
    return [
        Bound(part, "time beyond the neighbours’", stage, beyond, times, 0.4),
        Bound(part, "memory beside the features", stage, _peak(case), memory, 600e6),
        Bound(part, "sizes with the textbook’s labels", stage, _equal(measurements, stage), share,
              least=1),
    ]  # fmt: skip


def _many_images(measurements: Measurements) -> list[Bound]:
    wanted = (("exact", "pseudo_labels", "library", 100_000, 2048),
              ("exact", "approximate", "exact", 200_000, 256),
              ("approximate", "approximate", "library", 200_000, 256))  # fmt: skip
    found = []
    for kind, stage, work, n, width in wanted:
        cases = [c for c in _cases(measurements, stage)
                 if c.size == n and c.series == f"width {width}"]  # fmt: skip
        total = _peak(cases[0], work) + _FLOAT32 * n * width if cases else math.nan
        part = f"{kind} labels, {n:,} × {width:,}"
        found.append(Bound(part, "memory with the features", stage, total, memory, 6e9))
    return found


def _approximate(measurements: Measurements) -> list[Bound]:
    stage = "approximate"
    growth = measurements[stage].growth() if stage in measurements else math.nan
    case = _shown(measurements, stage)
    agreement = case.facts.get("ari", math.nan) if case else math.nan
    part = f"approximate labels, {case.shape if case else MARKET}"
    return [
        Bound("approximate labels, all sizes", "growth exponent", stage, growth,
              exponent, 1.3),
        Bound(part, "ARI with the exact ones", stage, agreement, exponent, least=0.98),
    ]  # fmt: skip


def _evaluation(measurements: Measurements) -> list[Bound]:
    stage = "evaluation"
    case = _shown(measurements, stage)
    ratio = case.ratio("library", "limit") if case else math.nan
    part = f"evaluation, {case.shape if case else MARKET}"
    return [
        Bound(part, "time, of the product’s", stage, ratio, times, 1.5),
        Bound(part, "sizes with the loop’s scores", stage, _equal(measurements, stage),
              share, least=1),
    ]  # fmt: skip


def _memory(measurements: Measurements) -> list[Bound]:
    stage = "memory"
    case = _shown(measurements, stage)
    ratio = case.ratio("textbook", "library") if case else math.nan
    part = f"memory update, {case.shape if case else 'a batch'}"
    return [
        Bound(part, "faster than sample by sample", stage, ratio, times, least=10),
        Bound(part, "sizes with the loop’s centroids", stage, _equal(measurements, stage), share,
              least=1),
    ]  # fmt: skip


def _ghost_batchnorm(measurements: Measurements) -> list[Bound]:
    stage = "ghost_batchnorm"
    found = [(f"time added to {c.shape}", c.ratio("library", "limit") - 1)
             for c in _cases(measurements, stage)]  # fmt: skip
    return [Bound("ghost BatchNorm, a step", what, stage, added, share, 0.05)
            for what, added in found or [("time added", math.nan)]]  # fmt: skip


def _cases(measurements: Measurements, stage: str) -> tuple[Case, ...]:
    return measurements[stage].cases if stage in measurements else ()


def _shown(measurements: Measurements, stage: str) -> Case | None:
    return shown_case(measurements[stage]) if stage in measurements else None


def _peak(case: Case | None, work: str = "library") -> float:
    timing = case.works.get(work) if case else None
    return math.nan if timing is None or timing.peak_bytes is None else timing.peak_bytes


def _equal(measurements: Measurements, stage: str) -> float:
    """Share of the sizes with a textbook at which what the library returned is its result."""
    held = [holds for case in _cases(measurements, stage) for holds in case.checks.values()]
    return sum(held) / len(held) if held else math.nan
