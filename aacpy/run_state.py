"""What a run has found so far: its checkpoints keep it beside the tensors, its record ends so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aacpy.field_checks import (
    check_dict,
    check_exact,
    check_list,
    check_number,
    check_text,
    is_number,
)
from aacpy.series import series_columns


@dataclass
class RunState:
    """A run between two epochs; `Record` says what the fields mean that it shares with it.

    Attributes
    ----------
    config : every setting of the run.
    fingerprint : of the data that the run started on.
    rows : one value a column of the run's series, for each epoch that is done.
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
        columns = series_columns(self.config)
        return {name: [row[name] for row in self.rows] for name in columns}

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
        check_exact("state", content, [f.name for f in fields(cls)])
        state = cls(**content)
        state._check()
        return state

    def _check(self) -> None:
        check_dict("config", self.config)
        check_text("fingerprint", self.fingerprint)
        for epoch, row in enumerate(check_list("rows", self.rows)):
            check_exact(f"rows[{epoch}]", row, series_columns(self.config))
            if row["epoch"] != epoch:
                raise ValueError(f"rows[{epoch}] is of another epoch")
            for name, value in row.items():
                if value is not None and not is_number(value):
                    raise ValueError(f"rows[{epoch}].{name} must be a number or none")
        for end, stages in check_dict("labels", self.labels).items():
            for stage, text in check_dict(f"labels.{end}", stages).items():
                if not isinstance(text, str):
                    raise ValueError(f"labels.{end}.{stage} must be packed labels")
        for at, item in enumerate(check_list("retrievals", self.retrievals)):
            check_exact(f"retrievals[{at}]", item, ("query", "gallery"))
        for at, note in enumerate(check_list("notes", self.notes)):
            check_text(f"notes[{at}]", note)
        for phase, seconds in check_dict("seconds", self.seconds).items():
            check_number(f"seconds.{phase}", seconds, 0, math.inf)
