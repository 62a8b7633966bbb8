"""A folder in which a run is hurt: its command, its record, and what changed around it."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aacpy.commands import option
from aacpy.config import Config
from aacpy.files import project_root
from aacpy.records import Record
from faults import victim

#: A phase of a run, how often it was entered before, and how long it took, seconds.
Moments = Mapping[str, Sequence[float]]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(victim.PRELOADED)


@dataclass(frozen=True)
class Sandbox:
    """A folder with a run, its data, a home, and a bystander that must stay as it is.

    Attributes
    ----------
    root : the folder.
    config : of the run.
    data : where rendered benchmarks lie; `root/data` unless other sandboxes share it.
    anew : whether a command is given to a new interpreter, as by its user, or to a fork, which is
        there at once.
    """

    root: Path
    config: Config
    data: Path
    anew: bool = True
    run: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", self.root / "run")
        for name in ("home", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        bystander = self.root / "another run" / "record.json"
        if not bystander.exists():
            bystander.parent.mkdir()
            bystander.write_text("not yours\n")

    @property
    def arguments(self) -> list[str]:
        """Those of `python -m aacpy`."""
        given = {"method": self.config.method, "seed": self.config.seed} | self.config.changes()
        options = [text for name, value in given.items() for text in (option(name), str(value))]
        return ["train", "--quiet", "--run-dir", str(self.run), *options]

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds: nothing of it lies outside the sandbox but shared data."""
        ones = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        return {
            **ones,
            "AACPY_DATA": str(self.data),
            "AACPY_RUNS": str(self.root / "runs"),
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
        }

    @property
    def output(self) -> str:
        """What the commands printed so far."""
        path = self.root / "output.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, clock: Sequence[float] = ()) -> Victim:
        """Start the run in a process that says which phase it is in."""
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(
            target=victim.run,
            args=(theirs, self.arguments, self.environment, self.root / "output.txt", clock),
        )
        process.start()
        theirs.close()
        return Victim(process, ours)

    def resume(self) -> int:
        """Give the user's command again and wait for its end; returns its exit status."""
        if not self.anew:
            return self.start().end()[0]
        with (self.root / "output.txt").open("a") as output:
            done = subprocess.run(
                [sys.executable, "-m", "aacpy", *self.arguments], cwd=project_root(),
                env={**os.environ, **self.environment}, stdout=output, stderr=output, check=False,
            )  # fmt: skip
        return done.returncode

    def record(self) -> Record:
        """The run's record; an error if there is none."""
        return Record.read(self.run / "record.json")

    def surroundings(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of every file beside the run that nobody may touch."""
        places = [self.root / "another run", self.root / "home", self.root / "tmp"]
        if self.data != self.root / "data":
            places.append(self.data)
        found = {}
        for place in places:
            for path in sorted(place.rglob("*")):
                if path.is_file() and path.suffix != ".lock":
                    status = path.stat()
                    found[str(path)] = (status.st_size, status.st_mtime_ns)
        return found


class Victim:
    """A run in a process that can be stopped in a phase."""

    def __init__(self, process: Any, hears: Connection) -> None:
        self.process, self._hears = process, hears
        self._began = time.perf_counter()
        self._phase = "start"

    def reach(self, phase: str, occurrence: int) -> bool:
        """Wait until `phase` is entered for the `occurrence`-th time, from 0; False if it ended.

        "start" is reached at once.
        """
        left = occurrence
        while phase != "start":
            event = self._next()
            if event is None:
                return False
            if event == (phase, "enter"):
                if left == 0:
                    break
                left -= 1
        return True

    def stop(self, signal: int, delay: float) -> tuple[int, str]:
        """Send `signal` after `delay` seconds, then as `end`.

        A negative status is the signal that ended the process.
        """
        time.sleep(delay)
        with suppress(ProcessLookupError):  # it ended before
            os.kill(self.process.pid, signal)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end; returns the exit status and the phase that it came in.

        That is "start" before the first phase and "between" after one.
        """
        while self._next() is not None:
            pass
        self.process.join()
        status: int = self.process.exitcode
        self.process.close()
        return status, self._phase

    def moments(self, on_checkpoint: Callable[[], None]) -> dict[str, list[float]]:
        """Wait for the end; how long each phase took each time, "start" included, seconds.

        `on_checkpoint` is called after each checkpoint, while the run goes on.
        """
        found: dict[str, list[float]] = {}
        entered: dict[str, float] = {}
        while (event := self._next()) is not None:
            now = time.perf_counter()
            found.setdefault("start", [now - self._began])
            phase, what = event
            if what == "enter":
                entered[phase] = now
            else:
                found.setdefault(phase, []).append(now - entered[phase])
                if phase == "checkpoint":
                    on_checkpoint()
        self.process.join()
        return found

    def _next(self) -> tuple[str, str] | None:
        try:
            phase, what = json.loads(self._hears.recv_bytes())
        except EOFError:
            return None
        self._phase = phase if what == "enter" else "between"
        return phase, what
