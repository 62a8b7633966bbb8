"""The δ explorer for JupyterLab: any stored run, all of its clusters, redrawn at every move.

The book's page shows the same without a kernel, see `report.delta.page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np

from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.errors import ConfigError
from aacpy.experiments.grids import run_folder
from aacpy.files import results_root
from aacpy.records import Record, changed_settings, load_records
from aacpy.report.delta.fragment import DeltaFragment, css
from aacpy.report.delta.panels import sentence, view
from aacpy.report.delta.story import CLUSTERED, DELTAS, Stage, stages_of
from aacpy.report.delta.thumbnails import (
    Opened,
    Sprite,
    counted,
    open_cluster,
    parts_html,
    whole_html,
)
from aacpy.report.escaping import html_text
from aacpy.report.reported import PAPER_DELTA

__all__ = ["DeltaExplorer", "DeltaFragment", "find_runs", "stages_of"]

#: Pictures of a cluster that are shown at most.
_PICTURES = 60


def find_runs(config: Config, run_dir: str | Path | None = None) -> list[Record]:
    """A run's record and, beside it, the baseline's of the same data, seed and settings.

    Each is looked for where the workflow keeps runs and then among the published records. Without
    the run itself the list is empty, without the baseline it is shorter.

    Parameters
    ----------
    config : the run's settings; where data lie and what computes does not count.
    run_dir : where the run is kept, if not in the workflow's place.

    Raises
    ------
    ConfigError
        If the method makes no clusters, so that there is nothing to split.
    """
    if config.method not in CLUSTERED:
        raise ConfigError(
            f"method must be one that clusters ({' or '.join(CLUSTERED)}), not {config.method!r}"
        )
    preset = Config.preset(config.preset_name)
    # Delta and start mean nothing to a run that never splits.
    plain = config.replace(method="baseline", delta=preset.delta, start_epoch=preset.start_epoch)
    found = _find(config, Path(run_dir or run_folder(config)))
    if found is None:
        return []
    baseline = None if config.method == "baseline" else _find(plain, run_folder(plain))
    return [found] if baseline is None else [found, baseline]


def _find(config: Config, folder: Path) -> Record | None:
    path = folder / "record.json"
    kept = [Record.read(path)] if path.is_file() else []
    for record in (*kept, *load_records(results_root())):
        if not changed_settings(config, record.config.to_dict()):
            return record
    return None


class DeltaExplorer:
    """Widgets that show what a split with δ makes of stored clusters; JupyterLab displays them.

    Parameters
    ----------
    stages : what `stages_of` gives, at least one.
    dataset : the images that the stages' labels are about.

    Attributes
    ----------
    stage, delta, cluster : the controls; set their `value` to move them.
    numbers, opened : what is shown, as `ipywidgets.HTML`.
    box : all of them.

    Notes
    -----
    A start epoch is no control here: the labels kept are those of single epochs, and when splitting
    began shows in the runs alone (the ablation of the start epoch).
    """

    def __init__(self, stages: Sequence[Stage], dataset: ReidDataset) -> None:
        self._stages, self._train = list(stages), dataset.train
        self._people = len(np.unique(self._train.ids))
        self._open: dict[tuple[int, int], tuple[Opened, Sprite]] = {}
        wide: Any = {"style": {"description_width": "7rem"}, "layout": {"width": "32rem"}}
        self.stage = ipywidgets.Dropdown(
            options=[(s.name, i) for i, s in enumerate(self._stages)], description="Clusters of",
            **wide,
        )  # fmt: skip
        self.delta = ipywidgets.IntSlider(
            PAPER_DELTA, DELTAS[0], DELTAS[-1], description="δ, images", **wide
        )
        self.cluster = ipywidgets.Dropdown(description="Open", **wide)
        self._sprites, self.numbers, self.opened = (ipywidgets.HTML() for _ in range(3))
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<style>{css()}</style>"), self._sprites,
                self.stage, self.delta, self.numbers, self.cluster, self.opened,
            ]
        )  # fmt: skip
        self.stage.observe(self._show_stage, "value")
        self.delta.observe(self._show_delta, "value")
        self.cluster.observe(self._show_cluster, "value")
        self._show_stage()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def _show_stage(self, change: object = None) -> None:
        stage, ids = self._stages[self.stage.value], self._train.ids
        options = []
        for place, cluster in enumerate(stage.mixed(ids), 1):
            members = ids[stage.before.labels == cluster]
            name = f"{place}. {counted(len(members), len(np.unique(members)))}"
            options.append((name, (self.stage.value, cluster)))
        self.cluster.options = options
        self.cluster.value = options[0][1] if options else None
        self._show_delta()

    def _show_cluster(self, change: object = None) -> None:
        if self.cluster.value is not None:
            self._sprites.value = f"<style>{self._opened()[1].css()}</style>"
        self._show_delta()

    def _show_delta(self, change: object = None) -> None:
        stage, index = self._stages[self.stage.value], DELTAS.index(self.delta.value)
        self.numbers.value = _framed(
            f'<p class="aacx-said">{html_text(sentence(stage, index))}</p>'
            + view(stage, self._people, index)
        )
        if self.cluster.value is None:
            self.opened.value = _framed("<p>No clusters in this epoch.</p>")
            return
        opened, sprite = self._opened()
        some = f", {len(opened.shown)} of them shown" * (len(opened.shown) < len(opened.members))
        self.opened.value = _framed(
            f'<p class="aacx-title">The cluster as DBSCAN found it{some}</p>'
            f"{whole_html(opened, sprite)}"
            f'<p class="aacx-title">What the split with δ = {self.delta.value} makes of it</p>'
            f"{parts_html(opened, stage.story[index].labels, sprite)}"
        )

    def _opened(self) -> tuple[Opened, Sprite]:
        """The chosen cluster and its pictures, which are read once."""
        key = self.cluster.value
        if key not in self._open:
            stage, cluster = key
            labels = self._stages[stage].before.labels
            opened = open_cluster(labels, self._train.ids, cluster, _PICTURES)
            self._open[key] = opened, Sprite(self._train.paths, sorted(opened.shown))
        return self._open[key]


def _framed(content: str) -> str:
    """`content` where the style sheet applies; the class of figures sets the colours."""
    return f'<div class="aac-svg aac-explorer">{content}</div>'
