"""Checkpoints: whole or told from whole ones, the two newest kept, nothing unpickled."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

from aacpy import Record, train
from aacpy.checkpoints import keep_newest, load_tensors, read_newest, save_checkpoint
from aacpy.errors import RunError
from aacpy.run_state import RunState
from aacpy.runs import open_run


def network(seed: int = 0) -> tuple[nn.Module, optim.Optimizer]:
    """A small network after a step of Adam."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    adam = optim.Adam(net.parameters(), lr=0.1)
    net(torch.randn(4, 3)).square().sum().backward()
    adam.step()
    return net, adam


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    net, adam = network()
    state = {"seconds": 0.1, "text": "ü\ud800", "rows": [None, 1e300]}
    save_checkpoint(tmp_path, 7, net, adam, state)
    checkpoint, damaged = read_newest(tmp_path)
    assert checkpoint is not None and damaged == []
    assert checkpoint.state == state
    other, fresh = network(1)
    load_tensors(checkpoint.tensors_path, other, fresh)
    assert all(map(torch.equal, net.state_dict().values(), other.state_dict().values()))
    mine, theirs = adam.state_dict()["state"], fresh.state_dict()["state"]
    assert mine.keys() == theirs.keys() != set()
    for index in mine:
        assert all(torch.equal(mine[index][key], theirs[index][key]) for key in mine[index])


def test_the_two_newest_are_kept_and_nothing_else(tmp_path: Path) -> None:
    assert read_newest(tmp_path) == (None, [])
    assert read_newest(tmp_path / "none") == (None, [])
    (tmp_path / "record.json").write_text("{}")
    (tmp_path / "checkpoint-9999.safetensors").write_text("a kill left it without its JSON")
    for epochs in (1, 2, 3):
        save_checkpoint(tmp_path, epochs, *network(), {"epochs": epochs})
    assert names(tmp_path) == [
        "checkpoint-0002.json", "checkpoint-0002.safetensors",
        "checkpoint-0003.json", "checkpoint-0003.safetensors", "record.json",
    ]  # fmt: skip
    newest, _ = read_newest(tmp_path)
    assert newest is not None and newest.state == {"epochs": 3}
    keep_newest(tmp_path, 1)
    assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_checkpoint_cut_or_changed_anywhere_gives_way_to_the_one_before(
    tmp_path: Path, suffix: str
) -> None:
    for epochs in (1, 2):
        save_checkpoint(tmp_path, epochs, *network(), {"epochs": epochs})
    path = tmp_path / f"checkpoint-0002.{suffix}"
    whole = path.read_bytes()
    rng = random.Random(0)
    # Cut only what a digest or a parser must notice: JSON is whole without its last line break.
    for cut in range(len(whole) - (suffix == "json")):
        path.write_bytes(whole[:cut])
        checkpoint, damaged = read_newest(tmp_path)
        assert checkpoint is not None and checkpoint.state == {"epochs": 1}, cut
        assert len(damaged) == 1
        assert str(path) in damaged[0]
    for _ in range(300):
        at = rng.randrange(len(whole))
        changed = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        path.write_bytes(changed)
        checkpoint, _ = read_newest(tmp_path)
        assert checkpoint is not None
        assert checkpoint.state == {"epochs": 1} or json.loads(changed) == json.loads(whole)


def test_without_a_whole_one_the_remedy_is_told(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 1, *network(), {})
    (tmp_path / "checkpoint-0001.safetensors").unlink()
    with pytest.raises(RunError, match=r"0001\.safetensors: .*no such file.*Delete .* to start"):
        read_newest(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}',
        b'{"format": 2, "state": {}, "tensors_sha256": "", "state_sha256": ""}',
        b'{"format": 1, "state": [], "tensors_sha256": "", "state_sha256": ""}',
        b'{"format": 1, "state": {}, "tensors_sha256": 1, "state_sha256": 1}',
        b'{"format": 1, "state": {"a": ' + b"9" * 6000 + b"}}",
        b'{"format": 1, "state": {"a": NaN}, "tensors_sha256": "", "state_sha256": "'
        + hashlib.sha256(b'{"a": NaN}').hexdigest().encode() + b'"}',
    ],
    ids=range(12),
)  # fmt: skip
def test_json_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint-0001.json").write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint-0001\.json: not a checkpoint"):
        read_newest(tmp_path)


