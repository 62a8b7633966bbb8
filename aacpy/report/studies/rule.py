"""A split rule without a threshold, against the best fixed δ and the paper's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.cells import last_clusters
from aacpy.report.markup import Table
from aacpy.report.reported import PAPER_DELTA
from aacpy.report.statistics import Interval, mean_interval
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
)
from aacpy.report.studies.drawings import arms_figure, dose_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words
from aacpy.report.style import INK, MethodStyle
from aacpy.report.words import listed

_DELTAS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20)
_RULES = ("silhouette", "description")
_ERROR = 0.1
_MARGIN = 1.0  # points of mAP; a rule matches if it is surely no worse than this
_BEST = "best fixed δ"
_PAPER = f"the paper's δ = {PAPER_DELTA}"


def delta_arms(records: Iterable[Record]) -> dict[float, Arm]:
    """AAC with right attributes by δ."""
    records = list(records)
    arms = {delta: arm(records, f"δ = {delta}", method="aac", delta=delta) for delta in _DELTAS}
    swept = [one for delta, one in arms.items() if delta != PAPER_DELTA]
    return {delta: where_run(one, swept) for delta, one in arms.items()}


def rule_arms(records: Iterable[Record], *, wrong: bool = False) -> dict[str, Arm]:
    """The baseline, the paper's δ, the rules; with right attributes also the best fixed δ.

    `wrong`: one attribute in ten is wrong, image by image.
    """
    records, error = list(records), _ERROR if wrong else 0.0

    def made(label: str, **settings: str) -> Arm:
        return arm(records, label, method="aac", attribute_error=error, **settings)

    rules = [made(rule, split_rule=rule) for rule in _RULES]
    if not wrong:
        rules.insert(0, chosen_elsewhere(list(delta_arms(records).values()), _BEST))
    fixed = [arm(records, "no split", method="baseline"), made(_PAPER)]
    return {one.label: one for one in [*(where_run(one, rules) for one in fixed), *rules]}


def delta_figure(records: Iterable[Record]) -> Figure:
    """MAP by fixed δ, the rules and the baseline as levels."""
    arms = rule_arms(records)
    levels = [(name, arms[name]) for name in ("no split", *_RULES)]
    looks = dict.fromkeys(_RULES, MethodStyle("", INK, INK, "o"))
    return dose_figure({"fixed δ": delta_arms(records)}, "δ, images", levels=levels, looks=looks)


def rule_figure(records: Iterable[Record], *, wrong: bool = False) -> Figure:
    """MAP of the rules, gaps to the best fixed δ; with wrong attributes, to the paper's."""
    arms = rule_arms(records, wrong=wrong)
    return arms_figure(list(arms.values()), arms[_PAPER if wrong else _BEST])


def rule_table(records: Iterable[Record], *, wrong: bool = False) -> Table:
    """The same in numbers."""
    arms = rule_arms(records, wrong=wrong)
    return arms_table(
        "rule_wrong_attributes" if wrong else "rule", list(arms.values()),
        arms[_PAPER if wrong else _BEST], first="what splits off",
        columns=[("purity", share("purity")), ("ARI", index("ari"))],
    )  # fmt: skip


def finding(records: Iterable[Record]) -> Finding:
    """Whether a rule without hyper-parameter matches the best fixed δ."""
    records = list(records)
    arms, wrong = rule_arms(records), rule_arms(records, wrong=True)
    gaps = {rule: arms[rule].against(arms[_BEST]) for rule in _RULES}
    said = _answer([_matches(gap) for gap in gaps.values()])
    verdict = f"The runs with a rule are missing; `{RUN_STUDIES}` runs them."
    advice = evidence = "not run"
    if said != "Not run":
        sentences = [_gaps_sentence(arms, gaps), _clusters_sentence(arms), _wrong_sentence(wrong)]
        verdict = " ".join(filter(None, sentences))
        best = max(gaps, key=lambda rule: gaps[rule].mean)
        advice = _ADVICE[answer(arms[best].against(arms[_PAPER]))].format(rule=best)
        evidence = f"{gap_text(gaps[best])} for the {best} rule against the best fixed δ"
    return Finding(
        page="rule",
        answer=said,
        verdict=verdict,
        situation="There are no data to tune δ on",
        advice=advice,
        evidence=evidence,
    )


_ADVICE = {
    "Yes": "split by the {rule} rule, which beats " + _PAPER,
    "No": f"keep {_PAPER}, which beats the rules",
    "Not settled": f"take {_PAPER} or the {{rule}} rule; the seeds do not tell them apart",
    "Not run": "not run",
}


def _matches(gap: Interval) -> str:
    """Whether a rule is no worse than the best fixed δ, but for a margin."""
    if gap.n < 2:
        return "Not run"
    if gap.low > -_MARGIN:
        return "Yes"
    return "No" if gap.high < 0 else "Not settled"


def _answer(answers: Sequence[str]) -> str:
    if "Not run" in answers:
        return "Not run"
    if len(set(answers)) == 1:
        return answers[0]
    return "In part" if "Yes" in answers else "Not settled"


def _gaps_sentence(arms: Mapping[str, Arm], gaps: Mapping[str, Interval]) -> str:
    chosen = sorted({run.config.delta for run in arms[_BEST].runs})
    return (
        f"{_rules_against(gaps, f'the {_BEST}')}; that δ, chosen for each seed on the others, is "
        f"{' or '.join(map(str, chosen))}. "
        f"{_rules_against({rule: arms[rule].against(arms[_PAPER]) for rule in _RULES}, _PAPER)}."
    )


def _rules_against(gaps: Mapping[str, Interval], other: str) -> str:
    first, second = _RULES
    return (
        f"The {first} rule is {gap_words(gaps[first], other)}, the {second} rule "
        f"{gap_words(gaps[second], 'it')}"
    )


def _clusters_sentence(arms: Mapping[str, Arm]) -> str:
    told = [
        f"{mean_interval(last_clusters(arms[label].runs)).mean:.0f} {words}"
        for label, words in (
            (_RULES[0], f"clusters by the {_RULES[0]} rule"),
            (_RULES[1], f"by the {_RULES[1]} rule"),
            (_BEST, "with the best fixed δ"),
        )
    ]
    people = arms[_RULES[0]].runs[0].dataset["train_identities"]
    return f"For {people} people AAC ends with {listed(told)}."


def _wrong_sentence(arms: Mapping[str, Arm]) -> str:
    gaps = {rule: arms[rule].against(arms[_PAPER]) for rule in _RULES}
    if any(gap.n < 2 for gap in gaps.values()):
        return ""
    words = _rules_against(gaps, _PAPER)
    return f"With one attribute in ten wrong, t{words[1:]}."
