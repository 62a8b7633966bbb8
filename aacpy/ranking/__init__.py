"""The ranks of true matches under Market-1501's protocol, counted instead of sorted for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from aacpy.ranking.cpu import count_ranks
from aacpy.ranking.pairs import Labelled, pair_up
from aacpy.threads import thread_count

__all__ = ["Labelled", "match_ranks"]


def match_ranks(
    query: Labelled, gallery: Labelled, *, threads: int | None = None
) -> list[NDArray[np.int64]]:
    """Ranks, from 1 and ascending, of each query's true matches; an empty array for none.

    A match's rank is 1 + the images nearer to the query than it, of those that count under the
    protocol (see `aacpy.evaluate_retrieval`); of equally near ones, those before it in the
    gallery. Computed on a GPU if the features are there.

    Notes
    -----
    O(q·g·(d + matches of a query)) time; beside float32 copies of the features, a block of
    similarities is held.
    """
    pairs = pair_up(query, gallery.without_junk())
    if query.features.on_gpu is not None:
        from aacpy.ranking.gpu import count_ranks_on_gpu

        ranks = count_ranks_on_gpu(pairs, query.features.on_gpu.device)
    else:
        threads = thread_count(threads)
        with threadpool_limits(threads), ThreadPoolExecutor(threads) as pool:
            ranks = count_ranks(pairs, pool, threads)
    return np.split(ranks, pairs.offsets[1:-1])
