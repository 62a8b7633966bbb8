"""The lines that are said as the runs of a grid finish."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from aacpy.experiments import progress
from aacpy.experiments.progress import ProgressWatch, seconds_left
from aacpy.records import Record

Make = Callable[..., Record]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the watch reads; change its one value."""
    now = [1000.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """The directories of four runs."""
    return [tmp_path / f"aac-seed{seed}" for seed in range(4)]


def finish(folder: Path, record: Record) -> None:
    record.write(folder / "record.json")


def await_lines(said: list[str], count: int) -> None:
    """Give the watch up to half a minute to have said so many lines."""
    for _ in range(3000):
        if len(said) >= count:
            return
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("done", "left", "slots", "elapsed", "seconds"),
    [
        (2, 0, 2, 60, 0),  # nothing is left
        (0, 0, 1, 60, 0),
        (1, 3, 1, 60, 100),  # 1.5 runs' work in 60 s, 2.5 are left
        (1, 1, 1, 60, 20),  # a half in 60 s / 1.5
        (2, 2, 2, 60, 20),  # two halves, so that 3 runs' work took 60 s
        (2, 10, 4, 100, 200),
        (3, 2, 8, 40, 10),  # fewer left than slots
        (0, 4, 2, 30, 90),  # none has finished, two are half done
    ],
)
def test_the_rest_takes_as_long_as_what_is_done(
    done: int, left: int, slots: int, elapsed: float, seconds: float
) -> None:
    assert seconds_left(done, left, slots, elapsed) == pytest.approx(seconds, rel=1e-12)


def test_a_line_says_what_is_done_and_what_is_left(
    folders: list[Path], make_record: Make, clock: list[float]
) -> None:
    said: list[str] = []
    watch = ProgressWatch(folders, 1, said.append)
    watch.look()
    assert said == []
    clock[0] += 60
    finish(folders[1], make_record(seed=1))
    watch.look()
    watch.look()
    assert said == ["1 of 4  aac                      seed 1   mAP 70.0    30 s  about 2 min left"]
    clock[0] += 60
    finish(folders[0], make_record(seed=0))
    watch.look()
    assert said[1:] == [
        "2 of 4  aac                      seed 0   mAP 70.0    30 s  about 2 min left"
    ]


def test_minutes_are_rounded_up(folders: list[Path], make_record: Make, clock: list[float]) -> None:
    said: list[str] = []
    watch = ProgressWatch(folders, 1, said.append)
    clock[0] += 36  # 60 s for the 2.5 runs that are left
    finish(folders[0], make_record())
    watch.look()
    assert said[0].endswith("  about 1 min left")
    watch = ProgressWatch(folders, 1, said.append)
    clock[0] += 61  # 1 run's work and a half in 61 s, and one and a half are left
    finish(folders[1], make_record(seed=1))
    watch.look()
    assert said[1].endswith("  about 2 min left")


def test_runs_side_by_side_share_the_rest(
    folders: list[Path], make_record: Make, clock: list[float]
) -> None:
    said: list[str] = []
    watch = ProgressWatch(folders, 3, said.append)
    clock[0] += 100  # 2.5 runs' work; 1.5 are left: one minute
    finish(folders[2], make_record(seed=2))
    watch.look()
    assert said[0].endswith("  about 1 min left")


def test_runs_that_were_done_before_are_counted_and_not_said(
    folders: list[Path], make_record: Make, clock: list[float]
) -> None:
    said: list[str] = []
    for seed in (0, 1):
        finish(folders[seed], make_record(seed=seed))
    watch = ProgressWatch(folders, 1, said.append)
    watch.look()
    assert said == []
    clock[0] += 120  # 1.5 runs' work since then, and half a run is left
    finish(folders[3], make_record(seed=3))
    watch.look()
    assert said == ["3 of 4  aac                      seed 3   mAP 70.0    30 s  about 1 min left"]


def test_the_last_run_says_so(folders: list[Path], make_record: Make, clock: list[float]) -> None:
    said: list[str] = []
    watch = ProgressWatch(folders[:2], 2, said.append)
    clock[0] += 60
    for seed in (0, 1):
        finish(folders[seed], make_record(seed=seed))
    watch.look()
    assert [line.partition("  aac")[0] for line in said] == ["1 of 2", "2 of 2"]
    assert said[1].endswith("  all runs are done")


def test_changed_settings_are_part_of_the_name(
    tmp_path: Path, make_record: Make, clock: list[float]
) -> None:
    said: list[str] = []
    folders = [tmp_path / str(number) for number in range(12)]
    watch = ProgressWatch(folders, 1, said.append)
    finish(folders[7], make_record(seed=12, delta=7))
    watch.look()
    assert said[0].startswith(" 1 of 12  aac-delta7               seed 12  mAP 70.0    30 s  ")


def test_a_record_that_cannot_be_read_is_named_and_the_others_go_on(
    folders: list[Path], make_record: Make, clock: list[float]
) -> None:
    said: list[str] = []
    watch = ProgressWatch(folders, 2, said.append)
    folders[0].mkdir()
    (folders[0] / "record.json").write_text("{")
    finish(folders[1], make_record(seed=1))
    watch.look()
    watch.look()
    assert len(said) == 2
    assert said[0].startswith(f"1 of 4  {folders[0] / 'record.json'}: not a whole JSON record (")
    assert said[1].startswith("2 of 4  aac  ")


def test_runs_are_said_as_they_end(folders: list[Path], make_record: Make) -> None:
    said: list[str] = []
    with ProgressWatch(folders, 2, said.append, interval=0.01):
        finish(folders[3], make_record(seed=3))
        await_lines(said, 1)
        assert len(said) == 1
        folders[1].mkdir()
        (folders[1] / "record.json").write_text("{")
        await_lines(said, 2)
        finish(folders[0], make_record(seed=0))
        await_lines(said, 3)
    assert [line.split("  ")[0] for line in said] == ["1 of 4", "2 of 4", "3 of 4"]
    assert " seed 3  " in said[0]
    assert "not a whole JSON record" in said[1]
    assert " seed 0  " in said[2]


def test_a_run_that_ends_last_of_all_is_still_said(folders: list[Path], make_record: Make) -> None:
    said: list[str] = []
    with ProgressWatch(folders[:1], 1, said.append, interval=600):
        finish(folders[0], make_record(seed=0))
    assert len(said) == 1
    assert said[0].endswith("  all runs are done")


def test_what_fails_inside_is_not_hidden(folders: list[Path], make_record: Make) -> None:
    said: list[str] = []
    with (
        pytest.raises(RuntimeError, match="stop"),
        ProgressWatch(folders, 1, said.append, interval=600),
    ):
        finish(folders[0], make_record(seed=0))
        raise RuntimeError("stop")
    assert len(said) == 1
