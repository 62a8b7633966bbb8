"""Whole images pass; every way of being damaged is told apart."""

from __future__ import annotations

import io
import os
import random
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiny_market import encode

from aacpy.datasets.integrity import MAX_BYTES, ImageFacts, inspect_image, open_image
from aacpy.datasets.layout import NO_FILE_FAULT, UNREADABLE, Fault
from aacpy.errors import DatasetError


def what(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    found = inspect_image(path)
    assert isinstance(found, Fault)
    assert found.remedy.endswith(".")
    return found.what


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG")],
)
def test_whole_images(tmp_path: Path, mode: str, kind: str) -> None:
    (tmp_path / "a.jpg").write_bytes(encode((8, 16), mode, kind))
    assert inspect_image(tmp_path / "a.jpg") == ImageFacts(mode, 8, 16)


def test_bytes_behind_the_end_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode() + b"\0" * 100)
    assert inspect_image(tmp_path / "a.jpg") == ImageFacts("RGB", 8, 16)


def test_progressive_image_is_whole_and_its_part_is_not(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((128, 64, 3), np.uint8)).save(buffer, "JPEG", progressive=True)
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert inspect_image(tmp_path / "a.jpg") == ImageFacts("RGB", 64, 128)
    assert "damaged or truncated" in what(tmp_path, buffer.getvalue()[:-10])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated(tmp_path: Path, kind: str, share: float) -> None:
    content = encode((64, 128), kind=kind)
    assert "damaged or truncated" in what(tmp_path, content[: int(len(content) * share)])


