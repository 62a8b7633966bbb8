"""Which attribute groups split off, decided by the features in place of the threshold delta."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from aacpy.studies.arrays import (
    Floats,
    Ints,
    Mask,
    checked_ints,
    numbered,
    sums_by,
    unit_rows,
)
from aacpy.studies.splitting import split_off

RULES = ("silhouette", "description")

_ROUNDING = 1e-9  # of distances and squares of rows of unit length


def split_by_rule(labels: ArrayLike, groups: ArrayLike, features: ArrayLike, rule: str) -> Ints:
    """Split every cluster by one attribute code where the features agree.

    Neither rule has a parameter. Each group of a cluster is judged against all the others of the
    cluster as it was, whatever happens to its other groups. A group of fewer than two samples, or
    with fewer than two others, has no spread to judge and stays.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample.
    groups : (n,) int
        Codes; -1 where the attributes are unknown, which never splits off.
    features : (n, d) float
        Rows of any length; only their directions matter.
    rule : str
        "silhouette": a group splits off when the mean silhouette coefficient of its members
        (Rousseeuw 1987; cosine distance, the group against the others) is positive.

        "description": a group splits off when two spherical Gaussians of one variance describe the
        cluster, group and others, better than one by the Bayesian information criterion of X-means
        (Pelleg and Moore 2000). See the notes.

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps, -1 where `labels` is -1, numbered as by
        `aacpy.studies.splitting.split_groups`.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.

    Notes
    -----
    The criterion counts m coordinates a centre, and m coordinates that share a sample's squared
    distance to it. With m = d they would count as independent what is not: features of n images
    have rank n at most, and few directions hold most of their variance. Here m is the
    participation ratio (tr S)² / tr S² of S, the covariance around the centres of the clusters'
    groups, pooled: the dimension in which a spherical Gaussian's squared distances have the mean
    and variance of this one's (Satterthwaite 1946). It is at most the rank, and the same for all
    clusters. Around the clusters' centres it would shrink with what the groups differ in.

    O(n·d·min(n, d)) time for m, O(n·d) for the rest.
    """
    return split_off(labels, groups, groups_by_rule(labels, groups, features, rule))


def groups_by_rule(labels: ArrayLike, groups: ArrayLike, features: ArrayLike, rule: str) -> Mask:
    """The samples that `split_by_rule` splits off: (n,) bool. Parameters as there."""
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {rule!r}")
    labels = checked_ints("labels", labels)
    groups = checked_ints("groups", groups, n=len(labels))
    if not len(labels):
        return np.zeros(0, np.bool_)
    parts = _parts(labels, groups, unit_rows(features, len(labels)))
    judged = (parts.sizes >= 2) & (parts.others >= 2)
    better = (_silhouette(parts) > _ROUNDING) if rule == "silhouette" else _shorter(parts)
    leaves = np.append(judged & better, False)  # the last for samples of no group
    return np.asarray(leaves[parts.group_of])


@dataclass(frozen=True)
class _Parts:
    """The g groups of known attributes in c clusters, and the unit rows that they are made of."""

    rows: Floats  # (n, d)
    cluster_of: Ints  # (n,), -1 for un-clustered
    group_of: Ints  # (n,), -1 for a sample of no group
    cluster: Ints  # (g,) of each group
    cluster_sums: Floats  # (c, d)
    cluster_sizes: Ints  # (c,)
    sums: Floats  # (g, d)
    sizes: Ints  # (g,)

    @property
    def others(self) -> Ints:
        """Samples of the group's cluster that are not in the group, (g,)."""
        return np.asarray(self.cluster_sizes[self.cluster] - self.sizes)

    @property
    def sums_of_others(self) -> Floats:
        return np.asarray(self.cluster_sums[self.cluster] - self.sums)


