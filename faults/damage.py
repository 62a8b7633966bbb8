"""A second process at a run, files cut at any byte, a clock that jumps."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

from aacpy.checkpoints import read_newest
from aacpy.errors import RecordError, RunError
from aacpy.records import Record
from aacpy.runs import open_run
from faults.ends import Tried, command, copy_ends_well, ends_well, equal, refused
from faults.sandbox import Sandbox

_DAY = 86_400.0


def two_processes(sandbox: Sandbox, wanted: Record) -> Tried:
    """A second process is started on the run directory of one that is at work."""
    first = sandbox.start()
    first.reach("step", 0)
    status, said = command(sandbox)
    wrong = refused(status, said, "another process is at this run")
    ended, _ = first.end()
    if ended:
        wrong = wrong or f"the first process ended with status {ended}"
    yield "a second process on a run's directory", wrong or equal(sandbox, wanted)


def cut_checkpoint(
    sandbox: Sandbox, wanted: Record, *, most: int = 4_000, resumed: int = 8
) -> Tried:
    """The newest checkpoint is cut: at each byte of a file, or `most` of them drawn.

    `open_run` says for each where it would go on; `resumed` of them are also run to their end.
    """
    victim = sandbox.start()
    victim.reach("step", 2)
    victim.stop(signal.SIGKILL, 0)
    checkpoint, _ = read_newest(sandbox.run)
    if checkpoint is None:
        raise RunError("the run left no checkpoint to cut")
    rng = random.Random(0)
    for path in (checkpoint.path, checkpoint.tensors_path):
        whole = path.read_bytes()
        # The JSON is whole without its last line break.
        cuts = list(range(len(whole) - (path.suffix == ".json")))
        if len(cuts) > most:
            cuts = sorted(rng.sample(cuts, most))
        wrong = ""
        for cut in cuts:
            path.write_bytes(whole[:cut])
            with open_run(sandbox.run, sandbox.config) as run:
                if run.state is None or run.state.epochs_done != 1 or len(run.damaged) != 1:
                    wrong = wrong or f"cut at byte {cut}: not told from a whole one"
        path.write_bytes(whole)
        kind = "state" if path.suffix == ".json" else "tensors"
        yield f"{len(cuts):,} cuts of the newest checkpoint's {kind}", wrong
        for cut in rng.sample(cuts, resumed // 2):
            path.write_bytes(whole[:cut])
            yield f"resumed with the {kind} cut at byte {cut:,}", copy_ends_well(sandbox, wanted)
        path.write_bytes(whole)


def cut_record(sandbox: Sandbox, wanted: Record, *, most: int = 100_000) -> Tried:
    """A finished run's record is cut at each byte, or `most` of them drawn; no part is a result."""
    path = sandbox.run / "record.json"
    wanted.write(path)
    whole = path.read_bytes()
    wrong = ""
    cuts = range(len(whole.rstrip()))  # what follows is a line break
    for cut in cuts if len(cuts) <= most else random.Random(0).sample(cuts, most):
        path.write_bytes(whole[:cut])
        try:
            Record.read(path)
            wrong = wrong or f"cut at byte {cut}: read as a record"
        except RecordError as error:
            if str(path) not in str(error) or "Delete" not in str(error):
                wrong = wrong or f"cut at byte {cut}: no file or no remedy in {str(error)!r}"
    yield f"{min(len(cuts), most):,} cuts of a record", wrong
    path.write_bytes(whole[: len(whole) // 2])
    status, said = command(sandbox)
    wrong = refused(status, said, "Delete")
    path.unlink()
    yield "run resumed beside a cut record, then without it", wrong or ends_well(sandbox, wanted)


def clock_jumps(sandbox: Sandbox, wanted: Record) -> Tried:
    """The clock jumps by days while a run is at work, and its files come from another century."""
    victim = sandbox.start(clock=[0.0, _DAY, -2 * _DAY, 3600.0, -5000 * _DAY])
    victim.reach("step", 2)
    victim.stop(signal.SIGKILL, 0)
    for path, when in zip(sandbox.run.iterdir(), _times(), strict=False):
        os.utime(path, (when, when))
    victim = sandbox.start(clock=[-_DAY, 400 * _DAY, 0.0])
    status, _ = victim.end()
    wrong = f"ended with status {status}" if status else equal(sandbox, wanted)
    if not wrong and min(sandbox.record().seconds.values()) < 0:
        wrong = "a time in the record is negative"
    yield "clock set back and forth, files dated 1970 and 2100", wrong


def _times() -> Iterator[float]:
    while True:
        yield from (0.0, 4_102_444_800.0, time.time() + _DAY)
