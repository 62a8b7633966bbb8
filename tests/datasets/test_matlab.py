"""The strict MATLAB reader: equal to scipy's on sound files, a clear refusal of all others."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.io import loadmat, savemat
from scipy.sparse import eye

from aacpy.datasets.matlab import MatlabError, integer_vector, read_matlab
from aacpy.datasets.matlab_elements import MAX_ARRAYS, MAX_BYTES, MAX_DEPTH

# The reader against scipy's


def assert_equal(ours: Any, scipys: Any) -> None:
    """Compare an array of `read_matlab` with one of `loadmat(mat_dtype=True)`."""
    assert ours.shape == scipys.shape
    if scipys.dtype.names is not None:
        for one, other in zip(ours.flat, scipys.flat, strict=True):
            assert tuple(one) == other.dtype.names
            for name in one:
                assert_equal(one[name], other[name])
    elif scipys.dtype == object:
        for one, other in zip(ours.flat, scipys.flat, strict=True):
            assert_equal(one, other)
    else:
        assert ours.dtype == scipys.dtype.newbyteorder("=")
        np.testing.assert_array_equal(ours, scipys)


def variables(path: Path) -> dict[str, Any]:
    content = loadmat(path, mat_dtype=True)
    return {name: value for name, value in content.items() if not name.startswith("__")}


def assert_read_as_by_scipy(path: Path) -> None:
    ours, scipys = read_matlab(path), variables(path)
    assert ours.keys() == scipys.keys()
    for name in ours:
        assert_equal(ours[name], scipys[name])


def cell(values: list[Any]) -> Any:
    """A row of cells."""
    found = np.empty((1, len(values)), object)
    found[0, :] = values
    return found


names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
numbers = st.sampled_from(
    ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
).flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=2, max_dims=3, min_side=0, max_side=4)))
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(letters, min_size=1, max_size=6) | st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.text(st.sampled_from("0a é"), min_size=width, max_size=width), min_size=1, max_size=3
    ).map(np.array)
)
values = st.recursive(
    numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3).map(cell)
        | st.dictionaries(names, inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None)
@given(content=st.dictionaries(names, values, max_size=3), compressed=st.booleans())
def test_what_scipy_writes_is_read_as_scipy_reads_it(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], compressed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "hypothesis.mat"
    savemat(path, content, do_compression=compressed)
    assert_read_as_by_scipy(path)


def test_struct_arrays_and_empty_things(tmp_path: Path) -> None:
    pair = np.zeros((1, 2), [("a", object), ("b", object)])
    pair["a"] = [["x", 1.5]]
    content = {"s": pair, "e": np.zeros((0, 0)), "c": np.empty((0, 3), object), "t": ""}
    savemat(tmp_path / "a.mat", content)
    assert_read_as_by_scipy(tmp_path / "a.mat")


def test_the_real_files(market1501_metadata: Path) -> None:
    files = sorted(market1501_metadata.glob("*.mat"))
    assert len(files) >= 5
    for path in files:
        assert_read_as_by_scipy(path)


# Files made by hand

UINT8, INT32, UINT32, DOUBLE = 2, 5, 6, 9
CELL, STRUCT, OBJECT, CHAR, DOUBLES, INT8S, FUNCTION = 1, 2, 3, 4, 6, 8, 16


def element(kind: int, data: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)


def array(
    flags: int, shape: tuple[int, ...], *parts: bytes, name: bytes = b"a", order: str = "<"
) -> bytes:
    head = element(UINT32, struct.pack(f"{order}II", flags, 0), order)
    size = element(INT32, struct.pack(f"{order}{len(shape)}i", *shape), order)
    return element(14, head + size + element(1, name, order) + b"".join(parts), order)


def compressed(data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return struct.pack("<II", 15, len(packed)) + packed


def write(path: Path, *elements: bytes, order: str = "<") -> Path:
    """A file of the elements, with a header."""
    mark = struct.pack(f"{order}HH", 0x0100, 0x4D49)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + mark + b"".join(elements))
    return path


EMPTY_CELL = element(14, b"")


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_and_small_elements(tmp_path: Path, order: str) -> None:
    small = struct.pack(f"{order}I4s", 2 << 16 | UINT8, b"\x07\x09\0\0")
    plain = element(DOUBLE, struct.pack(f"{order}2d", 0.5, -1e300), order)
    text = element(4, "ab".encode("utf-16-le" if order == "<" else "utf-16-be"), order)
    path = write(
        tmp_path / "a.mat",
        array(DOUBLES, (1, 2), small, name=b"small", order=order),
        array(DOUBLES, (2, 1), plain, name=b"plain", order=order),
        array(CHAR, (1, 2), text, name=b"text", order=order),
        order=order,
    )
    read = read_matlab(path)
    np.testing.assert_array_equal(read["small"], np.array([[7.0, 9.0]]))
    np.testing.assert_array_equal(read["plain"], np.array([[0.5], [-1e300]]))
    assert read["text"].tolist() == ["ab"]
    assert_read_as_by_scipy(path)


def test_integers_stored_in_another_type_that_holds_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mat", array(INT8S, (1, 2), element(UINT8, b"\x01\x7f")))
    assert read_matlab(path)["a"].tolist() == [[1, 127]]
    assert read_matlab(path)["a"].dtype == np.int8


def refusal(path: Path) -> str:
    with pytest.raises(MatlabError) as caught:
        read_matlab(path)
    return str(caught.value)


ONE = element(UINT8, b"\1")


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([array(DOUBLES, (2**31 - 1, 2), ONE)], "size is no size"),
        ([array(DOUBLES, (-1, 1), ONE)], "size is no size"),
        ([array(DOUBLES, (0, 2**31 - 1, 2**31 - 1), ONE)], "size is no size"),
        ([array(DOUBLES, (1,), ONE)], "size is no size"),
        ([array(DOUBLES, (1,) * 33, ONE)], "size is no size"),
        ([array(DOUBLES, (1, 2), ONE)], "more or fewer values"),
        ([array(DOUBLES, (1, 1), ONE, ONE)], "holds more than its size says"),
        ([array(DOUBLES, (1, 1))], "an array ends early"),
        ([array(DOUBLES, (1, 1), element(DOUBLE, b"1234"))], "an array ends early"),
        ([array(DOUBLES, (1, 1), element(99, b"1"))], "type 99 where numbers should be"),
        ([array(DOUBLES, (1, 1), struct.pack("<II", UINT8, 2**32 - 1))], "ends early"),
        ([array(DOUBLES, (1, 1), struct.pack("<II", 5 << 16 | UINT8, 0))], "ends early"),
        ([array(INT8S, (1, 1), element(UINT8, b"\xff"))], "int8 has values that are none"),
        (
            [array(INT8S, (1, 1), element(DOUBLE, struct.pack("<d", 1e300)))],
            "int8 has values that are none",
        ),
        ([array(CHAR, (1, 2), element(UINT8, b"1"))], "more or fewer characters"),
        ([array(CHAR, (1, 1), element(16, b"\xff"))], "text is damaged"),
        ([array(CHAR, (1, 1), element(18, b"\xff" * 4))], "text is damaged"),
        ([array(CHAR, (1, 1), element(DOUBLE, b"12345678"))], "where text should be"),
        ([array(CELL, (1, 2), EMPTY_CELL)], "an array ends early"),
        ([array(CELL, (1, 1), ONE)], "where an array should be"),
        ([array(CELL, (2**12, 2**12), EMPTY_CELL)], "holds over 65,536 arrays"),
        ([array(STRUCT, (1, 1), element(INT32, bytes(4)), ONE)], "without names of its fields"),
        ([array(STRUCT, (1, 1), element(INT32, b"\3\0\0\0"), ONE)], "without names of its"),
        (
            [array(STRUCT, (2**12, 2**12), element(INT32, b"\1\0\0\0"), element(1, b""))],
            "holds over 65,536 arrays",
        ),
        (
            [array(STRUCT, (1, 1), element(INT32, b"\1\0\0\0"), element(1, b"aa"), EMPTY_CELL * 2)],
            "a field twice",
        ),
        ([array(DOUBLES | 0x0800, (1, 1), ONE, ONE)], "holds complex numbers; save"),
        ([array(OBJECT, (1, 1), ONE)], "holds an object"),
        ([array(FUNCTION, (1, 1), ONE)], "holds a function handle"),
        ([array(77, (1, 1), ONE)], "unknown class 77"),
        ([array(DOUBLES, (1, 1), ONE)] * 2, "a variable stands twice"),
        ([ONE], "type 2 where an array should be"),
        ([b"1234"], "ends early"),
        ([compressed(array(DOUBLES, (1, 1), ONE) * 2)], "no single variable"),
        ([compressed(compressed(array(DOUBLES, (1, 1), ONE)))], "type 15 where an array"),
        ([compressed(b"")], "no single variable"),
        ([element(15, b"nothing")], "compressed data are damaged"),
        ([compressed(bytes(2**26))], "unpacks to more than 16,777,216 bytes"),
    ],
)
def test_wrong_lengths_sizes_and_kinds(tmp_path: Path, elements: list[bytes], message: str) -> None:
    assert message in refusal(write(tmp_path / "a.mat", *elements))


def test_depth_is_bounded(tmp_path: Path) -> None:
    nested = EMPTY_CELL
    for _ in range(MAX_DEPTH):
        nested = array(CELL, (1, 1), nested)
    read = read_matlab(write(tmp_path / "a.mat", nested))["a"]
    for _ in range(MAX_DEPTH - 1):
        read = read.item()
    nested = array(CELL, (1, 1), nested)
    assert "over 16 deep" in refusal(write(tmp_path / "a.mat", nested))


def test_many_small_arrays_in_few_bytes(tmp_path: Path) -> None:
    count = MAX_ARRAYS
    data = compressed(array(CELL, (count, 1), EMPTY_CELL * count))
    assert len(data) < 5000
    assert "holds over 65,536 arrays" in refusal(write(tmp_path / "a.mat", data))
    # Text of no letters in 16 million rows takes no memory.
    wide = array(CHAR, (2**24, 0), element(16, b""))
    assert read_matlab(write(tmp_path / "a.mat", wide))["a"].size == 0


def test_other_kinds_of_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"a": np.ones(3)}, format="4")
    assert refusal(path) == "of version 4; save it with MATLAB's `save -v7`"
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM" + bytes(400))
    assert refusal(path) == "of version 7.3; save it with MATLAB's `save -v7`"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert "of version 7.3" in refusal(path)
    for content in (b"", b"<html>" * 50, bytes(500), b"MATLAB 5.0".ljust(126) + b"IM"):
        path.write_bytes(content)
        assert refusal(path) == "its header is not that of version 5"
    for value, what in ((np.array([1j]), "complex numbers"), (eye(3, format="csc"), "a sparse")):
        savemat(path, {"a": value})
        assert f"it holds {what}" in refusal(path)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mat")
    (tmp_path / "loop.mat").symlink_to(tmp_path / "loop.mat")
    (tmp_path / "zero.mat").symlink_to("/dev/zero")
    (tmp_path / "long.mat").write_bytes(bytes(MAX_BYTES + 1))
    for name, what in (
        ("pipe.mat", "not a regular file"),
        ("loop.mat", "symbolic links"),
        ("zero.mat", "not a regular file"),
        ("long.mat", "larger than 16,777,216 bytes"),
        ("none.mat", "No such file"),
        ("n" * 5000, "name too long"),
        ("nul\0.mat", "null byte"),
    ):
        assert what in refusal(tmp_path / name)


def sound_file() -> bytes:
    """An uncompressed file with every kind of value."""
    buffer = io.BytesIO()
    inner = {"x": cell(["ab", np.arange(3), {"y": True}]), "z": np.float32(0.5)}
    savemat(buffer, {"s": inner, "t": np.array(["abc", "def"]), "n": np.arange(20, dtype="i2")})
    return buffer.getvalue()


def test_a_part_of_a_file_is_refused_or_ends_between_variables(tmp_path: Path) -> None:
    whole, read = sound_file(), 0
    for length in range(0, len(whole), 4):
        (tmp_path / "a.mat").write_bytes(whole[:length])
        try:
            assert len(read_matlab(tmp_path / "a.mat")) < 3
            read += 1
        except MatlabError:
            pass
    assert 3 <= read <= 3 * 2  # none, one, two variables; the last one's padding may be cut


@pytest.mark.parametrize("pack", [False, True])
def test_changed_bytes_never_raise_anything_else(tmp_path: Path, pack: bool) -> None:
    """One in twenty of such files ends a process that reads them with scipy."""
    whole, rng, refused = sound_file(), random.Random(0), 0
    for _ in range(250):
        changed = bytearray(whole)
        for _ in range(rng.choice([1, 2, 8])):
            at = rng.randrange(128, len(changed))
            if rng.random() < 0.5:
                changed[at] = rng.randrange(256)
            else:
                tag = rng.choice([0, 14, 15, 2**31, 2**32 - 1, rng.randrange(40)])
                changed[at // 4 * 4 : at // 4 * 4 + 4] = struct.pack("<I", tag)
        content = bytes(changed)
        if pack:
            content = content[:128] + compressed(content[128:])
        (tmp_path / "a.mat").write_bytes(content)
        try:
            read_matlab(tmp_path / "a.mat")
        except MatlabError:
            refused += 1
    assert refused > 50


# Vectors of whole numbers


@pytest.mark.parametrize(
    ("given_values", "expected"),
    [
        (np.array([[1.0, -4.0]]), [1, -4]),
        (np.array([[3], [5]], "u8"), [3, 5]),
        (np.array([[True]]), [1]),
        (np.zeros((0, 0)), []),
        (np.zeros((1, 0), "u1"), []),
        (np.ones((1, 1, 2)), [1, 1]),
    ],
)
def test_integer_vectors(given_values: Any, expected: list[int]) -> None:
    vector = integer_vector(given_values)
    assert vector.tolist() == expected
    assert vector.dtype == np.int64


@pytest.mark.parametrize(
    "bad", [0.5, np.nan, np.inf, -np.inf, 1e300, 2.0**60, "1", np.uint64(2**63), 1j]
)
def test_no_integers(bad: Any) -> None:
    with pytest.raises(MatlabError, match="values that are no integers"):
        integer_vector(np.array([[bad]]))


def test_no_vectors() -> None:
    with pytest.raises(MatlabError, match="no integers"):
        integer_vector(cell([1, 2]))
    with pytest.raises(MatlabError, match=r"no vector, but of shape \(2, 2\)"):
        integer_vector(np.ones((2, 2)))