@pytest.mark.parametrize("name", ["checkpoint-0001.json", "checkpoint-0001.safetensors"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    save_checkpoint(tmp_path, 1, *network(), {})
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(RunError, match=re.escape(name)):
        read_newest(tmp_path)


def test_a_pickle_named_as_a_checkpoint_is_refused_unread(tmp_path: Path) -> None:
    # What unpickles this makes a directory: protocol 0, written by hand.
    hostile = f"cposix\nmkdir\n(V{tmp_path / 'executed'}\ntR.".encode()
    save_checkpoint(tmp_path, 1, *network(), {})
    (tmp_path / "checkpoint-0001.safetensors").write_bytes(hostile)
    with pytest.raises(RunError, match=r"0001\.safetensors: not a checkpoint"):
        read_newest(tmp_path)
    with pytest.raises(RunError, match=r"0001\.safetensors: not a checkpoint"):
        load_tensors(tmp_path / "checkpoint-0001.safetensors", *network())
    (tmp_path / "checkpoint-0001.json").write_bytes(hostile)
    with pytest.raises(RunError, match=r"0001\.json: not a checkpoint"):
        read_newest(tmp_path)
    assert not (tmp_path / "executed").exists()


def wrong_shape(net: nn.Module, adam: optim.Optimizer) -> None:
    net[0] = nn.Linear(4, 2)  # type: ignore[index]


def wrong_moment(net: nn.Module, adam: optim.Optimizer) -> None:
    adam.state_dict()["state"][0]["exp_avg"].data = torch.zeros(5)


def extra_layer(net: nn.Module, adam: optim.Optimizer) -> None:
    net.append(nn.Linear(1, 1))  # type: ignore[operator]


def extra_moment(net: nn.Module, adam: optim.Optimizer) -> None:
    adam.add_param_group({"params": [p := nn.Parameter(torch.zeros(1))]})
    adam.state[p] = {"exp_avg": torch.zeros(1)}


@pytest.mark.parametrize("change", [wrong_shape, wrong_moment, extra_layer, extra_moment])
def test_tensors_of_another_encoder_are_refused(tmp_path: Path, change: Any) -> None:
    net, adam = network()
    change(net, adam)
    save_checkpoint(tmp_path, 1, net, adam, {})
    with pytest.raises(RunError, match=r"not a checkpoint .*\. Delete .* to start"):
        load_tensors(tmp_path / "checkpoint-0001.safetensors", *network())


def state_of(config: Any) -> dict[str, Any]:
    return RunState(config.to_dict(), "0" * 64).to_dict()


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("rows", [{}], r"rows\[0\]: missing or unknown"),
        ("rows", {}, "rows must be a list"),
        ("labels", {"0": []}, r"labels\.0 must be a dict"),
        ("labels", {"0": {"after": 1}}, r"labels\.0\.after must be packed"),
        ("retrievals", [1], r"retrievals\[0\] must be a dict"),
        ("notes", [{}], r"notes\[0\] must be text"),
        ("seconds", {"load": "1"}, r"seconds\.load must be"),
        ("seconds", {"load": -1}, r"seconds\.load must be"),
        ("config", None, "config must be a dict"),
        ("surprise", 1, "missing or unknown: surprise"),
    ],
)
def test_a_state_of_another_shape_is_refused(
    tmp_path: Path, tiny_config: Any, field: str, value: Any, what: str
) -> None:
    config = tiny_config()
    save_checkpoint(tmp_path, 1, *network(), {**state_of(config), field: value})
    with (
        pytest.raises(RunError, match=rf"0001\.json: not a checkpoint .*{what}.*Delete"),
        open_run(tmp_path, config),
    ):
        pass


def stop_after(epochs: int) -> Any:
    def stop(series: Any, epoch: int) -> None:
        if epoch == epochs - 1:
            raise KeyboardInterrupt

    return stop


def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one(
    tmp_path: Path, tiny_config: Any
) -> None:
    straight = train(tiny_config(), tmp_path / "straight", progress=False)
    folder = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), folder, progress=False, on_epoch=stop_after(2))
    path = folder / "checkpoint-0002.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    epochs: list[int] = []
    with pytest.warns(UserWarning, match=r"0002\.safetensors: .*going on from the checkpoint bef"):
        record = train(
            tiny_config(), folder, progress=False, on_epoch=lambda _, epoch: epochs.append(epoch)
        )
    assert epochs == [1, 2]
    assert record.differences(straight) == []
    assert names(folder) == [
        ".lock", "checkpoint-0003.json", "checkpoint-0003.safetensors", "record.json",
    ]  # fmt: skip


def test_a_run_needs_no_generator_state(tmp_path: Path, tiny_config: Any) -> None:
    """Every epoch seeds generators of its own, so the global ones may stand anywhere."""
    straight = train(tiny_config(), tmp_path / "straight", progress=False)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), tmp_path / "run", progress=False, on_epoch=stop_after(1))
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    torch.manual_seed(99)
    try:
        resumed = train(tiny_config(), tmp_path / "run", progress=False)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])
    assert resumed.differences(straight) == []


def test_what_killed_writes_left_is_put_away(tmp_path: Path, tiny_config: Any) -> None:
    left = tmp_path / ".checkpoint-0001.json.123.tmp"
    left.write_text("half")
    with open_run(tmp_path, tiny_config()):
        assert not left.exists()


def test_a_record_is_read_from_its_folder(tmp_path: Path, tiny_config: Any) -> None:
    record = train(tiny_config(epochs=1), tmp_path, progress=False)
    assert Record.read(tmp_path / "record.json") == record
