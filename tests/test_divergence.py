"""Losses and weights that are not finite: told where, with the likely cause; nothing is lost."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from aacpy import train
from aacpy.divergence import diverged, not_finite, require_finite
from aacpy.errors import RunError


def test_the_first_tensor_that_is_not_finite_is_named() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    assert not_finite(net) is None
    require_finite(net, 0)
    net[1].running_var[1] = math.inf
    assert not_finite(net) == "1.running_var"
    net[0].bias.data[0] = math.nan
    assert not_finite(net) == "0.bias"
    with pytest.raises(RunError, match=r"0\.bias of the encoder .* epoch 3 .*learning_rate"):
        require_finite(net, 3)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("broken", [False, True])
def test_the_likely_cause_is_told(broken: bool, precision: str) -> None:
    net = nn.Linear(2, 2)
    if broken:
        net.weight.data[0, 0] = math.nan
    text = str(diverged(math.nan, net, epoch=2, batch=7, batches=50, precision=precision))
    assert text.startswith("the loss is nan in epoch 2, batch 7 of 50 (both from 0). Likely cause:")
    assert ("Lower learning_rate" in text) == broken
    assert ("Raise temperature" in text) == (not broken)
    assert ("precision='float32'" in text) == (precision == "bfloat16")


def test_a_learning_rate_that_is_too_large_is_told_and_the_last_checkpoint_kept(
    tiny_config: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(method="supervised")
    step, calls = torch.optim.Adam.step, []

    def leap(self: Any, *arguments: Any) -> None:
        calls.append(1)
        step(self, *arguments)
        if len(calls) == 6:  # the second batch of epoch 1
            next(iter(self.param_groups[0]["params"])).data.fill_(math.inf)

    monkeypatch.setattr(torch.optim.Adam, "step", leap)
    with pytest.raises(
        RunError, match=r"the loss is nan in epoch 1, batch 2 of 4 .*\.weight is not"
    ):
        train(config, tmp_path, progress=False)
    assert (tmp_path / "checkpoint-0001.json").exists()
    assert not (tmp_path / "record.json").exists()
    monkeypatch.undo()
    record = train(config, tmp_path, progress=False)
    assert record.differences(train(config, tmp_path / "straight", progress=False)) == []


def test_weights_that_the_last_step_broke_reach_no_checkpoint(
    tiny_config: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, calls = torch.optim.Adam.step, []

    def leap(self: Any, *arguments: Any) -> None:
        calls.append(1)
        step(self, *arguments)
        if len(calls) == 8:  # the last batch of epoch 1: every loss was finite
            next(iter(self.param_groups[0]["params"])).data.fill_(math.nan)

    monkeypatch.setattr(torch.optim.Adam, "step", leap)
    with pytest.raises(RunError, match=r"not finite after the last batch of epoch 1"):
        train(tiny_config(method="supervised"), tmp_path, progress=False)
    assert sorted(p.name for p in tmp_path.glob("checkpoint*.json")) == ["checkpoint-0001.json"]
