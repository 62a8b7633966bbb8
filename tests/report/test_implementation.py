"""Section 4.1 as tables: what the paper states stands in our preset, and silence is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aacpy import tables
from aacpy.config import Config
from aacpy.records import Record
from aacpy.report.implementation import SILENT
from aacpy.report.reported import reported

STATED = {k: v for k, v in reported()["settings"].items() if k != "source"}


@pytest.mark.parametrize("name", sorted(STATED))
def test_the_paper_s_preset_is_what_the_paper_states(name: str) -> None:
    assert getattr(Config.preset("paper"), name) == STATED[name]


def test_every_stated_and_every_silent_setting_has_its_row() -> None:
    rows = {row[0].main: [cell.main for cell in row] for row in tables.implementation_table().rows}
    assert {*STATED, *SILENT} <= set(rows)
    assert rows["epochs"][2:] == ["60", "60", "12"]
    assert rows["k1"][2:] == ["not said", "30", "20"]
    assert rows["weights"][2:] == ["imagenet", "imagenet", "none"]


def test_counts_stand_beside_each_other(make_record: Callable[..., Record]) -> None:
    rows = {
        row[0].main: [c.main for c in row[1:]] for row in tables.data_table([make_record()]).rows
    }
    assert rows["training images"] == ["12,936", "12,936", "1,200"]
    assert rows["test identities"] == ["750", "–", "100"]
    assert tables.data_table([]).rows[0][3].missing
