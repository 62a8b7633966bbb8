"""Fresh records beside published ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from aacpy.experiments.reproduction import compare_records
from aacpy.records import Record

Make = Callable[..., Record]


def changed(record: Record, gain: float, **fields: Any) -> Record:
    """`record` with `gain` added to its last mAP."""
    column = list(record.series["mean_ap"])
    column[-1] += gain
    return dataclasses.replace(
        record,
        series={**record.series, "mean_ap": column},
        scores={**record.scores, "mean_ap": column[-1]},
        **fields,
    )


def test_equal_runs_are_counted(make_record: Make) -> None:
    records = [make_record(method, seed) for method in ("baseline", "aac") for seed in range(3)]
    report = compare_records(records, records)
    assert "6 of 6 runs equal the published ones in every epoch." in report
    assert "baseline        3       70.0        70.0   none" in report
    assert "What differs" not in report


def test_a_difference_is_shown_with_what_may_explain_it(make_record: Make) -> None:
    published = [make_record(seed=seed) for seed in range(2)]
    fresh = [
        changed(published[0], 0.02, environment={**published[0].environment, "numpy": "9"}),
        changed(published[1], -0.05),
    ]
    report = compare_records(fresh, published)
    assert "aac             2       68.5        70.0   -5.0" in report
    assert "0 of 2 runs equal" in report
    assert "numpy 9, unknown (published: unknown)" in report


def test_other_data_are_named(make_record: Make) -> None:
    published = make_record()
    other = {**published.dataset, "fingerprint": "1" * 64}
    report = compare_records([changed(published, 0.01, dataset=other)], [published])
    assert "other data in 1 runs" in report


def test_a_difference_without_an_outward_reason_points_at_the_source(make_record: Make) -> None:
    published = make_record()
    assert "the source may have changed" in compare_records([changed(published, 0.01)], [published])


def test_runs_that_are_not_published_are_counted(make_record: Make) -> None:
    fresh = [make_record(), make_record(delta=7)]
    assert "1 of 1 runs equal the published ones in every epoch; 1 more are not published" in (
        compare_records(fresh, fresh[:1])
    )
    assert compare_records(fresh[1:], fresh[:1]).startswith("None of the 1 fresh runs")
    assert compare_records(fresh, []) == "There are no published records to compare with."
