"""The grammar of file names, and what a folder's listing tells apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_market import TRAIN, write_market

from aacpy.datasets.layout import (
    ImageName,
    layout_remedy,
    list_images,
    match_name,
    missing_folders,
    parse_name,
    printable,
    read_names,
)
from aacpy.errors import DatasetError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0002_c1s1_000451_03.jpg", (2, 1, 1, 451, 3)),
        ("-1_c3s2_000401_01.jpg", (-1, 3, 2, 401, 1)),
        ("0000_c6s4_001902_00.jpg", (0, 6, 4, 1902, 0)),
        ("1501_c6s3_085692_05.jpg", (1501, 6, 3, 85692, 5)),
        ("12345_c12s1_1_1.PNG", (12345, 12, 1, 1, 1)),
        ("0002_c1s1_000451_03.jpeg", (2, 1, 1, 451, 3)),
        ("0002_c1s1_000451_03.jpg.jpg", (2, 1, 1, 451, 3)),
    ],
)
def test_names(name: str, expected: tuple[int, ...]) -> None:
    assert parse_name(name) == ImageName(*expected)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0002.jpg",
        "0002_c1s1_000451_03",
        "0002_c1s1_000451_03.txt",
        "2_c1s1_000451_03.jpg",
        "-2_c1s1_000451_03.jpg",
        "-0001_c1s1_000451_03.jpg",
        "0002_c0s1_000451_03.jpg",
        "0002_c1_f0044158.jpg",
        "0002_c1s1_000451_03 (1).jpg",
        "0002_c1s1_000451_03.jpg\n",
        " 0002_c1s1_000451_03.jpg",
        "0002_c1s1_٠٠٠٤٥١_03.jpg",
        "99999999999999999999_c1s1_000451_03.jpg",
        "../0002_c1s1_000451_03.jpg",
        "0002_c1s1_000451_03/../x.jpg",
        "0002_c1s1_000451_03.jpg\0",
        "0002_c1s1_000451_03\ud800.jpg",
    ],
)
def test_names_outside_the_grammar(name: str) -> None:
    assert match_name(name) is None
    with pytest.raises(DatasetError) as caught:
        parse_name(name)
    assert str(caught.value).startswith(f"{printable(name)}: the name does not follow")
    assert "Name it as 0002_c1s1_000451_03.jpg" in str(caught.value)


@given(
    st.integers(-1, 999_999_999),
    st.integers(1, 999),
    st.integers(0, 9),
    st.integers(0, 999_999_999),
    st.integers(0, 99),
    st.sampled_from([".jpg", ".JPG", ".png"]),
)
def test_written_names_are_read_back(
    identity: int, camera: int, sequence: int, frame: int, detection: int, suffix: str
) -> None:
    person = "-1" if identity == -1 else f"{identity:04d}"
    name = f"{person}_c{camera}s{sequence}_{frame:06d}_{detection:02d}{suffix}"
    assert parse_name(name) == (identity, camera, sequence, frame, detection)


@given(st.text())
def test_any_text_parses_or_is_a_dataset_error(name: str) -> None:
    try:
        parsed = parse_name(name)
    except DatasetError:
        return
    assert parsed.identity >= -1
    assert parsed.camera >= 1


def test_long_names_take_no_time_and_are_not_repeated_whole() -> None:
    for name in ("0" * 10**6, "0002_c1s1_000451_03" + ".jpg" * 250_000 + "x", ".jpg" * 250_000):
        assert match_name(name) is None
        with pytest.raises(DatasetError) as caught:
            parse_name(name)
        assert len(str(caught.value)) < 500


def test_a_list_of_names(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("0002_c1s1_000451_03.jpg\r\n\n -1_c3s2_000401_01.jpg")
    assert read_names(path) == {
        "0002_c1s1_000451_03.jpg": (2, 1, 1, 451, 3),
        "-1_c3s2_000401_01.jpg": (-1, 3, 2, 401, 1),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"0002_c1s1_000451_03.jpg \xff", "not text in UTF-8"),
        (b"0002_c1s1_000451_03.jpg " * 2, "a name stands twice"),
        (b"../../0002_c1s1_000451_03.jpg", "'../../0002_c1s1_000451_03.jpg' is not a name like"),
        (b"/etc/0002_c1s1_000451_03.jpg", "is not a name like"),
        (b"0" * 10**6, "00' is not a name like"),
        (b"\xef\xbb\xbf0002_c1s1_000451_03.jpg", "is not a name like"),
        (b"\0", "is not a name like"),
        (bytes(2**20 + 1), "larger than 1,048,576 bytes"),
    ],
)
def test_lists_of_other_things(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        read_names(tmp_path / "list.txt")
    assert str(caught.value).startswith(f"{tmp_path / 'list.txt'}: ")
    assert message in str(caught.value)
    assert "Get it again from GitHub" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_list_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "loop", "zero", "none", "n" * 5000):
        with pytest.raises(DatasetError, match=f"{name}: "):
            read_names(tmp_path / name)


def test_listing_tells_images_from_clutter(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.JPEG", "c.png", "Thumbs.db", "._b.jpg", ".DS_Store", "jpg", "d.gif"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "linked.jpg").symlink_to(tmp_path / "b.jpg")
    listing = list_images(tmp_path)
    assert listing.images == ["a.JPEG", "b.jpg", "c.png", "linked.jpg"]
    assert listing.no_files == [
        "folder.jpg", "gone.jpg", "loop.jpg", "pipe.jpg", "zero.jpg"
    ]  # fmt: skip
    assert listing.others == [".DS_Store", "._b.jpg", "Thumbs.db", "d.gif", "jpg"]


def test_missing_folders(tmp_path: Path) -> None:
    root = write_market(tmp_path / "market")
    assert missing_folders(root) == []
    (root / "query").rename(root / "queries")
    (root / "query").touch()
    assert missing_folders(root) == ["query"]
    assert missing_folders(tmp_path / "nowhere") == [
        "bounding_box_train", "query", "bounding_box_test"
    ]  # fmt: skip


def test_remedy_points_to_the_layout_one_level_away(tmp_path: Path) -> None:
    root = write_market(tmp_path / "Market-1501-v15.09.15")
    expected = f"{root} has the three folders: pass that directory."
    for nearby in (tmp_path, root / "query", root / "nowhere"):
        assert layout_remedy(nearby) == expected
    assert "https://" in layout_remedy(root)
    assert "https://" in layout_remedy(tmp_path / "a" / "b")


def test_printable_escapes_what_a_terminal_cannot_show() -> None:
    assert printable(Path("query") / TRAIN[0]) == f"query{os.sep}{TRAIN[0]}"
    assert printable("é.jpg") == "é.jpg"
    assert printable("a\nb\x1b[31m.jpg") == r"a\nb\x1b[31m.jpg"
    assert printable(os.fsdecode(b"\xff.jpg")).isprintable()
