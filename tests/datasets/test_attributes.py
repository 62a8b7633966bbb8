"""The attribute file: schema, reading by field name, damaged files, the real one."""

from __future__ import annotations

import os
import random
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from tiny_market import table

from aacpy.datasets.attributes import (
    ATTRIBUTE_NAMES,
    ATTRIBUTE_VALUES,
    AttributeTable,
    read_attributes,
    write_attributes,
)
from aacpy.errors import DatasetError

Fields = dict[str, Any]


def fields(of: AttributeTable, order: list[int] | None = None) -> Fields:
    """The MATLAB fields of a table, its columns in some order."""
    columns = range(len(ATTRIBUTE_NAMES)) if order is None else order
    index = np.empty((1, len(of.ids)), object)
    index[0, :] = [f"{i:04d}" for i in of.ids]
    named = {ATTRIBUTE_NAMES[c]: of.values[None, :, c].astype(np.uint8) for c in columns}
    return {**named, "image_index": index}


def cells(*values: object) -> np.ndarray:
    """A row of cells."""
    row = np.empty((1, len(values)), object)
    row[0, :] = values
    return row


def save(path: Path, change: Callable[[dict[str, Fields]], object]) -> Path:
    """Write a valid file after `change` has been at its contents."""
    content = {"train": fields(table([2, 7])), "test": fields(table([1, 3, 4]))}
    change(content)
    savemat(path, {"market_attribute": content})
    return path


def test_schema_has_the_27_attributes_of_lin_et_al() -> None:
    assert len(ATTRIBUTE_NAMES) == len(set(ATTRIBUTE_NAMES)) == 27
    assert sum(name.startswith("up") for name in ATTRIBUTE_NAMES) == 9  # eight colours and "up"
    assert sum(name.startswith("down") for name in ATTRIBUTE_NAMES) == 10
    assert {len(v) for n, v in ATTRIBUTE_VALUES.items() if n != "age"} == {2}
    assert len(ATTRIBUTE_VALUES["age"]) == 4


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_what_is_written_is_read_back(tmp_path: Path, count: int) -> None:
    train, test = table(range(2, 2 + count)), table(range(500, 500 + count), seed=1)
    write_attributes(tmp_path / "a.mat", train, test)
    read = read_attributes(tmp_path / "a.mat")
    for written, half in ((train, read["train"]), (test, read["test"])):
        np.testing.assert_array_equal(half.ids, written.ids)
        np.testing.assert_array_equal(half.values, written.values)
        assert half.ids.dtype == half.values.dtype == np.int64
        assert half.values.shape == (count, 27)


def test_equal_tables_give_equal_bytes_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_attributes(tmp_path / "a.mat", table([2]), table([1]))
    monkeypatch.setattr("time.asctime", lambda: "Thu Jan  1 00:00:00 1970")
    write_attributes(tmp_path / "b.mat", table([2]), table([1]))
    assert (tmp_path / "a.mat").read_bytes() == (tmp_path / "b.mat").read_bytes()


def test_written_file_has_the_layout_of_the_real_one(tmp_path: Path) -> None:
    write_attributes(tmp_path / "a.mat", table([2, 7]), table([1]))
    struct = loadmat(tmp_path / "a.mat")["market_attribute"][0, 0]["train"][0, 0]
    assert set(struct.dtype.names) == {*ATTRIBUTE_NAMES, "image_index"}
    assert struct["age"].dtype == np.uint8
    assert struct["age"].shape == (1, 2)
    assert [str(cell[0]) for cell in struct["image_index"][0]] == ["0002", "0007"]


