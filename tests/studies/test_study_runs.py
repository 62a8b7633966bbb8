"""Whole runs of the studies: records with their columns, the same after a stop."""

from __future__ import annotations

import pytest

from aacpy import Record, train
from aacpy.series import SERIES, STUDY_SERIES

RUNS = {
    "errors": {
        "method": "aac",
        "attribute_error": 0.2,
        "match_distance": 2,
        "outliers": "reattach",
    },
    "predictions": {"method": "aac", "attributes_labelled": 0.5, "delta": 0},
    "identities": {"method": "baseline", "identities_labelled": 0.5},
    "random parts": {"method": "aac", "split_by": "random", "delta": 0, "eps": 0.9},
    "joins": {"method": "aac", "merge": "after", "split_rule": "description"},
    "control": {"method": "attributes", "attributes_missing": 0.5},
}


class StoppedError(Exception):
    """What stops a run in these tests."""


@pytest.mark.parametrize("name", RUNS)
def test_a_stopped_study_ends_with_the_same_record(tiny_config, tmp_path, name):
    config = tiny_config(**RUNS[name])
    whole = train(config, tmp_path / "whole", progress=False)
    assert Record.read(tmp_path / "whole" / "record.json") == whole
    assert set(whole.series) == {*SERIES, *STUDY_SERIES}

    def stop(series, epoch):
        if epoch == 0:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(config, tmp_path / "part", progress=False, on_epoch=stop)
    assert whole.differences(train(config, tmp_path / "part", progress=False)) == []


def test_columns_say_how_right_the_attributes_are(tiny_config, tmp_path):
    config = tiny_config(method="attributes", attributes_missing=0.5, epochs=1)
    series = train(config, tmp_path, progress=False).series
    assert series["attributes_right"] == [0.5]
    assert series["unclustered"] == [24]
    assert series["pair_recall"] == [1.0] and series["pair_recall_before"] == [None]


def test_the_papers_runs_have_none_of_these_columns(tiny_config, tmp_path):
    series = train(tiny_config(epochs=1), tmp_path, progress=False).series
    assert set(series) == set(SERIES)
