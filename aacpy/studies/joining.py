"""Joining what clustering or splitting has taken apart, where attributes and features agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from aacpy.studies.arrays import (
    Ints,
    checked_ints,
    checked_mask,
    most_common,
    numbered,
    unit_centroids,
    unit_rows,
)

_ROUNDING = 1e-9  # of a cosine


def reattach(labels: ArrayLike, loose: ArrayLike, vectors: ArrayLike, features: ArrayLike) -> Ints:
    """Move each loose sample to the nearest cluster of its own attribute vector.

    A cluster is known by the members that are not loose: their centroid, the direction of the mean
    of their unit rows, and the most common of their known vectors, of equally common ones the
    least. A loose sample goes to the cluster with the largest cosine among those whose vector is
    its own, of equally near ones the one with the least label; its own cluster may be among them.
    It keeps its label where there is no such cluster or its vector is unknown.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample, which joins a cluster if it is loose.
    loose : (n,) bool
        The samples that may move.
    vectors : (n,) int
        A code for each distinct attribute vector; -1 = unknown.
    features : (n, d) float
        Rows of any length; only their directions matter.

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps in the order of the old ones, -1 = un-clustered. A cluster
        that all samples leave is gone.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.
    """
    labels = checked_ints("labels", labels)
    loose = checked_mask("loose", loose, n=len(labels))
    vectors = checked_ints("vectors", vectors, n=len(labels))
    if not len(labels):
        return labels
    rows = unit_rows(features, len(labels))
    clusters = numbered(labels)
    n_clusters = int(clusters.max()) + 1
    settled = np.where(loose, -1, clusters)
    centroids = unit_centroids(settled, rows, n_clusters)
    modes = most_common(settled, vectors, n_clusters)
    for vector in np.unique(vectors[loose & (vectors >= 0)]):
        (candidates,) = np.nonzero(modes == vector)
        (movers,) = np.nonzero(loose & (vectors == vector))
        if len(candidates):
            cosines = np.round(rows[movers] @ centroids[candidates].T, 9)
            clusters[movers] = candidates[cosines.argmax(axis=1)]
    return numbered(clusters)


def merge_clusters(
    labels: ArrayLike,
    values: ArrayLike,
    features: ArrayLike,
    similarity: float,
) -> Ints:
    """Join the clusters that agree in attributes and in appearance.

    A cluster's attributes are the most common known value of each, of equally common ones the
    least, so that one wrong image does not matter. Two clusters join when these are equal and the
    cosine of their centroids, the mean of unit rows, is at least `similarity`; so do those that a
    chain of such pairs links.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample, which stays so.
    values : (n, u) int
        Attribute values; -1 = unknown. An attribute that no image of a cluster knows differs from
        none.
    features : (n, d) float
        Rows of any length; only their directions matter.
    similarity : float
        In [-1, 1].

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps in the order of the least old label of each, -1 where
        `labels` is -1.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.
    """
    labels = checked_ints("labels", labels)
    values = checked_ints("values", values, n=len(labels), ndim=2)
    if not -1 <= similarity <= 1:
        raise ValueError(f"similarity must be in [-1, 1], not {similarity!r}")
    if not (labels >= 0).any():
        return labels
    clusters = numbered(labels)
    n_clusters = int(clusters.max()) + 1
    centroids = unit_centroids(clusters, unit_rows(features, len(labels)), n_clusters)
    near = np.triu(centroids @ centroids.T >= similarity - _ROUNDING, 1)
    a, b = np.nonzero(near)
    differing = np.zeros(len(a), np.int64)
    for column in values.T:
        modes = most_common(clusters, column, n_clusters)
        differing += (modes[a] >= 0) & (modes[b] >= 0) & (modes[a] != modes[b])
    joined = differing == 0
    shape = (n_clusters, n_clusters)
    pairs = sparse.coo_array((np.ones(joined.sum()), (a[joined], b[joined])), shape=shape)
    component = connected_components(pairs, directed=False)[1]
    first = np.unique(component, return_index=True)[1]  # the least cluster of each
    return numbered(np.append(first[component], -1)[clusters])
