"""Approximate pseudo-labels up to many images, against the exact ones."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from aacpy import cluster_features
from aacpy.neighbors import Neighbors, nearest_neighbors, neighbor_recall
from benchmarks.features import Features, Numbers, data_words, features_of, train_images
from benchmarks.stage import Arrays, Size, Stage, Work, thousands
from benchmarks.stages.pseudo_labels import LONG, SETTINGS


def prepare(size: Size) -> Features:
    """Clustered features."""
    return features_of(train_images(size.n), size.width)


def cluster(features: Features) -> Numbers:
    """Approximate pseudo-labels."""
    return cluster_features(features, search="approximate", **SETTINGS)


def recall(features: Features, results: Arrays) -> dict[str, float]:
    """Share of the true neighbours that are found."""
    found = Neighbors(results["limit"], np.empty(0))
    return {"recall": neighbor_recall(features, found)}


def agreement(results: Arrays) -> dict[str, float]:
    """Adjusted Rand index of the labels with the exact ones."""
    return {"ari": float(adjusted_rand_score(results["exact"], results["library"]))}


STAGE = Stage(
    name="approximate",
    title="pseudo-labels, approximate",
    limit="the approximate neighbours alone",
    data=f"clustered features, {data_words()}",
    works={
        "library": Work(
            lambda x: cluster_features(x, search="approximate", **SETTINGS),
            once_from=LONG,
            peak=True,
        ),
        "limit": Work(
            lambda x: nearest_neighbors(x, SETTINGS["k1"], search="approximate").indices,
            once_from=LONG,
        ),
        "exact": Work(
            lambda x: cluster_features(x, search="exact", **SETTINGS), once_from=LONG, peak=True
        ),
    },
    sizes=[*(Size(n, 256) for n in (12_936, 50_000, 100_000, 200_000)), Size(12_936, 2048)],
    quick=[Size(200, 16)],
    prepare=prepare,
    shape=thousands,
    compare=agreement,
    facts=recall,
    facts_need=("limit",),
)
