"""What a notebook is asked to run: from papermill's parameters to configs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aacpy.config import Config, check_names, describe
from aacpy.config_values import shown
from aacpy.errors import ConfigError, RunError
from aacpy.experiments.grids import grid_configs, parse_jobs, parse_numbers, run_folder
from aacpy.records import Record

#: Names that IPython puts into a notebook's namespace.
_IPYTHON = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})

#: Settings for which None is a value of its own; for all others it means the preset's.
_NONE_IS_A_VALUE = frozenset(name for name, kind, _, _ in describe() if "none" in kind)


class Parameters(NamedTuple):
    """What a notebook is asked to run, and where."""

    config: Config
    run_dir: Path


def parameters(namespace: Mapping[str, Any]) -> Parameters:
    """The config and the run directory that a notebook's parameters ask for.

    Parameters
    ----------
    namespace : the notebook's `globals()` after its first cell, into which papermill puts what
        `-p NAME VALUE` says. Every public name with a plain value is a parameter: `preset`,
        `run_dir` or a field of `Config`. None stands for the preset's own value, and for
        `run_dir` for `runs/PRESET/NAME-OF-RUN`.

    Raises
    ------
    ConfigError
        If a parameter is unknown, with the nearest name there is, or its value is bad.
    """
    given, extra = _given(namespace, ("preset", "run_dir"))
    config = Config.preset(extra["preset"] or "pedestrians", **given)
    run_dir = extra["run_dir"]
    if run_dir is not None and (not isinstance(run_dir, str | Path) or "\0" in str(run_dir)):
        raise ConfigError(f"run_dir must be a path or None, not {shown(run_dir)}")
    return Parameters(config, run_folder(config) if run_dir is None else Path(run_dir))


class Ablation(NamedTuple):
    """The cells that an ablation compares.

    Attributes
    ----------
    configs : one a cell and seed.
    settings : the same for the workflow, see the Snakefile.
    jobs : runs side by side; as many as the machine takes where None.
    """

    configs: list[Config]
    settings: dict[str, Any]
    jobs: int | None

    @property
    def missing(self) -> list[Config]:
        """The configs whose run has not finished."""
        return [c for c in self.configs if not (run_folder(c) / "record.json").exists()]

    def run(self) -> list[Record]:
        """Bring the missing runs about through the workflow; return the records of all.

        Raises
        ------
        RunError
            If a run failed, another workflow is at work, or a GPU is missing.
        """
        from aacpy.experiments.workflow import reproduce

        if reproduce(self.settings, jobs=self.jobs, target="records"):
            raise RunError("not all runs finished; the lines above say why")
        return [Record.read(run_folder(config) / "record.json") for config in self.configs]


def ablation(namespace: Mapping[str, Any], axis: str) -> Ablation:
    """The ablation that a notebook's parameters ask for.

    Parameters
    ----------
    namespace : as in `parameters`; beside `preset` and fields of `Config` there are `seeds`,
        `jobs` and the axis' values, `deltas` or `start_epochs`: lists, or text such as
        "[4, 5, 6]", which is how papermill passes them.
    axis : "delta", beside runs that never split, or "start_epoch".

    Raises
    ------
    ConfigError
        If a parameter is unknown, with the nearest name there is, or its value is bad.
    """
    plural = f"{axis}s"
    given, extra = _given(namespace, ("preset", "seeds", "jobs", plural))
    if axis in given or "method" in given:
        name = "method" if "method" in given else axis
        raise ConfigError(f"{name} is what this notebook varies; give {plural} instead")
    cells = [{"method": "aac", axis: parse_numbers(plural, extra[plural])}]
    if axis == "delta":
        cells.append({"method": "baseline"})
    settings = {"preset": extra["preset"] or "pedestrians", "cells": cells, **given}
    if extra["seeds"] is not None:
        settings["seeds"] = parse_numbers("seeds", extra["seeds"])
    jobs = None if extra["jobs"] is None else parse_jobs(extra["jobs"])
    return Ablation(grid_configs(**settings), settings, jobs)


def _given(
    namespace: Mapping[str, Any], extra: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A notebook's parameters: fields of `Config` that are set, and the `extra` ones or None."""
    given = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in _IPYTHON and _is_plain(value)
    }
    check_names(given, extra=extra)
    others = {name: given.pop(name, None) for name in extra}
    return {k: v for k, v in given.items() if v is not None or k in _NONE_IS_A_VALUE}, others


def _is_plain(value: object) -> bool:
    """Whether `value` can have come from papermill or a parameters cell, unlike a module."""
    return value is None or isinstance(value, bool | int | float | str | list | dict | Path)
