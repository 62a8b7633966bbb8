"""Grids: from a table's name to the configs of its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacpy.config import METHODS, Config
from aacpy.errors import ConfigError
from aacpy.experiments.grids import grid_configs, parse_seeds, run_folder
from aacpy.files import project_root


@pytest.fixture
def grid_file(tmp_path: Path) -> Path:
    path = tmp_path / "experiments.yaml"
    path.write_text(
        "seeds: [0, 3]\n"
        "grids:\n"
        "  small:\n"
        "    cells:\n"
        "      - {method: baseline}\n"
        "      - {method: aac, delta: [4, 5], start_epoch: [0, 2]}\n"
        "  misshapen: {cells: 3}\n"
        "  unknown: {cells: [{detla: 3}]}\n"
    )
    return path


def test_table1_holds_every_method_once_a_seed() -> None:
    configs = grid_configs("table1")
    seeds = sorted({c.seed for c in configs})
    assert len(seeds) >= 5
    assert [(c.seed, c.method) for c in configs] == [(s, m) for s in seeds for m in METHODS]
    assert {c.preset_name for c in configs} == {"pedestrians"}


def test_table1_differs_from_the_preset_in_nothing_but_method_and_seed() -> None:
    for config in grid_configs("table1", seeds=[7]):
        assert config == Config.preset("pedestrians", method=config.method, seed=7)


def test_lists_make_one_cell_of_each_combination(grid_file: Path) -> None:
    configs = grid_configs("small", path=grid_file)
    assert [(c.seed, c.method, c.delta, c.start_epoch) for c in configs[:5]] == [
        (0, "baseline", 5, 0),
        (0, "aac", 4, 0),
        (0, "aac", 4, 2),
        (0, "aac", 5, 0),
        (0, "aac", 5, 2),
    ]
    assert [c.seed for c in configs] == [0] * 5 + [3] * 5


def test_a_cell_s_own_setting_stands_over_the_common_one(grid_file: Path) -> None:
    configs = grid_configs("small", path=grid_file, seeds="1", delta=9)
    assert [c.delta for c in configs] == [9, 4, 4, 5, 5]


def test_the_same_cell_twice_runs_once(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text("grids: {twice: {cells: [{delta: [5, 6]}, {delta: 5}]}}\n")
    assert [c.delta for c in grid_configs("twice", path=path, seeds=[0])] == [5, 6]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("smal", r"grid must be one of small, misshapen, unknown .*, not 'smal'"),
        ("misshapen", r"experiments.yaml: grid 'misshapen' must hold `cells`"),
        ("unknown", r"unknown setting 'detla'; did you mean 'delta'\?"),
    ],
)
def test_bad_grids_are_named(grid_file: Path, grid: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        grid_configs(grid, path=grid_file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grids: [1", "not YAML"),
        ("seeds: [0]", "must hold `grids`"),
        ("- 1", "must hold `grids`"),
        ("grids: {a: {cells: []}}", "seeds must name at least one"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        grid_configs("a", path=path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml: cannot be read"):
        grid_configs("table1", path=tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("given", "seeds"),
    [("0 1 2", [0, 1, 2]), ("4,2", [4, 2]), (3, [3]), ([5, 5, 1], [5, 1]), (["07"], [7])],
)
def test_seeds_are_read(given: object, seeds: list[int]) -> None:
    assert parse_seeds(given) == seeds


@pytest.mark.parametrize("given", ["0 x", -1, [1.5], [True], "", []])
def test_bad_seeds_are_refused(given: object) -> None:
    with pytest.raises(ConfigError, match="seeds must"):
        parse_seeds(given)


def test_a_run_has_its_place() -> None:
    folder = run_folder(Config.preset("pedestrians", delta=7, seed=1))
    assert folder == project_root() / "runs" / "pedestrians" / "aac-delta7-seed1"
