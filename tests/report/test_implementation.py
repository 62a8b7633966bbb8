"""Section 4.1 as tables: what the paper states stands in our preset, and silence is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aacpy import tables
from aacpy.config import Config, describe
from aacpy.records import Record
from aacpy.report.implementation import SILENT, cost_words
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


def test_every_setting_stands_in_the_table_of_presets() -> None:
    rows = {row[0].main: [cell.main for cell in row[1:3]] for row in tables.presets_table().rows}
    assert set(rows) == {name for name, *_ in describe()} - {"preset_name"}
    assert rows["epochs"] == ["60", "12"]
    assert rows["data"] == ["none", "none"]


def test_the_schedule_is_scaled_in_words() -> None:
    assert tables.schedule_words() == (
        "The paper's 60 epochs become 12, and what it counts in epochs is scaled with them: a "
        "learning rate that falls every 20 epochs falls every 4, and a split that starts in epoch "
        "5 starts in epoch 1."
    )


def test_the_cost_follows_from_the_log() -> None:
    text = cost_words({"table1": 4, "all": 24})
    # 5,120,000 images in 9,840 s; a run of ours has 3,072,000
    assert "2 h 44 min for 50 epochs of 400 steps" in text
    assert "520 images a second" in text
    assert "takes 1.6 hours on these cards, or **6.6 hours of one card**" in text
    assert "26 hours of one card, all tables 157 for each seed" in text
