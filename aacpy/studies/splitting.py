"""Splitting by attributes that are unknown for some samples, or that may differ a little."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from aacpy.aac import vector_codes
from aacpy.studies.arrays import Floats, Ints, Mask, checked_ints, checked_mask, numbered

_MOST = 2000  # samples of a cluster that are linked; more are thinned, see `soft_groups`
_APART = 1e-6  # added between distinct vectors, so that equal ones join first
_ROUNDING = 1e-9  # of an average


def split_groups(labels: ArrayLike, groups: ArrayLike, delta: int) -> Ints:
    """Split every cluster by one attribute code, unknown for some samples (Eq. 4).

    Inside a cluster, each group of samples with the same known code and *strictly more* than
    `delta` members becomes a cluster of its own; the other samples stay together.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample.
    groups : (n,) int
        Codes; -1 where the attributes are unknown, which never splits off.
    delta : int
        At least 0.

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps, -1 where `labels` is -1, numbered as by
        `aacpy.aac.split_clusters`: where every code is known, the result is the same.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.

    Examples
    --------
    >>> split_groups([0, 0, 0, 0, 0, -1], [5, 5, 5, 6, -1, 5], delta=2).tolist()
    [1, 1, 1, 0, 0, -1]
    """
    return split_off(labels, groups, groups_above(labels, groups, delta))


def groups_above(labels: ArrayLike, groups: ArrayLike, delta: int) -> Mask:
    """The samples that `split_groups` splits off: (n,) bool. Parameters as there."""
    labels = checked_ints("labels", labels)
    groups = checked_ints("groups", groups, n=len(labels))
    if isinstance(delta, bool) or not isinstance(delta, int | np.integer) or delta < 0:
        raise ValueError(f"delta must be an integer of at least 0, not {delta!r}")
    leaves = (labels >= 0) & (groups >= 0)
    group_of = numbered(np.where(leaves, labels, -1), groups)[leaves]
    leaves[leaves] = np.bincount(group_of)[group_of] > delta
    return leaves


def split_off(labels: ArrayLike, groups: ArrayLike, leaves: ArrayLike) -> Ints:
    """Make a cluster of each cluster's samples that leave it with one code: (n,) int64.

    Parameters
    ----------
    labels, groups : (n,) int
        As of `split_groups`, which also says how the result is numbered.
    leaves : (n,) bool
        The samples that split off; those of one cluster that do not leave stay together.
    """
    labels = checked_ints("labels", labels)
    groups = checked_ints("groups", groups, n=len(labels))
    leaves = checked_mask("leaves", leaves, n=len(labels))
    return numbered(labels, np.where(leaves, groups + 1, 0))


def left_over(labels: ArrayLike, leaves: ArrayLike) -> Mask:
    """The samples that others split off from: (n,) bool.

    True for a sample that stays while another of its cluster leaves. False for every sample of a
    cluster that does not split, for those that leave, and for un-clustered ones. It takes who
    leaves, not the new labels, which do not tell a remainder of one code from a group.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels before the split; -1 marks an un-clustered sample.
    leaves : (n,) bool
        Of `groups_above` or `aacpy.studies.rules.groups_by_rule`.
    """
    labels = checked_ints("labels", labels)
    leaves = checked_mask("leaves", leaves, n=len(labels))
    splits = np.isin(labels, labels[leaves])
    return np.asarray((labels >= 0) & ~leaves & splits)


def soft_groups(labels: ArrayLike, values: ArrayLike, distance: float) -> Ints:
    """Group the samples of each cluster whose attributes nearly agree.

    Average linkage (UPGMA; Sokal and Michener 1958) of the number of differing attributes, cut
    where the average exceeds `distance`.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample.
    values : (n, u) int
        Attribute values; -1 = unknown. A pair's differing attributes are counted over those known
        of both and scaled up to u; a pair without one is u apart.
    distance : float
        At least 0, in attributes. With 0 and every value known the groups are the distinct vectors.

    Returns
    -------
    (n,) int64
        Codes that are distinct inside a cluster, not between clusters; -1 for a sample whose every
        value is unknown, and where `labels` is -1. They do not depend on the samples' order.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.

    Notes
    -----
    Equal vectors are at distance 0 and join first, so that a vector weighs as often as it occurs.
    In a cluster of more than 2,000 samples each distinct vector is instead taken in proportion,
    rounded, and at least once, which bounds the O(n²) time and memory of a linkage unless the
    vectors themselves are more.
    """
    labels = checked_ints("labels", labels)
    values = checked_ints("values", values, n=len(labels), ndim=2)
    if not distance >= 0:
        raise ValueError(f"distance must be at least 0, not {distance!r}")
    groups = np.full(len(labels), -1, np.int64)
    (kept,) = np.nonzero((labels >= 0) & (values >= 0).any(axis=1))
    vectors = vector_codes(values[kept])
    order = np.lexsort((vectors, labels[kept]))
    starts = np.nonzero(np.diff(labels[kept[order]]))[0] + 1
    for members in np.split(order, starts) if len(order) else ():
        _, first, row_of, counts = np.unique(
            vectors[members], return_index=True, return_inverse=True, return_counts=True
        )
        rows = values[kept[members[first]]]
        groups[kept[members]] = _linked(rows, counts, distance)[row_of]
    return groups


def _linked(rows: Ints, counts: Ints, distance: float) -> Ints:
    """The groups of m distinct rows that occur `counts` times: (m, u) and (m,) -> (m,)."""
    if len(rows) == 1:
        return np.zeros(1, np.int64)
    share = min(1.0, _MOST / counts.sum())
    copies = np.maximum(1, np.rint(counts * share).astype(np.int64))
    row_of = np.repeat(np.arange(len(rows)), copies)
    apart = _differences(rows) + _APART
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart[np.ix_(row_of, row_of)], checks=False), method="average")
    groups = fcluster(tree, distance + _APART + _ROUNDING, criterion="distance")
    return np.asarray(groups[np.cumsum(copies) - 1] - 1, np.int64)


def _differences(rows: Ints) -> Floats:
    """Differing attributes of each pair of rows, scaled up from the known ones: (m, m)."""
    m, n_values = rows.shape
    differing, known = np.zeros((m, m)), np.zeros((m, m))
    for column in rows.T:
        both = (column >= 0)[:, None] & (column >= 0)
        known += both
        differing += both & (column[:, None] != column)
    return np.where(known, differing * n_values / np.maximum(known, 1), float(n_values))
