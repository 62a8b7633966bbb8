"""Are predicted attributes worth their labels? AAC on predictions against identity labels.

Doses are per cent of the identities that are labelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
from aacpy.report.studies.drawings import dose_figure
from aacpy.report.studies.findings import Finding, gap_text, gaps_words
from aacpy.report.studies.noise import SOFT_DISTANCE, UNSETTLED
from aacpy.report.words import listed

_SHARES = (5, 10, 25)
_EXACT, _SOFT, _IDENTITIES = "AAC, predicted", "AAC, predicted, soft", "identity labels"

Lines = dict[str, dict[int, Arm]]


def labelled_arms(records: Iterable[Record]) -> Lines:
    """Arms that spend the same labels, by how they spend them and by the labelled share."""
    records = list(records)

    def line(label: str, spends: str, **settings: Any) -> dict[int, Arm]:
        return {
            s: arm(records, f"{label}, {s}% labelled", **settings, **{spends: s / 100})
            for s in _SHARES
        }

    predict = "attributes_labelled"
    return {
        _EXACT: line(_EXACT, predict, method="aac"),
        _SOFT: line(_SOFT, predict, method="aac", match_distance=SOFT_DISTANCE),
        _IDENTITIES: line(_IDENTITIES, "identities_labelled", method="baseline"),
    }


def ends(records: Iterable[Record]) -> tuple[Arm, Arm]:
    """The baseline without labels and AAC with everyone's attributes, on the study's seeds."""
    records = list(records)
    others = [one for line in labelled_arms(records).values() for one in line.values()]
    named = (("no labels", "baseline"), ("AAC, all labelled", "aac"))
    none, everyone = (where_run(arm(records, label, method=m), others) for label, m in named)
    return none, everyone


def labels_figure(records: Iterable[Record]) -> Figure:
    """MAP by the labelled share, between no labels and all attributes."""
    records = list(records)
    none, everyone = ends(records)
    lines = labelled_arms(records).items()
    return dose_figure(
        {name: {float(s): one for s, one in line.items()} for name, line in lines},
        "labelled identities, %",
        levels=[(one.label, one) for one in (none, everyone)],
        size=(540.0, 290.0),
    )


def labels_table(records: Iterable[Record]) -> Table:
    """Every arm in numbers, gaps to the baseline without labels."""
    records = list(records)
    none, everyone = ends(records)
    arms = [one for line in labelled_arms(records).values() for one in line.values()]
    return arms_table(
        "predicted", [none, *arms, everyone], none,
        columns=[("all right", share("attributes_right")), ("purity", share("purity")),
                 ("ARI", index("ari"))],
        notes=["All right: share of images that have all attributes right, labelled ones included; "
               "– where none is predicted."],
    )  # fmt: skip


def right_words(records: Iterable[Record]) -> str:
    """How many images the predictions give the right vector."""
    exact = labelled_arms(records)[_EXACT]
    shares = {s: one.last("attributes_right") for s, one in exact.items()}
    parts = [f"{100 * found.mean:.0f}% at {s}%" for s, found in shares.items() if found.n]
    if not parts:
        return "How many images the predictions leave with all attributes right has not run."
    return (
        "Share of images with all attributes right, labelled ones included, by the share of "
        f"people labelled: {listed(parts)}."
    )


def soft_words(records: Iterable[Record]) -> str:
    """Whether nearly equal predicted vectors should count as one."""
    lines = labelled_arms(records)
    gaps = {s: one.against(lines[_EXACT][s]) for s, one in lines[_SOFT].items()}
    words = gaps_words(gaps, "AAC matched exactly")
    return f"Matched softly, AAC is {words}." if words else "Soft matching has not run."


def finding(records: Iterable[Record]) -> Finding:
    """Whether AAC on predicted attributes beats the baseline, and identity labels."""
    records = list(records)
    lines, (none, _) = labelled_arms(records), ends(records)
    predicted = {s: chosen_elsewhere([lines[_EXACT][s], lines[_SOFT][s]]) for s in _SHARES}
    gains = {s: one.against(none) for s, one in predicted.items()}
    gaps = {s: one.against(lines[_IDENTITIES][s]) for s, one in predicted.items()}
    both = [*gains.values(), *gaps.values()]
    return Finding(
        page="predicted",
        answer=whole_answer(both),
        verdict=_verdict(gains, gaps),
        situation="Only predicted attributes",
        advice=_advice(whole_answer(gains.values()), gaps),
        evidence=f"{gap_text(gaps[10])} for AAC against identity labels for the same 10%",
    )


def _verdict(gains: dict[int, Interval], gaps: dict[int, Interval]) -> str:
    gained = gaps_words(gains, "the baseline without labels")
    compared = gaps_words(gaps, "the baseline that is given these people's identities")
    if not gained:
        return f"Predicted attributes have not run; `{RUN_STUDIES}` runs them."
    first = f"Given attributes predicted from a labelled share of the people, AAC is {gained}."
    return f"{first} It is {compared}." if compared else first


def _advice(gains: str, gaps: dict[int, Interval]) -> str:
    """What to do, of the answers to "above the baseline?" and of the gaps to identity labels."""
    answers = {answer(gap) for gap in gaps.values()}
    if "Not run" in (gains, *answers):
        return "not run"
    if answers == {"No"}:
        return "give the labelled people their identities instead"
    if gains == "Yes":
        return "split by them" if answers == {"Yes"} else "split by them, or use identity labels"
    return "do not split" if gains == "No" else UNSETTLED
