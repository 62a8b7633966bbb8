"""`aacpy.report.sheets`: what stands where on a sheet, and with which border."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from aacpy.report.sheets import contact_sheet, evenly, identity_sheet, ranked_lists, split_sheet
from aacpy.report.style import HIT, MISS

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 255, (40, 16, 8, 3), np.uint8)


def frames(figure: Figure) -> list[tuple[bool, tuple[float, ...]]]:
    """(dashed, colour) of each border, in the order drawn."""
    found = [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    return [(p.get_linestyle() not in ("-", "solid"), p.get_edgecolor()) for p in found]


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for ax in figure.axes for t in ax.texts] + [
        t.get_text() for t in figure.texts
    ]


def test_contact_sheet_shows_the_majority_solid_and_others_dashed() -> None:
    labels = np.array([0] * 5 + [1] * 3 + [-1] * 2)
    ids = np.array([7, 7, 7, 8, 9, 5, 5, 5, 1, 1])
    figure = contact_sheet(IMAGES[:10], labels, ids)
    assert len(figure.axes[0].images) == 8  # un-clustered images are left out
    assert [dashed for dashed, _ in frames(figure)] == [False] * 3 + [True] * 2 + [False] * 3
    assert len({color for _, color in frames(figure)[:5]}) == 3
    assert "5 images,\n3 people" in texts(figure) and "3 images,\n1 person" in texts(figure)
    assert [t for t in texts(figure) if len(t) == 1] == list("AAABCAAA")


def test_contact_sheet_pictures_are_the_clusters_own() -> None:
    labels, ids = np.array([0, 1, 0, 1, 0]), np.arange(5)
    figure = contact_sheet(IMAGES[:5], labels, ids)
    shown = [np.asarray(i.get_array()) for i in figure.axes[0].images]
    for picture, index in zip(shown, [0, 2, 4, 1, 3], strict=True):
        np.testing.assert_array_equal(picture, IMAGES[index])


def test_contact_sheet_draws_a_large_clusters_pictures_by_seed() -> None:
    labels, ids = np.zeros(40, int), np.arange(40)
    one, same, other = (contact_sheet(IMAGES, labels, ids, seed=s) for s in (0, 0, 1))
    arrays = [[np.asarray(i.get_array()) for i in f.axes[0].images] for f in (one, same, other)]
    assert len(arrays[0]) == 9
    assert all(np.array_equal(a, b) for a, b in zip(arrays[0], arrays[1], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(arrays[0], arrays[2], strict=True))


def test_mixed_clusters_can_be_asked_for() -> None:
    labels = np.array([0] * 4 + [1] * 4)
    ids = np.array([1, 1, 1, 1, 2, 2, 3, 3])
    figure = contact_sheet(IMAGES[:8], labels, ids, rows=1, pick="mixed")
    assert [dashed for dashed, _ in frames(figure)] == [False, False, True, True]


def test_contact_sheet_without_clusters() -> None:
    figure = contact_sheet(IMAGES[:3], [-1, -1, -1], [1, 2, 3])
    assert texts(figure) == ["no clusters in this epoch"]


def test_contact_sheet_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match="not 3, 2 and 3"):
        contact_sheet(IMAGES[:3], [0, 0], [1, 2, 3])
    with pytest.raises(ValueError, match="'best'"):
        contact_sheet(IMAGES[:3], [0, 0, 0], [1, 2, 3], pick="best")


def test_contact_sheet_reads_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(IMAGES[0]).save(path)
    figure = contact_sheet([path, str(path)], [0, 0], [1, 1])
    np.testing.assert_array_equal(np.asarray(figure.axes[0].images[1].get_array()), IMAGES[0])


def test_split_sheet_shows_a_cluster_and_its_parts() -> None:
    before = np.array([0] * 6 + [1] * 4 + [-1])
    after = np.array([0, 0, 2, 2, 3, 3, 1, 1, 4, 4, -1])
    ids = np.array([5, 5, 6, 6, 5, 5, 1, 1, 2, 2, 9])
    figure = split_sheet(IMAGES[:11], before, after, ids)
    # three parts go before two: cluster 0, once whole and once in parts
    assert len(figure.axes[0].images) == 12
    assert texts(figure)[0] == "one cluster,\n6 images"
    assert texts(figure).count("2 images\nafter the split") == 3
    assert [t for t in texts(figure) if len(t) == 1].count("B") == 4


def test_split_sheet_without_a_split() -> None:
    labels = np.array([0, 0, 1])
    assert texts(split_sheet(IMAGES[:3], labels, labels, [1, 1, 2])) == [
        "no cluster was split in this epoch"
    ]


def dataset() -> SimpleNamespace:
    return SimpleNamespace(
        query=SimpleNamespace(paths=IMAGES[:2], ids=np.array([1, 2])),
        gallery=SimpleNamespace(paths=IMAGES[2:6], ids=np.array([1, 2, 0, 1])),
    )


def test_ranked_lists_mark_hits_and_misses() -> None:
    figure = ranked_lists(dataset(), [{"query": 0, "gallery": [3, 1, 2, 0]}])
    assert texts(figure) == ["query", "1 ✓", "2 ✗", "3 ✗", "4 ✓"]
    assert [dashed for dashed, _ in frames(figure)] == [False, False, True, True, False]
    colors = [color for _, color in frames(figure)[1:]]
    assert colors[0] == colors[3] != colors[1] == colors[2]
    assert HIT != MISS


def test_ranked_lists_without_any() -> None:
    assert texts(ranked_lists(dataset(), [])) == ["this record keeps no ranked list"]


def test_identity_sheet_has_one_identity_a_row() -> None:
    ids = np.repeat([3, 1, 2, 9], [12, 12, 12, 4])
    figure = identity_sheet(IMAGES, ids, rows=3, columns=8)
    assert len(figure.axes[0].images) == 24 and not frames(figure)
    np.testing.assert_array_equal(np.asarray(figure.axes[0].images[0].get_array()), IMAGES[12])
    assert texts(identity_sheet(IMAGES[:4], [1, 2, 3, 4])) == ["no identity has 8 images"]


def test_evenly() -> None:
    assert evenly(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly(3, 5).tolist() == [0, 1, 2]
    assert evenly(1, 5).tolist() == [0]


#: Cluster 0: two people of six; 1: one of six and one stray; 2: one person; 3: two of seven.
KINDS = np.repeat([0, 1, 2, 3], [12, 7, 3, 14])
KIND_IDS = np.repeat([1, 2, 3, 4, 5, 6, 7], [6, 6, 6, 1, 3, 7, 7])


def test_separable_clusters_can_be_asked_for() -> None:
    figure = contact_sheet(IMAGES[:36], KINDS, KIND_IDS, columns=4, pick="separable")
    assert [t for t in texts(figure) if len(t) == 1] == list("AABB") * 2
    assert texts(figure).count("14 images,\n2 people") == 1  # the larger one is first
    assert "7 images,\n2 people" not in texts(figure)


def test_strays_are_shown_even_where_a_row_is_too_short_for_all() -> None:
    figure = contact_sheet(IMAGES[:36], KINDS, KIND_IDS, columns=3, pick="strays")
    assert [t for t in texts(figure) if len(t) == 1] == list("AAB")
    shown = [np.asarray(i.get_array()) for i in figure.axes[0].images]
    np.testing.assert_array_equal(shown[-1], IMAGES[18])


def test_contact_sheet_without_such_clusters() -> None:
    figure = contact_sheet(IMAGES[:3], [0, 0, 0], [1, 1, 1], pick="strays")
    assert texts(figure) == ["no such clusters in this epoch"]
