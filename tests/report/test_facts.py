"""`aacpy.report.facts`: how much of an identity attributes leave open."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.report.facts import (
    crowd_facts,
    facts_json,
    facts_table,
    first_images,
    market1501_facts,
    market_facts,
)


def rows(*hats: int) -> np.ndarray:
    """Attribute rows that differ in the hat alone."""
    found = np.ones((len(hats), len(ATTRIBUTE_NAMES)), np.int64)
    found[:, ATTRIBUTE_NAMES.index("hat")] = hats
    return found


def test_facts_by_hand() -> None:
    # persons 4 and 7 share a vector, 9 has its own; one image in two is person 9's
    found = crowd_facts([9, 4, 7, 9], rows(2, 1, 1, 2))
    assert (found.images, found.identities, found.vectors) == (4, 3, 2)
    assert (found.fewest, found.median, found.most) == (1, 1, 2)
    assert (found.alone, found.largest) == (1, 2)
    assert found.identity_bits == pytest.approx(1.5)  # 1/2, 1/4, 1/4
    assert found.open_bits == pytest.approx(0.5)  # one bit for half of the images
    assert found.shares["hat"] == pytest.approx(1 / 3) and "age" not in found.shares


def test_a_vector_of_their_own_leaves_nothing_open() -> None:
    assert crowd_facts([1, 1, 2], rows(1, 1, 2)).open_bits == pytest.approx(0)


def test_facts_refuse_rows_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="not 2 for 3"):
        crowd_facts([1, 2, 3], rows(1, 1))
    with pytest.raises(ValueError, match="not 0 for 0"):
        crowd_facts([], rows())


def test_first_images() -> None:
    assert first_images([5, 3, 3, 5, 9]).tolist() == [1, 0, 4]


def test_kept_facts_are_those_of_the_published_files(market1501_metadata: Path) -> None:
    kept = json.loads(facts_json(market1501_facts()))
    assert json.loads(facts_json(market_facts(market1501_metadata))) == kept


def test_kept_facts() -> None:
    kept = market1501_facts()
    assert (kept.images, kept.identities, kept.vectors) == (12936, 751, 508)
    assert (kept.fewest, kept.median, kept.most) == (2, 15, 72)
    assert (kept.alone, kept.largest) == (386, 9)
    assert kept.identity_bits == pytest.approx(9.299, abs=1e-3)
    assert kept.open_bits == pytest.approx(0.757, abs=1e-3)


def test_table_sets_both_side_by_side() -> None:
    table = facts_table(crowd_facts([9, 4, 7, 9], rows(2, 1, 1, 2)), market1501_facts())
    assert [c.main for c in table.rows[1]] == ["identities", "3", "751"]
    assert [c.main for c in table.rows[-1]][1:] == ["0.50", "0.76"]
