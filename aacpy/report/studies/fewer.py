"""Are fewer attributes enough? The most informative ones, one alone, all but one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from aacpy.records import Record
from aacpy.report.curves import spread
from aacpy.report.markup import NONE, Cell, Table
from aacpy.report.statistics import Interval, mean_interval
from aacpy.report.studies import identity_bits
from aacpy.report.studies.arms import RUN_STUDIES, Arm, answer, arm, arms_table, where_run
from aacpy.report.studies.drawings import EMPTY, arms_figure, bar
from aacpy.report.studies.findings import Finding, gap_text, gap_words
from aacpy.report.studies.identity_bits import word
from aacpy.report.style import GROUND, drawing, hover, method_style, new_figure, plain_axes, say
from aacpy.report.words import listed, signed
from aacpy.study_settings import ATTRIBUTES

_TOPS = (2, 3, 4, 6)
_ALL = len(ATTRIBUTES)
_STUDIED = ("up_colour", "down_colour", "gender")
_HEIGHT = 280  # of the axes of `bits_figure`, CSS pixels
_STEEP = 4  # up to so many attributes the line rises, and names stand left of it
_ENOUGH = 0.9  # share of the gain that counts as all of it


@dataclass(frozen=True)
class FewerArms:
    """The arms of the study.

    Attributes
    ----------
    by_count : number of attributes -> arm of the ones that say most together; 0 = the baseline,
        12 = AAC with all.
    alone : attribute -> AAC with it alone.
    without : attribute -> AAC with all but it.
    gain : AAC's gain over the baseline on every seed that both have, points: there may be more
        than the other arms have.
    """

    by_count: dict[int, Arm]
    alone: dict[str, Arm]
    without: dict[str, Arm]
    gain: Interval

    @property
    def baseline(self) -> Arm:
        return self.by_count[0]

    @property
    def full(self) -> Arm:
        return self.by_count[_ALL]

    @property
    def every(self) -> list[Arm]:
        return [*self.by_count.values(), *self.alone.values(), *self.without.values()]

    def share(self, one: Arm) -> float:
        """Share of AAC's gain that an arm has, a ratio of mean gaps on the seeds of all three."""
        one, none, full = _on_shared_seeds(one, self.baseline, self.full)
        gain = full.against(none).mean
        return one.against(none).mean / gain if gain > 0 else math.nan

    def beyond(self, one: Arm) -> Interval:
        """MAP of an arm minus what nine tenths of AAC's gain give, points, paired by seed.

        Its interval is above zero where the ratio of the gaps is above 0.9 (Fieller 1954).
        """
        runs = (_scores(a) for a in _on_shared_seeds(one, self.baseline, self.full))
        return mean_interval(
            [s - (1 - _ENOUGH) * none - _ENOUGH * full for s, none, full in zip(*runs, strict=True)]
        )


def fewer_arms(records: Iterable[Record]) -> FewerArms:
    """The arms that `records` hold."""
    records = list(records)

    def used(text: str, label: str) -> Arm:
        return arm(records, label, method="aac", attributes_used=text)

    tops = {n: used(f"top{n}", f"the {n} that say most") for n in _TOPS}
    alone = {name: used(name, f"{word(name)} alone") for name in _STUDIED}
    without = {name: used(f"all but {name}", f"all but {word(name)}") for name in _STUDIED}
    others = [*tops.values(), *alone.values(), *without.values()]
    none = arm(records, "none (baseline)", method="baseline")
    full = used("all", f"all {_ALL}")
    by_count = {0: where_run(none, others), **tops, _ALL: where_run(full, others)}
    return FewerArms(by_count, alone, without, full.against(none))


def bits(one: Arm) -> float:
    """What an arm's attributes say about the identity, bits, mean over its seeds."""
    return mean_interval([identity_bits.bits(run) for run in one.runs]).mean


def bits_figure(records: Iterable[Record]) -> Figure:
    """MAP of each arm against AAC with all attributes, by the bits of the arm's attributes.

    Paired by seed, since seeds differ more than the arms do.
    """
    arms = fewer_arms(records)
    counts = {str(n): one for n, one in arms.by_count.items() if n}
    alone = {word(name): one for name, one in arms.alone.items()}
    without = {word(name): one for name, one in arms.without.items()}
    with drawing():
        figure = new_figure(720, _HEIGHT + 60)
        if not arms.full.runs:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(
            ax, "what the attributes say about the identity, bits", "mAP against all 12, points"
        )
        marks = [
            *_draw_arms(ax, {"baseline": arms.baseline}, arms.full, "s", "no attributes"),
            *_draw_arms(ax, alone, arms.full, "^", "one alone"),
        ]
        tops = _draw_arms(ax, counts, arms.full, "o", "those that say most together, how many")
        _draw_arms(ax, without, arms.full, "v", "all but one")
        _name_marks(ax, marks, 8)
        _name_marks(ax, [mark for mark in tops if int(mark[2]) <= _STEEP], -8)
        _name_marks(ax, [mark for mark in tops if int(mark[2]) > _STEEP], 8)
        ax.legend(frameon=False, loc="lower right", handlelength=1.5)
        ax.margins(x=0.07)
    return figure


