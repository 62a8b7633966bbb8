"""The exact searches against a whole sorted matrix; the approximate one against the exact."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aacpy.neighbors import (
    EXACT_UP_TO,
    Neighbors,
    is_approximate,
    nearest_neighbors,
    neighbor_recall,
)
from aacpy.neighbors.gpu import search_on_gpu


def by_sorting(features, k):
    """Whole matrix, whole sort."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.where(lengths > 0, lengths, 1)
    similarity = np.round(unit @ unit.T, 12)
    first = similarity + np.where(np.eye(len(unit)) > 0, np.inf, 0)
    indices = np.argsort(-first, axis=1, kind="stable")[:, :k]
    return indices, np.take_along_axis(similarity, indices, 1)


def make_features(n, dim, seed, duplicates=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, dim)) + 2 * rng.normal(size=(9, dim))[rng.integers(9, size=n)]
    features[rng.integers(n, size=duplicates)] = features[rng.integers(n, size=duplicates)]
    return features.astype(dtype)


def check(found, features, k):
    indices, similarity = by_sorting(features.astype(np.float64), k)
    assert np.array_equal(found.indices, indices)
    np.testing.assert_allclose(found.similarity, similarity, atol=2e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("duplicates", [0, 200])
@pytest.mark.parametrize("k", [1, 2, 30])
def test_exact_search_equals_the_sorted_matrix(k, duplicates, dtype):
    features = make_features(1500, 24, k, duplicates, dtype)
    check(nearest_neighbors(features, k), features, k)


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 60), dim=st.integers(1, 6), k=st.integers(1, 70),
    duplicates=st.integers(0, 60), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_any_size_equals_the_sorted_matrix(n, dim, k, duplicates, seed):
    # Whole numbers in few dimensions: many cosines are equal, and ties must go to the lower index.
    features = np.round(make_features(n, dim, seed, duplicates))
    expected = by_sorting(features, k)[0]
    assert np.array_equal(nearest_neighbors(features, k).indices, expected)


def test_ties_go_to_the_lower_index_and_a_point_comes_first():
    features = np.array([[1.0, 0], [1, 0], [0, 1], [1, 0], [1, 1]])
    assert nearest_neighbors(features, 3).indices.tolist() == [
        [0, 1, 3], [1, 0, 3], [2, 4, 0], [3, 0, 1], [4, 0, 1],
    ]  # fmt: skip


def test_single_precision_cannot_decide_these():
    # Cosines that differ in the ninth decimal are equal in float32.
    angles = np.concatenate([[0.0], 0.5 + 1e-9 * np.random.default_rng(0).permutation(400)])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    check(nearest_neighbors(features, 20), features, 20)


def test_more_equal_points_than_there_is_room_for():
    features = np.repeat(make_features(4, 5, 0), 300, axis=0)
    found = nearest_neighbors(features, 10)
    check(found, features, 10)
    assert found.indices[700].tolist() == [700, *range(600, 609)]


def test_blocks_and_threads_do_not_change_the_result(monkeypatch):
    features = make_features(700, 8, 2, duplicates=50)
    whole = nearest_neighbors(features, 20, threads=1)
    monkeypatch.setattr("aacpy.neighbors.exact._ROWS", 64)
    monkeypatch.setattr("aacpy.neighbors.exact._COLUMNS", 96)
    parts = nearest_neighbors(features, 20, threads=3)
    assert np.array_equal(parts.indices, whole.indices)
    assert np.array_equal(parts.similarity, whole.similarity)


def test_very_small_and_very_large_features():
    features = make_features(100, 6, 3)
    expected = by_sorting(features, 7)[0]
    for scale in (1e-100, 1e100):
        assert np.array_equal(nearest_neighbors(features * scale, 7).indices, expected)
    tiny = (features * 1e-18).astype(np.float32)
    assert np.array_equal(nearest_neighbors(tiny, 7).indices, by_sorting(tiny.astype(float), 7)[0])


@pytest.mark.parametrize("size", [1, 1 << 14, 1 << 29])
def test_the_gpu_search_equals_the_sorted_matrix(size, monkeypatch):
    monkeypatch.setattr("aacpy.neighbors.gpu._BLOCK_BYTES", size)
    features = make_features(90, 7, 4, duplicates=60)
    features[3] = 0
    check(search_on_gpu(torch.from_numpy(features), 12), features, 12)


def test_a_tensor_is_searched_as_an_array():
    features = make_features(60, 5, 6, dtype=np.float32)
    check(nearest_neighbors(torch.from_numpy(features), 8), features, 8)


def test_the_approximate_search_finds_nearly_all_and_says_how_many():
    features = make_features(2500, 16, 8, dtype=np.float32)
    found, exact = (nearest_neighbors(features, 15, search=s) for s in ("approximate", "exact"))
    assert np.array_equal(found.indices[:, 0], np.arange(2500))
    assert (np.diff(found.similarity[:, 1:], axis=1) <= 0).all()
    pairs = zip(exact.indices, found.indices, strict=True)
    recall = np.mean([np.isin(e, f).mean() for e, f in pairs])
    assert recall > 0.95
    assert neighbor_recall(features, found, sample=2500) == pytest.approx(recall, abs=1e-12)
    assert neighbor_recall(features, exact) == 1
    again = nearest_neighbors(features, 15, search="approximate")
    assert np.array_equal(again.indices, found.indices)


def test_the_approximate_search_of_few_points_is_exact():
    features = make_features(12, 4, 9)
    check(nearest_neighbors(features, 30, search="approximate"), features, 12)


def test_recall_counts_what_is_missing():
    features = make_features(50, 4, 10)
    exact = nearest_neighbors(features, 10)
    half = exact.indices.copy()
    half[:, 5:] = -1
    assert neighbor_recall(features, Neighbors(half, exact.similarity)) == 0.5


def test_auto_is_exact_up_to_a_size():
    assert not is_approximate("auto", EXACT_UP_TO)
    assert is_approximate("auto", EXACT_UP_TO + 1)
    assert is_approximate("approximate", 5)
    assert not is_approximate("exact", 10**9)


@pytest.mark.parametrize(
    ("features", "k", "search", "error", "message"),
    [
        (np.ones(3), 2, "exact", ValueError, "shape (n, d) with n > 0, not (3,)"),
        (np.ones((0, 3)), 2, "exact", ValueError, "shape (n, d) with n > 0, not (0, 3)"),
        ([[1.0, np.nan], [1, 1]], 2, "exact", ValueError, "1 rows are not, first row 0"),
        ([[1.0, 1], [1, np.inf]], 2, "exact", ValueError, "1 rows are not, first row 1"),
        ([[1e200, 1], [1, 1]], 2, "exact", ValueError, "features are too large"),
        ([["a"]], 2, "exact", TypeError, "features must be numbers"),
        (np.ones((5, 3)), 0, "exact", ValueError, "k must be an integer of at least 1, not 0"),
        (np.ones((5, 3)), 2.0, "exact", ValueError, "k must be an integer of at least 1, not 2.0"),
        (np.ones((5, 3)), 2, "fast", ValueError, "auto, exact, approximate, not 'fast'"),
    ],
)
def test_bad_input(features, k, search, error, message):
    with pytest.raises(error, match=re.escape(message)):
        nearest_neighbors(features, k, search=search)
