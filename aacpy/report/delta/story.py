"""What one split (Eq. 4) would make of stored clusters at each δ: no training, no kernel.

A record keeps DBSCAN's labels of its first and its last epoch, so the split of these two epochs can
be made again with any δ. What training on the new labels would lead to is another question, which
only runs answer (Table 3).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.aac import split_clusters
from aacpy.datasets import ReidDataset
from aacpy.errors import AacpyError
from aacpy.evaluation import ClusterQuality, cluster_quality
from aacpy.records import Record, select
from aacpy.report.comparison import RUN_ALL, main_runs
from aacpy.report.pictures import record_dataset
from aacpy.report.style import METHOD_STYLES

Labels = NDArray[np.int64]

#: Values of δ that the explorer offers.
DELTAS = range(21)

#: Methods whose labels come from clusters, in the order in which they are offered.
CLUSTERED = ("baseline", "aac")


@dataclass(frozen=True)
class Clustering:
    """Labels of all training images and what they are worth.

    Attributes
    ----------
    delta : the split's δ; None where nothing was split.
    labels : (n,) int64, -1 un-clustered.
    quality : agreement with the identities.
    sizes : (largest + 1,) int64, how many clusters hold 0, 1, 2, ... images.
    """

    delta: int | None
    labels: Labels
    quality: ClusterQuality
    sizes: Labels

    def smaller_than(self, images: int) -> int:
        """Clusters with fewer than `images` images."""
        return int(self.sizes[:images].sum())


def clustering(labels: ArrayLike, ids: ArrayLike, delta: int | None = None) -> Clustering:
    """Judge labels (n,), -1 = un-clustered, by the identities (n,)."""
    labels = np.asarray(labels, np.int64)
    counts = np.bincount(labels[labels >= 0])
    sizes = np.bincount(counts[counts > 0], minlength=1)
    return Clustering(delta, labels, cluster_quality(labels, ids), sizes)


def delta_story(
    labels_before: ArrayLike, attributes: ArrayLike, ids: ArrayLike, deltas: Iterable[int] = DELTAS
) -> list[Clustering]:
    """Split clusters with each δ.

    Parameters
    ----------
    labels_before : (n,) int, DBSCAN's labels; -1 is un-clustered and stays so.
    attributes : (n, a) int or bool, one vector an image.
    ids : (n,) int, true identities.
    deltas : values of δ, at least 0 each.

    Returns
    -------
    One clustering a δ, in the order given.

    Raises
    ------
    ValueError, TypeError
        As `split_clusters` and `cluster_quality` do.
    """
    story: list[Clustering] = []
    for delta in deltas:
        labels = split_clusters(labels_before, attributes, delta)
        if story and np.array_equal(labels, story[-1].labels):  # most of the largest δ
            story.append(dataclasses.replace(story[-1], delta=delta))
        else:
            story.append(clustering(labels, ids, delta))
    return story


@dataclass(frozen=True)
class Stage:
    """The stored clusters of one epoch, and their split at each δ.

    Attributes
    ----------
    name : such as "baseline, last epoch".
    before : DBSCAN's clusters.
    story : their split at each of `DELTAS`.
    reference : the baseline's clusters of the same epoch and seed, where they are others.
    """

    name: str
    before: Clustering
    story: list[Clustering]
    reference: Clustering | None = None

    def mixed(self, ids: Labels, largest: int | None = None) -> list[int]:
        """Clusters before the split, those with the most people first, then the larger first.

        Those of more than `largest` images are left out; with None all are listed.
        """
        keys = []
        for cluster in np.unique(self.before.labels[self.before.labels >= 0]):
            members = ids[self.before.labels == cluster]
            if largest is None or len(members) <= largest:
                keys.append((-len(np.unique(members)), -len(members), int(cluster)))
        return [cluster for _, _, cluster in sorted(keys)]


@dataclass(frozen=True)
class Explorable:
    """Stored clusters with their images, or the reason why there are none.

    Attributes
    ----------
    stages : at least one unless `missing` says why.
    dataset : the stages' images; None with `missing`.
    missing : a sentence, or "".
    note : what a caption must add, or "".
    """

    stages: list[Stage] = field(default_factory=list)
    dataset: ReidDataset | None = None
    missing: str = ""
    note: str = ""


def explorable(records: Iterable[Record]) -> Explorable:
    """The main comparison's clusters: baseline and AAC on the lowest seed that ran both.

    With one of the two not run, the other's lowest seed.
    """
    runs = [r for r in main_runs(records) if r.method in CLUSTERED]
    if not runs:
        return Explorable(missing=f"Not run: {RUN_ALL} fills this page.")
    seeds = sorted({r.seed for r in runs}, key=lambda s: (-len(select(runs, seed=s)), s))
    chosen = select(runs, seed=seeds[0])
    try:
        dataset = record_dataset(chosen[0])
        stages = stages_of(chosen, dataset)
    except AacpyError as error:
        return Explorable(missing=f"{error} {_elsewhere(chosen[0])}".rstrip())
    notes = []
    if dataset.fingerprint() != chosen[0].dataset["fingerprint"]:
        notes.append("These images were rendered here and are not, byte for byte, the run's.")
    for method in CLUSTERED:
        if not select(chosen, method=method):
            notes.append(f"{METHOD_STYLES[method].label}: not run; {RUN_ALL} adds it.")
    return Explorable(stages, dataset, note=" ".join(notes))


def _elsewhere(record: Record) -> str:
    """How to explore a run whose pictures only its user has; "" for a rendered benchmark."""
    if record.config.data is None:
        return ""
    preset, seed = record.config.preset_name, record.seed
    return (
        "Where they are: papermill notebooks/explorer.ipynb OUT.ipynb "
        f"-p preset {preset} -p data ROOT -p seed {seed}."
    )


def stages_of(runs: Sequence[Record], dataset: ReidDataset) -> list[Stage]:
    """The stored epochs of one or two runs on one dataset, last epochs first, equal clusters once.

    Raises
    ------
    ValueError
        If a run does not cluster.
    RecordError, DatasetError
        If labels are missing, or the attributes.
    """
    for run in runs:
        if run.method not in CLUSTERED:
            raise ValueError(f"{run.name} does not cluster; take a run of baseline or aac")
    attributes, ids = dataset.require_attributes(), dataset.train.ids
    stages = []
    for when in ("last", "first"):
        found: dict[str, Clustering] = {}
        for run in runs:
            epoch = 0 if when == "first" else run.config.epochs - 1
            found[run.method] = clustering(run.pseudo_labels(epoch)["before"], ids)
        baseline = found.get("baseline")
        same = len(found) > 1 and len({c.labels.tobytes() for c in found.values()}) == 1
        if same:  # nothing is trained before the first epoch's clustering
            found = dict(list(found.items())[:1])
        for method, before in found.items():
            label = "baseline and AAC" if same else METHOD_STYLES[method].label
            story = delta_story(before.labels, attributes, ids)
            reference = None if same or before is baseline else baseline
            stages.append(Stage(f"{label}, {when} epoch", before, story, reference))
    return stages
