"""The arithmetic of the encoder's passes: float32, or bfloat16 where torch's autocast allows it."""

from __future__ import annotations

import torch


def choose_precision(precision: str, device: torch.device) -> str:
    """The arithmetic that `precision` names, "float32" or "bfloat16".

    "auto" is bfloat16 on a GPU that computes in it, float32 elsewhere.
    """
    if precision != "auto":
        return precision
    # Emulation would be slower than float32.
    fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if fast else "float32"


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """A context in which torch computes in `precision` on `device`; float32 changes nothing."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
