"""What the notebooks need beside the library: parameters, the table of settings, the live view."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aacpy.config import Config, check_names, describe
from aacpy.experiments.grids import run_folder
from aacpy.records import SCORES, Record
from aacpy.report.markup import Cell, Table

#: Names that IPython puts into a notebook's namespace.
_IPYTHON = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})

#: Settings for which None is a value of its own; for all others it means the preset's.
_NONE_IS_A_VALUE = frozenset(name for name, kind, _, _ in describe() if "none" in kind)

_ALWAYS_SHOWN = ("preset_name", "method", "seed", "delta", "start_epoch")

#: Of the environment, what tells that someone watches this kernel.
WATCHED = ("JPY_SESSION_NAME", "VSCODE_PID")

#: Seconds between two drawings of the live curves: drawing must stay a small part of a run.
_REDRAW = 2.0


class Parameters(NamedTuple):
    """What a notebook is asked to run, and where."""

    config: Config
    run_dir: Path


def parameters(namespace: Mapping[str, Any]) -> Parameters:
    """The config and the run directory that a notebook's parameters ask for.

    Parameters
    ----------
    namespace : the notebook's `globals()` after its first cell, into which papermill puts what
        `-p NAME VALUE` says. Every public name with a plain value is a parameter: `preset`,
        `run_dir` or a field of `Config`. None stands for the preset's own value, and for
        `run_dir` for `runs/PRESET/NAME-OF-RUN`.

    Raises
    ------
    ConfigError
        If a parameter is unknown, with the nearest name there is, or its value is bad.
    """
    given = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in _IPYTHON and _is_plain(value)
    }
    check_names(given, extra=("preset", "run_dir"))
    preset, run_dir = given.pop("preset", None), given.pop("run_dir", None)
    chosen = {k: v for k, v in given.items() if v is not None or k in _NONE_IS_A_VALUE}
    config = Config.preset("pedestrians" if preset is None else preset, **chosen)
    return Parameters(config, run_folder(config) if run_dir is None else Path(run_dir))


def settings_table(config: Config) -> Table:
    """The settings that say what a run is: method, seed, AAC's two, and all that is changed.

    A setting that differs from the preset's is emphasised and says what it stands instead of.
    """
    preset = Config.preset(config.preset_name).to_dict()
    values = config.to_dict()
    changed = {name for name in values if values[name] != preset[name]}
    shown = [
        (name, text) for name, _, _, text in describe() if name in _ALWAYS_SHOWN or name in changed
    ]
    return Table(
        name="settings",
        columns=["setting", "value", "what it is"],
        rows=[
            [
                Cell(name, code=True),
                Cell(_text(values[name]), f"instead of {_text(preset[name])}" * (name in changed)),
                Cell(text),
            ]
            for name, text in shown
        ],
        emphasis=[i for i, (name, _) in enumerate(shown) if name in changed],
        notes=[
            f"The other {len(values) - len(shown)} settings are those of the preset "
            f"{config.preset_name}; the record holds them all."
        ],
    )


def scores_table(record: Record) -> Table:
    """A run's final scores; the best epoch's beside them, named as what it is."""
    best = record.best
    labels = ("mAP", "rank-1", "rank-5", "rank-10")
    return Table(
        name=record.name,
        columns=["", "epoch", *(f"{label}, %" for label in labels)],
        rows=[
            [Cell(title), Cell(f"{epoch:.0f}"), *(Cell(f"{100 * row[s]:.1f}") for s in SCORES)]
            for title, epoch, row in (
                ("last epoch, the result", record.config.epochs - 1, record.scores),
                ("best epoch, chosen on the test set", best["epoch"], best),
            )
        ],
        emphasis=[0],
        align="lrrrrr",
        notes=[
            f"{record.seconds['total']:.0f} s, of which "
            + ", ".join(
                f"{name} {value:.0f}" for name, value in record.seconds.items() if name != "total"
            )
            + f"; at most {record.peak_memory_bytes['ram'] / 1e9:.2f} GB of memory.",
            *record.notes,
        ],
    )


def is_interactive() -> bool:
    """Whether someone is likely to watch: JupyterLab or VS Code, not papermill or a book build.

    Progress bars are widgets, of which a notebook that ran in batch would keep dead copies.
    """
    return any(name in os.environ for name in WATCHED)


class LiveView:
    """Curves of a run that is going on, redrawn in place; pass one to `train` as `on_epoch`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._begin: tuple[float, int] | None = None  # time and epoch of the first call
        self._drawn = -_REDRAW
        self._display: Any = None

    def __call__(self, series: Mapping[str, list[Any]], epoch: int) -> None:
        """Show the series so far, unless the last drawing was a moment ago."""
        now = time.monotonic()
        self._begin = self._begin or (now, epoch)
        last = epoch == self.config.epochs - 1
        if now - self._drawn < _REDRAW and not last:
            return
        self._drawn = now

        import IPython.display

        from aacpy import figures

        display: Any = IPython.display.display
        drawing = figures.live(series, self.config.method, self.config.epochs)
        shown = figures.show(
            drawing,
            alt=f"Clusters and mAP after {epoch + 1} of {self.config.epochs} epochs.",
            caption=self._caption(series, epoch, now),
        )
        if self._display is None:
            self._display = display(shown, display_id=True)
        else:
            self._display.update(shown)

    def _caption(self, series: Mapping[str, list[Any]], epoch: int, now: float) -> str:
        parts = [f"Epoch {epoch + 1} of {self.config.epochs}"]
        loss, mean_ap = series["loss"][-1], series["mean_ap"][-1]
        parts.append("no update" if loss is None else f"loss {loss:.3f}")
        parts.append(f"{series['clusters'][-1]} clusters")
        if mean_ap is not None:
            parts.append(f"mAP {100 * mean_ap:.1f}%")
        begin, first = self._begin or (now, epoch)
        if first < epoch < self.config.epochs - 1:
            seconds = (now - begin) / (epoch - first) * (self.config.epochs - 1 - epoch)
            some = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
            parts.append(f"about {some} left")
        return ", ".join(parts) + "."


def _is_plain(value: object) -> bool:
    """Whether `value` can have come from papermill or a parameters cell, unlike a module."""
    return value is None or isinstance(value, bool | int | float | str | list | dict | Path)


def _text(value: object) -> str:
    return "none" if value is None else str(value)
