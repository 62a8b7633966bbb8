"""Hurt runs on purpose and see what becomes of them: `python -m faults`, or `make test-faults`.

Three campaigns on the embedded benchmark: kills (runs stopped at random moments of every phase and
resumed), conditions (full and read-only disks, two processes, files cut at any byte, a clock that
jumps) and precision (clusters found in bfloat16 and in float32). Kills tried before on the same
committed source are not tried again. The exit status is 1 if any promise was broken.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aacpy.config import Config
from aacpy.errors import AacpyError
from aacpy.files import runs_root
from benchmarks.runner import THREAD_VARIABLES
from faults import precision
from faults.conditions import CONDITIONS
from faults.kills import Outcome, draw_kills, run_undisturbed, try_kills
from faults.results import RESULTS, read_rows, write
from faults.sandbox import Sandbox
from faults.storage import NotHereError

CAMPAIGNS = ("kills", "conditions", "precision")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; returns the exit status."""
    options = parser().parse_args(arguments)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # for the processes to come
    broken = 0
    try:
        for name in options.campaigns or CAMPAIGNS:
            broken += {"kills": kills, "conditions": conditions, "precision": clusters}[name](
                options
            )
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; what was found is kept, and the same command goes on", file=sys.stderr)
        return 130
    return 1 if broken else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m faults", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", choices=[*CAMPAIGNS, []],
                      help=f"of {', '.join(CAMPAIGNS)} (default: all)")  # fmt: skip
    made.add_argument("--kills", type=int, default=200, metavar="N", help="default: 200")
    made.add_argument("--seed", type=int, default=0, metavar="N",
                      help="draws when runs are killed (default: 0)")  # fmt: skip
    made.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                      help="runs side by side (default: one a core, %(default)s here)")  # fmt: skip
    made.add_argument("--out", type=Path, default=RESULTS, metavar="DIR",
                      help="where results go (default: faults/results)")  # fmt: skip
    return made


def kills(options: argparse.Namespace) -> int:
    """Stop runs at random moments and resume them; how many did not end as they should."""
    config = Config.preset("pedestrians", method="aac")
    settings = {"kills": options.kills, "seed": options.seed, "method": "aac"}
    rows = read_rows(options.out, "kills", settings)
    folder = Path(tempfile.mkdtemp(prefix="aacpy-faults-"))
    print("kills: the undisturbed run", flush=True)
    undisturbed = run_undisturbed(config, folder)
    drawn = draw_kills(options.kills, undisturbed.moments, seed=options.seed)
    done = {row["number"] for row in rows}
    with tqdm(total=options.kills, initial=len(done), desc="kills", unit="run") as bar:

        def keep(outcome: Outcome) -> None:
            rows.append(outcome.to_dict())
            rows.sort(key=lambda row: row["number"])
            write(options.out, "kills", settings, rows)
            for problem in outcome.problems:
                bar.write(f"kill {outcome.kill.number}: {problem}")
            bar.update()

        left = [kill for kill in drawn if kill.number not in done]
        try_kills(left, config, undisturbed, jobs=options.jobs, on_outcome=keep)
    shutil.rmtree(folder)
    broken = sum(bool(row["problems"]) for row in rows)
    print(f"kills: {len(rows) - broken} of {len(rows)} runs ended with the undisturbed record")
    return broken


def conditions(options: argparse.Namespace) -> int:
    """Bring every condition about; how many promises were broken."""
    config = Config.preset("pedestrians", method="aac", epochs=4, iterations=20, identities=30)
    settings: dict[str, Any] = config.changes()
    rows: list[dict[str, Any]] = []
    folder = Path(tempfile.mkdtemp(prefix="aacpy-faults-"))
    undisturbed = run_undisturbed(config, folder)
    for name, condition in CONDITIONS.items():
        try:
            tried = condition(Sandbox(folder / name, config, undisturbed.data), undisturbed.record)
            for what, problem in tried:
                rows.append({"condition": name, "what": what, "problem": problem})
                print(f"{name}: {what}: {problem or 'as promised'}", flush=True)
        except NotHereError as error:
            rows.append({"condition": name, "what": "", "problem": f"not tried: {error}"})
            print(f"{name}: not tried: {error}", flush=True)
    write(options.out, "conditions", settings, rows)
    shutil.rmtree(folder)
    return sum(bool(row["problem"]) for row in rows)


def clusters(options: argparse.Namespace) -> int:
    """Compare the clusters of both precisions; how many pairs differ by more than the tolerance."""
    seeds = [0, 1, 2]
    settings = {"seeds": seeds, "tolerance": precision.TOLERANCE}
    rows = precision.compare(
        seeds, runs_root() / "faults" / "precision",
        on_row=lambda row: print(
            f"precision: {row['method']}, seed {row['seed']}: {precision.gap(row, 0):+.1%} of the "
            f"clusters in the first epoch, {precision.gap(row, -1):+.1%} in the last", flush=True,
        ),
    )  # fmt: skip
    write(options.out, "precision", settings, rows)
    # After training it is what rounding of any kind comes to, which the book shows.
    return sum(abs(precision.gap(row, 0)) > precision.TOLERANCE for row in rows)


if __name__ == "__main__":
    sys.exit(main())
