"""Splits without attributes: the number and sizes of parts, and the parts where they are clear."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from aacpy.studies.controls import SPLITS, split_like


def partition(codes):
    return {frozenset(np.nonzero(codes == code)[0].tolist()) for code in np.unique(codes)}


def random_case(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    labels, reference = rng.integers(-1, 4, n) * 3, rng.integers(0, 5, n)
    labels[labels < 0] = -1
    reference = np.where(labels < 0, -1, labels * 10 + reference)
    return labels, reference, rng.normal(size=(n, 8)).astype(np.float32)


@pytest.mark.parametrize("how", SPLITS)
@pytest.mark.parametrize("equal_rows", [False, True])
def test_makes_as_many_parts_of_each_cluster(how, equal_rows):
    for seed in range(25):
        labels, reference, features = random_case(seed)
        if equal_rows:
            features[:] = features[0]
        before = labels.copy(), reference.copy(), features.copy()
        new = split_like(labels, reference, features, how, np.random.default_rng(seed))
        again = split_like(labels, reference, features, how, np.random.default_rng(seed))
        assert np.array_equal(new, again)
        assert new.dtype == np.int64
        assert np.array_equal(new < 0, labels < 0)
        assert np.array_equal(np.unique(new[new >= 0]), np.arange(new.max() + 1))
        last = -1
        for label in sorted(set(labels.tolist()) - {-1}):
            parts = np.unique(new[labels == label])
            assert len(parts) == len(np.unique(reference[labels == label]))
            assert parts.min() == last + 1
            last = parts.max()
            if how == "random":
                sizes = np.bincount(new[labels == label])[parts]
                assert sizes.tolist() == np.unique(
                    reference[labels == label], return_counts=True
                )[1].tolist()  # fmt: skip
        for given, kept in zip((labels, reference, features), before, strict=True):
            assert np.array_equal(given, kept)


@pytest.mark.parametrize("how", ["kmeans", "agglomerative"])
def test_finds_clear_parts_by_direction(how):
    rng = np.random.default_rng(0)
    truth = np.arange(30) % 3
    features = (np.eye(3)[truth] + 0.05 * rng.random((30, 3))) * rng.uniform(0.1, 9, (30, 1))
    reference = np.sort(truth)  # another split, of as many parts
    new = split_like(np.zeros(30, int), reference, features, how, rng)
    assert partition(new) == partition(truth)


def test_agglomerative_equals_linkage():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        features, reference = rng.normal(size=(30, 5)), rng.integers(0, 4, 30)
        new = split_like(np.zeros(30, int), reference, features, "agglomerative", rng)
        tree = linkage(features, "average", metric="cosine")
        n_parts = len(np.unique(reference))
        assert partition(new) == partition(fcluster(tree, n_parts, "maxclust"))


def test_random_parts_mix_the_reference():
    reference = np.repeat([0, 1], 200)
    rng = np.random.default_rng(0)
    new = split_like(np.zeros(400, int), reference, np.ones((400, 2)), "random", rng)
    assert 60 < (new[:200] == 0).sum() < 140


@pytest.mark.parametrize("how", SPLITS)
def test_edges(how):
    rng = np.random.default_rng(0)
    assert len(split_like([], [], np.zeros((0, 2)), how, rng)) == 0
    assert split_like([-1, -1], [-1, -1], np.eye(2), how, rng).tolist() == [-1, -1]
    assert split_like([5, 3, 3], [0, 1, 1], np.eye(3), how, rng).tolist() == [1, 0, 0]
    zeros = split_like([0, 0, 0], [0, 1, 2], np.zeros((3, 3)), how, rng)
    assert sorted(zeros.tolist()) == [0, 1, 2]


def test_refuses_bad_input():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="how"):
        split_like([0], [0], [[1.0]], "spectral", rng)
    with pytest.raises(ValueError, match="exactly where"):
        split_like([0, -1], [0, 0], np.eye(2), "random", rng)
    with pytest.raises(ValueError, match="refine"):
        split_like([0, 1], [0, 0], np.eye(2), "random", rng)
    with pytest.raises(ValueError, match="reference"):
        split_like([0, 1], [0], np.eye(2), "random", rng)
    with pytest.raises(ValueError, match="features"):
        split_like([0, 1], [0, 1], np.eye(3), "random", rng)
