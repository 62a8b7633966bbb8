"""One line a finished run of a grid: how many are done, what it scored, how long the rest takes.

Records are looked for where they will lie, so it is all the same who runs the cells: this machine
or a cluster.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from aacpy.errors import RecordError
from aacpy.records import Record


class ProgressWatch:
    """Watches the runs of a grid while a `with` block lasts, and says a line for each that ends.

    Parameters
    ----------
    folders : the run directories of the whole grid.
    slots : how many runs go side by side.
    say : told each line.
    interval : seconds between two looks.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        slots: int,
        say: Callable[[str], None],
        *,
        interval: float = 1.0,
    ) -> None:
        self.records = [folder / "record.json" for folder in folders]
        self.slots, self.say, self.interval = slots, say, interval
        self.done = {path for path in self.records if path.exists()}
        self._before = len(self.done)
        self._begin = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProgressWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """Say a line for each run that has ended since the last look."""
        for path in self.records:
            if path not in self.done and path.exists():
                self.done.add(path)
                self.say(self._line(path))

    def _watch(self) -> None:
        while not self._stop.wait(self.interval):
            self.look()

    def _line(self, path: Path) -> str:
        count, total = len(self.done), len(self.records)
        try:
            record = Record.read(path)
        except RecordError as error:
            return f"{count} of {total}  {error}"
        elapsed = time.monotonic() - self._begin
        left = seconds_left(count - self._before, total - count, self.slots, elapsed)
        return (
            f"{count:>{len(str(total))}} of {total}  {record.cell:<24} seed {record.seed:<3} "
            f"mAP {100 * record.scores['mean_ap']:4.1f}  {record.seconds['total']:4.0f} s"
            f"  {_left(left)}"
        )


def seconds_left(done: int, left: int, slots: int, elapsed: float) -> float:
    """How long the rest takes, if it goes on as it went.

    Parameters
    ----------
    done : runs finished in the last `elapsed` seconds.
    left : runs that have not finished; up to `slots` of them are at work, half done on average.
    """
    at_work = min(slots, left) / 2
    return (left - at_work) * elapsed / (done + at_work) if left else 0.0


def _left(seconds: float) -> str:
    if seconds <= 0:
        return "all runs are done"
    return f"about {math.ceil(seconds / 60)} min left"
