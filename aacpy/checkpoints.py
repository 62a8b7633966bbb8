"""A run's state between two epochs, on disk: tensors as safetensors, all else as JSON, no pickle.

A checkpoint is two files, `checkpoint-0003.safetensors` and then `checkpoint-0003.json`, each
written whole or not at all. The JSON names the digests of both, so that a checkpoint which is
there, but cut or changed, is told from a whole one; the two newest are kept, so that there is one
to go on from.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn

from aacpy.datasets.layout import printable
from aacpy.errors import RunError
from aacpy.files import read_bounded, write_atomically
from aacpy.strict_json import parse_json

FORMAT = 1
KEPT = 2  # checkpoints in a folder
_NAME = re.compile(r"checkpoint-(\d{4,9})\.(json|safetensors)")
_MAX_STATE, _MAX_TENSORS = 2**26, 2**33  # bytes
_OPTIMIZER, _MODEL = "optimizer", "model"


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint.

    Attributes
    ----------
    path : its JSON file.
    state : what was saved beside the tensors.
    """

    path: Path
    state: dict[str, Any]

    @property
    def tensors_path(self) -> Path:
        """Its other file."""
        return self.path.with_suffix(".safetensors")


def save_checkpoint(
    folder: Path,
    epochs_done: int,
    encoder: nn.Module,
    optimizer: torch.optim.Optimizer,
    state: Mapping[str, Any],
) -> None:
    """Write a checkpoint of `encoder`, `optimizer` and the JSON-ready `state` into `folder`.

    All but the `KEPT` newest are removed then.

    Raises
    ------
    StorageError
        If it cannot be written; the checkpoints before it are kept.
    """
    path = folder / f"checkpoint-{epochs_done:04d}.json"
    content = save(_tensors(encoder, optimizer))
    write_atomically(path.with_suffix(".safetensors"), content)
    write_atomically(path, sealed(state, content))
    keep_newest(folder, KEPT)


def sealed(state: Mapping[str, Any], tensors: bytes) -> bytes:
    """The content of a checkpoint's JSON file: `state`, with its digest and that of `tensors`."""
    text = json.dumps(dict(state), allow_nan=False)
    digests = {
        "format": FORMAT,
        "tensors_sha256": hashlib.sha256(tensors).hexdigest(),
        "state_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    # The state stands last and as it was digested.
    return f'{json.dumps(digests, indent=1)[:-2]},\n "state": {text}\n}}\n'.encode()


def keep_newest(folder: Path, count: int) -> None:
    """Remove all checkpoints in `folder` but the `count` newest; tensors without JSON too."""
    kept = {path.stem for path in _written(folder)[:count]}
    for path in list(folder.iterdir()):
        if _NAME.fullmatch(path.name) and path.stem not in kept:
            path.unlink(missing_ok=True)


def read_newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest whole checkpoint in `folder`, and what is wrong with each newer one.

    None if there is no checkpoint. Its tensors are compared with their digest, not loaded.

    Raises
    ------
    RunError
        If there are checkpoints and none is whole; the message says what to do.
    """
    damaged: list[str] = []
    for path in _written(folder):
        try:
            state, digest = _read(path)
            checkpoint = Checkpoint(path, state)
            _check_tensors(checkpoint.tensors_path, digest)
        except RunError as error:
            damaged.append(str(error))
        else:
            return checkpoint, damaged
    if damaged:
        raise RunError(
            f"{damaged[0]}; no older one is whole. Delete {folder} to start this run again from "
            "its beginning."
        )
    return None, []


def load_tensors(path: Path, encoder: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put the tensors of a checkpoint's safetensors file into `encoder` and `optimizer`.

    Raises
    ------
    RunError
        If the file is cut or its tensors are not those of this encoder and optimiser.
    """
    model: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    expected = encoder.state_dict()
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118 - the file object is no mapping
                shape = torch.Size(file.get_slice(key).get_shape())  # before it takes memory
                part, rest = key.split(".", 1)
                if part == _MODEL:
                    if expected[rest].shape != shape:
                        raise ValueError(f"{key} has the shape {tuple(shape)}")
                    model[rest] = file.get_tensor(key)
                else:
                    index, name = rest.split(".", 1)
                    if shape not in (trained[int(index)].shape, torch.Size()):
                        raise ValueError(f"{key} has the shape {tuple(shape)}")
                    moments.setdefault(int(index), {})[name] = file.get_tensor(key)
        encoder.load_state_dict(model)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    except (OSError, LookupError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise RunError(
            f"{_damaged(path, error)}. Delete {path.parent} to start this run again from its "
            "beginning."
        ) from error


def _tensors(encoder: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {f"{_MODEL}.{k}": v.contiguous() for k, v in encoder.state_dict().items()}
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            tensors[f"{_OPTIMIZER}.{index}.{name}"] = torch.as_tensor(value).contiguous()
    return tensors


def _written(folder: Path) -> list[Path]:
    """The JSON files of the checkpoints in `folder`, newest first."""
    listed = list(folder.iterdir()) if folder.is_dir() else []
    named = [(m, path) for path in listed if (m := _NAME.fullmatch(path.name))]
    found = [(int(m[1]), path) for m, path in named if m[2] == "json"]
    return [path for _, path in sorted(found, reverse=True)]


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """The state in a checkpoint's JSON file, and the digest of its tensors' file."""
    try:
        content = parse_json(read_bounded(path, _MAX_STATE))
    except (OSError, ValueError) as error:
        raise RunError(_damaged(path, error)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RunError(_damaged(path, f"it is not of format {FORMAT}"))
    state, digest = content.get("state"), content.get("tensors_sha256")
    if not isinstance(state, dict) or not isinstance(digest, str):
        raise RunError(_damaged(path, "its state or a digest is missing"))
    try:
        text = json.dumps(state, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise RunError(_damaged(path, error)) from error
    if hashlib.sha256(text.encode()).hexdigest() != content.get("state_sha256"):
        raise RunError(_damaged(path, "it was changed since it was written"))
    return state, digest


def _check_tensors(path: Path, digest: str) -> None:
    found = hashlib.sha256()
    try:
        if not path.is_file() or path.stat().st_size > _MAX_TENSORS:
            raise OSError("no such file" if not path.exists() else "no file of tensors")
        with path.open("rb") as file:
            while part := file.read(2**20):
                found.update(part)
    except OSError as error:
        raise RunError(_damaged(path, error)) from error
    if found.hexdigest() != digest:
        raise RunError(_damaged(path, "it is cut, or was changed since it was written"))


def _damaged(path: Path, why: object) -> str:
    return f"{printable(path)}: not a checkpoint that can be resumed ({printable(str(why))})"
