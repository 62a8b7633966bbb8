"""The device and the threads that a run computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

from aacpy.errors import RunError


@contextmanager
def limited_threads(count: int) -> Iterator[None]:
    """Limit torch and the BLAS of NumPy to `count` threads, then restore what was."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpool_limits(count):
            yield
    finally:
        torch.set_num_threads(before)


def find_device(name: str) -> torch.device:
    """The torch device of a config's `device`; RunError if this torch does not see it."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise RunError(f"device {name!r}: this torch sees no GPU. Use device='cpu'.")
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """What a record calls the device: "cpu", or the GPU's name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
