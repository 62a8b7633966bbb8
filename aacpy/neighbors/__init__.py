"""The nearest neighbours of every point by cosine: exact on the CPU or a GPU, or approximate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from aacpy.features import Features
from aacpy.neighbors.approximate import search_by_descent
from aacpy.neighbors.candidates import Neighbors
from aacpy.neighbors.exact import search_all, search_some
from aacpy.threads import thread_count

__all__ = ["EXACT_UP_TO", "SEARCHES", "Neighbors", "is_approximate", "nearest_neighbors",
           "neighbor_recall"]  # fmt: skip

SEARCHES = ("auto", "exact", "approximate")
#: Points that "auto" searches exactly. There that takes a third longer, for labels without error.
EXACT_UP_TO = 200_000


def nearest_neighbors(
    features: ArrayLike | Features,
    k: int,
    *,
    search: str = "auto",
    threads: int | None = None,
) -> Neighbors:
    """Each point's min(k, n) nearest neighbours by cosine, itself first.

    Parameters
    ----------
    features : (n, d) numbers: an array, or a torch tensor, which is searched on its GPU if it is
        on one. Rows need not be of unit length.
    k : neighbours of each point, itself included.
    search : "exact"; "approximate", by neighbours of neighbours; or "auto", which is exact up to
        `EXACT_UP_TO` points.
    threads : CPU threads, None for all. The exact result does not depend on them.

    Raises
    ------
    ValueError, TypeError
        If a shape, type or value is wrong, or a feature is not finite.

    Notes
    -----
    The exact search multiplies and adds n²·d/2 times, half of what the whole product takes, since
    similarity is symmetric; the approximate one's cost grows little faster than n. Beside the
    features both hold a float32 copy of them and a few k candidates a point.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be an integer of at least 1, not {k!r}")
    points = features if isinstance(features, Features) else Features(features)
    approximate = is_approximate(search, len(points))
    k = min(int(k), len(points))
    if points.on_gpu is not None and not approximate:
        from aacpy.neighbors.gpu import search_on_gpu

        return search_on_gpu(points.on_gpu, k)
    threads = thread_count(threads)
    with threadpool_limits(threads), ThreadPoolExecutor(threads) as pool:
        return (search_by_descent if approximate else search_all)(points, k, pool, threads)


def is_approximate(search: str, n: int) -> bool:
    """Whether `search` is approximate for n points."""
    if search not in SEARCHES:
        raise ValueError(f"search must be one of {', '.join(SEARCHES)}, not {search!r}")
    return search == "approximate" or (search == "auto" and n > EXACT_UP_TO)


def neighbor_recall(
    features: ArrayLike | Features, found: Neighbors, *, sample: int = 500, seed: int = 0
) -> float:
    """Share of the exact k nearest neighbours that `found` has, on `sample` points drawn."""
    points = features if isinstance(features, Features) else Features(features)
    drawn = np.random.default_rng(seed).permutation(len(points))[:sample]
    exact = search_some(points, drawn, found.indices.shape[1]).indices
    shares: list[NDArray[np.float64]] = [
        np.isin(wanted, got).mean() for wanted, got in zip(exact, found.indices[drawn], strict=True)
    ]
    return float(np.mean(shares))
