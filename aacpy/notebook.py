"""What the notebooks show beside figures and tables of records: settings, scores, the live view."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from aacpy.config import Config, describe
from aacpy.experiments.parameters import Ablation, ablation, parameters
from aacpy.experiments.workflow import WATCHED
from aacpy.records import SCORES, Record, cell_name, run_name
from aacpy.report.markup import Cell, Table

__all__ = [
    "LiveView", "ablation", "ablation_table", "is_interactive", "parameters",
    "scores_table", "settings_table",
]  # fmt: skip

_ALWAYS_SHOWN = ("preset_name", "method", "seed", "delta", "start_epoch")

#: Seconds between two drawings of the live curves: drawing must stay a small part of a run.
_REDRAW = 2.0


def ablation_table(chosen: Ablation) -> Table:
    """What an ablation will run, and what of it is there already."""
    missing = {run_name(c) for c in chosen.missing}
    groups: dict[str, list[Config]] = {}
    for config in chosen.configs:
        groups.setdefault(cell_name(config), []).append(config)
    return Table(
        name="runs",
        columns=["cell", "seeds", "finished"],
        rows=[
            [
                Cell(name, code=True),
                Cell(", ".join(str(c.seed) for c in configs)),
                Cell(f"{sum(run_name(c) not in missing for c in configs)} of {len(configs)}"),
            ]
            for name, configs in groups.items()
        ],
        notes=[f"{len(missing)} of {len(chosen.configs)} runs are still to be made."],
    )


def settings_table(config: Config) -> Table:
    """The settings that say what a run is: method, seed, AAC's two, and all that is changed.

    A setting that differs from the preset's is emphasised and says what it stands instead of.
    """
    preset, changed = Config.preset(config.preset_name), config.changes()
    shown = [
        (name, text) for name, _, _, text in describe() if name in _ALWAYS_SHOWN or name in changed
    ]
    return Table(
        name="settings",
        columns=["setting", "value", "what it is"],
        rows=[
            [
                Cell(name, code=True),
                Cell(
                    _text(getattr(config, name)),
                    f"instead of {_text(getattr(preset, name))}" * (name in changed),
                ),
                Cell(text),
            ]
            for name, text in shown
        ],
        emphasis=[i for i, (name, _) in enumerate(shown) if name in changed],
        notes=[
            f"The other {len(describe()) - len(shown)} settings are those of the preset "
            f"{config.preset_name}."
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


def _text(value: object) -> str:
    return "none" if value is None else str(value)
