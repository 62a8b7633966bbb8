"""Grids: from a table's name to the configs of its cells."""

from __future__ import annotations

import math
import os
import re
import time
from pathlib import Path

import pytest

from aacpy import tables
from aacpy.config import METHODS, PRESETS, Config
from aacpy.errors import ConfigError
from aacpy.experiments.grids import (
    TABLE_NAMES,
    grid_configs,
    grid_names,
    parse_jobs,
    parse_numbers,
    parse_seeds,
    run_folder,
    table_names,
)
from aacpy.experiments.plain_yaml import LARGEST
from aacpy.files import project_root
from aacpy.records import run_name

#: The seeds of each preset in `experiments.yaml`.
SEEDS = {"pedestrians": [0, 1, 2, 3, 4], "paper": [0]}


@pytest.fixture
def grid_file(tmp_path: Path) -> Path:
    path = tmp_path / "experiments.yaml"
    path.write_text(
        "seeds: {pedestrians: [0, 3], paper: 7}\n"
        "grids:\n"
        "  small:\n"
        "    cells:\n"
        "      - {method: baseline}\n"
        "      - {method: aac, delta: [4, 5], start_epoch: [0, 2]}\n"
        "  late:\n"
        "    cells:\n"
        "      - {method: aac, delta: 4, start_epoch: {values: [0, 10, 13], of: 60}}\n"
        "  table3: {cells: [{method: aac, delta: 5}]}\n"
    )
    return path


def settings(configs: list[Config], *names: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(config, name) for name in names) for config in configs]


