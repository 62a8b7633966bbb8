"""`report.pages` and `report.pictures`: a record with its images, and what is said of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.errors import RecordError
from aacpy.loading import load_data
from aacpy.records import Record, pack_labels
from aacpy.report import pages, pictures

Maker = Callable[..., Record]

#: A benchmark small enough to render in a test.
SMALL = {"identities": 4, "images_per_camera": 2, "cameras": 2, "cameras_per_identity": 2}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's one benchmark is rendered."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def small(make_record: Maker, data: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A record of a rendered benchmark of 4 identities, 4 images each."""
    monkeypatch.setenv("AACPY_DATA", str(data))
    record = make_record("aac", 0, **SMALL)
    dataset = load_data(record.config, progress=False)
    half = pack_labels(np.repeat([0, 1], 8))
    return dataclasses.replace(
        record,
        dataset={**record.dataset, "train_images": len(dataset.train), "train_identities": 4,
                 "query_images": len(dataset.query), "gallery_images": len(dataset.gallery)},
        labels={"0": {"after": pack_labels(np.full(16, -1))},
                "11": {"before": pack_labels(np.zeros(16)), "after": half}},
        retrievals=[{"query": 0, "gallery": np.flatnonzero(
            dataset.gallery.ids == dataset.query.ids[0])[:2].tolist()}],
    )  # fmt: skip


def run_of(record: Record) -> pages.Pictured:
    return pages.Pictured("aac", record, pictures.record_dataset(record))


def test_record_dataset_is_the_records_own(small: Record) -> None:
    dataset = pictures.record_dataset(small)
    assert isinstance(dataset, ReidDataset) and len(dataset.train) == 16


def test_record_dataset_refuses_another_number_of_images(small: Record) -> None:
    other = dataclasses.replace(small, dataset={**small.dataset, "gallery_images": 3})
    with pytest.raises(RecordError, match="ran on 3 gallery images"):
        pictures.record_dataset(other)


def test_record_dataset_refuses_data_that_are_not_here(make_record: Maker) -> None:
    with pytest.raises(RecordError, match="a directory of its user's"):
        pictures.record_dataset(make_record("aac", 0, data="Market-1501"))


def test_pictured_without_a_record_says_what_to_type() -> None:
    run = pages.pictured([], "aac")
    assert run.record is None and "make reproduce" in run.missing
    for shown in (pages.cluster_sheet(run), pages.ranked_sheet(run), pages.split_example(run)):
        assert "not run" in shown.html()


def test_pictured_takes_the_first_seed_and_keeps_the_reason_if_pictures_are_missing(
    make_record: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(record: Record) -> ReidDataset:
        raise RecordError(f"{record.name} has no pictures")

    monkeypatch.setattr(pages, "record_dataset", missing)
    run = pages.pictured([make_record("aac", 3), make_record("aac", 2)], "aac")
    assert run.missing == "aac-seed2 has no pictures"


def test_pictured_says_if_the_images_are_not_the_runs(
    small: Record, make_record: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = pictures.record_dataset(small)
    monkeypatch.setattr(pages, "record_dataset", lambda record: dataset)
    main = make_record("aac", 0)
    assert "not, byte for byte" in pages.pictured([main], "aac").note
    main = dataclasses.replace(main, dataset={**main.dataset, "fingerprint": dataset.fingerprint()})
    assert pages.pictured([main], "aac").note == ""


def test_cluster_sheet_says_how_pure_the_clusters_are(small: Record) -> None:
    caption = pages.cluster_sheet(run_of(small)).caption
    # two clusters of two identities, 4 images each and seen by both cameras alike
    assert caption == (
        "AAC, seed 0, last epoch: 2 clusters of 4 people, 0 of 16 images un-clustered. Of the "
        "others 50% are of their cluster's most frequent person and 50% from its most frequent "
        "camera."
    )


def test_cluster_sheet_of_an_epoch_without_clusters(small: Record) -> None:
    shown = pages.cluster_sheet(run_of(small), "first")
    assert "0 clusters" in shown.caption and "no clusters in this epoch" in shown.html()


def test_split_example(small: Record) -> None:
    shown = pages.split_example(run_of(small))
    assert "seed 0, last epoch" in shown.caption and "δ = 5" in shown.caption
    assert shown.html().count("after the split") == 2


def test_ranked_sheet_counts_the_hits(small: Record) -> None:
    shown = pages.ranked_sheet(run_of(small))
    assert shown.caption.endswith("2 of 2 right.")


def test_summaries(small: Record, make_record: Maker) -> None:
    text = pages.cluster_summary(run_of(small), pages.Pictured("baseline", missing="no"))
    assert text.startswith("AAC ends with **") and text.endswith(
        "there are 4 people in the images."
    )
    assert "make reproduce" in pages.cluster_summary(pages.Pictured("aac", missing="no"))
    cost = pages.cost_summary([make_record("aac", 0), make_record("baseline", 0)])
    assert "30 seconds on one core and 0.7 GB" in cost and "median of 2" in cost
    assert "not known" in pages.cost_summary([])


def test_small_settings_are_not_the_main_comparison(small: Record) -> None:
    assert Config.preset("pedestrians").identities != small.config.identities
    assert pages.pictured([small], "aac").record is None
