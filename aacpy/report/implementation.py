"""Section 4.1: what the paper says of its settings, and what ours are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aacpy.config import PRESETS, Config, describe
from aacpy.records import Record
from aacpy.report.audit import UPSTREAM_LOG
from aacpy.report.cells import shown_runs
from aacpy.report.comparison import RUN_ALL
from aacpy.report.markup import NONE, NOT_RUN, Cell, Table
from aacpy.report.reported import PAPER_EPOCHS, reported, reported_ablation
from aacpy.report.supervision import kept_supervision

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


def presets_table() -> Table:
    """Every setting, its value in each preset, and what it is."""
    presets = [Config.preset(name) for name in PRESETS]
    return Table(
        name="settings",
        columns=["setting", *PRESETS, "what it is"],
        rows=[
            [Cell(name, code=True), *(Cell(_text(getattr(preset, name))) for preset in presets),
             Cell(text.replace("`", ""))]
            for name, _, _, text in describe()
            if name != "preset_name"
        ],
        notes=[
            "One column for each preset: Market-1501 as in the paper, and the rendered benchmark."
        ],
    )  # fmt: skip


def schedule_words() -> str:
    """How the paper's counts of epochs are scaled to the rendered benchmark, a sentence."""
    paper, ours = Config.preset("paper"), Config.preset("pedestrians")
    start = next(e for e in reported_ablation("table2", "start_epoch") if e)
    return (
        f"The paper's {PAPER_EPOCHS} epochs become {ours.epochs}, and what it counts in epochs is "
        f"scaled with them: a learning rate that falls every {paper.lr_step} epochs falls every "
        f"{ours.lr_step}, and a split that starts in epoch {start} starts in epoch "
        f"{round(start * ours.epochs / PAPER_EPOCHS)}."
    )


def data_table(records: Iterable[Record]) -> Table:
    """Counts of Market-1501, as reported and as published, and of the data of the shown runs."""
    stated, facts = reported()["data"], kept_supervision().facts
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
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def cost_words(cells: Mapping[str, int]) -> str:
    """How long runs on Market-1501 take, from ClusterContrast's log; `cells` are runs a seed.

    `cells` counts the runs of "table1" and of "all" grids.
    """
    paper, log = Config.preset("paper"), UPSTREAM_LOG
    rate = log["epochs"] * log["iterations"] * log["batch_size"] / log["seconds"]
    hours = paper.epochs * paper.iterations * paper.batch_size / rate / 3600
    card = log["gpus"] * hours
    whole, rest = divmod(log["seconds"] // 60, 60)
    return (
        f"A log of ClusterContrast's own run has {whole} h {rest} min for {log['epochs']} epochs "
        f"of {log['iterations']} steps of {log['batch_size']} images on {log['gpus']} RTX 2080 Ti, "
        f"clustering included: {rate:.0f} images a second. We know it from a quotation alone, so "
        f"take it as rough. At that rate a run of {paper.epochs} epochs of {paper.iterations} "
        f"steps takes {hours:.1f} hours on these cards, or **{card:.1f} hours of one card**; "
        f"Table 1 takes {card * cells['table1']:.0f} hours of one card, all tables "
        f"{card * cells['all']:.0f} for each seed."
    )
