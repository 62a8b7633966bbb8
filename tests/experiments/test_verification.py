"""Repeating published runs: what is chosen, what must be equal, what is said of the rest."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacpy.__main__ import main
from aacpy.config import Config
from aacpy.errors import RecordError
from aacpy.experiments import verification
from aacpy.experiments.grids import grid_configs, run_folder
from aacpy.experiments.publishing import publish
from aacpy.experiments.verification import compare, verify
from aacpy.records import Record

Make = Callable[..., Record]


def moved(record: Record, gain: float, **fields: Any) -> Record:
    """`record` with `gain` added to its last mAP."""
    column = [*record.series["mean_ap"][:-1], record.scores["mean_ap"] + gain]
    series = {**record.series, "mean_ap": column}
    scores = {**record.scores, "mean_ap": column[-1]}
    return dataclasses.replace(record, series=series, scores=scores, **fields)


def elsewhere(record: Record, name: str = "cpu") -> dict[str, str]:
    return {**record.environment, name: "another"}


@pytest.fixture
def published(tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three published records; a repetition gives the same, unless `repeat` says otherwise."""
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path / "runs"))
    root = tmp_path / "results"
    publish([make_record(seed=seed) for seed in range(3)], root)
    return root


@pytest.fixture
def repeat(published: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What stands in for the workflow: writes `change(record)` for every run asked for."""
    asked: list[Config] = []

    def install(change: Callable[[Record], Record] = lambda record: record) -> list[Config]:
        def reproduce(settings: dict[str, Any], target: str) -> int:
            assert target == "records"
            configs = grid_configs(**settings)
            asked.extend(configs)
            for config in configs:
                record = make_record(config.method, config.seed)
                change(record).write(run_folder(config) / "record.json")
            return 0

        monkeypatch.setattr(verification, "reproduce", reproduce)
        return asked

    return install


def test_volatile_fields_and_the_source_may_differ(make_record: Make) -> None:
    record = make_record()
    fresh = dataclasses.replace(record, seconds={"total": 1.0}, revision="abc", finished="")
    assert compare(record, fresh).problem == ""
    assert compare(record, fresh).same_place


def test_on_the_same_place_every_digit_counts(make_record: Make) -> None:
    record = make_record()
    assert compare(record, moved(record, 1e-9)).problem == "differs: series, scores"


@pytest.mark.parametrize("name", ["torch", "cpu", "kernels", "numpy", "threads"])
def test_elsewhere_a_tolerance_counts(make_record: Make, name: str) -> None:
    record = make_record()
    near = moved(record, 0.1, environment=elsewhere(record, name))
    assert compare(record, near).problem == ""
    assert not compare(record, near).same_place
    far = moved(record, -0.3, environment=elsewhere(record, name))
    assert compare(record, far).problem.startswith("mAP -30.0, tolerance ")


def test_elsewhere_the_first_clusters_must_be_about_as_many(make_record: Make) -> None:
    record = make_record()
    counts = [int(c) for c in record.series["clusters"] if c is not None]
    series = {**record.series, "clusters": [counts[0] * 2, *counts[1:]]}
    fresh = dataclasses.replace(record, series=series, environment=elsewhere(record))
    assert "clusters at first, not" in compare(record, fresh).problem


def test_named_runs_are_repeated_with_their_settings(published: Path, repeat: Any) -> None:
    asked = repeat()
    assert verify(published, ["aac-seed1", "aac-seed2"]) == 0
    assert asked == [Config.preset("pedestrians", method="aac", seed=seed) for seed in (1, 2)]


def test_a_cell_of_an_ablation_is_repeated_with_its_settings(make_record: Make) -> None:
    config = make_record(seed=3, delta=10, start_epoch=4).config
    assert grid_configs(**verification._settings([config])) == [config]


def test_a_sample_is_drawn(published: Path, repeat: Any) -> None:
    asked = repeat()
    assert verify(published, sample=2, seed=1) == 0
    first = list(asked)
    assert len({c.seed for c in first}) == 2
    asked.clear()
    assert verify(published, sample=9) == 0
    assert len(asked) == 3


def test_a_difference_fails_and_names_the_run(
    published: Path, repeat: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    repeat(lambda record: moved(record, 0.01))
    assert verify(published, ["aac-seed1"]) == 1
    text = capsys.readouterr().out
    assert "differs: series, scores" in text
    assert text.strip().endswith("not verified: aac-seed1")


def test_one_number_changed_by_hand_fails_and_names_the_cell(
    published: Path, repeat: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = repeat()
    path = published / "pedestrians" / "aac-seed2.json"
    path.write_text(path.read_text().replace('"loss": [', '"loss": [0.5, ', 1).replace(
        "30.0", "31.0"))  # fmt: skip
    assert verify(published, ["aac-seed0"]) == 1
    text = capsys.readouterr().out
    assert "pedestrians/aac-seed2.json: changed since it was published" in text
    assert text.strip().endswith("not verified: aac-seed2")
    assert [c.seed for c in asked] == [0]  # the changed record is no record any more

    valid = published / "pedestrians" / "aac-seed1.json"
    valid.write_text(valid.read_text().replace("30.0", "31.0"))
    asked.clear()
    assert verify(published, ["aac-seed0"]) == 1
    assert [c.seed for c in asked] == [0, 1]  # a changed record is repeated too


def test_nothing_of_an_earlier_verification_is_used(published: Path, repeat: Any) -> None:
    repeat()
    assert verify(published, ["aac-seed0"]) == 0
    left = Path(os.environ["AACPY_RUNS"]) / "verify" / "pedestrians" / "aac-seed0" / "record.json"
    assert left.exists()
    assert verify(published, ["aac-seed1"]) == 0
    assert not left.exists()


def test_the_environment_is_put_back(published: Path, repeat: Any) -> None:
    repeat()
    before = dict(os.environ)
    verify(published, ["aac-seed0"])
    assert dict(os.environ) == before


def test_an_unknown_run_is_an_error(published: Path) -> None:
    with pytest.raises(RecordError, match="no published run is named aac-seed9"):
        verify(published, ["aac-seed9"])


def test_bad_input_from_a_shell(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--sample", "0"]) == 2
    assert main(["verify", "--results", str(published / "nowhere")]) == 2
    errors = capsys.readouterr().err
    assert "error: sample must be >= 1, not 0" in errors
    assert "SHA256SUMS: cannot be read" in errors
