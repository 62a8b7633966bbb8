"""A run's directory: what it holds, who may use it, and whether it is the run one means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aacpy.checkpoints import read_newest
from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.files import remove_partial
from aacpy.records import Record, changed_settings
from aacpy.run_state import RunState

RECORD = "record.json"


@dataclass(frozen=True)
class Run:
    """A locked run directory of one config.

    Attributes
    ----------
    folder : the directory.
    record : the finished run's record, or None.
    state : of the checkpoint to go on from, or None.
    tensors_path : the tensors of that checkpoint, or None.
    damaged : what is wrong with each newer checkpoint, which is passed over.
    """

    folder: Path
    record: Record | None = None
    state: RunState | None = None
    tensors_path: Path | None = None
    damaged: tuple[str, ...] = ()

    @property
    def record_path(self) -> Path:
        """Where the record goes."""
        return self.folder / RECORD


@contextmanager
def open_run(folder: str | Path, config: Config) -> Iterator[Run]:
    """Lock `folder`, made if absent, for a run of `config` and say what it already holds.

    Raises
    ------
    RunError
        If another process uses the folder, it holds another config's run, or checkpoints of which
        none is whole; the message says what to do.
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
        remove_partial(folder)
        yield _held(folder, config)
    finally:
        lock.release()


def _held(folder: Path, config: Config) -> Run:
    if (folder / RECORD).exists():
        record = Record.read(folder / RECORD)
        _check_same(folder, config, record.config.to_dict())
        return Run(folder, record)
    checkpoint, damaged = read_newest(folder)
    if checkpoint is None:
        return Run(folder)
    try:
        state = RunState.from_dict(checkpoint.state)
    except ValueError as error:
        raise RunError(
            f"{checkpoint.path}: not a checkpoint that can be resumed ({error}). Delete {folder} "
            "to start this run again from its beginning."
        ) from error
    _check_same(folder, config, state.config)
    return Run(folder, None, state, checkpoint.tensors_path, tuple(damaged))


def _check_same(folder: Path, config: Config, held: dict[str, Any]) -> None:
    changed = changed_settings(config, held)
    if changed:
        listed = ", ".join(f"{name} {found!r} (not {wanted!r})" for name, found, wanted in changed)
        raise RunError(
            f"{folder}: holds a run of another config: {listed}. Choose another directory, or "
            "delete this one."
        )
