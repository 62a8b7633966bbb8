"""`aacpy.report.supervision`: what attribute vectors say about the identity."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aacpy.datasets.attributes import ATTRIBUTE_NAMES, AttributeTable, write_attributes
from aacpy.errors import DatasetError
from aacpy.report import supervision_views as views
from aacpy.report.shown import show
from aacpy.report.supervision import (
    DELTAS,
    METADATA,
    Supervision,
    kept_supervision,
    market1501_supervision,
    market_supervision,
    supervision,
    supervision_json,
)


def rows(ages: list[int], hats: list[int]) -> np.ndarray:
    """Attribute rows that differ in age and hat alone."""
    found = np.ones((len(ages), len(ATTRIBUTE_NAMES)), np.int64)
    found[:, ATTRIBUTE_NAMES.index("age")] = ages
    found[:, ATTRIBUTE_NAMES.index("hat")] = hats
    return found


@pytest.fixture
def small() -> Supervision:
    """Persons 1 (4 images) and 2 (2) have one vector, person 3 (2) another one."""
    return supervision([1, 1, 1, 1, 2, 2, 3, 3], rows([1] * 6 + [2] * 2, [1] * 6 + [2] * 2))


def test_vectors_as_labels_by_hand(small: Supervision) -> None:
    assert small.sharing == (1, 1)  # one vector with one person, one with two
    assert small.labels.n_clusters == 2
    assert small.labels.purity == pytest.approx(6 / 8)  # person 2's images are in the minority
    assert small.facts.identity_bits == pytest.approx(1.5)
    assert small.known == pytest.approx(1 - small.facts.open_bits / 1.5)


def test_deltas_by_hand(small: Supervision) -> None:
    assert [row.delta for row in small.deltas] == list(DELTAS)
    first, second, last = small.deltas[0], small.deltas[2], small.deltas[6]
    assert (first.identities, first.vectors, first.clusters, first.covered) == (3, 2, 2, 1.0)
    # more than 2 images: person 1 alone, and the vector that 1 and 2 share; 3 stays behind
    assert (second.identities, second.vectors, second.clusters) == (1, 1, 2)
    assert second.covered == pytest.approx(0.5)
    # no group has more than 6 images: all stay together
    assert (last.identities, last.vectors, last.clusters, last.ari) == (0, 0, 1, 0.0)


def test_bits_by_hand(small: Supervision) -> None:
    quarter = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    # age and hat say the same, so either can go; gender says nothing
    assert small.bits["age"].alone == pytest.approx(quarter)
    assert small.bits["age"].only == pytest.approx(0)
    assert small.bits["gender"].alone == pytest.approx(0)
    independent = supervision([1, 2, 3, 4], rows([1, 1, 2, 2], [1, 2, 1, 2]))
    assert independent.bits["hat"].only == pytest.approx(1)
    assert independent.known == pytest.approx(1)


def test_labels_of_gaps_and_big_numbers() -> None:
    found = supervision([900, 7, 900, 7], rows([1, 2, 1, 2], [1, 1, 1, 1]), deltas=[0, 1])
    assert [row.ari for row in found.deltas] == [1.0, 1.0]


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="not 2 for 3"):
        supervision([1, 2, 3], rows([1, 1], [1, 1]))
    with pytest.raises(ValueError, match="two attribute vectors"):
        supervision([1, 1], rows([1, 2], [1, 1]))


def test_kept_figures() -> None:
    kept = kept_supervision()
    assert (kept.facts.images, kept.facts.identities, kept.facts.vectors) == (12936, 751, 508)
    assert kept.sharing[0] == 386 and len(kept.sharing) == 9
    assert sum(kept.sharing) == 508
    assert sum(n * people for people, n in enumerate(kept.sharing, start=1)) == 751
    people = {row.delta: row.identities for row in kept.deltas}
    assert people[0] == 751 and people[5] == 693 and people[10] == 518
    assert list(people.values()) == sorted(people.values(), reverse=True)
    assert tuple(kept.bits) == ATTRIBUTE_NAMES
    assert json.loads(supervision_json(kept))["supervision"]["sharing"] == list(kept.sharing)


def test_kept_facts() -> None:
    kept = kept_supervision().facts
    assert (kept.images, kept.identities, kept.vectors) == (12936, 751, 508)
    assert (kept.fewest, kept.median, kept.most) == (2, 15, 72)
    assert (kept.alone, kept.largest) == (386, 9)
    assert kept.identity_bits == pytest.approx(9.299, abs=1e-3)
    assert kept.open_bits == pytest.approx(0.757, abs=1e-3)


def test_kept_figures_are_those_of_the_published_files(
    market1501_metadata: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = market_supervision(market1501_metadata)
    file = Path(views.__file__).parents[1] / "data" / "market1501_supervision.json"
    assert supervision_json(found) == file.read_text("utf-8")
    monkeypatch.setenv(METADATA, str(market1501_metadata))
    assert market1501_supervision() == found
    monkeypatch.delenv(METADATA)
    assert market1501_supervision() == kept_supervision()


def test_words_follow_the_numbers(small: Supervision) -> None:
    kept = kept_supervision()
    assert views.headline(kept).startswith("**Hardly weak")
    assert "508 different vectors" in views.headline(kept) and "92%" in views.headline(kept)
    assert views.headline(small).startswith("**Weak")
    assert "693 of Market-1501's 751 people" in views.delta_words(kept, small)
    assert "at least 2 images" in views.delta_words(kept, small)
    assert "508 clusters, 76%" in views.labels_words(kept, small)
    assert "most informative, gender, gives 0.98" in views.bits_words(kept)


def test_table_has_both_places(small: Supervision) -> None:
    table = views.delta_table(kept_supervision(), small)
    assert len(table.rows) == 2 * len(DELTAS)
    assert [c.main for c in table.rows[5]][:4] == ["Market-1501", "5", "693", "98%"]
    assert [c.main for c in table.rows[len(DELTAS)]][:4] == ["rendered", "0", "3", "100%"]


def test_figures_say_what_their_axes_are(small: Supervision) -> None:
    kept = kept_supervision()
    for draw, axis in (
        (views.sharing_figure, "share of people, %"),
        (views.above_figure, "people with more than δ images, %"),
        (views.labels_figure, "adjusted Rand index"),
        (views.bits_figure, "beyond the others, bits"),
    ):
        html = show(draw(kept, small), alt="what it shows").html()
        assert axis in html and 'aria-label="what it shows"' in html
    assert (
        "clusters for 100 people"
        in show(views.labels_figure(kept, small, "clusters"), alt="x").html()
    )


def test_damaged_metadata_are_named(tmp_path: Path) -> None:
    rows = np.ones((1, len(ATTRIBUTE_NAMES)), np.int64)
    tables = AttributeTable(np.array([2]), rows), AttributeTable(np.array([1]), rows)
    names = tmp_path / "bounding_box_train.txt"
    with pytest.raises(DatasetError, match=r"bounding_box_train\.txt: no such file"):
        market_supervision(tmp_path)
    names.write_text("0002_c1s1_000451_03.jpg")
    with pytest.raises(DatasetError, match=r"market_attribute\.mat: no such file"):
        market_supervision(tmp_path)
    write_attributes(tmp_path / "market_attribute.mat", *tables)
    assert market_supervision(tmp_path).facts.images == 1
    names.write_text("0003_c1s1_000451_03.jpg")
    with pytest.raises(DatasetError, match=r"market_attribute\.mat: train: no attributes"):
        market_supervision(tmp_path)
    names.write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match=r"bounding_box_train\.txt: cannot be read as a list"):
        market_supervision(tmp_path)
