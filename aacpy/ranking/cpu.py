"""Ranks counted on the CPU: single precision counts, double precision settles what is close."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from aacpy.features import cosine, product_error
from aacpy.ranking.pairs import Pairs

_BLOCK = 256  # queries whose similarities are held at a time
_CLOSE = 64  # gallery images a match, on average, that are worth settling one by one


def count_ranks(pairs: Pairs, pool: ThreadPoolExecutor, threads: int) -> NDArray[np.int64]:
    """Ranks of all matches, ascending within a query, one query's after the other's.

    A query with many images too close to its matches for single precision, as features that
    have collapsed have, is counted again by a product in float64.
    """
    query, gallery = pairs.query.features, pairs.gallery.features
    ranks = np.zeros(pairs.offsets[-1], np.int64)
    with_matches = np.flatnonzero(np.diff(pairs.offsets))
    window = np.float32(2 * product_error(query.rows.shape[1]))
    left, right = query.unit_float32(), gallery.unit_float32()
    for start in range(0, len(with_matches), _BLOCK):
        part = with_matches[start : start + _BLOCK]
        _count_block(left[part] @ right.T, part, window, pairs, ranks, pool, threads)
    close = with_matches[ranks[pairs.offsets[with_matches]] < 0]
    del left, right
    for start in range(0, len(close), _BLOCK):
        part = close[start : start + _BLOCK]
        block = np.round(gallery.products_float64(query.unit_float64(part)), 12)
        _count_block(block, part, 0.0, pairs, ranks, pool, threads)
    return ranks


def _count_block(
    block: NDArray[Any], queries: NDArray[np.int64], window: Any, pairs: Pairs,
    ranks: NDArray[np.int64], pool: ThreadPoolExecutor, threads: int,
) -> None:  # fmt: skip
    """Fill in the ranks of some queries, given their similarities to the gallery."""
    query, gallery = pairs.query, pairs.gallery
    cuts = np.linspace(0, len(queries), threads + 1).astype(int).tolist()
    work = [
        pool.submit(
            _count, *cut, block, queries, window, query.features.rows, query.features.inverse,
            gallery.features.rows, gallery.features.inverse, query.cameras, gallery.cameras,
            pairs.order, pairs.first, pairs.last, pairs.offsets, ranks,
        )
        for cut in pairwise(cuts)
    ]  # fmt: skip
    for part in work:
        part.result()


@numba.njit(cache=True, nogil=True)
def _count(
    start: int, stop: int, block: Any, queries: Any, window: Any, query_rows: Any,
    query_inverse: Any, gallery_rows: Any, gallery_inverse: Any, query_cameras: Any,
    gallery_cameras: Any, order: Any, first: Any, last: Any, offsets: Any, ranks: Any,
) -> None:  # fmt: skip
    """Ranks of the queries from start to stop of a block of similarities off by `window` / 2.

    A window of 0 says that they are exact. Otherwise a query with too much to settle gets -1.
    """
    exact = np.empty(block.shape[1])
    for row in range(start, stop):
        query = queries[row]
        similarity = block[row]
        matches = np.empty(offsets[query + 1] - offsets[query], np.int64)
        found = 0
        for at in range(first[query], last[query]):
            if gallery_cameras[order[at]] == query_cameras[query]:
                similarity[order[at]] = -2  # behind all that count
            else:
                matches[found] = order[at]
                found += 1
        exact[:] = np.nan
        budget = _CLOSE * len(matches)
        place = ranks[offsets[query] : offsets[query + 1]]
        for at in range(len(matches)):
            match = matches[at]
            low, high = similarity[match] - window, similarity[match] + window
            ahead, close = _above_and_within(similarity, low, high)
            if close > 1:
                budget -= close if window > 0 else 0
                if budget < 0:
                    place[:] = -1
                    break
                for other in range(len(similarity)):
                    if low <= similarity[other] <= high and other != match:
                        ahead += _is_ahead(
                            other, match, query, exact, similarity, window, query_rows,
                            query_inverse, gallery_rows, gallery_inverse,
                        )  # fmt: skip
            place[at] = ahead + 1
        place.sort()


@numba.njit(cache=True, nogil=True)
def _above_and_within(similarity: Any, low: Any, high: Any) -> Any:
    """How many are above `high`, and how many from `low` to `high`."""
    above = np.int32(0)  # as wide as a similarity, so that the loop counts several at once
    not_below = np.int32(0)
    for other in range(len(similarity)):
        above += np.int32(similarity[other] > high)
        not_below += np.int32(similarity[other] >= low)
    return above, not_below - above


@numba.njit(cache=True, nogil=True)
def _is_ahead(
    other: int, match: int, query: int, exact: Any, similarity: Any, window: Any, query_rows: Any,
    query_inverse: Any, gallery_rows: Any, gallery_inverse: Any,
) -> bool:  # fmt: skip
    """Whether `other` ranks before `match`: nearer in float64, or as near and before it."""
    for image in (other, match):
        if np.isnan(exact[image]):
            exact[image] = similarity[image]
            if window > 0:
                exact[image] = cosine(
                    query_rows, query_inverse, query, gallery_rows, gallery_inverse, image
                )
    return exact[other] > exact[match] or (exact[other] == exact[match] and other < match)
