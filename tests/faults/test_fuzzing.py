"""The fuzzing campaign in short, and that it reports every kind of failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from pickletools import genops
from random import Random

import pytest
from broken_parsers import (
    BAD,
    allocates,
    allocates_and_waits,
    bad_samples,
    broken,
    commands_terminal,
    crashes,
    ends_process,
    exits,
    hangs,
    key_error,
    leaves_open,
    names_nothing,
    no_remedy,
    only_bad,
    refuse,
    unusable,
    use_true,
    warns,
)

from aacpy.errors import RecordError, RunError
from faults.fuzzing import __main__ as command_line
from faults.fuzzing.campaign import SEEDS_EACH, replay, run_parser
from faults.fuzzing.mutate import mutate_bytes, mutate_text
from faults.fuzzing.mutate_json import mutate_json
from faults.fuzzing.mutate_yaml import mutate_yaml
from faults.fuzzing.outcome import Failure, Outcome, outcome_table, read_outcomes, write_outcomes
from faults.fuzzing.parsers import PARSERS, load_parser, pictures, weights
from faults.fuzzing.worker import Limits, input_path

SHORT = 150


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_keeps_its_promise(name: str, tmp_path: Path) -> None:
    outcome = run_parser(load_parser(name), SHORT, 0, tmp_path, Limits(failures=10))
    assert outcome.failures == ()
    assert outcome.accepted > 0
    assert outcome.refused > 0
    assert outcome.inputs == outcome.accepted + outcome.refused == SHORT


@pytest.mark.parametrize(
    ("parse", "kind", "limits"),
    [
        (key_error, "KeyError", Limits()),
        (exits, "SystemExit", Limits()),
        (ends_process, "exit", Limits()),
        (hangs, "hang", Limits(seconds=0.5)),
        (crashes, "signal", Limits()),
        (allocates, "memory", Limits(memory=0.9e9)),
        (allocates_and_waits, "memory", Limits(memory=0.9e9)),
        (names_nothing, "names no file or setting", Limits()),
        (no_remedy, "names no remedy", Limits()),
        (commands_terminal, "holds control characters", Limits()),
        (warns, "RuntimeWarning", Limits()),
        (leaves_open, "left open", Limits()),
    ],
)
def test_a_broken_parser_is_found_out(
    parse: Callable[[bytes], None], kind: str, limits: Limits, tmp_path: Path
) -> None:
    outcome = run_parser(broken(parse), 20, 2, tmp_path, limits)
    (failure,) = outcome.failures
    assert (failure.seed, failure.kind) == (2 * SEEDS_EACH + 3, kind)
    assert outcome.accepted + outcome.refused == 19
    assert (outcome.slowest_seconds > limits.seconds) == (kind == "hang")
    assert (outcome.peak_bytes > limits.memory) == (kind == "memory")
    assert input_path(tmp_path, "broken", failure.seed).read_bytes() == BAD
    if parse in (key_error, crashes):
        assert replay(broken(parse), BAD, limits).kind == kind
        assert replay(broken(parse), b"1", limits).kind == "accepted"
        assert replay(broken(parse), b"2", limits).kind == "refused"


def test_what_is_accepted_must_be_usable(tmp_path: Path) -> None:
    (failure,) = run_parser(broken(unusable, use=use_true), 10, 0, tmp_path, Limits()).failures
    assert failure == Failure(3, "accepted, then ValueError", "cannot be used")


@pytest.mark.parametrize("parse", [key_error, crashes])
def test_a_parser_that_fails_often_is_given_up(
    parse: Callable[[bytes], None], tmp_path: Path
) -> None:
    often = broken(parse, samples=only_bad)
    outcome = run_parser(often, 50, 0, tmp_path, Limits(failures=3))
    assert [failure.seed for failure in outcome.failures] == [0, 1, 2]
    assert all(input_path(tmp_path, "broken", seed).exists() for seed in range(3))


def test_a_fault_of_the_campaign_is_no_fault_of_the_parser(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the campaign failed on broken(?s:.)*no samples"):
        run_parser(broken(refuse, samples=bad_samples), 5, 0, tmp_path, Limits())


def test_code_that_weights_bring_along_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(weights, "build_encoder", lambda *_, **__: Path("executed").touch())
    verdict = load_parser("weights").judge(b"w.pth\nany")
    assert verdict == ("ContradictionError", "the file's code was executed")
    assert not Path("executed").exists()


@pytest.mark.parametrize("program", weights.CODE)
def test_the_code_is_a_whole_program_that_calls_something(program: bytes) -> None:
    steps = [operation.name for operation, _, _ in genops(program)]
    assert steps[-1] == "STOP"
    assert "REDUCE" in steps
    assert {"GLOBAL", "STACK_GLOBAL"} & set(steps)


def test_image_readers_that_disagree_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures, "inspect_image", lambda path: "a fine image")
    verdict = load_parser("images").judge(b"no image")
    assert verdict.kind == "ContradictionError"
    assert verdict.message.startswith("inspected as a fine image, but ")


@pytest.mark.parametrize(
    "mutate",
    [
        lambda rng: mutate_bytes(rng, [b"some bytes", b"\0\1\2"]),
        lambda rng: mutate_text(rng, ["some text", "other"]),
        lambda rng: mutate_json(rng, ['{"a": [1, 2.5, {"b": null}], "c": "text", "d": true}']),
        lambda rng: mutate_yaml(rng, ["a: 1\nb:\n  - {c: 2}"]),
    ],
)
def test_damage_follows_from_the_seed_and_differs(mutate: Callable[[Random], object]) -> None:
    made = [mutate(Random(f"x {n}")) for n in range(300)]
    assert made == [mutate(Random(f"x {n}")) for n in range(300)]
    assert len(set(made)) > 150


def outcome(**changes: object) -> Outcome:
    made = Outcome(
        parser="names", title="t", inputs=20, accepted=12, refused=7,
        failures=(Failure(5, "KeyError", "x"),), slowest_seconds=0.5, peak_bytes=400_000_000,
        seconds=1.0, seed=0, environment={"python": "3.11.7"}, revision="000000000000",
        finished="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_outcomes_are_kept_whole(tmp_path: Path) -> None:
    assert read_outcomes(tmp_path) == {}
    both = {"names": outcome(), "grids": outcome(parser="grids", failures=())}
    text = write_outcomes(tmp_path, both).read_text()
    assert read_outcomes(tmp_path) == both
    assert list(json.loads(text)["parsers"]) == ["grids", "names"]
    assert "names: 1 × KeyError; seed 5: x" in outcome_table(both.values())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "parsers": 3}'])
def test_other_files_are_no_outcomes(text: str, tmp_path: Path) -> None:
    (tmp_path / "fuzz.json").write_text(text)
    with pytest.raises(RecordError, match=r"fuzz\.json: holds no outcomes"):
        read_outcomes(tmp_path)


@pytest.mark.parametrize(
    ("changes", "answers"),
    [({}, True), ({"seed": 1}, False), ({"inputs": 19}, False), ({"revision": "1"}, False),
     ({"revision": ""}, False)],
)  # fmt: skip
def test_an_outcome_answers_one_campaign(changes: dict[str, object], answers: bool) -> None:
    assert outcome(**changes).answers(20, 0, "000000000000") is answers
    dirty = outcome(revision="000000000000+changes")
    assert not dirty.answers(20, 0, "000000000000+changes")


def test_a_campaign_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "source_revision", lambda: "000000000000")
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path / "runs"))
    options = ["--inputs", "20", "--jobs", "2", "--out", str(tmp_path), "--parsers"]
    assert command_line.main([*options, "names"]) == 0
    first = read_outcomes(tmp_path)["names"]
    assert (first.inputs, first.revision) == (20, "000000000000")
    assert command_line.main([*options, "names", "checksums"]) == 0
    assert "1 of 2 parsers were done before" in capsys.readouterr().out
    both = read_outcomes(tmp_path)
    assert both["names"] == first
    assert set(both) == {"names", "checksums"}


def test_a_failure_is_the_exit_status_and_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "load_parser", lambda name: broken(key_error))
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path / "runs"))
    options = ["--inputs", "5", "--out", str(tmp_path), "--parsers", "names"]
    assert command_line.main(options) == 1
    kept = str(tmp_path / "runs" / "fuzz" / "broken-3.bin")
    assert command_line.main(["--replay", kept, "names"]) == 1
    assert "KeyError: 'three'" in capsys.readouterr().out
    assert command_line.main(["--replay", str(tmp_path / "nothing"), "names"]) == 1
    assert "cannot be read" in capsys.readouterr().err
