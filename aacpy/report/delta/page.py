"""What the book says of the split at each δ: the explorer, a summary, contact sheets."""

from __future__ import annotations

import numpy as np

from aacpy.report.delta.fragment import CLUSTERS, LARGEST, DeltaFragment
from aacpy.report.delta.panels import TINY
from aacpy.report.delta.story import DELTAS, Explorable
from aacpy.report.escaping import markdown_text
from aacpy.report.reported import PAPER_DELTA
from aacpy.report.sheets import contact_sheet
from aacpy.report.shown import Shown, show, show_missing


def explorer(found: Explorable) -> Shown | DeltaFragment:
    """The explorer of the clusters found, or a figure that says why there are none."""
    if found.dataset is None:
        return show_missing(found.missing)
    return DeltaFragment(found.stages, found.dataset)


def summary(found: Explorable) -> str:
    """What the split does to the first stage at the paper's δ, and at the ends of the scale."""
    if found.dataset is None:
        return markdown_text(found.missing)
    stage = found.stages[0]
    before, split = stage.before, stage.story[DELTAS.index(PAPER_DELTA)]
    low, high = stage.story[0], stage.story[-1]
    return (
        f"{stage.name[0].upper()}{stage.name[1:]}: δ = {PAPER_DELTA} makes **"
        f"{split.quality.n_clusters} clusters** of {before.quality.n_clusters}, for "
        f"{_people(found)} people, and purity goes from {100 * before.quality.purity:.0f}% to "
        f"**{100 * split.quality.purity:.0f}%**. With δ = {low.delta} there are "
        f"{low.quality.n_clusters}, {low.smaller_than(TINY)} of them with fewer than {TINY} "
        f"images; with δ = {high.delta} there are {high.quality.n_clusters}."
    )


def legend(found: Explorable) -> str:
    """How to read the explorer, and what must be known of its images."""
    return (
        "Blue is without a split, orange with it; the dotted line is the number of people. Purity "
        "is the share of clustered images that show their cluster's most frequent person; ARI and "
        "AMI, the adjusted Rand index and mutual information, are 1 where clusters are the people. "
        f"To open there are the {CLUSTERS} clusters with the most people, of those with at most "
        f"{LARGEST} images. Borders and letters are true identities, which AAC never sees: solid "
        f"and A for a cluster's most frequent person, dashed for others. {found.note}"
    ).rstrip()


def limits(found: Explorable) -> str:
    """What no δ can do to these people, and what no δ does, from their attribute vectors."""
    if found.dataset is None:
        return markdown_text(found.missing)
    train, attributes = found.dataset.train, found.dataset.require_attributes()
    people, vectors = _people(found), len(np.unique(attributes, axis=0))
    text = f"The {people} people have {vectors} different attribute vectors"
    if vectors < people:
        text += ", so some share theirs and no δ tells them apart"
    if len(np.unique(np.column_stack([train.ids, attributes]), axis=0)) == people:
        text += (
            ". All images of a person carry one vector, so a split never parts a person's images "
            "within a cluster"
        )
    text += "."
    low, high = (found.stages[0].story[i].smaller_than(TINY) for i in (0, -1))
    if low > high:
        text += (
            f" What a small δ costs is tiny clusters: {low} of fewer than {TINY} images with δ = "
            f"{DELTAS[0]}, {high} with δ = {DELTAS[-1]} ({found.stages[0].name})."
        )
    images = np.unique(train.ids, return_counts=True)[1]
    if images.max() <= DELTAS[-1]:
        text += (
            f" No person has more than {images.max()} images, so from δ = {images.max()} on only "
            "people who share a vector can leave a cluster, together."
        )
    return text


def sheet(found: Explorable, delta: int, *, rows: int = 3) -> Shown:
    """Contact sheet of the clusters that a split at `delta` leaves most mixed, first epoch."""
    if found.dataset is None:
        return show_missing(found.missing)
    stage, train = found.stages[-1], found.dataset.train
    labels = stage.story[DELTAS.index(delta)].labels
    mixed = [c for c in range(labels.max() + 1) if len(np.unique(train.ids[labels == c])) > 1]
    caption = (
        f"δ = {delta}, {stage.name}: {len(mixed)} of {labels.max() + 1} clusters hold more than "
        "one person; these are the most mixed."
    )
    figure = contact_sheet(train.paths, labels, train.ids, rows=rows, pick="mixed")
    return show(figure, alt=f"Contact sheet, a cluster a row. {caption}", caption=caption)


def _people(found: Explorable) -> int:
    return 0 if found.dataset is None else len(np.unique(found.dataset.train.ids))
