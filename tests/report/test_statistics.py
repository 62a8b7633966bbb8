"""`aacpy.report.statistics`: intervals over seeds, and differences paired by seed."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable

import numpy as np
import pytest

from aacpy.errors import RecordError
from aacpy.records import SCORES, Record
from aacpy.report.statistics import Interval, mean_interval, paired

Maker = Callable[..., Record]


def runs(make: Maker, method: str, scores: dict[int, float], name: str = "mean_ap") -> list[Record]:
    """Invented records, seed -> the last epoch's score."""
    records = [make(method, seed) for seed in scores]
    return [
        dataclasses.replace(record, scores={**record.scores, name: scores[record.seed]})
        for record in records
    ]


def test_interval_is_students() -> None:
    # by hand: mean 4, standard deviation 2, t(0.975, 2) = 4.30265
    found = mean_interval([2.0, 4.0, 6.0])
    assert found.mean == 4 and found.n == 3
    assert found.error == pytest.approx(2 / math.sqrt(3))
    assert found.half_width == pytest.approx(4.30265 * 2 / math.sqrt(3), rel=1e-5)
    assert (found.low, found.high) == (4 - found.half_width, 4 + found.half_width)


def test_interval_of_two_is_wide() -> None:
    # by hand: standard deviation sqrt(2), error 1, t(0.975, 1) = 12.70620
    found = mean_interval([1.0, 3.0])
    assert (found.mean, found.n) == (2, 2)
    assert found.error == pytest.approx(1)
    assert found.half_width == pytest.approx(12.70620, rel=1e-6)


def test_interval_of_equal_values_has_no_width() -> None:
    assert mean_interval([5.0, 5.0, 5.0]) == Interval(5, 0, 3, 0)


def test_interval_of_one_and_of_none() -> None:
    one, none = mean_interval([7.0]), mean_interval([])
    assert one.mean == 7 and math.isnan(one.half_width) and one.n == 1
    assert math.isnan(one.low) and math.isnan(one.high) and math.isnan(one.error)
    assert math.isnan(none.mean) and none.n == 0


def test_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = sum(
        i.low <= 0 <= i.high for i in (mean_interval(rng.normal(size=5)) for _ in range(2000))
    )
    assert hits / 2000 == pytest.approx(0.95, abs=0.015)


def test_pairs_are_of_one_seed_in_any_order(make_record: Maker) -> None:
    a = runs(make_record, "aac", {0: 0.56, 1: 0.70})
    b = runs(make_record, "baseline", {1: 0.60, 0: 0.50})
    found = paired(a, b)
    assert (found.n, found.mean) == (2, pytest.approx(8))  # 6 and 10
    assert found.error == pytest.approx(2)
    assert paired(reversed(a), b).mean == pytest.approx(8)
    assert paired(b, a).mean == pytest.approx(-8)


def test_a_seed_that_one_side_lacks_does_not_count(make_record: Maker) -> None:
    a = runs(make_record, "aac", {0: 0.56, 1: 0.70, 2: 0.99})
    b = runs(make_record, "baseline", {1: 0.60, 3: 0.01, 0: 0.50})
    assert paired(a, b) == paired(a[:2], [b[0], b[2]])
    assert paired(a, b).n == 2
    one = paired(a[:1], b)
    assert (one.n, one.mean) == (1, pytest.approx(6))
    assert math.isnan(one.half_width)


def test_without_a_common_seed_there_is_no_difference(make_record: Maker) -> None:
    a = runs(make_record, "aac", {0: 0.5})
    for b in ([], runs(make_record, "baseline", {1: 0.5})):
        assert (paired(a, b).n, paired(b, a).n) == (0, 0)
        assert math.isnan(paired(a, b).mean)


@pytest.mark.parametrize("score", SCORES)
def test_any_score_is_paired(make_record: Maker, score: str) -> None:
    a = runs(make_record, "aac", {0: 0.75, 1: 0.5}, score)
    b = runs(make_record, "baseline", {0: 0.5, 1: 0.25}, score)
    assert paired(a, b, score) == Interval(25, 0, 2, 0)
    for other in set(SCORES) - {score}:
        assert paired(a, b, other) == Interval(0, 0, 2, 0)


def test_runs_on_different_data_are_no_pair(make_record: Maker) -> None:
    a, b = (runs(make_record, method, {0: 0.5, 1: 0.6}) for method in ("aac", "baseline"))
    b[1] = dataclasses.replace(b[1], dataset={**b[1].dataset, "fingerprint": "1" * 64})
    message = (
        "aac-seed1 and baseline-seed1 ran on different data, so they are no pair. Run both again "
        "with one version of the renderer."
    )
    with pytest.raises(RecordError, match=f"^{re.escape(message)}$"):
        paired(a, b)
    assert paired(a[:1], b).n == 1  # the other seed's data do not matter
