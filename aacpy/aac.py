"""Attribute auxiliary clustering: the paper's contribution (Section 3.2, Eq. 4).

Needs NumPy alone, so it fits into any training loop that makes pseudo-labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def split_clusters(labels: ArrayLike, attributes: ArrayLike, delta: int) -> NDArray[np.int64]:
    """Split every cluster by whole attribute vectors (Eq. 4).

    Inside a cluster, each group of samples with the same attribute vector and *strictly more*
    than `delta` members becomes a cluster of its own; the cluster's other samples stay together.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample. Gaps between labels are allowed.
    attributes : (n, a) int or bool
        One attribute vector a sample.
    delta : int
        At least 0. With 0 every attribute vector in a cluster becomes a cluster.

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps, -1 where `labels` is -1. They are ordered by the old
        label; of one old cluster, what stays together comes first, then the split-off groups in
        lexicographic order of their vectors. The input is not changed.

    Raises
    ------
    ValueError
        If shapes, lengths, or values are wrong.
    TypeError
        If `labels`, `attributes` or `delta` are not integers.

    Notes
    -----
    O(n·a) time beside one sort of n integers.

    Examples
    --------
    >>> split_clusters([0, 0, 0, 0, 0, -1], [[1], [1], [1], [2], [2], [1]], delta=2).tolist()
    [1, 1, 1, 0, 0, -1]
    """
    labels, attributes = _checked(labels, attributes, delta)
    kept = labels >= 0
    new_labels = np.full(len(labels), -1, np.int64)
    if not kept.any():
        return new_labels
    vectors = vector_codes(attributes[kept])
    clusters = np.unique(labels[kept], return_inverse=True)[1]
    n_vectors = int(vectors.max()) + 1
    groups, group_of, sizes = np.unique(
        clusters * n_vectors + vectors, return_inverse=True, return_counts=True
    )
    # Code 0 of a cluster stands for what stays together, 1.. for the groups that split off.
    codes = groups // n_vectors * (n_vectors + 1)
    codes += np.where(sizes > delta, groups % n_vectors + 1, 0)
    new_labels[kept] = np.unique(codes[group_of], return_inverse=True)[1]
    return new_labels


def vector_codes(attributes: ArrayLike) -> NDArray[np.int64]:
    """Number the distinct rows of an integer matrix, (n, a) -> (n,), in lexicographic order.

    Equal rows get equal codes; codes run from 0 without gaps.
    """
    attributes = np.asarray(attributes)
    codes = np.zeros(len(attributes), np.int64)
    if not attributes.size:
        return codes
    n_codes = 1
    for column in attributes.T:
        low, high = int(column.min()), int(column.max())
        if high - low < 256:
            digits, base = column.astype(np.int64) - low, high - low + 1
        else:
            values, digits = np.unique(column, return_inverse=True)
            base = len(values)
        if n_codes * base >= 2**62:
            distinct, codes = np.unique(codes, return_inverse=True)
            n_codes = len(distinct)
        codes = codes * base + digits
        n_codes *= base
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _checked(
    labels: ArrayLike, attributes: ArrayLike, delta: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels, attributes = np.asarray(labels), np.asarray(attributes)
    if labels.ndim != 1:
        raise ValueError(f"labels must have shape (n,), not {labels.shape}")
    if attributes.ndim != 2:
        raise ValueError(f"attributes must have shape (n, a), not {attributes.shape}")
    if len(labels) != len(attributes):
        raise ValueError(
            f"labels and attributes must have one length, not {len(labels)} and {len(attributes)}"
        )
    if labels.size and labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, not {labels.dtype}")
    if attributes.size and attributes.dtype.kind not in "iub":
        raise TypeError(f"attributes must be integers or booleans, not {attributes.dtype}")
    if isinstance(delta, bool) or not isinstance(delta, int | np.integer):
        raise TypeError(f"delta must be an integer, not {delta!r}")
    if delta < 0:
        raise ValueError(f"delta must be at least 0, not {delta}")
    if labels.size and labels.min() < -1:
        raise ValueError(f"labels must be -1 (un-clustered) or more, found {labels.min()}")
    return labels, attributes
