"""Features as clustering and evaluation take them: checked, with the lengths of their rows."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096  # rows converted at a time
_UNIT_ROUNDOFF = 2.0**-24  # of float32


class Features:
    """Checked features of n points.

    Parameters
    ----------
    features : (n, d) numbers, an array or a torch tensor on any device.
    name : what errors call them.

    Attributes
    ----------
    rows : (n, d) float32 or float64 array, C-ordered; a copy only where it must be one.
    on_gpu : the tensor as it came if it is on a GPU, else None.
    inverse : (n,) float64, 1 / length of each row, and 1 for a row of zeros.

    Raises
    ------
    ValueError, TypeError
        If the shape or type is wrong or a feature is not finite.
    """

    def __init__(self, features: Any, name: str = "features") -> None:
        self.on_gpu: Any = features if getattr(features, "is_cuda", False) else None
        rows = np.asarray(features if self.on_gpu is None else self.on_gpu.cpu())
        if rows.ndim != 2 or not len(rows):
            raise ValueError(f"{name} must have shape (n, d) with n > 0, not {rows.shape}")
        if rows.dtype.kind not in "fiu":
            raise TypeError(f"{name} must be numbers, not {rows.dtype}")
        single = rows.dtype.kind == "f" and rows.dtype.itemsize <= 4
        self.rows: NDArray[Any] = np.ascontiguousarray(rows, np.float32 if single else np.float64)
        squares = np.einsum("nd,nd->n", self.rows, self.rows, dtype=np.float64)
        if not np.isfinite(squares).all():
            finite = np.isfinite(self.rows).all(axis=1)
            if finite.all():
                raise ValueError(f"{name} are too large: the square of a length overflows")
            raise ValueError(
                f"{name} must be finite; {(~finite).sum()} rows are not, first row "
                f"{finite.argmin()}"
            )
        lengths = np.sqrt(squares)
        self.inverse: NDArray[np.float64] = 1 / np.where(lengths > 0, lengths, 1.0)

    def __len__(self) -> int:
        return len(self.rows)

    def unit_float32(self) -> NDArray[np.float32]:
        """(n, d) rows of unit length, each number rounded once."""
        unit = np.empty(self.rows.shape, np.float32)
        np.multiply(self.rows, self.inverse[:, None], out=unit, casting="same_kind")
        return unit

    def unit_float64(self, which: slice | list[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Rows `which`, of unit length."""
        return np.asarray(self.rows[which].astype(np.float64) * self.inverse[which, None])

    def products_float64(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """The product left @ rows.T, (m, d) -> (m, n), rows of unit length; converted in blocks."""
        product = np.empty((len(left), len(self)))
        for start in range(0, len(self), _BLOCK):
            part = slice(start, start + _BLOCK)
            product[:, part] = left @ self.unit_float64(part).T
        return product


def product_error(d: int) -> float:
    """How far the float32 product of two unit rows of width d can be from their cosine.

    (d + 8) u, with u the unit roundoff: d for the sum, in whatever order it is taken, and some for
    the rounding of the rows and of what is compared. See N. Higham, "Accuracy and stability of
    numerical algorithms", 2002, Section 3.1.
    """
    return (d + 8) * _UNIT_ROUNDOFF


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def cosine(rows: Any, inverse: Any, i: int, others: Any, inverse_of_others: Any, j: int) -> Any:
    """Cosine of rows[i] and others[j] in float64, rounded to 12 decimals."""
    total = 0.0
    for column in range(rows.shape[1]):
        total += np.float64(rows[i, column]) * np.float64(others[j, column])
    return np.rint(total * inverse[i] * inverse_of_others[j] * 1e12) / 1e12
