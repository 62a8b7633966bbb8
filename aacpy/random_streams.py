"""Streams of random numbers: each purpose, and each epoch, draws from generators of its own.

A resumed run so needs no generator's state to go on exactly as it would have.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """What random numbers are drawn for."""

    INIT = 0
    WARMUP = 1
    AUGMENT = 2
    SAMPLE = 3
    ANNOTATE = 4
    LABEL = 5
    CLASSIFY = 6


def stream_seed(seed: int, stream: Stream, *rest: int) -> int:
    """A 63-bit seed for torch from a run's seed, the purpose, and more numbers (the epoch)."""
    numbers = (seed, int(stream), *rest)
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def torch_stream(seed: int, stream: Stream, *rest: int) -> torch.Generator:
    """A CPU generator of torch, seeded by `stream_seed`."""
    return torch.Generator().manual_seed(stream_seed(seed, stream, *rest))


def numpy_stream(seed: int, stream: Stream, *rest: int) -> np.random.Generator:
    """A generator of NumPy for the same purpose."""
    return np.random.default_rng([seed, int(stream), *rest])
