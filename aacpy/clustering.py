"""Pseudo-labels: DBSCAN on the k-reciprocal Jaccard distance (Section 3.1, baseline)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.cluster import DBSCAN
from sklearn.neighbors import sort_graph_by_row_values

from aacpy.features import Features
from aacpy.jaccard import check_at_least_one, distances_up_to, encodings
from aacpy.neighbors import Neighbors, nearest_neighbors
from aacpy.threads import thread_count


def cluster_features(
    features: ArrayLike,
    *,
    eps: float = 0.6,
    min_samples: int = 4,
    k1: int = 30,
    k2: int = 6,
    search: str = "auto",
    threads: int | None = None,
) -> NDArray[np.int64]:
    """DBSCAN on the k-reciprocal Jaccard distance: (n, d) float -> (n,) int64.

    Parameters
    ----------
    features : (n, d) float
        An array, or a torch tensor; one on a GPU is searched there.
    eps : float
        Largest Jaccard distance between neighbours, in (0, 1).
    min_samples : int
        Points in a core point's neighbourhood, itself included. The paper's Section 4.1 calls it
        the minimal number of clusters.
    k1, k2 : int
        See `aacpy.jaccard_distance`.
    search : str
        "exact" or "approximate" neighbours, or "auto": exact up to 200,000 points. See
        `aacpy.neighbors`.
    threads : int, optional
        CPU threads; None for all. The exact result does not depend on them.

    Returns
    -------
    (n,) int64
        Labels from 0 without gaps; -1 = un-clustered.

    Raises
    ------
    ValueError
        If a shape or value is wrong, or a feature is not finite.
    """
    _check_density(eps, min_samples)
    check_at_least_one(k1=k1, k2=k2)
    points = Features(features)
    neighbors = nearest_neighbors(points, k1, search=search, threads=threads)
    return cluster_neighbors(
        points, neighbors, eps=eps, min_samples=min_samples, k1=k1, k2=k2, threads=threads
    )


def cluster_neighbors(
    points: Features,
    neighbors: Neighbors,
    *,
    eps: float = 0.6,
    min_samples: int = 4,
    k1: int = 30,
    k2: int = 6,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """What `cluster_features` does once the k1 nearest neighbours are known."""
    _check_density(eps, min_samples)
    threads = thread_count(threads)
    near = distances_up_to(eps, encodings(points, neighbors, k1, k2, threads), threads)
    graph = sort_graph_by_row_values(sparse.csr_matrix(near), warn_when_not_sorted=False)
    model = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed")
    return np.asarray(model.fit_predict(graph), np.int64)


def _check_density(eps: float, min_samples: int) -> None:
    if not 0 < eps < 1:
        raise ValueError(f"eps must be in (0, 1), not {eps!r}")
    check_at_least_one(min_samples=min_samples)
