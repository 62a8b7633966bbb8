"""An epoch of the embedded benchmark: where its time goes, by kind of operation."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from torch.profiler import ProfilerActivity, profile

from aacpy import Config, train
from aacpy.loading import load_data
from benchmarks.stage import Arrays, Size, Stage, Work

#: Kind of operation -> what the names of torch's operators hold, in this order of precedence.
KINDS = {
    "convolution": ("conv",),
    "batch normalisation": ("batch_norm", "ChunkNorm"),
    "pooling": ("pool",),
    "optimiser": ("Adam", "adam", "_foreach"),
}
OTHER, OUTSIDE = "other tensor operations", "outside torch"


def prepare(size: Size) -> Config:
    """One epoch of AAC with as many optimiser steps; its benchmark is rendered once."""
    config = Config.preset("pedestrians", method="aac", epochs=1, iterations=size.n)
    if size.width:
        config = config.replace(identities=size.width, k1=6, k2=2)
    load_data(config, progress=False)
    return config


def library(config: Config) -> Any:
    """The epoch, decoding and evaluation included."""
    with tempfile.TemporaryDirectory() as folder:
        return list(train(config, Path(folder) / "run", progress=False).scores.values())


def shares(config: Config, results: Arrays) -> dict[str, float]:
    """Share of the epoch's wall time in each kind of operation; they add up to 1."""
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as profiler:
        begin = time.perf_counter()
        library(config)
        wall = 1e6 * (time.perf_counter() - begin)  # without what the profiler does afterwards
    found = dict.fromkeys([*KINDS, OTHER], 0.0)
    for event in profiler.key_averages():
        kind = next((k for k, parts in KINDS.items() if any(p in event.key for p in parts)), OTHER)
        found[kind] += event.self_cpu_time_total / wall
    return {**found, OUTSIDE: max(0.0, 1 - sum(found.values()))}


STAGE = Stage(
    name="embedded",
    title="an epoch of the embedded benchmark",
    data="rendered benchmark, seed 0, one thread",
    works={"library": Work(library, peak=True)},
    sizes=[Size(50)],
    quick=[Size(2, 6)],
    prepare=prepare,
    shape=lambda size: f"{size.n} steps",
    facts=shares,
)
