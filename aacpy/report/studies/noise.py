"""Does AAC withstand wrong and missing attributes? By image or identity, matched exactly or softly.

Doses are per cent: of each attribute's values that are wrong, of identities that are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.markup import Table
from aacpy.report.statistics import Interval, mean_interval, trend
from aacpy.report.studies.arms import (
    RUN_STUDIES,
    Arm,
    answer,
    arm,
    arms_table,
    index,
    share,
    where_run,
    whole_answer,
)
from aacpy.report.studies.drawings import dose_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words, gaps_words
from aacpy.report.words import interval_text, listed, signed
from aacpy.study_settings import ATTRIBUTES

#: Chosen on development seeds 100 and 101 from 0 to 7, by the clusters' agreement with identities.
SOFT_DISTANCE = 3

#: Advice where the seeds do not say whether AAC gains.
UNSETTLED = "not settled: compare with no split on your own data"

#: Kind of arm -> its settings, per cent of wrong values.
_ERRORS: Mapping[str, tuple[Mapping[str, Any], tuple[int, ...]]] = {
    "AAC": ({"method": "aac"}, (5, 10, 30)),
    "AAC, soft": ({"method": "aac", "match_distance": SOFT_DISTANCE}, (5, 10, 30)),
    "AAC, errors per identity": ({"method": "aac", "error_unit": "identity"}, (10, 30)),
    "attributes only": ({"method": "attributes"}, (10,)),
    "attributes only, soft": ({"method": "attributes", "match_distance": SOFT_DISTANCE}, (10,)),
}
#: Kind of arm -> its method, per cent of identities without attributes.
_MISSING = {"AAC": ("aac", (25, 50, 75)), "attributes only": ("attributes", (50,))}

_RIGHT = ("all right", share("attributes_right"))
_RIGHT_NOTE = (
    f"All right: share of images whose {len(ATTRIBUTES)} attributes are all known and right; "
    "– where the arm is given the true ones, or none."
)
_SIZE = (540.0, 290.0)

Arms = dict[str, dict[int, Arm]]


def error_arms(records: Iterable[Record]) -> Arms:
    """Arms with wrong values, by kind and by the share that is wrong."""
    records = list(records)
    return {
        kind: {
            rate: arm(records, f"{kind}, {rate}% wrong", attribute_error=rate / 100, **settings)
            for rate in rates
        }
        for kind, (settings, rates) in _ERRORS.items()
    }


def missing_arms(records: Iterable[Record]) -> Arms:
    """Arms to which some identities' attributes are unknown, by kind and by their share."""
    records = list(records)
    return {
        kind: {
            hidden: arm(
                records, f"{kind}, {hidden}% hidden",
                method=method, attributes_missing=hidden / 100,
            )
            for hidden in shares
        }
        for kind, (method, shares) in _MISSING.items()
    }  # fmt: skip


def untouched_arms(records: Iterable[Record]) -> dict[str, Arm]:
    """Baseline, AAC and the control with the true attributes, on the seeds of the study."""
    records = list(records)
    others = [one for arms in (error_arms(records), missing_arms(records)) for one in _all(arms)]
    named = {"baseline": "baseline", "AAC": "aac", "attributes only": "attributes"}
    return {
        label: where_run(arm(records, label, method=method), others)
        for label, method in named.items()
    }


def error_figure(records: Iterable[Record]) -> Figure:
    """MAP by the share of wrong values."""
    records = list(records)
    untouched, lines = untouched_arms(records), error_arms(records)
    del lines["attributes only, soft"]  # a single point
    for kind in ("AAC", "AAC, errors per identity", "attributes only"):
        lines[kind] = {0: untouched[kind.split(",")[0]]} | lines[kind]
    return _figure(lines, "wrong values of each attribute, %", untouched["baseline"])


def missing_figure(records: Iterable[Record]) -> Figure:
    """MAP by the share of identities without attributes."""
    records = list(records)
    untouched = untouched_arms(records)
    lines = {k: {0: untouched[k]} | line for k, line in missing_arms(records).items()}
    return _figure(lines, "identities without attributes, %", untouched["baseline"])


def error_table(records: Iterable[Record]) -> Table:
    """Every arm with wrong values in numbers."""
    return _table("noise_errors", records, error_arms(records))


def missing_table(records: Iterable[Record]) -> Table:
    """Every arm with missing attributes in numbers."""
    return _table("noise_missing", records, missing_arms(records))


def findings(records: Iterable[Record]) -> list[Finding]:
    """Errors per image, which is the page's headline, errors per identity, missing attributes."""
    records = list(records)
    return [_image_errors(records), _identity_errors(records), _hidden(records)]


def finding(records: Iterable[Record]) -> Finding:
    """Whether AAC stays above the baseline with wrong values, and with missing ones."""
    return findings(records)[0]


