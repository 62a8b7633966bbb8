"""What a run has found so far: its checkpoints keep it beside the tensors, its record ends so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aacpy.records import SERIES


@dataclass
class RunState:
    """A run between two epochs; `Record` says what the fields mean that it shares with it.

    Attributes
    ----------
    config : every setting of the run.
    fingerprint : of the data that the run started on.
    rows : one value a column of `SERIES`, for each epoch that is done.
    labels, retrievals, notes, seconds : as in a record.
    """

    config: dict[str, Any]
    fingerprint: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    retrievals: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def epochs_done(self) -> int:
        """How many epochs are done."""
        return len(self.rows)

    def series(self) -> dict[str, list[Any]]:
        """The rows by column."""
        return {name: [row[name] for row in self.rows] for name in SERIES}

    def to_dict(self) -> dict[str, Any]:
        """Every field, JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> RunState:
        """Rebuild a state that `to_dict` gave.

        Raises
        ------
        ValueError
            If a field is missing, unknown or of the wrong shape; the message names it.
        """
        odd = set(content) ^ {f.name for f in fields(cls)}
        if odd:
            raise ValueError(f"fields missing or unknown: {', '.join(sorted(map(str, odd)))}")
        state = cls(**content)
        state._check()
        return state

    def _check(self) -> None:
        for name, kind in (("config", dict), ("fingerprint", str), ("rows", list), ("labels", dict),
                           ("retrievals", list), ("notes", list), ("seconds", dict)):  # fmt: skip
            if not isinstance(getattr(self, name), kind):
                raise ValueError(f"{name} must be a {kind.__name__}")
        for epoch, row in enumerate(self.rows):
            if not isinstance(row, dict) or set(row) != set(SERIES) or row["epoch"] != epoch:
                raise ValueError(f"rows[{epoch}] is not that epoch's")
            if not all(value is None or _is_number(value) for value in row.values()):
                raise ValueError(f"rows[{epoch}] holds something that is no number")
        if not all(
            isinstance(stages, dict) and all(isinstance(text, str) for text in stages.values())
            for stages in self.labels.values()
        ):
            raise ValueError("labels must be packed labels of stages of epochs")
        if not all(isinstance(item, dict) for item in self.retrievals):
            raise ValueError("retrievals must be a list of objects")
        if not all(isinstance(note, str) for note in self.notes):
            raise ValueError("notes must be a list of texts")
        if not all(_is_number(value) and value >= 0 for value in self.seconds.values()):
            raise ValueError("seconds must be numbers from 0")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)
