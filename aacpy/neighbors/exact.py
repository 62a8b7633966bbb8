"""The exact search: every pair of points."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from aacpy.features import Features
from aacpy.neighbors.candidates import Candidates, Neighbors

_ROWS, _COLUMNS = 1024, 4096  # of the block of similarities held at a time


def search_all(features: Features, k: int, pool: ThreadPoolExecutor, threads: int) -> Neighbors:
    """The k nearest neighbours of every point."""
    n, unit = len(features), features.unit_float32()
    candidates = Candidates(features, k, pool, threads)
    for row in range(0, n, _ROWS):
        for column in range(row, n, _COLUMNS):  # the lower half is the upper one's mirror image
            block = unit[row : row + _ROWS] @ unit[column : column + _COLUMNS].T
            candidates.offer(block, row, column)
    return complete(features, candidates)


def complete(features: Features, candidates: Candidates) -> Neighbors:
    """Let the candidates decide, and search for the points for which they do not know."""
    found, unknown = candidates.decide()
    if len(unknown):
        rest = search_some(features, unknown, candidates.k)
        found.indices[unknown], found.similarity[unknown] = rest.indices, rest.similarity
    return found


def search_some(features: Features, which: NDArray[np.int64], k: int) -> Neighbors:
    """The k nearest neighbours, among all points, of the points `which`; float64 throughout."""
    indices, values = np.empty((len(which), k), np.int64), np.empty((len(which), k))
    for start in range(0, len(which), _ROWS // 8):
        points = which[start : start + _ROWS // 8]
        at, out = np.arange(len(points)), slice(start, start + len(points))
        similarity = np.round(features.products_float64(features.unit_float64(points)), 12)
        own = similarity[at, points]
        similarity[at, points] = np.inf  # itself first
        indices[out] = _top(similarity, k)
        values[out] = np.take_along_axis(similarity, indices[out], 1)
        values[out, 0] = own
    return Neighbors(indices, values)


def _top(similarity: NDArray[np.float64], k: int) -> NDArray[np.int64]:
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
