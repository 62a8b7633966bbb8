"""Section 4.1: what the paper says of its settings, and what ours are."""

from __future__ import annotations

from collections.abc import Iterable

from aacpy.config import Config, describe
from aacpy.records import Record
from aacpy.report.cells import shown_runs
from aacpy.report.comparison import RUN_ALL
from aacpy.report.facts import market1501_facts
from aacpy.report.markup import NONE, NOT_RUN, Cell, Table
from aacpy.report.reported import reported

#: Where the paper is silent its preset follows ClusterContrast's command for Market-1501.
SILENT = ("k1", "k2", "temperature", "momentum", "iterations", "bn_groups")

_ALSO = ("pooling", "flip", "pad", "erase", "normalization")


def implementation_table() -> Table:
    """Settings of a run: the paper's, our preset for Market-1501, the rendered benchmark's."""
    stated = reported()["settings"]
    paper, embedded = (Config.preset(name).to_dict() for name in ("paper", "pedestrians"))
    rows = []
    for name, _, _, text in describe():
        if name not in stated and name not in SILENT and name not in _ALSO:
            continue
        said = Cell(_text(stated[name])) if name in stated else NONE
        if name in SILENT:
            said = Cell("not said", missing=True)
        elif name in _ALSO:
            said = Cell("in words", missing=True)
        rows.append(
            [Cell(name, code=True), Cell(text), said, Cell(_text(paper[name])),
             Cell(_text(embedded[name]))]
        )  # fmt: skip
    return Table(
        name="implementation",
        columns=["setting", "what it is", "paper", "ours", "rendered"],
        rows=rows,
        align="llrrr",
        notes=[
            "Paper: as Section 4.1 states it. Ours: the preset paper, for Market-1501. Rendered: "
            "the preset pedestrians, for the benchmark that the project renders.",
            "Not said: the preset takes ClusterContrast's command for Market-1501. In words: the "
            "paper names the step but no numbers. The rendered benchmark is small, so its network "
            "and schedule are; both were chosen on development seeds.",
        ],
    )


def data_table(records: Iterable[Record]) -> Table:
    """Counts of Market-1501, as reported and as published, and of the data of the shown runs."""
    stated, facts = reported()["data"], market1501_facts()
    ours = [r.dataset for r in shown_runs(records)][:1]
    known = {"train_images": facts.images, "train_identities": facts.identities}
    lines = [
        ("training images", "train_images"),
        ("training identities", "train_identities"),
        ("query images", "query_images"),
        ("gallery images, without junk", "gallery_images"),
        ("test identities", "test_identities"),
    ]
    rows = []
    for words, key in lines:
        # A record counts the identities of its queries, which are those of the test split.
        here = ours[0].get({"test_identities": "query_identities"}.get(key, key)) if ours else None
        rows.append(
            [Cell(words), Cell(f"{stated[key]:,}"),
             Cell(f"{known[key]:,}") if key in known else NONE,
             NOT_RUN if here is None else Cell(f"{here:,}")]
        )  # fmt: skip
    return Table(
        name="data",
        columns=["number of", "reported", "counted", "runs shown here"],
        rows=rows,
        align="lrrr",
        sortable=False,
        notes=[
            "Reported: by the paper, of Market-1501. Counted: in Market-1501's own file names.",
            *([] if ours else [f"Not run: {RUN_ALL} fills the last column."]),
        ],
    )


def _text(value: object) -> str:
    return "none" if value is None else str(value)
