"""What the campaigns found, kept in `faults/results`: one JSON file each, written whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aacpy.files import project_root, write_atomically
from aacpy.provenance import environment, source_revision

SCHEMA = 1
RESULTS = project_root() / "faults" / "results"


def write(
    folder: Path, name: str, settings: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> None:
    """Write `folder/NAME.json`: the settings, the machine, the source and one row a trial."""
    head = {
        "schema": SCHEMA,
        "settings": settings,
        "environment": environment("cpu", 1),
        "revision": source_revision(),
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{json.dumps(head, indent=1)[:-2]},\n "rows": [\n  {lines}\n ]\n}}\n'
    write_atomically(folder / f"{name}.json", text.encode())


def read_rows(folder: Path, name: str, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows found before, if with these settings and this source; else none."""
    try:
        content = json.loads((folder / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return []
    revision = source_revision()
    same = content.get("settings") == settings and content.get("revision") == revision
    traced = bool(revision) and not revision.endswith("+changes")
    rows: list[dict[str, Any]] = content["rows"] if same and traced else []
    return rows
