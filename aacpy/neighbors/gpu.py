"""The exact search on a GPU: blocks of the product in float64, and the largest of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from aacpy.neighbors.candidates import Neighbors

_BLOCK_BYTES = 1 << 29  # of similarities held at a time
_DIGITS = 10**12  # cosines are rounded to 12 decimals, as on the CPU


@torch.no_grad()
def search_on_gpu(features: Tensor, k: int) -> Neighbors:
    """The k nearest neighbours of every point; checked features (n, d) on any device.

    A rounded cosine and the index it belongs to make one integer, so that ties go to the lower
    index whatever order the device finds them in.
    """
    unit = torch.nn.functional.normalize(features.double(), dim=1, eps=1e-300)
    n = len(unit)
    if n >= 1 << 22:
        raise ValueError(f"at most {(1 << 22) - 1:,} points can be searched on a GPU, not {n:,}")
    descending = torch.arange(n - 1, -1, -1, device=unit.device)
    indices = torch.empty((n, k), dtype=torch.int64)
    similarity = torch.empty((n, k), dtype=torch.float64)
    size = max(1, _BLOCK_BYTES // (8 * n))
    for start in range(0, n, size):
        block = torch.round(unit[start : start + size] @ unit.T * _DIGITS).long()
        at = torch.arange(len(block), device=unit.device)
        own = block[at, at + start].clone()
        block[at, at + start] = 2 * _DIGITS  # itself first
        key = (block << 22) + descending
        nearest = (n - 1) - (key.topk(k, dim=1).values & ((1 << 22) - 1))
        found = block.gather(1, nearest)
        found[:, 0] = own
        indices[start : start + size] = nearest.cpu()
        similarity[start : start + size] = (found.double() / _DIGITS).cpu()
    return Neighbors(indices.numpy(), similarity.numpy())
