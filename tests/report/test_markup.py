"""`aacpy.report.markup`: one table as text, HTML and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from aacpy.report.markup import Cell, Table

TABLE = Table(
    name="small",
    columns=["method", "mAP"],
    rows=[
        [Cell("a"), Cell("65.6", "± 3.2")],
        [Cell("a"), Cell("not run", missing=True)],
        [Cell("b <c>"), Cell("x, y", code=True)],
    ],
    groups=[0, 2],
    emphasis=[0],
    align="lr",
    notes=["What it means."],
)


class Counter(HTMLParser):
    """Counts tags and fails on one that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_text_is_aligned() -> None:
    assert TABLE.to_text().splitlines() == [
        "method         mAP",
        "------  ----------",
        "a       65.6 ± 3.2",
        "a          not run",
        "",
        "b <c>         x, y",
        "What it means.",
    ]


def test_text_ends_in_one_newline_and_wraps_notes() -> None:
    long = Table("t", ["a"], [], notes=["word " * 60])
    assert long.to_text().endswith("word\n") and max(map(len, long.to_text().splitlines())) <= 96


def test_csv_reads_back_with_intervals_in_a_column_of_their_own() -> None:
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows == [
        ["method", "mAP", "mAP (±)"], ["a", "65.6", "3.2"], ["a", "", ""], ["b <c>", "x, y", ""],
    ]  # fmt: skip


def test_html_is_well_formed_and_escaped() -> None:
    text, counter = TABLE.to_html(), Counter()
    counter.feed(text)
    assert counter.open == [] and counter.seen.count("tr") == 4
    assert "b &lt;c&gt;" in text and "<code>x, y</code>" in text
    assert text.count("rowspan") == 2 and 'rowspan="2"' in text  # a's two rows share a heading
    assert TABLE._repr_html_() == text


def test_html_says_what_a_table_sorts_by() -> None:
    text = TABLE.to_html()
    assert '<table class="table" data-sortable>' in text and text.count("<tbody>") == 2
    assert '<tr class="aac-group aac-chosen">' in text
    assert '<td data-value="65.6" style=' in text and "<td data-missing style=" in text
    assert "<button" not in text  # where the book's script is absent a table is plain
    for plain in (replace(TABLE, sortable=False), replace(TABLE, rows=TABLE.rows[:1], groups=[0])):
        assert "data-sortable" not in plain.to_html()


@pytest.mark.parametrize(
    ("main", "value"),
    [
        ("65.6", 65.6), ("+14.0", 14.0), ("−3.4", -3.4), ("12,936", 12936.0), ("≈96", 96.0),
        ("55%", 55.0), ("43 s", 43.0), ("1.20 GB", 1.2), ("0", 0.0), ("–", None), ("", None),
        ("0, 1, 2", None), ("12 to 14", None), ("● 5 seeds", None), ("2026-01-01", None),
        ("1.2.3", None), ("no split", None),
    ],
)  # fmt: skip
def test_a_cell_sorts_by_its_number(main: str, value: float | None) -> None:
    assert Cell(main, "± 3.9").value() == value
    assert Cell(main, missing=True).value() is None


def test_html_carries_the_csv() -> None:
    link = TABLE.to_html().partition('href="data:text/csv;charset=utf-8,')[2].partition('"')[0]
    assert unquote(link) == TABLE.to_csv()


def test_an_empty_table_still_has_its_heading() -> None:
    empty = Table("t", ["a", "b"], [])
    assert empty.to_text().splitlines() == ["a  b", "-  -"] and empty.to_csv() == "a,b\n"
    assert "<th" in empty.to_html()


def test_a_folded_table_opens_by_its_title() -> None:
    table = Table("t", ["a"], [[Cell("1")]])
    folded = table.folded("2 < 3 rows")
    assert folded._repr_html_().startswith("<details><summary>2 &lt; 3 rows</summary><div")
    assert str(folded) == f"2 < 3 rows\n{table.to_text()}"
