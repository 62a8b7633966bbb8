"""What `make reproduce` does around Snakemake: one workflow at a time, stale runs set aside.

`python -m aacpy.experiments.workflow [--jobs N] [SETTING=VALUE ...]`; the Snakefile says what the
settings are.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from aacpy.errors import AacpyError, ConfigError, RunError
from aacpy.experiments.cells import set_stale_aside, wait_for_runs
from aacpy.experiments.grids import grid_configs, run_folder
from aacpy.files import project_root, write_atomically

#: Memory that is counted for one run of the embedded benchmark, bytes.
MEMORY_OF_RUN = 2 * 1024**3


@contextmanager
def only_workflow(path: Path) -> Iterator[int]:
    """Hold the lock file `path`; yields its descriptor, for the child that must hold it too.

    The lock is the operating system's, so that a killed workflow leaves none behind.

    Raises
    ------
    RunError
        If another workflow holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise RunError(
            f"another workflow is at work here (process {path.read_text().strip()}). Wait for it, "
            "or stop it."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def side_by_side() -> int:
    """How many runs this machine takes at once: its CPUs, fewer where memory is short."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(cpus or 1, memory // MEMORY_OF_RUN))


def reproduce(settings: dict[str, Any], jobs: int) -> int:
    """Run the workflow with `settings`; returns the exit status, having said what there is."""
    root, logs = project_root(), project_root() / "runs" / "logs"
    chosen = {"grid": "table1", "preset": "pedestrians", **settings}
    configs = grid_configs(**chosen)
    folders = [run_folder(config) for config in configs]
    begin = time.monotonic()
    with only_workflow(root / "runs" / ".workflow.lock") as lock:
        wait_for_runs(folders, _say)
        for line in set_stale_aside(configs):
            _say(line)
        done = sum((folder / "record.json").exists() for folder in folders)
        _say(f"{chosen['grid']}: {len(configs)} runs, {done} done before, {jobs} side by side")
        write_atomically(logs / "settings.yaml", yaml.safe_dump(chosen).encode())
        status = _snakemake(root, logs, jobs, lock)
    if status:
        _say(
            "stopped. Finished runs are kept, and the same command goes on from here. "
            f"Snakemake's own log: {_short(logs / 'snakemake.log')}"
        )
        return status
    _say("\n" + (root / "runs" / chosen["preset"] / "table1.txt").read_text())
    book = root / "runs" / "book" / "_build" / "html" / "index.html"
    _say(f"{(time.monotonic() - begin) / 60:.1f} minutes. The book of these records:")
    _say(f"  {_short(book)}\n  {book.as_uri()}")
    return 0


def _snakemake(root: Path, logs: Path, jobs: int, lock: int) -> int:
    """Run Snakemake; jobs' own lines go to the terminal, Snakemake's to its log."""
    # Snakemake's own lock would outlive a kill, hence --nolock beside ours.
    command = [sys.executable, "-m", "snakemake", "--cores", str(jobs), "--nolock",
               "--ignore-incomplete", "--keep-going", "--rerun-triggers", "mtime", "input",
               "--configfile", str(logs / "settings.yaml")]  # fmt: skip
    with (logs / "snakemake.log").open("w") as log:
        process = subprocess.Popen(command, cwd=root, stderr=log, pass_fds=[lock])
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{process.pid}\n".encode(), 0)
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()  # Snakemake was interrupted too and stops its jobs
            return 130


def _short(path: Path) -> str:
    return os.path.relpath(path)


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the workflow; return the exit status: 0 done, 1 a run failed, 2 bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m aacpy.experiments.workflow", description=__doc__
    )
    parser.add_argument("settings", metavar="SETTING=VALUE", nargs="*")
    parser.add_argument("--jobs", default="", metavar="N", help="runs side by side")
    values = parser.parse_args(arguments)
    try:
        if values.jobs and not (values.jobs.isdecimal() and int(values.jobs)):
            raise ConfigError(f"jobs must be a number from 1, not {values.jobs!r}")
        settings = dict(_setting(text) for text in values.settings)
        return reproduce(settings, int(values.jobs or side_by_side()))
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"settings are given as NAME=VALUE, not {text!r}")
    return name, yaml.safe_load(value)


if __name__ == "__main__":
    sys.exit(main())
