"""Decoding and augmentation."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from aacpy import Config
from aacpy.errors import DatasetError
from aacpy.images import augment, channel_statistics, decode_images
from aacpy.images import normalize as normalize_by


def make(n=64, height=24, width=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, 256, (n, 3, height, width), generator=generator, dtype=torch.uint8)


def run(images, seed=0, **settings):
    plain = {"flip": 0.0, "pad": 0, "erase": 0.0}
    config = Config.preset("paper", **{**plain, **settings})
    statistics = channel_statistics(images, config.normalization)
    return augment(images, statistics, config, torch.Generator().manual_seed(seed))


def normalize(images, normalization):
    return normalize_by(images, channel_statistics(images, normalization))


def test_decode_resizes_and_keeps_order(tmp_path):
    paths = []
    for value in (10, 200):
        path = tmp_path / f"{value}.png"
        Image.new("RGB", (40, 80), (value, 0, 255 - value)).save(path)
        paths.append(path)
    images = decode_images(paths, 16, 8, threads=2)
    assert images.shape == (2, 3, 16, 8)
    assert images.dtype == torch.uint8
    assert images[:, :, 3, 3].tolist() == [[10, 0, 245], [200, 0, 55]]


def test_grey_images_become_rgb(tmp_path):
    Image.new("L", (8, 16), 77).save(tmp_path / "g.jpg")
    assert decode_images([tmp_path / "g.jpg"], 16, 8).unique().tolist() == [77]


@pytest.mark.parametrize("content", [b"", b"<html>no such image</html>"])
def test_no_image_is_named(tmp_path, content):
    (tmp_path / "0001_c1s1_000001_00.jpg").write_bytes(content)
    with pytest.raises(DatasetError, match=r"0001_c1s1_000001_00\.jpg: cannot be read as an image"):
        decode_images([tmp_path / "0001_c1s1_000001_00.jpg"], 16, 8)


def test_decoding_by_threads_equals_pillow_to_the_bit_and_leaves_its_warnings_alone(tmp_path):
    generator = np.random.default_rng(0)
    paths, expected, filters = [], [], list(warnings.filters)
    kinds = ({}, {"progressive": True}, {"exif": b"Exif\0\0MM\0*damaged"})
    for number, options in enumerate(kinds * 4):
        paths.append(tmp_path / f"{number}.jpg")
        pixels = generator.integers(0, 255, (64 + number, 32, 3), np.uint8)
        Image.fromarray(pixels).save(paths[-1], **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about damaged metadata
            image = Image.open(paths[-1])
            small = image.convert("RGB").resize((16, 32), Image.Resampling.BICUBIC)
        expected.append(torch.from_numpy(np.array(small)).permute(2, 0, 1))
    assert torch.equal(decode_images(paths, 32, 16, threads=4), torch.stack(expected))
    assert list(warnings.filters) == filters


def test_neither_devices_nor_other_formats_are_decoded(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    Image.new("RGB", (8, 16)).save(tmp_path / "picture.gif")
    for name in ("pipe.jpg", "zero.jpg", "picture.gif"):
        with pytest.raises(DatasetError, match=f"{name}: cannot be read as an image"):
            decode_images([tmp_path / name], 16, 8)


def test_truncated_image_is_named(tmp_path):
    path = tmp_path / "cut.jpg"
    pixels = np.random.default_rng(0).integers(0, 255, (64, 32, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[:800])
    with pytest.raises(DatasetError, match=r"cut\.jpg"):
        decode_images([path], 16, 8)


def test_imagenet_normalisation():
    image = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    expected = [(1 - m) / s for m, s in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert normalize(image, "imagenet")[0, :, 0, 0].tolist() == pytest.approx(expected)


def test_image_normalisation_has_zero_mean_unit_deviation():
    normal = normalize(make(), "image")
    torch.testing.assert_close(normal.mean((2, 3)), torch.zeros(64, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(normal.std((2, 3)), torch.ones(64, 3))
    flat = normalize(torch.full((1, 3, 4, 4), 9, dtype=torch.uint8), "image")
    assert torch.equal(flat, torch.zeros(1, 3, 4, 4))


@pytest.mark.parametrize("normalization", ["imagenet", "image"])
def test_without_augmentation_equals_normalisation(normalization):
    images = make()
    plain = run(images, normalization=normalization)
    torch.testing.assert_close(plain, normalize(images, normalization))


def test_flip_always_and_sometimes():
    images = make()
    torch.testing.assert_close(run(images, flip=1.0), normalize(images.flip(3), "imagenet"))
    mixed, plain = run(images, flip=0.5), normalize(images, "imagenet")
    flipped = (mixed != plain).flatten(1).any(1)
    assert 15 < int(flipped.sum()) < 49


def test_crop_is_a_shift_into_black():
    images, pad = make(height=24, width=12), 3
    result = run(images, pad=pad)
    padded = normalize(torch.nn.functional.pad(images, (pad,) * 4), "imagenet")
    shifts = set()
    for image, canvas in zip(result, padded, strict=True):
        places = [(y, x) for y in range(2 * pad + 1) for x in range(2 * pad + 1)]
        windows = [canvas[:, y : y + 24, x : x + 12] for y, x in places]
        matching = [torch.allclose(window, image, atol=1e-6) for window in windows]
        found = [place for place, equal in zip(places, matching, strict=True) if equal]
        assert len(found) == 1
        shifts.add(found[0])
    assert {y for y, _ in shifts} == set(range(7)) == {x for _, x in shifts}


def test_erasing_removes_rectangles_of_the_right_area():
    images = make(n=400, height=40, width=20)
    erased = (run(images, erase=1.0) == 0).all(1)
    shares = erased.float().mean((1, 2))
    assert 0.015 < shares.min() < 0.05
    assert 0.3 < shares.max() < 0.45
    for mask in erased[:50]:
        rows, columns = mask.any(1), mask.any(0)
        assert int(mask.sum()) == int(rows.sum()) * int(columns.sum())
    some = (run(images, erase=0.5) == 0).all(1).any(2).any(1)
    assert 160 < int(some.sum()) < 240


def test_one_seed_one_batch_and_input_unchanged():
    images = make()
    before = images.clone()
    settings = {"flip": 0.5, "pad": 2, "erase": 0.5}
    assert torch.equal(run(images, seed=1, **settings), run(images, seed=1, **settings))
    assert not torch.equal(run(images, seed=1, **settings), run(images, seed=2, **settings))
    assert torch.equal(images, before)


def test_statistics_are_each_images_own_however_many_there_are(monkeypatch):
    images = make(n=11)
    together = channel_statistics(images, "image")
    assert together.mean.shape == together.std.shape == (11, 3, 1, 1)
    monkeypatch.setattr("aacpy.images._STATISTICS_BATCH", 4)
    in_parts = channel_statistics(images, "image")
    alone = [channel_statistics(image[None], "image") for image in images]
    for at in (0, 1):
        assert torch.equal(together[at], in_parts[at])
        assert torch.equal(together[at], torch.cat([one[at] for one in alone]))
    rows = torch.tensor([3, 3, 9])
    assert torch.equal(together.of(rows).mean, together.mean[rows])
    shared = channel_statistics(images, "imagenet")
    assert shared.of(rows) is shared
    assert shared.mean.shape == (1, 3, 1, 1)
    assert channel_statistics(images[:0], "image").std.shape == (0, 3, 1, 1)


@pytest.mark.parametrize("normalization", ["imagenet", "image"])
@pytest.mark.parametrize("erase", [0.0, 1.0])
def test_augmentation_equals_an_explicit_loop(normalization, erase):
    """Image by image and pixel by pixel from the same draws, to the bit."""
    images, pad, flip = make(n=6, height=10, width=7), 3, 0.5
    result = run(images, seed=4, pad=pad, flip=flip, erase=erase, normalization=normalization)
    generator = torch.Generator().manual_seed(4)
    flips, lefts, tops = (torch.rand((6, 1), generator=generator).flatten() for _ in range(3))
    mean, std = channel_statistics(images, normalization)
    for n in range(6):
        left, top = (int(torch.floor(v[n] * (2 * pad + 1))) - pad for v in (lefts, tops))
        m, s = (v[n if len(v) > 1 else 0].view(3) for v in (mean, std))
        for y in range(10):
            for x in range(7):
                row = y + top
                column = (6 - x if flips[n] < flip else x) + left
                inside = 0 <= row < 10 and 0 <= column < 7
                pixel = images[n, :, row, column] if inside else torch.zeros(3, dtype=torch.uint8)
                value = result[n, :, y, x]
                erased = erase == 1 and torch.equal(value, torch.zeros(3))
                assert erased or torch.equal(value, (pixel / 255 - m) / s)
    assert result.is_contiguous(memory_format=torch.channels_last)
