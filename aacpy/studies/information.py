"""How much attributes say about who is in an image, and in which order they say most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.aac import vector_codes


def row_entropy(values: ArrayLike) -> float:
    """Entropy of the rows of `values`, (n, u) int, bits; 0 for no columns.

    Where an identity has one vector, this is the mutual information of vector and identity.
    """
    values = np.asarray(values)
    if not values.size:
        return 0.0
    shares = np.bincount(vector_codes(values)) / len(values)
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def greedy_order(values: ArrayLike) -> NDArray[np.intp]:
    """Columns of `values`, (n, u) int -> (u,), each the one that adds most bits to those before.

    Of equally good ones the first is taken.
    """
    values = np.asarray(values)
    order: list[int] = []
    left = list(range(values.shape[1]))
    while left:
        gains = [row_entropy(values[:, [*order, column]]) for column in left]
        order.append(left.pop(int(np.argmax(np.round(gains, 12)))))
    return np.array(order, np.intp)
