"""Whether an image file is whole: read it, decode it, say what is wrong."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from aacpy.datasets.layout import UNREADABLE, Fault

#: Larger images are refused before they are decoded: a person's crop has some thousand pixels,
#: and a small file can claim a size that fills the memory.
MAX_PIXELS = 2**24
MAX_BYTES = 2**26

_COPY_AGAIN = "Copy it again from the source, or unpack the archive again."
_BOMB = Fault(
    f"claims to have over {MAX_PIXELS:,} pixels, too many for an image of a person",
    "Take it out of the folder, or put the image there that belongs under this name.",
)
_HTML = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")


class ImageFacts(NamedTuple):
    """What a decoded image is: Pillow's mode (RGB, L, CMYK, ...), width and height in pixels."""

    mode: str
    width: int
    height: int


def inspect_image(path: Path) -> ImageFacts | Fault:
    """Read and fully decode an image; return what it is, or what is wrong with it."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return Fault(f"{size / 2**20:,.0f} MiB, too large for an image of a person",
                         _BOMB.remedy)  # fmt: skip
        content = path.read_bytes()
    except OSError:
        return UNREADABLE
    if not content:
        return Fault("an empty file", _COPY_AGAIN)
    if content[:512].lstrip().lower().startswith(_HTML):
        return Fault(
            "a web page, not an image",
            "The server answered with a page (log-in, quota, error): download the data again.",
        )
    # The decoder's warnings concern metadata only, save the one about size.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return _decode(content)


def _decode(content: bytes) -> ImageFacts | Fault:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:
                return _BOMB
            image.load()
            kind, facts = image.format, ImageFacts(image.mode, *image.size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _BOMB
    except UnidentifiedImageError:
        return Fault("neither a JPEG nor a PNG image", _COPY_AGAIN)
    except Exception as error:  # Pillow raises many kinds for damaged data
        return Fault(f"damaged or truncated ({error})", _COPY_AGAIN)
    # A file whose end was never written, but filled with zeros, decodes without complaint: ask
    # for JPEG's end marker behind the start of its last scan. Neither occurs inside a scan.
    if kind != "PNG" and content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda"):
        return Fault("damaged or truncated (its end is missing)", _COPY_AGAIN)
    return facts
