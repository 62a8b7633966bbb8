"""P x K batches hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from aacpy.samplers import pk_batches


def draw(labels, cameras, *, identities=4, instances=4, iterations=20, seed=0):
    rng = np.random.default_rng(seed)
    return list(
        pk_batches(
            labels, cameras, identities=identities, instances=instances, iterations=iterations,
            rng=rng,
        )
    )  # fmt: skip


def test_batches_hold_p_clusters_of_k_images_side_by_side():
    labels = np.repeat(np.arange(10), 8)
    batches = draw(labels, np.arange(80) % 4)
    assert len(batches) == 20
    for batch in batches:
        groups = labels[batch].reshape(4, 4)
        assert (groups == groups[:, :1]).all()
        assert len(set(groups[:, 0])) == 4


def test_others_come_from_other_cameras_without_repetition():
    labels = np.repeat(np.arange(4), 12)
    cameras = np.tile(np.arange(12) // 3, 4)
    for batch in draw(labels, cameras):
        for group in batch.reshape(4, 4):
            assert len(set(group)) == 4
            assert (cameras[group[1:]] != cameras[group[0]]).all()


def test_every_cluster_comes_once_before_any_comes_again():
    labels = np.repeat(np.arange(10), 4)
    batches = draw(labels, np.arange(40) % 2, identities=4, iterations=15)
    order = np.concatenate([labels[batch].reshape(4, 4)[:, 0] for batch in batches])
    for start in range(0, 60, 10):
        assert sorted(order[start : start + 10]) == list(range(10))


def test_few_images_repeat_and_single_ones_fill_the_group():
    for batch in draw([0, 0, 1, 2, 2], [1, 2, 1, 3, 3], identities=3):
        groups = {int(g[0]) if g[0] == 2 else -1: g for g in batch.reshape(3, 4)}
        assert groups[2].tolist() == [2, 2, 2, 2]
        for group in batch.reshape(3, 4):
            if group[0] == 0:
                assert group.tolist() == [0, 1, 1, 1]
            if group[0] == 3:  # one camera only: the other image of it
                assert group.tolist() == [3, 4, 4, 4]


def test_unclustered_images_are_never_drawn():
    labels = np.array([-1, 0, 0, -1, 1, 1])
    drawn = np.concatenate(draw(labels, np.arange(6) % 2, identities=2))
    assert set(drawn) == {1, 2, 4, 5}


def test_fewer_clusters_than_p_give_smaller_batches():
    batches = draw([0, 0, 1, 1], [1, 2, 1, 2], identities=16)
    assert all(len(batch) == 8 for batch in batches)


def test_one_seed_one_sequence():
    labels, cameras = np.repeat(np.arange(6), 6), np.arange(36) % 3
    first, again = draw(labels, cameras, seed=3), draw(labels, cameras, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(
        np.array_equal(a, b) for a, b in zip(first, draw(labels, cameras, seed=4), strict=True)
    )


@pytest.mark.parametrize(
    ("labels", "cameras", "message"),
    [([-1, -1], [1, 2], "no cluster to draw from"), ([0, 1], [1], "one length")],
)
def test_bad_input(labels, cameras, message):
    with pytest.raises(ValueError, match=message):
        draw(labels, cameras)
