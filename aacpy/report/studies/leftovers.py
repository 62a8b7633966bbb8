"""The images that AAC ignores: those a split leaves over, and those DBSCAN left un-clustered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.markup import Table, number
from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import (
    RUN_STUDIES,
    Arm,
    answer,
    arm,
    arms_table,
    index,
    where_run,
)
from aacpy.report.studies.drawings import arms_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words

_ARMS: Mapping[str, Mapping[str, Any]] = {
    "left-overs dropped": {"leftovers": "drop"},
    "left-overs reattached": {"leftovers": "reattach"},
    "un-clustered images reattached": {"outliers": "reattach"},
    "both reattached": {"leftovers": "reattach", "outliers": "reattach"},
}
_LEFT_OVER, _OUTLIERS = "left-overs reattached", "un-clustered images reattached"


def leftover_arms(records: Iterable[Record]) -> list[Arm]:
    """The baseline, AAC as in the paper, and AAC that does something else with ignored images."""
    records = list(records)
    others = [arm(records, label, method="aac", **made) for label, made in _ARMS.items()]
    plain, aac = arm(records, "no split", method="baseline"), arm(records, "AAC", method="aac")
    return [where_run(plain, others), where_run(aac, others), *others]


def leftover_figure(records: Iterable[Record]) -> Figure:
    """MAP of each arm, gaps to AAC."""
    arms = leftover_arms(records)
    return arms_figure(arms, arms[1])


def leftover_table(records: Iterable[Record]) -> Table:
    """The arms in numbers, with what is un-clustered and how good the labels are."""
    arms = leftover_arms(records)
    return arms_table(
        "leftovers", arms, arms[1], first="ignored images",
        columns=[("un-clustered at first", lambda one: number(one.first("unclustered"), digits=0)),
                 ("at last", lambda one: number(one.last("unclustered"), digits=0)),
                 ("ARI", index("ari"))],
        notes=["Un-clustered: training images without a label in the first and in the last epoch, "
               "those that are dropped included. ARI is of the others, in the last "
               "epoch."],
    )  # fmt: skip


def finding(records: Iterable[Record]) -> Finding:
    """Whether reattaching what AAC ignores beats ignoring it."""
    arms = {one.label: one for one in leftover_arms(records)}
    aac = arms["AAC"]
    gaps = {label: arms[label].against(aac) for label in _ARMS}
    answers = [answer(gap) for label, gap in gaps.items() if label.endswith("reattached")]
    said = _answer(answers)
    return Finding(
        page="leftovers",
        answer=said,
        verdict=_verdict(aac, gaps),
        situation="Many images stay un-clustered",
        advice=_ADVICE[answer(gaps[_OUTLIERS])],
        evidence=f"{gap_text(gaps[_OUTLIERS])} for reattaching un-clustered images"
        if gaps[_OUTLIERS].n
        else "not run",
    )


def left_over_finding(records: Iterable[Record]) -> Finding:
    """Whether reattaching what a split leaves over beats keeping it together."""
    arms = {one.label: one for one in leftover_arms(records)}
    gap = arms[_LEFT_OVER].against(arms["AAC"])
    return Finding(
        page="leftovers",
        answer=answer(gap),
        verdict=f"AAC with {_LEFT_OVER} is {gap_words(gap, 'AAC as in the paper')}."
        if gap.n > 1
        else f"The runs are missing; `{RUN_STUDIES}` runs them.",
        situation="A split leaves images over",
        advice=_LEFT_OVER_ADVICE[answer(gap)],
        evidence=f"{gap_text(gap)} for reattaching what a split leaves over",
    )


_LEFT_OVER_ADVICE = {
    "Yes": "reattach them to the nearest cluster of their attribute vector",
    "No": "keep them together, as the paper does; reattaching them costs",
    "Not settled": "keep them together, as the paper does; reattaching them shows no gain",
    "Not run": "not run",
}

_ADVICE = {
    "Yes": "reattach them to the nearest cluster of their attribute vector",
    "No": "leave them out, as the paper does; reattaching them costs",
    "Not settled": "leave them out, as the paper does; reattaching them shows no gain",
    "Not run": "not run",
}


def _answer(answers: list[str]) -> str:
    """Of the ways to reattach: all pay, none, some; not settled where no way is seen to pay."""
    if "Not run" in answers:
        return "Not run"
    if len(set(answers)) == 1:
        return answers[0]
    return "In part" if "Yes" in answers else "Not settled"


def _verdict(aac: Arm, gaps: Mapping[str, Interval]) -> str:
    if any(gap.n < 2 for gap in gaps.values()):
        return f"The runs that use ignored images are missing; `{RUN_STUDIES}` runs them."
    (first, gap), *others = gaps.items()
    told = [f"AAC with {first} is {gap_words(gap, 'AAC as in the paper')}"]
    told += [f"with {label}, {gap_words(gap, 'it')}" for label, gap in others]
    return (
        f"{'; '.join(told)}. The paper's AAC leaves {aac.first('unclustered').mean:.0f} of "
        f"{aac.runs[0].dataset['train_images']:,} training images un-clustered in the first epoch "
        f"and {aac.last('unclustered').mean:.0f} in the last."
    )
