"""The machine itself: the rate of a matrix product in both precisions, and of a copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.stage import Arrays, Size, Stage, Work


def prepare(size: Size) -> dict[str, Any]:
    """A square matrix in both precisions, and where to copy one."""
    single = np.random.default_rng(0).standard_normal((size.n, size.n), np.float32)
    return {"single": single, "double": single.astype(np.float64), "to": np.empty_like(single)}


def gigabytes(data: dict[str, Any], results: Arrays) -> dict[str, float]:
    """What a product and a copy of this size take, for whoever divides by the seconds."""
    n = len(data["single"])
    return {"gigaflop": 2 * n**3 / 1e9, "gigabytes_copied": data["to"].nbytes / 1e9}


STAGE = Stage(
    name="machine",
    title="the machine: product and copy of a square matrix",
    data="random numbers",
    works={
        "product, float32": Work(lambda data: (data["single"] @ data["single"])[0]),
        "product, float64": Work(lambda data: (data["double"] @ data["double"])[0]),
        "copy": Work(lambda data: np.copyto(data["to"], data["single"])),
    },
    sizes=[Size(1024), Size(2048), Size(4096)],
    quick=[Size(64)],
    prepare=prepare,
    shape=lambda size: f"{size.n:,} × {size.n:,}",
    facts=gigabytes,
    facts_need=("copy",),
)
