"""`aacpy.report.mixtures`: which kind of mixture a cluster is."""

from __future__ import annotations

import numpy as np
import pytest

from aacpy.report.mixtures import Mixtures, mixtures


def clustering(*counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and ids of clusters with the given images a person; people differ everywhere."""
    labels, ids, person = [], [], 0
    for cluster, sizes in enumerate(counts):
        for size in sizes:
            labels += [cluster] * size
            ids += [person] * size
            person += 1
    return np.array(labels), np.array(ids)


def test_each_cluster_is_of_one_kind() -> None:
    labels, ids = clustering([9], [6, 6], [7, 1, 6], [12, 2], [12, 1, 1], [12, 3], [2, 2], [5, 5])
    assert mixtures(labels, ids) == Mixtures(
        pure=[0], separable=[1, 2], strays=[3, 4, 6], between=[5, 7]
    )


def test_thresholds_are_the_callers() -> None:
    labels, ids = clustering([5, 4], [5, 3])
    assert mixtures(labels, ids, enough=4, few=3) == Mixtures([], [0], [1], [])


def test_unclustered_images_are_left_out_and_gaps_allowed() -> None:
    assert mixtures([-1, -1, 4, 4, 9], [1, 2, 3, 4, 5]) == Mixtures([9], [], [4], [])
    assert mixtures([-1], [1]) == Mixtures([], [], [], [])


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        mixtures([0, 0], [1])
    with pytest.raises(ValueError, match="not 6"):
        mixtures([0], [1], enough=6, few=6)
    with pytest.raises(ValueError, match="not 0"):
        mixtures([0], [1], few=0)
