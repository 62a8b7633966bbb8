"""Records: round trip, validation, atomic writing, naming."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacpy import Record, load_records
from aacpy.errors import RecordError
from aacpy.field_checks import is_number
from aacpy.files import project_root, write_atomically
from aacpy.records import LARGEST, changed_settings, pack_labels, select, unpack_labels
from aacpy.strict_json import parse_json


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


# Damaged and hostile files


def packed(labels: Any) -> str:
    return pack_labels(np.asarray(labels))


def at(*path: Any, to: Any) -> Any:
    """A change of parsed JSON that puts `to` in a place."""

    def change(content: Any) -> None:
        *before, last = path
        for key in before:
            content = content[key]
        content[last] = to

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("schema", to=3.0), "not a record of schema 3 (found 3.0)"),
        (at("schema", to="x" * 9_999), "not a record of schema 3 (found 'xxx"),
        (at("\ud800", to=1), "fields missing or unknown: '\\ud800'"),
        (at("config", to=[]), "config must be settings and their values, not []"),
        (at("config", "eps", to=10**400), "eps must be finite, not an integer of about 401 digits"),
        (at("config", "data", to="\ud800"), "data must be text without control characters"),
        (at("dataset", "train_images", to=0), "dataset.train_images must be a whole number from 1"),
        (at("dataset", "cameras", to=True), "dataset.cameras must be a whole number from 1 to"),
        (at("dataset", "cameras", to=10**400), "an integer of about 401 digits"),
        (at("dataset", "fingerprint", to="0" * 63), "dataset.fingerprint must be a SHA-256, not"),
        (at("dataset", "name", to="a\x1b[2J"), "dataset.name must be text of one line"),
        (at("dataset", "root", to="/home"), "dataset: missing or unknown: root"),
        (at("dataset", to=[]), "dataset must be a dict"),
        (at("series", "epoch", 2, to=3), "series 'epoch' must hold a whole number from 2 to 2"),
        (at("series", "clusters", 1, to=None), "series 'clusters' holds something that is no numb"),
        (at("series", "clusters", 1, to=4.5), "series 'clusters' must hold a whole number from 0"),
        (at("series", "clusters", 1, to=1201), "from 0 to 1200 in epoch 1, not 1201"),
        (at("series", "purity", 0, to=1.1), "series 'purity' must hold a number from 0 to 1 in"),
        (at("series", "ari", 0, to=-2), "series 'ari' must hold a number from -1 to 1 in epoch 0"),
        (at("series", "loss", 0, to=10**400), "'loss' holds something that is no number, in ep"),
        (at("series", "loss", 0, to=True), "'loss' holds something that is no number, in epoch 0"),
        (at("series", "rank1", 0, to=None), "mean_ap, rank1, rank5, rank10 of the same epochs"),
        (at("scores", "rank1", to=True), "score rank1 must be in [0, 1], not True"),
        (at("labels", "3", to={}), "labels must be of epochs 0 and 11, not '3'"),
        (at("labels", "0", to={"after": packed([0] * 1200)}), "labels.0 must hold before, after"),
        (at("labels", "0", "after", to=packed([0] * 1199)), "labels.0.after must be 1200 labels"),
        (at("labels", "0", "after", to=packed([0] * 1201)), "there are more than 1,200"),
        (at("labels", "0", "after", to=packed([1200] * 1200)), "labels from -1 to 1199, one for"),
        (at("labels", "0", "after", to=packed([-2] * 1200)), "labels from -1 to 1199, one for"),
        (at("labels", "0", "after", to=7), "labels.0.after must be packed labels, not 7"),
        (at("labels", "0", "early", to=""), "labels.0 must hold before and after, not 'early'"),
        (at("retrievals", 0, "query", to=400), "retrievals[0].query must be a whole number from"),
        (at("retrievals", 1, "gallery", 2, to=-1), "retrievals[1].gallery[2] must be a whole numb"),
        (at("retrievals", 0, to={}), "retrievals[0]: missing or unknown: gallery, query"),
        (at("notes", to=[3]), "notes[0] must be text of one line, at most 1000 characters, not 3"),
        (at("notes", to=["\x00"]), "notes[0] must be text of one line"),
        (at("seconds", "total", to=0), "seconds.total must be above 0"),
        (at("seconds", "load", to=-1), "seconds.load must be a number from 0 to"),
        (at("seconds", to={"load": 1}), "seconds must hold total"),
        (at("peak_memory_bytes", to={}), "peak_memory_bytes must hold ram"),
        (at("peak_memory_bytes", "ram", to=1.5), "peak_memory_bytes.ram must be a whole number"),
        (at("environment", "torch", to=2), "environment.torch must be text of one line"),
        (at("environment", "\ud800", to=""), "a name in environment must be text of one line"),
        (at("revision", to=None), "revision must be text of one line"),
        (at("finished", to="yesterday"), "finished must be an ISO 8601 time, not 'yesterday'"),
        (at("finished", to="2026-13-01T00:00:00"), "finished must be an ISO 8601 time"),
    ],
)  # fmt: skip
def test_every_field_is_checked_and_named(make_record, change, message):
    content = json.loads(make_record().to_json())
    change(content)
    with pytest.raises(RecordError) as raised:
        Record.from_json(json.dumps(content), "r.json")
    said = str(raised.value)
    assert said.startswith("r.json: ") and message in said
    assert said.endswith(
        "Delete it and run the cell again, or restore it if it is a published one."
    )
    assert len(said) < 500 and said.isprintable()


def test_methods_without_clusters_need_no_labels_from_before(make_record):
    record = make_record("supervised")
    for stages in record.labels.values():
        stages.pop("before", None)
    assert Record.from_json(record.to_json()) == record


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "-Infinity", '{"a": 1, "a": 2}', "1" * 5000, "[" * 100_000, '{"a":' * 100_000, "",
        b"\xff", b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_json_has_one_meaning(text):
    with pytest.raises(ValueError, match=r".") as raised:
        parse_json(text)
    assert len(str(raised.value)) < 300


def test_what_is_a_number():
    assert all(map(is_number, (0, -1, 1.5, 10**300)))
    assert not any(map(is_number, (True, None, "1", 10**400, float("nan"), float("inf"), 1j)))


def test_labels_that_unpack_to_too_much_are_not_unpacked():
    bomb = base64.b64encode(zlib.compress(bytes(100_000_000), 9)).decode()
    assert len(bomb) < 150_000
    tracemalloc.start()
    try:
        with pytest.raises(RecordError, match="there are more than 1,000"):
            unpack_labels(bomb, 1000)
        with pytest.raises(RecordError, match="there are more than 10,000,000"):
            unpack_labels(bomb)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        zlib.compress(bytes(8))[:-1], zlib.compress(bytes(8)) + b"x", zlib.compress(bytes(7)),
        (lambda raw: raw.compress(bytes(8)) + raw.flush())(zlib.compressobj(wbits=-15)), b"",
    ],
)  # fmt: skip
def test_labels_that_are_cut_or_followed_are_refused(content):
    with pytest.raises(RecordError, match="packed labels cannot be read"):
        unpack_labels(base64.b64encode(content).decode())
    with pytest.raises(RecordError, match="packed labels cannot be read"):
        unpack_labels("\ud800" + pack_labels(np.zeros(3)))


def test_no_labels_are_packed_without_loss():
    assert len(unpack_labels(pack_labels(np.zeros(0)))) == 0
    assert len(unpack_labels(pack_labels(np.zeros(5)), 5)) == 5


def test_what_is_no_regular_file_or_too_large_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    for name, why in (("pipe", "regular"), ("folder", "regular"), ("large", "larger than")):
        with pytest.raises(RecordError, match=rf"{name}\.json: cannot be read \(.*{why}"):
            Record.read(tmp_path / f"{name}.json")
    with pytest.raises(RecordError, match=r"pipe\.json: cannot be read \(not a regular file\)"):
        load_records(tmp_path / "pipe.json")
    for hostile in ("a\0b", "a" * 300):
        with pytest.raises(RecordError, match="cannot be read"):
            Record.read(tmp_path / hostile)
    with pytest.raises(RecordError, match="cannot be read"):
        load_records(tmp_path / ("a" * 300))


def test_a_file_s_odd_name_is_told_in_plain_text(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff\n.json")
    path.write_text("{}")
    with pytest.raises(RecordError) as raised:
        Record.read(path)
    assert str(raised.value).isprintable() and "a\\udcff\\n.json" in str(raised.value)


def test_a_long_name_is_cut_and_stays_unique(make_record):
    names = {make_record(weights=f"{'é' * 2000}{i}").name for i in range(3)}
    assert len(names) == 3
    assert all(len(name.encode()) < 200 and name.endswith("-seed0") for name in names)


def test_every_published_record_is_valid_and_written_as_it_stands():
    paths = sorted((project_root() / "results").rglob("*.json"))
    assert len(paths) >= 140
    for path in paths:
        assert Record.read(path).to_json().encode() == Path(path).read_bytes()


def test_a_record_that_could_not_be_read_back_is_not_written(make_record, tmp_path):
    record = dataclasses.replace(make_record(), retrievals=[{"query": "<b>", "gallery": []}])
    with pytest.raises(RecordError, match=r"record\.json: retrievals\[0\]\.query must be"):
        record.write(tmp_path / "record.json")
    assert list(tmp_path.iterdir()) == []
