"""The memory's update (Eq. 3), against one sample after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aacpy import ClusterMemory
from benchmarks.stage import Arrays, Size, Stage, Work, thousands

CLUSTERS, INSTANCES, MOMENTUM = 700, 16, 0.1
TOLERANCE = 1e-6


def prepare(size: Size) -> dict[str, Any]:
    """A batch of n features, 16 of a cluster, and two memories that are equal."""
    rng = np.random.default_rng(0)
    clusters = rng.permutation(CLUSTERS)[: -(-size.n // INSTANCES)]
    labels = torch.from_numpy(np.repeat(clusters, INSTANCES)[: size.n])

    def rows(n: int) -> Tensor:
        drawn = rng.standard_normal((n, size.width), np.float32)
        return functional.normalize(torch.from_numpy(drawn))

    memory = ClusterMemory(rows(CLUSTERS), momentum=MOMENTUM)
    return {"memory": memory, "centroids": memory.centroids.clone(), "features": rows(size.n),
            "labels": labels}  # fmt: skip


def library(data: dict[str, Any]) -> Tensor:
    """The library's update."""
    data["memory"].update(data["features"], data["labels"])
    return data["memory"].centroids


def update_memory(centroids: Tensor, features: Tensor, labels: Tensor, momentum: float) -> None:
    """Eq. 3 in place as it reads: one sample after another."""
    for feature, label in zip(features, labels.tolist(), strict=True):
        moved = momentum * centroids[label] + (1 - momentum) * feature
        centroids[label] = functional.normalize(moved, dim=0)


def textbook(data: dict[str, Any]) -> Tensor:
    """The loop."""
    update_memory(data["centroids"], data["features"], data["labels"], MOMENTUM)
    return data["centroids"]


def check(results: Arrays) -> dict[str, bool]:
    """Equality after one update from equal memories."""
    close = np.allclose(results["library"], results["textbook"], rtol=0, atol=TOLERANCE)
    return {"the loop's centroids to 1e-6": close}


STAGE = Stage(
    name="memory",
    title="memory update",
    limit="one copy of the batch",
    textbook="sample by sample",
    data=f"random unit features, {INSTANCES} of a cluster, {CLUSTERS} clusters",
    works={
        "library": Work(library, peak=True),
        "limit": Work(lambda data: data["features"].clone()),
        "textbook": Work(textbook, peak=True),
    },
    sizes=[Size(n, 2048) for n in (64, 128, 256, 512, 1024)],
    quick=[Size(32, 16), Size(64, 16)],
    prepare=prepare,
    shape=thousands,
    check=check,
)
