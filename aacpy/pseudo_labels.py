"""What each method takes as the labels of an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.aac import split_clusters, vector_codes
from aacpy.clustering import cluster_features
from aacpy.config import Config
from aacpy.datasets import ReidDataset

Labels = NDArray[np.int64]


def make_pseudo_labels(
    config: Config, epoch: int, features: NDArray[np.floating[Any]], dataset: ReidDataset
) -> tuple[Labels | None, Labels]:
    """An epoch's labels of the training images, before AAC and as trained on.

    Returns
    -------
    before : (n,) int64, DBSCAN's labels, or None for a method that does not cluster.
    labels : (n,) int64. In both, -1 = un-clustered.
    """
    train = dataset.train
    if config.method == "supervised":
        return None, np.unique(train.ids, return_inverse=True)[1].astype(np.int64)
    if config.method == "attributes":
        return None, vector_codes(dataset.require_attributes())
    before = cluster_features(
        features, eps=config.eps, min_samples=config.min_samples, k1=config.k1, k2=config.k2
    )
    if config.method == "baseline" or epoch < config.start_epoch:
        return before, before
    return before, split_clusters(before, dataset.require_attributes(), config.delta)
