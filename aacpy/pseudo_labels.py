"""What each method takes as the labels of an epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.aac import split_clusters, vector_codes
from aacpy.clustering import cluster_neighbors
from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.features import Features
from aacpy.neighbors import is_approximate, nearest_neighbors, neighbor_recall
from aacpy.studies.annotations import Annotations
from aacpy.studies.refinement import attribute_labels, refine, with_identities

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class PseudoLabels:
    """An epoch's labels of the training images; -1 = un-clustered.

    Attributes
    ----------
    labels : (n,) int64, as trained on.
    before : (n,) int64, DBSCAN's labels before any change; None for a method without clustering.
    neighbor_recall : share of the exact k1 nearest neighbours that an approximate search found, on
        a sample; None where the search was exact or there was none.
    """

    labels: Labels
    before: Labels | None = None
    neighbor_recall: float | None = None


def make_pseudo_labels(
    config: Config,
    epoch: int,
    features: ArrayLike,
    dataset: ReidDataset,
    annotations: Annotations | None = None,
) -> PseudoLabels:
    """The labels of `epoch` from the training images' features, (n, d), an array or a tensor.

    `annotations` are what a run of the studies is given in place of the dataset's attributes.
    """
    if config.method == "supervised":
        ids = dataset.train.ids
        return PseudoLabels(np.unique(ids, return_inverse=True)[1].astype(np.int64))
    if config.method == "attributes":
        if annotations is not None:
            return PseudoLabels(attribute_labels(config, annotations))
        return PseudoLabels(vector_codes(dataset.require_attributes()))
    before, recall = _cluster(config, features)
    labels = before
    if config.method == "aac" and epoch >= config.start_epoch:
        if annotations is not None:
            labels = refine(config, epoch, _on_host(features), before, annotations)
        else:
            labels = split_clusters(before, dataset.require_attributes(), config.delta)
    if annotations is not None:
        labels = with_identities(labels, annotations)
    return PseudoLabels(labels, before, recall)


def _on_host(features: ArrayLike) -> ArrayLike:
    return features.cpu().numpy() if hasattr(features, "cpu") else features


def _cluster(config: Config, features: ArrayLike) -> tuple[Labels, float | None]:
    points = Features(features)
    neighbors = nearest_neighbors(
        points, config.k1, search=config.neighbors, threads=config.threads
    )
    approximate = is_approximate(config.neighbors, len(points))
    recall = neighbor_recall(points, neighbors) if approximate else None
    labels = cluster_neighbors(
        points, neighbors, eps=config.eps, min_samples=config.min_samples, k1=config.k1,
        k2=config.k2, threads=config.threads,
    )  # fmt: skip
    return labels, recall
