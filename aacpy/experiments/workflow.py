"""What `make reproduce` does around Snakemake: one workflow at a time, stale runs set aside.

`python -m aacpy.experiments.workflow [--jobs N] [--profile FOLDER] [SETTING=VALUE ...]`; the
Snakefile says what the settings are.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from aacpy.config import Config
from aacpy.config_values import shown
from aacpy.errors import AacpyError, ConfigError, RunError
from aacpy.experiments.cells import run_resources, set_stale_aside, wait_for_runs
from aacpy.experiments.gpus import visible_gpus
from aacpy.experiments.grids import grid_configs, parse_jobs, run_folder
from aacpy.experiments.plain_yaml import parse_yaml
from aacpy.experiments.progress import ProgressWatch
from aacpy.files import project_root, runs_root, write_atomically

#: Of the environment, what tells that someone watches a notebook's kernel.
WATCHED = ("JPY_SESSION_NAME", "VSCODE_PID")


def say_line(text: str) -> None:
    """Print a line at once, also into a file or pipe."""
    print(text, flush=True)


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


def side_by_side(configs: Sequence[Config]) -> int:
    """How many of these runs the machine takes at once: by CPUs, memory, and GPUs if they need one.

    Raises
    ------
    RunError
        If the runs need a GPU and there is none.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6
    needs = [run_resources(config) for config in configs]
    limits = [
        (cpus or 1) // max(config.threads for config in configs),
        memory // max(need["mem_mb"] for need in needs),
    ]
    if any(need["gpu"] for need in needs):
        gpus = len(visible_gpus())
        if not gpus:
            raise RunError(
                "these runs need a GPU each and this machine shows none. Run them where there is "
                "one, or on the CPU with device=cpu (for the paper preset: weeks)."
            )
        limits = [min(gpus, max(limits[1], 1))]  # their CPU threads may wait for each other
    return max(1, min(limits))


def reproduce(
    settings: dict[str, Any],
    *,
    jobs: int | None = None,
    profile: str | None = None,
    target: str = "all",
    say: Callable[[str], None] = say_line,
) -> int:
    """Run the workflow; returns the exit status, having said what there is.

    Parameters
    ----------
    settings : the workflow's, see the Snakefile: `grid` or `cells`, `preset`, `seeds`, and any
        setting of the runs.
    jobs : runs side by side; as many as the machine takes where None.
    profile : a Snakemake profile that sends runs elsewhere, such as `profiles/slurm`.
    target : "all", or "records" to stop before tables and book.
    say : told each line for the reader.

    Raises
    ------
    ConfigError
        If a grid, setting or value is unknown or bad.
    RunError
        If another workflow is at work in this directory of runs, or a GPU is missing.
    """
    chosen = {"grid": "table1", "preset": "pedestrians", **settings}
    configs = grid_configs(**chosen)
    folders = [run_folder(config) for config in configs]
    logs = runs_root() / "logs"
    begin = time.monotonic()
    if jobs is None:
        jobs = side_by_side(configs) if profile is None else 100
    with only_workflow(runs_root() / ".workflow.lock") as lock:
        wait_for_runs(folders, say)
        for line in set_stale_aside(configs):
            say(line)
        done = sum((folder / "record.json").exists() for folder in folders)
        title = "cells" if "cells" in chosen else str(chosen["grid"])
        where = f"{jobs} side by side" if profile is None else f"by {profile}"
        say(f"{title}: {len(configs)} runs, {done} done before, {where}")
        write_atomically(logs / "settings.yaml", yaml.safe_dump(chosen).encode())
        place = _local(configs, jobs) if profile is None else _elsewhere(profile, jobs)
        with ProgressWatch(folders, jobs, say):
            status = _snakemake([target, *place], logs, lock, say)
    if status:
        say(
            "stopped. Finished runs are kept, and the same command goes on from here. "
            f"Snakemake's own log: {_short(logs / 'snakemake.log')}"
        )
    elif target == "all":
        say("\n" + (runs_root() / chosen["preset"] / "tables.txt").read_text())
        book = runs_root() / "book" / "_build" / "html" / "index.html"
        say(f"{(time.monotonic() - begin) / 60:.1f} minutes. The book of these records:")
        say(f"  {_short(book)}\n  {book.as_uri()}")
    return status


def _local(configs: Sequence[Config], jobs: int) -> list[str]:
    """Snakemake's options for runs on this machine."""
    threads = max(config.threads for config in configs)
    options = ["--cores", str(jobs * threads)]
    if any(run_resources(config)["gpu"] for config in configs):
        options += ["--resources", f"gpu={jobs}"]
    return options


def _elsewhere(profile: str, jobs: int) -> list[str]:
    """Snakemake's options for runs that a profile sends elsewhere."""
    return ["--profile", profile, "--jobs", str(jobs)]


def _snakemake(options: list[str], logs: Path, lock: int, say: Callable[[str], None]) -> int:
    """Run Snakemake; its jobs' own lines are said, Snakemake's go to its log."""
    # Snakemake's own lock would outlive a kill, hence --nolock beside ours.
    command = [sys.executable, "-m", "snakemake", *options, "--nolock",
               "--configfile", str(logs / "settings.yaml")]  # fmt: skip
    # Whoever watches this process does not watch the notebooks that its runs execute.
    environment = {k: v for k, v in os.environ.items() if k not in WATCHED}
    with (
        (logs / "snakemake.log").open("w") as log,
        subprocess.Popen(
            command, cwd=project_root(), stdout=subprocess.PIPE, stderr=log, text=True,
            pass_fds=[lock], env=environment,
        ) as process,
    ):  # fmt: skip
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{process.pid}\n".encode(), 0)
        try:
            for line in process.stdout or ():
                say(line.rstrip())
            return process.wait()
        except KeyboardInterrupt:
            process.wait()  # Snakemake was interrupted too and stops its jobs
            return 130


def _short(path: Path) -> str:
    return os.path.relpath(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the workflow; return the exit status: 0 done, 1 a run failed, 2 bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m aacpy.experiments.workflow", description=__doc__
    )
    parser.add_argument("settings", metavar="SETTING=VALUE", nargs="*")
    parser.add_argument("--jobs", default="", metavar="N", help="runs side by side")
    parser.add_argument("--profile", default="", metavar="FOLDER", help="such as profiles/slurm")
    values = parser.parse_args(arguments)
    try:
        settings = dict(_setting(text) for text in values.settings)
        jobs = parse_jobs(values.jobs) if values.jobs else None
        return reproduce(settings, jobs=jobs, profile=values.profile or None)
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"settings are given as NAME=VALUE, not {shown(text)}")
    try:
        return name, parse_yaml(value)
    except ValueError as error:
        raise ConfigError(f"{name}: {shown(value)} is no YAML value ({error})") from error


if __name__ == "__main__":
    sys.exit(main())
