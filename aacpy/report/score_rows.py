"""Rows of a table of scores: what the paper reports, and below it what was measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aacpy.records import SCORES, Record
from aacpy.report.cells import benchmark_words, last_clusters
from aacpy.report.markup import NONE, NOT_RUN, Cell, number
from aacpy.report.statistics import mean_interval

SCORE_LABELS = {"mean_ap": "mAP", "rank1": "rank-1", "rank5": "rank-5", "rank10": "rank-10"}

#: Headings of the cells that `paper_row` and `measured_row` make after a row's name.
COLUMNS = ["source", *SCORE_LABELS.values(), "clusters", "best mAP"]
ALIGN = "l" + "r" * 6

BEST_NOTE = (
    "Best mAP: of the best epoch, chosen on the test set as the paper's Figure 6 does for AAC; "
    "shown for comparison, never the result."
)


def paper_row(scores: Mapping[str, float] | None, clusters: Cell = NONE) -> list[Cell]:
    """What the paper reports of a cell; without `scores`, that it reports nothing."""
    if scores is None:
        return [Cell("○ paper", missing=True), *[NONE] * 6]
    return [Cell("○ paper"), *[Cell(f"{scores[name]:.1f}") for name in SCORES], clusters, NONE]


def measured_row(runs: Sequence[Record]) -> list[Cell]:
    """Means and 95% intervals over a cell's runs, last epoch."""
    source = Cell(f"● {len(runs)} seed{'s' if len(runs) != 1 else ''}")
    if not runs:
        return [source, *[NOT_RUN] * 6]
    scores = [number(mean_interval([100 * r.scores[name] for r in runs])) for name in SCORES]
    clusters = number(mean_interval(last_clusters(runs)), digits=0)
    best = number(mean_interval([100 * r.best["mean_ap"] for r in runs]))
    return [source, *scores, clusters, best]


def source_note(runs: Sequence[Record]) -> str:
    """What the two sources of a table are, and what of them may be compared."""
    rendered = not runs or any(r.config.data is None for r in runs)
    nets = ", ".join(sorted({r.config.backbone for r in runs}))
    where = "rendered benchmark, small network" if rendered else f"{benchmark_words(runs)}, {nets}"
    levels = " The levels of the two cannot be compared, the gaps can." if rendered else ""
    return (
        "Per cent. ○ reported by the paper: Market-1501, ResNet-50, number of runs not said. "
        f"● measured here: {where}, last epoch, mean ± 95% interval over seeds.{levels}"
    )
