"""The grids of `experiments.yaml`: from a table's name to the configs of its cells."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from aacpy.config import Config
from aacpy.errors import ConfigError
from aacpy.files import project_root
from aacpy.records import run_name


def grid_configs(
    grid: str,
    *,
    preset: str = "pedestrians",
    seeds: Iterable[int] | None = None,
    path: str | Path | None = None,
    **overrides: Any,
) -> list[Config]:
    """The configs of a grid's cells, seed by seed.

    Parameters
    ----------
    grid : a name under `grids`.
    preset : the preset that each cell starts from.
    seeds : one run a cell and seed; the file's own where None.
    path : the grids' file, `experiments.yaml` at the project's root by default.
    overrides : settings of every cell, under the cell's own.

    Raises
    ------
    ConfigError
        If the file is missing or misshapen, or a grid, setting or value is unknown or bad.
    """
    path = project_root() / "experiments.yaml" if path is None else Path(path)
    content = _read(path)
    grids = content["grids"]
    if grid not in grids:
        raise ConfigError(f"grid must be one of {', '.join(grids)} (in {path}), not {grid!r}")
    cells = grids[grid].get("cells") if isinstance(grids[grid], dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ConfigError(f"{path}: grid {grid!r} must hold `cells`, a list of settings")
    chosen = parse_seeds(content["seeds"] if seeds is None else seeds)
    configs = [
        Config.preset(preset, **{**overrides, **settings, "seed": seed})
        for seed in chosen
        for cell in cells
        for settings in _product(cell)
    ]
    return list({run_name(config): config for config in configs}.values())


def run_folder(config: Config) -> Path:
    """Where a run of `config` goes unless its user says otherwise: `runs/PRESET/RUN-NAME`."""
    return project_root() / "runs" / config.preset_name / run_name(config)


def parse_seeds(seeds: Any) -> list[int]:
    """Seeds from a list, a number, or text such as "0 1 2" or "0,1,2"; at least one, no repeat.

    Raises
    ------
    ConfigError
        If one of them is no integer from 0.
    """
    items = str(seeds).replace(",", " ").split() if isinstance(seeds, int | str) else list(seeds)
    for item in items:
        if isinstance(item, bool) or not str(item).isdecimal():
            raise ConfigError(f'seeds must be integers from 0, such as "0 1 2", not {item!r}')
    if not items:
        raise ConfigError('seeds must name at least one, such as "0 1 2"')
    return list(dict.fromkeys(int(item) for item in items))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict) or not isinstance(content.get("grids"), dict):
        raise ConfigError(f"{path}: must hold `grids`, a name and its cells for each")
    return {"seeds": [], **content}


def _product(cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One set of settings for each combination of the cell's listed values."""
    axes = [v if isinstance(v, list) else [v] for v in cell.values()]
    return [dict(zip(cell, values, strict=True)) for values in itertools.product(*axes)]
