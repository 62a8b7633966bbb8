"""`python -m aacpy train`: one run, every setting an option."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aacpy.commands import option
from aacpy.config import METHODS, PRESETS, Config, check_names, describe
from aacpy.datasets.layout import printable

_METAVARS = {"int": "N", "float": "X", "str": "TEXT", "bool": "true|false"}
_SCORE_LABELS = {"mean_ap": "mAP", "rank1": "rank-1", "rank5": "rank-5", "rank10": "rank-10"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the arguments of `aacpy train`."""
    parser.usage = "%(prog)s [--preset NAME] [--method NAME] [--delta N] [--seed N] ..."
    parser.epilog = "Methods: " + "; ".join(f"{name}: {text}" for name, text in METHODS.items())
    parser.add_argument(
        "--preset",
        default="pedestrians",
        metavar="NAME",
        help=f"{' or '.join(PRESETS)} (default: pedestrians)",
    )
    parser.add_argument(
        "--run-dir",
        type=Path,
        metavar="DIR",
        help="where the run and its record are kept (default: runs/PRESET/NAME-OF-RUN)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    settings = parser.add_argument_group("settings of the run, each preset's own by default")
    for name, type_name, default, text in describe():
        if name == "preset_name":
            continue
        settings.add_argument(
            option(name),
            dest=name,
            default=argparse.SUPPRESS,
            type=_reader(type_name),
            metavar=_METAVARS[type_name.split()[0]],
            help=f"{text} ({_defaults(name, default)})".replace("%", "%%"),
        )


def explain_unknown(unknown: Sequence[str]) -> None:
    """Raise a ConfigError with the nearest setting if an unknown option is no setting at all."""
    names = [text[2:].partition("=")[0] for text in unknown if text.startswith("--")]
    check_names([name.replace("-", "_") for name in names], extra=("preset", "run_dir", "quiet"))


def main(values: argparse.Namespace) -> int:
    """Run `aacpy train` on parsed arguments; return the exit status."""
    settings = dict(vars(values))
    preset, run_dir, quiet = (settings.pop(name) for name in ("preset", "run_dir", "quiet"))
    config = Config.preset(preset, **settings)

    from aacpy.experiments.grids import run_folder
    from aacpy.training import train

    run_dir = run_folder(config) if run_dir is None else run_dir
    record = train(config, run_dir, progress=not quiet)
    for note in record.notes:
        print(f"note: {note}")
    scores = "   ".join(
        f"{label} {100 * record.scores[name]:.1f}" for name, label in _SCORE_LABELS.items()
    )
    print(f"{record.name}: {scores}   (%, last epoch, {record.seconds['total']:.0f} s)")
    print(f"record: {printable(run_dir / 'record.json')}")
    return 0


def _defaults(name: str, default: Any) -> str:
    """The presets' values of a setting: one where they agree, else one a preset."""
    values = {preset: changed.get(name, default) for preset, changed in PRESETS.items()}
    shown = {preset: _text(v) for preset, v in values.items()}
    if len(set(shown.values())) == 1:
        return f"default: {next(iter(shown.values()))}"
    return ", ".join(f"{preset}: {value}" for preset, value in shown.items())


def _text(value: Any) -> str:
    """A value as its option takes it."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _truth(text: str) -> bool:
    """What "true" or "false" says; ValueError for other text."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"neither true nor false: {text!r}")
    return text.lower() == "true"


def _reader(type_name: str) -> Callable[[str], Any]:
    """Reads an option's text as the field's type; "none" where the field may be None."""
    kinds: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": _truth}
    kind = kinds.get(type_name, str)

    def read(text: str) -> Any:
        return None if "none" in type_name and text.lower() == "none" else kind(text)

    read.__name__ = type_name  # argparse names the type it could not read by this
    return read
