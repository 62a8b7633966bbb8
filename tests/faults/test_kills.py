"""Runs stopped at random moments of every phase end with the undisturbed run's record, in short."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

from aacpy.config import Config
from faults.kills import TARGETS, Undisturbed, draw_kills, run_undisturbed, try_kills
from faults.sandbox import Sandbox


@pytest.fixture(scope="module")
def undisturbed(
    tiny_market: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Config, Undisturbed]:
    """A run on the tiny dataset, and its config."""
    config = Config.preset(
        "pedestrians", data=str(tiny_market), height=32, width=16, epochs=3, iterations=4,
        batch_size=16, instances=4, k1=6, k2=2, delta=2, warmup_batches=4, lr_step=2, pad=2,
    )  # fmt: skip
    return config, run_undisturbed(config, tmp_path_factory.mktemp("undisturbed"), anew=False)


def test_kills_are_drawn_evenly_and_the_same_for_a_seed() -> None:
    moments = {"start": [1.0], "step": [1.0, 2.0], "record": [0.1]}
    kills = draw_kills(60, moments, seed=1)
    assert kills == draw_kills(60, moments, seed=1) != draw_kills(60, moments, seed=2)
    assert Counter(kill.phase for kill in kills) == {"start": 20, "step": 20, "record": 20}
    assert {kill.occurrence for kill in kills if kill.phase == "step"} == {0, 1}
    assert Counter(kill.signal for kill in kills) == {"SIGKILL": 54, "SIGTERM": 6}
    assert all(0 <= kill.moment < 1 for kill in kills)


def test_stopped_runs_end_with_the_undisturbed_record(
    undisturbed: tuple[Config, Undisturbed],
) -> None:
    config, ours = undisturbed
    phases = set(TARGETS) - {"render"}  # the data are there
    assert set(ours.moments) == phases
    kills = draw_kills(len(phases), ours.moments, seed=0)
    outcomes = try_kills(kills, config, ours, whole_every=0)
    assert [outcome.problems for outcome in outcomes] == [()] * len(kills)
    # A kill that comes late finds the run at its end.
    assert Counter(o.status for o in outcomes)[-signal.SIGKILL] >= len(phases) - 2


def test_a_record_that_differs_is_a_problem(undisturbed: tuple[Config, Undisturbed]) -> None:
    config, ours = undisturbed
    kills = draw_kills(1, ours.moments, seed=0)
    (outcome,) = try_kills(kills, config.replace(delta=3), ours, whole_every=1)
    assert any(p.startswith("the record differs: config") for p in outcome.problems)


def test_what_a_run_does_beside_its_directory_is_seen(tmp_path: Path, tiny_market: Path) -> None:
    config = Config.preset("pedestrians", data=str(tiny_market))
    sandbox = Sandbox(tmp_path, config, tmp_path / "shared")
    before = sandbox.surroundings()
    (tmp_path / "home" / "stray").write_text("x")
    assert sandbox.surroundings() != before


def test_sigterm_stops_a_run_with_a_word(
    undisturbed: tuple[Config, Undisturbed], tmp_path: Path
) -> None:
    config, ours = undisturbed
    sandbox = Sandbox(tmp_path, config, ours.data, anew=False)
    victim = sandbox.start()
    assert victim.reach("step", 1)
    status, _ = victim.stop(signal.SIGTERM, 0)
    assert status == 130
    assert sandbox.output == "stopped; what was finished is kept, and the same command goes on\n"
    assert [path.name for path in sandbox.run.glob("*.tmp")] == []
