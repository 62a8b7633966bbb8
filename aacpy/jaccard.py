"""The k-reciprocal Jaccard distance between all points (Section 3.1, baseline).

Everything here is sparse: no matrix of n x n numbers is ever held. A distance that is not
stored is 1, the largest there is. Once the neighbours are known, the cost grows with the pairs
of points that have neighbours in common.

References
----------
Z. Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017.
Z. Dai et al., "Cluster Contrast for unsupervised person re-identification", ACCV 2022, whose
reading of the neighbour lists is used: k1 entries that include the point itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from aacpy.features import Features, cosine
from aacpy.neighbors import Neighbors, nearest_neighbors
from aacpy.threads import thread_count

_ROWS = 512  # points whose distances are found in one piece of work


def jaccard_distance(
    features: ArrayLike, k1: int = 30, k2: int = 6, *, search: str = "auto",
    threads: int | None = None,
) -> sparse.csr_array:  # fmt: skip
    """k-reciprocal Jaccard distance between all points.

    Parameters
    ----------
    features : (n, d) float
        One feature a row; rows are L2-normalised here. A torch tensor on a GPU is searched there.
    k1 : int
        Length of the neighbour lists behind the k-reciprocal sets, the point itself included.
    k2 : int
        Neighbours, the point itself included, over which the encodings are averaged (local
        query expansion); 1 leaves them as they are.
    search : str
        "exact" or "approximate" neighbours, or "auto": exact up to 200,000 points. See
        `aacpy.neighbors`.
    threads : int, optional
        CPU threads; None for all. The exact result does not depend on them.

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
    check_at_least_one(k1=k1, k2=k2)
    points = Features(features)
    neighbors = nearest_neighbors(points, k1, search=search, threads=threads)
    threads = thread_count(threads)
    return distances_up_to(1.0, encodings(points, neighbors, k1, k2, threads), threads)


def encodings(
    points: Features, neighbors: Neighbors, k1: int, k2: int, threads: int
) -> sparse.csr_array:
    """Row i: the weights of i's expanded k-reciprocal set, averaged over its k2 nearest."""
    lists = neighbors.indices
    reciprocal = _reciprocal(lists)
    half = _reciprocal(lists[:, : round(k1 / 2) + 1])
    overlap = (reciprocal @ half.T).multiply(reciprocal).tocsr()
    half_sizes = half.sum(axis=1)
    overlap.data = (overlap.data > 2 / 3 * half_sizes[overlap.indices]).astype(np.float64)
    overlap.eliminate_zeros()
    expanded = (reciprocal + overlap @ half).tocsr()
    weights = _softmax_weights(points, neighbors, expanded, threads)
    if k2 > 1:
        weights = (_membership(lists[:, :k2]) @ weights).tocsr() / min(k2, lists.shape[1])
    return weights


def _membership(lists: NDArray[np.int64]) -> sparse.csr_array:
    """Matrix with a 1 at (i, j) for each j in row i of `lists`."""
    n, k = lists.shape
    columns = np.sort(lists, axis=1).ravel()  # a copy: `lists` keeps its order
    return sparse.csr_array((np.ones(n * k), columns, np.arange(0, n * k + 1, k)), shape=(n, n))


def _reciprocal(lists: NDArray[np.int64]) -> sparse.csr_array:
    member = _membership(lists)
    return member.multiply(member.T).tocsr()


def _softmax_weights(
    points: Features, neighbors: Neighbors, pattern: sparse.csr_array, threads: int
) -> sparse.csr_array:
    """Row-wise softmax of -(2 - 2 cos) on the stored entries of `pattern`."""
    pattern.sort_indices()
    weights = np.empty(len(pattern.indices))
    lists = (neighbors.indices, neighbors.similarity)

    def weigh(start: int) -> None:
        stop = min(start + _ROWS, len(points))
        _weigh(start, stop, points.rows, points.inverse, *lists, pattern.indptr, pattern.indices,
               weights)  # fmt: skip

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(weigh, range(0, len(points), _ROWS)))
    return sparse.csr_array((weights, pattern.indices, pattern.indptr), shape=pattern.shape)


