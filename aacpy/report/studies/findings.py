"""What a study concludes: a verdict, its numbers, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import answer
from aacpy.report.words import interval_text, listed, signed


@dataclass(frozen=True)
class Finding:
    """The conclusion of a study, in words computed from records.

    Attributes
    ----------
    page : the book's page with the evidence, without suffix.
    answer : "Yes", "No", "In part", "It depends", "Not settled" or "Not run", and no more.
    verdict : one or two sentences with numbers and their intervals.
    situation : when the advice is for you, a few words for the decision table.
    advice : what to do then, one short sentence.
    evidence : the number behind the advice, short: a gap with its interval.
    """

    page: str
    answer: str
    verdict: str
    situation: str
    advice: str
    evidence: str

    def to_markdown(self) -> str:
        """The page's first paragraph: the answer in bold, then the verdict."""
        return f"**{self.answer}.** {self.verdict}"


def gap_text(gap: Interval) -> str:
    """A gap as evidence, its 95% interval in brackets: "+9.2 points (3.1 to 15.3; 5 seeds)"."""
    if gap.n == 0:
        return "not run"
    inside = interval_text(gap).removeprefix("95% interval ")
    return f"{signed(gap.mean)} points ({inside}; {_seeds(gap)})"


def gap_words(gap: Interval, other: str) -> str:
    """A gap in words, such as "9.2 points above k-means (95% interval 3.1 to 15.3)".

    One whose interval holds zero "cannot be told from" the other.
    """
    inside = f"({interval_text(gap)}; {_seeds(gap)})"
    if gap.low > 0:
        return f"{gap.mean:.1f} points above {other} {inside}"
    if gap.high < 0:
        return f"{-gap.mean:.1f} points below {other} {inside}"
    return f"not to be told from {other} ({signed(gap.mean)} points; {inside[1:]}"


def gaps_words(gaps: Mapping[int, Interval], other: str) -> str:
    """Gaps by dose, per cent: "above k-means at 5% (+3.1 points; ...), not to be told from it ...".

    Only those of two seeds or more; "" if there are none.
    """
    places: dict[str, list[str]] = {}
    for dose, gap in gaps.items():
        if gap.n > 1:
            text = f"{dose}% ({signed(gap.mean)} points; {interval_text(gap)})"
            places.setdefault(_PLACES[answer(gap)], []).append(text)
    others = [other, *["it"] * len(places)]
    found = zip(places.items(), others, strict=False)
    return ", ".join(f"{place} {name} at {listed(doses)}" for (place, doses), name in found)


_PLACES = {"Yes": "above", "No": "below", "Not settled": "not to be told from"}


def _seeds(gap: Interval) -> str:
    return f"{gap.n} seed{'s' if gap.n != 1 else ''}"
