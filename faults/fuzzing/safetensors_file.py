"""The two parts of a safetensors file, so that each can be damaged for itself."""

from __future__ import annotations

import struct


def cut(content: bytes) -> tuple[str, bytes]:
    """The header, which is JSON, and the data."""
    (size,) = struct.unpack_from("<Q", content)
    return content[8 : 8 + size].decode(), content[8 + size :]


def joined(header: bytes, data: bytes) -> bytes:
    """A file of these parts, the header's length before them."""
    return struct.pack("<Q", len(header)) + header + data
