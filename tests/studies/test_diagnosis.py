"""Pseudo-labels against identities: a case by hand, and every pair one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import pair_confusion_matrix

from aacpy.studies.diagnosis import diagnose

NONE = {
    "identities_split": None,
    "clusters_mixed": None,
    "pair_recall": None,
    "pair_precision": None,
}


def share(flags):
    flags = list(flags)
    return sum(flags) / len(flags) if flags else None


def diagnose_by_loop(labels, ids):
    images = [(y, i) for y, i in zip(labels.tolist(), ids.tolist(), strict=True) if min(y, i) >= 0]
    pairs = list(combinations(images, 2))
    return {
        "identities_split": share(
            len({y for y, j in images if j == i}) > 1 for i in {i for _, i in images}
        ),
        "clusters_mixed": share(
            len({i for z, i in images if z == y}) > 1 for y in {y for y, _ in images}
        ),
        "pair_recall": share(a[0] == b[0] for a, b in pairs if a[1] == b[1]),
        "pair_precision": share(a[1] == b[1] for a, b in pairs if a[0] == b[0]),
    }


def test_worked_example():
    # Identity 7 lies in clusters 0 and 3, identity 8 in 0; the image of 9 is not clustered.
    labels, ids = [0, 0, 3, 0, -1, -1], [7, 7, 7, 8, 9, 8]
    assert diagnose(labels, ids) == {
        "identities_split": 1 / 2,
        "clusters_mixed": 1 / 2,
        "pair_recall": 1 / 3,
        "pair_precision": 1 / 3,
    }


@pytest.mark.parametrize("seed", range(200))
def test_equals_the_explicit_loop(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 40))
    labels, ids = rng.integers(-1, 6, n), rng.integers(-1, 8, n) * 5
    ids[ids < 0] = -1
    before = labels.copy(), ids.copy()
    assert diagnose(labels, ids) == diagnose_by_loop(labels, ids)
    assert np.array_equal(labels, before[0])
    assert np.array_equal(ids, before[1])


def test_pairs_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    labels, ids = rng.integers(0, 50, 2000), rng.integers(0, 90, 2000)
    (_, clusters_only), (ids_only, both) = pair_confusion_matrix(ids, labels)
    found = diagnose(labels, ids)
    assert found["pair_precision"] == pytest.approx(both / (both + clusters_only))
    assert found["pair_recall"] == pytest.approx(both / (both + ids_only))


def test_edges():
    assert diagnose([], []) == NONE
    assert diagnose([-1, -1], [0, 0]) == NONE
    assert diagnose([0, 0], [-1, -1]) == NONE
    assert diagnose([0, 1], [4, 5]) == NONE | {"identities_split": 0.0, "clusters_mixed": 0.0}
    assert diagnose([2, 2], [4, 4]) == {
        "identities_split": 0.0,
        "clusters_mixed": 0.0,
        "pair_recall": 1.0,
        "pair_precision": 1.0,
    }


def test_refuses_bad_input():
    for labels, ids in (([0], [0, 1]), ([0.5], [0]), ([0], [[0]]), ([-2], [0])):
        with pytest.raises(ValueError, match="must"):
            diagnose(labels, ids)
