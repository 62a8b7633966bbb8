"""Retrieval scores and cluster quality against hand-computed cases and explicit loops."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from aacpy import cluster_quality, evaluate_retrieval
from aacpy.evaluation import top_matches


def evaluate_by_loop(q_feat, q_ids, q_cams, g_feat, g_ids, g_cams, ranks):
    """The protocol, query by query and image by image."""
    q_feat = q_feat / np.linalg.norm(q_feat, axis=1, keepdims=True)
    g_feat = g_feat / np.linalg.norm(g_feat, axis=1, keepdims=True)
    precisions, firsts = [], []
    for q in range(len(q_ids)):
        similarity = np.round(g_feat @ q_feat[q], 12)
        order = sorted(range(len(g_ids)), key=lambda g: (-similarity[g], g))
        hits, rank, total, first = 0, 0, 0.0, None
        for g in order:
            if g_ids[g] == -1 or (g_ids[g] == q_ids[q] and g_cams[g] == q_cams[q]):
                continue
            rank += 1
            if g_ids[g] == q_ids[q]:
                hits += 1
                total += hits / rank
                first = first or rank
        if hits:
            precisions.append(total / hits)
            firsts.append(first)
    if not firsts:
        return None
    return np.mean(precisions), {r: np.mean([f <= r for f in firsts]) for r in ranks}, len(firsts)


def at_angles(*degrees):
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


def test_hand_computed_ranking():
    # Ranks after the removals: wrong, right, wrong, right -> AP = (1/2 + 2/4) / 2.
    scores = evaluate_retrieval(
        at_angles(0), [5], [1],
        at_angles(1, 2, 10, 20, 30, 40), [5, -1, 7, 5, 0, 5], [1, 2, 2, 2, 3, 3],
    )  # fmt: skip
    assert scores.mean_ap == 0.5
    assert scores.cmc == {1: 0.0, 5: 1.0, 10: 1.0}
    assert scores.n_queries == 1


def test_same_identity_and_camera_is_no_match():
    scores = evaluate_retrieval(
        at_angles(0), [5], [1], at_angles(0, 5, 9), [5, 6, 5], [1, 1, 2], ranks=(1, 2)
    )
    assert scores.mean_ap == 0.5
    assert scores.cmc == {1: 0.0, 2: 1.0}


def test_same_camera_of_another_identity_stays():
    scores = evaluate_retrieval(at_angles(0), [5], [1], at_angles(1, 2), [6, 5], [1, 2])
    assert scores.mean_ap == 0.5


def test_distractors_stay_and_junk_goes():
    with_junk = evaluate_retrieval(at_angles(0), [5], [1], at_angles(1, 2), [-1, 5], [2, 2])
    with_distractor = evaluate_retrieval(at_angles(0), [5], [1], at_angles(1, 2), [0, 5], [2, 2])
    assert with_junk.mean_ap == 1.0
    assert with_distractor.mean_ap == 0.5


def test_unsigned_identities_keep_their_meaning():
    ids = np.array([5, 65535], np.uint16)
    scores = evaluate_retrieval(at_angles(0), ids[:1], [1], at_angles(9, 2), ids, [2, 2])
    assert scores.mean_ap == 0.5


def test_ties_rank_in_gallery_order():
    gallery = at_angles(10, 10, 10)
    first = evaluate_retrieval(at_angles(0), [5], [1], gallery, [5, 6, 7], [2, 2, 2], ranks=(1,))
    last = evaluate_retrieval(at_angles(0), [5], [1], gallery, [6, 7, 5], [2, 2, 2], ranks=(1,))
    assert (first.mean_ap, first.cmc[1]) == (1.0, 1.0)
    assert last.mean_ap == pytest.approx(1 / 3)
    assert last.cmc[1] == 0.0


def test_query_without_a_match_counts_nowhere():
    scores = evaluate_retrieval(
        at_angles(0, 0), [5, 8], [1, 1], at_angles(0, 1), [5, 8], [2, 1], ranks=(1,)
    )
    assert scores.n_queries == 1
    assert scores.mean_ap == 1.0
    assert math.isnan(scores.average_precision[1])


def test_no_query_with_a_match_is_an_error():
    with pytest.raises(ValueError, match="no query has a true match"):
        evaluate_retrieval(at_angles(0), [5], [1], at_angles(1), [6], [2])


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 12), st.integers(1, 40), st.integers(1, 5), st.integers(1, 3),
    st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
def test_equals_the_explicit_loop(n_query, n_gallery, n_ids, n_cameras, coarse, seed):
    rng = np.random.default_rng(seed)
    q, g = rng.normal(size=(n_query, 3)), rng.normal(size=(n_gallery, 3))
    if coarse:  # equal features, so that ties happen
        shift = np.array([0.25, 0, 0])
        q, g = np.round(q) + shift, np.round(g) + shift
    arguments = (
        q, rng.integers(1, n_ids + 1, n_query), rng.integers(1, n_cameras + 1, n_query),
        g, rng.integers(-1, n_ids + 1, n_gallery), rng.integers(1, n_cameras + 1, n_gallery),
    )  # fmt: skip
    expected = evaluate_by_loop(*arguments, ranks=(1, 2, 5))
    if expected is None:
        with pytest.raises(ValueError, match="no query"):
            evaluate_retrieval(*arguments)
        return
    scores = evaluate_retrieval(*arguments, ranks=(1, 2, 5))
    assert scores.mean_ap == pytest.approx(expected[0], abs=1e-12)
    assert scores.cmc == pytest.approx(expected[1])
    assert scores.n_queries == expected[2]


def test_blocks_do_not_change_the_scores(monkeypatch):
    rng = np.random.default_rng(0)
    arguments = (
        rng.normal(size=(20, 4)), rng.integers(1, 6, 20), rng.integers(1, 4, 20),
        rng.normal(size=(60, 4)), rng.integers(0, 6, 60), rng.integers(1, 4, 60),
    )  # fmt: skip
    whole = evaluate_retrieval(*arguments)
    monkeypatch.setattr("aacpy.ranking.cpu._BLOCK", 3)
    assert evaluate_retrieval(*arguments).mean_ap == whole.mean_ap


def test_top_matches_follow_the_protocol():
    lists = top_matches(
        at_angles(0), [5], [1], at_angles(1, 2, 30, 20), [5, -1, 0, 5], [1, 2, 2, 2], top=3
    )
    assert [found.tolist() for found in lists] == [[3, 2]]


def test_real_identities_and_cameras(market1501_metadata: Path):
    """On Market-1501's own query and gallery labels, with random features."""
    from scipy.io import loadmat

    def column(file, variable):
        return loadmat(market1501_metadata / file)[variable].ravel().astype(np.int64)

    q_ids, q_cams = column("queryID.mat", "queryID"), column("queryCam.mat", "queryCAM")
    g_ids, g_cams = column("testID.mat", "testID"), column("testCam.mat", "testCAM")
    assert (len(q_ids), len(g_ids), int((g_ids != -1).sum())) == (3368, 19732, 15913)
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(2000, 8))
    q = centres[q_ids] + rng.normal(size=(len(q_ids), 8))
    g = centres[g_ids] + rng.normal(size=(len(g_ids), 8))
    some = rng.choice(len(q_ids), 40, replace=False)
    scores = evaluate_retrieval(q[some], q_ids[some], q_cams[some], g, g_ids, g_cams)
    expected = evaluate_by_loop(q[some], q_ids[some], q_cams[some], g, g_ids, g_cams, (1, 5, 10))
    assert scores.mean_ap == pytest.approx(expected[0], abs=1e-12)
    assert scores.cmc == pytest.approx(expected[1])
    whole = evaluate_retrieval(q, q_ids, q_cams, g, g_ids, g_cams)
    assert whole.n_queries == 3368
    np.testing.assert_array_equal(whole.average_precision[some], scores.average_precision)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: np.ones(3)}, "query_features must have shape (n, d)"),
        ({3: np.ones((0, 2))}, "gallery_features must have shape (n, d) with n > 0"),
        ({3: np.ones((3, 5))}, "one width, not 2 and 5"),
        ({4: [1, 2]}, "gallery_ids must be 3 integers"),
        ({2: [1.0, 1.0]}, "query_cameras must be 2 integers"),
        ({0: [[1, np.inf], [1, 1]]}, "query_features must be finite"),
    ],
)
def test_bad_input(change, message):
    arguments = [np.ones((2, 2)), [1, 2], [1, 1], np.ones((3, 2)), [1, 2, 3], [2, 2, 2]]
    for position, value in change.items():
        arguments[position] = value
    with pytest.raises(ValueError, match=re.escape(message)):
        evaluate_retrieval(*arguments)


