"""Records: round trip, validation, atomic writing, naming."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from aacpy import Record, load_records
from aacpy.errors import RecordError
from aacpy.files import write_atomically
from aacpy.records import changed_settings, pack_labels, select, unpack_labels


def test_round_trip(make_record, tmp_path):
    record = make_record("aac", 2)
    record.write(tmp_path / "runs" / "record.json")
    assert Record.read(tmp_path / "runs" / "record.json") == record
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["record.json"]


@pytest.mark.parametrize("keep", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_cut_record_is_refused(make_record, keep):
    text = make_record().to_json().rstrip()
    with pytest.raises(RecordError, match=r"some\.json: not a whole JSON record"):
        Record.from_json(text[: int(len(text) * keep)], "some.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(schema=99), "not a record of schema 3 (found 99)"),
        (lambda c: c.pop("scores"), "fields missing or unknown: scores"),
        (lambda c: c.update(more=1), "fields missing or unknown: more"),
        (lambda c: c["config"].update(delta=-3), "delta must be >= 0, not -3"),
        (lambda c: c["config"].pop("eps"), "config lacks eps"),
        (lambda c: c["series"].pop("loss"), "series must hold the columns"),
        (lambda c: c["series"]["loss"].pop(), "series 'loss' must have 12 values"),
        (lambda c: c["series"]["loss"].__setitem__(3, "x"), "'loss' holds something"),
        (lambda c: c["scores"].update(mean_ap=1.5), "score mean_ap must be in [0, 1], not 1.5"),
        (lambda c: c["scores"].update(rank1=0.5), "score rank1 is not the last epoch's"),
        (lambda c: c.update(notes={}), "notes must be a list"),
    ],
)
def test_inconsistent_records_are_refused(make_record, change, message):
    content = json.loads(make_record().to_json())
    change(content)
    with pytest.raises(RecordError, match=re.escape(message)):
        Record.from_json(json.dumps(content), "r.json")


@pytest.mark.parametrize("text", ["[]", "3", "null", '"x"', "[" * 100_000])
def test_other_json_is_refused(text):
    with pytest.raises(RecordError):
        Record.from_json(text)


def test_missing_file(tmp_path):
    with pytest.raises(RecordError, match="cannot be read"):
        Record.read(tmp_path / "record.json")


def test_load_and_select(make_record, tmp_path):
    for method, seed in (("baseline", 1), ("aac", 1), ("aac", 0)):
        record = make_record(method, seed)
        record.write(tmp_path / record.name / "record.json")
    records = load_records(tmp_path)
    assert [r.name for r in records] == ["aac-seed0", "aac-seed1", "baseline-seed1"]
    assert [r.seed for r in select(records, method="aac")] == [0, 1]
    assert load_records(tmp_path / "aac-seed0" / "record.json") == select(records, seed=0)
    assert load_records(tmp_path / "nowhere") == []


def test_name_holds_what_differs_from_the_preset(make_record):
    assert make_record("aac", 1, delta=7).name == "aac-delta7-seed1"
    assert make_record("aac", 1, eps=0.5, start_epoch=5).name == "aac-eps0.5-start_epoch5-seed1"
    place = {"device": "cpu", "threads": 2, "store": "disk", "compile": True}
    assert make_record("baseline", 0, **place).name == "baseline-seed0"
    named = make_record("baseline", 0, precision="bfloat16", neighbors="approximate").name
    assert named == "baseline-neighborsapproximate-precisionbfloat16-seed0"
    assert make_record("aac", 0, weights="a/b c.pth").name == "aac-weightsa_b_c.pth-seed0"


def test_changed_settings_leave_the_place_aside(make_record):
    config = make_record("aac", 1, delta=7).config
    held = {**config.to_dict(), "delta": 5, "device": "cuda", "data": "elsewhere", "gone": 1}
    assert changed_settings(config, held) == [("delta", 5, 7), ("gone", 1, None)]
    assert changed_settings(config, config.to_dict()) == []


def test_best_epoch(make_record):
    record = make_record()
    values = record.series["mean_ap"]
    values[4], values[5] = 0.99, None
    assert record.best["epoch"] == 4
    assert record.best["mean_ap"] == 0.99


def test_differences_leave_timings_aside(make_record):
    record, other = make_record(), make_record()
    other.seconds["train"] = 99.0
    assert record.differences(other) == []
    other.series["loss"][0] = 0.0
    assert record.differences(other) == ["series"]


def test_labels_are_packed_without_loss(make_record):
    labels = np.array([-1, 0, 5, 5, 100_000])
    assert np.array_equal(unpack_labels(pack_labels(labels)), labels)
    assert len(pack_labels(np.zeros(12_936, int))) < 200
    record = make_record()
    assert record.pseudo_labels(0)["after"].shape == (1200,)
    with pytest.raises(RecordError, match="of epochs 0, 11, not of epoch 7"):
        record.pseudo_labels(7)
    with pytest.raises(RecordError, match="packed labels"):
        unpack_labels("????")


def test_nan_is_never_written(make_record):
    record = make_record()
    record.series["loss"][0] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        record.to_json()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
