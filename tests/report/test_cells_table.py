"""`aacpy.report.cells`: runs grouped by cell, and the table of their means."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from typing import Any

from aacpy.records import SCORES, Record
from aacpy.report.cells import by_cell, cells_table

Maker = Callable[..., Record]


def scored(record: Record, scores: dict[str, float], clusters: list[int | None]) -> Record:
    """The record with other scores, and other clusters in its last epochs."""
    series: dict[str, Any] = {**record.series}
    series["clusters"] = [*series["clusters"][: -len(clusters)], *clusters]
    for name, value in scores.items():
        series[name] = [*series[name][:-1], value]
    return dataclasses.replace(record, series=series, scores={**record.scores, **scores})


def test_a_cell_is_named_without_its_seed(make_record: Maker) -> None:
    assert make_record("aac", 0).cell == "aac"
    assert make_record("baseline", 12).cell == "baseline"
    assert make_record("aac", 1, delta=1, start_epoch=11).cell == "aac-delta1-start_epoch11"
    assert make_record("aac", 1, data="elsewhere", threads=2).cell == "aac"


def test_runs_that_differ_in_their_seed_alone_are_one_cell(make_record: Maker) -> None:
    runs = [make_record("aac", seed, delta=delta) for delta in (7, 5) for seed in (11, 2, 0)]
    plain = make_record("baseline", 2)
    groups = by_cell([plain, *runs])
    assert {name: [r.seed for r in group] for name, group in groups.items()} == {
        "aac-delta7": [0, 2, 11],
        "aac": [0, 2, 11],
        "baseline": [2],
    }
    assert groups["aac-delta7"] == [runs[2], runs[1], runs[0]]
    assert groups["baseline"] == [plain]


def test_no_records_are_no_cells() -> None:
    assert by_cell([]) == {}
    assert cells_table([]).rows == []


def test_the_table_has_a_row_of_means_for_every_cell(make_record: Maker) -> None:
    def record(method: str, seed: int, share: float, clusters: int, **settings: int) -> Record:
        scores = {name: share + i / 10 for i, name in enumerate(SCORES)}
        return scored(make_record(method, seed, **settings), scores, [clusters])

    table = cells_table(
        [
            record("baseline", 4, 0.25, 90),
            record("aac", 1, 0.52, 103),
            record("aac", 0, 0.5, 101),
            record("aac", 0, 0.375, 7, delta=10),
        ]
    )
    assert table.name == "cells"
    assert table.columns == ["cell", "seeds", "mAP", "rank-1", "rank-5", "rank-10", "clusters"]
    assert [[cell.text() for cell in row] for row in table.rows] == [
        # the interval of two: 12.7062 / 2 times their difference
        ["aac", "2", *(f"{51 + 10 * i}.0 ± 12.7" for i in range(4)), "102 ± 13"],
        ["aac-delta10", "1", "37.5", "47.5", "57.5", "67.5", "7"],
        ["baseline", "1", "25.0", "35.0", "45.0", "55.0", "90"],
    ]
    assert all(row[0].code for row in table.rows)
    assert table.notes == ["Per cent, last epoch, mean ± 95% interval over seeds."]


def test_a_last_epoch_without_clusters_is_left_out(make_record: Maker) -> None:
    one, other = (make_record("aac", seed) for seed in (0, 1))
    missing = scored(one, {}, [50, None])
    assert cells_table([missing]).rows[0][-1].text() == "not run"
    row = cells_table([missing, scored(other, {}, [60])]).rows[0]
    assert (row[1].text(), row[-1].text()) == ("2", "60")


def test_the_table_s_columns_fit_its_rows(make_record: Maker) -> None:
    table = cells_table([make_record("aac", 0), make_record("baseline", 0, k1=22)])
    assert {len(row) for row in table.rows} == {len(table.columns)} == {len(table.align)}
    names = [row[0] for row in csv.reader(io.StringIO(table.to_csv()))]
    assert names == ["cell", "aac", "baseline-k122"]
    assert "baseline-k122" in table.to_text()