def test_jpeg_without_its_last_two_bytes(tmp_path: Path) -> None:
    assert "damaged or truncated" in what(tmp_path, encode()[:-2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_second_half_never_written(tmp_path: Path, kind: str) -> None:
    content = encode((64, 128), kind=kind)
    half = len(content) // 2
    assert "damaged or truncated" in what(tmp_path, content[:half] + bytes(len(content) - half))


def test_empty(tmp_path: Path) -> None:
    assert what(tmp_path, b"") == "an empty file"


def test_all_zeros_text_and_other_formats(tmp_path: Path) -> None:
    for content in (bytes(3000), b"not an image", encode(kind="GIF"), encode(kind="BMP")):
        assert what(tmp_path, content) == "neither a JPEG nor a PNG image"


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html>", b"\n <HTML lang=en>", b"<?xml version='1.0'?><html>"]
)
def test_web_page(tmp_path: Path, page: bytes) -> None:
    assert what(tmp_path, page) == "a web page, not an image"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *more: bytes, bits: int = 8, color: int = 2) -> bytes:
    """A PNG of zeros, with more chunks before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    pixels = zlib.compress(bytes((min(width, 99) * 8 + 1) * min(height, 99)))
    chunks = (chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("side", [5_000, 10_000, 20_000, 50_000])  # Pillow's limits are between
def test_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    assert what(tmp_path, png(side, side)).startswith("claims to have over 16,777,216 pixels")


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    found = inspect_image(tmp_path / "a.jpg")
    assert isinstance(found, Fault)
    assert found.what == "over 64 MiB, too large for an image of a person"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    for name, fault in (
        (".", NO_FILE_FAULT),
        ("pipe.jpg", NO_FILE_FAULT),
        ("zero.jpg", NO_FILE_FAULT),
        ("loop.jpg", UNREADABLE),
        ("nul\0.jpg", UNREADABLE),
        ("n" * 5000, UNREADABLE),
    ):
        assert inspect_image(tmp_path / name) == fault


def test_missing_file(tmp_path: Path) -> None:
    found = inspect_image(tmp_path / "gone.jpg")
    assert isinstance(found, Fault)
    assert found.what == "cannot be read"


def test_warning_filters_are_left_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode())
    before = list(warnings.filters)
    inspect_image(tmp_path / "a.jpg")
    assert list(warnings.filters) == before


# One opener for all that decodes

COLOURS = np.array([[[255, 0, 0], [0, 0, 255]], [[0, 0, 0], [255, 255, 255]]], np.uint8)
PICTURE = Image.fromarray(COLOURS)


def opened(tmp_path: Path, content: bytes) -> Image.Image:
    (tmp_path / "a.png").write_bytes(content)
    return open_image(tmp_path / "a.png")


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_modes_of_colour_keep_their_pixels(tmp_path: Path, mode: str) -> None:
    image = opened(tmp_path, saved(PICTURE.convert(mode)))
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), COLOURS)


def test_transparency_is_dropped(tmp_path: Path) -> None:
    half = PICTURE.copy()
    half.putalpha(7)
    palette = saved(PICTURE.convert("P"), transparency=bytes(range(200)))
    for content in (saved(half), palette, saved(PICTURE, transparency=(255, 0, 0))):
        np.testing.assert_array_equal(np.asarray(opened(tmp_path, content)), COLOURS)


def test_grey_modes(tmp_path: Path) -> None:
    grey = Image.fromarray(np.array([[0, 255]], np.uint8))
    for mode in ("1", "L", "LA"):
        image = opened(tmp_path, saved(grey.convert(mode)))
        assert np.asarray(image).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    deep = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    image = opened(tmp_path, saved(Image.fromarray(deep)))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 0, 1, 128, 255]
    assert opened(tmp_path, png(3, 2, bits=16)).size == (3, 2)
    assert opened(tmp_path, png(3, 2, bits=16, color=6)).mode == "RGB"


def test_one_pixel_and_cmyk(tmp_path: Path) -> None:
    one = PICTURE.crop((0, 0, 1, 1))
    assert np.asarray(opened(tmp_path, saved(one))).tolist() == [[[255, 0, 0]]]
    red = np.asarray(opened(tmp_path, saved(one.convert("CMYK"), "JPEG")))[0, 0]
    assert np.abs(red - np.array([255.0, 0, 0])).max() < 10


def test_pixels_are_those_stored_whatever_the_metadata_say(tmp_path: Path) -> None:
    original = Image.open(io.BytesIO(encode((64, 128))))
    plain = np.asarray(Image.open(io.BytesIO(saved(original, "JPEG"))))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    more: tuple[dict[str, Any], ...] = (
        {"exif": exif},
        {"exif": b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 50},
        {"icc_profile": b"\xff\xda" * 9000},
        {"comment": b"\xff\xd9"},
    )
    for options in more:
        content = saved(original, "JPEG", **options)
        np.testing.assert_array_equal(np.asarray(opened(tmp_path, content)), plain)


def test_of_an_animation_the_first_picture_counts(tmp_path: Path) -> None:
    content = saved(PICTURE, save_all=True, append_images=[PICTURE.rotate(90)])
    np.testing.assert_array_equal(np.asarray(opened(tmp_path, content)), COLOURS)
    assert opened(tmp_path, png(2, 2, chunk(b"acTL", bytes(8)))).size == (2, 2)  # of no pictures


def test_what_texts_and_profiles_unpack_to_takes_no_memory(tmp_path: Path) -> None:
    huge = zlib.compress(bytes(2**26), 9)
    for kind, head in ((b"iTXt", b"k\0\1\0\0\0"), (b"zTXt", b"k\0\0"), (b"iCCP", b"k\0\0")):
        content = png(2, 2, chunk(kind, head + huge))
        (tmp_path / "a.png").write_bytes(content)
        tracemalloc.start()
        assert open_image(tmp_path / "a.png").size == (2, 2)
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES + 2**22  # room for a file, no more
        tracemalloc.stop()


def segment(marker: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def test_files_in_a_million_parts_are_refused_at_once(tmp_path: Path) -> None:
    whole = encode((64, 128))
    progressive = saved(Image.open(io.BytesIO(whole)), "JPEG", progressive=True)
    last = progressive.rfind(b"\xff\xda")
    scans = progressive[:last] + progressive[last:-2] * 40 + progressive[-2:]
    assert what(tmp_path, scans) == "in over 32 scans"
    for many in (segment(0xFE) * 100_000, b"\xff" * 100_000):
        assert what(tmp_path, whole[:2] + many + whole[2:]) == "in over 65,536 segments"
    assert what(tmp_path, png(2, 2, chunk(b"teXt", b"") * 70_000)) == "in over 65,536 chunks"


@pytest.mark.parametrize(
    "head", [b"", b"\xff", segment(0xE0)[:3], b"\xff\xe0\0\1", b"\xff\0", b"xx", b"\xff\xd9"]
)
def test_broken_headers(tmp_path: Path, head: bytes) -> None:
    content = b"\xff\xd8" + segment(0xFE) + head
    assert what(tmp_path, content) == "damaged or truncated (its header is broken)"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_changed_bytes_are_read_or_named(tmp_path: Path, kind: str) -> None:
    whole, rng, refused = encode((16, 32), kind=kind), random.Random(0), 0
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(rng.choice([1, 2, 8])):
            changed[rng.randrange(len(whole))] = rng.choice([0, 1, 255, rng.randrange(256)])
        try:
            assert opened(tmp_path, bytes(changed)).mode == "RGB"
        except DatasetError as error:
            assert str(error).startswith(f"{tmp_path / 'a.png'}: cannot be read as an image (")
            refused += 1
    assert refused > 50


def test_the_error_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        opened(tmp_path, b"<!DOCTYPE html><html>")
    assert str(caught.value) == (
        f"{tmp_path / 'a.png'}: cannot be read as an image (a web page, not an image). The server "
        "answered with a page (log-in, quota, error): download the data again. "
        "`python -m aacpy check ROOT` lists all such files."
    )
