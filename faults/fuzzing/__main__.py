"""Feed every parser damaged and hostile input: `python -m faults.fuzzing`.

Each input must end in success or in one of the project's own errors that names the file or the
setting and the remedy, within 5 s and 2 GB. A parser whose outcome is there for the same committed
source, number and seed is skipped, so a campaign that was stopped goes on where it stopped.
Failing inputs are kept in runs/fuzz as PARSER-SEED.bin. The exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from tqdm import tqdm

from aacpy.errors import AacpyError
from aacpy.files import project_root, runs_root
from aacpy.provenance import environment, source_revision
from benchmarks.runner import THREAD_VARIABLES
from faults.fuzzing.campaign import SEEDS_EACH, replay, run_parser
from faults.fuzzing.outcome import Outcome, outcome_table, read_outcomes, write_outcomes
from faults.fuzzing.parsers import PARSERS, load_parser
from faults.fuzzing.worker import Limits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; returns the exit status."""
    options = parser().parse_args(arguments)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # for the processes to come
    try:
        if options.replay:
            return _replay(*options.replay)
        asked = options.parsers or list(PARSERS)
        outcomes = _campaign(options, asked)
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; finished parsers are kept, and the same command goes on", file=sys.stderr)
        return 130
    shown = [outcomes[name] for name in asked]
    print(outcome_table(shown))
    return 1 if any(outcome.failures for outcome in shown) else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m faults.fuzzing", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--inputs", type=_number, default=10_000, metavar="N",
                      help="inputs a parser (default: %(default)s)")  # fmt: skip
    made.add_argument("--parsers", nargs="+", choices=PARSERS, metavar="NAME",
                      help=f"of {', '.join(PARSERS)}; default: all")  # fmt: skip
    made.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    made.add_argument(
        "--jobs",
        type=_number,
        default=os.cpu_count() or 1,
        metavar="N",
        help="parsers side by side (default: one a core, %(default)s here)",
    )
    made.add_argument("--again", action="store_true", help="run what was run before too")
    made.add_argument(
        "--out",
        type=Path,
        default=project_root() / "faults" / "results",
        metavar="DIR",
        help="where outcomes go (default: faults/results)",
    )
    made.add_argument("--replay", nargs=2, metavar=("FILE", "PARSER"),
                      help="feed one kept input, and say what comes of it")  # fmt: skip
    return made


def _number(text: str) -> int:
    value = int(text)
    if not 1 <= value <= SEEDS_EACH:
        raise ValueError
    return value


def _campaign(options: argparse.Namespace, asked: Sequence[str]) -> dict[str, Outcome]:
    """Run the parsers whose outcome is not there, and write each when it is."""
    outcomes, revision = read_outcomes(options.out), source_revision()
    left = [
        name
        for name in asked
        if options.again
        or name not in outcomes
        or not outcomes[name].answers(options.inputs, options.seed, revision)
    ]
    if len(left) < len(asked):
        print(f"{len(asked) - len(left)} of {len(asked)} parsers were done before; --again does "
              "them anew")  # fmt: skip
    writing, stopping, facts = threading.Lock(), threading.Event(), environment("cpu", 1)

    def run(name: str) -> None:
        def step(done: int) -> None:
            bar.update(done - bar.n)
            if stopping.is_set():
                raise AacpyError(f"{name}: stopped. Give the same command to go on.")

        with tqdm(total=options.inputs, desc=name, unit="input", disable=None) as bar:
            keep = runs_root() / "fuzz"
            outcome = run_parser(load_parser(name), options.inputs, options.seed, keep, Limits(),
                                 step)  # fmt: skip
            bar.update(outcome.inputs - bar.n)
        with writing:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            outcomes[name] = replace(outcome, environment=facts, revision=revision, finished=now)
            write_outcomes(options.out, outcomes)

    pool = ThreadPoolExecutor(options.jobs)
    try:
        for future in [pool.submit(run, name) for name in left]:
            future.result()
    finally:
        stopping.set()  # for those that are at work if one fails, or at Ctrl-C
        pool.shutdown(cancel_futures=True)
    return outcomes


def _replay(file: str, name: str) -> int:
    if name not in PARSERS:
        raise AacpyError(f"--replay: no parser {name!r}; choose one of {', '.join(PARSERS)}")
    try:
        sample = Path(file).read_bytes()
    except OSError as error:
        raise AacpyError(
            f"{file}: cannot be read ({error.strerror}). Pass a kept input."
        ) from error
    verdict = replay(load_parser(name), sample, Limits())
    print(f"{verdict.kind}: {verdict.message}" if verdict.message else verdict.kind)
    return int(verdict.failed)


if __name__ == "__main__":
    sys.exit(main())
