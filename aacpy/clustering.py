"""Pseudo-labels: k-reciprocal Jaccard distance and DBSCAN on it (Section 3.1, baseline).

Everything here is sparse: no matrix of n x n numbers is ever held. A distance that is not
stored is 1, the largest there is.

References
----------
Z. Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017.
Z. Dai et al., "Cluster Contrast for unsupervised person re-identification", ACCV 2022, whose
reading of the neighbour lists is used: k1 entries that include the point itself.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.cluster import DBSCAN
from sklearn.neighbors import sort_graph_by_row_values

_BLOCK = 1024  # rows of the similarity matrix held at a time


def nearest_neighbors(features: ArrayLike, k: int) -> NDArray[np.int64]:
    """Each point's k nearest by cosine, itself first: (n, d) -> (n, min(k, n)).

    Computed in float64 and rounded to 12 decimals, so that equal points tie exactly; ties go to
    the lower index. Cost: one n x n x d matrix product, in blocks.
    """
    unit = _unit_rows(features)
    n = len(unit)
    k = min(k, n)
    lists = np.empty((n, k), np.int64)
    for start in range(0, n, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n))
        similarity = np.round(unit[rows] @ unit.T, 12)
        block = np.arange(similarity.shape[0])
        similarity[block, block + start] = np.inf
        lists[rows] = _top_k(similarity, k)
    return lists


def _top_k(similarity: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Columns of each row's k largest values, largest first, ties to the lower column."""
    n = similarity.shape[1]
    kth = np.partition(similarity, n - k, axis=1)[:, n - k]
    chosen = similarity >= kth[:, None]
    for row in np.flatnonzero(chosen.sum(1) > k):  # ties at the k-th place
        tied = np.flatnonzero(similarity[row] == kth[row])
        chosen[row, tied[k - int((similarity[row] > kth[row]).sum()) :]] = False
    columns = np.nonzero(chosen)[1].reshape(-1, k)
    order = np.argsort(-np.take_along_axis(similarity, columns, 1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, 1)


def jaccard_distance(features: ArrayLike, k1: int = 30, k2: int = 6) -> sparse.csr_array:
    """k-reciprocal Jaccard distance between all points.

    Parameters
    ----------
    features : (n, d) float
        One feature a row; rows are L2-normalised here.
    k1 : int
        Length of the neighbour lists behind the k-reciprocal sets, the point itself included.
    k2 : int
        Neighbours, the point itself included, over which the encodings are averaged (local
        query expansion); 1 leaves them as they are.

    Returns
    -------
    (n, n) float64 CSR array, symmetric
        Distances in [0, 1]. **An absent entry is distance 1**; the diagonal is stored.

    Raises
    ------
    ValueError
        If a shape is wrong, a feature is not finite, or k1 or k2 is below 1.

    Notes
    -----
    Point i's k-reciprocal set R(i) holds its neighbours that have i among theirs. It is expanded
    by the half-size sets H(c) of its members c whose overlap with R(i) exceeds 2/3 of H(c).
    Members are weighted by the softmax of -(2 - 2 cos), the encodings averaged over k2
    neighbours, and the distance is 1 - m / (2 - m) with m the sum of the smaller weights.
    """
    unit = _unit_rows(features)
    _check_at_least_one(k1=k1, k2=k2)
    lists = nearest_neighbors(unit, k1)
    reciprocal = _reciprocal(lists)
    half = _reciprocal(lists[:, : round(k1 / 2) + 1])
    overlap = (reciprocal @ half.T).multiply(reciprocal).tocsr()
    large = overlap.copy()
    half_sizes = half.sum(axis=1)
    large.data = (overlap.data > 2 / 3 * half_sizes[overlap.indices]).astype(np.float64)
    large.eliminate_zeros()
    expanded = (reciprocal + large @ half).tocsr()
    weights = _softmax_weights(unit, expanded)
    if k2 > 1:
        weights = (_membership(lists[:, :k2]) @ weights).tocsr() / min(k2, lists.shape[1])
    return _one_minus_jaccard(weights)


def _membership(lists: NDArray[np.int64]) -> sparse.csr_array:
    """Matrix with a 1 at (i, j) for each j in row i of `lists`."""
    n, k = lists.shape
    columns = np.sort(lists, axis=1).ravel()  # a copy: `lists` keeps its order
    return sparse.csr_array((np.ones(n * k), columns, np.arange(0, n * k + 1, k)), shape=(n, n))


def _reciprocal(lists: NDArray[np.int64]) -> sparse.csr_array:
    member = _membership(lists)
    return member.multiply(member.T).tocsr()


def _softmax_weights(unit: NDArray[np.float64], pattern: sparse.csr_array) -> sparse.csr_array:
    """Row-wise softmax of -(2 - 2 cos) on the stored entries of `pattern`."""
    pattern.sort_indices()
    rows = np.repeat(np.arange(len(unit)), np.diff(pattern.indptr))
    cosine = np.empty(len(rows))
    for start in range(0, len(rows), 4 * _BLOCK):
        part = slice(start, start + 4 * _BLOCK)
        cosine[part] = np.einsum("nd,nd->n", unit[rows[part]], unit[pattern.indices[part]])
    weights = np.exp(2 * cosine - 2)
    weights /= np.bincount(rows, weights, len(unit))[rows]
    return sparse.csr_array((weights, pattern.indices, pattern.indptr), shape=pattern.shape)


def _one_minus_jaccard(weights: sparse.csr_array) -> sparse.csr_array:
    weights.sort_indices()
    by_column = weights.T.tocsr()
    n = weights.shape[0]
    rows = (weights.data, weights.indices, weights.indptr)
    columns = (by_column.data, by_column.indices, by_column.indptr)
    counts = _shared_counts(n, weights.indices, weights.indptr, columns[1], columns[2])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    indices = np.empty(indptr[-1], np.int64)
    distances = np.empty(indptr[-1], np.float64)
    _fill_distances(n, *rows, *columns, indptr, indices, distances)
    return sparse.csr_array((distances, indices, indptr), shape=(n, n))


@numba.njit(cache=True)
def _shared_counts(n: int, indices: Any, indptr: Any, row_of: Any, column_start: Any) -> Any:
    """How many rows share a stored column with each row."""
    counts = np.zeros(n, np.int64)
    seen = np.full(n, -1, np.int64)
    for i in range(n):
        for at in range(indptr[i], indptr[i + 1]):
            column = indices[at]
            for entry in range(column_start[column], column_start[column + 1]):
                j = row_of[entry]
                if seen[j] != i:
                    seen[j] = i
                    counts[i] += 1
    return counts


@numba.njit(cache=True)
def _fill_distances(
    n: int, data: Any, indices: Any, indptr: Any, column_data: Any, row_of: Any,
    column_start: Any, out_indptr: Any, out_indices: Any, out: Any,
) -> None:  # fmt: skip
    """Write 1 - m / (2 - m) for each pair of rows that share a column; m sums the minima."""
    shared = np.zeros(n, np.float64)
    for i in range(n):
        end = out_indptr[i]
        for at in range(indptr[i], indptr[i + 1]):
            column = indices[at]
            for entry in range(column_start[column], column_start[column + 1]):
                j = row_of[entry]
                if shared[j] == 0.0:
                    out_indices[end] = j
                    end += 1
                shared[j] += min(data[at], column_data[entry])
        row = out_indices[out_indptr[i] : end]
        row.sort()
        for position in range(len(row)):
            total = shared[row[position]]
            out[out_indptr[i] + position] = max(0.0, 1.0 - total / (2.0 - total))
            shared[row[position]] = 0.0


def cluster_features(
    features: ArrayLike,
    *,
    eps: float = 0.6,
    min_samples: int = 4,
    k1: int = 30,
    k2: int = 6,
) -> NDArray[np.int64]:
    """DBSCAN on the k-reciprocal Jaccard distance: (n, d) float -> (n,) int64.

    Parameters
    ----------
    features : (n, d) float
    eps : float
        Largest Jaccard distance between neighbours, in (0, 1).
    min_samples : int
        Points in a core point's neighbourhood, itself included. The paper's Section 4.1 calls it
        the minimal number of clusters.
    k1, k2 : int
        See `jaccard_distance`.

    Returns
    -------
    (n,) int64
        Labels from 0 without gaps; -1 = un-clustered.

    Raises
    ------
    ValueError
        If a shape or value is wrong, or a feature is not finite.
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps must be in (0, 1), not {eps!r}")
    _check_at_least_one(min_samples=min_samples)
    distance = jaccard_distance(features, k1, k2)
    pairs = distance.tocoo()
    near = pairs.data <= eps
    graph = sparse.csr_matrix(
        (pairs.data[near], (pairs.row[near], pairs.col[near])), shape=distance.shape
    )
    graph = sort_graph_by_row_values(graph, warn_when_not_sorted=False)
    found = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit_predict(graph)
    return np.asarray(found, np.int64)


def _unit_rows(features: ArrayLike) -> NDArray[np.float64]:
    features = np.asarray(features)
    if features.ndim != 2 or not len(features):
        raise ValueError(f"features must have shape (n, d) with n > 0, not {features.shape}")
    if features.dtype.kind not in "fiu":
        raise TypeError(f"features must be numbers, not {features.dtype}")
    unit = features.astype(np.float64)
    if not np.isfinite(unit).all():
        bad = np.flatnonzero(~np.isfinite(unit).all(axis=1))
        raise ValueError(f"features must be finite; {len(bad)} rows are not, first row {bad[0]}")
    norms = np.linalg.norm(unit, axis=1, keepdims=True)
    return np.asarray(unit / np.where(norms > 0, norms, 1.0))


def _check_at_least_one(**values: int) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1, not {value!r}")
