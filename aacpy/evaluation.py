"""How good features retrieve (mAP, CMC) and how good pseudo-labels are (purity, ARI, AMI)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from aacpy.ranking import Labelled, match_ranks


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
    *,
    threads: int | None = None,
) -> RetrievalScores:
    """Market-1501's protocol: rank the gallery by cosine for each query.

    For each query, gallery images of its identity *and* its camera are removed, as are junk
    images (identity -1); distractors (identity 0) stay as wrong matches. Average precision is
    the mean of the precisions at the true matches. Ties rank in the gallery's order.

    Parameters
    ----------
    query_features, gallery_features : (q, d), (g, d) float
        Arrays or torch tensors; L2-normalised here. Tensors on a GPU are compared there.
    query_ids, gallery_ids : (q,), (g,) int
    query_cameras, gallery_cameras : (q,), (g,) int
    ranks : ranks of the CMC, from 1.
    threads : CPU threads, None for all. The result does not depend on them.

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
    A match's rank is counted, not sorted for: O(q·g·(d + matches of a query)), in blocks. Single
    precision counts, and double precision settles what is too close for it, so the result is that
    of cosines in float64, rounded to 12 decimals so that equal features tie.
    """
    if not ranks or min(ranks) < 1:
        raise ValueError(f"ranks must be 1 or more, not {ranks!r}")
    found = match_ranks(
        Labelled("query", query_features, query_ids, query_cameras),
        Labelled("gallery", gallery_features, gallery_ids, gallery_cameras),
        threads=threads,
    )
    average_precision = np.full(len(found), np.nan)
    first_rank = np.full(len(found), np.inf)
    for query, places in enumerate(found):
        if len(places):
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
    query = Labelled("query", query_features, query_ids, query_cameras)
    gallery = Labelled("gallery", gallery_features, gallery_ids, gallery_cameras)
    found = []
    for at in range(len(query)):
        similarity = gallery.features.products_float64(query.features.unit_float64([at]))[0]
        same = (gallery.ids == query.ids[at]) & (gallery.cameras == query.cameras[at])
        kept = np.flatnonzero(~same & (gallery.ids != -1))
        nearest_first = np.argsort(-np.round(similarity[kept], 12), kind="stable")
        found.append(kept[nearest_first[:top]])
    return found


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
