"""Settings: from Python, a shell, a notebook, and the file of grids."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import aacpy.training
from aacpy.__main__ import main
from aacpy.commands import option
from aacpy.config import Config, describe
from aacpy.errors import ConfigError
from aacpy.experiments.grids import grid_configs
from aacpy.experiments.parameters import ablation, parameters
from aacpy.records import run_name
from faults.fuzzing.mutate import ODDITIES, encoded, mutate_bytes, mutate_text
from faults.fuzzing.mutate_json import NASTY, mutate_json
from faults.fuzzing.mutate_yaml import mutate_yaml
from faults.fuzzing.parser import ContradictionError, Parser

_GRIDS = Path("experiments.yaml")
_FIELDS = tuple(field.name for field in fields(Config))
_NAMES = (*_FIELDS, "preset", "unknown setting", "seeds", "deltas", "start_epochs", "run_dir")

#: Values that JSON cannot hold; {"$": n} stands for the n-th.
_EXOTIC: tuple[Any, ...] = (
    np.int64(3), np.float32("nan"), np.array(2), np.array([1, 2]), np.array([]), np.str_("aac"),
    np.bool_(True), Path("x"), b"x", 1j, object(), {1, 2}, (1, 2), int, len, range(3), ...,
    Path("\ud800"), bytearray(3), np.datetime64("nat"), np.zeros((2, 2)),
)  # fmt: skip

_YAML = """\
seeds:
  pedestrians: [0, 1]
  paper: [0]
grids:
  table1:
    title: "Table 1"
    cells:
      - {method: baseline}
      - {method: aac, delta: [4, 5, 6]}
  table2:
    cells:
      - {method: aac, delta: 10, start_epoch: {values: [0, 5, 10], of: 60}}
"""


def _exotic(value: dict[str, Any]) -> Any:
    index = value.get("$")
    return _EXOTIC[index % len(_EXOTIC)] if isinstance(index, int) else value


def _set_some(rng: Random, values: dict[str, Any]) -> dict[str, Any]:
    """Some settings more, or other values of those there are."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        name = rng.choice(_FIELDS) if rng.random() < 0.9 else mutate_text(rng, _FIELDS)
        kind = rng.random()
        value = {"$": rng.randrange(len(_EXOTIC))} if kind < 0.3 else rng.choice(NASTY)
        values[name] = rng.choice((*ODDITIES, 1, 2, 4, 0.5)) if kind > 0.8 else value
    return values


def config_samples() -> list[bytes]:
    """Settings for each way to make a config."""
    whole = Config.preset("pedestrians").to_dict()
    calls = (("preset", {"name": "paper", "seed": 3, "delta": 7}), ("from_dict", whole),
             ("replace", {"k1": 40}))  # fmt: skip
    return [json.dumps(call).encode() for call in calls]


