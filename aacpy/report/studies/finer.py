"""Is AAC more than a finer clustering? δ against eps, and as many clusters without attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.markup import Table
from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import (
    RUN_STUDIES,
    Arm,
    answer,
    arm,
    arms_table,
    chosen_elsewhere,
    index,
    share,
    where_run,
    whole_answer,
)
from aacpy.report.studies.drawings import arms_figure, dose_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words
from aacpy.report.words import listed

#: Method -> its name, and what eps was; the baseline has collapsed before the largest.
_SWEPT = {
    "baseline": ("no split", (0.3, 0.4, 0.5, 0.6, 0.7)),
    "aac": ("AAC", (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
}
_OWN_EPS = 0.6
_SPLITTERS = {
    "agglomerative": "average linkage", "kmeans": "k-means", "random": "random parts",
}  # fmt: skip


def eps_arms(records: Iterable[Record]) -> dict[str, dict[float, Arm]]:
    """Baseline and AAC by DBSCAN's eps."""
    records = list(records)
    lines = {
        label: {eps: arm(records, f"{label}, eps {eps}", method=method, eps=eps) for eps in values}
        for method, (label, values) in _SWEPT.items()
    }
    swept = [one for line in lines.values() for eps, one in line.items() if eps != _OWN_EPS]
    return {
        label: {eps: where_run(one, swept) for eps, one in line.items()}
        for label, line in lines.items()
    }


def splitter_arms(records: Iterable[Record]) -> list[Arm]:
    """The baseline, as many clusters as AAC's made without attributes, and AAC."""
    records = list(records)
    others = [arm(records, words, method="aac", split_by=how) for how, words in _SPLITTERS.items()]
    plain, aac = arm(records, "no split", method="baseline"), arm(records, "AAC", method="aac")
    return [where_run(plain, others), *others, where_run(aac, others)]


def eps_figure(records: Iterable[Record]) -> Figure:
    """MAP by eps, with and without the split."""
    return dose_figure(eps_arms(records), "DBSCAN's eps")


def splitter_figure(records: Iterable[Record]) -> Figure:
    """MAP of each way to split, gaps to AAC."""
    arms = splitter_arms(records)
    return arms_figure(arms, arms[-1])


def splitter_table(records: Iterable[Record]) -> Table:
    """The ways to split in numbers."""
    arms = splitter_arms(records)
    return arms_table(
        "finer_splitters", arms, arms[-1], first="split",
        columns=[("purity", share("purity")), ("ARI", index("ari"))],
    )  # fmt: skip


def eps_table(records: Iterable[Record]) -> Table:
    """Every eps in numbers, gaps to the paper's own eps without a split."""
    lines = eps_arms(records)
    reference = lines["no split"][_OWN_EPS]
    arms = [one for line in lines.values() for one in line.values()]
    return arms_table("finer_eps", arms, reference, first="eps")


def finding(records: Iterable[Record]) -> Finding:
    """Whether AAC beats the best eps, and the same number of clusters without attributes."""
    lines, arms = eps_arms(records), splitter_arms(records)
    plain, aac = (
        chosen_elsewhere(list(lines[name].values()), name) for name in ("no split", "AAC")
    )
    tuned = aac.against(plain)
    gaps = {one.label: arms[-1].against(one) for one in arms[1:-1]}
    return Finding(
        page="finer",
        answer=_ANSWERS[whole_answer([tuned, *gaps.values()])],
        verdict=f"{_tuned_sentence(tuned)} {_parts_sentence(gaps)}",
        situation="DBSCAN's eps has not been tuned",
        advice=_ADVICE[answer(tuned)],
        evidence=f"{gap_text(tuned)} for AAC against no split, each at its best eps",
    )


#: Answer to "AAC beats both" -> answer to the page's question.
_ANSWERS = {"Yes": "No", "No": "Yes", "It depends": "In part", "Not settled": "Not settled",
            "Not run": "Not run"}  # fmt: skip
_ADVICE = {
    "Yes": "tune it, then split all the same",
    "No": "tune it instead of splitting",
    "Not settled": "tune it first; it may be all that you need",
    "Not run": "not run",
}


def _tuned_sentence(tuned: Interval) -> str:
    if tuned.n < 2:
        return f"The sweep of eps has not run; `{RUN_STUDIES}` runs it."
    return (
        "With eps chosen for each on the other seeds, AAC is "
        f"{gap_words(tuned, 'the best clustering without a split')}."
    )


def _parts_sentence(gaps: Mapping[str, Interval]) -> str:
    parts = [gap_words(gap, label) for label, gap in gaps.items() if gap.n > 1]
    return f"With as many clusters as AAC makes, AAC is {listed(parts)}." if parts else ""
