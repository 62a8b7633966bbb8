"""What moves on the built book's pages: tables that sort, points that say values, the δ control."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

#: A table's items from top to bottom, each as (its order at first, rows, cell it sorts by).
ITEMS = """(table, column) => {
    const heads = table.tHead.rows[0].cells.length;
    const bodies = [...table.tBodies];
    const items = bodies.length > 1 ? bodies : [...bodies[0].rows];
    return items.map(item => {
        const rows = item.tagName === 'TR' ? [item] : [...item.rows];
        const chosen = column && rows.find(r => r.classList.contains('aac-chosen')) || rows[0];
        const cell = chosen.cells[column - (heads - chosen.cells.length)];
        return {
            text: item.textContent,
            value: cell.hasAttribute('data-missing') ? null
                : cell.dataset.value === undefined ? cell.textContent.trim()
                : Number(cell.dataset.value),
        };
    });
}"""


def page_with(book: Path, markup: str) -> str:
    """The first page of the book that holds `markup`; the test is skipped if none does."""
    for path in sorted(book.glob("*.html")):
        if markup in path.read_text(encoding="utf-8"):
            return path.name
    pytest.skip(f"no page holds {markup}")


def items(table: Any, column: int) -> list[dict[str, Any]]:
    return list(table.evaluate(f"(table, column) => ({ITEMS})(table, column)", column))


def test_every_table_sorts_by_every_column(visit: Any, page_name: str) -> None:
    page = visit(f"{page_name}.html").page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for table in page.locator("table[data-sortable]").all():
        heads = table.locator("thead th")
        for column in range(heads.count()):
            head, before = heads.nth(column), items(table, column)
            button = head.locator("button.aac-sort")
            if not head.inner_text().strip():
                assert button.count() == 0  # it would have no name
                continue
            numbers = any(isinstance(item["value"], float | int) for item in before)
            for way in ("descending", "ascending") if numbers else ("ascending", "descending"):
                button.press("Enter")
                assert head.get_attribute("aria-sort") == way
                assert table.locator("thead [aria-sort]").count() == 1
                found = items(table, column)
                assert sorted(i["text"] for i in found) == sorted(i["text"] for i in before)
                values = [i["value"] for i in found if isinstance(i["value"], float | int)]
                assert values == sorted(values, reverse=way == "descending")
                gone = [i["value"] is None for i in found]
                assert gone == sorted(gone)  # those without a value come last
            button.press("Enter")
            assert head.get_attribute("aria-sort") is None
            assert items(table, column) == before


def test_groups_of_rows_stay_together(visit: Any, book: Path) -> None:
    page = visit(page_with(book, 'aria-label="table: table1"')).page
    table = page.locator("[aria-label='table: table1'] table")
    before = {item["text"] for item in items(table, 0)}
    assert len(before) == 4
    table.locator("thead th button").nth(2).click()
    assert {item["text"] for item in items(table, 2)} == before
    firsts = table.evaluate("t => [...t.tBodies].map(b => b.rows[0].cells[0].rowSpan)")
    assert firsts == [2, 2, 2, 2]


def test_points_of_a_curve_say_their_values(visit: Any, book: Path) -> None:
    page = visit(page_with(book, '<g class="aac-hover">')).page
    points = page.locator(".aac-hover")
    said = page.locator(".aac-value")
    assert said.is_hidden()
    point = points.first
    point.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling hides what points say, and its event comes late
    point.hover(force=True)
    said.wait_for(state="visible")
    texts = points.evaluate_all("points => points.map(p => p.dataset.text)")
    assert said.inner_text() in texts and "epoch 0" in said.inner_text()  # or one drawn over it
    page.mouse.move(5, 5)
    said.wait_for(state="hidden")


def test_the_delta_control_answers_without_a_kernel(visit: Any) -> None:
    found = visit("explorer.html")
    page = found.page
    control, answer = page.locator("input[type=range]").first, page.locator("[aria-live]").first
    if not control.count():
        pytest.skip("this book has no page with a control")
    before = answer.inner_text()
    for key in ("End", "Home", "ArrowRight"):
        control.press(key)
        page.wait_for_timeout(100)
        if answer.inner_text() != before:
            break
    assert answer.inner_text() != before
    assert found.elsewhere == [] and found.complaints == []
