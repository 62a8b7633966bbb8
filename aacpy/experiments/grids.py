"""The grids of `experiments.yaml`: from a table's name to the configs of its cells."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any, TypeGuard

from aacpy.config import PRESETS, Config, check_names
from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import ConfigError
from aacpy.experiments.plain_yaml import LARGEST, parse_yaml
from aacpy.field_checks import is_number
from aacpy.files import project_root, read_bounded, runs_root
from aacpy.records import reason, run_name

#: Every grid of the paper's tables, and every one of the studies, in the file's order.
ALL, STUDIES = "all", "studies"

#: The tables that `aacpy.tables.TABLES` makes: a grid's own by its name, "cells" of any grid.
TABLE_NAMES = ("table1", "table2", "table3", "cells")


_MOST_CELLS = 10_000
_MOST_JOBS = 10_000
_SHORTEST, _LONGEST = 1, 10**6  # epochs of a run that values are given for
_MOST_DIGITS = 18  # of a number that is given as text


def grid_names(grid: str, path: str | Path | None = None) -> list[str]:
    """The grids that `grid` names: one, several as in "table1 table2", "all", or "studies".

    Raises
    ------
    ConfigError
        If the file is missing or misshapen, or one of them is not in it.
    """
    path = _grid_file(path)
    return _names(grid, _read(path), path)


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
        known = _known(content)
        cells = [
            cell for name in _names(grid, content, path) for cell in _cells(name, known[name], path)
        ]
    elif not _is_cells(cells):
        raise ConfigError(f"cells must be a list of sets of settings, not {shown(cells)}")
    chosen = parse_seeds(_own_seeds(preset, content, path) if seeds is None else seeds)
    check_names([name for cell in cells for name in cell])
    plain = Config.preset(preset, **overrides)
    axes = [
        {name: _axis(name, value, plain.epochs) for name, value in cell.items()} for cell in cells
    ]
    n_cells = sum(math.prod(map(len, lists.values())) for lists in axes)
    if n_cells == 0:
        raise ConfigError("there is no cell to run: a list of cells or of values is empty")
    if n_cells * len(chosen) > _MOST_CELLS:
        raise ConfigError(
            f"the lists of values make {shown(n_cells * len(chosen))} runs; give shorter ones, "
            f"for at most {_MOST_CELLS:,}"
        )
    configs = [
        plain.replace(**{"seed": seed, **dict(zip(lists, values, strict=True))})
        for seed in chosen
        for lists in axes
        for values in itertools.product(*lists.values())
    ]
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
    if isinstance(values, list | tuple):
        items = list(values)
    else:
        text = values if isinstance(values, str) else shown(values)
        items = text.strip("[] ").replace(",", " ").split()
    for item in items:
        if not _is_number_from_zero(item):
            raise ConfigError(f'{name} must be integers from 0, such as "0 1 2", not {shown(item)}')
    if not items:
        raise ConfigError(f'{name} must name at least one, such as "0 1 2"')
    return list(dict.fromkeys(int(item) for item in items))


def parse_jobs(jobs: Any) -> int:
    """How many runs side by side are asked for: a number, or a text of one.

    Raises
    ------
    ConfigError
        If it is neither, or out of range.
    """
    if not _is_number_from_zero(jobs) or not 1 <= int(jobs) <= _MOST_JOBS:
        raise ConfigError(
            f"jobs must be a number from 1, not {shown(jobs)} (at most {_MOST_JOBS:,})"
        )
    return int(jobs)


def _is_number_from_zero(item: Any) -> bool:
    if isinstance(item, str):
        return item.isdecimal() and len(item) <= _MOST_DIGITS
    is_whole = isinstance(item, Integral) and not isinstance(item, bool)
    return is_whole and 0 <= int(item) < 10**_MOST_DIGITS


def _grid_file(path: str | Path | None) -> Path:
    return project_root() / "experiments.yaml" if path is None else Path(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = read_bounded(path, LARGEST)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{printable(path)}: cannot be read ({reason(error)})") from error
    try:
        content = parse_yaml(text.decode())
    except ValueError as error:
        raise ConfigError(f"{printable(path)}: not YAML ({error}). Correct the file") from error
    for part in ("grids", STUDIES):
        if not isinstance(content, dict) or not isinstance(content.setdefault(part, {}), dict):
            raise ConfigError(f"{path}: must hold `{part}`, a name and its cells for each")
    if not content["grids"]:
        raise ConfigError(f"{path}: must hold `grids`, a name and its cells for each")
    found: dict[str, Any] = content
    return found


def _known(content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content["grids"], **content[STUDIES]}


def _names(grid: str, content: Mapping[str, Any], path: Path) -> list[str]:
    known = _known(content)
    several = {ALL: list(content["grids"]), STUDIES: list(content[STUDIES])}
    names: list[str] = []
    for name in str(grid).replace(",", " ").split() or [grid]:
        if name not in known and name not in several:
            raise ConfigError(
                f"grid must be one of {', '.join(known)}, {ALL} or {STUDIES} (in {path}), "
                f"not {shown(name)}"
            )
        names += several.get(name, [name])
    if not several.keys().isdisjoint(str(grid).replace(",", " ").split()):
        names = [name for name in known if name in names]  # in the file's order
    return list(dict.fromkeys(names))


def _cells(name: str, grid: Any, path: Path) -> list[dict[str, Any]]:
    cells = grid.get("cells") if isinstance(grid, dict) else None
    if not _is_cells(cells):
        raise ConfigError(f"{path}: grid {shown(name)} must hold `cells`, a list of settings")
    return cells


def _is_cells(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(cell, dict) for cell in value)


def _own_seeds(preset: str, content: Mapping[str, Any], path: Path) -> Any:
    seeds = content.get("seeds", {})
    if not isinstance(seeds, dict) or seeds.get(preset) in (None, []):
        raise ConfigError(f"{path}: `seeds` must name at least one for the preset {preset}")
    return seeds[preset]


def _axis(name: str, value: Any, epochs: int) -> list[Any]:
    """A setting's values; those given as epochs of a longer or shorter run are scaled."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    numbers, of = value.get("values"), value.get("of", 0)
    if (
        set(value) != {"values", "of"}
        or not isinstance(numbers, list)
        or not all(is_number(number) for number in [*numbers, of])
        or not _SHORTEST <= of <= _LONGEST
        or not all(abs(number) <= _LONGEST for number in numbers)
    ):
        text = f"{name}: give epochs as {{values: [...], of: EPOCHS}}, not {shown(value)}"
        raise ConfigError(text)
    return [round(number * (epochs / of)) for number in numbers]
