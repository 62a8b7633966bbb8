"""Storage that fails: a disk that is full, a directory that cannot be written."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from aacpy.errors import RunError
from aacpy.records import Record
from faults.ends import Tried, command, ends_well, refused
from faults.sandbox import Sandbox


class NotHereError(Exception):
    """A condition that this machine cannot bring about; the message says why."""


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own at `place`, in memory, of `size` as tmpfs takes it.

    Raises
    ------
    NotHereError
        If this process may not mount one.
    """
    place.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


def _mount(*arguments: str) -> None:
    try:
        done = subprocess.run(
            ["mount", *arguments], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError as error:
        raise NotHereError(f"no mount command ({error.strerror})") from error
    if done.returncode:
        raise NotHereError(f"mounting is not allowed ({done.stderr.strip()})")


def full_disk(sandbox: Sandbox, wanted: Record, *, every: int = 1) -> Tried:
    """The disk of the run directory fills up: at the lock, in a checkpoint, before the record."""
    for kilobytes in _sizes(sandbox)[::every]:
        with small_disk(sandbox.run, f"{kilobytes}k"):
            what = f"run directory on a disk of {kilobytes} kB"
            status, said = command(sandbox)
            wrong = refused(status, said, "Free space", allow_success=True)
            _mount("-o", "remount,size=64m", str(sandbox.run))
            yield what, wrong or ends_well(sandbox, wanted)


def _sizes(sandbox: Sandbox) -> list[int]:
    """Sizes at which a disk is too small for the first checkpoint, ..., for the record."""
    probe = Sandbox(sandbox.root / "probe", sandbox.config, sandbox.data, sandbox.anew)
    if probe.resume():
        raise RunError(f"the run itself failed: {probe.output.strip()[-300:]}")
    files = [path.stat().st_size for path in probe.run.iterdir() if path.is_file()]
    largest, total = max(files) // 1024 + 1, sum(files) // 1024 + 1
    return [4, largest // 2, largest + 8, 2 * largest, 2 * total, 2 * total + largest + 32]


def full_data_disk(sandbox: Sandbox, wanted: Record, *, every: int = 1) -> Tried:
    """The disk fills up while the benchmark is rendered."""
    own = Sandbox(sandbox.root, sandbox.config, sandbox.root / "data", sandbox.anew)
    total = sum(path.stat().st_size for path in sandbox.data.rglob("*.jpg")) // 1024
    for kilobytes in (4, total // 4, total // 2)[::every]:
        with small_disk(own.data, f"{kilobytes}k"):
            status, said = command(own)
            wrong = refused(status, said, "Free space")
            _mount("-o", "remount,size=512m", str(own.data))
            yield f"rendering onto a disk of {kilobytes} kB", wrong or ends_well(own, wanted)
            shutil.rmtree(own.run)


def read_only(sandbox: Sandbox, wanted: Record) -> Tried:
    """The run directory cannot be written: from the start, or from some epoch on."""
    with small_disk(sandbox.run, "4k,ro"):
        wrong = refused(*command(sandbox), "can be written")
    yield "run directory read-only from the start", wrong
    victim = sandbox.start()
    victim.reach("step", 1)
    # Mounted over it: the run has its lock open below, so that it cannot be made read-only itself.
    with small_disk(sandbox.run, "4k,ro"):
        status, _ = victim.end()
        wrong = refused(status, sandbox.output, "can be written")
    yield "run directory read-only from the second epoch on", wrong or ends_well(sandbox, wanted)
