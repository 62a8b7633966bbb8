"""Should you use AAC? A line of advice for each situation, from the findings of the studies."""

from __future__ import annotations

from collections.abc import Iterable

from aacpy.records import Record
from aacpy.report.comparison import RUN_ALL
from aacpy.report.markup import Cell, Table
from aacpy.report.statistics import Interval
from aacpy.report.studies import fewer, finer, leftovers, merging, noise, predicted, rule
from aacpy.report.studies.arms import answer, arm
from aacpy.report.studies.findings import Finding, gap_text, gap_words


def findings(records: Iterable[Record]) -> list[Finding]:
    """Every finding with advice, in the order of the table."""
    records = list(records)
    return [
        control_finding(records),
        finer.finding(records),
        *noise.findings(records),
        predicted.finding(records),
        fewer.finding(records),
        merging.finding(records),
        merging.noise_finding(records),
        leftovers.left_over_finding(records),
        leftovers.finding(records),
        rule.finding(records),
    ]


def control_finding(records: Iterable[Record]) -> Finding:
    """Whether AAC is above the attribute vectors used as labels, without any clustering."""
    records = list(records)
    aac, alone, plain = (arm(records, m, method=m) for m in ("aac", "attributes", "baseline"))
    gap = aac.against(alone)
    return Finding(
        page="comparison",
        answer=answer(aac.against(plain)),
        verdict=_control_sentence(aac.against(plain), gap),
        situation="Every person has a right attribute vector",
        advice=_CONTROL[answer(gap)],
        evidence=f"{gap_text(gap)} for AAC against the vectors alone",
    )


_CONTROL = {
    "Yes": "use AAC: it beats the vectors as labels",
    "No": "use the vectors as labels, without clustering",
    "Not settled": "try the vectors as labels first: AAC is not above them",
    "Not run": "not run",
}


def _control_sentence(gain: Interval, control: Interval) -> str:
    if gain.n < 2 or control.n < 2:
        return f"The comparison has not run; `{RUN_ALL}` runs it."
    return (
        f"On the rendered benchmark AAC is {gap_words(gain, 'its baseline')}, and "
        f"{gap_words(control, 'the attribute vectors used as labels, without any clustering')}."
    )


def headline(records: Iterable[Record]) -> str:
    """The answer in a paragraph, Markdown: right vectors, then vectors that are wrong at times."""
    records = list(records)
    found = control_finding(records)
    wrong = wrong_vectors_gap(records)
    turns = found.answer == "Yes" and answer(wrong) == "Yes" and found.advice == _CONTROL["No"]
    told = "It depends on your attributes" if turns else found.answer
    return f"**{told}.** {found.verdict} {_wrong_sentence(wrong)}".rstrip()


def wrong_vectors_gap(records: Iterable[Record]) -> Interval:
    """AAC against the vectors as labels with one attribute in ten wrong, image by image."""
    records = list(records)
    aac, alone = (arm(records, m, method=m, attribute_error=0.1) for m in ("aac", "attributes"))
    return aac.against(alone)


def _wrong_sentence(wrong: Interval) -> str:
    if wrong.n < 2:
        return ""
    return (
        f"With one attribute in ten wrong, image by image, it is {gap_words(wrong, 'such labels')}."
    )


def decision_table(records: Iterable[Record]) -> Table:
    """Situation, which leads to its page, advice and evidence."""
    return Table(
        name="advice",
        columns=["if", "then", "evidence, mAP"],
        rows=[
            [Cell(found.situation, page=found.page), Cell(found.advice), Cell(found.evidence)]
            for found in findings(records)
        ],
        align="lll",
        sortable=False,
        wraps=True,
        notes=["On the rendered benchmark, last epoch, paired by seed, 95% intervals in brackets, "
               "one for each comparison, not corrected for their number."],
    )  # fmt: skip
