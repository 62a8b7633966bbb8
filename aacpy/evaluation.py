"""How good features retrieve (mAP, CMC) and how good pseudo-labels are (purity, ARI, AMI)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

_BLOCK = 256  # queries whose similarities are held at a time


@dataclass(frozen=True)
class RetrievalScores:
    """Scores of a retrieval run.

    Attributes
    ----------
    mean_ap : mean average precision over the valid queries, in [0, 1].
    cmc : rank -> share of valid queries with a true match at that rank or before.
    n_queries : queries with at least one true match; the others count nowhere.
    average_precision : (q,) float64 of every query, NaN for one without a true match.
    """

    mean_ap: float
    cmc: dict[int, float]
    n_queries: int
    average_precision: NDArray[np.float64]


def evaluate_retrieval(
    query_features: ArrayLike,
    query_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_features: ArrayLike,
    gallery_ids: ArrayLike,
    gallery_cameras: ArrayLike,
    ranks: Sequence[int] = (1, 5, 10),
) -> RetrievalScores:
    """Market-1501's protocol: rank the gallery by cosine for each query.

    For each query, gallery images of its identity *and* its camera are removed, as are junk
    images (identity -1); distractors (identity 0) stay as wrong matches. Average precision is
    the mean of the precisions at the true matches. Ties rank in the gallery's order.

    Parameters
    ----------
    query_features, gallery_features : (q, d), (g, d) float
        L2-normalised here.
    query_ids, gallery_ids : (q,), (g,) int
    query_cameras, gallery_cameras : (q,), (g,) int
    ranks : ranks of the CMC, from 1.

    Raises
    ------
    ValueError
        If shapes differ, features are not finite, a rank is below 1, or no query has a true
        match.

    References
    ----------
    L. Zheng et al., "Scalable person re-identification: a benchmark", ICCV 2015. As in
    ClusterContrast, precision is not interpolated between matches.

    Notes
    -----
    A match's rank is counted, not sorted for: O(q·g·(d + matches of a query)).
    """
    if not ranks or min(ranks) < 1:
        raise ValueError(f"ranks must be 1 or more, not {ranks!r}")
    average_precision = np.full(len(np.asarray(query_ids)), np.nan)
    first_rank = np.full(len(average_precision), np.inf)
    for query, similarity, keep, match in _comparisons(
        query_features, query_ids, query_cameras, gallery_features, gallery_ids, gallery_cameras
    ):
        if not match.any():
            continue
        places = _ranks_of(np.flatnonzero(match[keep]), similarity[keep])
        average_precision[query] = np.mean(np.arange(1, len(places) + 1) / places)
        first_rank[query] = places[0]
    valid = np.isfinite(first_rank)
    if not valid.any():
        raise ValueError("no query has a true match in the gallery under another camera")
    return RetrievalScores(
        mean_ap=float(np.mean(average_precision[valid])),
        cmc={int(r): float(np.mean(first_rank[valid] <= r)) for r in ranks},
        n_queries=int(valid.sum()),
        average_precision=average_precision,
    )


def top_matches(
    query_features: ArrayLike,
    query_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_features: ArrayLike,
    gallery_ids: ArrayLike,
    gallery_cameras: ArrayLike,
    top: int = 10,
) -> list[NDArray[np.int64]]:
    """Gallery indices of each query's first `top` ranks, under the same protocol."""
    found = []
    for _, similarity, keep, _ in _comparisons(
        query_features, query_ids, query_cameras, gallery_features, gallery_ids, gallery_cameras
    ):
        kept = np.flatnonzero(keep)
        found.append(kept[np.argsort(-similarity[kept], kind="stable")[:top]])
    return found


