"""What a finished run leaves behind: one JSON record, the only proof that it finished.

Tables, figures and book pages read records and nothing else. A record is written to a temporary
name, flushed to disk and renamed, so a file with a record's name is always whole.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.config import Config
from aacpy.errors import ConfigError, RecordError
from aacpy.files import write_atomically

SCHEMA = 3

#: Per-epoch columns of `Record.series`; None marks an epoch without that measurement.
SERIES: Mapping[str, str] = {
    "epoch": "epoch, from 0",
    "loss": "mean ClusterNCE loss (Eq. 1) of the epoch's steps, nats",
    "clusters_before": "clusters that DBSCAN found",
    "clusters": "clusters trained on (after AAC where it applies)",
    "unclustered": "training images without a pseudo-label (-1)",
    "neighbor_recall": (
        "share of the exact k1 neighbours that the approximate search found, on a sample; none "
        "where the search is exact"
    ),
    "purity_before": "as `purity`, of the clusters that DBSCAN found",
    "ari_before": "as `ari`, of the clusters that DBSCAN found",
    "ami_before": "as `ami`, of the clusters that DBSCAN found",
    "purity": "share of clustered images in their cluster's majority identity",
    "ari": "adjusted Rand index with the identities, clustered images only",
    "ami": "adjusted mutual information with the identities, clustered images only",
    "mean_ap": "mean average precision on query and gallery, in [0, 1]",
    "rank1": "CMC at rank 1, in [0, 1]",
    "rank5": "CMC at rank 5, in [0, 1]",
    "rank10": "CMC at rank 10, in [0, 1]",
}
SCORES = ("mean_ap", "rank1", "rank5", "rank10")

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
        """Write the record atomically: temporary name, fsync, rename."""
        write_atomically(path, self.to_json().encode())

    @classmethod
    def from_json(cls, text: str | bytes, source: str = "record") -> Record:
        """Parse and validate a record.

        Raises
        ------
        RecordError
            If the text is cut, of another schema, or inconsistent; the message names `source`.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecordError(
                f"{source}: not a whole JSON record ({error}). Delete it and run the cell again."
            ) from error
        return _validated(content, source)

    @classmethod
    def read(cls, path: str | Path) -> Record:
        """Read a record file; errors as in `from_json`, naming the file."""
        try:
            return cls.from_json(Path(path).read_bytes(), str(path))
        except OSError as error:
            raise RecordError(f"{path}: cannot be read ({error.strerror})") from error

    def differences(self, other: Record) -> list[str]:
        """Names of the fields in which two records differ, `VOLATILE` ones aside."""
        mine, theirs = json.loads(self.to_json()), json.loads(other.to_json())
        return [name for name in mine if name not in VOLATILE and mine[name] != theirs[name]]


def load_records(root: str | Path) -> list[Record]:
    """Every record under `root`, sorted by name then path; an empty list if there is none.

    Raises
    ------
    RecordError
        If a `*.json` file under a `results` layout or a `record.json` is no valid record.
    """
    root = Path(root)
    if root.is_file():
        return [Record.read(root)]
    found = [(Record.read(path), str(path)) for path in root.rglob("*.json")]
    return [r for r, _ in sorted(found, key=lambda pair: (pair[0].name, pair[1]))]


def select(records: Iterable[Record], **settings: Any) -> list[Record]:
    """The records whose config has all the given values, sorted by seed."""
    chosen = [
        r for r in records
        if all(getattr(r.config, name) == value for name, value in settings.items())
    ]  # fmt: skip
    return sorted(chosen, key=lambda r: r.seed)


#: Settings that do not make another experiment: where the data lie and what computes.
PLACE_SETTINGS = (
    "data", "attributes", "device", "threads", "feature_batch", "compile", "store",
)  # fmt: skip


def changed_settings(config: Config, held: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, held value, wanted value) of each setting in which `held` is not `config`.

    `held` is what a record or checkpoint says of its config, perhaps an older version's. Where
    data lie and what computes does not count.
    """
    wanted = config.to_dict()
    return [
        (name, held.get(name), wanted.get(name))
        for name in sorted(set(wanted) | set(held))
        if name not in PLACE_SETTINGS and held.get(name) != wanted.get(name)
    ]


def cell_name(config: Config) -> str:
    """Name of a cell: method and every setting that differs from the preset, without the seed.

    For example `aac-delta7`. Where data lie and what computes is no part of it.
    """
    changed = [
        f"{name}{value}"
        for name, value in config.changes().items()
        if name not in ("method", "seed", *PLACE_SETTINGS)
    ]
    text = "-".join([config.method, *changed])
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in text)


def run_name(config: Config) -> str:
    """Name of a run: its cell's and its seed, for example `aac-delta7-seed1`."""
    return f"{cell_name(config)}-seed{config.seed}"


def pack_labels(labels: NDArray[np.int64]) -> str:
    """Labels as base64 of zlib of little-endian int32."""
    return base64.b64encode(zlib.compress(np.asarray(labels, "<i4").tobytes(), 9)).decode()


def unpack_labels(text: str) -> NDArray[np.int64]:
    """Inverse of `pack_labels`."""
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i4").astype(np.int64)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise RecordError(f"packed labels cannot be read ({error})") from error


def _validated(content: Any, source: str) -> Record:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise RecordError(f"{source}: not a record of schema {SCHEMA} (found {found!r})")
    names = {f.name for f in fields(Record)}
    if set(content) != names:
        odd = sorted(set(content) ^ names)
        raise RecordError(f"{source}: fields missing or unknown: {', '.join(odd)}")
    try:
        config = Config.from_dict(content["config"])
    except (ConfigError, TypeError) as error:
        raise RecordError(f"{source}: {error}") from error
    record = Record(**{**content, "config": config})
    _check_series(record, source)
    return record


def _check_series(record: Record, source: str) -> None:
    series, scores = record.series, record.scores
    if not isinstance(series, dict) or set(series) != set(SERIES):
        raise RecordError(f"{source}: series must hold the columns {', '.join(SERIES)}")
    n_epochs = record.config.epochs
    for name, column in series.items():
        if not isinstance(column, list) or len(column) != n_epochs:
            raise RecordError(f"{source}: series {name!r} must have {n_epochs} values")
        if not all(v is None or _is_number(v) for v in column):
            raise RecordError(f"{source}: series {name!r} holds something that is no number")
    if not isinstance(scores, dict) or set(scores) != set(SCORES):
        raise RecordError(f"{source}: scores must be {', '.join(SCORES)}")
    for name, value in scores.items():
        if not _is_number(value) or not 0 <= value <= 1:
            raise RecordError(f"{source}: score {name} must be in [0, 1], not {value!r}")
        if value != series[name][-1]:
            raise RecordError(f"{source}: score {name} is not the last epoch's")
    for kind, name in ((dict, "dataset"), (dict, "labels"), (list, "retrievals"), (list, "notes"),
                       (dict, "seconds"), (dict, "peak_memory_bytes"), (dict, "environment"),
                       (str, "revision"), (str, "finished")):  # fmt: skip
        if not isinstance(getattr(record, name), kind):
            raise RecordError(f"{source}: {name} must be a {kind.__name__}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
