"""The decision table: a row for each situation, led to its evidence; and the first answer."""

from __future__ import annotations

import pytest

from aacpy.files import project_root
from aacpy.report.studies import advice
from aacpy.report.studies.merging import LONG_TRACKS


def runs(make, control, wrong_control):
    records = []
    for s in range(4):
        level, wobble = 0.01 * s, 0.001 * (s % 2)
        records += [
            make(0.6 + level, "baseline", s), make(0.7 + level, "aac", s),
            make(control + level + wobble, "attributes", s),
            make(0.65 + level, "aac", s, attribute_error=0.1),
            make(wrong_control + level + wobble, "attributes", s, attribute_error=0.1),
            make(0.3 + level, "aac", s, **LONG_TRACKS),
        ]  # fmt: skip
    return records


@pytest.mark.parametrize(
    ("control", "wrong", "begins", "words"),
    [
        (0.8, 0.3, "**It depends on your attributes.**", "use the vectors as labels"),
        (0.6, 0.3, "**Yes.**", "use AAC"),
        (0.8, 0.9, "**Yes.**", "use the vectors as labels"),
    ],
)
def test_headline(make_scored, control, wrong, begins, words):
    records = runs(make_scored, control, wrong)
    text = advice.headline(records)
    assert text.startswith(begins)
    assert "10.0 points above its baseline" in text and "With one attribute in ten wrong" in text
    assert advice.findings(records)[0].advice.startswith(words)


def test_every_row_leads_to_a_page_of_the_book(make_scored):
    for records in ([], runs(make_scored, 0.8, 0.3)):
        table = advice.decision_table(records)
        assert len(table.rows) == len({row[0].main for row in table.rows}) >= 10
        for row in table.rows:
            assert (project_root() / "book" / f"{row[0].page}.md").is_file()
            assert all(cell.main for cell in row)
        assert '<a href="finer.html">' in table.to_html()


def test_nothing_has_run():
    assert advice.headline([]).startswith("**Not run.**")
    assert {row[2].main.startswith("not run") for row in advice.decision_table([]).rows} >= {True}