def test_bad_ranks():
    with pytest.raises(ValueError, match="ranks must be 1 or more"):
        evaluate_retrieval(at_angles(0), [1], [1], at_angles(0), [1], [2], ranks=(0,))


def test_quality_of_a_hand_made_clustering():
    quality = cluster_quality([0, 0, 0, 1, 1, -1], [4, 4, 5, 5, 5, 5])
    assert (quality.n_clusters, quality.n_unclustered) == (2, 1)
    assert quality.purity == 4 / 5
    assert quality.ari == pytest.approx(adjusted_rand_score([4, 4, 5, 5, 5], [0, 0, 0, 1, 1]))
    assert quality.ami == pytest.approx(
        adjusted_mutual_info_score([4, 4, 5, 5, 5], [0, 0, 0, 1, 1])
    )


def test_quality_of_a_perfect_and_of_no_clustering():
    perfect = cluster_quality([1, 1, 0, 0], [3, 3, 9, 9])
    assert (perfect.purity, perfect.ari, perfect.ami) == pytest.approx((1, 1, 1))
    nothing = cluster_quality([-1, -1], [1, 2])
    assert (nothing.n_clusters, nothing.n_unclustered) == (0, 2)
    assert all(math.isnan(v) for v in (nothing.purity, nothing.ari, nothing.ami))


def test_quality_of_different_lengths():
    with pytest.raises(ValueError, match="one length"):
        cluster_quality([0, 1], [1])
