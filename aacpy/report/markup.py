"""A table once, shown three ways: text for a terminal, HTML for the book, CSV to keep."""

from __future__ import annotations

import csv
import io
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aacpy.report.escaping import csv_text, html_text, printable
from aacpy.report.statistics import Interval

#: A cell that sorts as a number: signs, thousands, what is around it ("≈96", "55%", "43 s").
_NUMBER = re.compile(r"≈?([+−-]?\d[\d,]*(?:\.\d+)?)(?:%| [A-Za-z]+)?")


@dataclass(frozen=True)
class Cell:
    """One cell: what it says, and what stands beside it in lighter type (an interval, a unit).

    Attributes
    ----------
    main : the value as text.
    light : what belongs to it but weighs less, such as "± 3.9".
    missing : whether there is no value; shown in light type altogether.
    code : whether `main` is something to type.
    page : a page of the book that `main` leads to, without suffix.
    """

    main: str
    light: str = ""
    missing: bool = False
    code: bool = False
    page: str = ""

    def html(self) -> str:
        """The cell's content."""
        main = html_text(self.main)
        if self.code:
            main = f"<code>{main}</code>"
        if self.page:
            main = f'<a href="{html_text(self.page)}.html">{main}</a>'
        if self.missing:
            return f'<span class="aac-light">{main}</span>'
        light = f' <span class="aac-light">{html_text(self.light)}</span>' if self.light else ""
        return main + light

    def value(self) -> float | None:
        """The number that the cell sorts by; None where it is no number."""
        match = None if self.missing else _NUMBER.fullmatch(self.main)
        return float(match[1].replace(",", "").replace("−", "-")) if match else None

    def text(self) -> str:
        """The cell on a terminal."""
        return printable(f"{self.main} {self.light}").rstrip()


NOT_RUN = Cell("not run", missing=True)
NONE = Cell("–", missing=True)


def number(interval: Interval, digits: int = 1, signed: bool = False) -> Cell:
    """A cell with a mean and, in lighter type, half its interval."""
    if interval.n == 0 or math.isnan(interval.mean):
        return NOT_RUN
    form = f"{{:{'+' if signed else ''}.{digits}f}}"
    main = form.format(interval.mean).replace("-", "−")
    if math.isnan(interval.half_width):
        return Cell(main)
    return Cell(main, f"± {interval.half_width:.{digits}f}")


