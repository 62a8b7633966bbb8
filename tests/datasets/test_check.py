"""`aacpy check`: each kind of problem alone, all together, and the exit status."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_market import QUERY, TRAIN, encode, table, write_images

from aacpy.datasets.attributes import ATTRIBUTE_NAMES, read_attributes, write_attributes
from aacpy.datasets.check import Problem, Report, SplitCounts, check_market1501, configure, main
from aacpy.datasets.market1501 import load_market1501

FOLDERS = ("bounding_box_train", "query", "bounding_box_test")
Damage = Callable[[Path], object]


def check(root: Path, attributes: Path | None = None) -> Report:
    return check_market1501(root, attributes, progress=False)


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    configure(parser)
    return main(parser.parse_args([str(a) for a in arguments]))


def test_faultless_directory(market: Path) -> None:
    report = check(market)
    assert report.ok
    assert report.notes == []
    assert report.splits == {
        "train": SplitCounts(files=4, images=4, identities=2, cameras=3, junk=0, distractors=0),
        "query": SplitCounts(files=2, images=2, identities=2, cameras=2, junk=0, distractors=0),
        "gallery": SplitCounts(files=5, images=4, identities=2, cameras=3, junk=1, distractors=1),
    }
    assert report.attributes == {"train": 2, "test": 2}
    assert not report.like_market1501


def test_counts_are_those_of_the_loader(market: Path) -> None:
    data, report = load_market1501(market), check(market)
    for split, counts in report.splits.items():
        loaded = getattr(data, split)
        assert counts.images == len(loaded)
        assert counts.identities == len(set(loaded.ids) - {0})
        assert counts.cameras == len(set(loaded.cameras))


def replace_image(content: bytes) -> Damage:
    return lambda root: (root / "query" / QUERY[0]).write_bytes(content)


def set_value(root: Path) -> None:
    tables = read_attributes(root / "market_attribute.mat")
    tables["train"].values[1, ATTRIBUTE_NAMES.index("hat")] = 7
    write_attributes(root / "market_attribute.mat", **tables)


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


IMAGE = f"query/{QUERY[0]}"


@pytest.mark.parametrize(
    ("damage", "file", "what", "remedy"),
    [
        (
            lambda r: shutil.rmtree(r / "query"),
            "query", "the folder is missing", "Pass the directory that holds",
        ),
        (
            lambda r: empty(r / "query"),
            "query", "no images that can be used", "Market-1501 comes from https",
        ),
        (
            lambda r: write_images(r, "query", ["person1.jpg"]),
            "query/person1.jpg", "the name does not follow", "Name it as 0002_c1s1",
        ),
        (
            lambda r: (r / "query" / "0001_c4s1_000001_00.jpg").symlink_to(r / "gone.jpg"),
            "query/0001_c4s1_000001_00.jpg", "a broken link", "Restore the file",
        ),
        (
            lambda r: write_images(r, "query", ["0000_c1s1_000001_00.jpg"]),
            "query/0000_c1s1_000001_00.jpg", "identity 0000 marks a distractor", "Move it there",
        ),
        (replace_image(encode((64, 128))[:1500]), IMAGE, "damaged or truncated", "Copy it again"),
        (replace_image(b""), IMAGE, "an empty file", "Copy it again"),
        (replace_image(b"<!DOCTYPE html>"), IMAGE, "a web page", "download the data again"),
        (replace_image(b"nothing"), IMAGE, "neither a JPEG nor a PNG", "Copy it again"),
        (
            lambda r: write_attributes(r / "market_attribute.mat", table([2]), table([1, 3])),
            "market_attribute.mat",
            f"train identity 0007 has no attributes; it is in bounding_box_train/{TRAIN[2]} and",
            "Use the attribute file that belongs",
        ),
        (
            set_value,
            "market_attribute.mat",
            "train identity 0007: hat is 7, its values are 1 to 2 (no, yes)",
            "Correct the file",
        ),
        (
            lambda r: write_attributes(r / "market_attribute.mat", table([2, 7]), table([3, 1, 3])),
            "market_attribute.mat", "test identity 0003 has 2 rows", "Correct the file",
        ),
        (
            lambda r: (r / "market_attribute.mat").write_bytes(b"<html>"),
            "market_attribute.mat", "not a readable MATLAB file", "Download it again",
        ),
        (
            lambda r: next((r / "bounding_box_test").glob("0003*")).unlink(),
            f"query/{QUERY[1]}", "identity 0003 has no image in bounding_box_test", "restore the",
        ),
        (
            lambda r: next((r / "bounding_box_test").glob("0001_c2*")).unlink(),
            IMAGE, "by a camera other than 1", "restore the gallery's images",
        ),
    ],
)  # fmt: skip
def test_each_problem_alone(
    market: Path, damage: Damage, file: str, what: str, remedy: str
) -> None:
    damage(market)
    report = check(market)
    [problem] = report.problems
    assert problem.file == file
    assert what in problem.what
    assert remedy in problem.remedy
    assert f"  {file}: {problem.what}\n    Remedy: {problem.remedy}" in report.text()


def test_identity_in_train_and_test(market: Path) -> None:
    write_attributes(market / "market_attribute.mat", table([2, 7]), table([1, 2, 3]))
    write_images(market, "bounding_box_test", ["0002_c5s1_000001_00.jpg"])
    [problem] = check(market).problems
    assert problem.file == f"bounding_box_train/{TRAIN[0]}"
    assert "as bounding_box_test/0002_c5s1_000001_00.jpg" in problem.what


def test_all_problems_are_found_in_one_go(market: Path) -> None:
    shutil.rmtree(market / "bounding_box_test")
    (market / "query" / "x.jpg").write_bytes(b"")
    (market / "bounding_box_train" / TRAIN[0]).write_bytes(b"<html>")
    set_value(market)
    report = check(market)
    assert [(p.file, p.what.split(",")[0]) for p in report.problems] == [
        ("query/x.jpg", "the name does not follow Market-1501's grammar"),
        ("bounding_box_test", "the folder is missing"),
        (f"bounding_box_train/{TRAIN[0]}", "a web page"),
        ("query/x.jpg", "an empty file"),
        ("market_attribute.mat", "train identity 0007: hat is 7"),
    ]


def test_half_copied_market1501(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = dict(check(market).splits)
    for module in ("report", "check"):
        monkeypatch.setattr(f"aacpy.datasets.{module}.MARKET1501", published)
    assert "matches Market-1501" in check(market).text()
    (market / "bounding_box_train" / TRAIN[1]).unlink()
    report = check(market)
    assert report.problems == [
        Problem(
            "bounding_box_train",
            "3 image files; Market-1501 has 4",
            "Unpack or copy the folder again, unless it is meant to be a part.",
        )
    ]
    assert "differs: train has 3 files, not 4; train has 3 images used, not 4" in report.text()


def test_oddities_are_notes(market: Path) -> None:
    (market / "bounding_box_train" / TRAIN[3]).write_bytes(encode((30, 60), "L"))
    write_images(market, "query", ["-1_c1s1_000001_00.jpg"])
    for name in ("Thumbs.db", "a.txt", "b.txt", "c.txt"):
        (market / "query" / name).touch()
    report = check(market)
    assert report.ok
    assert report.notes == [
        "query: 1 junk images are left out.",
        "query: 4 entries that are no images are passed over (Thumbs.db, a.txt, b.txt, ...).",
        f"bounding_box_train: not all images are RGB (1 L, such as {TRAIN[3]}).",
        "bounding_box_train: images differ in size (3 of 4 are 8 x 16 pixels; "
        f"{TRAIN[3]} is 30 x 60).",
    ]


def test_unreadable_folder(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("aacpy.datasets.layout.os.scandir", refuse)
    report = check(market)
    assert [(p.file, p.what) for p in report.problems] == [(f, "cannot be read") for f in FOLDERS]
    assert not report.usable


def test_no_directory_and_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "nowhere", tmp_path / "file"):
        report = check(root)
        [problem] = report.problems
        assert (problem.file, problem.what) == (str(root), "no such directory")
        assert not report.usable


def test_parent_of_the_dataset(market: Path) -> None:
    report = check(market.parent)
    assert {p.remedy for p in report.problems} == {
        f"{market} has the three folders: pass that directory."
    }


def test_names_that_no_terminal_shows(market: Path) -> None:
    write_images(market, "query", ["a\n\x1b[31m.jpg", os.fsdecode(b"\xff.jpg")])
    report = check(market)
    assert [p.file for p in report.problems] == [r"query/a\n\x1b[31m.jpg", r"query/\udcff.jpg"]
    assert report.text().isascii()


def test_exit_status_and_output(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(market) == 0
    assert "No problem found." in capsys.readouterr().out
    (market / "query" / QUERY[0]).write_bytes(b"")
    assert run(market) == 1
    assert "1 problem found." in capsys.readouterr().out
    assert run(market / "nowhere") == 2
    assert run(market.parent) == 2
    out, err = capsys.readouterr()
    assert "no such directory" in out
    assert not err


def test_json_output_and_attribute_file(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (market / "market_attribute.mat").rename(market / "else.mat")
    assert run(market, "--json", "--attributes", market / "else.mat") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["ok"] is True
    assert content["splits"]["train"]["images"] == 4
    assert content["attributes"] == {"train": 2, "test": 2}


def test_names_outside_the_terminals_encoding(
    market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(market, "query", ["行人.jpg"])
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding="ascii") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        assert run(market) == 1
        terminal.flush()
        assert rb"query/\u884c\u4eba.jpg: the name does not" in buffer.getvalue()


def test_progress_bar_is_for_terminals_only(
    market: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_market1501(market)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    check_market1501(market)
    assert re.search(r"decoding: +100%.*11/11", capsys.readouterr().err)
    check_market1501(market, progress=False)
    assert capsys.readouterr().err == ""
