"""The report's text and JSON, and its comparison with Market-1501's counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from aacpy.datasets.report import MARKET1501, Report, SplitCounts

SMALL = SplitCounts(files=12, images=10, identities=3, cameras=2, junk=2, distractors=1)


def test_published_counts_add_up() -> None:
    assert sum(counts.files for counts in MARKET1501.values()) == 12936 + 3368 + 19732
    for counts in MARKET1501.values():
        assert counts.files == counts.images + counts.junk
    assert MARKET1501["gallery"].images == 15913


def test_nothing_found() -> None:
    report = Report(Path("data"), {"train": SMALL, "query": SMALL}, {"train": 3, "test": 4})
    assert report.ok
    assert report.usable
    assert report.text() == (
        "data\n"
        "\n"
        "split  folder              files  images used  identities  cameras  junk  distractors\n"
        "train  bounding_box_train     12           10           3        2     2            1\n"
        "query  query                  12           10           3        2     2            1\n"
        "\n"
        "Identities in the attribute file: 3 train, 4 test.\n"
        "\n"
        "No problem found."
    )


def test_problems_stand_together_under_their_remedy() -> None:
    report = Report(Path("data"))
    report.add("a.jpg", "an empty file", "Copy it.")
    report.add("b.jpg", "no name", "Rename it.")
    report.add("c.jpg", "an empty file", "Copy it.")
    report.note("odd")
    assert not report.ok
    assert not report.usable
    assert report.text() == (
        "data\n"
        "\n"
        "Notes\n"
        "  odd\n"
        "\n"
        "3 problems found.\n"
        "\n"
        "  a.jpg: an empty file\n"
        "  c.jpg: an empty file\n"
        "    Remedy: Copy it.\n"
        "\n"
        "  b.jpg: no name\n"
        "    Remedy: Rename it."
    )


def test_market1501_is_recognised_and_matched() -> None:
    report = Report(Path("data"), dict(MARKET1501))
    assert report.like_market1501
    assert report.differences() == []
    assert "Beside Market-1501's published counts: matches Market-1501." in report.text()


def test_differences_from_market1501_are_spelt_out() -> None:
    report = Report(Path("data"), {
        "train": MARKET1501["train"],
        "gallery": replace(MARKET1501["gallery"], images=15912, junk=3820),
    })  # fmt: skip
    assert report.differences() == [
        "query is missing",
        "gallery has 15,912 images used, not 15,913",
        "gallery has 3,820 junk, not 3,819",
    ]
    assert "published counts: differs: query is missing; gallery has" in report.text()


def test_a_small_dataset_is_not_compared() -> None:
    report = Report(Path("data"), dict.fromkeys(MARKET1501, SMALL))
    assert not report.like_market1501
    assert "Market-1501" not in report.text()
    assert report.to_dict()["differences"] == []


def test_json_holds_everything() -> None:
    report = Report(Path("data"), {"train": SMALL}, {"train": 3, "test": 4})
    report.add("a.jpg", "an empty file", "Copy it.")
    report.note("odd")
    content = json.loads(json.dumps(report.to_dict()))
    assert content == {
        "root": "data",
        "ok": False,
        "splits": {"train": {"files": 12, "images": 10, "identities": 3, "cameras": 2, "junk": 2,
                             "distractors": 1}},
        "attributes": {"train": 3, "test": 4},
        "like_market1501": False,
        "differences": [],
        "problems": [{"file": "a.jpg", "what": "an empty file", "remedy": "Copy it."}],
        "notes": ["odd"],
    }  # fmt: skip


def test_control_characters_in_names_are_escaped() -> None:
    report = Report(Path("data"))
    report.add("a\n\x1b.jpg", "what", "Remedy.")
    assert r"a\n\x1b.jpg: what" in report.text()
