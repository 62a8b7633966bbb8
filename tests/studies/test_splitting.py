"""Splitting with unknown attributes, what it leaves over, and groups of nearly equal vectors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from aacpy import split_clusters
from aacpy.aac import vector_codes
from aacpy.studies import splitting
from aacpy.studies.splitting import groups_above, left_over, soft_groups, split_groups, split_off


def split_by_loop(labels, groups, delta):
    """New labels and what is left over, sample by sample."""
    new, left = [-1] * len(labels), [False] * len(labels)
    next_label = 0
    for cluster in sorted(set(labels.tolist()) - {-1}):
        members = [i for i, y in enumerate(labels) if y == cluster]
        codes = [int(groups[i]) for i in members]
        leaving = [c for c in sorted(set(codes) - {-1}) if codes.count(c) > delta]
        stays = [i for i in members if groups[i] not in leaving]
        for part in ([stays] if stays else []) + [
            [i for i in members if groups[i] == c] for c in leaving
        ]:
            for i in part:
                new[i] = next_label
            next_label += 1
        for i in stays:
            left[i] = bool(leaving)
    return new, left


def partition(codes):
    """The groups of equal codes, whatever their numbers."""
    return {frozenset(np.nonzero(codes == code)[0].tolist()) for code in np.unique(codes)}


@pytest.mark.parametrize("seed", range(300))
def test_equals_the_explicit_loop(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 50))
    labels = rng.integers(-1, 5, n) * 3
    labels[labels < 0] = -1
    groups = rng.integers(-1, 4, n)
    before = labels.copy(), groups.copy()
    for delta in range(6):
        new, left = split_by_loop(labels, groups, delta)
        assert split_groups(labels, groups, delta).tolist() == new
        leaves = groups_above(labels, groups, delta)
        assert split_off(labels, groups, leaves).tolist() == new
        assert left_over(labels, leaves).tolist() == left
        known = np.maximum(groups, 0)
        assert np.array_equal(
            split_groups(labels, known, delta), split_clusters(labels, known[:, None], delta)
        )
    assert np.array_equal(labels, before[0])
    assert np.array_equal(groups, before[1])


def test_worked_example():
    labels = [4, 4, 4, 4, 4, 7, 7, -1]
    groups = [9, 9, 2, -1, -1, 3, 3, 9]
    assert split_groups(labels, groups, 1).tolist() == [1, 1, 0, 0, 0, 2, 2, -1]
    assert left_over(labels, groups_above(labels, groups, 1)).tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert split_groups(labels, groups, 0).tolist() == [2, 2, 1, 0, 0, 3, 3, -1]
    assert left_over(labels, groups_above(labels, groups, 0)).tolist() == [0, 0, 0, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("function", [split_groups, groups_above])
def test_edges(function):
    assert len(function([], [], 2)) == 0
    assert not (function([-1, -1], [0, 0], 0) > 0).any()
    assert not function([0, 0, 0], [-1, -1, -1], 0).any()


@pytest.mark.parametrize("function", [split_groups, groups_above])
@pytest.mark.parametrize(
    ("labels", "groups", "delta"),
    [
        ([0, 0], [1], 1),
        ([[0]], [1], 1),
        ([0], [[1]], 1),
        ([0.0], [1], 1),
        ([-2], [1], 1),
        ([0], [-2], 1),
        ([0], [1], -1),
        ([0], [1], 1.0),
        ([0], [1], True),
    ],
)
def test_refuses_bad_input(function, labels, groups, delta):
    with pytest.raises(ValueError, match="must"):
        function(labels, groups, delta)


def test_refuses_what_is_no_mask():
    for bad in ([0, 1], [True], [[True, False]]):
        with pytest.raises(ValueError, match="leaves must"):
            left_over([0, 0], bad)
        with pytest.raises(ValueError, match="leaves must"):
            split_off([0, 0], [1, 2], bad)


def test_soft_groups_join_near_vectors():
    # 0 and 1 differ in one attribute, 2 from them in three and two: 2.5 on average.
    values = [[0, 0, 0], [0, 0, 1], [1, 1, 1], [-1, -1, -1], [0, 0, 0]]
    labels = [3, 3, 3, 3, -1]

    def groups(distance):
        return soft_groups(labels, values, distance)

    assert partition(groups(0.9)[:3]) == {frozenset([0]), frozenset([1]), frozenset([2])}
    assert partition(groups(1)[:3]) == {frozenset([0, 1]), frozenset([2])}
    assert partition(groups(2.4)[:3]) == {frozenset([0, 1]), frozenset([2])}
    assert partition(groups(2.5)[:3]) == {frozenset([0, 1, 2])}
    assert groups(1)[3:].tolist() == [-1, -1]


def test_a_vector_weighs_as_often_as_it_occurs():
    # 0000 three times and 0001 join at 1; 0111 is then (3 * 3 + 2) / 4 = 2.75 away, which would be
    # 2.5 were each vector counted once.
    values = [[0, 0, 0, 0]] * 3 + [[0, 0, 0, 1], [0, 1, 1, 1]]
    assert len(partition(soft_groups([0] * 5, values, 2.74))) == 2
    assert len(partition(soft_groups([0] * 5, values, 2.75))) == 1


def test_unknown_values_are_scaled_up():
    values = [[0, 0, 0, 0], [0, 1, -1, -1]]  # one of two known differs: two of four
    assert soft_groups([0, 0], values, 1.99).max() == 1
    assert soft_groups([0, 0], values, 2).max() == 0
    values = [[0, -1], [-1, 0]]  # nothing known of both: two of two
    assert soft_groups([0, 0], values, 1.99).max() == 1
    assert soft_groups([0, 0], values, 2).max() == 0


@pytest.mark.parametrize("seed", range(100))
def test_soft_groups_equal_linkage_of_every_sample(seed):
    rng = np.random.default_rng(seed)
    n, u = int(rng.integers(2, 40)), 6
    labels, values = rng.integers(-1, 3, n), rng.integers(0, 2, (n, u))
    values[rng.random((n, u)) < 0.3] = -1
    before = values.copy()
    distance = float(rng.choice([0, 0.5, 1, 2, 2.2, 3]))
    groups = soft_groups(labels, values, distance)
    assert np.array_equal(values, before)
    for label in range(3):
        members = np.nonzero((labels == label) & (values >= 0).any(axis=1))[0]
        # Ties go by the order of the vectors, which -1 comes first in.
        order = sorted(range(len(members)), key=lambda i: values[members[i]].tolist())
        members = members[order]
        if len(members) < 2:
            continue
        pairs = []
        for i, a in enumerate(members):
            for b in members[i + 1 :]:
                both = [k for k in range(u) if values[a, k] >= 0 and values[b, k] >= 0]
                differing = sum(values[a, k] != values[b, k] for k in both)
                pairs.append(differing * u / len(both) if both else u)
                pairs[-1] += 1e-6 * (values[a] != values[b]).any()  # equal ones join first
        expected = fcluster(linkage(pairs, "average"), distance + 1.001e-6, "distance")
        for i, j in zip(
            *np.nonzero(vector_codes(values[members])[:, None] == vector_codes(values[members])),
            strict=True,
        ):
            assert groups[members[i]] == groups[members[j]]
        assert partition(groups[members]) == partition(expected)
    order = rng.permutation(n)
    assert np.array_equal(soft_groups(labels[order], values[order], distance), groups[order])
    outside = (labels == -1) | (values < 0).all(axis=1)
    assert np.array_equal(groups == -1, outside)


def test_large_clusters_are_thinned_in_proportion(monkeypatch):
    monkeypatch.setattr(splitting, "_MOST", 10)
    values = np.repeat([[0, 0, 0], [0, 0, 1], [1, 1, 1]], [30, 60, 1], axis=0)
    assert len(partition(soft_groups(np.zeros(91, int), values, 1))) == 2
    assert len(partition(soft_groups(np.zeros(91, int), values, 3))) == 1


def test_soft_groups_edges():
    assert len(soft_groups([], np.zeros((0, 3), int), 1)) == 0
    assert soft_groups([-1, -1], [[1], [2]], 0).tolist() == [-1, -1]
    assert soft_groups([0, 0], np.zeros((2, 0), int), 0).tolist() == [-1, -1]
    for bad in (-1, float("nan")):
        with pytest.raises(ValueError, match="distance"):
            soft_groups([0], [[0]], bad)
    with pytest.raises(ValueError, match="values"):
        soft_groups([0], [0], 1)
    with pytest.raises(ValueError, match="values"):
        soft_groups([0], [[0.5]], 1)
