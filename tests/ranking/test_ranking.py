"""Ranks of true matches, on the CPU and by the GPU's way, against a whole sort."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aacpy.features import product_error
from aacpy.ranking import Labelled, match_ranks
from aacpy.ranking import gpu as on_gpu
from aacpy.ranking.gpu import count_ranks_on_gpu
from aacpy.ranking.pairs import pair_up


def by_sorting(query, gallery):
    """The definition: sort what counts, nearest first, ties in the gallery's order."""
    ranks = []
    for q, row in enumerate(query.features.unit_float64(slice(None))):
        similarity = np.round(gallery.features.unit_float64(slice(None)) @ row, 12)
        own = (gallery.ids == query.ids[q]) & (gallery.cameras == query.cameras[q])
        kept = np.flatnonzero(~own & (gallery.ids != -1))
        order = kept[np.argsort(-similarity[kept], kind="stable")]
        ranks.append((np.flatnonzero(gallery.ids[order] == query.ids[q]) + 1).tolist())
    return ranks


def make(n_query, n_gallery, dim, seed, *, shift=0.0, whole=False, dtype=np.float64):
    rng = np.random.default_rng(seed)

    def side(name, n, low):
        features = rng.normal(size=(n, dim))
        features = (np.round(features) if whole else features) + shift
        return Labelled(
            name, features.astype(dtype), rng.integers(low, 6, n), rng.integers(1, 4, n)
        )

    return side("query", n_query, 1), side("gallery", n_gallery, -1)


def as_lists(ranks):
    return [found.tolist() for found in ranks]


def by_gpu_way(query, gallery):
    pairs = pair_up(query, gallery.without_junk())
    return as_lists(np.split(count_ranks_on_gpu(pairs, "cpu"), pairs.offsets[1:-1]))


@settings(max_examples=80, deadline=None)
@given(
    n_query=st.integers(1, 12), n_gallery=st.integers(6, 60), dim=st.integers(1, 5),
    seed=st.integers(0, 10**6), whole=st.booleans(),
)  # fmt: skip
def test_equals_the_sorted_gallery(n_query, n_gallery, dim, seed, whole):
    query, gallery = make(n_query, n_gallery, dim, seed, whole=whole)
    if (gallery.ids == -1).all():
        return
    expected = by_sorting(query, gallery)
    assert as_lists(match_ranks(query, gallery)) == expected
    assert by_gpu_way(query, gallery) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [0, 30, 3000])
def test_collapsed_features_are_settled_in_double_precision(shift, dtype):
    # With a large shift every cosine is nearly 1, and single precision tells few of them apart.
    query, gallery = make(40, 1500, 16, 3, shift=shift, dtype=dtype)
    expected = by_sorting(query, gallery)
    assert as_lists(match_ranks(query, gallery)) == expected
    assert by_gpu_way(query, gallery) == expected


def test_single_precision_alone_would_be_wrong():
    query, gallery = make(40, 1500, 16, 3, shift=30)
    similarity = query.features.unit_float32() @ gallery.features.unit_float32().T
    wrong = 0
    for q, expected in enumerate(by_sorting(query, gallery)):
        own = (gallery.ids == query.ids[q]) & (gallery.cameras == query.cameras[q])
        kept = np.flatnonzero(~own & (gallery.ids != -1))
        order = kept[np.argsort(-similarity[q, kept], kind="stable")]
        wrong += (np.flatnonzero(gallery.ids[order] == query.ids[q]) + 1).tolist() != expected
    assert wrong > 20


def test_images_just_at_the_edge_of_what_is_settled_are_counted_once():
    # Cosines that differ from the match's by what single precision may be wrong by, give or take
    # its rounding: each is ahead or behind, and must not be lost between the two.
    window = 2 * product_error(2)
    rng = np.random.default_rng(0)
    for value in rng.uniform(0.2, 0.9, 40):
        gaps = window * (1 + rng.uniform(-1, 1, 40) * 0.05) * rng.choice([-1, 1], 40)
        cosines = np.concatenate([[value], value + gaps])
        images = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
        query = Labelled("query", [[1.0, 0]], [1], [1])
        gallery = Labelled("gallery", images, [1] + [2] * 40, [2] * 41)
        assert as_lists(match_ranks(query, gallery)) == by_sorting(query, gallery)


def test_blocks_and_threads_do_not_change_the_ranks(monkeypatch):
    query, gallery = make(50, 400, 4, 5, whole=True)
    whole = as_lists(match_ranks(query, gallery, threads=1))
    monkeypatch.setattr("aacpy.ranking.cpu._BLOCK", 7)
    monkeypatch.setattr(on_gpu, "_COMPARED", 1)
    assert as_lists(match_ranks(query, gallery, threads=3)) == whole
    assert by_gpu_way(query, gallery) == whole


def test_tensors_rank_as_arrays_do():
    query, gallery = make(8, 60, 4, 6, dtype=np.float32)
    tensors = [
        Labelled(name, torch.from_numpy(side.features.rows), side.ids, side.cameras)
        for name, side in (("query", query), ("gallery", gallery))
    ]
    assert as_lists(match_ranks(*tensors)) == by_sorting(query, gallery)


def test_a_query_without_a_match_has_no_ranks():
    query = Labelled("query", np.eye(2), [7, 1], [1, 1])
    gallery = Labelled("gallery", np.eye(2), [1, 1], [1, 2])
    assert as_lists(match_ranks(query, gallery)) == [[], [1]]
    assert by_gpu_way(query, gallery) == [[], [1]]


def test_a_gallery_of_junk_is_an_error():
    query, gallery = (
        Labelled(n, np.eye(2), [i, i], [1, 2]) for n, i in (("q", 1), ("gallery", -1))
    )
    with pytest.raises(ValueError, match=r"no query has a true match: the gallery is all junk"):
        match_ranks(query, gallery)
