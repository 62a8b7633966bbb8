"""Numbers and lists in words."""

from __future__ import annotations

import math

import pytest

from aacpy.report.statistics import Interval
from aacpy.report.words import interval_text, listed, signed


def test_interval_text_shows_signs_where_they_matter() -> None:
    assert interval_text(Interval(7, 3, 5)) == "95% interval 4.0 to 10.0"
    assert interval_text(Interval(1, 3, 5)) == "95% interval −2.0 to +4.0"
    assert interval_text(Interval(-7, 3, 5)) == "95% interval −10.0 to −4.0"
    assert interval_text(Interval(3, 3, 5)) == "95% interval +0.0 to +6.0"
    assert interval_text(Interval(1, math.nan, 1)) == "one seed, no interval"


def test_a_number_is_signed_with_a_minus_not_a_hyphen() -> None:
    assert [signed(value) for value in (3.94, -3.94, 0.0)] == ["+3.9", "−3.9", "+0.0"]


def test_digits_can_be_asked_for() -> None:
    assert interval_text(Interval(0.04, 0.36, 5), 2) == "95% interval −0.32 to +0.40"
    assert signed(-1.846, 2) == "−1.85"


@pytest.mark.parametrize(
    ("parts", "text"),
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_listed(parts: list[str], text: str) -> None:
    assert listed(parts) == text
