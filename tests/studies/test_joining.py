"""Reattaching samples and merging clusters, against explicit loops."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aacpy.studies.joining import merge_clusters, reattach


def unit(rows):
    rows = np.asarray(rows, np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def mode(values):
    counts = Counter(int(v) for v in values if v >= 0)
    return min(counts, key=lambda v: (-counts[v], v)) if counts else -1


def gapless(labels):
    kept = sorted(set(labels.tolist()) - {-1})
    return [kept.index(y) if y >= 0 else -1 for y in labels.tolist()]


def reattach_by_loop(labels, loose, vectors, features):
    rows, new = unit(features), labels.copy()
    known = {}
    for label in sorted(set(labels.tolist()) - {-1}):
        members = (labels == label) & ~loose
        if members.any():
            known[label] = mode(vectors[members]), unit([rows[members].mean(axis=0)])[0]
    for i in np.nonzero(loose & (vectors >= 0))[0]:
        near = {y: rows[i] @ centre for y, (code, centre) in known.items() if code == vectors[i]}
        if near:
            new[i] = max(near, key=near.__getitem__)
    return gapless(new)


def merge_by_loop(labels, values, features, similarity):
    rows, new = unit(features), labels.copy()
    clusters = sorted(set(labels.tolist()) - {-1})
    modes = {y: [mode(column) for column in values[labels == y].T] for y in clusters}
    centres = {y: unit([rows[labels == y].mean(axis=0)])[0] for y in clusters}
    for _ in clusters:
        for y in clusters:
            for z in clusters:
                differing = sum(
                    p != q and p >= 0 and q >= 0 for p, q in zip(modes[y], modes[z], strict=True)
                )
                if differing == 0 and centres[y] @ centres[z] >= similarity:
                    least = min(new[labels == y][0], new[labels == z][0])
                    new[(labels == y) | (labels == z)] = least
    return gapless(new)


def random_case(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    labels = rng.integers(-1, 8, n) * 2
    labels[labels < 0] = -1
    return rng, n, labels, rng.normal(size=(n, 6)).astype(np.float32)


def test_reattach_equals_the_explicit_loop():
    n_moved = 0
    for seed in range(200):
        rng, n, labels, features = random_case(seed)
        loose, vectors = rng.random(n) < 0.4, rng.integers(-1, 3, n)
        before = [a.copy() for a in (labels, loose, vectors, features)]
        new = reattach(labels, loose, vectors, features)
        assert new.dtype == np.int64
        assert new.tolist() == reattach_by_loop(labels, loose, vectors, features)
        n_moved += new.tolist() != gapless(labels)
        for given, kept in zip((labels, loose, vectors, features), before, strict=True):
            assert np.array_equal(given, kept)
    assert n_moved > 100


def test_reattach_worked_example():
    # Clusters 0 and 1 are of vector 7, cluster 2 of vector 8. The last five are loose.
    labels = [0, 0, 1, 1, 2, 2, 2, 2, -1, 0]
    vectors = [7, 7, 7, 7, 8, 7, 9, -1, 7, 7]
    features = [[1, 0], [2, 0], [0, 1], [0, 1], [1, 1], [1, 3], [1, 0], [1, 0], [3, 1], [0, 2]]
    loose = np.arange(10) >= 5
    new = reattach(labels, loose, vectors, features)
    assert new.tolist() == [0, 0, 1, 1, 2, 1, 2, 2, 0, 1]


def test_reattach_edges():
    assert len(reattach([], np.zeros(0, bool), [], np.zeros((0, 2)))) == 0
    assert reattach([-1, -1], [True, True], [0, 0], np.eye(2)).tolist() == [-1, -1]
    assert reattach([3, 3], [True, True], [0, 0], np.eye(2)).tolist() == [0, 0]
    assert reattach([3, -1], [False, True], [0, 0], np.eye(2)).tolist() == [0, 0]
    # The cluster that all leave is gone; of equally near ones the least label is taken.
    features = [[1, 1], [0, 1], [1, 0]]
    assert reattach([0, 1, 2], [True, False, False], [5, 5, 5], features).tolist() == [0, 0, 1]


def test_merge_equals_the_explicit_loop():
    n_merged = 0
    for seed in range(200):
        rng, n, labels, features = random_case(seed)
        values = rng.integers(-1, 2, (n, 3))
        before = [a.copy() for a in (labels, values, features)]
        similarity = rng.choice([-1, 0, 0.5, 0.9])
        new = merge_clusters(labels, values, features, similarity)
        assert new.dtype == np.int64
        assert new.tolist() == merge_by_loop(labels, values, features, similarity)
        n_merged += new.max() < len(set(labels.tolist()) - {-1}) - 1
        for given, kept in zip((labels, values, features), before, strict=True):
            assert np.array_equal(given, kept)
    assert n_merged > 50


def test_merge_worked_example():
    labels = [4, 4, 4, 6, 6, 8, 9, -1]
    values = [[1, 2], [1, 2], [1, 0], [1, 2], [-1, 2], [0, 2], [1, 2], [1, 2]]
    features = [[1, 0], [1, 0], [1, 0], [2, 0.1], [2, 0.1], [1, 0], [0, 1], [1, 0]]
    assert merge_clusters(labels, values, features, 0.9).tolist() == [0, 0, 0, 0, 0, 1, 2, -1]
    assert merge_clusters(labels, values, features, 0).tolist() == [0, 0, 0, 0, 0, 1, 0, -1]
    assert merge_clusters(labels, values, features, 1).tolist() == [0, 0, 0, 1, 1, 2, 3, -1]


def test_merge_edges():
    assert len(merge_clusters([], np.zeros((0, 2), int), np.zeros((0, 2)), 0.5)) == 0
    assert merge_clusters([-1, -1], [[0], [0]], np.eye(2), -1).tolist() == [-1, -1]
    assert merge_clusters([5, 5], [[0], [1]], np.eye(2), -1).tolist() == [0, 0]
    assert merge_clusters([5, 7], [[0], [-1]], [[1, 2], [2, 4]], 1).tolist() == [0, 0]


def test_refuses_bad_input():
    one = np.ones((1, 1))
    for loose in ([1], [True, True], [[True]]):
        with pytest.raises(ValueError, match="loose"):
            reattach([0], loose, [0], one)
    with pytest.raises(ValueError, match="vectors"):
        reattach([0], [True], [[0]], one)
    with pytest.raises(ValueError, match="features"):
        reattach([0], [True], [0], np.ones((2, 1)))
    for similarity in (1.1, -1.1, float("nan")):
        with pytest.raises(ValueError, match="similarity"):
            merge_clusters([0], [[0]], one, similarity)
    with pytest.raises(ValueError, match="values"):
        merge_clusters([0], [0], one, 0.5)