def _sort_key(cell: Cell) -> str:
    value = cell.value()
    return "" if value is None else f' data-value="{value!r}"'


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; Jupyter and the book display it as HTML.

    Attributes
    ----------
    name : the CSV file's name, without suffix.
    columns : headings.
    rows : one tuple of cells a row; the first cell names the row.
    notes : what a reader must know, one sentence each, shown below.
    groups : row numbers that begin a group of rows with one heading.
    align : "l" or "r" for each column; numbers are right-aligned.
    emphasis : row numbers that stand out; in the book a group sorts by its first such row.
    sortable : whether the book lets readers sort; no where each row has a quantity of its own.
    wraps : whether words in cells and headings break into lines in the book; numbers never do.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    groups: Sequence[int] = ()
    align: str = ""
    emphasis: Sequence[int] = ()
    sortable: bool = True
    wraps: bool = False

    def _side(self, column: int) -> str:
        return self.align[column] if column < len(self.align) else "l"

    def to_text(self) -> str:
        """Plain text, columns aligned, ending in a newline."""
        lines = [[*map(printable, self.columns)], *[[c.text() for c in row] for row in self.rows]]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        out = []
        for number, line in enumerate(lines):
            if number - 1 in self.groups and number > 1:
                out.append("")
            cells = [
                t.rjust(w) if self._side(i) == "r" else t.ljust(w)
                for i, (t, w) in enumerate(zip(line, widths, strict=True))
            ]
            out.append("  ".join(cells).rstrip())
            if number == 0:
                out.append("  ".join("-" * w for w in widths))
        return "\n".join([*out, *self._wrapped_notes()]) + "\n"

    def _wrapped_notes(self) -> list[str]:
        return [textwrap.fill(printable(note), 96) for note in self.notes]

    def to_csv(self) -> str:
        """Comma-separated values; what stands in light type gets a column of its own."""
        split = [any(row[i].light for row in self.rows) for i in range(len(self.columns))]
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        header = []
        for name, two in zip(self.columns, split, strict=True):
            header += [name, f"{name} (±)"] if two else [name]
        writer.writerow(map(csv_text, header))
        for row in self.rows:
            values = []
            for cell, two in zip(row, split, strict=True):
                light = cell.light.removeprefix("± ")
                main = "" if cell.missing else cell.main
                values += [main, light] if two else [main]
            writer.writerow(map(csv_text, values))
        return buffer.getvalue()

    def to_html(self) -> str:
        """A `<table>` that scrolls by itself where the page is narrow, notes and a CSV link.

        A group of rows is a `<tbody>`; cells with a number carry it as `data-value`. By these the
        book's script sorts (`book/_static/book.js`); elsewhere the table stays as it is.
        """
        head = "".join(
            f'<th scope="col" style="{self._style(i)}">{html_text(c)}</th>'
            for i, c in enumerate(self.columns)
        )
        starts = sorted({0, *self.groups})
        rows = [self._row_html(number) for number in range(len(self.rows))]
        bodies = "".join(
            f"<tbody>{''.join(rows[start:end])}</tbody>"
            for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)
        )
        notes = "".join(f"<p>{html_text(note)}</p>" for note in self.notes)
        file = html_text(f"{self.name}.csv")
        link = (
            f'<a class="aac-csv" download="{file}" '
            f'href="data:text/csv;charset=utf-8,{quote(self.to_csv())}">{file}</a>'
        )
        sorts = " data-sortable" if self.sortable and len(self.rows) > 1 else ""
        label = html_text(self.name.replace("_", " "))
        return (
            f'<div class="aac-table{" aac-wraps" * self.wraps}">'
            f'<div class="aac-scroll" tabindex="0" role="group" aria-label="table: {label}">'
            f'<table class="table"{sorts}><thead><tr>{head}</tr></thead>{bodies}</table></div>'
            f'<div class="aac-notes">{notes}<p>Download {link}</p></div></div>'
        )

    def folded(self, title: str) -> Folded:
        """The table behind a line that opens it, for one that few readers want."""
        return Folded(self, title)

    def _row_html(self, number: int) -> str:
        """One `<tr>`; the first of a group has the group's heading."""
        chosen = number in self.emphasis
        cells = []
        for i, cell in enumerate(self.rows[number][1:], start=1):
            empty = " data-missing" if cell.missing else ""
            weight = "; font-weight: 600" if chosen else ""
            style = f"{self._style(i)}{weight}"
            cells.append(f'<td{_sort_key(cell)}{empty} style="{style}">{cell.html()}</td>')
        classes = ["aac-group"] * (number in self.groups) + ["aac-chosen"] * chosen
        name = f' class="{" ".join(classes)}"' if classes else ""
        return f"<tr{name}>{self._row_head(number)}{''.join(cells)}</tr>"

    def _row_head(self, number: int) -> str:
        """The heading of a row; rows of one group that have the same share it."""
        cell = self.rows[number][0]
        if not self.groups:
            return f'<th scope="row"{_sort_key(cell)} style="text-align: left">{cell.html()}</th>'
        starts = sorted({0, *self.groups, len(self.rows)})
        if number not in starts:
            return ""
        span = starts[starts.index(number) + 1] - number
        return f'<th scope="rowgroup"{_sort_key(cell)} rowspan="{span}">{cell.html()}</th>'

    def _style(self, column: int) -> str:
        # Inline, since JupyterLab shows the table without the book's style sheet.
        return f"text-align: {'right' if self._side(column) == 'r' else 'left'}"

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.to_text()


@dataclass(frozen=True)
class Folded:
    """A table that opens when its title is clicked; Jupyter and the book display it."""

    table: Table
    title: str

    def _repr_html_(self) -> str:
        title = html_text(self.title)
        return f"<details><summary>{title}</summary>{self.table.to_html()}</details>"

    def __str__(self) -> str:
        return f"{printable(self.title)}\n{self.table.to_text()}"