def test_columns_go_by_name_where_the_halves_order_them_differently(tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation(27).tolist()
    train, test = table([2, 7, 10]), table([1, 3], seed=1)
    content = {"train": fields(train), "test": fields(test, order)}
    savemat(tmp_path / "a.mat", {"market_attribute": content})
    read = read_attributes(tmp_path / "a.mat")
    np.testing.assert_array_equal(read["train"].values, train.values)
    np.testing.assert_array_equal(read["test"].values, test.values)


def test_whole_floats_and_numeric_identities_are_read(tmp_path: Path) -> None:
    def change(content: dict[str, Fields]) -> None:
        content["train"]["age"] = np.array([[1.0, 4.0]])
        content["train"]["image_index"] = np.array([[2, 7]])

    read = read_attributes(save(tmp_path / "a.mat", change))["train"]
    assert read.values[:, ATTRIBUTE_NAMES.index("age")].tolist() == [1, 4]
    assert read.ids.tolist() == [2, 7]


@pytest.mark.parametrize(
    "index",
    [
        np.array(["0002", "0007"]),  # rows of a matrix of characters
        np.array(["2 ", "07"]),
        cells("0002", "0007"),
        cells(2, 7.0),
        cells(cells("2"), "7"),
        np.array([[2], [7]], np.uint16),
    ],
)
def test_identities_in_every_form(tmp_path: Path, index: np.ndarray) -> None:
    path = save(tmp_path / "a.mat", lambda c: c["train"].update(image_index=index))
    assert read_attributes(path)["train"].ids.tolist() == [2, 7]


def test_logical_attributes_are_zero_and_one(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mat", lambda c: c["train"].update(hat=np.array([[True, False]])))
    hat = read_attributes(path)["train"].values[:, ATTRIBUTE_NAMES.index("hat")]
    assert hat.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["train"].pop("hat"), "market_attribute.train lacks hat"),
        (lambda c: (c["test"].pop("up"), c["test"].pop("bag")), "test lacks bag, up"),
        (lambda c: c.pop("test"), "has no market_attribute.test"),
        (lambda c: c["train"].update(age=np.array([[1.5, 2.0]])), "train.age holds values"),
        (lambda c: c["train"].update(age=np.array([[np.nan, 2.0]])), "train.age holds values"),
        (lambda c: c["test"].update(hat="yes"), "test.hat holds values that are no integers"),
        (lambda c: c["test"].update(hat=np.ones((1, 2))), "test.hat has 2 values for 3"),
        (lambda c: c["test"].update(hat=np.ones((3, 3))), "test.hat holds no vector, but of shape"),
        (lambda c: c["test"].update(hat={"deep": 1}), "test.hat holds values that are no"),
        (lambda c: c["train"].update(age=np.array([[1e300, 2.0]])), "train.age holds values"),
        (lambda c: c["train"].update(age=np.array([[np.inf, 2.0]])), "train.age holds values"),
        (lambda c: c.update(train=np.ones((1, 3))), "market_attribute.train lacks age, backpack"),
        (lambda c: c["train"].update(image_index={"deep": 1}), "index holds no identity numbers"),
        (lambda c: c["train"].update(image_index=np.array([[2, -7]])), "holds no identity numbers"),
        (lambda c: c["train"].update(image_index=np.array([[2, 0.5]])), "holds no identity"),
        (lambda c: c["train"].update(image_index=np.array([[2, 2**62]])), "holds no identity"),
        (lambda c: c["train"].update(image_index=np.array([[2, np.nan]])), "holds no identity"),
        (lambda c: c["train"].update(image_index=cells("0002", "٠٠٠٧")), "holds no identity"),
        (lambda c: c["train"].update(image_index=cells("0002", "9" * 30)), "holds no identity"),
        (lambda c: c["train"].update(image_index=cells("0002", cells("1", "2"))), "no identity"),
        (lambda c: c["train"].update(image_index=cells("0002", {"a": 1})), "holds no identity"),
        (
            lambda c: c["train"].update(image_index=np.ones((1, 20_001))),
            "market_attribute.train has over 20,000 identities",
        ),
        (
            lambda c: c["test"].update(image_index=np.array(["a", "b", "c"], object)),
            "test.image_index holds no identity numbers",
        ),
    ],
)
def test_faults_of_the_file_are_named(
    tmp_path: Path, change: Callable[[dict[str, Fields]], object], message: str
) -> None:
    path = save(tmp_path / "a.mat", change)
    with pytest.raises(DatasetError, match=re.escape(message)) as caught:
        read_attributes(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "Download it again from https://" in str(caught.value)


def test_faults_of_both_halves_are_named_at_once(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mat", lambda c: (c["train"].pop("hat"), c["test"].pop("bag")))
    with pytest.raises(DatasetError, match=r"train lacks hat; .*test lacks bag\. Download"):
        read_attributes(path)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html></html>" * 20, b"\0" * 500])
def test_no_matlab_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.mat: not a readable MATLAB file"):
        read_attributes(tmp_path / "a.mat")


def test_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    write_attributes(path, table([2, 7]), table([1, 3]))
    whole = path.read_bytes()
    half = len(whole) // 2
    changed = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    for damaged in (whole[:half], whole[:half] + bytes(len(whole) - half), changed):
        path.write_bytes(damaged)
        with pytest.raises(DatasetError, match=r"a\.mat: not a readable MATLAB file"):
            read_attributes(path)


def test_truncated_uncompressed_file(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mat", lambda c: None)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DatasetError, match=r"a\.mat: not a readable MATLAB file"):
        read_attributes(path)


def test_other_versions_of_the_format(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"market_attribute": np.ones(3)}, format="4")
    with pytest.raises(DatasetError, match=r"\(of version 4; save it with MATLAB's `save -v7`\)"):
        read_attributes(tmp_path / "a.mat")


@pytest.mark.parametrize("pack", [False, True])
def test_changed_bytes_raise_nothing_else(tmp_path: Path, pack: bool) -> None:
    path = save(tmp_path / "a.mat", lambda c: None)
    whole, rng, refused = path.read_bytes(), random.Random(1), 0
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(rng.choice([1, 2, 4])):
            changed[rng.randrange(128, len(whole))] = rng.choice([0, 1, 14, 127, 255])
        content = bytes(changed)
        if pack:
            packed = zlib.compress(content[128:])
            content = content[:128] + struct.pack("<II", 15, len(packed)) + packed
        path.write_bytes(content)
        try:
            read_attributes(path)
        except DatasetError as error:
            assert str(error).startswith(f"{path}: ")
            assert "Download it again from https://" in str(error)
            refused += 1
    assert refused > 30


def test_other_variable(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"something": np.ones(3)})
    with pytest.raises(DatasetError, match=r"has no market_attribute\.train; has no"):
        read_attributes(tmp_path / "a.mat")


def test_missing_file_and_directory_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "loop.mat").symlink_to(tmp_path / "loop.mat")
    (tmp_path / "zero.mat").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.mat")
    names = ("a.mat", "loop.mat", "zero.mat", "pipe.mat", "n" * 5000)
    for path in (tmp_path, *(tmp_path / name for name in names)):
        with pytest.raises(DatasetError, match=re.escape(f"{path}: no such file. Download")):
            read_attributes(path)


