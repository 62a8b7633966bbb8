"""What campaigns of faults left behind: the JSON files that the page "What can go wrong" reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacpy.datasets.layout import printable
from aacpy.errors import RecordError
from aacpy.files import project_root, read_bounded
from aacpy.strict_json import parse_json

SCHEMA = 1
_LARGEST = 2**24

#: Campaign -> what each of its rows must hold.
_COLUMNS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "kills": {
        "number": int, "signal": str, "phase": str, "occurrence": int, "moment": (int, float),
        "status": int, "died_in": str, "resumed": int, "problems": list,
    },
    "conditions": {"condition": str, "what": str, "problem": str},
    "precision": {
        "method": str, "seed": int, "float32": list, "bfloat16": list, "two_threads": list,
    },
    "fuzz": {
        "parser": str, "title": str, "inputs": int, "accepted": int, "refused": int,
        "failures": list, "slowest_seconds": (int, float), "peak_bytes": int,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Campaign:
    """A campaign's results.

    Attributes
    ----------
    rows : one a trial; which keys they hold depends on the campaign.
    settings : what it was asked for.
    revision, finished : the source, and when, as in a record; "" where each row says its own.
    """

    rows: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    revision: str
    finished: str


def campaigns_root() -> Path:
    """Results that the book shows: AACPY_FAULTS, or `faults/results/`."""
    return Path(os.environ.get("AACPY_FAULTS") or project_root() / "faults" / "results")


def load_campaigns(folder: str | Path) -> dict[str, Campaign]:
    """The campaigns in `folder` by name: "kills", "conditions", "precision", "fuzz".

    Raises
    ------
    RecordError
        If a file is no such campaign's.
    """
    paths = {name: Path(folder) / f"{name}.json" for name in _COLUMNS}
    return {name: _read(name, path) for name, path in paths.items() if path.exists()}


def _read(name: str, path: Path) -> Campaign:
    remedy = f"Delete {printable(path)} and run `make test-faults`."
    try:
        content = parse_json(read_bounded(path, _LARGEST))
    except (OSError, ValueError) as error:
        raise RecordError(f"{printable(path)}: cannot be read ({error}). {remedy}") from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != SCHEMA:
        raise RecordError(f"{printable(path)}: not of schema {SCHEMA}. {remedy}")
    rows = list(content["parsers"].values()) if name == "fuzz" and isinstance(
        content.get("parsers"), dict) else content.get("rows")  # fmt: skip
    if not isinstance(rows, list) or not all(_fits(row, _COLUMNS[name]) for row in rows):
        raise RecordError(f"{printable(path)}: a row is misshapen. {remedy}")
    settings = content.get("settings", {})
    return Campaign(
        tuple(rows),
        settings if isinstance(settings, dict) else {},
        str(content.get("revision", "")),
        str(content.get("finished", "")),
    )


def _fits(row: Any, columns: Mapping[str, type | tuple[type, ...]]) -> bool:
    return isinstance(row, dict) and all(
        isinstance(row.get(name), kind) and not isinstance(row.get(name), bool)
        for name, kind in columns.items()
    )
