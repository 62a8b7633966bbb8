"""Exact pseudo-labels, against the search for neighbours alone and the dense textbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aacpy.clustering import cluster_features, cluster_neighbors
from aacpy.features import Features as Points
from aacpy.neighbors import Neighbors, nearest_neighbors
from benchmarks import textbook
from benchmarks.features import Features, data_words, features_of, train_images
from benchmarks.stage import Arrays, Size, Stage, Work, same, thousands

#: The paper's settings.
SETTINGS: dict[str, Any] = {"eps": 0.6, "min_samples": 4, "k1": 30, "k2": 6}
LONG = 50_000


@dataclass(frozen=True)
class Data:
    """Features, and where they are few their neighbours, for what follows on these."""

    features: Features
    neighbors: Neighbors | None

    @classmethod
    def of(cls, features: Features) -> Data:
        """The features with their neighbours, unless these take minutes."""
        return cls(features, None if len(features) >= LONG else search(features))


def search(features: Features) -> Neighbors:
    """The neighbours that the clustering needs."""
    return nearest_neighbors(features, SETTINGS["k1"], search="exact")


def prepare(size: Size) -> Data:
    """Clustered features."""
    return Data.of(features_of(train_images(size.n), size.width))


def check(results: Arrays) -> dict[str, bool]:
    """Equal labels, numbers and all."""
    return {"the textbook's labels": same(results, "library", "textbook")}


STAGE = Stage(
    name="pseudo_labels",
    title="pseudo-labels, exact",
    limit="the nearest neighbours alone",
    textbook="dense distances in float64, dense DBSCAN",
    data=f"clustered features, {data_words()}",
    works={
        "library": Work(
            lambda data: cluster_features(data.features, search="exact", **SETTINGS),
            once_from=LONG, peak=True,
        ),
        "limit": Work(lambda data: search(data.features).indices, largest=LONG - 1),
        "beyond": Work(
            lambda data: cluster_neighbors(Points(data.features), data.neighbors, **SETTINGS),
            largest=LONG - 1,
        ),
        "textbook": Work(
            lambda data: textbook.pseudo_labels(data.features, **SETTINGS),
            largest=12_936, once_from=6_000, peak=True,
        ),
    },
    sizes=[Size(n, 2048) for n in (1_500, 3_000, 6_000, 12_936, 100_000)],
    quick=[Size(200, 16)],
    prepare=prepare,
    shape=thousands,
    check=check,
)  # fmt: skip
