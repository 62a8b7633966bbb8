"""The provenance page's table against the pages that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aacpy import tables
from aacpy.files import project_root
from aacpy.records import Record
from aacpy.report.provenance import MADE

BOOK = project_root() / "book"


def pages() -> dict[str, str]:
    """Title -> source of each page; the front page by that name."""
    found = {}
    for path in BOOK.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
        assert title is not None
        found["Front page" if path.stem == "index" else title[1]] = text
    return found


def test_every_page_that_reads_records_or_data_has_its_rows() -> None:
    reading = {
        title
        for title, text in pages().items()
        if re.search(r"load_records\(results_root|load_data\(|load_campaigns\(", text)
    }
    assert reading == {page for page, *_ in MADE}


@pytest.mark.parametrize("row", MADE, ids=lambda row: f"{row[0]}: {row[1]}")
def test_a_row_names_functions_that_its_page_calls(row: tuple[str, str, str, str]) -> None:
    page, _, _, code = row
    for name in code.split(", "):
        assert f"{called(name)}(" in pages()[page]


def called(name: str) -> str:
    """A function as a page calls it: by its module's last name."""
    return ".".join(name.split(".")[-2:])


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_shows_of_records_stands_in_the_table(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    title = next(t for t, source in pages().items() if source == text)
    listed = {
        name for page, *_, code in MADE if page == title for name in map(called, code.split(", "))
    }
    shown = set(re.findall(r"\b((?:tables|figures|claims)\.\w+)\(\w*records\b", text))
    about = {"tables.provenance_table"}  # the table itself
    assert shown - about <= listed


def test_records_are_counted(make_record: Callable[..., Record]) -> None:
    records = [make_record(m, s) for m in ("baseline", "aac") for s in range(2)]
    records += [make_record(seed=0, delta=4), make_record(seed=0, delta=10, start_epoch=3)]
    found = {
        row[1].main: (row[2].main, row[3].main) for row in tables.provenance_table(records).rows
    }
    assert found["verdict and its picture"] == ("main comparison (4)", "make reproduce")
    assert found["when to start"] == ("by first split (1)", "make reproduce-all")
    assert found["group size"] == ("by δ, no split (5)", "make reproduce-all")
    assert found["clusters that mix people"][0] == "baseline, AAC, seed 0"
    assert found["verdict, three claims"][0] == "all (6)"


def test_without_records_there_are_none_yet() -> None:
    kinds = {row[2].main for row in tables.provenance_table([]).rows}
    assert kinds == {"none yet", "none: data of seed 0", "none: stages in benchmarks/results",
                     "none: campaigns in faults/results"}  # fmt: skip
