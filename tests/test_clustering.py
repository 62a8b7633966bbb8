"""Jaccard distance and DBSCAN against a dense, literal reading of the definition."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from aacpy import cluster_features, jaccard_distance
from aacpy.features import Features
from aacpy.jaccard import distances_up_to, encodings
from aacpy.neighbors import nearest_neighbors


def literal_jaccard(features, k1, k2):
    """Zhong et al.'s distance with dense matrices and loops over points."""
    x = features / np.linalg.norm(features, axis=1, keepdims=True)
    n = len(x)
    similarity = np.round(x @ x.T, 12)
    ranked = similarity + np.where(np.eye(n) > 0, np.inf, 0)
    lists = np.argsort(-ranked, axis=1, kind="stable")[:, :k1]
    half_k = int(np.around(k1 / 2)) + 1

    def reciprocal(i, k):
        return {int(j) for j in lists[i, :k] if i in lists[j, :k]}

    encoding = np.zeros((n, n))
    for i in range(n):
        members = reciprocal(i, k1)
        expanded = set(members)
        for candidate in members:
            half = reciprocal(candidate, half_k)
            if len(half & members) > 2 / 3 * len(half):
                expanded |= half
        columns = sorted(expanded)
        weights = np.exp(-(2 - 2 * similarity[i, columns]))
        encoding[i, columns] = weights / weights.sum()
    if k2 > 1:
        encoding = np.stack([encoding[lists[i, :k2]].mean(axis=0) for i in range(n)])
    distance = np.empty((n, n))
    for i in range(n):
        shared = np.minimum(encoding[i], encoding).sum(axis=1)
        distance[i] = 1 - shared / (2 - shared)
    return np.maximum(distance, 0)


def dense(distance):
    full = np.ones(distance.shape)
    pairs = distance.tocoo()
    full[pairs.row, pairs.col] = pairs.data
    return full


def make_features(n, dim, clusters, seed, duplicates=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, dim))
    if clusters:
        features = 0.4 * features + rng.normal(size=(clusters, dim))[rng.integers(clusters, size=n)]
    if duplicates:
        features[rng.integers(n, size=duplicates)] = features[rng.integers(n, size=duplicates)]
    return features


@pytest.mark.parametrize("duplicates", [0, 60])
@pytest.mark.parametrize("clusters", [0, 20])
@pytest.mark.parametrize(("k1", "k2"), [(30, 6), (20, 6), (7, 1), (5, 3), (1, 1)])
def test_equals_the_literal_distance(k1, k2, clusters, duplicates):
    features = make_features(240, 16, clusters, seed=k1 + clusters, duplicates=duplicates)
    distance = jaccard_distance(features, k1, k2)
    expected = literal_jaccard(features, k1, k2)
    np.testing.assert_allclose(dense(distance), expected, atol=1e-9)
    found = DBSCAN(eps=0.6, min_samples=4, metric="precomputed").fit_predict(expected)
    assert np.array_equal(cluster_features(features, k1=k1, k2=k2), found)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_the_literal_distance_at_800_points(dtype):
    features = make_features(800, 64, 50, seed=5, duplicates=80).astype(dtype)
    distance = jaccard_distance(features, 30, 6)
    expected = literal_jaccard(features.astype(np.float64), 30, 6)
    np.testing.assert_allclose(dense(distance), expected, atol=1e-5)
    labels = cluster_features(features)
    found = DBSCAN(eps=0.6, min_samples=4, metric="precomputed").fit_predict(expected)
    assert np.array_equal(labels, found)
    assert labels.max() > 10


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 60), k1=st.integers(1, 40), k2=st.integers(1, 12),
    clusters=st.integers(0, 6), duplicates=st.integers(0, 30), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_any_size_equals_the_literal_distance(n, k1, k2, clusters, duplicates, seed):
    features = make_features(n, 5, clusters, seed, duplicates)
    distance = jaccard_distance(features, k1, k2)
    np.testing.assert_allclose(dense(distance), literal_jaccard(features, k1, k2), atol=1e-9)


def test_distance_is_symmetric_bounded_and_zero_on_the_diagonal():
    distance = jaccard_distance(make_features(200, 8, 10, seed=1), 12, 4)
    assert np.array_equal(dense(distance), dense(distance).T)
    assert 0 <= distance.data.min() <= distance.data.max() < 1
    np.testing.assert_allclose(distance.diagonal(), 0, atol=1e-12)
    assert distance.nnz < 200 * 200
    assert distance.has_sorted_indices


