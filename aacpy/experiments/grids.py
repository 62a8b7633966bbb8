"""The grids of `experiments.yaml`: from a table's name to the configs of its cells."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

import yaml

from aacpy.config import PRESETS, Config
from aacpy.errors import ConfigError
from aacpy.files import project_root, runs_root
from aacpy.records import run_name

#: Every grid of the file, in its order.
ALL = "all"

#: The tables that `aacpy.tables.TABLES` makes: a grid's own by its name, "cells" of any grid.
TABLE_NAMES = ("table1", "table2", "table3", "cells")


def grid_names(grid: str, path: str | Path | None = None) -> list[str]:
    """The grids that `grid` names: one, several as in "table1 table2", or "all".

    Raises
    ------
    ConfigError
        If the file is missing or misshapen, or one of them is not in it.
    """
    path = _grid_file(path)
    return _names(grid, _read(path)["grids"], path)


def grid_configs(
    grid: str = ALL,
    *,
    preset: str = "pedestrians",
    seeds: Any = None,
    cells: list[dict[str, Any]] | None = None,
    path: str | Path | None = None,
    **overrides: Any,
) -> list[Config]:
    """The configs of one or more grids' cells, seed by seed, each once.

    Parameters
    ----------
    grid : what `grid_names` reads.
    preset : the preset that each cell starts from.
    seeds : one run a cell and seed, see `parse_seeds`; the file's own for the preset where None.
    cells : sets of settings to run instead of the grid's; a listed value makes one cell of each,
        and a cell may name a seed of its own.
    path : the grids' file, `experiments.yaml` at the project's root by default.
    overrides : settings of every cell, under the cell's own.

    Raises
    ------
    ConfigError
        If the file is missing or misshapen, or a grid, setting or value is unknown or bad.
    """
    path = _grid_file(path)
    content = _read(path)
    if preset not in tuple(PRESETS):
        Config.preset(str(preset))  # raises, with the nearest name
    if cells is None:
        grids = content["grids"]
        cells = [
            cell for name in _names(grid, grids, path) for cell in _cells(name, grids[name], path)
        ]
    elif not _is_cells(cells):
        raise ConfigError(f"cells must be a list of sets of settings, not {cells!r}")
    chosen = parse_seeds(_own_seeds(preset, content, path) if seeds is None else seeds)
    plain = Config.preset(preset, **overrides)
    configs = [
        plain.replace(**{"seed": seed, **settings})
        for seed in chosen
        for cell in cells
        for settings in _product(cell, plain.epochs)
    ]
    if not configs:
        raise ConfigError("there is no cell to run: a list of cells or of values is empty")
    return list({run_name(config): config for config in configs}.values())


def table_names(grid: str, path: str | Path | None = None) -> list[str]:
    """The tables to print of grids, of `TABLE_NAMES`; "cells" for a grid without its own."""
    names = [name if name in TABLE_NAMES else "cells" for name in grid_names(grid, path)]
    return list(dict.fromkeys(names))


def run_folder(config: Config) -> Path:
    """Where a run of `config` goes unless its user says otherwise: `runs/PRESET/RUN-NAME`."""
    return runs_root() / config.preset_name / run_name(config)


def parse_seeds(seeds: Any) -> list[int]:
    """Seeds from a list, a number, or text such as "0 1 2" or "0,1,2"; at least one, no repeat.

    Raises
    ------
    ConfigError
        If one of them is no integer from 0.
    """
    return parse_numbers("seeds", seeds)


def parse_numbers(name: str, values: Any) -> list[int]:
    """Integers from 0: a list, a number, or text such as "0 1 2", "0,1,2" or "[0, 1, 2]".

    Raises
    ------
    ConfigError
        If one of them is no integer from 0, or there are none; the message says `name`.
    """
    if not isinstance(values, list | tuple):
        items: list[Any] = str(values).strip("[] ").replace(",", " ").split()
    else:
        items = list(values)
    for item in items:
        if isinstance(item, bool) or not str(item).isdecimal():
            raise ConfigError(f'{name} must be integers from 0, such as "0 1 2", not {item!r}')
    if not items:
        raise ConfigError(f'{name} must name at least one, such as "0 1 2"')
    return list(dict.fromkeys(int(item) for item in items))


def _grid_file(path: str | Path | None) -> Path:
    return project_root() / "experiments.yaml" if path is None else Path(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict) or not isinstance(content.get("grids"), dict):
        raise ConfigError(f"{path}: must hold `grids`, a name and its cells for each")
    return content


def _names(grid: str, known: Mapping[str, Any], path: Path) -> list[str]:
    names = str(grid).replace(",", " ").split()
    if ALL in names:
        return list(known)
    for name in names or [grid]:
        if name not in known:
            raise ConfigError(
                f"grid must be one of {', '.join(known)} or {ALL} (in {path}), not {name!r}"
            )
    return list(dict.fromkeys(names))


def _cells(name: str, grid: Any, path: Path) -> list[dict[str, Any]]:
    cells = grid.get("cells") if isinstance(grid, dict) else None
    if not _is_cells(cells):
        raise ConfigError(f"{path}: grid {name!r} must hold `cells`, a list of settings")
    return cells


def _is_cells(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(cell, dict) for cell in value)


def _own_seeds(preset: str, content: Mapping[str, Any], path: Path) -> Any:
    seeds = content.get("seeds", {})
    if not isinstance(seeds, dict) or seeds.get(preset) in (None, []):
        raise ConfigError(f"{path}: `seeds` must name at least one for the preset {preset}")
    return seeds[preset]


def _product(cell: Mapping[str, Any], epochs: int) -> list[dict[str, Any]]:
    """One set of settings for each combination of the cell's listed values."""
    axes = [_axis(name, value, epochs) for name, value in cell.items()]
    return [dict(zip(cell, values, strict=True)) for values in itertools.product(*axes)]


def _axis(name: str, value: Any, epochs: int) -> list[Any]:
    """A setting's values; those given as epochs of a longer or shorter run are scaled."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    try:
        scale = epochs / value["of"]
        return [round(number * scale) for number in value["values"]]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        text = f"{name}: give epochs as {{values: [...], of: EPOCHS}}, not {value}"
        raise ConfigError(text) from error
