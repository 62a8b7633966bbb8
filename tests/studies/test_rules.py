"""Splitting by the silhouette and by the length of a description, against explicit loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from aacpy.studies.rules import RULES, groups_by_rule, split_by_rule
from aacpy.studies.splitting import split_off


def unit(rows):
    rows = np.asarray(rows, np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def dimension_by_covariance(labels, groups, rows):
    deviations = np.zeros_like(rows)
    for label in set(labels.tolist()) - {-1}:
        for group in set(groups[labels == label].tolist()) - {-1}:
            members = (labels == label) & (groups == group)
            deviations[members] = rows[members] - rows[members].mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(deviations.T @ deviations)
    squares = (eigenvalues**2).sum()
    return max(1.0, eigenvalues.sum() ** 2 / squares) if squares else 1.0


def bic(parts, m):
    """Parts of one cluster, each (n_j, d); spherical Gaussians of one variance."""
    n, k = sum(map(len, parts)), len(parts)
    spread = sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts)
    variance = spread / (m * (n - k))
    likelihood = sum(len(part) * math.log(len(part) / n) for part in parts)
    likelihood -= n * m / 2 * math.log(2 * math.pi * variance) + m * (n - k) / 2
    return likelihood - ((k - 1) + k * m + 1) / 2 * math.log(n)


def leaves_by_loop(labels, groups, features, rule):
    rows = unit(features)
    m = dimension_by_covariance(labels, groups, rows)
    leaves = np.zeros(len(labels), bool)
    for label in set(labels.tolist()) - {-1}:
        for group in set(groups[labels == label].tolist()) - {-1}:
            cluster = labels == label
            inside, outside = cluster & (groups == group), cluster & (groups != group)
            if inside.sum() < 2 or outside.sum() < 2:
                continue
            if rule == "silhouette":
                scores = silhouette_samples(rows[cluster], inside[cluster], metric="cosine")
                leaves |= inside & (scores[inside[cluster]].mean() > 0)
            else:
                split = bic([rows[inside], rows[outside]], m) > bic([rows[cluster]], m)
                leaves |= inside & split
    return leaves


@pytest.mark.parametrize("rule", RULES)
def test_equals_the_explicit_loop(rule):
    seen = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n, d = int(rng.integers(8, 60)), int(rng.integers(2, 90))
        labels, groups = rng.integers(-1, 3, n) * 2, rng.integers(-1, 3, n)
        labels[labels < 0] = -1
        centres = rng.normal(size=(4, d)) * rng.choice([0, 0.3, 1, 3])
        features = (centres[groups] + rng.normal(size=(n, d)) + 1).astype(np.float32)
        before = labels.copy(), groups.copy(), features.copy()
        leaves = groups_by_rule(labels, groups, features, rule)
        expected = leaves_by_loop(labels, groups, features, rule)
        assert np.array_equal(leaves, expected)
        new = split_by_rule(labels, groups, features, rule)
        assert np.array_equal(new, split_off(labels, groups, expected))
        for given, kept in zip((labels, groups, features), before, strict=True):
            assert np.array_equal(given, kept)
        seen += leaves[(labels >= 0) & (groups >= 0)].tolist()
    assert 0.1 < np.mean(seen) < 0.9


@pytest.mark.parametrize("rule", RULES)
def test_a_group_that_looks_different_splits_off_and_a_random_one_stays(rule):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 64)) + 2
    features[:20, :32] += 4
    groups = np.repeat([0, 1], [20, 60])
    groups[70:] = -1
    expected = [1] * 20 + [2] * 50 + [0] * 10  # both groups look unlike their others
    assert split_by_rule(np.zeros(80, int), groups, features, rule).tolist() == expected
    if rule == "description":
        mixed = rng.permutation(groups)
        assert split_by_rule(np.zeros(80, int), mixed, features, rule).tolist() == [0] * 80


@pytest.mark.parametrize("rule", RULES)
def test_equal_features_stay_together(rule):
    features = np.ones((10, 7), np.float32) / 3
    assert not groups_by_rule(np.zeros(10, int), np.arange(10) % 2, features, rule).any()
    assert not groups_by_rule(np.zeros(10, int), np.arange(10) % 2, features * 0, rule).any()


@pytest.mark.parametrize("rule", RULES)
def test_only_directions_matter(rule):
    rng = np.random.default_rng(1)
    features = rng.normal(size=(40, 8)) / 2 + 1
    labels, groups = rng.integers(-1, 2, 40), rng.integers(0, 3, 40)
    features[groups == 1, :4] -= 3
    scaled = features * rng.uniform(0.1, 9, (40, 1))
    leaves = groups_by_rule(labels, groups, features, rule)
    assert leaves.any()
    assert np.array_equal(groups_by_rule(labels, groups, scaled, rule), leaves)


@pytest.mark.parametrize("rule", RULES)
def test_single_samples_are_not_judged(rule):
    features = [[1, 0], [1, 0.1], [1, 0.2], [0, 1]]
    assert not groups_by_rule([0] * 4, [0, 0, 0, 1], features, rule).any()
    assert not groups_by_rule([0] * 4, [0, 0, 0, -1], features, rule).any()


@pytest.mark.parametrize("rule", RULES)
def test_edges(rule):
    assert len(split_by_rule([], [], np.zeros((0, 3)), rule)) == 0
    features = np.eye(3)
    assert split_by_rule([-1] * 3, [0, 0, 1], features, rule).tolist() == [-1] * 3
    assert split_by_rule([5] * 3, [-1] * 3, features, rule).tolist() == [0] * 3
    assert split_by_rule([5, 3, 3], [0] * 3, features, rule).tolist() == [1, 0, 0]


def test_refuses_bad_input():
    with pytest.raises(ValueError, match="rule"):
        split_by_rule([0], [0], [[1.0]], "delta")
    with pytest.raises(ValueError, match="features"):
        split_by_rule([0], [0], [[1.0], [2.0]], "silhouette")
    with pytest.raises(ValueError, match="features"):
        split_by_rule([0], [0], [["a"]], "silhouette")
    with pytest.raises(ValueError, match="finite"):
        split_by_rule([0], [0], [[np.nan]], "silhouette")
    with pytest.raises(ValueError, match="groups"):
        split_by_rule([0], [0.5], [[1.0]], "silhouette")
