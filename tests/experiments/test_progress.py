"""The line that the workflow prints when a run has finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aacpy.experiments.progress import main, progress_line
from aacpy.records import Record


@pytest.fixture
def folders(tmp_path: Path, make_record: Callable[..., Record]) -> list[Path]:
    """Four runs, of which the first two have finished; each takes 30 s."""
    folders = [tmp_path / f"aac-seed{seed}" for seed in range(4)]
    for seed in (0, 1):
        make_record(seed=seed).write(folders[seed] / "record.json")
    return folders


def test_it_says_what_is_done_and_what_is_left(folders: list[Path]) -> None:
    line = progress_line(folders, folders[1], slots=1, overhead=10)
    assert " ".join(line.split()) == "2 of 4 aac seed 1 mAP 70.0 40 s about 2 min left"


def test_runs_side_by_side_share_the_rest(folders: list[Path]) -> None:
    assert "about 1 min left" in progress_line(folders, folders[0], slots=2, overhead=10)


def test_the_last_run_says_so(folders: list[Path]) -> None:
    assert progress_line(folders[:2], folders[1], slots=2, overhead=0).endswith("all runs are done")


def test_changed_settings_are_part_of_the_name(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    make_record(seed=12, delta=7).write(tmp_path / "record.json")
    assert "1 of 1  aac-delta7   seed 12" in progress_line(
        [tmp_path], tmp_path, slots=1, overhead=0
    )


def test_it_runs_from_a_shell(folders: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*map(str, folders), "--done", str(folders[0]), "--slots", "2", "--wall", "42"]
    assert main(arguments) == 0
    assert "42 s" in capsys.readouterr().out


def test_a_missing_record_is_an_error(
    folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*map(str, folders), "--done", str(folders[3])]) == 2
    assert "error: " in capsys.readouterr().err
