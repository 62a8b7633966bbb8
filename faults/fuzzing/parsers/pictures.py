"""Images: the two readers of the project on each file, which must agree."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image
from torch import Tensor

from aacpy.datasets.integrity import inspect_image
from aacpy.datasets.layout import Fault
from aacpy.errors import AacpyError
from aacpy.images import decode_image
from faults.fuzzing.mutate import mutate_bytes
from faults.fuzzing.parser import ContradictionError, Parser

_FILE = Path("0002_c1s1_000451_03.jpg")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZES = (0, 1, 2, 255, 4096, 4097, 16384, 65500, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_SMALL = 20_000  # bytes of a sample that is damaged further


def picture_samples() -> list[bytes]:
    """Small pictures of every kind that a folder may hold, then some that are none."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 9, 3), dtype=np.uint8))
    return [
        _saved(noise, "JPEG"), _saved(noise, "JPEG", progressive=True),
        _saved(noise.convert("L"), "JPEG"), _saved(noise.convert("CMYK"), "JPEG"),
        _saved(noise.resize((1, 1)), "JPEG"), _saved(noise, "PNG"),
        _saved(noise.convert("P"), "PNG", transparency=b"\0\x80"),
        _saved(noise.convert("RGBA"), "PNG"), _saved(noise.convert("LA"), "PNG"),
        _saved(noise.convert("1"), "PNG"), _saved(noise.resize((1, 1)), "PNG"),
        _saved(Image.fromarray(np.arange(108, dtype=np.uint16).reshape(12, 9) * 600), "PNG"),
        png(1, 1, b"\0\x7f", interlaced=1), png(3, 2, b"\0" * 14, depth=16),
        png(2, 2, b"\0\1\2\0\1\2", extra=[(b"zTXt", b"k\0\0" + zlib.compress(bytes(10**7)))]),
        png(2, 2, b"\0\1\2\0\1\2", extra=[(b"eXIf", b"II*\0\x08\0\0\0\xff\xff"), (b"pHYs", b"x")]),
    ]  # fmt: skip


@cache
def _others() -> list[bytes]:
    """Other formats, text, and few bytes that claim many pixels."""
    flat = Image.new("RGB", (4, 4))
    kinds = [_saved(flat, kind) for kind in ("GIF", "BMP", "TIFF", "PPM", "ICO", "WEBP", "TGA")]
    pages = [b"<!DOCTYPE html><html><body>quota exceeded</body></html>", b"", b"\0" * 500,
             b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(executed) (w) file\n",
             b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>']  # fmt: skip
    bombs = [png(w, h, b"\0" * 100) for w, h in ((60000, 60000), (2**31 - 1, 1), (4097, 4097))]
    return [*kinds, *pages, *bombs, png(9000, 9000, bytes(1126 * 9000), depth=1)]


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(
    width: int, height: int, rows: bytes, *, depth: int = 8, interlaced: int = 0,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> bytes:  # fmt: skip
    """A grey PNG of given size whose data are `rows`, whatever the size asks for."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, interlaced)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def mutate_picture(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong bytes, a PNG whose checksums fit them nevertheless, another size, another format."""
    kind = rng.random()
    if kind < 0.02:
        return rng.choice(_others())
    data = mutate_bytes(rng, samples)
    if kind < 0.1:
        return mutate_bytes(rng, [sample for sample in _others() if len(sample) < _SMALL])
    if kind < 0.2:
        data = _resized(rng, rng.choice(samples))
    return _with_checksums(data) if kind < 0.6 else data


def _resized(rng: Random, data: bytes) -> bytes:
    """A JPEG or PNG that claims another size."""
    width, height = rng.choice(_SIZES), rng.choice(_SIZES)
    if data.startswith(_SIGNATURE):
        return data[:16] + struct.pack(">II", width, height) + data[24:]
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    size = struct.pack(">HH", height % 2**16, width % 2**16)
    return data[: at + 5] + size + data[at + 9 :]


def _with_checksums(data: bytes) -> bytes:
    """A PNG's chunks with checksums that fit; other bytes as they are."""
    if not data.startswith(_SIGNATURE):
        return data
    parts, at = [_SIGNATURE], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if at + 12 + size > len(data):
            break
        parts.append(_chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return b"".join([*parts, data[at:]])


def read_picture(sample: bytes) -> Tensor:
    """Inspect a file, then decode it; what passes the inspection must decode."""
    _FILE.write_bytes(sample)
    found = inspect_image(_FILE)
    if isinstance(found, Fault) and not (found.what and found.remedy):
        raise ContradictionError("the inspection does not say what is wrong, or what to do")
    try:
        return decode_image(_FILE, 16, 8)
    except AacpyError as error:
        if isinstance(found, Fault):
            raise
        raise ContradictionError(f"inspected as {found}, but {error}") from error


def use_picture(image: Tensor) -> None:
    """All images are of one shape."""
    if image.shape != (3, 16, 8):
        raise ContradictionError(f"decoded to {tuple(image.shape)}")


PARSERS = {"images": Parser("images", "JPEG and PNG images", picture_samples, mutate_picture,
                            read_picture, (_FILE.name,), use_picture)}  # fmt: skip
