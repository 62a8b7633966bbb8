"""MATLAB files: Market-1501's attributes and the metadata that a twin is rendered from."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from scipy.io import savemat
from scipy.sparse import csc_matrix

from aacpy.datasets.attributes import ATTRIBUTE_NAMES, AttributeTable, read_attributes
from aacpy.datasets.layout import ATTRIBUTE_FILE
from aacpy.datasets.renderer.market_names import Plan, market_twin
from faults.fuzzing.mutate import mutate_bytes
from faults.fuzzing.parser import Parser

_FILE = Path(ATTRIBUTE_FILE)
_METADATA = Path("metadata")
_TEXT = "bounding_box_train.txt"
_HEADER, _COMPRESSED = 128, 15  # of the format: bytes before the first element, an element's type

#: What a field can be instead of a row of bytes.
_VALUES: tuple[Callable[[], Any], ...] = (
    lambda: np.zeros(0), lambda: np.ones((2, 2, 2)), lambda: np.array([np.nan, 1.0]),
    lambda: np.array([np.inf, 1e300]), lambda: np.array([1 + 2j, 3]), lambda: np.array([True]),
    lambda: np.array([2**63, 2**64 - 1], np.uint64), lambda: np.array([-(2**63), 0], np.int64),
    lambda: "text", lambda: np.array(["ab", "cd"]), lambda: np.array(["x", 1], object),
    lambda: {"nested": {"struct": np.ones(2)}}, lambda: np.array([{"a": 1}, {"a": 2}], object),
    lambda: csc_matrix(np.eye(3)), lambda: np.ones(1000, np.uint8), lambda: 7, lambda: "",
    lambda: np.array([["0001"], ["0001"]], object), lambda: np.array([1.5, 2.0]),
)  # fmt: skip


def matlab(content: Mapping[str, Any], *, compressed: bool = False) -> bytes:
    """The bytes of a MATLAB 5 file, alike at every call: the header's time is left out."""
    buffer = io.BytesIO()
    savemat(buffer, dict(content), do_compression=compressed)
    return b"MATLAB 5.0 MAT-file".ljust(116) + buffer.getvalue()[116:]


def compress(plain: bytes) -> bytes:
    """A plain file's data as one compressed element, so that what is wrong passes the checksum."""
    packed = zlib.compress(plain[_HEADER:], 1)
    return plain[:_HEADER] + struct.pack("<II", _COMPRESSED, len(packed)) + packed


def attribute_samples() -> list[bytes]:
    """A small attribute file, compressed and plain."""
    content = _attributes(Random(0))
    return [matlab(content, compressed=True), matlab(content)]


def _attributes(rng: Random) -> dict[str, Any]:
    split: dict[str, Any] = {name: np.ones((1, 2), np.uint8) for name in ATTRIBUTE_NAMES}
    split["image_index"] = np.array([["0002", "0007"]], object)
    return {"market_attribute": {"train": split, "test": {**split}}}


def mutate_attributes(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong bytes, before compression and after, and whole files of another structure."""
    kind = rng.random()
    if kind < 0.3:
        return mutate_bytes(rng, samples)
    if kind < 0.7:
        return compress(mutate_bytes(rng, samples[1:]))
    content = _attributes(rng)
    root = content["market_attribute"]
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.choice((root["train"], root["train"], root["test"], root, content))
        if not isinstance(place, dict) or not place:
            continue
        key = rng.choice(list(place))
        if rng.random() < 0.3:
            place[rng.choice(("x", "image_index", "train"))] = place.pop(key)
        else:
            place[key] = rng.choice(_VALUES)()
        if not isinstance(root, dict) or not {"train", "test"} <= set(root):
            break
    return matlab(content, compressed=rng.random() < 0.5)


def read_table(sample: bytes) -> dict[str, AttributeTable]:
    """Read the attribute file."""
    _FILE.write_bytes(sample)
    return read_attributes(_FILE)


def use_table(tables: Mapping[str, AttributeTable]) -> None:
    """Say what is wrong with the rows, and look identities up."""
    for table in tables.values():
        table.faults()
        table.rows(table.ids)


def metadata_samples() -> list[bytes]:
    """Each file of a twin's metadata, after a line with its name."""
    _METADATA.mkdir(exist_ok=True)
    vectors = {"queryID": [1, 3], "queryCam": [1, 2], "testID": [-1, 0, 3], "testCam": [1, 2, 6]}
    files = {f"{name}.mat": matlab({name: np.array(values, np.float64)})
             for name, values in vectors.items()}  # fmt: skip
    files[_FILE.name] = attribute_samples()[0]
    files[_TEXT] = b"0002_c1s1_000451_03.jpg\n0007_c2s1_000301_01.jpg\n"
    for name, content in files.items():
        (_METADATA / name).write_bytes(content)
    return [name.encode() + b"\n" + content for name, content in files.items()]


def mutate_metadata(rng: Random, samples: Sequence[bytes]) -> bytes:
    """One of the files with wrong bytes, or a vector of another kind."""
    name, content = rng.choice(samples).split(b"\n", 1)
    kind = rng.random()
    if name.endswith(b".mat") and kind < 0.3:
        return name + b"\n" + matlab({rng.choice(("queryID", "x", "testCam")): rng.choice(_VALUES)()
                                      for _ in range(rng.randint(1, 2))})  # fmt: skip
    changed = mutate_bytes(rng, [content])
    if name.endswith(b".mat") and kind < 0.6:
        changed = compress(changed)
    return name + b"\n" + changed


def read_metadata(sample: bytes) -> Plan:
    """Plan a twin with one file replaced."""
    name, content = sample.split(b"\n", 1)
    path = _METADATA / name.decode()
    whole = path.read_bytes()
    path.write_bytes(content)
    try:
        return market_twin(_METADATA, limit=None)
    finally:
        path.write_bytes(whole)


def use_metadata(plan: Plan) -> None:
    """A twin is told by its digest."""
    _ = plan.digest


PARSERS = {
    parser.name: parser
    for parser in (
        Parser("attributes", "market_attribute.mat", attribute_samples, mutate_attributes,
               read_table, (_FILE.name,), use_table),
        Parser("metadata", "the metadata of Market-1501", metadata_samples, mutate_metadata,
               read_metadata, (str(_METADATA),), use_metadata),
    )
}  # fmt: skip
