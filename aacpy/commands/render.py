"""`python -m aacpy render`: the embedded benchmark, or a dataset of Market-1501's size."""

from __future__ import annotations

import argparse
from pathlib import Path

from aacpy.commands import option
from aacpy.config import Config, describe
from aacpy.datasets.layout import printable
from aacpy.errors import ConfigError
from aacpy.experiments.cells import RENDER_SETTINGS
from aacpy.files import data_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the arguments of `aacpy render`."""
    default = Config.preset("pedestrians")
    helps = {name: text for name, _, _, text in describe()}
    helps["seed"] = "draws persons, cameras and poses"
    parser.add_argument(
        "root",
        metavar="ROOT",
        type=Path,
        nargs="?",
        help="directory to render into (default: one in data/, named by the numbers below)",
    )
    for name in RENDER_SETTINGS:
        value = getattr(default, name)
        parser.add_argument(
            option(name),
            dest=name,
            metavar="N",
            type=type(value),
            default=value,
            help=f"{helps[name]} (default: {value})",
        )
    full_size = parser.add_mutually_exclusive_group()
    full_size.add_argument(
        "--like",
        metavar="METADATA",
        type=Path,
        help="render the persons, file names and cameras that a directory of real Market-1501 "
        "metadata lists, in its full size; of the numbers above, the seed alone counts",
    )
    full_size.add_argument(
        "--market-size",
        action="store_true",
        help="render as many persons, cameras and images as Market-1501 has, without its metadata; "
        "of the numbers above, the seed alone counts",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=1,
        help="processes that render (default: 1)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def main(values: argparse.Namespace) -> int:
    """Run `aacpy render` on parsed arguments; return the exit status."""
    settings = {name: getattr(values, name) for name in RENDER_SETTINGS}
    config = Config.preset("pedestrians", **settings)
    progress = not values.quiet
    if values.workers < 1:
        raise ConfigError(f"workers must be >= 1, not {values.workers}")

    from aacpy.datasets.pedestrians import render_like, render_market_size, render_pedestrians
    from aacpy.loading import render_benchmark

    if values.like is not None:
        root = values.root or data_root() / f"market1501-twin-seed{config.seed}"
        render_like(values.like, root, seed=config.seed, workers=values.workers, progress=progress)
    elif values.market_size:
        root = values.root or data_root() / f"market-size-seed{config.seed}"
        render_market_size(root, seed=config.seed, workers=values.workers, progress=progress)
    elif values.root is not None:
        root = values.root
        render_pedestrians(root, **settings, workers=values.workers, progress=progress)
    else:
        root = render_benchmark(config, progress=progress)
    print(printable(root))
    return 0
