"""What the records say: means over seeds with their intervals, paired differences, the verdict.

Scores are in per cent here (records keep them in [0, 1]); a difference is in points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from aacpy.config import METHODS
from aacpy.records import Record, select
from aacpy.report.cells import benchmark_words, cell_runs, frame, last_clusters, shown_runs
from aacpy.report.escaping import markdown_text
from aacpy.report.statistics import Interval, mean_interval, paired
from aacpy.report.words import interval_text, signed

#: What fills every cell of the main comparison.
RUN_ALL = "make reproduce"


def main_runs(records: Iterable[Record]) -> list[Record]:
    """The runs of the main comparison: those of `shown_runs` with no setting overridden.

    Raises
    ------
    RecordError
        If two of them are the same run: a mean must not count it twice.
    """
    runs = [r for r in shown_runs(records) if not frame(r.config)]
    return [r for method in METHODS for r in cell_runs(runs, method=method)]


def score_interval(records: Iterable[Record], method: str, score: str = "mean_ap") -> Interval:
    """Last epoch's `score` of `method`, per cent, over the seeds of the main comparison."""
    return mean_interval([100 * r.scores[score] for r in select(main_runs(records), method=method)])


def cluster_interval(records: Iterable[Record], method: str) -> Interval:
    """Clusters trained on in the last epoch, over the seeds of the main comparison."""
    runs = select(main_runs(records), method=method)
    return mean_interval(last_clusters(runs))


def true_clusters(records: Iterable[Record]) -> int | None:
    """Identities in the training split of the main comparison; None without records."""
    counts = {int(r.dataset["train_identities"]) for r in main_runs(records)}
    return max(counts) if counts else None


def paired_difference(
    records: Iterable[Record], a: str, b: str, score: str = "mean_ap"
) -> Interval:
    """Mean of `score` of method `a` minus that of `b`, points, paired by seed.

    Only seeds that both methods ran count. A seed draws data and initialisation, so its
    difference is free of what the two runs share.

    Raises
    ------
    RecordError
        If the two runs of a seed used different data.
    """
    runs = main_runs(records)
    return paired(select(runs, method=a), select(runs, method=b), score)


@dataclass(frozen=True)
class Verdict:
    """What the main comparison concludes, in words computed from its numbers.

    Attributes
    ----------
    answer : "Yes", "No", "Not settled" or "Not run".
    gain : AAC minus baseline, a sentence.
    control : where the attributes-only control falls, a sentence.
    clusters : how many clusters were found, a sentence.
    """

    answer: str
    gain: str
    control: str
    clusters: str

    def __str__(self) -> str:
        return " ".join(s for s in (f"{self.answer}.", self.gain, self.control, self.clusters) if s)


def verdict(records: Iterable[Record]) -> Verdict:
    """Does AAC beat its baseline, and what does the control say of the reason?"""
    runs = main_runs(records)
    gain = paired_difference(runs, "aac", "baseline")
    if gain.n < 2:
        found = f"{gain.n} of at least 2 seeds" if gain.n else "No seed"
        text = f"{found} of AAC and its baseline ran; `{RUN_ALL}` runs the comparison."
        return Verdict("Not run", text, "", "")
    if gain.low > 0:
        answer, verb = "Yes", f"raises mAP by {gain.mean:.1f} points"
    elif gain.high < 0:
        answer, verb = "No", f"lowers mAP by {-gain.mean:.1f} points"
    else:
        answer, verb = "Not settled", f"changes mAP by {signed(gain.mean)} points"
    return Verdict(
        answer,
        f"On {markdown_text(benchmark_words(runs))} AAC {verb} against its baseline "
        f"({interval_text(gain)}; {gain.n} seeds, paired).",
        _control_sentence(runs),
        _cluster_sentence(runs),
    )


def _control_sentence(runs: list[Record]) -> str:
    control = paired_difference(runs, "attributes", "aac")
    if control.n < 2:
        return "The attributes-only control has not run, so the gain's source is open."
    about = f"{abs(control.mean):.1f} points"
    if control.low > 0:
        return (
            f"The attribute labels alone, without any clustering, do better still: {about} above "
            f"AAC ({interval_text(control)}), so the gain shows what the labels are worth rather "
            "than the clustering."
        )
    if control.high < 0:
        return (
            f"The attribute labels alone, without any clustering, stay {about} below AAC "
            f"({interval_text(control)}), so clustering adds something to them."
        )
    return (
        "The attribute labels alone, without any clustering, cannot be told from AAC "
        f"({signed(control.mean)} points; {interval_text(control)}), so the gain is no evidence "
        "for the clustering itself."
    )


def _cluster_sentence(runs: list[Record]) -> str:
    true, parts = true_clusters(runs), []
    for method, label in (("baseline", "the baseline trains on"), ("aac", "AAC on")):
        count = cluster_interval(runs, method)
        if count.n:
            parts.append(f"{label} {count.mean:.0f}")
    if not parts:
        return ""
    return f"In the last epoch {' and '.join(parts)} clusters; there are {true} identities."


def ordering(records: Iterable[Record]) -> list[tuple[str, str, Interval]]:
    """Every pair of methods that ran: (higher, lower, paired difference in mAP points)."""
    runs = main_runs(records)
    pairs = []
    for a, b in combinations(("baseline", "aac", "attributes", "supervised"), 2):
        difference = paired_difference(runs, b, a)
        if difference.n == 0:
            continue
        if difference.mean < 0:
            a, b = b, a
            difference = paired_difference(runs, b, a)
        pairs.append((b, a, difference))
    return pairs
