"""Pseudo-labels as a record keeps them: text, small, and safe to unpack."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from aacpy.errors import RecordError

#: No record is of more images; what would unpack to more is refused, not unpacked.
MOST_LABELS = 10_000_000

_BYTES = 4


def pack_labels(labels: NDArray[np.int64]) -> str:
    """Labels as base64 of zlib of little-endian int32."""
    return base64.b64encode(zlib.compress(np.asarray(labels, "<i4").tobytes(), 9)).decode()


def unpack_labels(text: str, most: int = MOST_LABELS) -> NDArray[np.int64]:
    """Inverse of `pack_labels`, of at most `most` labels.

    Raises
    ------
    RecordError
        If the text was not made by `pack_labels`, is cut, or holds more labels.
    """
    try:
        packed = base64.b64decode(text, validate=True)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(packed, _BYTES * most + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise RecordError(f"packed labels cannot be read ({error})") from error
    if len(content) > _BYTES * most:
        raise RecordError(f"packed labels cannot be read (there are more than {most:,})")
    if not unpacker.eof or unpacker.unused_data or len(content) % _BYTES:
        raise RecordError("packed labels cannot be read (cut, or followed by something else)")
    return np.frombuffer(content, "<i4").astype(np.int64)
