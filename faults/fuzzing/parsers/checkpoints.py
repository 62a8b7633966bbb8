"""Checkpoints of runs: a JSON file that seals itself and a file of tensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import torch
from torch import nn

from aacpy.checkpoints import load_tensors, save_checkpoint
from aacpy.config import Config
from aacpy.records import SERIES, pack_labels
from aacpy.run_state import RunState
from aacpy.runs import open_run
from faults.fuzzing.mutate import encoded, mutate_bytes
from faults.fuzzing.mutate_json import mutate_json
from faults.fuzzing.parser import Parser
from faults.fuzzing.safetensors_file import cut, joined

_RUN = Path("run")
_STATE, _TENSORS = _RUN / "checkpoint-0001.json", _RUN / "checkpoint-0001.safetensors"


def _config() -> Config:
    return Config.preset("pedestrians", epochs=2)


@cache
def _net() -> tuple[nn.Module, torch.optim.Optimizer]:
    """A net of twelve numbers, after a step."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    return net, optimizer


def samples() -> list[bytes]:
    """The checkpoint after the first of two epochs: its JSON's length, its JSON, its tensors."""
    labels = pack_labels(torch.zeros(4, dtype=torch.int64).numpy())
    state = RunState(
        config=_config().to_dict(), fingerprint="0" * 64,
        rows=[dict.fromkeys(SERIES, 0.5) | {"epoch": 0, "loss": None}],
        labels={"0": {"before": labels, "after": labels}},
        retrievals=[{"query": 0, "gallery": [1, 0]}], notes=["a note"], seconds={"train": 1.5},
    )  # fmt: skip
    _RUN.mkdir(exist_ok=True)
    save_checkpoint(_RUN, 1, *_net(), state.to_dict())
    return [joined(_STATE.read_bytes(), _TENSORS.read_bytes())]


def mutate(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong bytes that break the seal, and wrong states and tensors under a seal that fits."""
    text, tensors = cut(samples[0])
    kind = rng.random()
    if kind < 0.1:
        return joined(mutate_bytes(rng, [encoded(text)]), tensors)
    if kind < 0.2:
        return joined(encoded(mutate_json(rng, [text])), tensors)
    state = json.dumps(json.loads(text)["state"])
    if kind < 0.6:
        return _sealed(mutate_json(rng, [state]), tensors)
    header, data = cut(tensors)
    if kind < 0.8:
        return _sealed(state, joined(encoded(mutate_json(rng, [header])), data))
    return _sealed(state, mutate_bytes(rng, [tensors]))


def _sealed(state: str, tensors: bytes) -> bytes:
    """Both parts, with the digests that the reader wants of them."""
    try:
        read = json.dumps(json.loads(encoded(state)))
    except (ValueError, RecursionError):
        read = ""
    head = {"format": 1, "tensors_sha256": hashlib.sha256(tensors).hexdigest(),
            "state_sha256": hashlib.sha256(read.encode()).hexdigest()}  # fmt: skip
    return joined(encoded(f'{json.dumps(head)[:-1]}, "state": {state}}}'), tensors)


def parse(sample: bytes) -> RunState | None:
    """Open a run's directory and go on from its checkpoint."""
    size = int.from_bytes(sample[:8], "little")
    _STATE.write_bytes(sample[8 : 8 + size])
    _TENSORS.write_bytes(sample[8 + size :])
    with open_run(_RUN, _config()) as run:
        if run.tensors_path is not None:
            load_tensors(run.tensors_path, *_net())
        return run.state


def use(state: RunState | None) -> None:
    """Make the series of a record, and keep the state in the next checkpoint."""
    if state is not None:
        state.series()
        json.dumps(state.to_dict(), allow_nan=False)


PARSERS = {"checkpoints": Parser("checkpoints", "checkpoints of runs", samples, mutate, parse,
                                 (str(_RUN),), use)}  # fmt: skip
