"""What the studies do to DBSCAN's clusters in place of, or beside, the paper's split (Eq. 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.config import Config
from aacpy.random_streams import Stream, numpy_stream
from aacpy.studies.annotations import Annotations
from aacpy.studies.arrays import numbered
from aacpy.studies.controls import split_like
from aacpy.studies.joining import merge_clusters, reattach
from aacpy.studies.rules import groups_by_rule
from aacpy.studies.splitting import groups_above, left_over, soft_groups, split_off

Labels = NDArray[np.int64]


def refine(
    config: Config, epoch: int, features: ArrayLike, before: Labels, annotations: Annotations
) -> Labels:
    """The labels of `epoch` from DBSCAN's, (n,) int64, -1 = un-clustered.

    In this order: join, split, see to what is left over, join. With every setting of the studies at
    its default this is the paper's split.

    Parameters
    ----------
    features : (n, d) float32 of the training images.
    before : (n,) int64, DBSCAN's labels.
    """
    features = np.asarray(features)
    labels = _merged(config, "before", before, features, annotations)
    groups, leaves = _leaving(config, labels, features, annotations)
    refined = split_off(labels, groups, leaves)
    loose = np.zeros(len(labels), bool)
    if config.split_by != "attributes":
        rng = numpy_stream(config.seed, Stream.LABEL, epoch)
        refined = split_like(labels, refined, features, config.split_by, rng)
    elif config.leftovers != "keep":
        loose = left_over(labels, leaves)
    if config.leftovers == "drop":
        refined, loose = numbered(np.where(loose, -1, refined)), np.zeros_like(loose)
    if config.outliers == "reattach":
        loose |= before < 0
    if loose.any():
        refined = reattach(refined, loose, annotations.codes, features)
    return _merged(config, "after", refined, features, annotations)


def attribute_labels(config: Config, annotations: Annotations) -> Labels:
    """The control's labels, (n,) int64: the attribute vectors alone; -1 where unknown.

    With a `match_distance` above 0, groups of vectors that differ in no more attributes than that
    on average.
    """
    if not config.match_distance:
        return numbered(annotations.codes)
    everything = np.zeros(len(annotations.values), np.int64)
    return numbered(soft_groups(everything, annotations.values, config.match_distance))


def with_identities(labels: Labels, annotations: Annotations) -> Labels:
    """The labels, but images of known identities have their identity as label, of its own."""
    known = annotations.identities >= 0
    own = labels.max(initial=-1) + 1 + annotations.identities
    return numbered(np.where(known, own, labels))


def _merged(
    config: Config, when: str, labels: Labels, features: NDArray[np.float32], given: Annotations
) -> Labels:
    if config.merge != when:
        return labels
    return merge_clusters(labels, given.values, features, config.merge_similarity)


def _leaving(
    config: Config, labels: Labels, features: NDArray[np.float32], given: Annotations
) -> tuple[Labels, NDArray[np.bool_]]:
    """The attribute group of each image inside its cluster, and who leaves its cluster."""
    groups = given.codes
    if config.match_distance:
        groups = soft_groups(labels, given.values, config.match_distance)
    if config.split_rule == "delta":
        return groups, groups_above(labels, groups, config.delta)
    return groups, groups_by_rule(labels, groups, features, config.split_rule)
