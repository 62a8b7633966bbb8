"""A JPEG's or PNG's parts that hold pixels, without its metadata.

Decoders read much beside pixels: thumbnails, positions, texts, profiles. What is not decoded can
neither fail, warn, fill the memory nor take long. The pixels stay what they are, as stored: an
EXIF rotation is not carried out, of an animation the first picture counts.

References: ITU-T T.81 (JPEG), annex B; W3C, "Portable Network Graphics", chapters 5 and 11.
"""

from __future__ import annotations

import struct

#: How the formats begin.
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"

#: Segments, chunks and scans of a file: with more, decoding could take minutes.
_MAX_PARTS, _MAX_SCANS = 2**16, 32

_SCAN = b"\xff\xda"
#: APP0 and APP14 say how colours are stored; APP1 to 13, APP15 and comments are metadata.
_JPEG_METADATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}
_PNG_PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


class DamagedImageError(ValueError):
    """A file is no whole image; the message says why."""


def pixel_data(content: bytes) -> bytes:
    """Return a JPEG or PNG file without its metadata.

    Raises
    ------
    DamagedImageError
        If it is neither of them, its structure is broken, or it has absurdly many parts.
    """
    if content.startswith(JPEG):
        return _jpeg(content)
    if content.startswith(PNG):
        return _png(content)
    raise DamagedImageError("neither a JPEG nor a PNG image")


def _jpeg(content: bytes) -> bytes:
    kept, at = [content[:2]], 2
    for _ in range(_MAX_PARTS):
        marker = content[at : at + 2]
        if marker == b"\xff\xff":  # a fill byte
            at += 1
            continue
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] in (0x00, 0xD8, 0xD9):
            raise DamagedImageError("damaged or truncated (its header is broken)")
        if marker == _SCAN:
            break
        (length,) = struct.unpack(">H", content[at + 2 : at + 4].rjust(2, b"\0"))
        if length < 2:
            raise DamagedImageError("damaged or truncated (its header is broken)")
        if marker[1] not in _JPEG_METADATA:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    else:
        raise DamagedImageError(f"in over {_MAX_PARTS:,} segments")
    # Inside a scan neither this marker nor the end's occurs.
    if content.count(_SCAN, at) > _MAX_SCANS:
        raise DamagedImageError(f"in over {_MAX_SCANS} scans")
    # A file whose end was never written, but filled with zeros, decodes without complaint.
    if content.rfind(b"\xff\xd9") < content.rfind(_SCAN):
        raise DamagedImageError("damaged or truncated (its end is missing)")
    return b"".join([*kept, content[at:]])


def _png(content: bytes) -> bytes:
    kept, at = [PNG], len(PNG)
    for _ in range(_MAX_PARTS):
        length, kind = struct.unpack(">I4s", content[at : at + 8].ljust(8, b"\0"))
        end = at + 12 + length
        if end > len(content):
            raise DamagedImageError("damaged or truncated (it ends early)")
        if kind in _PNG_PIXELS:
            kept.append(content[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise DamagedImageError(f"in over {_MAX_PARTS:,} chunks")
