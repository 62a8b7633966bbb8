"""Reading image files that anyone may have sent: decode one, or say what is wrong with it."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from aacpy.datasets.layout import NO_FILE_FAULT, UNREADABLE, Fault, printable
from aacpy.datasets.pixel_data import JPEG, DamagedImageError, pixel_data
from aacpy.errors import DatasetError
from aacpy.files import read_bounded

#: Larger images are refused before they are decoded: a person's crop has some thousand pixels,
#: and a small file can claim a size that fills the memory.
MAX_PIXELS = 2**24
MAX_BYTES = 2**26

_COPY_AGAIN = "Copy it again from the source, or unpack the archive again."
_REPLACE = "Take it out of the folder, or put the image there that belongs under this name."
_UNREADABLE = {
    errno.EINVAL: NO_FILE_FAULT,
    errno.EFBIG: Fault(f"over {MAX_BYTES >> 20} MiB, too large for an image of a person", _REPLACE),
}
_HTML = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")


class ImageFacts(NamedTuple):
    """What a decoded image is: Pillow's mode (RGB, L, CMYK, ...), width and height in pixels."""

    mode: str
    width: int
    height: int


def inspect_image(path: Path) -> ImageFacts | Fault:
    """Read and fully decode an image; return what it is, or what is wrong with it."""
    image = _load(path)
    return image if isinstance(image, Fault) else ImageFacts(image.mode, *image.size)


def open_image(path: str | Path) -> Image.Image:
    """Read and fully decode an image, as RGB with 8 bits a channel.

    The pixels are those stored: rotations that metadata ask for are not carried out, transparency
    is dropped, of 16 bits the upper 8 are kept, of an animation the first picture.

    Raises
    ------
    DatasetError
        If it is no whole JPEG or PNG, or too large; the message names the file and the remedy.
    """
    image = _load(Path(path))
    if isinstance(image, Fault):
        raise DatasetError(
            f"{printable(path)}: cannot be read as an image ({image.what}). {image.remedy} "
            "`python -m aacpy check ROOT` lists all such files."
        )
    if image.mode == "I;16":  # which Pillow would clip
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image if image.mode == "RGB" else image.convert("RGB")


def _load(path: Path) -> Image.Image | Fault:
    try:
        content = read_bounded(path, MAX_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        return _UNREADABLE.get(getattr(error, "errno", 0), UNREADABLE)
    if not content:
        return Fault("an empty file", _COPY_AGAIN)
    if content[:512].lstrip().lower().startswith(_HTML):
        return Fault(
            "a web page, not an image",
            "The server answered with a page (log-in, quota, error): download the data again.",
        )
    try:
        return _decode(pixel_data(content))
    except DamagedImageError as error:
        return Fault(str(error), _COPY_AGAIN)


def _decode(content: bytes) -> Image.Image | Fault:
    # The formats' own classes: `Image.open` warns about sizes, by filters that threads share.
    kind = JpegImageFile if content.startswith(JPEG) else PngImageFile
    try:
        image = kind(io.BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            return Fault(
                f"claims to have over {MAX_PIXELS:,} pixels, too many for an image of a person",
                _REPLACE,
            )
        image.load()
    except Exception as error:  # Pillow raises many kinds for damaged data
        return Fault(f"damaged or truncated ({error})", _COPY_AGAIN)
    return image
