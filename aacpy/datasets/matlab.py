"""Reading the part of MATLAB's file format that the metadata needs, strictly.

scipy's reader trusts the lengths that it finds: of attribute files with a few bytes changed, one
in twenty ends the process by a segmentation fault, whether compressed or not. Here none does, see
`matlab_elements`.

Reference: The MathWorks, "MAT-File Format", chapter "Level 5 MAT-File Format" (files of `save -v6`
and `save -v7`).
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.matlab_elements import COMPRESSED, MAX_BYTES, MatlabError, Parser
from aacpy.files import read_bounded

__all__ = ["MAX_BYTES", "MatlabError", "integer_vector", "read_matlab"]


def read_matlab(path: str | Path) -> dict[str, NDArray[Any]]:
    """Read the variables of a MATLAB file.

    Returns
    -------
    Name -> array, of MATLAB's shape (two axes or more):

    - numbers have their class's dtype, logical values are bool;
    - text is an array of strings with the last axis joined, (1, n) characters -> (1,);
    - cells are an object array of arrays;
    - structs are an object array of dicts, field name -> array.

    Raises
    ------
    MatlabError
        If the file cannot be read, is damaged, too large, of another version of the format, or
        holds complex or sparse numbers, objects or functions.
    """
    try:
        content = read_bounded(path, MAX_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise MatlabError(getattr(error, "strerror", None) or str(error)) from error
    parser = Parser(_byte_order(content))
    variables: dict[str, NDArray[Any]] = {}
    left = MAX_BYTES
    for kind, data in parser.elements(memoryview(content)[128:]):
        if kind == COMPRESSED:
            data = _unpacked(data, left)
            left -= len(data)
            kind, data = parser.only(data)
        parser.count(1)
        name, value = parser.matrix(kind, data, 0)
        if name in variables:
            raise MatlabError("a variable stands twice")
        variables[name] = value
    return variables


def integer_vector(values: NDArray[Any]) -> NDArray[np.int64]:
    """The entries of an array with at most one axis longer than 1, as (n,) int64.

    Raises
    ------
    MatlabError
        If the array has another shape, or entries that are not whole numbers within int64.
    """
    if values.size and values.size != max(values.shape):
        raise MatlabError(f"no vector, but of shape {values.shape}")
    kind = values.dtype.kind
    whole = kind in "bi" or (kind == "u" and bool((values <= np.uint64(2**63 - 1)).all()))
    if kind == "f":  # up to 2**53 every whole number is a float
        whole = bool((np.abs(values) <= 2.0**53).all() and (values == np.trunc(values)).all())
    if not whole:
        raise MatlabError("values that are no integers")
    return values.ravel().astype(np.int64)


def _byte_order(content: bytes) -> str:
    """The file's byte order, "<" or ">", from its header of 128 bytes."""
    if content.startswith((b"MATLAB 7.3", b"\x89HDF")):
        raise MatlabError("of version 7.3; save it with MATLAB's `save -v7`")
    if any(_is_version_4(content, order) for order in "<>"):
        raise MatlabError("of version 4; save it with MATLAB's `save -v7`")
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or struct.unpack(f"{order}H", content[124:126])[0] != 0x0100:
        raise MatlabError("its header is not that of version 5")
    return order


def _is_version_4(content: bytes, order: str) -> bool:
    """Whether the file opens with a version 4 variable: type, rows, columns, complex, a name."""
    if len(content) < 21:
        return False
    kind, _, _, imaginary, length = struct.unpack_from(f"{order}5I", content)
    name = content[20 : 20 + length]
    return bool(kind < 5000 and imaginary < 2 and 1 < length < 256 and name.find(0) == length - 1)


def _unpacked(data: memoryview, limit: int) -> memoryview:
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise MatlabError(f"its compressed data are damaged: {error}") from error
    if len(unpacked) > limit:
        raise MatlabError(f"unpacks to more than {MAX_BYTES:,} bytes")
    if not stream.eof or stream.unused_data:
        raise MatlabError("its compressed data are damaged")
    return memoryview(unpacked)
