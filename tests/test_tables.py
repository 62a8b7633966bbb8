"""`aacpy.tables`: the paper's numbers, and measured rows beside them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aacpy import tables
from aacpy.config import METHODS
from aacpy.records import SCORES, Record

Maker = Callable[..., Record]


@pytest.fixture
def records(make_record: Maker) -> list[Record]:
    """Two seeds of every method."""
    return [make_record(method, seed) for method in METHODS for seed in range(2)]


def test_reported_table1_is_whole() -> None:
    rows = tables.reported()["table1"]["rows"]
    assert len(rows) == 15
    assert [r["method"] for r in rows if r["method"]] == ["baseline", "aac", "supervised"]
    for row in rows:
        scores = [row[name] for name in SCORES]
        assert all(0 < s < 100 for s in scores)
        assert row["rank1"] < row["rank5"] < row["rank10"] and row["mean_ap"] < row["rank1"]


def test_reported_ablations_are_whole() -> None:
    assert [r["start_epoch"] for r in tables.reported()["table2"]["rows"]] == list(range(0, 45, 5))
    assert [r["delta"] for r in tables.reported()["table3"]["rows"]] == list(range(4, 11))


def test_reported_scores() -> None:
    assert tables.reported_scores("aac") == {
        "mean_ap": 86.0, "rank1": 94.3, "rank5": 97.9, "rank10": 98.5,
    }  # fmt: skip
    assert tables.reported_scores("attributes") is None


def test_table1_has_paper_and_measured_row_of_each_method(records: list[Record]) -> None:
    table = tables.table1(records)
    assert len(table.rows) == 8
    assert [row[1].main for row in table.rows] == ["○ paper", "● 2 seeds"] * 4
    assert all(len(row) == len(table.columns) == len(table.align) for row in table.rows)
    aac = table.rows[3]
    assert aac[2].main == "70.0" and aac[2].light.startswith("± ")
    assert "the data hold 100 identities" in table.to_text()


def test_table1_without_records_says_how_to_fill_it() -> None:
    table = tables.table1([])
    assert [c.main for c in table.rows[1][2:]] == ["not run"] * 6
    assert "make reproduce" in table.to_text()
    assert "86.0" in table.to_text()


def test_table1_with_one_seed_has_no_interval(make_record: Maker) -> None:
    row = tables.table1([make_record("aac", 0)]).rows[3]
    assert row[1].main == "● 1 seed" and row[2].light == ""


def test_paired_table(records: list[Record]) -> None:
    table = tables.paired_table(records)
    assert len(table.rows) == 6
    assert all(row[3].main == "2" for row in table.rows)
    assert "No two methods" in tables.paired_table([]).to_text()


def test_reported_table_marks_the_rows_that_are_run_here() -> None:
    table = tables.reported_table()
    assert len(table.rows) == 15 and len(table.emphasis) == 3
    assert [table.rows[i][0].main for i in table.emphasis][1] == "AAC"


def test_gain_check_finds_what_the_text_and_the_table_disagree_in() -> None:
    text = tables.gain_check()
    assert "mAP +3.9 and rank-1 +2.0" in text
    assert "rank-5 (+0.4 in the text, +1.0 in the table)" in text
    assert "rank-10 (+0.6 in the text, +0.9 in the table)" in text


def test_runs_table_and_commands(records: list[Record], make_record: Maker) -> None:
    table = tables.runs_table(records)
    assert len(table.rows) == 8 and table.rows[0][2].main == "30 s"
    assert "No record yet" in tables.runs_table([]).to_text()
    changed = make_record("aac", 3, delta=7, data="mine")
    assert tables.command(changed) == (
        "papermill notebooks/train.ipynb aac-delta7-seed3.ipynb -p method aac -p seed 3 -p delta 7 "
        "-p data DIRECTORY"
    )


def test_provenance_names_functions_that_exist(records: list[Record]) -> None:
    import importlib

    for row in [*tables.provenance_table(records).rows, *tables.provenance_table([]).rows]:
        for name in row[-1].main.split(", "):
            module, _, attribute = name.rpartition(".")
            assert hasattr(importlib.import_module(f"aacpy.{module}"), attribute)
