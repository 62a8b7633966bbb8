"""The arms of a study: runs whose settings are exactly the ones named, and how they compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aacpy.config import Config
from aacpy.records import PLACE_SETTINGS, Record
from aacpy.report.cells import DEVELOPMENT_SEEDS, last_clusters
from aacpy.report.markup import NONE, Cell, Table, number
from aacpy.report.statistics import Interval, mean_interval, paired

#: What runs every study.
RUN_STUDIES = "make reproduce-studies"


@dataclass(frozen=True)
class Arm:
    """One arm of a study.

    Attributes
    ----------
    label : in words, for tables and figures.
    runs : its runs, by seed; empty if it has not run.
    """

    label: str
    runs: Sequence[Record]

    @property
    def method(self) -> str:
        """The method of the runs, which decides how the arm looks; "" without runs."""
        return self.runs[0].method if self.runs else ""

    @property
    def score(self) -> Interval:
        """The last epoch's mAP, per cent."""
        return mean_interval([100 * r.scores["mean_ap"] for r in self.runs])

    def against(self, other: Arm) -> Interval:
        """The arm's mAP minus the other's, points, paired by seed."""
        return paired(self.runs, other.runs)

    def last(self, column: str) -> Interval:
        """The last epoch's value of a column of the series, over the runs that have it."""
        return self._epoch(column, -1)

    def first(self, column: str) -> Interval:
        """The first epoch's value of a column."""
        return self._epoch(column, 0)

    def _epoch(self, column: str, epoch: int) -> Interval:
        values = [r.series[column][epoch] for r in self.runs if column in r.series]
        return mean_interval([float(v) for v in values if v is not None])


def arm(records: Iterable[Record], label: str, /, **settings: Any) -> Arm:
    """The runs on the rendered benchmark whose changed settings are exactly `settings`.

    `method` is among them; a value that is the preset's own is as good as not given. Development
    seeds do not count, and of runs with one name the first is taken.
    """
    wanted = Config.preset("pedestrians", **settings).changes()
    found: dict[int, Record] = {}
    for record in records:
        config = record.config
        if config.preset_name != "pedestrians" or config.data is not None:
            continue
        changed = {k: v for k, v in config.changes().items() if k not in _NO_AXES}
        if changed == wanted and record.seed < DEVELOPMENT_SEEDS:
            found.setdefault(record.seed, record)
    return Arm(label, [found[seed] for seed in sorted(found)])


def chosen_elsewhere(arms: Sequence[Arm], label: str = "chosen") -> Arm:
    """For each seed the run of the arm that is best on the *other* seeds: a fair tuned arm.

    Only seeds that all arms have count; with fewer than two, no run is chosen.
    """
    arms = [one for one in arms if one.runs]
    seeds = set.intersection(*({r.seed for r in one.runs} for one in arms)) if arms else set()
    if len(seeds) < 2:
        return Arm(label, [])
    scores = [{r.seed: r.scores["mean_ap"] for r in one.runs} for one in arms]
    runs = []
    for seed in sorted(seeds):
        others = [sum(found[s] for s in seeds if s != seed) for found in scores]
        best = arms[max(range(len(arms)), key=others.__getitem__)]
        runs.append(next(r for r in best.runs if r.seed == seed))
    return Arm(label, runs)


def where_run(one: Arm, others: Iterable[Arm]) -> Arm:
    """The arm on the seeds that any of `others` has, so that means are over the same seeds.

    All of its runs where none of the others has run.
    """
    seeds = {run.seed for other in others for run in other.runs}
    return Arm(one.label, [run for run in one.runs if run.seed in seeds or not seeds])


_NO_AXES = ("seed", *PLACE_SETTINGS)


def answer(gap: Interval) -> str:
    """Whether a gap is above zero: "Yes", "No" (below), "Not settled" or "Not run"."""
    if gap.n < 2:
        return "Not run"
    return "Yes" if gap.low > 0 else "No" if gap.high < 0 else "Not settled"


def whole_answer(gaps: Iterable[Interval]) -> str:
    """The answer to "are all of these gaps above zero?"; "It depends" where they disagree."""
    answers = {answer(gap) for gap in gaps}
    if "Not run" in answers or not answers:
        return "Not run"
    return answers.pop() if len(answers) == 1 else "It depends"


#: A heading and what stands under it for an arm.
Column = tuple[str, Callable[[Arm], Cell]]


def arms_table(
    name: str,
    arms: Sequence[Arm],
    reference: Arm,
    *,
    first: str = "arm",
    columns: Sequence[Column] = (),
    notes: Sequence[str] = (),
) -> Table:
    """A row an arm: seeds, mAP, the gap to `reference` paired by seed, clusters, more `columns`."""
    rows = []
    for one in arms:
        gap = NONE if one.runs == reference.runs else number(one.against(reference), signed=True)
        clusters = number(mean_interval(last_clusters(one.runs)), digits=0)
        rows.append(
            [Cell(one.label), Cell(str(len(one.runs))), number(one.score), gap, clusters]
            + [cell(one) for _, cell in columns]
        )
    said = [
        "mAP in per cent after the last epoch, mean ± 95% interval over seeds; gaps in points, "
        "paired by seed.",
        *notes,
    ]
    if not all(one.runs for one in arms):
        said.append(f"Not run: {RUN_STUDIES} fills every row.")
    return Table(
        name=name,
        columns=[first, "seeds", "mAP", f"against {reference.label}", "clusters",
                 *(heading for heading, _ in columns)],
        rows=rows,
        align="l" + "r" * (4 + len(columns)),
        notes=said,
        wraps=True,
    )  # fmt: skip


def share(column: str, epoch: str = "last") -> Callable[[Arm], Cell]:
    """A cell with a share of the series, per cent, in the first or the last epoch."""
    return _measured(column, epoch, lambda mean: f"{100 * mean:.0f}%")


def index(column: str, epoch: str = "last") -> Callable[[Arm], Cell]:
    """A cell with an index of the series, such as the adjusted Rand index."""
    return _measured(column, epoch, lambda mean: f"{mean:.2f}")


def _measured(column: str, epoch: str, text: Callable[[float], str]) -> Callable[[Arm], Cell]:
    def cell(one: Arm) -> Cell:
        mean = (one.first(column) if epoch == "first" else one.last(column)).mean
        return NONE if math.isnan(mean) else Cell(text(mean))

    return cell
