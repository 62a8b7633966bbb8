"""What a finished run leaves behind: one JSON record, the only proof that it finished.

Tables, figures and book pages read records and nothing else. A record is written to a temporary
name, flushed to disk and renamed, so a file with a record's name is always whole.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.config import Config
from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import RecordError
from aacpy.files import read_bounded, write_atomically
from aacpy.packed_labels import pack_labels as pack_labels
from aacpy.packed_labels import unpack_labels as unpack_labels
from aacpy.record_checks import check_fields
from aacpy.run_names import PLACE_SETTINGS as PLACE_SETTINGS
from aacpy.run_names import cell_name as cell_name
from aacpy.run_names import changed_settings as changed_settings
from aacpy.run_names import run_name as run_name
from aacpy.series import SCORES as SCORES
from aacpy.series import SERIES as SERIES
from aacpy.strict_json import parse_json

SCHEMA = 3

#: No record is larger, in bytes: one of 200,000 images has two millions.
LARGEST = 2**24

_REMEDY = "Delete it and run the cell again, or restore it if it is a published one."

#: Fields that differ between two runs of one config on one machine.
VOLATILE = ("seconds", "peak_memory_bytes", "finished")


@dataclass(frozen=True)
class Record:
    """One finished run.

    Attributes
    ----------
    config : every setting of the run.
    dataset : fingerprint (sha256) and counts of what was trained and evaluated on.
    series : column name -> one value an epoch; `SERIES` explains each column.
    scores : the last epoch's mean_ap, rank1, rank5, rank10, in [0, 1].
    labels : epoch (as a string) -> {"before": packed, "after": packed}, pseudo-labels of the
        training images for the first and the last epoch; read them with `pseudo_labels`.
    retrievals : for a few queries, {"query": index, "gallery": indices of the top ranks}.
    notes : what a reader must know about single epochs, such as a skipped update.
    seconds : phase -> seconds of wall time.
    peak_memory_bytes : the process's peak resident memory (and `gpu`, on a GPU).
    environment : versions, platform, device, threads, and the precision that was used.
    revision : the source revision, with "+changes" where the work tree had some; "" unknown.
    finished : UTC time, ISO 8601.
    schema : version of this layout.
    """

    config: Config
    dataset: dict[str, Any]
    series: dict[str, list[float | int | None]]
    scores: dict[str, float]
    labels: dict[str, dict[str, str]]
    retrievals: list[dict[str, Any]]
    notes: list[str]
    seconds: dict[str, float]
    peak_memory_bytes: dict[str, int]
    environment: dict[str, str]
    revision: str
    finished: str
    schema: int = SCHEMA

    @property
    def method(self) -> str:
        """The config's method."""
        return self.config.method

    @property
    def seed(self) -> int:
        """The config's seed."""
        return self.config.seed

    @property
    def name(self) -> str:
        """The run's name, see `run_name`."""
        return run_name(self.config)

    @property
    def cell(self) -> str:
        """The name of the run's cell, see `cell_name`."""
        return cell_name(self.config)

    @property
    def best(self) -> dict[str, float]:
        """Scores of the epoch with the highest mAP, chosen on the test set; never the result."""
        values = [-math.inf if v is None else v for v in self.series["mean_ap"]]
        at = int(np.argmax(values))
        picked = {name: self.series[name][at] for name in ("epoch", *SCORES)}
        return {name: float(value) for name, value in picked.items() if value is not None}

    def pseudo_labels(self, epoch: int) -> dict[str, NDArray[np.int64]]:
        """Labels of `epoch` (first or last): {"before": (n,), "after": (n,)}, -1 un-clustered."""
        stored = self.labels.get(str(epoch))
        if stored is None:
            raise RecordError(
                f"{self.name} stores the pseudo-labels of epochs {', '.join(self.labels)}, "
                f"not of epoch {epoch}"
            )
        return {stage: unpack_labels(text) for stage, text in stored.items()}

    def to_json(self) -> str:
        """The record as it stands on disk: NaN-free, sorted nowhere, one series a line."""
        content = {f.name: getattr(self, f.name) for f in fields(self)}
        content["config"] = self.config.to_dict()
        parts = []
        for name, value in content.items():
            if name == "series":
                rows = [f"  {json.dumps(k)}: {json.dumps(v, allow_nan=False)}"
                        for k, v in value.items()]  # fmt: skip
                text = "{\n" + ",\n".join(rows) + "\n }"
            else:
                text = json.dumps(value, allow_nan=False, indent=1).replace("\n", "\n ")
            parts.append(f' "{name}": {text}')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    def write(self, path: str | Path) -> None:
        """Write the record atomically: temporary name, fsync, rename.

        Raises
        ------
        RecordError
            If it could not be read back, as after a run resumed from a forged checkpoint.
        StorageError
            If the file cannot be written.
        """
        content = self.to_json().encode()
        Record.from_json(content, str(path))
        write_atomically(path, content)

    @classmethod
    def from_json(cls, text: str | bytes, source: str = "record") -> Record:
        """Parse and validate a record.

        Raises
        ------
        RecordError
            If the text is cut, of another schema, or inconsistent; the message names `source` and
            the field.
        """
        try:
            content = parse_json(text)
        except ValueError as error:
            raise RecordError(f"{source}: not a whole JSON record ({error}). {_REMEDY}") from error
        try:
            return _validated(content)
        except ValueError as error:
            raise RecordError(f"{source}: {error}. {_REMEDY}") from error

    @classmethod
    def read(cls, path: str | Path) -> Record:
        """Read a record file; errors as in `from_json`, naming the file."""
        try:
            content = read_bounded(path, LARGEST)
        except (OSError, ValueError) as error:
            raise RecordError(
                f"{printable(path)}: cannot be read ({reason(error)}). {_REMEDY}"
            ) from error
        return cls.from_json(content, printable(path))

    def differences(self, other: Record) -> list[str]:
        """Names of the fields in which two records differ, `VOLATILE` ones aside."""
        mine, theirs = json.loads(self.to_json()), json.loads(other.to_json())
        return [name for name in mine if name not in VOLATILE and mine[name] != theirs[name]]


