"""Each stage as its definition reads: full matrices, full sorts, one sample after another.

Nothing here is meant to be fast; what the library returns is compared with it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN

Numbers = NDArray[np.int64]
Matrix = NDArray[np.float64]


def similarities(left: NDArray[Any], right: NDArray[Any]) -> Matrix:
    """All cosines in float64, rounded to 12 decimals so that equal features tie."""
    rows = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in map(np.float64, (left, right))]
    product: Matrix = rows[0] @ rows[1].T
    return np.round(product, 12, out=product)


def nearest(features: NDArray[Any], k: int) -> Numbers:
    """Each point's k nearest, itself first: all similarities, every row sorted whole."""
    distance = similarities(features, features)
    np.negative(distance, out=distance)
    np.fill_diagonal(distance, -np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, :k].copy()


def dense_jaccard(features: NDArray[Any], k1: int, k2: int) -> Matrix:
    """The k-reciprocal Jaccard distance as an n x n matrix, row by row."""
    n, lists = len(features), nearest(features, k1)
    cosine = similarities(features, features)
    half_lists = lists[:, : round(k1 / 2) + 1]
    reciprocal = [mutual(lists, i) for i in range(n)]
    half = [mutual(half_lists, i) for i in range(n)]
    weights = np.zeros((n, n))
    for i in range(n):
        members = [reciprocal[i]]
        for candidate in reciprocal[i]:
            shared = np.intersect1d(half[candidate], reciprocal[i])
            if len(shared) > 2 / 3 * len(half[candidate]):
                members.append(half[candidate])
        expanded = np.unique(np.concatenate(members))
        weight = np.exp(2 * cosine[i, expanded] - 2)
        weights[i, expanded] = weight / weight.sum()
    del cosine
    if k2 > 1:
        single, weights = weights, np.empty((n, n))
        for i in range(n):
            weights[i] = single[lists[i, :k2]].mean(axis=0)
        del single
    distance = np.empty((n, n))
    columns = [np.flatnonzero(weights[:, j]) for j in range(n)]
    for i in range(n):
        shared = np.zeros(n)
        for j in np.flatnonzero(weights[i]):
            shared[columns[j]] += np.minimum(weights[i, j], weights[columns[j], j])
        distance[i] = np.maximum(0, 1 - shared / (2 - shared))
    return distance


def mutual(lists: Numbers, i: int) -> Numbers:
    """The neighbours of i that have i among theirs."""
    return lists[i][(lists[lists[i]] == i).any(axis=1)]


def pseudo_labels(
    features: NDArray[Any], *, eps: float, min_samples: int, k1: int, k2: int
) -> Numbers:
    """DBSCAN on the dense distance."""
    distance = dense_jaccard(features, k1, k2)
    found = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit_predict(distance)
    return np.asarray(found, np.int64)


def average_precisions(
    queries: NDArray[Any], query_ids: Numbers, query_cameras: Numbers,
    gallery: NDArray[Any], gallery_ids: Numbers, gallery_cameras: Numbers,
) -> tuple[Matrix, Numbers]:  # fmt: skip
    """Each query's average precision and the rank of its first match: every row sorted whole."""
    similarity = similarities(queries, gallery)
    precisions, firsts = np.full(len(queries), np.nan), np.zeros(len(queries), np.int64)
    for query, row in enumerate(similarity):
        order = np.argsort(-row, kind="stable")
        same = gallery_ids[order] == query_ids[query]
        kept = ~(same & (gallery_cameras[order] == query_cameras[query]))
        places = np.flatnonzero(same[kept]) + 1
        if len(places):
            precisions[query] = np.mean(np.arange(1, len(places) + 1) / places)
            firsts[query] = places[0]
    return precisions, firsts


def split_clusters(labels: Numbers, attributes: Numbers, delta: int) -> Numbers:
    """Eq. 4 with dictionaries, numbered as the library numbers."""
    groups: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for i, (label, vector) in enumerate(zip(labels.tolist(), attributes.tolist(), strict=True)):
        if label >= 0:
            groups[label, tuple(vector)].append(i)
    parts: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for (label, vector), members in groups.items():
        parts[label, vector if len(members) > delta else ()] += members
    new_labels = np.full(len(labels), -1, np.int64)
    for number, key in enumerate(sorted(parts)):  # () first: what stays together
        new_labels[parts[key]] = number
    return new_labels
