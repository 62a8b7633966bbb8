"""The workflow around Snakemake: its lock, its settings, and the DAG of the Snakefile."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aacpy.errors import RunError
from aacpy.experiments import workflow
from aacpy.experiments.workflow import main, only_workflow, side_by_side
from aacpy.files import project_root


def test_there_is_one_workflow_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "runs" / ".lock"
    with only_workflow(lock):
        lock.write_text("123\n")
        busy = pytest.raises(RunError, match=r"another workflow is at work here \(process 123\)")
        with busy, only_workflow(lock):
            pass
    with only_workflow(lock):
        pass


def test_a_child_that_holds_the_lock_outlives_its_parent_s_hold(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with only_workflow(lock) as descriptor:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor]
        )
    with pytest.raises(RunError), only_workflow(lock):
        pass
    child.communicate(b"\n", timeout=30)
    with only_workflow(lock):
        pass


def test_memory_limits_what_runs_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "MEMORY_OF_RUN", 10**18)
    assert side_by_side() == 1
    monkeypatch.setattr(workflow, "MEMORY_OF_RUN", 1)
    assert side_by_side() >= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "x"], "jobs must be a number from 1, not 'x'"),
        (["--jobs", "0"], "jobs must be a number from 1, not '0'"),
        (["seeds"], "settings are given as NAME=VALUE, not 'seeds'"),
        (["detla=7"], "unknown setting 'detla'; did you mean 'delta'?"),
        (["grid=tabel1"], "grid must be one of table1"),
        (["seeds=a"], "seeds must be integers from 0"),
        (["delta=-1"], "delta must be >= 0, not -1"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert f"error: {message}" in capsys.readouterr().err


def dry_run(folder: Path, *settings: str) -> str:
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "2", "--printshellcmds",
               "--nolock", "--config", *settings]  # fmt: skip
    command += ["--directory", str(folder), "--snakefile", str(project_root() / "Snakefile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_dag_has_a_cell_for_every_run(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "seeds=1001 1002 1003")
    counts = dict(re.findall(r"^(data|cell|table|book) +(\d+)$", text, flags=re.MULTILINE))
    assert counts == {"data": "3", "cell": "12", "table": "1", "book": "1"}
    assert "papermill notebooks/train.ipynb runs/pedestrians/aac-seed1001/train.ipynb" in text


def test_the_dag_of_the_paper_s_preset_renders_nothing(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "preset=paper", "data=somewhere", "seeds=1001")
    counts = dict(re.findall(r"^(data|cell|table|book) +(\d+)$", text, flags=re.MULTILINE))
    assert counts == {"cell": "4", "table": "1", "book": "1"}
    assert "data: somewhere" in text