def load_records(root: str | Path) -> list[Record]:
    """Every record under `root`, sorted by name then path; an empty list if there is none.

    That is every `*.json` but the checkpoints of runs.

    Raises
    ------
    RecordError
        If one of them is no valid record, or the folder cannot be read.
    """
    root = Path(root)
    try:
        is_folder = root.is_dir() or not root.exists()
        found_there = [p for p in root.rglob("*.json") if not p.name.startswith("checkpoint-")]
        paths = found_there if is_folder else [root]
    except (OSError, ValueError) as error:
        raise RecordError(f"{printable(root)}: cannot be read ({reason(error)})") from error
    found = [(Record.read(path), str(path)) for path in paths]
    return [r for r, _ in sorted(found, key=lambda pair: (pair[0].name, pair[1]))]


def select(records: Iterable[Record], **settings: Any) -> list[Record]:
    """The records whose config has all the given values, sorted by seed."""
    chosen = [
        r for r in records
        if all(getattr(r.config, name) == value for name, value in settings.items())
    ]  # fmt: skip
    return sorted(chosen, key=lambda r: r.seed)


def reason(error: Exception) -> str:
    """Why a file could not be read, without its name."""
    return str(getattr(error, "strerror", None) or error)


def _validated(content: Any) -> Record:
    """The record of a parsed text; a ValueError says what is wrong with it."""
    found = content.get("schema") if isinstance(content, dict) else type(content).__name__
    if type(found) is not int or found != SCHEMA:
        raise ValueError(f"not a record of schema {SCHEMA} (found {shown(found)})")
    odd = set(content) ^ {f.name for f in fields(Record)}
    if odd:
        listed = ", ".join(name if name.isidentifier() else shown(name) for name in sorted(odd))
        raise ValueError(f"fields missing or unknown: {listed[:200]}")
    config = Config.from_dict(content["config"])
    check_fields(content, config)
    return Record(**{**content, "config": config})
