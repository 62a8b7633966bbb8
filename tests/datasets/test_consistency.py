"""Identities across train and test, queries without an answer, attributes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from tiny_market import table

from aacpy.datasets.attributes import ATTRIBUTE_NAMES, write_attributes
from aacpy.datasets.consistency import check_attributes, check_overlap, check_queries
from aacpy.datasets.layout import FOLDERS, ImageName
from aacpy.datasets.report import Report

Seen = Iterable[tuple[int, int]]


def persons(
    train: Seen = (), query: Seen = (), gallery: Seen = ()
) -> dict[str, dict[str, ImageName]]:
    """Images of (identity, camera) pairs, one each."""
    return {
        split: {
            f"{FOLDERS[split]}/{i:04d}_c{c}s1_{n:06d}_00.jpg": ImageName(i, c, 1, n, 0)
            for n, (i, c) in enumerate(pairs)
        }
        for split, pairs in (("train", train), ("query", query), ("gallery", gallery))
    }


def found(report: Report) -> list[tuple[str, str]]:
    assert all(problem.remedy.endswith(".") for problem in report.problems)
    return [(problem.file, problem.what) for problem in report.problems]


def test_overlap_of_train_and_test() -> None:
    report = Report(Path("data"))
    check_overlap(report, persons([(2, 1), (2, 2), (5, 1)], [(5, 2)], [(5, 1), (2, 4), (3, 1)]))
    assert found(report) == [
        (
            "bounding_box_train/0002_c1s1_000000_00.jpg",
            "identity 0002 is in the test data too, as bounding_box_test/0002_c4s1_000001_00.jpg",
        ),
        (
            "bounding_box_train/0005_c1s1_000002_00.jpg",
            "identity 0005 is in the test data too, as query/0005_c2s1_000000_00.jpg",
        ),
    ]


def test_no_overlap() -> None:
    report = Report(Path("data"))
    check_overlap(report, persons([(2, 1)], [(1, 1)], [(1, 2)]))
    check_overlap(report, persons())
    assert report.ok


def test_queries_without_an_answer() -> None:
    report = Report(Path("data"))
    queries = [(1, 1), (3, 2), (4, 1), (4, 2)]
    check_queries(report, persons(query=queries, gallery=[(1, 2), (1, 1), (4, 2), (4, 2)]))
    assert found(report) == [
        ("query/0003_c2s1_000001_00.jpg", "identity 0003 has no image in bounding_box_test"),
        (
            "query/0004_c2s1_000003_00.jpg",
            "identity 0004 has no image in bounding_box_test by a camera other than 2",
        ),
    ]


def test_queries_without_a_gallery_are_not_listed_one_by_one() -> None:
    report = Report(Path("data"))
    check_queries(report, persons(query=[(1, 1), (3, 2)]))
    assert report.ok


def test_every_real_query_has_an_answer(market1501_metadata: Path) -> None:
    def column(file: str, name: str) -> list[int]:
        return loadmat(market1501_metadata / file)[name].ravel().tolist()

    queries = zip(column("queryID.mat", "queryID"), column("queryCam.mat", "queryCAM"), strict=True)
    gallery = zip(column("testID.mat", "testID"), column("testCam.mat", "testCAM"), strict=True)
    report = Report(Path("data"))
    check_queries(report, persons(query=queries, gallery=[(i, c) for i, c in gallery if i > 0]))
    assert report.ok


def test_attributes_that_fit(tmp_path: Path) -> None:
    write_attributes(tmp_path / "market_attribute.mat", table([2, 7]), table([1, 3]))
    report = Report(tmp_path)
    check_attributes(report, persons([(2, 1), (7, 1)], [(1, 1)], [(3, 1)]), None)
    assert report.ok
    assert not report.notes
    assert report.attributes == {"train": 2, "test": 2}


def test_identities_without_attributes_in_either_half(tmp_path: Path) -> None:
    write_attributes(tmp_path / "market_attribute.mat", table([2]), table([1]))
    report = Report(tmp_path)
    check_attributes(
        report, persons([(2, 1), (7, 1), (7, 2), (7, 3), (9, 1)], [(3, 1)], [(1, 1), (3, 2)]), None
    )
    assert found(report) == [
        (
            "market_attribute.mat",
            "train identity 0007 has no attributes; it is in "
            "bounding_box_train/0007_c1s1_000001_00.jpg and 2 more",
        ),
        (
            "market_attribute.mat",
            "train identity 0009 has no attributes; it is in "
            "bounding_box_train/0009_c1s1_000004_00.jpg",
        ),
        (
            "market_attribute.mat",
            "test identity 0003 has no attributes; it is in query/0003_c1s1_000000_00.jpg "
            "and 1 more",
        ),
    ]


def test_duplicates_and_values_out_of_range_are_all_found(tmp_path: Path) -> None:
    train = table([2, 7, 2])
    train.values[1, ATTRIBUTE_NAMES.index("gender")] = 3
    test = table([1])
    test.values[0, ATTRIBUTE_NAMES.index("age")] = 0
    path = tmp_path / "else.mat"
    write_attributes(path, train, test)
    report = Report(tmp_path / "data")
    check_attributes(report, persons([(2, 1), (7, 1)], [(1, 1)]), path)
    assert found(report) == [
        (str(path), "train identity 0002 has 2 rows"),
        (str(path), "train identity 0007: gender is 3, its values are 1 to 2 (male, female)"),
        (
            str(path),
            "test identity 0001: age is 0, its values are 1 to 4 (young, teenager, adult, old)",
        ),
    ]


def test_unused_rows_are_a_note(tmp_path: Path) -> None:
    write_attributes(tmp_path / "market_attribute.mat", table(range(2, 1200)), table([1]))
    report = Report(tmp_path)
    check_attributes(report, persons([(2, 1)], [(1, 1)]), None)
    assert report.ok
    assert report.notes == ["market_attribute.mat: 1,197 train identities have no image here."]


def test_absent_file_is_a_note_unless_it_was_asked_for(tmp_path: Path) -> None:
    report = Report(tmp_path)
    check_attributes(report, persons(), None)
    assert report.ok
    assert report.notes[0].startswith("There is no market_attribute.mat, so methods that need")
    path = tmp_path / "no.mat"
    check_attributes(report, persons(), path)
    assert found(report) == [(str(path), "no such file")]
    assert report.problems[0].remedy.startswith("Download market_attribute.mat from https://")


def test_damaged_file_is_one_problem_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "market_attribute.mat").write_bytes(b"<html>. Sorry. </html>")
    report = Report(tmp_path)
    check_attributes(report, persons([(2, 1)]), None)
    [(file, what)] = found(report)
    assert file == "market_attribute.mat"
    assert what.startswith("not a readable MATLAB file (")
    assert report.problems[0].remedy.startswith("Download it again from https://")


def test_real_attributes_have_no_fault(tmp_path: Path, market1501_metadata: Path) -> None:
    def identities(file: str, name: str) -> list[tuple[int, int]]:
        return [(i, 1) for i in np.unique(loadmat(market1501_metadata / file)[name]).tolist()]

    train, query = identities("train_label.mat", "label"), identities("queryID.mat", "queryID")
    report = Report(tmp_path)
    path = market1501_metadata / "market_attribute.mat"
    check_attributes(report, persons(train, query), path)
    assert report.ok
    assert not report.notes
    assert report.attributes == {"train": 751, "test": 750}