def which_figure(records: Iterable[Record]) -> Figure:
    """MAP with one attribute alone and with all but one, gaps to all."""
    arms = fewer_arms(records)
    rows = [arms.baseline, *arms.alone.values(), arms.full, *arms.without.values()]
    return arms_figure(rows, arms.full)


def arms_in_numbers(records: Iterable[Record]) -> Table:
    """Every arm: bits, mAP, share of AAC's gain."""
    arms = fewer_arms(records)
    return arms_table(
        "fewer_attributes", arms.every, arms.full, first="attributes",
        columns=[("bits", _number_cell(bits, "{:.2f}")),
                 ("of the gain", _number_cell(lambda one: 100 * arms.share(one), "{:.0f}%"))],
        notes=["Bits: mutual information of the attributes and the identity of a training image, "
               "mean over seeds.",
               "Of the gain: the mean gap to the baseline, as a share of that of AAC with all "
               "attributes on the same seeds."],
    )  # fmt: skip


def attributes_table(records: Iterable[Record]) -> Table:
    """What each attribute says alone, and its place in the order, over AAC's seeds."""
    return identity_bits.attributes_table([run.seed for run in fewer_arms(records).full.runs])


def finding(records: Iterable[Record]) -> Finding:
    """How few attributes give nine tenths of AAC's gain, which matter, whether bits tell."""
    arms = fewer_arms(records)
    tried = {n: one for n, one in arms.by_count.items() if 0 < n < _ALL}
    said = _answer(arms, tried.values())
    enough = [
        n for n, one in tried.items()
        if (answer(arms.beyond(one)) == "Yes" if said == "Yes" else arms.share(one) >= _ENOUGH)
    ]  # fmt: skip
    count = min(enough, default=max(tried))
    sentences = [_count_sentence(arms, count, said, bool(enough)), _matter_sentence(arms),
                 _bits_sentence(arms)]  # fmt: skip
    gap = arms.by_count[count].against(arms.full)
    return Finding(
        page="fewer",
        answer=said,
        verdict=" ".join(filter(None, sentences)),
        situation="Annotating all attributes costs too much",
        advice=_advice(arms, said, count),
        evidence="not run" if said == "Not run"
        else f"{gap_text(gap)} for {count} attributes against all {_ALL}",
    )  # fmt: skip


def _answer(arms: FewerArms, tried: Iterable[Arm]) -> str:
    """Yes if some arm surely has nine tenths of the gain, no if surely none has."""
    gain = arms.gain
    answers = {answer(arms.beyond(one)) for one in tried}
    if gain.n < 2 or "Not run" in answers:
        return "Not run"
    if answer(gain) != "Yes":
        return "Not settled"
    return "Yes" if "Yes" in answers else "No" if answers == {"No"} else "Not settled"


def _count_sentence(arms: FewerArms, count: int, said: str, is_enough: bool) -> str:
    if said == "Not run":
        return f"The runs with fewer attributes are missing; `{RUN_STUDIES}` runs them."
    if answer(arms.gain) != "Yes":
        return (
            f"AAC with all {_ALL} attributes is {gap_words(arms.gain, 'the baseline')}, so there "
            "is no settled gain of which fewer could give a part."
        )
    one = arms.by_count[count]
    share = f"{100 * arms.share(one):.0f}% of AAC's gain over the baseline"
    gap = gap_words(one.against(arms.full), f"all {_ALL}")
    if is_enough:
        how = "beyond the noise of the seeds" if said == "Yes" else "on average"
        return (
            f"The {count} attributes that say most together are the fewest tried with "
            f"{100 * _ENOUGH:.0f}% of the gain or more {how}: they give {share}, {gap}."
        )
    return (
        f"No smaller set that was tried gives {100 * _ENOUGH:.0f}% of the gain; the largest, the "
        f"{count} that say most together, gives {share}, {gap}."
    )


