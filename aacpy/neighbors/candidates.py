"""Candidates for the nearest neighbours: single precision proposes, double precision decides.

A cosine by a float32 product is off by at most `product_error`. So the k nearest in truth are
among the points whose float32 cosine is at least the k-th largest less twice that much: they are
kept, and their cosines computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from aacpy.features import Features, cosine, product_error


@dataclass(frozen=True)
class Neighbors:
    """Each point's nearest neighbours by cosine, itself first.

    Attributes
    ----------
    indices : (n, k) int64, nearest first, ties to the lower index.
    similarity : (n, k) float64, their cosines, rounded to 12 decimals so that equal points tie.
    """

    indices: NDArray[np.int64]
    similarity: NDArray[np.float64]


class Candidates:
    """What could be among the k nearest neighbours of each of n points.

    Offer it each pair of points at most once, in any order, then let it decide.
    """

    def __init__(self, features: Features, k: int, pool: ThreadPoolExecutor, threads: int) -> None:
        n, d = features.rows.shape
        self.features, self.k, self.pool, self.threads = features, k, pool, threads
        room = 4 * k + 64
        self._held = (
            k - 1,
            np.float32(2 * product_error(d)),
            np.ones((n, room), np.float32),  # cosines
            np.empty((n, room), np.int32),  # of which points
            np.zeros(n, np.int64),  # how many are held; -1: more than there is room for
            # The least cosine that could matter; with k = 1, a point has only itself.
            np.full(n, -np.inf if k > 1 else np.inf, np.float32),
        )

    def offer(self, block: NDArray[np.float32], row: int, column: int) -> None:
        """Offer to each other the points from `row` on and those from `column` >= `row` on.

        block[i, j] is the float32 cosine of points row + i and column + j.
        """
        height, width = block.shape
        pair = (block, row, column, *self._held)
        self._in_parts(_offer_to_rows, 0, height, *pair)
        # Columns that are among the rows too have met them as rows.
        self._in_parts(_offer_to_columns, max(0, row + height - column), width, *pair)

    def propose(self, lists: NDArray[np.integer[Any]]) -> None:
        """Offer each point those of its row of `lists`, instead of all; -1 is none."""
        self._in_parts(_take_lists, 0, len(lists), lists, self._held[3], self._held[4])

    def decide(self) -> tuple[Neighbors, NDArray[np.int64]]:
        """The nearest neighbours, and the points for which they are not known.

        Those are points with more candidates than there is room for, as among many equal points,
        or with fewer than k.
        """
        n, features = len(self.features), self.features
        indices, similarity = np.empty((n, self.k), np.int64), np.empty((n, self.k), np.float64)
        self._in_parts(
            _decide, 0, n, features.rows, features.inverse, *self._held, indices, similarity
        )
        counts = self._held[4]
        return Neighbors(indices, similarity), np.flatnonzero(counts < self.k - 1)

    def _in_parts(self, work: Callable[..., None], first: int, last: int, *arguments: Any) -> None:
        cuts = np.linspace(first, last, self.threads + 1).astype(int).tolist()
        parts = [self.pool.submit(work, *cut, *arguments) for cut in pairwise(cuts)]
        for part in parts:
            part.result()


@numba.njit(cache=True, nogil=True)
def _offer_to_rows(
    start: int, stop: int, block: Any, first_row: int, first_column: int,
    others: int, window: Any, similar: Any, indices: Any, counts: Any, floors: Any,
) -> None:  # fmt: skip
    """Let each row of the block keep the columns that could be among its nearest."""
    for row in range(start, stop):
        point = first_row + row
        floor = floors[point]
        for column in range(block.shape[1]):
            if block[row, column] >= floor and first_column + column != point:
                floor = _keep(
                    point, first_column + column, block[row, column],
                    others, window, similar, indices, counts, floors,
                )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _offer_to_columns(
    start: int, stop: int, block: Any, first_row: int, first_column: int,
    others: int, window: Any, similar: Any, indices: Any, counts: Any, floors: Any,
) -> None:  # fmt: skip
    """Let each column of the block keep the rows that could be among its nearest."""
    for row in range(block.shape[0]):
        for column in range(start, stop):
            if block[row, column] >= floors[first_column + column]:
                _keep(
                    first_column + column, first_row + row, block[row, column],
                    others, window, similar, indices, counts, floors,
                )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _take_lists(start: int, stop: int, lists: Any, indices: Any, counts: Any) -> None:
    """Hold the points of each list but itself."""
    for point in range(start, stop):
        for other in lists[point]:
            if other >= 0 and other != point:
                indices[point, counts[point]] = other
                counts[point] += 1


@numba.njit(cache=True, nogil=True)
def _keep(
    point: int, other: int, similarity: Any,
    others: int, window: Any, similar: Any, indices: Any, counts: Any, floors: Any,
) -> Any:  # fmt: skip
    """Add a candidate to `point`'s; raise its floor when they fill their room."""
    if counts[point] == similar.shape[1]:
        _raise_floor(point, others, window, similar, indices, counts, floors)
        if counts[point] == similar.shape[1]:
            counts[point] = -1
            floors[point] = np.inf
        if similarity < floors[point]:
            return floors[point]
    similar[point, counts[point]] = similarity
    indices[point, counts[point]] = other
    counts[point] += 1
    return floors[point]


@numba.njit(cache=True, nogil=True)
def _raise_floor(
    point: int, others: int, window: Any, similar: Any, indices: Any, counts: Any, floors: Any
) -> None:
    """Drop the candidates that cannot be among the nearest, below the k-th less the window."""
    held = counts[point]
    if held < others:
        return
    floors[point] = np.partition(similar[point, :held], held - others)[held - others] - window
    kept = 0
    for at in range(held):
        if similar[point, at] >= floors[point]:
            similar[point, kept] = similar[point, at]
            indices[point, kept] = indices[point, at]
            kept += 1
    counts[point] = kept


@numba.njit(cache=True, nogil=True)
def _decide(
    start: int, stop: int, rows: Any, inverse: Any,
    others: int, window: Any, similar: Any, indices: Any, counts: Any, floors: Any,
    best: Any, values: Any,
) -> None:  # fmt: skip
    """Choose each point's nearest among its candidates by their cosines in float64."""
    for point in range(start, stop):
        if counts[point] < 0:
            continue
        _raise_floor(point, others, window, similar, indices, counts, floors)
        candidates = np.sort(indices[point, : counts[point]])
        exact = np.empty(len(candidates), np.float64)
        for at in range(len(candidates)):
            exact[at] = cosine(rows, inverse, point, rows, inverse, candidates[at])
        order = np.argsort(-exact, kind="mergesort")  # stable: ties stay with the lower index
        best[point, 0] = point
        values[point, 0] = cosine(rows, inverse, point, rows, inverse, point)
        for at in range(min(others, len(candidates))):
            best[point, at + 1] = candidates[order[at]]
            values[point, at + 1] = exact[order[at]]
