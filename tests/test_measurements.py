"""Measurements from files that nobody vouches for: each field is checked and named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacpy.errors import RecordError
from aacpy.measurements import LARGEST, Case, Measurement, Timing, command, measurements_root


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A valid file, `split.json`."""
    works = {"library": Timing((0.5,), 10), "limit": Timing((), None, "too slow")}
    case = Case(10, "", "10", works, {"equal": True}, {"recall": 1})
    made = Measurement(
        stage="split", title="split", limit="copy", textbook="", data="random", cases=(case,),
        settings={"repeats": 1, "threads": 1, "quick": True}, environment={"torch": "2"},
        revision="", finished="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    path = made.write(tmp_path)
    assert Measurement.read(path) == made
    return path


def at(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        *before, last = path
        for key in before:
            content = content[key]
        content[last] = to

    return change


LIBRARY = ("cases", 0, "works", "library")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("schema", to=True), "not a measurement of schema 1 (found True)"),
        (at("more", to=1), "measurement: missing or unknown: more"),
        (at("\ud800", to=1), "a name in measurement must be text of one line"),
        (at("cases", to=[]), "cases must hold one or more"),
        (at("cases", to={}), "cases must be a list"),
        (at("cases", 0, to=3), "cases[0] must be a dict"),
        (at("cases", 0, "size", to=0), "cases[0].size must be a whole number from 1"),
        (at("cases", 0, "size", to=True), "cases[0].size must be a whole number from 1"),
        (at("cases", 0, "shape", to=None), "cases[0].shape must be text of one line"),
        (at("cases", 0, "works", to=[]), "cases[0].works must be a dict"),
        (at("cases", 0, "checks", "equal", to=1), "cases[0].checks.equal must be true or false"),
        (at("cases", 0, "facts", "recall", to=10**400), "cases[0].facts.recall must be a number"),
        (at("cases", 0, "facts", "recall", to="1"), "cases[0].facts.recall must be a number"),
        (at(*LIBRARY, to=None), "cases[0].works.library must be a dict"),
        (at(*LIBRARY, "seconds", to=1.0), "cases[0].works.library.seconds must be a list"),
        (at(*LIBRARY, "seconds", 0, to=0), "library.seconds must be above 0, not 0"),
        (at(*LIBRARY, "seconds", 0, to="1"), "library.seconds must be above 0, not '1'"),
        (at(*LIBRARY, "seconds", 0, to=10**400), "above 0, not an integer of about 401 digits"),
        (at(*LIBRARY, "peak_bytes", to=0.5), "library.peak_bytes must be a whole number"),
        (at(*LIBRARY, "failed", to=None), "library.failed must be text of one line"),
        (at(*LIBRARY, "fast", to=None), "cases[0].works.library: missing or unknown: fast"),
        (at("settings", to=[]), "settings must be a dict"),
        (at("settings", "threads", to=[2]), "settings.threads must be text of one line"),
        (at("environment", "torch", to=2), "environment.torch must be text of one line"),
        (at("title", to="a\x1b[2Jb"), "title must be text of one line"),
        (at("finished", to=None), "finished must be text of one line"),
    ],
)
def test_every_field_is_checked_and_named(
    stored: Path, change: Callable[[Any], None], message: str
) -> None:
    content = json.loads(stored.read_text())
    change(content)
    stored.write_text(json.dumps(content))
    with pytest.raises(RecordError) as raised:
        Measurement.read(stored)
    said = str(raised.value)
    assert said.startswith(f"{stored}: ") and message in said
    assert said.endswith('Delete it and measure again: make bench STAGES="split"')
    assert len(said) < 500 and said.isprintable()


@pytest.mark.parametrize("text", ["NaN", '{"schema": 1, "schema": 1}', "[" * 100_000, "9" * 5000])
def test_what_is_no_json_is_named(stored: Path, text: str) -> None:
    stored.write_text(text)
    with pytest.raises(RecordError, match=r"split\.json: not a whole measurement \("):
        Measurement.read(stored)


def test_what_is_no_regular_file_or_too_large_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    for name, why in (
        ("pipe", "not a regular file"),
        ("large", "larger than"),
        ("none", "No such"),
    ):
        with pytest.raises(RecordError, match=rf"{name}\.json: not a whole measurement \({why}"):
            Measurement.read(tmp_path / f"{name}.json")


def test_a_command_is_never_made_of_a_hostile_name() -> None:
    assert command("split") == 'make bench STAGES="split"'
    assert command("gpu") == "make bench GPU=1"
    assert command('x"; rm -rf ~; "') == "make bench"


def test_every_stored_measurement_is_valid_and_written_as_it_stands(tmp_path: Path) -> None:
    paths = sorted(measurements_root().glob("*.json"))
    assert paths
    for path in paths:
        assert Measurement.read(path).write(tmp_path).read_bytes() == path.read_bytes()
