"""Where the project's files lie, and how one is written so that it is whole or absent."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aacpy.errors import StorageError

_PARTIAL = ".tmp"  # end of the name of a file that is being written
_REMEDIES = {
    errno.ENOSPC: "Free space on that disk, or choose a place on another.",
    errno.EDQUOT: "Free some of your quota, or choose a place on another disk.",
    errno.EFBIG: "Allow larger files there (ulimit -f), or choose another place.",
    errno.EROFS: "Choose a place that can be written.",
}


def project_root() -> Path:
    """The checkout that holds this package, or the current directory if it was installed."""
    root = Path(__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").is_file() else Path.cwd()


def data_root() -> Path:
    """Where rendered benchmarks are kept: the environment's AACPY_DATA, or `data/`."""
    return Path(os.environ.get("AACPY_DATA") or project_root() / "data")


def runs_root() -> Path:
    """Where runs are kept, with what their workflow needs: AACPY_RUNS, or `runs/`."""
    return Path(os.environ.get("AACPY_RUNS") or project_root() / "runs")


def results_root() -> Path:
    """Records that the book shows: the environment's AACPY_RESULTS, or `results/`."""
    return Path(os.environ.get("AACPY_RESULTS") or project_root() / "results")


def read_bounded(path: str | Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    A directory, a device or a pipe that nobody writes to is refused at once, and of a file
    that is too large no more than the bound is read.

    Raises
    ------
    OSError
        If the file cannot be read, is no regular file, or is larger; `strerror` says which.
    """
    # A pipe opens at once only if asked not to wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # A buffer of the bound's size would cost more than a small file's reading.
            content = file.read(min(status.st_size, limit) + 1)
            if len(content) > status.st_size:  # it grew, or its size is not known
                content += file.read(limit + 1 - len(content))
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", str(path))
    return content


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write `content` under a temporary name beside `path`, fsync, rename over `path`, fsync again.

    After a kill or a power cut `path` holds what it held before or all of `content`.

    Raises
    ------
    StorageError
        If it cannot be written; `path` is then as it was. The message says why and what to do.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{_PARTIAL}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise what the block raises as an OSError as a StorageError that says what to do."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Make it writable, or choose another place.")
        raise StorageError(
            f"{path}: cannot be written ({error.strerror or error}). {remedy} What was finished "
            "before is kept; the same command goes on from there."
        ) from error


def remove_partial(folder: Path) -> None:
    """Remove what writes that were killed left in `folder`; nobody may be writing there."""
    for path in folder.glob(f".*{_PARTIAL}"):
        path.unlink(missing_ok=True)


def sync_files(paths: Iterable[Path]) -> None:
    """Make files that were written, and their names, outlast a power cut."""
    listed = list(paths)
    for path in listed:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for folder in {path.parent for path in listed}:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that sync no folder
            raise
    finally:
        os.close(descriptor)
