"""What book and notebook show of a finished run: its clusters and its ranked lists, captioned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from aacpy.datasets import ReidDataset
from aacpy.errors import AacpyError
from aacpy.evaluation import cluster_quality
from aacpy.records import Record, select
from aacpy.report.comparison import RUN_ALL, main_runs
from aacpy.report.escaping import markdown_text
from aacpy.report.pictures import record_dataset
from aacpy.report.sheets import contact_sheet, ranked_lists, split_sheet
from aacpy.report.shown import Shown, show, show_missing
from aacpy.report.style import method_style


@dataclass(frozen=True)
class Pictured:
    """A record with the images it was made on, or the reason why there are none.

    Attributes
    ----------
    method : the method asked for.
    record, dataset : None where `missing` says why.
    missing : a sentence, or "".
    note : what a caption must add about the images, or "".
    """

    method: str
    record: Record | None = None
    dataset: ReidDataset | None = None
    missing: str = ""
    note: str = ""


def pictured(records: Iterable[Record], method: str) -> Pictured:
    """The main comparison's run of `method` with the lowest seed, and its images."""
    runs = select(main_runs(records), method=method)
    if not runs:
        label = method_style(method).label
        return Pictured(method, missing=f"{label}: not run; {RUN_ALL} fills this figure")
    try:
        dataset = record_dataset(runs[0])
    except AacpyError as error:
        return Pictured(method, missing=str(error))
    same = dataset.fingerprint() == runs[0].dataset["fingerprint"]
    note = (
        ""
        if same
        else (" These images were rendered here and are not, byte for byte, those of the run.")
    )
    return Pictured(method, runs[0], dataset, note=note)


def cluster_sheet(run: Pictured, when: str = "last", *, rows: int = 5, pick: str = "even") -> Shown:
    """The contact sheet of a run's "first" or "last" epoch, with a caption that says how pure.

    `rows` and `pick` are `contact_sheet`'s.
    """
    if run.record is None or run.dataset is None:
        return show_missing(run.missing)
    epoch = 0 if when == "first" else run.record.config.epochs - 1
    labels, ids = run.record.pseudo_labels(epoch)["after"], run.dataset.train.ids
    quality = cluster_quality(labels, ids)
    label, seed = method_style(run.method).label, run.record.seed
    caption = (
        f"{label}, seed {seed}, {when} epoch: {quality.n_clusters} clusters of "
        f"{len(np.unique(ids))} people, {quality.n_unclustered} of {len(ids)} images un-clustered"
    )
    if quality.n_clusters:
        cameras = cluster_quality(labels, run.dataset.train.cameras)
        caption += (
            f". Of the others {100 * quality.purity:.0f}% are of their cluster's most frequent "
            f"person and {100 * cameras.purity:.0f}% from its most frequent camera."
        )
    figure = contact_sheet(run.dataset.train.paths, labels, ids, rows=rows, pick=pick)
    return show(
        figure, alt=f"Contact sheet of clusters, one a row. {caption}", caption=caption + run.note
    )


def split_example(run: Pictured, when: str = "last") -> Shown:
    """One cluster of an AAC run before and after the split of Eq. 4."""
    if run.record is None or run.dataset is None:
        return show_missing(run.missing)
    epoch = 0 if when == "first" else run.record.config.epochs - 1
    labels, train = run.record.pseudo_labels(epoch), run.dataset.train
    figure = split_sheet(train.paths, labels["before"], labels["after"], train.ids)
    caption = (
        f"A cluster of seed {run.record.seed}, {when} epoch: above as DBSCAN found it, below split "
        f"with δ = {run.record.config.delta}. Letters and borders are true identities, which AAC "
        "never sees."
    )
    return show(
        figure, alt=f"Pictures of one cluster, then of its parts. {caption}", caption=caption
    )


def ranked_sheet(run: Pictured, *, rows: int = 4) -> Shown:
    """Ranked lists of a run's stored queries, with how many of the first ten are hits."""
    if run.record is None or run.dataset is None:
        return show_missing(run.missing)
    lists = run.record.retrievals[:rows]
    query, gallery = run.dataset.query.ids, run.dataset.gallery.ids
    hits = sum(int(np.sum(gallery[item["gallery"]] == query[item["query"]])) for item in lists)
    shown = sum(len(item["gallery"]) for item in lists)
    caption = f"{method_style(run.method).label}, seed {run.record.seed}: {hits} of {shown} right."
    figure = ranked_lists(run.dataset, lists, rows=rows)
    return show(
        figure, alt=f"Ranked lists of {len(lists)} queries. {caption}", caption=caption + run.note
    )


def cost_summary(records: Iterable[Record]) -> str:
    """What a run of the main comparison took, median over its records, a sentence."""
    runs = main_runs(records)
    if not runs:
        return "No run is recorded yet, so what one takes is not known."
    seconds = float(np.median([r.seconds["total"] for r in runs]))
    memory = float(np.median([r.peak_memory_bytes["ram"] for r in runs])) / 1e9
    threads = sorted({r.config.threads for r in runs})
    cores = "one core" if threads == [1] else f"{threads[-1]} cores"
    return (
        f"A run took {seconds:.0f} seconds on {cores} and {memory:.1f} GB of memory where these "
        f"pages' records were made (median of {len(runs)})."
    )


def cluster_summary(*runs: Pictured) -> str:
    """One sentence on how the runs' last epochs clustered, or how to run them."""
    parts = []
    for run in runs:
        if run.record is None:
            continue
        row = {name: column[-1] for name, column in run.record.series.items()}
        purity = "" if row["purity"] is None else f" with {100 * row['purity']:.0f}% purity"
        label = markdown_text(method_style(run.method).label)
        parts.append(f"{label} ends with **{row['clusters']} clusters**{purity}")
    if not parts:
        return f"Not run yet: `{RUN_ALL}` fills this page."
    true = next(int(r.record.dataset["train_identities"]) for r in runs if r.record is not None)
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}; there are {true} people in the images."
