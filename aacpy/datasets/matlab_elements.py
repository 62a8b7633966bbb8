"""The elements of a MATLAB file: tags, numbers, text, cells and structs, read strictly.

Every length is checked against what is left; size, depth and number of arrays are bounded.

Reference: The MathWorks, "MAT-File Format", chapter "Level 5 MAT-File Format".
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bytes of a file and of what it unpacks to: Market-1501's attributes unpack to 129 kB.
MAX_BYTES = 2**24
#: Arrays in a file, cells and fields included, and how deep they may lie in one another.
MAX_ARRAYS, MAX_DEPTH = 2**16, 16

MATRIX, COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR = 1, 2, 4
_LOGICAL, _COMPLEX = 0x0200, 0x0800

#: How numbers may be stored, whatever their class: MATLAB takes the smallest type that holds them.
_STORED = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip
_ENCODINGS = {
    1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32",
}  # fmt: skip
_NUMERIC = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8",
}  # fmt: skip
_REFUSED = {3: "an object", 5: "a sparse matrix", 16: "a function handle", 17: "an object"}


class MatlabError(ValueError):
    """A file is no MATLAB file that can be read; the message says why, the caller which."""


class Parser:
    """Reads data elements: a tag, which says type and length, and the data."""

    def __init__(self, order: str) -> None:
        self._order = order
        self._arrays_left = MAX_ARRAYS

    def count(self, arrays: int) -> None:
        """Take note of arrays that are to be read."""
        self._arrays_left -= arrays
        if self._arrays_left < 0:
            raise MatlabError(f"it holds over {MAX_ARRAYS:,} arrays")

    def elements(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Type and data of the elements that `data` consists of."""
        at = 0
        while at < len(data):
            if len(data) - at < 8:
                raise MatlabError("it ends early")
            kind, length = struct.unpack_from(f"{self._order}II", data, at)
            if kind >> 16:  # a small element: type, length and data in 8 bytes
                kind, length, start = kind & 0xFFFF, kind >> 16, at + 4
                room = 4
            else:
                start = at + 8
                room = len(data) - start
            if length > room:
                raise MatlabError("it ends early")
            yield kind, data[start : start + length]
            # Data are padded to 8 bytes, compressed ones alone are not.
            at = start + length + (0 if kind == COMPRESSED else -(start + length) % 8)

    def only(self, data: memoryview) -> tuple[int, memoryview]:
        """The one element that `data` consists of."""
        found = list(zip(range(2), self.elements(data), strict=False))
        if len(found) != 1:
            raise MatlabError("its compressed data are no single variable")
        return found[0][1]

    def matrix(self, kind: int, data: memoryview, depth: int) -> tuple[str, NDArray[Any]]:
        """Name and value of an array; cells and structs hold more of them."""
        if kind != MATRIX:
            raise MatlabError(f"an element of type {kind} where an array should be")
        if depth > MAX_DEPTH:
            raise MatlabError(f"arrays lie over {MAX_DEPTH} deep in one another")
        if not len(data):
            return "", np.empty((0, 0))
        parts = self.elements(data)
        flags = self._numbers(parts)
        if flags.dtype.kind != "u" or flags.shape != (2,):
            raise MatlabError("an array without flags")
        flag, kind = int(flags[0]), int(flags[0]) & 0xFF
        if kind in _REFUSED or flag & _COMPLEX:
            what = _REFUSED.get(kind, "complex numbers")
            raise MatlabError(f"it holds {what}; save numbers, text, cells and structs only")
        shape = self._shape(parts)
        name = text_of(*self._next(parts), "latin-1")
        if kind in _NUMERIC:
            value = self._array(parts, shape, np.dtype(_NUMERIC[kind]), bool(flag & _LOGICAL))
        elif kind == _CHAR:
            value = self._characters(parts, shape)
        elif kind == _CELL:
            value = self._cells(parts, shape, depth)
        elif kind == _STRUCT:
            value = self._structs(parts, shape, depth)
        else:
            raise MatlabError(f"an array of unknown class {kind}")
        if next(parts, None) is not None:
            raise MatlabError("an array holds more than its size says")
        return name, value

    def _next(self, parts: Iterator[tuple[int, memoryview]]) -> tuple[int, memoryview]:
        part = next(parts, None)
        if part is None:
            raise MatlabError("an array ends early")
        return part

    def _numbers(self, parts: Iterator[tuple[int, memoryview]]) -> NDArray[Any]:
        kind, data = self._next(parts)
        if kind not in _STORED:
            raise MatlabError(f"an element of type {kind} where numbers should be")
        dtype = np.dtype(_STORED[kind]).newbyteorder(self._order)  # type: ignore[arg-type]
        if len(data) % dtype.itemsize:
            raise MatlabError("an array ends early")
        return np.frombuffer(data, dtype)

    def _shape(self, parts: Iterator[tuple[int, memoryview]]) -> tuple[int, ...]:
        shape = self._numbers(parts)
        sizes = tuple(map(int, shape)) if shape.dtype.kind == "i" and len(shape) <= 32 else ()
        if len(sizes) < 2 or min(sizes) < 0 or math.prod(max(n, 1) for n in sizes) > MAX_BYTES:
            raise MatlabError("an array's size is no size")
        return sizes

    def _array(
        self,
        parts: Iterator[tuple[int, memoryview]],
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        logical: bool,
    ) -> NDArray[Any]:
        stored = self._numbers(parts)
        if len(stored) != math.prod(shape):
            raise MatlabError("an array has more or fewer values than its size says")
        with np.errstate(all="ignore"):  # what does not fit comes out changed
            values = stored.astype(dtype)
        if not (np.can_cast(stored.dtype, dtype) or np.array_equal(values, stored)):
            raise MatlabError(f"an array of {dtype.name} has values that are none")
        return (values != 0 if logical else values).reshape(shape, order="F")

    def _characters(
        self, parts: Iterator[tuple[int, memoryview]], shape: tuple[int, ...]
    ) -> NDArray[Any]:
        kind, data = self._next(parts)
        encoding = _ENCODINGS.get(kind)
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self._order == "<" else "-be"
        text = text_of(kind, data, encoding)
        if len(text) != math.prod(shape):
            raise MatlabError("an array has more or fewer characters than its size says")
        if not text:
            return np.zeros(1 if shape[:-1] == (1,) else 0, "<U1")
        characters = np.frombuffer(text.encode("utf-32-le"), "<U1").reshape(shape, order="F")
        return np.ascontiguousarray(characters).view(f"<U{shape[-1]}")[..., 0]

    def _cells(
        self, parts: Iterator[tuple[int, memoryview]], shape: tuple[int, ...], depth: int
    ) -> NDArray[Any]:
        count = math.prod(shape)
        self.count(count)
        cells = np.empty(count, object)
        for place in range(count):
            cells[place] = self.matrix(*self._next(parts), depth + 1)[1]
        return cells.reshape(shape, order="F")

    def _structs(
        self, parts: Iterator[tuple[int, memoryview]], shape: tuple[int, ...], depth: int
    ) -> NDArray[Any]:
        count, room = math.prod(shape), self._numbers(parts)
        kind, data = self._next(parts)
        length = int(room[0]) if room.dtype.kind == "i" and room.shape == (1,) else 0
        if length < 1 or len(data) % length:
            raise MatlabError("a struct without names of its fields")
        self.count(max(1, count) * max(1, len(data) // length))
        names = [
            text_of(kind, data[start : start + length], "latin-1").partition("\0")[0]
            for start in range(0, len(data), length)
        ]
        if len(set(names)) < len(names):
            raise MatlabError("a struct has a field twice")
        structs = np.empty(count, object)
        for place in range(count):
            structs[place] = {name: self.matrix(*self._next(parts), depth + 1)[1] for name in names}
        return structs.reshape(shape, order="F")


def text_of(kind: int, data: memoryview, encoding: str | None) -> str:
    if kind not in _ENCODINGS or encoding is None:
        raise MatlabError(f"an element of type {kind} where text should be")
    try:
        return str(data, encoding)
    except UnicodeDecodeError as error:
        raise MatlabError("its text is damaged") from error
