"""A training command that says which phase of a run it enters, so that it can be stopped there."""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tqdm import tqdm

#: Phase -> the function that does its work, as MODULE:NAME; in the order of a run.
PHASES: Mapping[str, str] = {
    "render": "aacpy.datasets.renderer.manifest:run_jobs",
    "decode": "aacpy.training:open_stores",
    "extract": "aacpy.training:extract_features",
    "cluster": "aacpy.epoch_labels:make_pseudo_labels",
    "step": "aacpy.optimization:Optimization.run_epoch",
    "evaluate": "aacpy.training:evaluate_retrieval",
    "checkpoint": "aacpy.training:save_checkpoint",
    "record": "aacpy.records:Record.write",
}
#: What a child imports once for all victims.
PRELOADED = ["aacpy.training", "faults.victim"]


def run(
    says: Connection, arguments: Sequence[str], environment: Mapping[str, str], output: Path,
    clock: Sequence[float] = (),
) -> None:  # fmt: skip
    """Become `python -m aacpy ARGUMENTS`, in a process of its own, and exit with its status.

    Parameters
    ----------
    says : told `[phase, "enter" or "leave"]` as JSON, at once.
    environment : variables to set.
    output : file for what the command prints.
    clock : seconds by which the clock jumps, one after the other, whenever it is read.
    """
    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    # The parent's streams may be captured by a test; these are the file.
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    # tqdm's own lock is shared between processes, and nobody would put it away after a kill.
    tqdm.set_lock(threading.RLock())
    for phase, place in PHASES.items():
        _announce(says, phase, place)
    if clock:
        _jump(clock)
    from aacpy.__main__ import main

    sys.exit(main(arguments))


def _announce(says: Connection, phase: str, place: str) -> None:
    module, _, name = place.partition(":")
    owner: Any = importlib.import_module(module)
    *path, attribute = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    work: Callable[..., Any] = getattr(owner, attribute)

    @functools.wraps(work)
    def announced(*args: Any, **kwargs: Any) -> Any:
        says.send_bytes(json.dumps([phase, "enter"]).encode())
        try:
            return work(*args, **kwargs)
        finally:
            says.send_bytes(json.dumps([phase, "leave"]).encode())

    setattr(owner, attribute, announced)


def _jump(clock: Sequence[float]) -> None:
    """Let the time of day jump whenever it is read, as when somebody sets it."""
    import time

    real, jumps = time.time, iter(list(clock) * 10_000)
    time.time = lambda: real() + next(jumps)
    time.time_ns = lambda: int(time.time() * 1e9)
