"""The δ explorer as one piece of HTML that needs neither a kernel nor a network.

Everything it can show is prepared here, for every δ; `data/explorer.js` only puts it in place.
Without JavaScript it shows the paper's δ.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import numpy as np

from aacpy.datasets import ReidDataset
from aacpy.report.delta import panels
from aacpy.report.delta.story import DELTAS, Stage
from aacpy.report.delta.thumbnails import (
    Opened,
    Sprite,
    counted,
    open_cluster,
    parts_html,
    whole_html,
)
from aacpy.report.escaping import html_text, script_json
from aacpy.report.reported import PAPER_DELTA
from aacpy.report.style import theme

#: Clusters to open a stage, and the images of the largest of them.
CLUSTERS, LARGEST = 4, 40


def asset(name: str) -> str:
    """A file of `aacpy/data` as text."""
    return (resources.files("aacpy") / "data" / name).read_text(encoding="utf-8")


def css() -> str:
    """The explorer's style sheet, with the figures' colours as variables."""
    return theme() + asset("explorer.css")


class DeltaFragment:
    """The explorer as a `<div>`; Jupyter and the book display it.

    Parameters
    ----------
    stages : at least one.
    dataset : the images that the stages' labels are about.
    """

    def __init__(self, stages: Sequence[Stage], dataset: ReidDataset) -> None:
        self.stages, self._ids = list(stages), dataset.train.ids
        self.people = len(np.unique(self._ids))
        self._opened = [
            [
                open_cluster(stage.before.labels, self._ids, c)
                for c in stage.mixed(self._ids, LARGEST)[:CLUSTERS]
            ]
            for stage in self.stages
        ]
        shown = [i for clusters in self._opened for o in clusters for i in o.members]
        self._sprite = Sprite(dataset.train.paths, shown)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        said = panels.sentence(self.stages[0], DELTAS.index(PAPER_DELTA))
        return {"text/html": self.html(), "text/plain": said}

    def html(self) -> str:
        """The `<div>` with its style sheet, its data and its script."""
        stages = [self._stage(*each) for each in zip(self.stages, self._opened, strict=True)]
        first = stages[0]
        cluster = first["clusters"][0] if first["clusters"] else None
        index = DELTAS.index(PAPER_DELTA)
        data = script_json({"stages": stages})
        return (
            # The class of figures sets their colours as variables.
            '<div class="aac-svg aac-explorer">'
            f"<style>{css()}{self._sprite.css()}</style>{self._controls()}"
            f'<p class="aacx-said" aria-live="polite">{html_text(first["said"][index])}</p>'
            f'<div class="aacx-numbers-and-charts">{first["view"]}</div>'
            '<p class="aacx-title">The cluster as DBSCAN found it</p>'
            f'<div class="aacx-before">{cluster["before"] if cluster else ""}</div>'
            '<p class="aacx-title">What the split makes of it</p>'
            f'<div class="aacx-after">{cluster["after"][cluster["at"][index]] if cluster else ""}'
            f"</div>{self._still(first, cluster)}"
            f'<script type="application/json" class="aacx-data">{data}</script>'
            f"<script>{asset('explorer.js')}</script></div>"
        )

    def _stage(self, stage: Stage, clusters: Sequence[Opened]) -> dict[str, Any]:
        """All that the script puts in place for one stage."""
        return {
            "view": panels.view(stage, self.people, DELTAS.index(PAPER_DELTA)),
            "frames": [panels.frame(stage, self.people, i) for i in range(len(DELTAS))],
            "said": [panels.sentence(stage, i) for i in range(len(DELTAS))],
            "clusters": [self._cluster(stage, opened) for opened in clusters],
        }

    def _cluster(self, stage: Stage, opened: Opened) -> dict[str, Any]:
        every = [parts_html(opened, split.labels, self._sprite) for split in stage.story]
        distinct = list(dict.fromkeys(every))
        return {
            "name": counted(len(opened.members), opened.people),
            "before": whole_html(opened, self._sprite),
            "after": distinct,
            "at": [distinct.index(text) for text in every],
        }

    def _controls(self) -> str:
        options = "".join(
            f'<option value="{i}">{html_text(stage.name)}</option>'
            for i, stage in enumerate(self.stages)
        )
        return (
            '<div class="aacx-controls" hidden>'
            f'<label><span>Clusters of</span><select class="aacx-stage">{options}</select></label>'
            f'<label><span>δ = <output class="aacx-value">{PAPER_DELTA}</output> '
            'images</span><input class="aacx-delta" type="range" '
            f'min="{DELTAS[0]}" max="{DELTAS[-1]}" value="{PAPER_DELTA}"></label>'
            '<label><span>Open a cluster of</span><select class="aacx-cluster"></select></label>'
            "</div>"
        )

    def _still(self, stage: dict[str, Any], cluster: dict[str, Any] | None) -> str:
        name = f", opened: the cluster of {cluster['name']}" if cluster else ""
        return (
            f'<p class="aacx-still">Shown: {html_text(self.stages[0].name)}, '
            f"δ = {PAPER_DELTA}{name}. The slider for the other values needs JavaScript.</p>"
        )