def says(message: str) -> str:
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize("preset", PRESETS)
def test_table1_holds_every_method_once_a_seed_and_changes_nothing_else(preset: str) -> None:
    assert grid_configs("table1", preset=preset) == [
        Config.preset(preset, method=method, seed=seed)
        for seed in SEEDS[preset]
        for method in METHODS
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_table2_holds_the_paper_s_first_epochs_at_its_threshold(preset: str) -> None:
    reported = [row["start_epoch"] for row in tables.reported()["table2"]["rows"]]
    assert reported == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    starts = reported if preset == "paper" else [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert grid_configs("table2", preset=preset, seeds=[0]) == [
        Config.preset(preset, method="aac", delta=10, start_epoch=start) for start in starts
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_table3_holds_the_paper_s_thresholds_and_more(preset: str) -> None:
    reported = [row["delta"] for row in tables.reported()["table3"]["rows"]]
    assert reported == [4, 5, 6, 7, 8, 9, 10]
    assert grid_configs("table3", preset=preset, seeds=[0]) == [
        *(Config.preset(preset, delta=delta) for delta in [0, 1, 2, 3, *reported, 15, 20]),
        Config.preset(preset, method="baseline"),
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_all_grids_together_run_a_cell_that_several_hold_once(preset: str) -> None:
    apart = [grid_configs(f"table{n}", preset=preset, seeds=[0]) for n in (1, 2, 3)]
    assert [len(configs) for configs in apart] == [4, 9, 14]
    together = grid_configs("all", preset=preset, seeds=[0])
    # AAC as it is, AAC with delta 10 and the baseline stand in two grids each
    assert len(together) == len({run_name(config) for config in together}) == 24
    assert set(together) == {config for configs in apart for config in configs}
    every = grid_configs(preset=preset)
    assert every == [config.replace(seed=seed) for seed in SEEDS[preset] for config in together]
    assert len(every) == 24 * len(SEEDS[preset])


def test_lists_make_one_cell_of_each_combination(grid_file: Path) -> None:
    configs = grid_configs("small", path=grid_file)
    cells = [("baseline", 5, 0), *(("aac", d, s) for d in (4, 5) for s in (0, 2))]
    assert settings(configs, "seed", "method", "delta", "start_epoch") == [
        (seed, *cell) for seed in (0, 3) for cell in cells
    ]


def test_epochs_are_scaled_to_the_run_s_and_rounded(grid_file: Path) -> None:
    def starts(**overrides: int) -> list[tuple[object, ...]]:
        configs = grid_configs("late", path=grid_file, seeds=0, **overrides)
        return settings(configs, "start_epoch")

    assert starts() == [(0,), (2,), (3,)]  # 12 epochs: 0, 2 and 2.6
    assert starts(epochs=60) == [(0,), (10,), (13,)]
    assert starts(epochs=3) == [(0,), (1,)]  # 0, 0.5 (to the even 0, once) and 0.65
    assert starts(epochs=120) == [(0,), (20,), (26,)]


def test_seeds_are_the_preset_s_unless_given(grid_file: Path) -> None:
    def seeds(**options: object) -> list[int]:
        return [c.seed for c in grid_configs("table3", path=grid_file, **options)]

    assert seeds() == seeds(preset="pedestrians") == [0, 3]
    assert seeds(preset="paper") == [7]
    assert seeds(preset="paper", seeds="1 2") == seeds(seeds=[1, 2]) == [1, 2]


def test_a_preset_may_have_the_seed_0_alone(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text("{seeds: {pedestrians: 0}, grids: {a: {cells: [{}]}}}")
    assert [c.seed for c in grid_configs("a", path=path)] == [0]


def test_a_cell_s_own_setting_stands_over_the_common_one(grid_file: Path) -> None:
    configs = grid_configs("small", path=grid_file, seeds="1", delta=9)
    assert [c.delta for c in configs] == [9, 4, 4, 5, 5]


def test_cells_may_be_given_instead_of_a_grid(grid_file: Path) -> None:
    cells = [{"method": "supervised"}, {"delta": [6, 7], "k1": 25}]
    configs = grid_configs(cells=cells, preset="paper", path=grid_file, k2=4)
    assert configs == [
        Config.preset("paper", method="supervised", seed=7, k2=4),
        Config.preset("paper", delta=6, k1=25, seed=7, k2=4),
        Config.preset("paper", delta=7, k1=25, seed=7, k2=4),
    ]


def test_a_cell_may_name_its_own_seed(grid_file: Path) -> None:
    cells = [{"method": "aac", "seed": [8, 9]}, {"method": "baseline"}]
    configs = grid_configs(cells=cells, seeds="0 1", path=grid_file)
    assert [run_name(c) for c in configs] == [
        "aac-seed8", "aac-seed9", "baseline-seed0", "baseline-seed1",
    ]  # fmt: skip


def test_given_cells_need_no_grid_of_the_file(grid_file: Path) -> None:
    (config,) = grid_configs("unheard-of", cells=[{}], seeds=2, path=grid_file)
    assert config == Config.preset("pedestrians", seed=2)


def test_the_same_cell_twice_runs_once(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(
        "grids: {a: {cells: [{delta: [5, 6]}, {delta: 5}]}, b: {cells: [{delta: [7, 6]}]}}\n"
    )
    assert [c.delta for c in grid_configs("a", path=path, seeds=[0])] == [5, 6]
    assert [c.delta for c in grid_configs("a b", path=path, seeds=[0])] == [5, 6, 7]
    assert [c.delta for c in grid_configs("b a", path=path, seeds=[0])] == [7, 6, 5]


@pytest.mark.parametrize(
    ("grid", "names"),
    [
        ("small", ["small"]),
        ("late small", ["late", "small"]),
        ("late,small", ["late", "small"]),
        (" small,  late ,small", ["small", "late"]),
        ("all", ["small", "late", "table3"]),
        ("late all", ["small", "late", "table3"]),
    ],
)
def test_grids_are_named_alone_or_together(grid_file: Path, grid: str, names: list[str]) -> None:
    assert grid_names(grid, grid_file) == names


def test_studies_are_grids_of_their_own(grid_file: Path) -> None:
    assert grid_names("studies", grid_file) == []
    text = "studies:\n  late_noise: {cells: [{method: aac, attribute_error: [0, 0.1]}]}\n"
    grid_file.write_text(grid_file.read_text() + text)
    assert grid_names("all", grid_file) == ["small", "late", "table3"]
    assert grid_names("studies", grid_file) == ["late_noise"]
    assert grid_names("studies small", grid_file) == ["small", "late_noise"]
    assert table_names("late_noise", grid_file) == ["cells"]
    configs = grid_configs("late_noise", path=grid_file, seeds=[0])
    assert [c.attribute_error for c in configs] == [0, 0.1]


@pytest.mark.parametrize("text", ["studies: 3\n", "studies: [a]\n"])
def test_misshapen_studies_are_told(grid_file: Path, text: str) -> None:
    grid_file.write_text(grid_file.read_text() + text)
    with pytest.raises(ConfigError, match="must hold `studies`, a name and its cells for each"):
        grid_names("small", grid_file)


def test_a_study_has_few_enough_runs_for_three_hours() -> None:
    runs = grid_configs("studies")
    seeds = {config.seed for config in runs}
    assert len(seeds) >= 5
    assert len(runs) * 27 / 2 < 3 * 3600  # half a minute a run at most, two side by side


@pytest.mark.parametrize(
    ("grid", "unknown"),
    [("smal", "smal"), ("small tabel3", "tabel3"), ("", "")],
)
def test_an_unknown_grid_is_named(grid_file: Path, grid: str, unknown: str) -> None:
    message = says(
        f"grid must be one of small, late, table3, all or studies (in {grid_file}), not {unknown!r}"
    )
    for read in (grid_names, table_names):
        with pytest.raises(ConfigError, match=message):
            read(grid, grid_file)
    with pytest.raises(ConfigError, match=message):
        grid_configs(grid, path=grid_file)


def test_a_grid_has_the_table_of_its_name_or_the_cells(grid_file: Path) -> None:
    assert table_names("table3", grid_file) == ["table3"]
    assert table_names("small", grid_file) == ["cells"]
    assert table_names("small table3 late", grid_file) == ["cells", "table3"]
    assert table_names("all", grid_file) == ["cells", "table3"]
    assert table_names("all") == ["table1", "table2", "table3"]


def test_every_table_that_a_grid_asks_for_is_there() -> None:
    assert set(tables.TABLES) == set(TABLE_NAMES)


def test_an_unknown_preset_is_named() -> None:
    message = "preset must be one of paper, pedestrians, not 'papr'; did you mean 'paper'?"
    with pytest.raises(ConfigError, match=says(message)):
        grid_configs("table1", preset="papr")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("{detla: 3}", "unknown setting 'detla'; did you mean 'delta'?"),
        ("{delta: [3, -1]}", "delta must be >= 0, not -1"),
        ("{delta: x}", "delta must be int, not 'x' (str)"),
        ("{start_epoch: {values: [-5], of: 60}}", "start_epoch must be >= 0, not -1"),
    ],
)
def test_a_bad_setting_of_a_cell_is_named(tmp_path: Path, cell: str, message: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(f"grids: {{a: {{cells: [{cell}]}}}}\n")
    with pytest.raises(ConfigError, match=says(message)):
        grid_configs("a", path=path, seeds=0)


@pytest.mark.parametrize(
    "value",
    [
        {"values": [0, 5]},
        {"of": 60},
        {"values": 5, "of": 60},
        {"values": ["late"], "of": 60},
        {"values": [0, 5], "of": 0},
        {"values": [0, 5], "of": "60"},
        {"values": [0, 5], "of": math.nan},
        {"values": [0, 5], "of": 5e-324},
        {"value": [0, 5], "of": 60},
        {},
    ],
)
def test_epochs_in_another_form_are_refused(value: dict[str, object]) -> None:
    message = says(f"start_epoch: give epochs as {{values: [...], of: EPOCHS}}, not {value}")
    with pytest.raises(ConfigError, match=message):
        grid_configs(cells=[{"start_epoch": value}], seeds=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeds: [0]", "must hold `grids`, a name and its cells for each"),
        ("grids: [a]", "must hold `grids`, a name and its cells for each"),
        ("- 1", "must hold `grids`, a name and its cells for each"),
        ("", "must hold `grids`, a name and its cells for each"),
        ("grids: {a: {cells: 3}}", "grid 'a' must hold `cells`, a list of settings"),
        ("grids: {a: {cells: [3]}}", "grid 'a' must hold `cells`, a list of settings"),
        ("grids: {a: {}}", "grid 'a' must hold `cells`, a list of settings"),
        ("grids: {a: }", "grid 'a' must hold `cells`, a list of settings"),
        *(
            (
                f"{{grids: {{a: {{cells: []}}}}{seeds}}}",
                "`seeds` must name at least one for the preset pedestrians",
            )
            for seeds in (
                "",
                ", seeds: ",
                ", seeds: [0, 1]",
                ", seeds: {paper: [0]}",
                ", seeds: {pedestrians: []}",
            )
        ),
    ],
)
def test_a_misshapen_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says(f"{path}: {message}")):
        grid_configs("a", path=path)


@pytest.mark.parametrize("content", [b"grids: [1", b"grids: \xff"])
def test_a_file_that_is_no_yaml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_bytes(content)
    with pytest.raises(
        ConfigError, match=f"^{re.escape(str(path))}: not YAML \\(.+\\)\\. Correct the file$"
    ):
        grid_configs("a", path=path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    message = says(f"{path}: cannot be read (No such file or directory)")
    for read in (grid_names, table_names):
        with pytest.raises(ConfigError, match=message):
            read("table1", path)
    with pytest.raises(ConfigError, match=message):
        grid_configs("table1", path=path)


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ("0 1 2", [0, 1, 2]),
        ("4,2", [4, 2]),
        ("[4, 5, 6]", [4, 5, 6]),
        ("[4]", [4]),
        (" 1,  2 ", [1, 2]),
        (3, [3]),
        ("3", [3]),
        ([5, 5, 1], [5, 1]),
        (["07", 7, "8"], [7, 8]),
        ((2, 0), [2, 0]),
    ],
)
def test_numbers_are_read(given: object, numbers: list[int]) -> None:
    assert parse_numbers("delta", given) == numbers
    assert parse_seeds(given) == numbers


@pytest.mark.parametrize(
    ("given", "item"),
    [
        ("0 x", "x"),
        ("[4, 5.0]", "5.0"),
        (-1, "-1"),
        ([1.5], 1.5),
        ([0, True], True),
        (True, "True"),
        (1.5, "1.5"),
        (None, "None"),
        ([None], None),
        ([[1]], [1]),
    ],
)
def test_what_is_no_number_is_named(given: object, item: object) -> None:
    with pytest.raises(
        ConfigError, match=says(f'delta must be integers from 0, such as "0 1 2", not {item!r}')
    ):
        parse_numbers("delta", given)
    with pytest.raises(
        ConfigError, match=says(f'seeds must be integers from 0, such as "0 1 2", not {item!r}')
    ):
        parse_seeds(given)


@pytest.mark.parametrize("given", ["", " ", "[]", [], ()])
def test_no_number_at_all_is_refused(given: object) -> None:
    message = says('delta must name at least one, such as "0 1 2"')
    with pytest.raises(ConfigError, match=message):
        parse_numbers("delta", given)


def test_a_run_has_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config.preset("pedestrians", delta=7, seed=1)
    monkeypatch.delenv("AACPY_RUNS", raising=False)
    assert run_folder(config) == project_root() / "runs" / "pedestrians" / "aac-delta7-seed1"
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path))
    assert run_folder(config) == tmp_path / "pedestrians" / "aac-delta7-seed1"
    paper = Config.preset("paper", method="baseline", data="somewhere", device="cpu")
    assert run_folder(paper) == tmp_path / "paper" / "baseline-seed0"


