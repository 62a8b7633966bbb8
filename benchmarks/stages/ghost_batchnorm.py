"""A training step with ghost BatchNorm in four groups, against one group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aacpy import build_encoder
from aacpy.encoder import Encoder
from aacpy.ghost_batchnorm import GhostBatchNorm1d, GhostBatchNorm2d
from aacpy.machine import keep_freed_memory
from benchmarks.stage import Arrays, Size, Stage, Work

GROUPS = 4
#: Height of the images -> the net that sees them; the widths are half.
NETS = {64: "small", 256: "resnet50"}
TOLERANCE = 1e-4

Step = Callable[[], Tensor]


def prepare(size: Size) -> dict[str, Step]:
    """A step of each kind, of one net on one batch of n images."""
    keep_freed_memory()  # as a run does
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(size.n, 3, size.width, size.width // 2, generator=generator)
    images = images.contiguous(memory_format=torch.channels_last)
    net = encoder(NETS[size.width])
    # A learning rate of 0: the optimiser does its work, and every kind starts from equal weights.
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.0)

    def quarters() -> Tensor:
        return torch.cat([net(part) for part in images.chunk(GROUPS)])

    return {
        "library": step(net, GROUPS, lambda: net(images), optimizer),
        "limit": step(net, 1, lambda: net(images), optimizer),
        "textbook": step(net, 1, quarters, optimizer),
    }


def encoder(backbone: str) -> Encoder:
    """An encoder as training has it; weights from one seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build_encoder(backbone, bn_groups=GROUPS)
    return net.to(memory_format=torch.channels_last).train()


def step(
    net: Encoder, groups: int, forward: Callable[[], Tensor], optimizer: torch.optim.Optimizer
) -> Step:
    """Forward in as many groups, a loss, backward, Adam; returns the features."""
    norms = [m for m in net.modules() if isinstance(m, GhostBatchNorm1d | GhostBatchNorm2d)]

    def run() -> Tensor:
        for norm in norms:
            norm.groups = groups
        features = forward()
        targets = torch.arange(len(features), device=features.device) % features.shape[1]
        optimizer.zero_grad()
        functional.cross_entropy(features, targets).backward()
        optimizer.step()
        return features.detach()

    return run


def check(results: Arrays) -> dict[str, bool]:
    """Equal features: what DataParallel gives on four GPUs."""
    close = np.allclose(results["library"], results["textbook"], rtol=0, atol=TOLERANCE)
    return {"the features of four separate quarters": close}


def shape(size: Size) -> str:
    """Net, images, pixels."""
    return f"{NETS[size.width]}, {size.n} × {size.width} × {size.width // 2}"


def work(name: str) -> Callable[[Any], Tensor]:
    """The step of one kind."""
    return lambda data: data[name]()


STAGE = Stage(
    name="ghost_batchnorm",
    title="ghost BatchNorm step",
    limit="the step with one group",
    textbook="four passes, a quarter each",
    data="random images",
    works={
        "library": Work(work("library"), peak=True),
        "limit": Work(work("limit"), peak=True),
        "textbook": Work(work("textbook"), peak=True),
    },
    sizes=[Size(64, 64), Size(32, 256)],  # the latter's images are the paper's size
    quick=[Size(16, 64)],
    prepare=prepare,
    shape=shape,
    check=check,
)