@numba.njit(cache=True, nogil=True)
def _weigh(
    start: int, stop: int, rows: Any, inverse: Any, neighbors: Any, similarity: Any,
    indptr: Any, members: Any, weights: Any,
) -> None:  # fmt: skip
    """Softmax weights of the rows from start to stop; most cosines are in the lists already."""
    known = np.full(len(indptr) - 1, np.nan)
    for i in range(start, stop):
        known[neighbors[i]] = similarity[i]
        total = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            j = members[at]
            value = known[j]
            if np.isnan(value):
                value = cosine(rows, inverse, i, rows, inverse, j)
            weights[at] = np.exp(2.0 * value - 2.0)
            total += weights[at]
        for at in range(indptr[i], indptr[i + 1]):
            weights[at] /= total
        known[neighbors[i]] = np.nan


def distances_up_to(limit: float, weights: sparse.csr_array, threads: int) -> sparse.csr_array:
    """The distances of at most `limit`, below 1, both ways: a symmetric (n, n) array."""
    weights.sort_indices()
    by_column = weights.T.tocsr()
    n = weights.shape[0]
    held = (weights.indptr, weights.indices, weights.data,
            by_column.indptr, by_column.indices, by_column.data)  # fmt: skip
    with ThreadPoolExecutor(threads) as pool:
        pieces = list(
            pool.map(lambda i: _near_rows(i, min(i + _ROWS, n), limit, *held), range(0, n, _ROWS))
        )
    counts, indices, distances = (np.concatenate(part) for part in zip(*pieces, strict=True))
    lower = sparse.csr_array((distances, indices, _offsets(counts)), shape=(n, n)).T.tocsr()
    above = indices != np.repeat(np.arange(n), counts)  # the diagonal is in `lower`
    upper = sparse.csr_array((distances[above], indices[above], _offsets(counts - 1)), shape=(n, n))
    # Side by side, since a sum would drop stored zeros, the distances of equal points.
    both = sparse.hstack([lower, upper], format="csr")
    return sparse.csr_array((both.data, both.indices % n, both.indptr), shape=(n, n))


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)])


@numba.njit(cache=True, nogil=True)
def _near_rows(
    start: int, stop: int, limit: float, row_start: Any, columns: Any, row_weights: Any,
    column_start: Any, rows: Any, column_weights: Any,
) -> Any:  # fmt: skip
    """For rows i from start to stop: how many, which j >= i, and 1 - m / (2 - m) of each.

    m sums the smaller weight over the columns that i and j share.
    """
    counts = np.zeros(stop - start, np.int64)
    indices, distances = np.empty(64 * len(counts), np.int32), np.empty(64 * len(counts))
    shared = np.zeros(len(row_start) - 1)
    touched = np.empty(len(shared), np.int32)
    held = 0
    for i in range(start, stop):
        seen = 0
        for at in range(row_start[i], row_start[i + 1]):
            weight, column = row_weights[at], columns[at]
            for entry in range(column_start[column + 1] - 1, column_start[column] - 1, -1):
                j = rows[entry]
                if j < i:  # rows ascend in a column
                    break
                if shared[j] == 0.0:
                    touched[seen] = j
                    seen += 1
                shared[j] += min(weight, column_weights[entry])
        near = 0
        for at in range(seen):
            j = touched[at]
            if max(0.0, 1.0 - shared[j] / (2.0 - shared[j])) <= limit:
                touched[near] = j
                near += 1
            else:
                shared[j] = 0.0
        while held + near > len(indices):
            indices = np.concatenate((indices, np.empty_like(indices)))
            distances = np.concatenate((distances, np.empty_like(distances)))
        for j in np.sort(touched[:near]):
            indices[held] = j
            distances[held] = max(0.0, 1.0 - shared[j] / (2.0 - shared[j]))
            shared[j] = 0.0
            held += 1
        counts[i - start] = near
    return counts, indices[:held].copy(), distances[:held].copy()


def check_at_least_one(**values: int) -> None:
    """ValueError, naming the setting, unless all are integers of at least 1."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1, not {value!r}")
