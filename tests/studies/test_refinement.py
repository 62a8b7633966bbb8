"""The studies' pipeline: the paper's split by default, and each setting's own effect."""

from __future__ import annotations

import numpy as np
import pytest

from aacpy import Config
from aacpy.aac import split_clusters
from aacpy.studies.annotations import Annotations
from aacpy.studies.refinement import attribute_labels, refine, with_identities

#: Two clusters and an outlier; vectors a, b in the first, c in the second.
LABELS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, -1])
VALUES = np.array([[0], [0], [0], [0], [1], [1], [2], [2], [2], [0]])
FEATURES = np.array(
    [[1, 0, 0]] * 4 + [[0.9, 0.1, 0]] * 2 + [[0, 1, 0]] * 3 + [[0.9, 0, 0.1]], np.float32
)


def known(values=VALUES, identities=None) -> Annotations:
    values = np.asarray(values)
    n = len(values)
    people = np.full(n, -1) if identities is None else np.asarray(identities)
    return Annotations(values, values, ("hat",), np.ones(n, bool), people)


def refined(given: Annotations | None = None, **settings) -> list[int]:
    config = Config.preset("pedestrians", method="aac", delta=2, **settings)
    before = LABELS.copy()
    found = refine(config, 0, FEATURES, before, given or known())
    assert np.array_equal(before, LABELS) and found.dtype == np.int64
    return found.tolist()


def test_default_is_the_papers_split():
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels, values = rng.integers(-1, 5, 60), rng.integers(0, 2, (60, 3))
        given = Annotations(values, values, ("a", "b", "c"), np.ones(60, bool), np.full(60, -1))
        config = Config.preset(method="aac", delta=int(rng.integers(0, 6)))
        found = refine(config, 0, np.ones((60, 2), np.float32), labels, given)
        assert np.array_equal(found, split_clusters(labels, values, config.delta))


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, [1, 1, 1, 1, 0, 0, 2, 2, 2, -1]),
        ({"leftovers": "drop"}, [0, 0, 0, 0, -1, -1, 1, 1, 1, -1]),
        ({"outliers": "reattach"}, [1, 1, 1, 1, 0, 0, 2, 2, 2, 1]),
        ({"leftovers": "drop", "outliers": "reattach"}, [0, 0, 0, 0, -1, -1, 1, 1, 1, 0]),
        ({"leftovers": "reattach"}, [1, 1, 1, 1, 0, 0, 2, 2, 2, -1]),  # none has their vector
    ],
)
def test_what_is_left_over(settings, labels):
    assert refined(**settings) == labels


def test_left_over_images_go_where_their_vector_is():
    values = VALUES.copy()
    values[4:6] = 2  # as the second cluster's
    assert refined(known(values), leftovers="reattach") == [0, 0, 0, 0, 1, 1, 1, 1, 1, -1]


def test_images_without_attributes_stay_together():
    values = VALUES.copy()
    values[:4] = -1
    assert refined(known(values)) == [0, 0, 0, 0, 0, 0, 1, 1, 1, -1]


@pytest.mark.parametrize("how", ["kmeans", "agglomerative", "random"])
def test_other_splits_make_as_many_parts(how):
    labels = np.array(refined(split_by=how))
    assert len(set(labels[:6])) == 2 and len(set(labels[6:9])) == 1 and labels[9] == -1


def test_rules_and_soft_matching_take_deltas_place():
    assert max(refined(split_rule="silhouette")) == 2
    assert refined(match_distance=1) == [0, 0, 0, 0, 0, 0, 1, 1, 1, -1]  # all vectors match


def test_joining_before_and_after_the_split():
    values = np.zeros_like(VALUES)
    everything = [0] * 9 + [-1]
    assert refined(known(values), merge="before", merge_similarity=-1) == everything
    assert refined(known(values), merge="after", merge_similarity=-1) == everything
    assert refined(known(values), merge="after", merge_similarity=0.9) == [0] * 6 + [1] * 3 + [-1]


def test_attribute_labels_of_the_control():
    config = Config.preset(method="attributes", attribute_error=0.1)
    values = np.array([[4, 1], [2, 1], [4, 1], [-1, -1]])
    assert attribute_labels(config, known(values)).tolist() == [1, 0, 1, -1]
    soft = config.replace(match_distance=1)
    assert attribute_labels(soft, known(values)).tolist() == [0, 0, 0, -1]


def test_known_identities_have_labels_of_their_own():
    given = known(VALUES, [7, 7, -1, -1, -1, -1, 2, -1, -1, 2])
    assert with_identities(LABELS, given).tolist() == [3, 3, 0, 0, 0, 0, 2, 1, 1, 2]
    assert with_identities(LABELS, known()).tolist() == LABELS.tolist()
    assert with_identities(np.full(2, -1), known(VALUES[:2], [0, -1])).tolist() == [0, -1]
