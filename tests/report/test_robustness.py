"""The page "What can go wrong": tables and figure from invented campaigns; files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aacpy.campaigns import Campaign, campaigns_root, load_campaigns
from aacpy.errors import RecordError
from aacpy.report import robustness
from aacpy.report.shown import show

KILLS = [
    {"number": 0, "signal": "SIGKILL", "phase": "step", "occurrence": 1, "moment": 0.5,
     "status": -9, "died_in": "step", "resumed": 0, "problems": []},
    {"number": 1, "signal": "SIGTERM", "phase": "step", "occurrence": 0, "moment": 0.1,
     "status": 130, "died_in": "step", "resumed": 0, "problems": ["the record differs: series"]},
    {"number": 2, "signal": "SIGKILL", "phase": "record", "occurrence": 0, "moment": 0.9,
     "status": 0, "died_in": "between", "resumed": 0, "problems": []},
]  # fmt: skip
CONDITIONS = [
    {"condition": "full disk", "what": "4 kB", "problem": ""},
    {"condition": "full disk", "what": "8 kB", "problem": "no remedy"},
    {"condition": "clock", "what": "", "problem": "not tried: <b>"},
]
PRECISION = [
    {
        "method": "aac",
        "seed": 0,
        "float32": [50, 100],
        "bfloat16": [51, 95],
        "two_threads": [50, 99],
    },
    {
        "method": "<script>",
        "seed": 1,
        "float32": [50, 10],
        "bfloat16": [50, 12],
        "two_threads": [50, 11],
    },
]
FUZZ = {
    "records": {"parser": "records", "title": "records", "inputs": 10_000, "accepted": 10,
                "refused": 9_989, "failures": [[7, "hang", "5 s"]], "slowest_seconds": 5.0,
                "peak_bytes": 500_000_000, "revision": "abc"},
}  # fmt: skip


def campaign(rows: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    return {"schema": 1, "rows": rows, "settings": settings, "revision": "abc", "finished": "now"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of every campaign."""
    contents = {
        "kills": campaign(KILLS),
        "conditions": campaign(CONDITIONS),
        "precision": campaign(PRECISION, tolerance=0.1),
        "fuzz": {"schema": 1, "parsers": FUZZ},
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def campaigns(folder: Path) -> dict[str, Campaign]:
    """The same, read."""
    return load_campaigns(folder)


def cells(table: Any) -> list[list[str]]:
    return [[cell.text() for cell in row] for row in table.rows]


def test_the_headline_counts(campaigns: dict[str, Campaign]) -> None:
    assert robustness.headline(campaigns) == (
        "Of 3 runs stopped at a random moment and given their command again, 2 ended with the "
        "record of the undisturbed run. Of 10,000 damaged and hostile inputs to 1 parsers, 1 did "
        "anything but end in success or in an error that says what to do."
    )


def test_tables_say_what_happened(campaigns: dict[str, Campaign]) -> None:
    assert cells(robustness.kill_table(campaigns)) == [
        ["takes optimiser steps", "2", "1", "1", "0", "1 of 2"],
        ["writes the record", "1", "0", "0", "1", "1 of 1"],
    ]
    assert cells(robustness.condition_table(campaigns)) == [
        ["full disk", "4 kB", "as promised"],
        ["full disk", "8 kB", "no remedy"],
        ["clock", "–", "not tried: <b>"],
    ]
    assert cells(robustness.fuzz_table(campaigns)) == [
        ["records", "10,000", "10", "9,989", "1", "5.00 s", "0.50 GB"],
    ]
    table = robustness.precision_table(campaigns)
    assert cells(table) == [
        ["AAC, seed 0", "50", "51", "100", "95", "99"],
        ["<script>, seed 1", "50", "50", "10", "12", "11"],
    ]
    assert "<script>" not in table.to_html()
    words = robustness.precision_words(campaigns)
    assert "2 of 2 pairs of runs are within the tolerance of 10%; the largest gap is 2%" in words
    assert "1 of 2 are; the largest gap is 20%" in words
    assert "ends up to 10% apart" in words


def test_the_figure_has_a_mark_for_each_run(campaigns: dict[str, Campaign]) -> None:
    shown = show(robustness.kill_figure(campaigns), alt=robustness.kill_words(campaigns)).html()
    assert shown.count("<title>") == 3
    assert "SIGTERM while the run takes optimiser steps, time 1, 10% into it: the record" in shown
    assert "2 while it takes optimiser steps, 1 while it writes the record" in shown


def test_without_campaigns_the_page_says_how_to_run_them(tmp_path: Path) -> None:
    nothing = load_campaigns(tmp_path / "none")
    assert nothing == {}
    assert "make test-faults" in robustness.headline(nothing)
    assert "make test-faults" in robustness.precision_words(nothing)
    for table in (robustness.kill_table, robustness.condition_table, robustness.fuzz_table,
                  robustness.precision_table):  # fmt: skip
        assert "not run" in table(nothing).to_text()
    assert "not tried" in show(robustness.kill_figure(nothing), alt="x").html()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kills", "{"),
        ("kills", "[]"),
        ("kills", '{"schema": 2}'),
        ("kills", '{"schema": 1, "rows": {}}'),
        ("kills", '{"schema": 1, "rows": [1]}'),
        ("kills", json.dumps({"schema": 1, "rows": [{**KILLS[0], "status": "x"}]})),
        ("kills", json.dumps({"schema": 1, "rows": [{**KILLS[0], "status": True}]})),
        ("precision", json.dumps({"schema": 1, "rows": [{"method": "aac"}]})),
        ("fuzz", '{"schema": 1, "parsers": []}'),
    ],
)
def test_other_files_are_refused(folder: Path, name: str, content: str) -> None:
    (folder / f"{name}.json").write_text(content)
    with pytest.raises(RecordError, match=rf"{name}\.json: .*Delete .*make test-faults"):
        load_campaigns(folder)


def test_the_results_in_the_repository_keep_every_promise() -> None:
    stored = load_campaigns(campaigns_root())
    assert set(stored) == {"kills", "conditions", "precision", "fuzz"}
    kills = stored["kills"].rows
    assert len(kills) >= 200
    assert [row for row in kills if row["problems"] or row["resumed"]] == []
    assert [row for row in stored["conditions"].rows if row["problem"]] == []
    for row in stored["fuzz"].rows:
        assert row["inputs"] >= 10_000
        assert row["failures"] == []
        assert row["slowest_seconds"] < 5
        assert row["peak_bytes"] < 2e9
