"""What the records say about the paper's three claims, in words computed from their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aacpy.records import Record
from aacpy.report.ablation import (
    RUN_ABLATIONS,
    delta_runs,
    no_split_runs,
    paper_start_epochs,
    run_epochs,
    start_epoch_runs,
)
from aacpy.report.comparison import verdict
from aacpy.report.reported import PAPER_DELTA, TABLE2_DELTA, reported_ablation, reported_gains
from aacpy.report.statistics import Interval, mean_interval, paired, trend
from aacpy.report.words import interval_text, signed


@dataclass(frozen=True)
class Claim:
    """One claim of the paper beside what was measured.

    Attributes
    ----------
    claim : what the paper says, in our words, with its own numbers.
    answer : "Yes", "No", "Not settled" or "Not run", of the claim on our benchmark.
    evidence : sentences with intervals.
    """

    claim: str
    answer: str
    evidence: str

    def to_markdown(self) -> str:
        """A paragraph: the claim in bold, the answer, the evidence."""
        return f"**{self.claim}** {self.answer}. {self.evidence}"


def claims(records: Iterable[Record]) -> list[Claim]:
    """The paper's three claims, as the shown records judge them."""
    records = list(records)
    return [gain_claim(records), start_claim(records), delta_claim(records)]


def gain_claim(records: Iterable[Record]) -> Claim:
    """AAC beats its baseline (Table 1)."""
    words = verdict(records)
    evidence = " ".join(part for part in (words.gain, words.control) if part)
    return Claim(
        "Splitting clusters by attributes beats the baseline (Table 1: "
        f"{signed(reported_gains()['mean_ap'][1])} points of mAP).",
        words.answer,
        evidence,
    )


def start_claim(records: Iterable[Record]) -> Claim:
    """The earlier the first split, the better (Table 2)."""
    records = list(records)
    groups, epochs = start_epoch_runs(records), run_epochs(records)
    paper = paper_start_epochs(epochs)
    text = (
        f"The earlier the splitting starts, the better (Table 2: {_ends(paper)} of mAP from the "
        "first start to the last)."
    )
    chosen = {value: groups[value] for value in sorted(paper) if value in groups}
    slope = trend(chosen).slope if len(chosen) == len(paper) else Interval(math.nan, math.nan, 0)
    if slope.n < 2:
        return _not_run(text)
    first, last = min(chosen), max(chosen)
    late = paired(chosen[last], chosen[first])
    better = [v for v in chosen if v != first and paired(chosen[v], chosen[first]).high < 0]
    return Claim(
        text,
        "Yes" if slope.high < 0 else "No" if slope.low > 0 else "Not settled",
        f"With δ = {TABLE2_DELTA}, each epoch of {epochs} that the first split waits changes mAP "
        f"by {signed(slope.mean, 2)} points ({interval_text(slope, 2)}; {slope.n} seeds). "
        f"Starting in epoch {last} instead of {first}: {signed(late.mean)} points "
        f"({interval_text(late)}). "
        f"{_count(len(better), len(chosen) - 1, 'later starts')} worse than the first beyond the "
        "noise of the seeds.",
    )


def delta_claim(records: Iterable[Record]) -> Claim:
    """A small δ is better, though not along a straight line (Table 3)."""
    records = list(records)
    groups = delta_runs(records)
    paper = reported_ablation("table3", "delta")
    text = (
        f"A small δ is better, δ = {PAPER_DELTA} best, without a linear pattern (Table 3: "
        f"{_ends(paper)} of mAP from δ = {min(paper)} to {max(paper)})."
    )
    chosen = {value: groups[value] for value in sorted(paper) if value in groups}
    if len(chosen) < len(paper):
        return _not_run(text)
    found = trend(chosen)
    if found.slope.n < 2:
        return _not_run(text)
    return Claim(
        text,
        "Yes" if found.slope.high < 0 else "No" if found.slope.low > 0 else "Not settled",
        f"Within the paper's range each step of δ changes mAP by {signed(found.slope.mean, 2)} "
        f"points ({interval_text(found.slope, 2)}; {found.slope.n} seeds). "
        f"{_bend_sentence(found.bend)} {_best_sentence(groups)} "
        f"{_beyond_sentence(records, groups)}",
    )


def _bend_sentence(bend: Interval) -> str:
    told = bend.low > 0 or bend.high < 0
    return (
        f"A curve {'fits better than' if told else 'cannot be told from'} a straight line: its "
        f"middle lies {signed(bend.mean)} points off it ({interval_text(bend)})."
    )


def _best_sentence(groups: Mapping[int, Sequence[Record]]) -> str:
    """The value with the highest mean, and how many others the seeds cannot tell from it.

    Means are over the seeds that all values have, since one with more is no fair match.
    """
    common = set.intersection(*({r.seed for r in runs} for runs in groups.values()))
    means = {
        value: mean_interval([100 * r.scores["mean_ap"] for r in runs if r.seed in common]).mean
        for value, runs in groups.items()
    }
    best = max(means, key=lambda value: means[value])
    others = [value for value in groups if value != best]
    alike = [v for v in others if not paired(groups[best], groups[v]).low > 0]
    return (
        f"The highest mean has δ = {best} ({means[best]:.1f}, {len(common)} seeds); of the "
        f"{len(others)} other values tried, {len(alike)} cannot be told from it"
        + (f" ({', '.join(map(str, alike))})." if alike else ".")
    )


def _beyond_sentence(records: Sequence[Record], groups: Mapping[int, Sequence[Record]]) -> str:
    """The largest δ tried against no split: whether a coarse split still helps."""
    plain, largest = no_split_runs(records), max(groups)
    gap = paired(groups[largest], plain)
    if gap.n < 2:
        return ""
    return f"δ = {largest} against no split: {signed(gap.mean)} points ({interval_text(gap)})."


def _ends(paper: Mapping[int, Mapping[str, float]]) -> str:
    """The paper's difference in mAP between its last and its first value."""
    scores = [paper[value]["mean_ap"] for value in sorted(paper)]
    return f"{signed(scores[-1] - scores[0])} points"


def _count(some: int, whole: int, what: str) -> str:
    if some == whole:
        return f"All {whole} {what} are"
    return f"{some or 'None'} of the {whole} {what} {'is' if some < 2 else 'are'}"


def _not_run(claim: str) -> Claim:
    return Claim(claim, "Not run", f"`{RUN_ABLATIONS}` runs every cell of the table.")


def paper_conflict() -> str:
    """Where the paper's two tables report one run twice, a sentence."""
    starts, deltas = (
        reported_ablation("table2", "start_epoch"), reported_ablation("table3", "delta")
    )  # fmt: skip
    twin = deltas[TABLE2_DELTA]
    same = [str(epoch) for epoch, row in starts.items() if row == twin]
    text = (
        f"The paper reports δ = {TABLE2_DELTA}, split from the first epoch on, twice: "
        f"{starts[0]['mean_ap']:.1f} in its Table 2 and {twin['mean_ap']:.1f} in its Table 3."
    )
    if same:
        text += f" The latter row is, score by score, Table 2's for a start in epoch {same[0]}."
    return text


def claims_markdown(records: Iterable[Record]) -> str:
    """The claims as Markdown, one list item each."""
    return "\n".join(f"{i}. {c.to_markdown()}" for i, c in enumerate(claims(records), start=1))
