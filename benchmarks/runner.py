"""Measures a stage: every size in fresh processes, what is compared in one of them and in turn."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.errors import RunError
from aacpy.files import project_root
from aacpy.measurements import Case, Measurement, Timing
from aacpy.provenance import environment, source_revision
from benchmarks.stage import Size, Stage

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                    "NUMBA_NUM_THREADS")  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How to measure.

    Attributes
    ----------
    repeats : of everything that does not take minutes.
    threads : of every library.
    quick : whether the sizes are those of a trial.
    """

    repeats: int
    threads: int
    quick: bool


@dataclass
class Found:
    """What the processes of one size left: timings, results, facts."""

    works: dict[str, Timing] = field(default_factory=dict)
    results: dict[str, NDArray[Any]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)


def measure(
    stage: Stage, sizes: Sequence[Size], settings: Settings, say: Callable[[str], None]
) -> Measurement:
    """Measure a stage at some sizes.

    Parameters
    ----------
    say : told what is measured now, before it is.

    Raises
    ------
    RunError
        If a piece of work fails other than by being killed, which is noted and shown.
    """
    return Measurement(
        stage=stage.name, title=stage.title, limit=stage.limit, textbook=stage.textbook,
        data=stage.data,
        cases=tuple(_measure_size(stage, size, settings, say) for size in sizes),
        settings={"repeats": settings.repeats, "threads": settings.threads,
                  "quick": settings.quick},
        environment=machine(settings.threads),
        revision=source_revision(),
        finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )  # fmt: skip


def machine(threads: int, device: str = "cpu") -> dict[str, str]:
    """The machine and its libraries, with the processor's name and number of cores."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", info.read_text() if info.exists() else "",
                       flags=re.MULTILINE)  # fmt: skip
    return {"processor": names[0] if names else platform.processor() or "unknown",
            "cores": str(os.cpu_count()), **environment(device, threads)}  # fmt: skip


def _measure_size(stage: Stage, size: Size, settings: Settings, say: Callable[[str], None]) -> Case:
    names = stage.works_at(size)
    once = [name for name in names if size.n >= stage.works[name].once_from]
    repeated = [name for name in names if name not in once]
    found = Found()
    with tempfile.TemporaryDirectory(prefix="aacpy-bench-") as folder:
        run = _Processes(stage, size, settings, Path(folder))
        if repeated:
            say(f"{stage.shape(size)}: {', '.join(repeated)}, {settings.repeats} times in turn")
            run(found, repeated, settings.repeats)
        for name in once:
            say(f"{stage.shape(size)}: {name}, once; this can take minutes")
            run(found, [name], 1)
        for name in repeated:
            if found.works[name].peak_bytes is not None or not stage.works[name].peak:
                continue
            say(f"{stage.shape(size)}: memory of {name}")
            run(found, [name], 0)
    there = found.results
    return Case(
        size=size.n,
        series=f"width {size.width}" if size.width else "",
        shape=stage.shape(size),
        works=found.works,
        checks=stage.check(there) if {"library", "textbook"} <= set(there) else {},
        facts=found.facts | (stage.compare(there) if set(names) <= set(there) else {}),
    )


class _Processes:
    """Runs `benchmarks.child` for one size, with the threads asked for."""

    def __init__(self, stage: Stage, size: Size, settings: Settings, folder: Path) -> None:
        self.stage, self.size, self.folder = stage, size, folder
        threads = dict.fromkeys(THREAD_VARIABLES, str(settings.threads))
        self.environment = {**os.environ, **threads}

    def __call__(self, found: Found, names: list[str], repeats: int) -> None:
        """Do the named works in one process and add what they left to `found`."""
        size = self.size
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child", self.stage.name, str(size.n),
             str(size.width), str(repeats), str(self.folder), *names],
            cwd=project_root(), env=self.environment, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode < 0:
            why = signal.Signals(-done.returncode).name
            if done.returncode == -signal.SIGKILL:
                why += ", as a system does that is out of memory"
            for name in names:
                found.works[name] = Timing((), failed=f"killed ({why})")
            return
        if done.returncode:
            raise RunError(
                f"stage {self.stage.name}, {self.stage.shape(size)}, {', '.join(names)} failed:\n"
                f"{done.stderr.strip()[-2000:]}"
            )
        self._collect(found, names, repeats)

    def _collect(self, found: Found, names: list[str], repeats: int) -> None:
        left = json.loads((self.folder / "times.json").read_text())
        found.facts |= left["facts"]
        for name in names:
            seconds = tuple(left["works"][name]["seconds"])
            alone = len(names) == 1  # only then is the memory the work's own
            peak = left["works"][name]["peak_bytes"] if alone else None
            before = found.works.get(name)
            found.works[name] = Timing(seconds or (before.seconds if before else ()), peak)
            path = self.folder / f"{name}.npy"
            if path.exists():
                found.results[name] = np.load(path)