def right_words(records: Iterable[Record]) -> str:
    """How few images have every attribute right, and how little is left to split off."""
    exact = error_arms(records)["AAC"]
    right = {rate: one.last("attributes_right") for rate, one in exact.items()}
    parts = [f"{100 * found.mean:.0f}% at {rate}%" for rate, found in right.items() if found.n]
    more = {rate: _made(one) for rate, one in exact.items()}
    clusters = [f"{found.mean:.0f} at {rate}%" for rate, found in more.items() if found.n]
    if not parts:
        return "Not run: how many images keep all attributes right is not known yet."
    return (
        f"With {len(ATTRIBUTES)} attributes that err independently, few images keep them all "
        f"right: {listed(parts)} of wrong values. AAC compares whole vectors, so that one wrong "
        "value sets an image apart, and groups of more than δ images get rare: in the last epoch "
        f"the split adds on average {listed(clusters)} clusters."
    )


def _made(one: Arm) -> Interval:
    """The clusters that the split added in the last epoch."""
    pairs = [(r.series["clusters"][-1], r.series["clusters_before"][-1]) for r in one.runs]
    return mean_interval([float(after or 0) - float(before or 0) for after, before in pairs])


def soft_words(records: Iterable[Record]) -> str:
    """Whether vectors that nearly agree should count as one."""
    records = list(records)
    lines = error_arms(records)
    exact, soft = lines["AAC"], lines["AAC, soft"]
    gaps = {rate: soft[rate].against(exact[rate]) for rate in exact}
    said = whole_answer(gaps.values())
    if not gaps_words(gaps, ""):
        return f"**Not run.** `{RUN_STUDIES}` runs both ways to match."
    return (
        f"**{said}.** Matched softly, AAC is {gaps_words(gaps, 'AAC matched exactly')}. "
        f"{_agreement(exact, soft)}{_SOFT_PLACE[said]}"
    )


#: Answer to "soft matching is above exact matching" -> what becomes of it.
_SOFT_PLACE = {
    "Yes": "It wins at every rate, which earns it a place in `split_clusters`.",
    "No": "It loses at every rate, so `split_clusters` goes on comparing vectors exactly.",
    "It depends": "It does not win at every rate, so `split_clusters` goes on comparing vectors "
    "exactly.",
    "Not settled": "That is no clear gain, so `split_clusters` goes on comparing vectors exactly.",
    "Not run": "Not every rate has run, so nothing follows yet.",
}  # fmt: skip


def _agreement(exact: Mapping[int, Arm], soft: Mapping[int, Arm]) -> str:
    """The adjusted Rand index of both, which a distance was chosen by, at the middle rate."""
    mine, other = soft[10], exact[10]
    values = [one.first("ari").mean for one in (mine, other)]
    values += [one.last("ari").mean for one in (mine, other)]
    if not (mine.runs and other.runs):
        return ""
    texts = [f"{v:.2f}" for v in values]
    return (
        "With 10% of the values wrong, the clusters' adjusted Rand index with the identities is "
        f"{texts[0]} softly and {texts[1]} exactly in the first epoch, {texts[2]} and {texts[3]} "
        "in the last. "
    )


def cost_words(records: Iterable[Record]) -> str:
    """What wrong values cost: against AAC with the true attributes, and the control's fate."""
    records = list(records)
    untouched, lines = untouched_arms(records), error_arms(records)
    right, exact = untouched["AAC"], lines["AAC"]
    gained = right.against(untouched["baseline"])
    words = gaps_words({r: one.against(right) for r, one in exact.items()}, "that")
    control = exact[10].against(lines["attributes only"][10])
    if not words or gained.n < 2:
        return "What wrong values cost has not run."
    text = (
        f"On these seeds AAC with the true attributes is {gap_words(gained, 'the baseline')}. "
        f"With wrong values image by image it is {words}."
    )
    if control.n > 1:
        text += (
            " The control, which has nothing but the attributes, gets "
            f"{lines['attributes only'][10].score.mean:.1f}% mAP with 10% wrong, and AAC is "
            f"{gap_words(control, 'it')}."
        )
    return text


