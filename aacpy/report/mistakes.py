"""What the baseline gets wrong and what a split does about it, from records, for pages."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from aacpy.aac import split_clusters
from aacpy.records import Record, select
from aacpy.report.comparison import (
    RUN_ALL,
    cluster_interval,
    main_runs,
    paired_difference,
    score_interval,
    true_clusters,
)
from aacpy.report.escaping import markdown_text
from aacpy.report.mixtures import ENOUGH, FEW, mixtures
from aacpy.report.pages import Pictured
from aacpy.report.reported import reported, reported_table1
from aacpy.report.sheets import contact_sheet, rank_people
from aacpy.report.shown import Shown, show, show_missing
from aacpy.report.style import method_style
from aacpy.report.words import interval_text

_BOUNDS = ("baseline", "supervised")

_KIND_SAYS = {
    "separable": f"clusters in which at least two people have {ENOUGH} images or more each",
    "strays": f"clusters in which everybody but one person has at most {FEW} images",
}


def gap_summary(records: Iterable[Record]) -> str:
    """How far the baseline stays below training on true identities, a sentence or two."""
    runs = main_runs(records)
    gap = paired_difference(runs, "supervised", "baseline")
    if not gap.n:
        return f"No seed of the baseline and its upper bound has run yet; `{RUN_ALL}` runs both."
    # Seeds that both ran, or the two means would be of different data.
    both = set.intersection(*({r.seed for r in select(runs, method=m)} for m in _BOUNDS))
    runs = [r for r in runs if r.seed in both]
    clusters = cluster_interval(runs, "baseline")
    low, high = (score_interval(runs, method).mean for method in _BOUNDS)
    about = f"{interval_text(gap)}; {gap.n} seeds, paired" if gap.n > 1 else "one seed"
    return (
        f"The baseline ends with **{clusters.mean:.0f} clusters where there are "
        f"{true_clusters(runs)} people**, and with an mAP of {low:.1f}%; the same training on the "
        f"true identities reaches {high:.1f}%, a difference of {gap.mean:.1f} points ({about})."
    )


def reported_gap() -> str:
    """The same two gaps as the paper reports them on Market-1501, a sentence."""
    clusters = reported()["clusters"]
    low, high = (reported_table1()[method] for method in _BOUNDS)
    return (
        f"On Market-1501 the paper reports about {clusters['baseline']} clusters for "
        f"{clusters['identities']} people, and {low['mean_ap']:.1f}% mAP against "
        f"{high['mean_ap']:.1f}%."
    )


def mixture_summary(run: Pictured) -> str:
    """How many clusters of a run's last epoch mix people, and how; or how to run it."""
    if run.record is None or run.dataset is None:
        return markdown_text(run.missing)
    labels, ids = _last_labels(run.record), run.dataset.train.ids
    kinds = mixtures(labels, ids)
    total = len(np.unique(labels[labels >= 0]))
    return (
        f"Of the {total} clusters that DBSCAN finds in the last epoch of the "
        f"{_label(run)} run with seed {run.record.seed}, "
        f"**{total - len(kinds.pure)} mix people**: in {len(kinds.separable)} at least two people "
        f"have {ENOUGH} images or more each, in {len(kinds.strays)} everybody but one person has "
        f"at most {FEW}, {len(kinds.between)} lie between."
    )


def mixture_sheet(run: Pictured, kind: str, *, rows: int = 5) -> Shown:
    """Clusters of one kind of `mixtures`, "separable" or "strays", in a run's last epoch."""
    if run.record is None or run.dataset is None:
        return show_missing(run.missing)
    labels, train = _last_labels(run.record), run.dataset.train
    found = len(getattr(mixtures(labels, train.ids), kind))
    figure = contact_sheet(train.paths, labels, train.ids, rows=rows, pick=kind)
    shown = f"{min(rows, found)} of {found}" if found else "None of the"
    caption = (
        f"{shown} {_KIND_SAYS[kind]}, {method_style(run.method).label}, seed {run.record.seed}, "
        "last epoch: one a row, its people in turn; dashed borders and letters from B on are "
        "others than the most frequent person."
    )
    return show(figure, alt=f"Contact sheet of clusters. {caption}", caption=caption + run.note)


def separable_summary(run: Pictured, delta: int) -> str:
    """What a split with `delta` makes of a run's separable clusters, a sentence."""
    if run.record is None or run.dataset is None:
        return markdown_text(run.missing)
    labels, ids = _last_labels(run.record), run.dataset.train.ids
    clusters = mixtures(labels, ids).separable
    if not clusters:
        return "No cluster of this run is of the first kind."
    after = split_clusters(labels, run.dataset.require_attributes(), delta)
    whole = [c for c in clusters if len(np.unique(after[labels == c])) == 1]
    pure = [c for c in clusters if _people(after, ids, labels == c) == 1]
    return (
        f"In the {_label(run)} run with seed {run.record.seed}, "
        f"{len(clusters)} of the last epoch's clusters hold at least two people with {ENOUGH} "
        f"images or more each. A split with δ = {delta} cuts {len(clusters) - len(whole)} of them, "
        f"{len(pure)} into parts of one person each. Left whole: {len(whole)}, where people do not "
        "differ in any attribute or no group is large enough."
    )


def stray_summary(run: Pictured, delta: int) -> str:
    """Where a split with `delta`, at least `FEW`, leaves the few images of other people."""
    if run.record is None or run.dataset is None:
        return markdown_text(run.missing)
    labels, ids = _last_labels(run.record), run.dataset.train.ids
    clusters = mixtures(labels, ids).strays
    if not clusters:
        return "No cluster of this run is of the second kind."
    after = split_clusters(labels, run.dataset.require_attributes(), delta)
    left = []
    for cluster in clusters:
        members = labels == cluster
        strays = members & (ids != rank_people(ids[members])[0])
        left += [int((after == label).sum()) for label in np.unique(after[strays])]
    small = sum(size <= FEW for size in left)
    verb = "is" if len(clusters) == 1 else "are"
    return (
        f"There {verb} {_clusters(len(clusters))} of this kind. After a split with δ = {delta} "
        f"their stray images are in {_clusters(len(left))}, of which {small} with at most {FEW} "
        "images: there the person who filled the cluster moved out under a new label, and the "
        "strays keep the old one."
    )


def _label(run: Pictured) -> str:
    """The method's name in a sentence."""
    return markdown_text(method_style(run.method).label)


def _clusters(n: int) -> str:
    return f"{n} cluster" if n == 1 else f"{n} clusters"


def _last_labels(record: Record) -> NDArray[np.int64]:
    """Pseudo-labels of the last epoch as DBSCAN gave them."""
    stored = record.pseudo_labels(record.config.epochs - 1)
    return stored.get("before", stored["after"])


def _people(after: NDArray[np.int64], ids: NDArray[np.int64], members: NDArray[np.bool_]) -> int:
    """The most people in one part of a cluster."""
    return max(
        len(np.unique(ids[members & (after == label)])) for label in np.unique(after[members])
    )