def _matter_sentence(arms: FewerArms) -> str:
    alone = {name: one.against(arms.baseline) for name, one in arms.alone.items()}
    without = {name: one.against(arms.full) for name, one in arms.without.items()}
    if any(gap.n < 2 for gap in [*alone.values(), *without.values()]):
        return ""
    best = max(alone, key=lambda name: alone[name].mean)
    missed = min(without, key=lambda name: without[name].mean)
    is_missed = "Missed most is" if without[missed].high < 0 else "None is surely missed, not even"
    return (
        f"Alone, {word(best)} gives most: with it AAC is "
        f"{gap_words(alone[best], 'the baseline')}. {is_missed} {word(missed)}: without it AAC is "
        f"{gap_words(without[missed], f'all {_ALL}')}."
    )


def _bits_sentence(arms: FewerArms) -> str:
    every, alone = _rank_correlation(arms.every), _rank_correlation(list(arms.alone.values()))
    if every.n < 2 or alone.n < 2:
        return ""
    verdict = "Bits tell the order of mAP" if every.low > 0 else "Bits do not tell mAP"
    return (
        f"{verdict}: over all arms their rank correlation is {_correlation_text(every)}, over "
        f"single attributes {_correlation_text(alone)}."
    )


def _correlation_text(found: Interval) -> str:
    """A correlation with its interval, which ends where correlations do."""
    low, high = (signed(min(max(end, -1), 1), 2) for end in (found.low, found.high))
    return f"{found.mean:.2f} (95% interval {low} to {high})"


def _rank_correlation(arms: Sequence[Arm]) -> Interval:
    """Spearman's correlation of bits and mAP over the arms, seed by seed."""
    found = []
    for runs in zip(*(one.runs for one in _on_shared_seeds(*arms)), strict=True):
        both = np.array([(identity_bits.bits(run), run.scores["mean_ap"]) for run in runs])
        if (np.ptp(both, axis=0) > 0).all():
            found.append(float(stats.spearmanr(both).statistic))
    return mean_interval(found)


def _advice(arms: FewerArms, said: str, count: int) -> str:
    if said == "Not run":
        return "not run"
    if said == "No":
        return "annotate them all: what is left out is missed"
    if answer(arms.gain) != "Yes":
        return "not settled: with all of them AAC shows no gain"
    seeds = [run.seed for run in arms.by_count[count].runs]
    kept = identity_bits.always_among(seeds, f"top{count}")
    names = listed(kept)
    if said == "Yes":
        return f"annotate the {count} that say most together; {names} are always among them"
    return f"begin with {names}; more attributes may still help"


def _on_shared_seeds(*arms: Arm) -> list[Arm]:
    seeds = set.intersection(*({r.seed for r in one.runs} for one in arms))
    return [Arm(one.label, [r for r in one.runs if r.seed in seeds]) for one in arms]


def _scores(one: Arm) -> list[float]:
    return [100 * run.scores["mean_ap"] for run in one.runs]


def _number_cell(value: Callable[[Arm], float], form: str) -> Callable[[Arm], Cell]:
    def cell(one: Arm) -> Cell:
        found = value(one)
        return NONE if math.isnan(found) else Cell(form.format(found).replace("-", "−"))

    return cell


#: (mAP against AAC with all attributes, bits, name, colour) of what is drawn.
Mark = tuple[float, float, str, str]


def _draw_arms(ax: Axes, arms: Mapping[str, Arm], full: Arm, marker: str, kind: str) -> list[Mark]:
    """A mark for each arm that has run, name -> arm; a line joins those of the greedy order."""
    drawn = [(name, one, bits(one), one.against(full)) for name, one in arms.items()]
    drawn = [mark for mark in drawn if mark[-1].n]
    if not drawn:
        return []
    look, joined = method_style(drawn[0][1].method), marker == "o"
    x, y = [at for _, _, at, _ in drawn], [gap.mean for *_, gap in drawn]
    ax.plot(
        x, y, marker, color=look.color, ms=6, mew=1.3, lw=1.2, ls="-" if joined else "",
        mfc=look.color if marker in "so" else GROUND, label=kind, zorder=3,
    )  # fmt: skip
    for _, _, at, gap in drawn:
        bar(ax, at, gap, look.color)
    hover(ax, x, y, [f"{one.label}: {at:.2f} bits, {signed(gap.mean)} points"
                     for _, one, at, gap in drawn])  # fmt: skip
    return [(gap.mean, at, name, look.text) for name, _, at, gap in drawn]


def _name_marks(ax: Axes, marks: Sequence[Mark], beside: float) -> None:
    """Names `beside` the marks, points to the right or (below 0) left, moved apart."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    marks = sorted(marks)
    places = spread([mark[0] for mark in marks], 15 * (high - low) / _HEIGHT)
    for place, (_, at, name, color) in zip(places, marks, strict=True):
        ax.annotate(
            name, (at, place), xytext=(beside, 0), textcoords="offset points", va="center",
            ha="left" if beside > 0 else "right", color=color,
        )  # fmt: skip
