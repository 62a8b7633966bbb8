"""Cells on disk: how they are run, which are stale, which are at work."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from torch import nn, optim

from aacpy.checkpoints import save_checkpoint
from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.experiments import cells, grids
from aacpy.records import Record
from aacpy.runs import open_run

AAC = Config.preset("pedestrians", method="aac", seed=1)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (cells, grids):
        monkeypatch.setattr(module, "project_root", lambda: tmp_path)
    return tmp_path


def test_options_are_what_differs_from_the_preset() -> None:
    config = Config.preset("paper", method="aac", learning_rate=5e-5, data="my data/1e5", seed=2)
    option, text = shlex.split(cells.run_options(config))
    assert option == "-y"
    assert yaml.safe_load(text) == {
        "preset": "paper",
        "method": "aac",
        "seed": 2,
        "learning_rate": 5e-5,
        "data": "my data/1e5",
    }


def test_options_rebuild_the_config() -> None:
    config = Config.preset("pedestrians", method="baseline", eps=0.55, weights=None, delta=0)
    values = yaml.safe_load(shlex.split(cells.run_options(config))[1])
    assert Config.preset(values.pop("preset"), **values) == config


def test_a_rendering_follows_from_the_settings_of_the_data_alone() -> None:
    mine = cells.rendering(Config.preset("pedestrians", seed=3, delta=7))
    assert mine == cells.rendering(Config.preset("pedestrians", seed=3, method="baseline"))
    assert mine != cells.rendering(Config.preset("pedestrians", seed=4))
    assert mine is not None
    assert "--seed 3" in mine.options


def test_a_user_s_data_are_not_rendered() -> None:
    assert cells.rendering(Config.preset("pedestrians", data="somewhere")) is None
    assert cells.rendering(Config.preset("paper")) is None


def test_a_run_of_the_same_settings_is_not_stale(
    root: Path, make_record: Callable[..., Record]
) -> None:
    make_record(seed=1).write(grids.run_folder(AAC) / "record.json")
    cells.check_stale([AAC, AAC.replace(threads=2), AAC.replace(seed=2)])
    assert cells.set_stale_aside([AAC]) == []
    assert grids.run_folder(AAC).is_dir()


def test_a_stale_run_is_named_and_set_aside(root: Path, make_record: Callable[..., Record]) -> None:
    folder = grids.run_folder(AAC)
    make_record(seed=1, momentum=0.25).write(folder / "record.json")
    with pytest.raises(RunError, match=r"aac-seed1 \(momentum 0.25 -> 0.5\)"):
        cells.check_stale([AAC])
    (line,) = cells.set_stale_aside([AAC])
    assert line.startswith("stale: aac-seed1 (momentum 0.25 -> 0.5)")
    assert not folder.exists()
    assert len(list((root / "runs" / "stale").glob("aac-seed1-*/record.json"))) == 1


def test_a_damaged_record_is_set_aside(root: Path) -> None:
    folder = grids.run_folder(AAC)
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{")
    assert len(cells.set_stale_aside([AAC])) == 1
    assert not folder.exists()


def test_without_a_record_the_checkpoint_decides(root: Path) -> None:
    folder, net = grids.run_folder(AAC), nn.Linear(1, 1)
    folder.mkdir(parents=True)
    state = {"config": AAC.replace(k1=12).to_dict()}
    save_checkpoint(folder / "checkpoint.safetensors", net, optim.Adam(net.parameters()), state)
    cells.check_stale([AAC])
    assert cells.stale_settings(AAC, folder) == ["k1 12 -> 20"]
    assert len(cells.set_stale_aside([AAC])) == 1


def test_a_run_at_work_is_waited_for(root: Path) -> None:
    folder, said = grids.run_folder(AAC), []
    with open_run(folder, AAC):
        waiting = threading.Thread(
            target=cells.wait_for_runs, args=([folder], said.append), kwargs={"interval": 0.01}
        )
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(5)
    assert not waiting.is_alive()
    assert said == ["waiting for aac-seed1, which an earlier workflow left running"]


def test_a_run_that_nobody_is_at_is_not_waited_for(root: Path) -> None:
    folder, said = grids.run_folder(AAC), []
    cells.wait_for_runs([folder], said.append)
    with open_run(folder, AAC):
        pass
    cells.wait_for_runs([folder], said.append)
    assert said == []
