"""What the paper reports, from `data/reported.json`: never measured here, per cent."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from aacpy.records import SCORES

#: Epochs of a run in the paper (Section 4.1), which its Table 2 counts in.
PAPER_EPOCHS = 60


@functools.cache
def reported() -> dict[str, Any]:
    """Every number of the paper that the book shows, as reported there."""
    text = (resources.files("aacpy") / "data" / "reported.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def reported_scores(method: str) -> dict[str, float] | None:
    """The paper's Table 1 row of one of our methods; None where it has none."""
    for row in reported()["table1"]["rows"]:
        if row["method"] == method:
            return _scores(row)
    return None


def reported_ablation(table: str, setting: str) -> dict[int, dict[str, float]]:
    """Rows of the paper's Table 2 or 3: value of `setting` -> its scores.

    `table` is "table2", with the setting "start_epoch" (of 60), or "table3", with "delta".
    """
    return {int(row[setting]): _scores(row) for row in reported()[table]["rows"]}


def _scores(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(row[name]) for name in SCORES}
