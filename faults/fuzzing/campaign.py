"""Runs a parser on its inputs in processes that are watched, ended and started anew."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, MutableSequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from aacpy.errors import RunError
from faults.fuzzing.outcome import Failure, Outcome
from faults.fuzzing.parser import ACCEPTED, Parser, Verdict
from faults.fuzzing.worker import (
    ACCEPTS,
    BEGAN,
    INDEX,
    NUMBERS,
    PEAK,
    REFUSALS,
    SLOWEST,
    Limits,
    Task,
    work,
)

#: Seeds of one campaign lie below those of the next.
SEEDS_EACH = 1_000_000
#: Heavy imports, done once, before the processes are forked; none starts a thread.
_IMPORTS = ["aacpy.training", "aacpy.tables", "aacpy.report.cost", "aacpy.experiments.parameters",
            "aacpy.experiments.publishing", "aacpy.datasets.pedestrians", "scipy.io",
            "scipy.sparse", "aacpy.datasets.integrity", "aacpy.__main__"]  # fmt: skip
_POLL = 0.05
_START = 300.0  # seconds within which samples are made, and a damaged one from them


def _context() -> ForkServerContext:
    """Where processes come from: a server that has imported what parsers need, and no threads."""
    found = ForkServerContext()
    found.set_forkserver_preload(_IMPORTS)
    return found


def run_parser(
    parser: Parser, inputs: int, seed: int, keep: Path, limits: Limits,
    step: Callable[[int], None] = lambda done: None,
) -> Outcome:  # fmt: skip
    """Feed a parser and count what came of it.

    Parameters
    ----------
    inputs, seed : how many inputs, and the campaign they belong to; the input of index i has the
        seed `seed * SEEDS_EACH + i`.
    keep : where failing inputs go.
    step : told how many inputs are done, many times.

    Raises
    ------
    RunError
        If the campaign itself fails: samples or their damage cannot be made.
    """
    failures: list[Failure] = []
    totals = [0.0] * NUMBERS
    killed: tuple[int, ...] = ()
    first, last, began = 0, inputs, time.monotonic()
    while first < last or killed:
        task = Task(seed * SEEDS_EACH, first, last, killed, keep)
        numbers, found, end = _process(parser, task, limits, len(failures), step)
        failures += [Failure(task.campaign + index, kind, text) for index, kind, text in found]
        for at in (ACCEPTS, REFUSALS):
            totals[at] += numbers[at]
        for at in (SLOWEST, PEAK):
            totals[at] = max(totals[at], numbers[at])
        first, killed = int(numbers[INDEX]), ()
        if end is not None and end.kind == "stopped":
            break
        if end is not None:
            failures.append(Failure(task.campaign + first, *end))
            killed, first = (first,), first + 1
            last = inputs if len(failures) < limits.failures else first
    accepted, refused = int(totals[ACCEPTS]), int(totals[REFUSALS])
    return Outcome(
        parser=parser.name, title=parser.title, inputs=accepted + refused + len(failures),
        accepted=accepted, refused=refused, failures=tuple(failures),
        slowest_seconds=round(totals[SLOWEST], 3), peak_bytes=int(totals[PEAK]),
        seconds=round(time.monotonic() - began, 1), seed=seed,
    )  # fmt: skip


def replay(parser: Parser, sample: bytes, limits: Limits) -> Verdict:
    """The verdict on one input, from a process of its own."""
    task = Task(0, 0, 1, (), Path(), sample)
    numbers, found, end = _process(parser, task, limits, 0, lambda done: None)
    if end is not None or found:
        return end or Verdict(*found[0][1:])
    return Verdict(ACCEPTED if numbers[ACCEPTS] else "refused")


_Found = list[tuple[int, str, str]]


def _process(
    parser: Parser, task: Task, limits: Limits, before: int, step: Callable[[int], None]
) -> tuple[MutableSequence[float], _Found, Verdict | None]:
    """One process from start to end: its numbers, what failed, and what ended it, if anything."""
    processes = _context()
    numbers = processes.RawArray("d", NUMBERS)
    numbers[INDEX] = task.first
    receiver, sender = processes.Pipe(duplex=False)
    found: _Found = []
    with tempfile.TemporaryDirectory(prefix="aacpy-fuzz-") as folder:
        process = processes.Process(
            target=work, args=(parser, task, limits, folder, numbers, sender), daemon=True
        )
        process.start()
        sender.close()
        try:
            end = _watch(process, receiver, numbers, limits, found, before, step)
        finally:
            process.kill()
            process.join()
            receiver.close()
    for index, _, text in found:
        if index < 0:
            raise RunError(f"the campaign failed on {parser.name}, input {numbers[INDEX]}:\n{text}")
    return numbers, found, end


def _watch(
    process: BaseProcess, receiver: Connection, numbers: MutableSequence[float], limits: Limits,
    found: _Found, before: int, step: Callable[[int], None],
) -> Verdict | None:  # fmt: skip
    """Wait for the process's end, or for a reason to bring it about."""
    seen, since, open_pipe = -1.0, time.monotonic(), True
    while True:
        ready = wait([process.sentinel, *([receiver] if open_pipe else [])], timeout=_POLL)
        if receiver in ready:
            try:
                found.append(receiver.recv())
            except EOFError:
                open_pipe = False
            if before + len(found) >= limits.failures:
                return Verdict("stopped")
            continue
        if process.sentinel in ready:
            process.join()
            return _ended(process.exitcode or 0)
        index, began = numbers[INDEX], numbers[BEGAN]
        step(int(index))
        now = time.monotonic()
        if (index, began) != (seen, 0):
            seen, since = index, now
        if not began and now - since > _START:
            raise RunError(f"an input could not be made within {_START:.0f} s")
        seconds, held = now - began if began else 0.0, _held_bytes(process.pid or 0)
        reason = _overrun(seconds, held, limits)
        if reason is not None and numbers[INDEX] == index and numbers[BEGAN] == began:
            numbers[SLOWEST] = max(numbers[SLOWEST], seconds)
            numbers[PEAK] = max(numbers[PEAK], held)
            return reason


def _overrun(seconds: float, held: int, limits: Limits) -> Verdict | None:
    if seconds > limits.seconds:
        return Verdict("hang", f"no answer after {limits.seconds} s")
    if held > limits.memory:
        return Verdict("memory", f"{held:,} bytes")
    return None


def _ended(status: int) -> Verdict | None:
    """What an exit status says; None for a regular end."""
    if status < 0:
        return Verdict("signal", signal.Signals(-status).name)
    return Verdict("exit", f"the process ended with status {status}") if status else None


def _held_bytes(pid: int) -> int:
    """Resident memory of another process; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
