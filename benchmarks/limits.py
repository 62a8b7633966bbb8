"""What no implementation can beat on this machine: the matrix product's rate, a copy's rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = 1024  # of a product's block, so that n x n numbers are never held


def product(left: NDArray[Any], right: NDArray[Any]) -> None:
    """All inner products of two sets of rows, in blocks that are overwritten."""
    block = np.empty((_ROWS, len(right)), left.dtype)
    for at in range(0, len(left), _ROWS):
        rows = left[at : at + _ROWS]
        np.matmul(rows, right.T, out=block[: len(rows)])


def product_of_pairs(rows: NDArray[Any]) -> None:
    """The inner product of every pair of rows once: blocks on and above the diagonal."""
    for at in range(0, len(rows), _ROWS):
        product(rows[at : at + _ROWS], rows[at:])
