"""Measure the library's parts: `python -m benchmarks [--stages NAME ...]`, or `make bench`.

Each stage is one JSON file. A stage that has one is skipped, so a benchmark that was stopped goes
on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from aacpy.errors import AacpyError
from aacpy.files import runs_root
from aacpy.measurements import Measurement, measurements_root
from aacpy.report.cost import stage_table
from benchmarks.runner import Settings, measure
from benchmarks.stage import Size, Stage
from benchmarks.stages import OPTIONAL, STAGES, load_stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for; returns the exit status."""
    options = parser().parse_args(arguments)
    settings = Settings(options.repeats or (2 if options.quick else 5), options.threads,
                        options.quick)  # fmt: skip
    folder = options.out or (runs_root() / "bench-quick" if options.quick else measurements_root())
    names = options.stages or [name for name in STAGES if name not in OPTIONAL]
    try:
        for number, name in enumerate(names, start=1):
            stage = load_stage(name)
            sizes = chosen_sizes(stage, settings.quick, options.sizes)
            print(f"[{number}/{len(names)}] {stage.title}", flush=True)
            measurement = finished(folder, stage, sizes, settings, again=options.again)
            if measurement is None:
                began = time.monotonic()
                measurement = measure(stage, sizes, settings, say)
                path = measurement.write(folder)
                print(f"  {time.monotonic() - began:.0f} s, written to {path}", flush=True)
            print(f"\n{stage_table(measurement, absolute=True)}", flush=True)
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; finished stages are kept, and the same command goes on", file=sys.stderr)
        return 130
    return 0


def say(text: str) -> None:
    """Tell what is measured now."""
    print(f"  {text}", flush=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument(
        "--stages",
        nargs="+",
        choices=STAGES,
        metavar="NAME",
        help=f"of {', '.join(STAGES)}; default: all but {', '.join(OPTIONAL)}",
    )
    made.add_argument("--sizes", nargs="+", type=positive, metavar="N",
                      help="other sizes than a stage's own")  # fmt: skip
    made.add_argument("--repeats", type=positive, help="default: 5, with --quick 2")
    made.add_argument(
        "--threads",
        type=positive,
        default=os.cpu_count(),
        help="of every library (default: one for each core, %(default)s here)",
    )
    made.add_argument(
        "--quick",
        action="store_true",
        help="tiny sizes, for a trial; results go to runs/bench-quick",
    )
    made.add_argument("--again", action="store_true", help="measure what was measured before too")
    made.add_argument("--out", type=Path, metavar="DIR",
                      help="where results go (default: benchmarks/results)")  # fmt: skip
    return made


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def chosen_sizes(stage: Stage, quick: bool, asked: Sequence[int] | None) -> list[Size]:
    """The stage's sizes, or those asked for at its usual width."""
    own = list(stage.quick if quick else stage.sizes)
    return [Size(n, own[0].width) for n in asked] if asked else own


def finished(
    folder: Path, stage: Stage, sizes: Sequence[Size], settings: Settings, *, again: bool
) -> Measurement | None:
    """The stage's measurement, if it is there and of these sizes."""
    path = folder / f"{stage.name}.json"
    if again or not path.exists():
        return None
    measurement = Measurement.read(path)
    held = [case.shape for case in measurement.cases]
    if held != [stage.shape(size) for size in sizes]:
        raise AacpyError(
            f"{path}: holds other sizes ({'; '.join(held)}). Measure with --again to replace it, "
            "or with --out DIR to keep it."
        )
    print(f"  measured {measurement.finished[:10]} at {measurement.revision or 'unknown source'}; "
          "--again measures anew")  # fmt: skip
    return measurement


if __name__ == "__main__":
    sys.exit(main())
