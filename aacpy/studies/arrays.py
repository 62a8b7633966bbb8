"""What the studies' functions on labels share: checks of their arrays, numbering, centroids."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from aacpy.aac import vector_codes
from aacpy.features import Features

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def checked_ints(name: str, values: ArrayLike, *, n: int | None = None, ndim: int = 1) -> Ints:
    """Integers of at least -1: (n,), or (n, u) for `ndim` 2; int64.

    `n` is the length that `values` must have, None for any. ValueError if anything is wrong.
    """
    array = np.asarray(values)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions, not shape {array.shape}")
    if n is not None and len(array) != n:
        raise ValueError(f"{name} must have the labels' length {n}, not {len(array)}")
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers, not {array.dtype}")
    if array.size and array.min() < -1:
        raise ValueError(f"{name} must be -1 or more, found {array.min()}")
    if array.size and array.max() >= np.iinfo(np.int64).max:
        raise ValueError(f"{name} must be less than 2**63 - 1, found {array.max()}")
    return array.astype(np.int64)


def checked_mask(name: str, values: ArrayLike, *, n: int) -> Mask:
    """Booleans, (n,). ValueError if the shape or type is wrong."""
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), not {array.shape}")
    if array.size and array.dtype != np.bool_:
        raise ValueError(f"{name} must be booleans, not {array.dtype}")
    return array.astype(np.bool_)


def unit_rows(features: ArrayLike, n: int) -> Floats:
    """The (n, d) features with rows of unit length, float64; a row of zeros stays.

    ValueError if they are not n finite rows of numbers.
    """
    try:
        points = Features(features)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if len(points) != n:
        raise ValueError(f"features must have the labels' length {n}, not {len(points)}")
    return np.asarray(points.rows * points.inverse[:, None], np.float64)


def numbered(labels: Ints, *parts: Ints) -> Ints:
    """Number the clusters' parts from 0 without gaps: (n,) int64, -1 where `labels` is -1.

    Samples are in one part when their label and their `parts`, each (n,), are equal. The order is
    that of the label, then of the parts.
    """
    kept = labels >= 0
    new_labels = np.full(len(labels), -1, np.int64)
    new_labels[kept] = vector_codes(np.column_stack([labels, *parts])[kept])
    return new_labels


def sums_by(codes: Ints, rows: Floats, n_codes: int) -> Floats:
    """The sum of the rows of each code: (n,) and (n, d) -> (n_codes, d); code -1 is left out."""
    (kept,) = np.nonzero(codes >= 0)
    shape = (n_codes, len(codes))
    members = sparse.csr_array((np.ones(len(kept)), (codes[kept], kept)), shape=shape)
    return np.asarray(members @ rows)


def unit_centroids(clusters: Ints, rows: Floats, n_clusters: int) -> Floats:
    """The direction of each cluster's mean row, (n_clusters, d); zeros where there is none."""
    sums = sums_by(clusters, rows, n_clusters)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(lengths > 0, lengths, 1.0))


def most_common(clusters: Ints, values: Ints, n_clusters: int) -> Ints:
    """The most common known value in each cluster, (n_clusters,) int64.

    Of equally common ones the least; -1 for a cluster without a known value. Samples with cluster
    or value -1 do not count.
    """
    known = (clusters >= 0) & (values >= 0)
    modes = np.full(n_clusters, -1, np.int64)
    pairs, counts = np.unique(
        np.column_stack([clusters, values])[known], axis=0, return_counts=True
    )
    # The last of a cluster's entries is assigned: the most common, and of those the least value.
    order = np.lexsort((-pairs[:, 1], counts))
    modes[pairs[order, 0]] = pairs[order, 1]
    return modes
