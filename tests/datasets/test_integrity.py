"""Whole images pass; every way of being damaged is told apart."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_market import encode

from aacpy.datasets import integrity
from aacpy.datasets.integrity import ImageFacts, inspect_image
from aacpy.datasets.layout import Fault


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


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims to have side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


@pytest.mark.parametrize("side", [5_000, 10_000, 50_000])  # below and above Pillow's own limits
def test_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    assert what(tmp_path, bomb(side)).startswith("claims to have over 16,777,216 pixels")


def test_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "MAX_BYTES", 2**20)
    assert what(tmp_path, bytes(2**21)) == "2 MiB, too large for an image of a person"


def test_missing_file(tmp_path: Path) -> None:
    found = inspect_image(tmp_path / "gone.jpg")
    assert isinstance(found, Fault)
    assert found.what == "cannot be read"


def test_warning_filters_are_left_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode())
    before = list(warnings.filters)
    inspect_image(tmp_path / "a.jpg")
    assert list(warnings.filters) == before
