"""`aacpy.report.facts`: how much of an identity attributes leave open."""

from __future__ import annotations

import numpy as np
import pytest

from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.report.facts import (
    crowd_facts,
    facts_table,
    first_images,
)
from aacpy.report.supervision import kept_supervision


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


def test_table_sets_both_side_by_side() -> None:
    table = facts_table(crowd_facts([9, 4, 7, 9], rows(2, 1, 1, 2)), kept_supervision().facts)
    assert [c.main for c in table.rows[1]] == ["identities", "3", "751"]
    assert [c.main for c in table.rows[-1]][1:] == ["0.50", "0.76"]