def test_rows_follow_the_identities_asked_for() -> None:
    unsorted = table([7, 2, 10])
    rows = unsorted.rows(np.array([10, 7, 7, 2]))
    np.testing.assert_array_equal(rows, unsorted.values[[2, 0, 0, 1]])
    assert unsorted.rows(np.array([], np.int64)).shape == (0, 27)
    assert table([]).rows(np.array([], np.int64)).shape == (0, 27)


def test_rows_name_the_identities_without_any() -> None:
    with pytest.raises(DatasetError, match=r"no attributes for identity 0003, 0011\. Use the"):
        table([7, 2]).rows(np.array([11, 2, 3, 3]))
    with pytest.raises(DatasetError, match="identity 0001, 0002, 0003, 0004, 0005 and 3 more"):
        table([]).rows(np.arange(1, 9))


def test_a_sound_table_has_no_faults() -> None:
    assert table(range(1, 60)).faults() == []


def test_faults_name_identity_attribute_and_range() -> None:
    values = table([2, 7, 2]).values.copy()
    values[0, ATTRIBUTE_NAMES.index("hat")] = 0
    values[1, ATTRIBUTE_NAMES.index("age")] = 5
    assert AttributeTable(np.array([2, 7, 2]), values).faults() == [
        "identity 0002 has 2 rows",
        "identity 0002: hat is 0, its values are 1 to 2 (no, yes)",
        "identity 0007: age is 5, its values are 1 to 4 (young, teenager, adult, old)",
    ]


def test_values_that_the_format_cannot_hold_are_not_written(tmp_path: Path) -> None:
    sound = table([2])
    for bad in (-1, 256):
        broken = AttributeTable(sound.ids, np.where(sound.values == 1, bad, sound.values))
        with pytest.raises(DatasetError, match=r"a\.mat: attribute values must be 0 to 255"):
            write_attributes(tmp_path / "a.mat", broken, sound)
    with pytest.raises(DatasetError, match=r"must be of shape \(1, 27\), not \(1, 26\)"):
        write_attributes(tmp_path / "a.mat", sound, AttributeTable(sound.ids, sound.values[:, 1:]))
    assert not (tmp_path / "a.mat").exists()


def test_the_real_file(market1501_metadata: Path) -> None:
    tables = read_attributes(market1501_metadata / "market_attribute.mat")
    train, test = tables["train"], tables["test"]
    assert (len(train.ids), len(test.ids)) == (751, 750)
    assert not set(train.ids) & set(test.ids)
    assert train.faults() == test.faults() == []
    _, counts = np.unique(train.values, axis=0, return_counts=True)
    assert (len(counts), np.sum(counts == 1), counts.max()) == (508, 386, 9)
    constant = [n for n, c in zip(ATTRIBUTE_NAMES, test.values.T, strict=True) if len(set(c)) == 1]
    assert constant == ["downpurple"]

    def marked(prefix: str) -> list[int]:
        colours = [i for i, n in enumerate(ATTRIBUTE_NAMES) if n.startswith(prefix) and n != prefix]
        return np.bincount((train.values[:, colours] == 2).sum(axis=1)).tolist()

    assert marked("up") == [78, 673]
    assert marked("down") == [30, 721]
