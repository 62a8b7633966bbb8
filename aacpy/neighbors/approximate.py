"""The approximate search: a neighbour of a neighbour is likely to be a neighbour.

pynndescent starts from random projection trees and improves every point's list by its neighbours'
lists until they hardly change; the cosines of what it finds are then computed in float64, as in
the exact search. More neighbours are asked for than are wanted, since the last of a list are the
ones most often wrong.

Reference: W. Dong, C. Moses, K. Li, "Efficient k-nearest neighbor graph construction for generic
similarity measures", WWW 2011.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

from aacpy.features import Features
from aacpy.neighbors.candidates import Candidates, Neighbors
from aacpy.neighbors.exact import complete

_MORE = 60  # neighbours asked for beyond those wanted
_SEED = 0


def search_by_descent(
    features: Features, k: int, pool: ThreadPoolExecutor, threads: int
) -> Neighbors:
    """Nearly the k nearest neighbours of every point."""
    from pynndescent import NNDescent  # here, since it compiles on import and most runs are exact

    wanted = min(k + _MORE, len(features))
    with warnings.catch_warnings():
        # Points whose list stays too short are searched exactly below.
        warnings.filterwarnings("ignore", message="Failed to correctly find n_neighbors")
        graph = NNDescent(
            features.unit_float32(), metric="dot", n_neighbors=wanted, random_state=_SEED,
            n_jobs=threads,
        )  # fmt: skip
    candidates = Candidates(features, k, pool, threads)
    candidates.propose(graph.neighbor_graph[0])
    return complete(features, candidates)
