"""What the paper reports, from `data/reported.json`: never measured here, per cent."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from aacpy.records import SCORES


@functools.cache
def reported() -> dict[str, Any]:
    """Every number of the paper that the book shows, as reported there."""
    text = (resources.files("aacpy") / "data" / "reported.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


#: Epochs of a run, which Table 2 counts in, and the δ chosen (both Section 4.1); Table 2's δ.
PAPER_EPOCHS = int(reported()["settings"]["epochs"])
PAPER_DELTA = int(reported()["settings"]["delta"])
TABLE2_DELTA = int(reported()["table2"]["delta"])


def reported_table1() -> dict[str, dict[str, float]]:
    """The paper's Table 1 rows of our methods: method -> its scores; the control has none."""
    return {r["method"]: _scores(r) for r in reported()["table1"]["rows"] if r["method"]}


def reported_scores(method: str) -> dict[str, float] | None:
    """The paper's Table 1 row of one of our methods; None where it has none."""
    return reported_table1().get(method)


def reported_gains() -> dict[str, tuple[float, float]]:
    """AAC against its baseline: score -> the gain that the text states, and that of Table 1."""
    rows, stated = reported_table1(), reported()["gains"]
    return {s: (float(stated[s]), rows["aac"][s] - rows["baseline"][s]) for s in SCORES}


def reported_ablation(table: str, setting: str) -> dict[int, dict[str, float]]:
    """Rows of the paper's Table 2 or 3: value of `setting` -> its scores.

    `table` is "table2", with the setting "start_epoch" (of 60), or "table3", with "delta".
    """
    return {int(row[setting]): _scores(row) for row in reported()[table]["rows"]}


def _scores(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(row[name]) for name in SCORES}
