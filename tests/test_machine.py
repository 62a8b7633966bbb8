"""Device, threads, memory."""

from __future__ import annotations

import pytest
import torch

from aacpy.errors import RunError
from aacpy.machine import (
    device_name,
    find_device,
    free_memory_bytes,
    keep_freed_memory,
    limited_threads,
    strict_convolutions,
)

CPU = torch.device("cpu")


def test_free_memory_of_the_host_and_of_a_gpu(monkeypatch):
    assert 2**20 < free_memory_bytes(CPU) < 2**50
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda device: (123, 456))
    assert free_memory_bytes(torch.device("cuda")) == 123


@pytest.mark.parametrize("libc", ["glibc", ""])
def test_keeping_freed_memory_changes_no_number(monkeypatch, libc):
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    keep_freed_memory()
    keep_freed_memory()
    assert float(torch.ones(4_000_000).sum()) == 4_000_000


def test_convolutions_are_strict_on_a_gpu_alone_and_settings_come_back():
    def settings():
        return torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark

    before = settings()
    with strict_convolutions(CPU):
        assert settings() == before
    with pytest.raises(KeyError), strict_convolutions(torch.device("cuda")):
        assert settings() == (False, True)
        raise KeyError
    assert settings() == before


def test_threads_come_back_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(KeyError), limited_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before


def test_devices():
    assert find_device("cpu") == CPU
    assert device_name(CPU) == "cpu"
    if not torch.cuda.is_available():
        assert find_device("auto") == CPU
        with pytest.raises(RunError, match="sees no GPU"):
            find_device("cuda:0")
