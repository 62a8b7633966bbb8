"""`aacpy.report.mistakes`: sentences about the baseline's clusters, from small exact cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aacpy.datasets import ReidDataset
from aacpy.records import Record, pack_labels
from aacpy.report import mistakes
from aacpy.report.pages import Pictured

#: Three clusters: two people of six images each who differ, two who do not, one with a stray.
IDS = np.repeat([1, 2, 3, 4, 5, 6], [6, 6, 6, 6, 8, 1])
LABELS = np.repeat([0, 1, 2], [12, 12, 9])
VECTORS = {1: 1, 2: 2, 3: 1, 4: 1, 5: 1, 6: 2}


class Split:
    def __init__(self, images: np.ndarray) -> None:
        self.paths, self.ids = images, IDS


class Dataset:
    """What the functions use of a dataset."""

    def __init__(self) -> None:
        self.train = Split(np.zeros((len(IDS), 8, 4, 3), np.uint8))

    def require_attributes(self) -> np.ndarray:
        return np.array([[VECTORS[int(i)]] for i in IDS])


@pytest.fixture
def run(make_record: Callable[..., Record]) -> Pictured:
    record = make_record("baseline", 3)
    last = str(record.config.epochs - 1)
    packed = pack_labels(LABELS)
    record = replace(record, labels={**record.labels, last: {"before": packed, "after": packed}})
    dataset: Any = Dataset()
    assert not isinstance(dataset, ReidDataset)
    return Pictured("baseline", record, dataset, note=" A note.")


EMPTY = Pictured("baseline", missing="baseline: not run; make reproduce fills this figure")


def test_mixtures_are_counted(run: Pictured) -> None:
    text = mistakes.mixture_summary(run)
    assert text.startswith("Of the 3 clusters") and "seed 3" in text
    assert "**3 mix people**: in 2 at least two people have 6 images or more each, in 1 " in text
    assert text.endswith("at most 2, 0 lie between.")


def test_a_split_cuts_people_who_differ(run: Pictured) -> None:
    text = mistakes.separable_summary(run, 5)
    assert "2 of the last epoch's clusters" in text
    assert "δ = 5 cuts 1 of them, 1 into parts of one person each. Left whole: 1," in text
    assert "δ = 6 cuts 0 of them, 0 into" in mistakes.separable_summary(run, 6)


def test_strays_keep_the_old_label_alone_when_the_others_leave(run: Pictured) -> None:
    text = mistakes.stray_summary(run, 5)
    assert "There is 1 cluster of this kind." in text
    assert "in 1 cluster, of which 1 with at most 2 images" in text
    assert "in 1 cluster, of which 0" in mistakes.stray_summary(run, 8)  # eight stay too


def test_no_such_cluster(run: Pictured) -> None:
    assert run.record is not None
    last = str(run.record.config.epochs - 1)
    packed = pack_labels(np.unique(IDS, return_inverse=True)[1])
    record = replace(run.record, labels={**run.record.labels, last: {"after": packed}})
    pure = Pictured("baseline", record, run.dataset)
    assert "**0 mix people**" in mistakes.mixture_summary(pure)
    assert mistakes.separable_summary(pure, 5).startswith("No cluster")
    assert mistakes.stray_summary(pure, 5).startswith("No cluster")
    sheet = mistakes.mixture_sheet(pure, "strays")
    assert sheet.caption.startswith("None of the clusters in which everybody")
    assert "no such clusters in this epoch" in sheet.html()


def test_sheet_says_how_many_there_are(run: Pictured) -> None:
    sheet = mistakes.mixture_sheet(run, "separable", rows=1)
    assert sheet.caption.startswith("1 of 2 clusters in which at least two people have 6 images")
    assert sheet.caption.endswith(" A note.")
    assert sheet.html().count("<image") == 9
    assert mistakes.mixture_sheet(run, "strays").html().count(">B</text>") == 1


def test_without_records_everything_says_how_to_run_it() -> None:
    for text in (mistakes.mixture_summary(EMPTY), mistakes.separable_summary(EMPTY, 5),
                 mistakes.stray_summary(EMPTY, 5), mistakes.gap_summary([]),
                 *mistakes.mixture_sheet(EMPTY, "strays").alts):  # fmt: skip
        assert "make reproduce" in text


def scored(record: Record, mean_ap: float, clusters: int) -> Record:
    series = {**record.series}
    series["mean_ap"] = [*series["mean_ap"][:-1], mean_ap]
    series["clusters"] = [*series["clusters"][:-1], clusters]
    return replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def test_gap_counts_seeds_with_both_runs(make_record: Callable[..., Record]) -> None:
    runs = [
        scored(make_record("baseline", 0), 0.60, 50),
        scored(make_record("supervised", 0), 0.80, 100),
        scored(make_record("baseline", 1), 0.70, 60),
        scored(make_record("supervised", 1), 0.84, 100),
        scored(make_record("baseline", 2), 0.10, 10),
    ]
    text = mistakes.gap_summary(runs)
    assert text.startswith("The baseline ends with **55 clusters where there are 100 people**")
    assert (
        "mAP of 65.0%" in text and "reaches 82.0%" in text and "difference of 17.0 points" in text
    )
    assert text.endswith("; 2 seeds, paired).")
    assert mistakes.gap_summary(runs[:2]).endswith("difference of 20.0 points (one seed).")
    assert "make reproduce" in mistakes.gap_summary([runs[4]])


def test_reported_gap_is_the_papers() -> None:
    assert mistakes.reported_gap() == (
        "On Market-1501 the paper reports about 500 clusters for 751 people, and 82.1% mAP against "
        "87.2%."
    )
