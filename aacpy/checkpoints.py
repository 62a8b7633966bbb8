"""A run's state between two epochs: one safetensors file, whole or absent, without pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn

from aacpy.errors import RunError
from aacpy.files import write_atomically

_OPTIMIZER = "optimizer"
_MODEL = "model"


def save_checkpoint(
    path: Path, encoder: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    """Write tensors of encoder and optimiser, and the JSON-ready `state`, atomically."""
    tensors = {f"{_MODEL}.{k}": v.contiguous() for k, v in encoder.state_dict().items()}
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            tensors[f"{_OPTIMIZER}.{index}.{name}"] = torch.as_tensor(value).contiguous()
    write_atomically(path, save(tensors, metadata={"state": json.dumps(state)}))


def load_state(path: Path) -> dict[str, Any]:
    """The JSON part of a checkpoint.

    Raises
    ------
    RunError
        If the file is cut or no checkpoint of ours.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            state = json.loads(file.metadata()["state"])
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise RunError(_damaged(path, error)) from error
    if not isinstance(state, dict):
        raise RunError(_damaged(path, "its state is no object"))
    return state


def load_tensors(path: Path, encoder: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put a checkpoint's tensors into `encoder` and `optimizer`.

    Raises
    ------
    RunError
        If the file is cut or belongs to another architecture.
    """
    model: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118 - the file object is no mapping
                part, rest = key.split(".", 1)
                if part == _MODEL:
                    model[rest] = file.get_tensor(key)
                else:
                    index, name = rest.split(".", 1)
                    moments.setdefault(int(index), {})[name] = file.get_tensor(key)
        encoder.load_state_dict(model)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    except (OSError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise RunError(_damaged(path, error)) from error


def _damaged(path: Path, why: object) -> str:
    return (
        f"{path}: not a checkpoint that can be resumed ({why}). Delete it to start this run "
        "again from its beginning."
    )
