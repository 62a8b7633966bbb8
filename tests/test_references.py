"""`book/references.bib`: the paper's 27 references are there, and so is whatever a page cites."""

from __future__ import annotations

import re

from aacpy.files import project_root

BOOK = project_root() / "book"
BIB = (BOOK / "references.bib").read_text(encoding="utf-8")
KEYS = re.findall(r"^@\w+\{(\w+),", BIB, flags=re.MULTILINE)


def cited() -> set[str]:
    pages = "\n".join(p.read_text(encoding="utf-8") for p in BOOK.glob("*.md"))
    return {
        key.strip()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", pages)
        for key in keys.split(",")
    }


def test_every_reference_of_the_paper_is_there_once() -> None:
    notes = " ".join(re.findall(r"note\s*=\s*\{(.*)\}", BIB))
    assert sorted(map(int, re.findall(r"\[(\d+)\]", notes))) == list(range(1, 28))


def test_keys_are_unique_and_entries_whole() -> None:
    assert len(KEYS) == len(set(KEYS))
    for entry in BIB.split("\n@")[1:]:
        names = set(re.findall(r"^\s+(\w+)\s*=", entry, flags=re.MULTILINE))
        assert {"author", "title", "year"} <= names, entry
        assert names & {"journal", "booktitle"} or "arXiv" in entry, entry


def test_pages_cite_what_is_there() -> None:
    assert cited() <= set(KEYS)


def test_what_the_paper_does_not_list_is_cited_by_a_page() -> None:
    papers = {e.partition("{")[2].partition(",")[0] for e in BIB.split("\n@")[1:]
              if "in the paper" in e}  # fmt: skip
    assert set(KEYS) - papers <= cited()
