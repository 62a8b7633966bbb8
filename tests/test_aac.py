"""`split_clusters` against an explicit loop of Eq. 4, its edges, and the real attributes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aacpy import split_clusters
from aacpy.aac import vector_codes


def split_by_loop(labels, attributes, delta):
    """Eq. 4 sample by sample: groups of a cluster with more than delta members leave it."""
    new = [-1] * len(labels)
    next_label = 0
    for cluster in sorted({int(y) for y in labels} - {-1}):
        members = [i for i, y in enumerate(labels) if y == cluster]
        groups: dict[tuple[int, ...], list[int]] = {}
        for i in members:
            groups.setdefault(tuple(int(a) for a in attributes[i]), []).append(i)
        stays = [i for group in groups.values() if len(group) <= delta for i in group]
        leaves = [groups[vector] for vector in sorted(groups) if len(groups[vector]) > delta]
        for group in ([stays] if stays else []) + leaves:
            for i in group:
                new[i] = next_label
            next_label += 1
    return new


@st.composite
def cases(draw):
    n, width = draw(st.integers(0, 40)), draw(st.integers(0, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, draw(st.integers(0, 6)), n) * draw(st.integers(1, 3))
    labels[labels < 0] = -1
    low, high = sorted(draw(st.tuples(st.integers(-3, 3), st.integers(-3, 3))))
    attributes = rng.integers(low, high + 1, (n, width))
    return labels, attributes, draw(st.integers(0, 12))


@settings(max_examples=3000, deadline=None)
@given(cases())
def test_equals_the_explicit_loop(case):
    labels, attributes, delta = case
    before = labels.copy(), attributes.copy()
    new = split_clusters(labels, attributes, delta)
    assert new.tolist() == split_by_loop(labels, attributes, delta)
    assert np.array_equal(labels, before[0])
    assert np.array_equal(attributes, before[1])


@settings(max_examples=300, deadline=None)
@given(cases())
def test_labels_are_gapless_and_only_refine(case):
    labels, attributes, delta = case
    new = split_clusters(labels, attributes, delta)
    assert np.array_equal(np.unique(new[new >= 0]), np.arange(new.max(initial=-1) + 1))
    assert np.array_equal(new == -1, labels == -1)
    for label in np.unique(new[new >= 0]):
        assert len(np.unique(labels[new == label])) == 1


@pytest.mark.parametrize("delta", range(1, 8))
def test_inequality_is_strict(delta):
    def n_clusters(size):
        attributes = np.array([[1]] * size + [[2]])
        return split_clusters(np.zeros(size + 1, int), attributes, delta).max() + 1

    assert n_clusters(delta) == 1
    assert n_clusters(delta + 1) == 2


def test_worked_example():
    labels = [7, 7, 7, 7, 7, 7, -1, 3]
    attributes = [[1, 2], [1, 2], [1, 2], [2, 1], [2, 1], [9, 9], [1, 2], [1, 2]]
    assert split_clusters(labels, attributes, 2).tolist() == [2, 2, 2, 1, 1, 1, -1, 0]
    assert split_clusters(labels, attributes, 1).tolist() == [2, 2, 2, 3, 3, 1, -1, 0]
    assert split_clusters(labels, attributes, 3).tolist() == [1, 1, 1, 1, 1, 1, -1, 0]


def test_a_whole_cluster_of_one_vector_keeps_one_label():
    assert split_clusters([0] * 9, [[4]] * 9, 5).tolist() == [0] * 9


def test_delta_zero_separates_every_vector():
    attributes = np.arange(6).reshape(6, 1) // 2
    assert split_clusters(np.zeros(6, int), attributes, 0).tolist() == [0, 0, 1, 1, 2, 2]


def test_all_unclustered_and_empty():
    assert split_clusters([-1, -1], [[1], [2]], 0).tolist() == [-1, -1]
    empty = split_clusters([], np.empty((0, 27)), 5)
    assert empty.shape == (0,)
    assert empty.dtype == np.int64


def test_values_of_any_size_count():
    attributes = np.array([[2**62, -(2**62)], [2**62, -(2**62)], [2**62 - 1, -(2**62)]] * 2)
    assert split_clusters([0] * 6, attributes, 4).tolist() == [0] * 6
    assert split_clusters([0] * 6, attributes, 3).tolist() == [1, 1, 0] * 2


def test_vector_codes_of_many_wide_columns_do_not_overflow():
    rng = np.random.default_rng(0)
    attributes = rng.integers(0, 200, (300, 60))
    attributes[100:200] = attributes[:100]
    codes = vector_codes(attributes)
    expected = np.unique(attributes, axis=0, return_inverse=True)[1].ravel()
    assert np.array_equal(codes, expected)


def test_boolean_and_narrow_dtypes():
    labels = np.zeros(4, np.uint8)
    assert split_clusters(labels, np.array([[True], [True], [False], [False]]), 1).max() == 1
    assert split_clusters(labels, np.array([[255], [255], [0], [0]], np.uint8), 1).max() == 1


@pytest.mark.parametrize(
    ("labels", "attributes", "delta", "error", "message"),
    [
        ([[0]], [[1]], 5, ValueError, "labels must have shape (n,), not (1, 1)"),
        ([0], [1], 5, ValueError, "attributes must have shape (n, a), not (1,)"),
        ([0, 1], [[1]], 5, ValueError, "one length, not 2 and 1"),
        ([0.0], [[1]], 5, TypeError, "labels must be integers, not float64"),
        ([0], [[1.5]], 5, TypeError, "attributes must be integers or booleans, not float64"),
        ([0], [[float("nan")]], 5, TypeError, "attributes must be integers"),
        ([0], [[1]], -1, ValueError, "delta must be at least 0, not -1"),
        ([0], [[1]], 2.5, TypeError, "delta must be an integer, not 2.5"),
        ([0], [[1]], True, TypeError, "delta must be an integer, not True"),
        ([-2], [[1]], 5, ValueError, "found -2"),
    ],
)
def test_bad_input(labels, attributes, delta, error, message):
    with pytest.raises(error, match=re.escape(message)):
        split_clusters(labels, attributes, delta)


def test_real_attributes(market1501_metadata: Path):
    """On the 12,936 real training images, for clusters that mix neighbouring identities."""
    from aacpy.datasets.attributes import read_attributes

    names = (market1501_metadata / "bounding_box_train.txt").read_text().split()
    ids = np.array([int(name[:4]) for name in names])
    table = read_attributes(market1501_metadata / "market_attribute.mat")["train"]
    attributes = table.rows(ids)
    rng = np.random.default_rng(0)
    mixed = np.unique(ids, return_inverse=True)[1] // 3
    mixed[rng.random(len(mixed)) < 0.1] = -1
    for delta in (0, 4, 5, 10, 10**6):
        new = split_clusters(mixed, attributes, delta)
        assert new.tolist() == split_by_loop(mixed, attributes, delta)
    assert len(np.unique(split_clusters(np.zeros(len(ids), int), attributes, 0))) == 508
