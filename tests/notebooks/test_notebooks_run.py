"""Notebooks from a clean kernel, top to bottom, with tiny settings in directories of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aacpy.config import Config
from aacpy.files import project_root
from aacpy.notebook import parameters
from aacpy.records import Record

NOTEBOOKS = project_root() / "notebooks"
SMALL = {"identities": 6, "epochs": 2, "iterations": 2, "warmup_batches": 1}


def papermill(
    folder: Path, *options: str, watched: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the explorer's notebook in batch, or as if somebody watched it in JupyterLab."""
    places = {name: str(folder / name) for name in ("AACPY_DATA", "AACPY_RUNS", "AACPY_RESULTS")}
    environment = {
        k: v for k, v in os.environ.items() if k not in ("JPY_SESSION_NAME", "VSCODE_PID")
    }
    if watched:
        environment["JPY_SESSION_NAME"] = "explorer.ipynb"
    return subprocess.run(
        [sys.executable, "-m", "papermill", "notebooks/explorer.ipynb", str(folder / "OUT.ipynb"),
         "--no-progress-bar", *options],
        cwd=project_root(),
        env={**environment, **places, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def outputs(folder: Path) -> list[dict[str, Any]]:
    executed = json.loads((folder / "OUT.ipynb").read_text(encoding="utf-8"))
    return [o["data"] for cell in executed["cells"] for o in cell.get("outputs", []) if "data" in o]


def test_the_parameters_cell_is_what_it_says() -> None:
    content = json.loads((NOTEBOOKS / "explorer.ipynb").read_text(encoding="utf-8"))
    (cell,) = [c for c in content["cells"] if c["metadata"].get("tags") == ["parameters"]]
    namespace: dict[str, Any] = {}
    exec("".join(cell["source"]), namespace)
    assert parameters(namespace).config == Config.preset("pedestrians", method="baseline")


@pytest.mark.slow
def test_the_explorer_trains_what_is_missing_and_shows_it(tmp_path: Path) -> None:
    options = [text for name, value in SMALL.items() for text in ("-p", name, str(value))]
    done = papermill(tmp_path, "-p", "seed", "3", *options)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("AACPY_RUNS/pedestrians/*/record.json")
    assert Record.read(path).config == Config.preset(
        "pedestrians", method="baseline", seed=3, **SMALL
    )
    shown = outputs(tmp_path)[-1]
    assert "aac-explorer" in "".join(shown["text/html"])  # a page that needs no kernel
    written = path.stat().st_mtime_ns

    done = papermill(tmp_path, "-p", "seed", "3", *options, watched=True)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mtime_ns == written  # found, not trained again
    assert "application/vnd.jupyter.widget-view+json" in outputs(tmp_path)[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-p", "detla", "7"), "unknown setting 'detla'; did you mean 'delta'?"),
        (("-p", "method", "supervised"), "method must be one that clusters"),
    ],
)
def test_the_explorer_refuses_what_it_cannot_show(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    done = papermill(tmp_path, *options)
    assert done.returncode != 0
    assert message in done.stderr
