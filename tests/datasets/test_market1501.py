"""Reading a directory: what is kept, attributes, fingerprint, and an error for each fault."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat
from tiny_market import GALLERY, QUERY, TRAIN, table, write_images, write_market

from aacpy.datasets.attributes import (
    ATTRIBUTE_NAMES,
    AttributeTable,
    read_attributes,
    write_attributes,
)
from aacpy.datasets.market1501 import load_market1501, parse_name
from aacpy.errors import DatasetError


def test_splits_hold_paths_identities_and_cameras(market: Path) -> None:
    data = load_market1501(market)
    assert data.root == market
    assert data.train.paths == tuple(market / "bounding_box_train" / name for name in TRAIN)
    assert data.train.ids.tolist() == [2, 2, 7, 7]
    assert data.train.cameras.tolist() == [1, 2, 1, 3]
    assert data.query.paths == tuple(market / "query" / name for name in QUERY)
    assert data.query.ids.tolist() == [1, 3]
    assert data.query.cameras.tolist() == [1, 2]
    for split in (data.train, data.query, data.gallery):
        assert split.ids.dtype == split.cameras.dtype == np.int64
        assert len(split) == len(split.paths) == len(split.ids) == len(split.cameras)


def test_junk_is_dropped_and_distractors_stay(market: Path) -> None:
    gallery = load_market1501(market).gallery
    assert [path.name for path in gallery.paths] == [n for n in GALLERY if not n.startswith("-1")]
    assert gallery.ids.tolist() == [0, 1, 1, 3]
    assert gallery.cameras.tolist() == [1, 1, 2, 4]


def test_attributes_are_each_images_identitys(market: Path) -> None:
    data = load_market1501(market)
    tables = read_attributes(market / "market_attribute.mat")
    assert data.attribute_names == ATTRIBUTE_NAMES
    for split, half in ((data.train, "train"), (data.query, "test"), (data.gallery, "test")):
        assert split.attributes is not None
        assert split.attributes.dtype == np.int64
        rows = dict(zip(tables[half].ids.tolist(), tables[half].values, strict=True))
        expected = [rows.get(i, np.zeros(27)) for i in split.ids.tolist()]
        np.testing.assert_array_equal(split.attributes, expected)
    assert not data.gallery.attributes[0].any()
    assert data.require_attributes() is data.train.attributes


def test_attribute_file_elsewhere(market: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mat"
    write_attributes(other, table([2, 7], seed=8), table([1, 3], seed=9))
    train = load_market1501(market, other).train
    np.testing.assert_array_equal(train.attributes, table([2, 7], seed=8).rows(train.ids))
    assert not np.array_equal(train.attributes, load_market1501(market).train.attributes)


def test_without_attribute_file(market: Path) -> None:
    (market / "market_attribute.mat").unlink()
    data = load_market1501(str(market))
    assert data.train.attributes is data.query.attributes is data.gallery.attributes is None
    with pytest.raises(DatasetError, match=r"market_attribute\.mat: no such file, and") as caught:
        data.require_attributes()
    assert str(market / "market_attribute.mat") in str(caught.value)
    assert "https://github.com/vana77" in str(caught.value)


def test_attribute_file_asked_for_must_be_there(market: Path) -> None:
    with pytest.raises(DatasetError, match=re.escape(f"{market / 'no.mat'}: no such file")):
        load_market1501(market, market / "no.mat")
    (market / "market_attribute.mat").unlink()
    (market / "market_attribute.mat").symlink_to(market / "gone.mat")
    with pytest.raises(DatasetError, match=r"market_attribute\.mat: no such file\. Download"):
        load_market1501(market)


def test_clutter_is_passed_over(market: Path) -> None:
    expected = load_market1501(market)
    for name in ("Thumbs.db", ".DS_Store", f"._{TRAIN[0]}", "readme.txt"):
        (market / "bounding_box_train" / name).touch()
    (market / "bounding_box_train" / "more").mkdir()
    assert load_market1501(market).train.paths == expected.train.paths


def test_home_directory_is_expanded(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(market.parent))
    assert len(load_market1501("~/market", "~/market/market_attribute.mat").train) == 4


def set_value(root: Path, half: str, name: str, value: int) -> None:
    tables = read_attributes(root / "market_attribute.mat")
    tables[half].values[0, ATTRIBUTE_NAMES.index(name)] = value
    write_attributes(root / "market_attribute.mat", **tables)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda r: shutil.rmtree(r), "/market: no such directory. Pass the directory that holds"),
        (lambda r: shutil.rmtree(r / "query"), "/market: has no query. Pass the directory"),
        (
            lambda r: [shutil.rmtree(r / f) for f in ("query", "bounding_box_test")],
            "/market: has no query, bounding_box_test. Pass the directory",
        ),
        (lambda r: [p.unlink() for p in (r / "query").iterdir()], "/query: no images. Pass"),
        (
            lambda r: [p.unlink() for p in (r / "bounding_box_test").glob("0*")],
            "/bounding_box_test: no images. Pass",
        ),
        (
            lambda r: write_images(r, "query", ["person.jpg"]),
            "/query/person.jpg: the name does not follow Market-1501's grammar. Name it as",
        ),
        (
            lambda r: write_images(r, "query", ["a.jpg", "b.jpg", "c.jpg"]),
            "/query/a.jpg: the name does not follow Market-1501's grammar (and 2 more: `python",
        ),
        (
            lambda r: (r / "query" / "0001_c5s1_000001_00.jpg").symlink_to(r / "gone"),
            "/query/0001_c5s1_000001_00.jpg: a broken link, a directory or a device, not an ima",
        ),
        (
            lambda r: os.mkfifo(r / "query" / "0001_c5s1_000001_00.jpg"),
            "/query/0001_c5s1_000001_00.jpg: a broken link, a directory or a device, not an ima",
        ),
        (
            lambda r: (r / "query" / "0001_c5s1_000001_00.jpg").symlink_to("/dev/zero"),
            "/query/0001_c5s1_000001_00.jpg: a broken link, a directory or a device, not an ima",
        ),
        (
            lambda r: (r / "query" / "0001_c5s1_000001_00.jpg").symlink_to(
                "0001_c5s1_000001_00.jpg"
            ),
            "/query/0001_c5s1_000001_00.jpg: a broken link, a directory or a device, not an ima",
        ),
        (
            lambda r: write_images(r, "bounding_box_train", ["0000_c1s1_000001_00.jpg"]),
            "/bounding_box_train/0000_c1s1_000001_00.jpg: identity 0000 marks a distractor",
        ),
        (
            lambda r: write_images(r, "bounding_box_train", ["0009_c1s1_000001_00.jpg"]),
            "/market_attribute.mat: train: no attributes for identity 0009. Use",
        ),
        (
            lambda r: write_images(r, "bounding_box_test", ["0009_c1s1_000001_00.jpg"]),
            "/market_attribute.mat: test: no attributes for identity 0009. Use",
        ),
        (
            lambda r: set_value(r, "train", "hat", 3),
            "/market_attribute.mat: train identity 0002: hat is 3, its values are 1 to 2",
        ),
        (
            lambda r: set_value(r, "test", "age", 0),
            "/market_attribute.mat: test identity 0001: age is 0, its values are 1 to 4",
        ),
        (
            lambda r: write_attributes(r / "market_attribute.mat", table([2, 7, 2]), table([1, 3])),
            "/market_attribute.mat: train identity 0002 has 2 rows. Correct the file",
        ),
        (
            lambda r: (r / "market_attribute.mat").write_bytes(b"<html>"),
            "/market_attribute.mat: not a readable MATLAB file",
        ),
    ],
)
def test_faults(market: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(market)
    with pytest.raises(DatasetError, match=re.escape(message)):
        load_market1501(market)


def test_missing_folder_says_where_to_get_the_data_and_how_to_check(market: Path) -> None:
    shutil.rmtree(market / "query")
    with pytest.raises(DatasetError) as caught:
        load_market1501(market)
    assert "bounding_box_train, query, bounding_box_test" in str(caught.value)
    assert "https://zheng-lab.cecs.anu.edu.au" in str(caught.value)
    assert "python -m aacpy check ROOT" in str(caught.value)


def test_parent_directory_is_recognised(market: Path) -> None:
    with pytest.raises(DatasetError, match=re.escape(f"{market} has the three folders")):
        load_market1501(market.parent)


def test_unreadable_folder(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("aacpy.datasets.layout.os.scandir", refuse)
    with pytest.raises(DatasetError, match=r"bounding_box_train: cannot be read\. Give"):
        load_market1501(market)


def test_fingerprint_is_the_same_for_copies(market: Path, tmp_path: Path) -> None:
    first = load_market1501(market).fingerprint()
    assert re.fullmatch("[0-9a-f]{64}", first)
    shutil.copytree(market, tmp_path / "elsewhere")
    assert load_market1501(tmp_path / "elsewhere").fingerprint() == first
    assert load_market1501(write_market(tmp_path / "again")).fingerprint() == first


@pytest.mark.parametrize(
    "change",
    [
        lambda r: (r / "query" / QUERY[0]).write_bytes(b"other bytes"),
        lambda r: (r / "query" / QUERY[0]).rename(r / "query" / "0001_c1s1_001052_00.jpg"),
        lambda r: (r / "bounding_box_test" / GALLERY[1]).unlink(),
        lambda r: (r / "query" / QUERY[0]).rename(r / "bounding_box_test" / QUERY[0]),
        lambda r: (r / "market_attribute.mat").unlink(),
        lambda r: write_attributes(
            r / "market_attribute.mat", table([2, 7], seed=5), table([1, 3], seed=1)
        ),
    ],
)
def test_fingerprint_changes_with_the_data(market: Path, change: Callable[[Path], object]) -> None:
    before = load_market1501(market).fingerprint()
    change(market)
    assert load_market1501(market).fingerprint() != before


def test_fingerprint_is_blind_to_junk_and_clutter(market: Path) -> None:
    before = load_market1501(market).fingerprint()
    (market / "bounding_box_test" / GALLERY[0]).write_bytes(b"junk")
    (market / "bounding_box_test" / "Thumbs.db").touch()
    assert load_market1501(market).fingerprint() == before


def test_fingerprint_of_a_dataset_that_lost_a_file(market: Path) -> None:
    data = load_market1501(market)
    data.query.paths[1].unlink()
    with pytest.raises(DatasetError, match=re.escape(f"{data.query.paths[1]}: cannot be read")):
        data.fingerprint()


def test_fingerprint_reads_no_device_and_nothing_huge(
    market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_market1501(market)
    monkeypatch.setattr("aacpy.datasets.market1501.MAX_BYTES", 100)
    with pytest.raises(DatasetError, match="cannot be read"):
        data.fingerprint()
    monkeypatch.undo()
    data.query.paths[0].unlink()
    data.query.paths[0].symlink_to("/dev/zero")
    with pytest.raises(DatasetError, match=re.escape(f"{data.query.paths[0]}: cannot be read")):
        data.fingerprint()


@pytest.mark.parametrize("root", ["n" * 5000, "~nobody-of-this-name/data", "nul\0", "loop"])
def test_paths_that_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, market: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    with pytest.raises(DatasetError, match="no such directory"):
        load_market1501(root)
    with pytest.raises(DatasetError, match="no such file"):
        load_market1501(market, root)


def real_names(metadata: Path) -> dict[str, list[str]]:
    """Market-1501's file names: real ones in train, made of identity and camera elsewhere."""

    def column(file: str) -> list[int]:
        content = loadmat(metadata / file)
        return [int(v) for k in content if not k.startswith("__") for v in content[k].ravel()]

    def names(ids: list[int], cameras: list[int]) -> list[str]:
        return [
            f"{'-1' if i == -1 else f'{i:04d}'}_c{c}s1_{frame:06d}_00.jpg"
            for frame, (i, c) in enumerate(zip(ids, cameras, strict=True))
        ]

    return {
        "bounding_box_train": (metadata / "bounding_box_train.txt").read_text().split(),
        "query": names(column("queryID.mat"), column("queryCam.mat")),
        "bounding_box_test": names(column("testID.mat"), column("testCam.mat")),
    }


