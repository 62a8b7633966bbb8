"""A run's directory: what it holds, who may use it, and whether it is the run one means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aacpy.checkpoints import load_state
from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.records import Record, changed_settings

RECORD = "record.json"
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Run:
    """A locked run directory of one config.

    Attributes
    ----------
    folder : the directory.
    record : the finished run's record, or None.
    state : the JSON part of the checkpoint to go on from, or None.
    """

    folder: Path
    record: Record | None
    state: dict[str, Any] | None

    @property
    def record_path(self) -> Path:
        """Where the record goes."""
        return self.folder / RECORD

    @property
    def checkpoint_path(self) -> Path:
        """Where the checkpoint goes."""
        return self.folder / CHECKPOINT


@contextmanager
def open_run(folder: str | Path, config: Config) -> Iterator[Run]:
    """Lock `folder`, made if absent, for a run of `config` and say what it already holds.

    Raises
    ------
    RunError
        If another process uses the folder, it holds another config's run, or its checkpoint is
        damaged; the message says what to do.
    RecordError
        If its record is damaged.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            f"{folder}: another process is at this run. Wait for it, or choose another directory."
        ) from error
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be used as a run directory ({error.strerror or error}). Choose a "
            "directory that can be written."
        ) from error
    try:
        record = Record.read(folder / RECORD) if (folder / RECORD).exists() else None
        state = None
        if record is not None:
            _check_same(folder, config, record.config.to_dict())
        elif (folder / CHECKPOINT).exists():
            state = load_state(folder / CHECKPOINT)
            _check_same(folder, config, state.get("config", {}))
        yield Run(folder, record, state)
    finally:
        lock.release()


def _check_same(folder: Path, config: Config, held: dict[str, Any]) -> None:
    changed = changed_settings(config, held)
    if changed:
        listed = ", ".join(f"{name} {found!r} (not {wanted!r})" for name, found, wanted in changed)
        raise RunError(
            f"{folder}: holds a run of another config: {listed}. Choose another directory, or "
            "delete this one."
        )
