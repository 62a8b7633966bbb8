"""Publishing records: written whole, traceable, with checksums and what they say in words."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aacpy.errors import RecordError
from aacpy.experiments.publishing import (
    BEGIN,
    CHECKSUMS,
    END,
    changed_files,
    publish,
    with_claims,
    write_checksums,
)
from aacpy.files import results_root
from aacpy.records import Record, load_records
from aacpy.report.claims import claims_markdown

Make = Callable[..., Record]


def test_publishing_writes_over_the_old_and_keeps_the_rest(
    tmp_path: Path, make_record: Make
) -> None:
    old, other = make_record(), make_record("baseline")
    publish([old, other], tmp_path)
    fresh = dataclasses.replace(old, notes=["again"])
    assert publish([fresh], tmp_path) == [tmp_path / "pedestrians" / "aac-seed0.json"]
    assert {r.method: r.notes for r in load_records(tmp_path)} == {"aac": ["again"], "baseline": []}
    assert changed_files(tmp_path) == {}


@pytest.mark.parametrize("revision", ["", "0123456789ab+changes"])
def test_what_cannot_be_traced_is_not_published(
    tmp_path: Path, make_record: Make, revision: str
) -> None:
    traced = make_record(seed=0)
    untraced = dataclasses.replace(make_record(seed=1), revision=revision)
    with pytest.raises(RecordError, match="aac-seed1: made from source that cannot be traced"):
        publish([traced, untraced], tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def test_whatever_happens_to_a_published_record_is_named(tmp_path: Path, make_record: Make) -> None:
    publish([make_record(seed=seed) for seed in range(3)], tmp_path)
    folder = tmp_path / "pedestrians"
    changed = folder / "aac-seed0.json"
    changed.write_text(changed.read_text().replace("30.0", "30.1", 1))
    (folder / "aac-seed1.json").unlink()
    shutil.copy(changed, folder / "aac-seed7.json")
    assert changed_files(tmp_path) == {
        "pedestrians/aac-seed0.json": "changed since it was published",
        "pedestrians/aac-seed1.json": "missing",
        "pedestrians/aac-seed7.json": "not listed in the checksums",
    }


def test_the_checksums_are_read_by_sha256sum(tmp_path: Path, make_record: Make) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum here")
    publish([make_record()], tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize("text", [None, "no checksum\n"])
def test_checksums_that_cannot_be_read_are_an_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "SHA256SUMS").write_text(text)
    with pytest.raises(RecordError, match=r"SHA256SUMS: cannot be read .*restore it"):
        changed_files(tmp_path)


def test_no_record_is_no_line(tmp_path: Path) -> None:
    write_checksums(tmp_path)
    assert changed_files(tmp_path) == {}


def test_the_readme_says_what_the_records_say(tmp_path: Path, make_record: Make) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter δ\n", encoding="utf-8")
    records = [make_record(method, seed) for method in ("baseline", "aac") for seed in range(2)]
    publish(records, tmp_path)
    text = readme.read_text(encoding="utf-8")
    assert text == f"before\n\n{BEGIN}\n\n{claims_markdown(records)}\n\n{END}\n\nafter δ\n"
    assert with_claims(text, records) == text


def test_a_readme_without_marks_is_left_alone(make_record: Make) -> None:
    assert with_claims("plain", [make_record()]) == "plain"


# The published records themselves.


def test_every_published_record_is_valid_and_unchanged() -> None:
    assert len(load_records(results_root())) > 0
    assert changed_files(results_root()) == {}


def test_every_published_record_has_its_run_s_name_and_a_source() -> None:
    for path in results_root().rglob("*.json"):
        record = Record.read(path)
        assert path.name == f"{record.name}.json"
        assert path.parent.name == record.config.preset_name
        assert record.revision and not record.revision.endswith("+changes")


def test_the_published_readme_is_what_its_records_say() -> None:
    text = (results_root() / "README.md").read_text(encoding="utf-8")
    assert BEGIN in text
    assert with_claims(text, load_records(results_root())) == text


@pytest.mark.parametrize(
    "lines",
    [
        b"\xff", b"0" * 64, b"0" * 64 + b"  ", b"x" * 64 + b"  a.json", b"0" * 63 + b"  a.json",
        b"0" * 5_000_000, b"\0" * 70,
    ],
)  # fmt: skip
def test_checksums_that_are_none_are_named(tmp_path: Path, lines: bytes) -> None:
    (tmp_path / CHECKSUMS).write_bytes(lines)
    with pytest.raises(RecordError, match=r"SHA256SUMS: cannot be read .*restore it") as raised:
        changed_files(tmp_path)
    assert len(str(raised.value)) < len(str(tmp_path)) + 300


def test_names_in_checksums_are_compared_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "outside.json")
    root = tmp_path / "results"
    root.mkdir()
    names = ["../outside.json", "/etc/passwd", "a\x1b[2J.json", "a  b.json"]
    (root / CHECKSUMS).write_text("".join(f"{'0' * 64}  {name}\n" for name in names))
    assert changed_files(root) == {
        "../outside.json": "missing", "/etc/passwd": "missing", r"a\x1b[2J.json": "missing",
        "a  b.json": "missing",
    }  # fmt: skip


def test_a_record_that_is_no_regular_file_is_named(tmp_path: Path, make_record: Make) -> None:
    publish([make_record()], tmp_path)
    path = tmp_path / "pedestrians" / "aac-seed0.json"
    path.unlink()
    os.mkfifo(path)
    assert changed_files(tmp_path) == {
        "pedestrians/aac-seed0.json": "cannot be read (not a regular file)"
    }
    with pytest.raises(RecordError, match=r"aac-seed0\.json: cannot be read \(not a regular file"):
        write_checksums(tmp_path)


def test_a_name_that_no_record_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / CHECKSUMS).write_text("")
    for name in (b"a\xff.json", b"a\nb.json"):
        path = tmp_path / os.fsdecode(name)
        path.write_text("{}")
        (told,) = changed_files(tmp_path)
        assert told.isprintable()
        with pytest.raises(RecordError, match=r"a record's name is plain text\. Rename it"):
            write_checksums(tmp_path)
        path.unlink()


def test_a_readme_that_is_no_text_is_named(tmp_path: Path, make_record: Make) -> None:
    (tmp_path / "README.md").write_bytes(b"\xff")
    with pytest.raises(RecordError, match=r"README\.md: cannot be read .*Restore it"):
        publish([make_record()], tmp_path)