def test_real_training_names(market1501_metadata: Path) -> None:
    parsed = [parse_name(name) for name in real_names(market1501_metadata)["bounding_box_train"]]
    assert len(parsed) == 12936
    ids = np.array([name.identity for name in parsed])
    _, counts = np.unique(ids, return_counts=True)
    assert (len(counts), counts.min(), counts.max(), np.median(counts)) == (751, 2, 72, 15)
    assert [sum(name.camera == c for name in parsed) for c in range(1, 7)] == [
        2017, 1709, 2707, 920, 2338, 3245
    ]  # fmt: skip
    label = loadmat(market1501_metadata / "train_label.mat")["label"].ravel()
    np.testing.assert_array_equal(ids, label)


def entropy(labels: np.ndarray) -> float:
    """Entropy in bits of the labels' frequencies."""
    _, counts = np.unique(labels, axis=0, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def test_real_attributes_leave_little_identity_open(market1501_metadata: Path) -> None:
    names = real_names(market1501_metadata)["bounding_box_train"]
    ids = np.array([parse_name(name).identity for name in names])
    table: AttributeTable = read_attributes(market1501_metadata / "market_attribute.mat")["train"]
    rows = table.rows(ids)
    assert entropy(ids) == pytest.approx(9.299, abs=5e-4)
    assert entropy(rows) == pytest.approx(8.543, abs=5e-4)
    joint = entropy(np.column_stack([ids, rows]))
    assert joint - entropy(rows) == pytest.approx(0.757, abs=5e-4)


def test_directory_of_some_real_identities(tmp_path: Path, market1501_metadata: Path) -> None:
    names = real_names(market1501_metadata)
    kept = {
        folder: [n for n in all_names if parse_name(n).identity % 50 in (1, 2)]
        for folder, all_names in names.items()
    }
    for folder, some in kept.items():
        write_images(tmp_path, folder, some)
    data = load_market1501(tmp_path, market1501_metadata / "market_attribute.mat")
    assert [len(data.train), len(data.query), len(data.gallery)] == [
        len(some) for some in kept.values()
    ]
    tables = read_attributes(market1501_metadata / "market_attribute.mat")
    np.testing.assert_array_equal(data.train.attributes, tables["train"].rows(data.train.ids))
    np.testing.assert_array_equal(data.query.attributes, tables["test"].rows(data.query.ids))