def _ranks_of(matches: NDArray[np.int64], similarity: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks, from 1 and ascending, of the given positions in a descending stable order."""
    values = similarity[matches][:, None]
    before = np.arange(len(similarity)) < matches[:, None]
    ahead = (similarity > values) | ((similarity == values) & before)
    return np.sort(ahead.sum(axis=1) + 1)


def _comparisons(
    query_features: ArrayLike, query_ids: ArrayLike, query_cameras: ArrayLike,
    gallery_features: ArrayLike, gallery_ids: ArrayLike, gallery_cameras: ArrayLike,
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]]:  # fmt: skip
    """For each query: its index, similarities (g,), which images count, which of them match.

    Similarities are rounded to 12 decimals, so that equal features tie whatever the blocks.
    """
    queries, q_ids, q_cams = _checked("query", query_features, query_ids, query_cameras)
    gallery, g_ids, g_cams = _checked("gallery", gallery_features, gallery_ids, gallery_cameras)
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"query and gallery features must have one width, not {queries.shape[1]} and "
            f"{gallery.shape[1]}"
        )
    not_junk = g_ids != -1
    for start in range(0, len(queries), _BLOCK):
        block = np.round(queries[start : start + _BLOCK] @ gallery.T, 12)
        for query, similarity in enumerate(block, start):
            same_id = g_ids == q_ids[query]
            keep = not_junk & ~(same_id & (g_cams == q_cams[query]))
            yield query, similarity, keep, keep & same_id


def _checked(
    name: str, features: ArrayLike, ids: ArrayLike, cameras: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    features, ids, cameras = np.asarray(features), np.asarray(ids), np.asarray(cameras)
    if features.ndim != 2 or not len(features):
        raise ValueError(f"{name}_features must have shape (n, d), n > 0, not {features.shape}")
    for what, values in (("ids", ids), ("cameras", cameras)):
        if values.shape != (len(features),) or values.dtype.kind not in "iu":
            raise ValueError(
                f"{name}_{what} must be {len(features)} integers, not {values.shape} {values.dtype}"
            )
    unit = features.astype(np.float64)
    if not np.isfinite(unit).all():
        raise ValueError(f"{name}_features must be finite")
    norms = np.linalg.norm(unit, axis=1, keepdims=True)
    # Signed, since unsigned identities would make -1 a large number.
    return unit / np.where(norms > 0, norms, 1), ids.astype(np.int64), cameras.astype(np.int64)


@dataclass(frozen=True)
class ClusterQuality:
    """How well pseudo-labels agree with the identities; un-clustered samples are left out.

    Attributes
    ----------
    n_clusters, n_unclustered : counts.
    purity : share of clustered samples that are of their cluster's most frequent identity.
    ari, ami : adjusted Rand index and adjusted mutual information.

    The last three are NaN when nothing is clustered.
    """

    n_clusters: int
    n_unclustered: int
    purity: float
    ari: float
    ami: float


def cluster_quality(labels: ArrayLike, ids: ArrayLike) -> ClusterQuality:
    """Compare pseudo-labels (n,), -1 = un-clustered, with identities (n,).

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    labels, ids = np.asarray(labels), np.asarray(ids)
    if labels.ndim != 1 or labels.shape != ids.shape:
        raise ValueError(f"labels and ids must have one length, not {labels.shape}, {ids.shape}")
    kept = labels >= 0
    n_unclustered = int((~kept).sum())
    if not kept.any():
        return ClusterQuality(0, n_unclustered, np.nan, np.nan, np.nan)
    labels, ids = labels[kept], ids[kept]
    clusters, label_codes = np.unique(labels, return_inverse=True)
    pairs, sizes = np.unique(np.stack([label_codes, ids]), axis=1, return_counts=True)
    largest = np.zeros(len(clusters), np.int64)
    np.maximum.at(largest, pairs[0], sizes)
    return ClusterQuality(
        n_clusters=len(clusters),
        n_unclustered=n_unclustered,
        purity=float(largest.sum() / len(labels)),
        ari=float(adjusted_rand_score(ids, labels)),
        ami=float(adjusted_mutual_info_score(ids, labels)),
    )