# Hostile files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grids: &a [*a]", "not YAML (line 1: anchors and aliases are not read)"),
        ("grids: !!python/object/apply:os.getcwd []", "not YAML (line 1: the tag"),
        ("grids: {1: {cells: []}}", "not YAML (line 1: the key 1 is no text)"),
        ("grids: {a: {cells: [{seed: " + "9" * 5000 + "}]}}", "not YAML (line 1: '999"),
        ("[" * 60_000, "not YAML (line 1: nested more than 20 levels deep)"),
        ("grids: \0", "not YAML (unacceptable character #x0000"),
        ("#" * (LARGEST + 1), "cannot be read (larger than 65,536 bytes)"),
    ],
)
def test_a_hostile_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        grid_configs("a", path=path)
    assert str(raised.value).startswith(f"{path}: {message}")
    assert len(str(raised.value)) < len(str(path)) + 300


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for hostile, why in (("pipe.yaml", "not a regular file"), ("a\0b", "embedded null byte")):
        with pytest.raises(ConfigError, match=re.escape(f"cannot be read ({why})")):
            grid_configs("a", path=tmp_path / hostile)


def test_too_many_runs_are_refused_before_they_are_made() -> None:
    begin = time.perf_counter()
    lists = {name: list(range(1, 100)) for name in ("delta", "k2", "lr_step", "min_samples")}
    message = says("the lists of values make 96059601 runs; give shorter ones, for at most 10,000")
    with pytest.raises(ConfigError, match=message):
        grid_configs(cells=[lists], seeds=0)
    with pytest.raises(ConfigError, match="make 10001 runs"):
        grid_configs(cells=[{}], seeds=list(range(10_001)))
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize(
    "value",
    [
        {"values": [0], "of": math.inf}, {"values": [0], "of": 10**400},
        {"values": [0], "of": True},
        {"values": [10**400], "of": 60}, {"values": [math.nan], "of": 60}, {"values": {}, "of": 60},
        {"values": [None], "of": 60}, {"values": "01", "of": 60}, {"values": [1], "of": 6, "x": 1},
        {"values": [1e308], "of": 1}, {"values": [1], "of": 0.1}, {"values": [True], "of": 60},
        {"values": [[1]], "of": 60}, {"values": [1], "of": -60},
    ],
)  # fmt: skip
def test_epochs_of_no_run_are_refused(value: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"^start_epoch: give epochs as \{"):
        grid_configs(cells=[{"start_epoch": value}], seeds=0)


@pytest.mark.parametrize(
    "hostile", [["9" * 5000], [10**5000], [[10**5000]], [["9" * 19]], [10**18], [[[0]]]]
)
def test_numbers_that_no_seed_has_are_refused(hostile: list[object]) -> None:
    with pytest.raises(ConfigError, match="seeds must be integers from 0") as raised:
        parse_seeds(hostile[0])
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(("jobs", "parsed"), [("2", 2), (2, 2), ("10000", 10_000)])
def test_jobs(jobs: object, parsed: int) -> None:
    assert parse_jobs(jobs) == parsed


@pytest.mark.parametrize("jobs", ["", "0", "-1", "x", 0, 1.5, True, None, [1], "9" * 5000, 10_001])
def test_jobs_that_nobody_can_run_are_refused(jobs: object) -> None:
    with pytest.raises(ConfigError, match="jobs must be a number from 1, not "):
        parse_jobs(jobs)