def hidden_words(records: Iterable[Record]) -> str:
    """What a quarter of the identities without attributes costs, and the control beside AAC."""
    records = list(records)
    untouched, lines = untouched_arms(records), missing_arms(records)
    groups = {0: untouched["AAC"].runs}
    groups |= {hidden // 25: one.runs for hidden, one in lines["AAC"].items()}
    slope = trend(groups).slope
    control = lines["AAC"][50].against(lines["attributes only"][50])
    parts = []
    if slope.n > 1:
        parts.append(
            f"Each quarter of the people that is hidden costs {-slope.mean:.1f} points "
            f"({interval_text(_negated(slope))})."
            if slope.high < 0
            else f"Each quarter that is hidden changes mAP by {signed(slope.mean)} points "
            f"({interval_text(slope)}), no cost that these seeds could show."
        )
    if control.n > 1:
        parts.append(
            f"With half hidden, AAC is {gap_words(control, 'attributes only')}, which trains on "
            "the other half alone."
        )
    return " ".join(parts) or "What a hidden quarter costs has not run."


def _image_errors(records: list[Record]) -> Finding:
    arms, missing = error_arms(records), missing_arms(records)["AAC"]
    baseline = untouched_arms(records)["baseline"]
    gaps = _gaps(arms["AAC"], baseline)
    hidden = _gaps(missing, baseline)
    won = {r: arms["AAC, soft"][r].against(one) for r, one in arms["AAC"].items()}
    wins = whole_answer(won.values()) == "Yes"
    best = _gaps(arms["AAC, soft"], baseline) if wins else gaps
    name = "AAC, matched softly," if wins else "AAC"
    return Finding(
        page="noise",
        answer=whole_answer([*gaps.values(), *hidden.values()]),
        verdict=f"{_sentence('Values that are wrong image by image', gaps)} "
        f"{_sentence('Attributes that are unknown for a part of the people', hidden)}",
        situation="Each image is annotated by itself, with errors",
        advice=_advice(
            best, "if at most {}% of an attribute's values are wrong",
            "split, matching softly," if wins else "split",
        ),
        evidence=f"{gap_text(best[10])} for {name} against the baseline with 10% wrong",
    )  # fmt: skip


def _identity_errors(records: list[Record]) -> Finding:
    lines, untouched = error_arms(records), untouched_arms(records)
    shared, single = lines["AAC, errors per identity"], lines["AAC"]
    less_harm = {rate: one.against(single[rate]) for rate, one in shared.items()}
    cost = {rate: one.against(untouched["AAC"]) for rate, one in shared.items()}
    gaps = _gaps(shared, untouched["baseline"])
    less = gaps_words(less_harm, "AAC with as many errors image by image")
    costs = gaps_words(cost, "AAC with the true attributes")
    return Finding(
        page="noise",
        answer=whole_answer(less_harm.values()),
        verdict=f"With errors per identity AAC is {less}. It is {costs}."
        if less and costs
        else f"Errors per identity have not run; `{RUN_STUDIES}` runs them.",
        situation="One annotation per person, some wrong",
        advice=_advice(gaps, "if at most {}% of an attribute's values are wrong"),
        evidence=f"{gap_text(gaps[30])} for AAC against the baseline with 30% wrong",
    )


def _hidden(records: list[Record]) -> Finding:
    gaps = _gaps(missing_arms(records)["AAC"], untouched_arms(records)["baseline"])
    return Finding(
        page="noise",
        answer=whole_answer(gaps.values()),
        verdict=_sentence("Attributes that are unknown for a part of the people", gaps)
        + f" {hidden_words(records)}",
        situation="Attributes for a part of the people only",
        advice=_advice(gaps, "if at most {}% of the people have none"),
        evidence=f"{gap_text(gaps[50])} for AAC against the baseline with half of them hidden",
    )


def _gaps(arms: Mapping[int, Arm], baseline: Arm) -> dict[int, Interval]:
    return {dose: one.against(baseline) for dose, one in arms.items()}


def settled_until(gaps: Mapping[int, Interval]) -> int | None:
    """The largest dose up to which every gap is above zero; None if the least one's is not."""
    found = None
    for dose, gap in sorted(gaps.items()):
        if answer(gap) != "Yes":
            break
        found = dose
    return found


def _sentence(what: str, gaps: Mapping[int, Interval]) -> str:
    """What errors of a kind leave of AAC's gain, and up to which dose a gain is settled."""
    words, last = gaps_words(gaps, "the baseline"), settled_until(gaps)
    if not words:
        return f"{what}: not run; `{RUN_STUDIES}` runs them."
    reach = "no gain is settled" if last is None else f"a gain is settled up to {last}%"
    if last is not None and last == max(gaps):
        reach += ", the most that was tried"
    return f"{what} leave AAC {words}; {reach}."


def _advice(gaps: Mapping[int, Interval], condition: str, split: str = "split") -> str:
    """What to do, of the gaps of AAC against the baseline by dose."""
    answers = {answer(gap) for gap in gaps.values()}
    last = settled_until(gaps)
    if last is not None:
        return f"{split} {condition.format(last)}"
    if "Not run" in answers:
        return "not run"
    return "do not split" if answers == {"No"} else UNSETTLED


def _negated(gap: Interval) -> Interval:
    return Interval(-gap.mean, gap.half_width, gap.n, gap.error)


def _all(arms: Arms) -> list[Arm]:
    return [one for line in arms.values() for one in line.values()]


def _figure(lines: Arms, x: str, baseline: Arm) -> Figure:
    drawn = {name: {float(d): one for d, one in line.items()} for name, line in lines.items()}
    return dose_figure(drawn, x, levels=[("baseline", baseline)], size=_SIZE)


def _table(name: str, records: Iterable[Record], arms: Arms) -> Table:
    untouched = untouched_arms(records)
    return arms_table(
        name, [*untouched.values(), *_all(arms)], untouched["baseline"],
        columns=[_RIGHT, ("purity", share("purity")), ("ARI", index("ari"))],
        notes=[_RIGHT_NOTE],
    )  # fmt: skip