def _parts(labels: Ints, groups: Ints, rows: Floats) -> _Parts:
    cluster_of = numbered(labels)
    group_of = numbered(np.where(groups >= 0, labels, -1), groups)
    sizes = np.bincount(group_of[group_of >= 0])
    cluster_sizes = np.bincount(cluster_of[cluster_of >= 0])
    cluster = np.zeros(len(sizes), np.int64)
    cluster[group_of[group_of >= 0]] = cluster_of[group_of >= 0]
    return _Parts(
        rows, cluster_of, group_of, cluster,
        sums_by(cluster_of, rows, len(cluster_sizes)), cluster_sizes,
        sums_by(group_of, rows, len(sizes)), sizes,
    )  # fmt: skip


def _silhouette(parts: _Parts) -> Floats:
    """Mean silhouette coefficient of each group's members, (g,).

    Sums of rows give mean cosines without the cosine of any pair.
    """
    (members,) = np.nonzero(parts.group_of >= 0)
    groups, rows = parts.group_of[members], parts.rows[members]
    to_own = np.einsum("nd,nd->n", rows, parts.sums[groups])
    to_own -= np.einsum("nd,nd->n", rows, rows)
    to_others = np.einsum("nd,nd->n", rows, parts.sums_of_others[groups])
    within = 1 - to_own / np.maximum(parts.sizes[groups] - 1, 1)
    between = 1 - to_others / np.maximum(parts.others[groups], 1)
    larger = np.maximum(within, between)
    defined = larger > _ROUNDING  # 0 where all distances are 0
    coefficient = np.where(defined, (between - within) / np.where(defined, larger, 1.0), 0.0)
    return np.bincount(groups, coefficient, len(parts.sizes)) / parts.sizes


def _shorter(parts: _Parts) -> Mask:
    """Whether two Gaussians describe the cluster better than one, group by group, (g,)."""
    dimension = _effective_dimension(parts)
    total = parts.cluster_sizes[parts.cluster]
    squares = np.einsum("nd,nd->n", parts.rows, parts.rows)  # 1, but 0 for a row of zeros
    kept = parts.cluster_of >= 0
    norms = np.bincount(parts.cluster_of[kept], squares[kept])[parts.cluster]

    def explained(sums: Floats, sizes: Ints) -> Floats:
        return np.asarray(np.einsum("gd,gd->g", sums, sums) / np.maximum(sizes, 1))

    one = norms - explained(parts.cluster_sums[parts.cluster], total)
    two = norms - explained(parts.sums, parts.sizes)
    two -= explained(parts.sums_of_others, parts.others)
    # A spread below rounding is none: the floor keeps equal samples together.
    one, two = np.maximum(one, _ROUNDING), np.maximum(two, _ROUNDING)
    mixing = xlogy(parts.sizes, parts.sizes) + xlogy(parts.others, parts.others)
    mixing -= xlogy(total, total)
    return np.asarray(
        _criterion(one, 0.0, 1, total, dimension) < _criterion(two, mixing, 2, total, dimension)
    )


def _criterion(spread: Floats, mixing: Floats | float, k: int, n: Ints, m: float) -> Floats:
    """The BIC of k spherical Gaussians of one variance over n samples in m dimensions.

    `spread` is the sum of squared distances to the centres. Parameters: k - 1 shares, k centres,
    one variance. The variance is per coordinate, which Pelleg and Moore's formula leaves out.
    """
    freedom = np.maximum(n - k, 1)
    variance = spread / (m * freedom)
    likelihood = mixing - n * m / 2 * np.log(2 * np.pi * variance) - m * freedom / 2
    return np.asarray(likelihood - (k - 1 + k * m + 1) / 2 * np.log(n))


def _effective_dimension(parts: _Parts) -> float:
    """Participation ratio of the pooled covariance around the groups' centres, at least 1."""
    (members,) = np.nonzero(parts.group_of >= 0)
    means = parts.sums / parts.sizes[:, None]
    deviations = (parts.rows[members] - means[parts.group_of[members]]).astype(np.float32)
    tall = deviations.shape[0] > deviations.shape[1]
    products = deviations.T @ deviations if tall else deviations @ deviations.T
    trace = float(np.trace(products, dtype=np.float64))
    squares = float(np.vdot(products, products))
    return max(1.0, trace**2 / squares) if squares > 0 else 1.0
