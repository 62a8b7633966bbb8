"""One line a finished run of a grid: how many are done, what it scored, how long the rest takes.

The workflow prints it after each cell:
`python -m aacpy.experiments.progress RUN_DIR... --done RUN_DIR`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from aacpy.errors import AacpyError
from aacpy.records import Record


def progress_line(folders: Sequence[Path], done: Path, *, slots: int, overhead: float) -> str:
    """What to say when the run in `done` has finished, one of the runs in `folders`.

    Parameters
    ----------
    folders : the run directories of the whole grid.
    done : the one that just finished.
    slots : how many runs go side by side.
    overhead : seconds that a run takes beyond those in its record (starting up, drawing).

    Raises
    ------
    RecordError
        If a record cannot be read.
    """
    finished = [f for f in folders if (f / "record.json").exists()]
    record = Record.read(done / "record.json")
    known = [Record.read(f / "record.json") for f in finished]
    mean = sum(r.seconds["total"] for r in known) / len(known) + overhead
    left = len(folders) - len(finished)
    # On average the runs that go on beside this one are half done.
    turns = max(left - (min(slots, left) - 1) / 2, 0) / slots if left else 0
    name = record.name.removesuffix(f"-seed{record.seed}")
    width = len(str(len(folders)))
    return (
        f"{len(finished):>{width}} of {len(folders)}  {name:<12} seed {record.seed:<3} "
        f"mAP {100 * record.scores['mean_ap']:4.1f}  {record.seconds['total'] + overhead:4.0f} s"
        f"  {_left(turns * mean)}"
    )


def _left(seconds: float) -> str:
    if seconds <= 0:
        return "all runs are done"
    return f"about {math.ceil(seconds / 60)} min left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the line; exit status 2 if a record cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m aacpy.experiments.progress", description=__doc__
    )
    parser.add_argument("folders", metavar="RUN_DIR", type=Path, nargs="+")
    parser.add_argument("--done", type=Path, required=True, help="the run that just finished")
    parser.add_argument("--slots", type=int, default=1, help="runs side by side")
    parser.add_argument("--wall", type=float, default=0, help="seconds that the run took in all")
    values = parser.parse_args(arguments)
    try:
        record = Record.read(values.done / "record.json")
        overhead = max(values.wall - record.seconds["total"], 0)
        line = progress_line(values.folders, values.done, slots=values.slots, overhead=overhead)
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
