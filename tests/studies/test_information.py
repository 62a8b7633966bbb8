"""Bits of attributes, by hand and against a loop."""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest

from aacpy.studies.information import greedy_order, row_entropy


def test_by_hand():
    assert row_entropy([[0], [0], [1], [1]]) == 1
    assert row_entropy([[0, 5], [1, 5], [2, 5], [3, 5]]) == 2
    assert row_entropy([[7, 7]] * 3) == 0
    assert row_entropy(np.empty((4, 0), int)) == 0
    assert row_entropy(np.empty((0, 2), int)) == 0


def test_equals_a_loop():
    values = np.random.default_rng(0).integers(0, 3, (200, 3))
    counts = Counter(map(tuple, values.tolist()))
    wanted = -sum(c / 200 * log2(c / 200) for c in counts.values())
    assert row_entropy(values) == pytest.approx(wanted)


def test_a_copy_of_what_is_known_comes_last():
    four = np.repeat(np.arange(4), 4)
    two, other = four // 2, np.tile([0, 1], 8)
    assert greedy_order(np.column_stack([two, four, two, other])).tolist() == [1, 3, 0, 2]


def test_no_column_has_no_order():
    assert greedy_order(np.empty((3, 0), int)).tolist() == []
