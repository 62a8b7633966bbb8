"""`python -m aacpy verify`: published records are unchanged, and repeat from nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from aacpy.errors import ConfigError
from aacpy.files import results_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the arguments of `aacpy verify`."""
    parser.description = (
        "Check the published records against their checksums, run some of them again from nothing, "
        "and compare: equal on the same versions and kind of machine, within a tolerance elsewhere."
    )
    parser.add_argument(
        "names", metavar="RUN", nargs="*", help="runs to repeat, such as aac-seed0 (default: drawn)"
    )
    parser.add_argument(
        "--sample", metavar="N", type=int, default=2, help="how many to draw (default: 2)"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="draws the same ones again")
    parser.add_argument(
        "--results",
        metavar="FOLDER",
        type=Path,
        help="folder of records (default: results/, the published ones)",
    )


def main(values: argparse.Namespace) -> int:
    """Run `aacpy verify` on parsed arguments; return the exit status."""
    if values.sample < 1:
        raise ConfigError(f"sample must be >= 1, not {values.sample}")

    from aacpy.experiments.verification import verify

    root = results_root() if values.results is None else values.results
    return verify(root, values.names, sample=values.sample, seed=values.seed)