def mutate_config(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Other values, of other types, and other names."""
    if rng.random() < 0.2:
        return encoded(mutate_json(rng, [sample.decode() for sample in samples]))
    way, values = json.loads(rng.choice(samples))
    return json.dumps([way, _set_some(rng, values)]).encode()


def _loaded(sample: bytes) -> Any:
    """The input's JSON; what is none is nothing that Python code could pass."""
    try:
        return json.loads(sample, object_hook=_exotic)
    except (ValueError, RecursionError):
        return None


def read_config(sample: bytes) -> Config | None:
    """Make a config."""
    match _loaded(sample):
        case ["preset", dict() as values]:
            return Config.preset(values.pop("name", "pedestrians"), **values)
        case ["from_dict", values]:
            return Config.from_dict(values)
        case ["replace", dict() as values]:
            return Config.preset("pedestrians").replace(**values)
    return None


def use_config(config: Config | None) -> None:
    """Name the run, and keep the config in a record."""
    if config is None:
        return
    run_name(config)
    if Config.from_dict(json.loads(json.dumps(config.to_dict(), allow_nan=False))) != config:
        raise ContradictionError("the config differs after writing and reading")


def command_samples() -> list[bytes]:
    """Command lines of `aacpy train`."""
    lines = (["--method", "aac", "--delta", "7"], ["--preset", "paper", "--data", "market"],
             ["--weights", "none", "--compile", "false", "--run-dir", "x", "--quiet"],
             ["--learning-rate=1e-3", "--seed=5"])  # fmt: skip
    return [json.dumps(line).encode() for line in lines]


def mutate_command(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Words changed, lost, doubled, and options with odd values."""
    line = json.loads(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 2, 3))):
        at, kind = rng.randint(0, len(line)), rng.randrange(5)
        if kind == 0:
            line[at : at + 1] = [mutate_text(rng, [*line, "--seed"])]
        elif kind == 1:
            line[at : at + 1] = [] if rng.random() < 0.5 else line[at : at + 1] * 2
        else:
            name, kind_of, _, _ = rng.choice(describe())
            text = rng.choice((*ODDITIES, "1", "2", "0.5", "1_0", " 3 ", "+4", "none", kind_of))
            given = option(name) if kind < 4 else mutate_text(rng, [option(name)])
            line[at:at] = [given, text] if rng.random() < 0.6 else [f"{given}={text}"]
    return json.dumps(line).encode()


class _TrainedError(Exception):
    """The command line has become a config."""


def _train(config: Config, *arguments: Any, **options: Any) -> None:
    raise _TrainedError(config)


def read_command(sample: bytes) -> Config | None:
    """Run the command up to where it would train; None where it shows its help."""
    told = io.StringIO()
    aacpy.training.train = _train  # type: ignore[assignment]
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            status: object = main(["train", *json.loads(sample)])
        except _TrainedError as trained:
            config: Config = trained.args[0]
            return config
        except SystemExit as ended:
            status = ended.code
    if status == 0:
        return None
    if status != 2 or not told.getvalue().startswith("error: "):
        raise ContradictionError(f"status {status}: {told.getvalue()[:200]}")
    raise ConfigError(told.getvalue().rstrip("\n"))


def parameter_samples() -> list[bytes]:
    """What a notebook's first cells hold: for a run, and for the two ablations."""
    asked = (["run", {"method": "aac", "delta": 5, "seed": 0, "preset": None, "run_dir": None}],
             ["delta", {"deltas": [4, 5, 6], "seeds": "[0, 1]", "jobs": None}],
             ["start_epoch", {"start_epochs": "0 5 10", "epochs": 20, "preset": None}])  # fmt: skip
    return [json.dumps(call).encode() for call in asked]


def read_parameters(sample: bytes) -> Config | None:
    """Read a notebook's parameters; the first config that they ask for."""
    match _loaded(sample):
        case ["run", dict() as namespace]:
            return parameters(namespace).config
        case ["delta" | "start_epoch" as axis, dict() as namespace]:
            return ablation(namespace, axis).configs[0]
    return None


def grid_samples() -> list[bytes]:
    """A file of two grids."""
    return [_YAML.encode()]


def mutate_grids(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong YAML, and right YAML that says something else."""
    if rng.random() < 0.1:
        return mutate_bytes(rng, samples)
    return encoded(mutate_yaml(rng, [sample.decode() for sample in samples]))


def read_grids(sample: bytes) -> list[Config]:
    """The configs of every cell."""
    _GRIDS.write_bytes(sample)
    return grid_configs(path=_GRIDS)


def use_grids(configs: list[Config]) -> None:
    """Name every run."""
    for config in configs:
        run_name(config)


PARSERS = {
    parser.name: parser
    for parser in (
        Parser("configs", "settings from Python", config_samples, mutate_config, read_config,
               (*_NAMES, "config"), use_config),
        Parser("command-line", "options of aacpy train", command_samples, mutate_command,
               read_command, (*map(option, _FIELDS), *_NAMES, "train"), use_config),
        Parser("parameters", "parameters of notebooks", parameter_samples, mutate_config,
               read_parameters, (*_NAMES, "jobs"), use_config),
        Parser("grids", "the file of grids", grid_samples, mutate_grids, read_grids,
               (_GRIDS.name, *_NAMES, "cells"), use_grids),
    )
}  # fmt: skip
