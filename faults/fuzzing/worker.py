"""The process in which a parser reads input after input, so that it alone can crash or hang."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import MutableSequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import memory_use
from faults.fuzzing.parser import ACCEPTED, Parser, Verdict

#: Where the shared numbers stand: the input at work and when it began (0: not yet), how many were
#: accepted and refused, the longest time and the peak memory of one.
INDEX, BEGAN, ACCEPTS, REFUSALS, SLOWEST, PEAK = range(6)
NUMBERS = 6


@dataclass(frozen=True)
class Limits:
    """What one input may take.

    Attributes
    ----------
    seconds : of wall time.
    memory : bytes of the process that reads it, libraries included.
    failures : after so many the parser is given up.
    """

    seconds: float = 5.0
    memory: float = 2e9
    failures: int = 100


@dataclass(frozen=True)
class Task:
    """What one process does.

    Attributes
    ----------
    campaign : the seed of its first input; each input's is one more.
    first, last : the inputs to read, as a range.
    killed : inputs to write to `keep`, which an earlier process did not survive.
    keep : folder for inputs that fail.
    given : an input to read instead of a made one.
    """

    campaign: int
    first: int
    last: int
    killed: tuple[int, ...]
    keep: Path
    given: bytes | None = None


def work(
    parser: Parser, task: Task, limits: Limits, folder: str, numbers: MutableSequence[float],
    reports: Connection,
) -> None:  # fmt: skip
    """Do a task in `folder`; failures go to `reports` as (index, kind, message).

    A failure of the campaign itself goes there with the index -1.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    os.chdir(folder)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    try:
        samples = parser.samples()
        for index in task.killed:
            _keep(parser, task, index, parser.input(task.campaign + index, samples, task.campaign))
        warnings.simplefilter("error")
        memory_use.forget_peak()
        for index in range(task.first, task.last):
            numbers[BEGAN], numbers[INDEX] = 0, index
            sample = task.given
            if sample is None:
                sample = parser.input(task.campaign + index, samples, task.campaign)
            verdict = _watched(parser, sample, limits, numbers)
            if verdict.failed:
                _keep(parser, task, index, sample)
                reports.send((index, *verdict))
            else:
                numbers[ACCEPTS if verdict.kind == ACCEPTED else REFUSALS] += 1
        numbers[BEGAN], numbers[INDEX] = 0, task.last
    except Exception:
        reports.send((-1, "the campaign failed", traceback.format_exc()))
    reports.close()


def _watched(
    parser: Parser, sample: bytes, limits: Limits, numbers: MutableSequence[float]
) -> Verdict:
    """The verdict on an input, its time and memory included."""
    unraisable: list[str] = []
    sys.unraisablehook = lambda about: unraisable.append(repr(about.exc_value))
    numbers[BEGAN] = began = time.monotonic()
    verdict = parser.judge(sample)
    seconds, peak = time.monotonic() - began, memory_use.peak_bytes()
    numbers[SLOWEST] = max(numbers[SLOWEST], seconds)
    numbers[PEAK] = max(numbers[PEAK], peak)
    if peak > limits.memory:
        memory_use.forget_peak()  # the next input has its own
        return Verdict("memory", f"{peak:,} bytes")
    if seconds > limits.seconds:
        return Verdict("hang", f"{seconds:.1f} s")
    if unraisable and not verdict.failed:
        return Verdict("left open", unraisable[0][:300])
    return verdict


def input_path(keep: Path, parser: str, seed: int) -> Path:
    """Where the failing input of a seed is kept."""
    return keep / f"{parser}-{seed}.bin"


def _keep(parser: Parser, task: Task, index: int, sample: bytes) -> None:
    if task.given is None:
        task.keep.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            input_path(task.keep, parser.name, task.campaign + index).write_bytes(sample)
