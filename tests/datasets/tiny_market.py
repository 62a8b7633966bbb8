"""A tiny directory in Market-1501's layout, for tests to read and to damage."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from aacpy.datasets.attributes import ATTRIBUTE_VALUES, AttributeTable, write_attributes
from aacpy.datasets.layout import ATTRIBUTE_FILE

TRAIN = (
    "0002_c1s1_000451_03.jpg",
    "0002_c2s1_000301_01.jpg",
    "0007_c1s6_028546_01.jpg",
    "0007_c3s3_077419_03.jpg",
)
QUERY = ("0001_c1s1_001051_00.jpg", "0003_c2s1_000001_00.jpg")
GALLERY = (
    "-1_c3s2_000401_01.jpg",
    "0000_c1s1_000151_01.jpg",
    "0001_c1s1_001051_02.jpg",
    "0001_c2s1_000301_01.jpg",
    "0003_c4s6_015641_01.jpg",
)


def encode(size: tuple[int, int] = (8, 16), mode: str = "RGB", kind: str = "JPEG") -> bytes:
    """Bytes of a small noisy image of `size` (width, height)."""
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def table(ids: Iterable[int], seed: int = 0) -> AttributeTable:
    """Valid random attributes of some identities."""
    identities = np.array(list(ids), np.int64)
    tops = [len(meanings) for meanings in ATTRIBUTE_VALUES.values()]
    values = np.random.default_rng(seed).integers(1, np.add(tops, 1), (len(identities), len(tops)))
    return AttributeTable(identities, values)


def write_images(root: Path, folder: str, names: Iterable[str]) -> None:
    """Write the same small JPEG under every name."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    content = encode()
    for name in names:
        (root / folder / name).write_bytes(content)


def write_market(root: Path) -> Path:
    """Write a faultless directory: two training and two test identities, junk, a distractor."""
    write_images(root, "bounding_box_train", TRAIN)
    write_images(root, "query", QUERY)
    write_images(root, "bounding_box_test", GALLERY)
    write_attributes(root / ATTRIBUTE_FILE, table([2, 7]), table([1, 3], seed=1))
    return root
