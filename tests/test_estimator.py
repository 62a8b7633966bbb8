"""The scikit-learn estimator shares its implementation with the functions."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from aacpy import AttributeAuxiliaryClustering, cluster_features, split_clusters


def test_fit_equals_the_two_functions():
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(10), 12)
    features = rng.normal(size=(5, 8))[ids // 2] + 0.2 * rng.normal(size=(120, 8))
    attributes = np.stack([ids, ids % 3], axis=1)
    model = AttributeAuxiliaryClustering(delta=3, k1=12, k2=4, eps=0.5)
    labels = model.fit_predict(features, attributes)
    initial = cluster_features(features, k1=12, k2=4, eps=0.5)
    assert np.array_equal(model.initial_labels_, initial)
    assert np.array_equal(labels, split_clusters(initial, attributes, 3))
    assert labels.max() > initial.max()


def test_is_a_scikit_learn_estimator():
    model = clone(AttributeAuxiliaryClustering(delta=7, min_samples=3))
    assert model.get_params() == {"delta": 7, "eps": 0.6, "min_samples": 3, "k1": 30, "k2": 6}
    assert not hasattr(model, "labels_")
