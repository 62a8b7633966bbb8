"""AAC for people who do not use our trainer: clustering and splitting in one estimator."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin

from aacpy.aac import split_clusters
from aacpy.clustering import cluster_features


class AttributeAuxiliaryClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Cluster features, then split the clusters by attributes: AAC as a scikit-learn estimator.

    Parameters
    ----------
    delta : int
        A group of equal attribute vectors splits off if it has more members (Eq. 4).
    eps, min_samples, k1, k2
        See `cluster_features`.

    Attributes
    ----------
    initial_labels_ : (n,) int64, labels before the split; -1 = un-clustered.
    labels_ : (n,) int64, labels after it; -1 = un-clustered.

    Examples
    --------
    >>> model = AttributeAuxiliaryClustering(delta=5)
    >>> labels = model.fit_predict(features, attributes)  # doctest: +SKIP
    """

    def __init__(
        self,
        delta: int = 5,
        eps: float = 0.6,
        min_samples: int = 4,
        k1: int = 30,
        k2: int = 6,
    ) -> None:
        self.delta = delta
        self.eps = eps
        self.min_samples = min_samples
        self.k1 = k1
        self.k2 = k2

    def fit(self, features: ArrayLike, attributes: ArrayLike) -> AttributeAuxiliaryClustering:
        """Cluster `features` (n, d) and split by `attributes` (n, a)."""
        self.initial_labels_ = cluster_features(
            features, eps=self.eps, min_samples=self.min_samples, k1=self.k1, k2=self.k2
        )
        self.labels_ = split_clusters(self.initial_labels_, attributes, self.delta)
        return self

    def fit_predict(self, features: ArrayLike, attributes: ArrayLike) -> NDArray[np.int64]:
        """Fit and return `labels_`."""
        return self.fit(features, attributes).labels_