def test_pieces_and_threads_do_not_change_the_distance(monkeypatch):
    features = make_features(300, 8, 10, seed=2, duplicates=50)
    whole = jaccard_distance(features, 20)
    monkeypatch.setattr("aacpy.jaccard._ROWS", 7)
    parts = jaccard_distance(features, 20, threads=3)
    assert np.array_equal(dense(whole), dense(parts))
    assert np.array_equal(whole.indices, parts.indices)


def test_equal_points_are_stored_at_distance_0():
    distance = jaccard_distance(np.ones((8, 3)), 8, 2)
    assert distance.nnz == 64
    np.testing.assert_allclose(distance.data, 0, atol=1e-15)


def test_pairs_beyond_eps_are_not_held():
    features = make_features(400, 16, 20, seed=7)
    points = Features(features)
    found = encodings(points, nearest_neighbors(points, 20), 20, 6, 1)
    near, every = distances_up_to(0.6, found, 1), jaccard_distance(features, 20)
    kept = np.where(dense(every) <= 0.6, dense(every), 1)
    assert near.nnz == (every.data <= 0.6).sum() < every.nnz
    assert np.array_equal(dense(near), kept)


def test_a_wrong_eps_is_told_before_the_search(monkeypatch):
    monkeypatch.setattr(
        "aacpy.clustering.nearest_neighbors", lambda *_, **__: pytest.fail("search")
    )
    with pytest.raises(ValueError, match="eps must be in"):
        cluster_features(np.ones((5, 3)), eps=2)


def test_scale_of_the_features_does_not_matter():
    features = make_features(100, 8, 5, seed=3)
    scaled = features * np.random.default_rng(0).uniform(0.1, 10, (100, 1))
    assert np.array_equal(cluster_features(features), cluster_features(scaled))


def test_well_separated_clusters_are_found():
    rng = np.random.default_rng(0)
    centres = np.eye(5)
    ids = np.repeat(np.arange(5), 20)
    labels = cluster_features(centres[ids] + 0.02 * rng.normal(size=(100, 5)), k1=15)
    assert np.array_equal(labels, ids)


def test_degenerate_inputs_do_not_crash():
    assert cluster_features(np.ones((1, 3))).tolist() == [-1]
    assert cluster_features(np.ones((1, 3)), min_samples=1).tolist() == [0]
    assert cluster_features(np.ones((50, 3))).tolist() == [0] * 50
    assert len(cluster_features(np.zeros((10, 3)))) == 10


@pytest.mark.parametrize(
    ("features", "settings", "message"),
    [
        (np.ones(3), {}, "shape (n, d) with n > 0, not (3,)"),
        (np.ones((0, 3)), {}, "shape (n, d) with n > 0, not (0, 3)"),
        ([[1.0, np.nan], [1, 1]], {}, "1 rows are not, first row 0"),
        (np.ones((5, 3)), {"eps": 0}, "eps must be in (0, 1), not 0"),
        (np.ones((5, 3)), {"eps": 1.0}, "eps must be in (0, 1), not 1.0"),
        (np.ones((5, 3)), {"k1": 0}, "k1 must be an integer of at least 1, not 0"),
        (np.ones((5, 3)), {"k2": 1.5}, "k2 must be an integer of at least 1, not 1.5"),
        (np.ones((5, 3)), {"min_samples": 0}, "min_samples must be an integer of at least 1"),
    ],
)
def test_bad_input(features, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        cluster_features(features, **settings)


def test_features_must_be_numbers():
    with pytest.raises(TypeError, match="features must be numbers"):
        jaccard_distance(np.array([["a"]]))


def test_clustering_leaves_torch_its_threads():
    # In a process of its own, since numba's threads are started once.
    code = (
        "import numpy as np, torch; torch.set_num_threads(1)\n"
        "from aacpy import cluster_features, evaluate_retrieval, jaccard_distance\n"
        "x = np.random.default_rng(0).normal(size=(40, 3)); cluster_features(x)\n"
        "jaccard_distance(x); evaluate_retrieval(x, [1] * 40, [1] * 40, x, [1] * 40, [2] * 40)\n"
        "assert torch.get_num_threads() == 1"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
