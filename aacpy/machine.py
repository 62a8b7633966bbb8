"""The device, the threads and the memory that a run computes with."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from aacpy.errors import RunError

# Parameters of glibc's mallopt, from its malloc.h; it refuses a larger threshold for mmap.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD, _NEVER = 32 * 2**20, 2**31 - 1


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


@contextmanager
def strict_convolutions(device: torch.device) -> Iterator[None]:
    """On a GPU: float32 convolutions in float32, not TF32, by the fastest of cuDNN's algorithms.

    torch would else let them round to TF32 although float32 was asked for. Restores what was.
    """
    if device.type != "cuda":
        yield
        return
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32, cudnn.benchmark
    cudnn.allow_tf32, cudnn.benchmark = False, True
    try:
        yield
    finally:
        cudnn.allow_tf32, cudnn.benchmark = before


def keep_freed_memory() -> None:
    """Let this process keep the memory that tensors on the CPU free, for the next ones.

    glibc hands a large block back to the system as soon as it is freed, so every step would get
    its activations page by page anew: a tenth of the embedded benchmark's time. The peak stays
    what it is. Other allocators are left alone.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    allocator = ctypes.CDLL(None)
    allocator.mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
    allocator.mallopt(_M_TRIM_THRESHOLD, _NEVER)


def free_memory_bytes(device: torch.device) -> int:
    """Memory that `device` ("cpu": the host) could still give to this process."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def pinned(tensor: Tensor, device: torch.device) -> Tensor:
    """`tensor` in memory from which a copy to `device` waits for nothing; pinned, for a GPU."""
    return tensor.pin_memory() if device.type == "cuda" and not tensor.is_cuda else tensor


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """`tensor` on `device`, by a copy that does not wait for what a GPU is at."""
    return pinned(tensor, device).to(device, non_blocking=True)


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
