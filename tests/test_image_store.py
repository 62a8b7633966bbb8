"""The image store: one set of batches from every place, choice of place, damaged files."""

from __future__ import annotations

import threading
from contextlib import closing

import numpy as np
import pytest
import torch
from PIL import Image

from aacpy import Config
from aacpy.errors import DatasetError
from aacpy.image_store import ImageStore, choose_store, open_stores
from aacpy.images import channel_statistics, decode_images
from aacpy.loading import load_data

PLACES = ("device", "host", "disk")
CPU = torch.device("cpu")


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.png" for number in range(7)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (20, 10, 3), np.uint8)).save(path)
    return paths


def store(files, place, normalization="image", **options):
    return ImageStore(files, 16, 8, normalization=normalization, device=CPU, place=place, **options)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("normalization", ["image", "imagenet"])
def test_every_place_gives_the_same_batches(files, place, normalization):
    indices = [np.array([3, 3, 0]), np.array([6]), np.array([1, 2, 4, 5])]
    batches = list(store(files, place, normalization, threads=2).batches(indices))
    assert len(batches) == 3
    for index, batch in zip(indices, batches, strict=True):
        images = decode_images([files[i] for i in index], 16, 8)
        expected = channel_statistics(images, normalization)
        assert torch.equal(batch.rows, torch.from_numpy(index))
        assert torch.equal(batch.images, images)
        assert all(map(torch.equal, batch.statistics, expected))


@pytest.mark.parametrize("place", PLACES)
def test_all_images_in_order(files, place):
    batches = list(store(files, place).in_order(3))
    assert [batch.rows.tolist() for batch in batches] == [[0, 1, 2], [3, 4, 5], [6]]
    assert torch.equal(torch.cat([b.images for b in batches]), decode_images(files, 16, 8))
    assert len(store(files, place)) == 7


@pytest.mark.parametrize("place", PLACES)
def test_batches_reach_another_device(files, place):
    """The meta device of torch stands for a GPU: it has shapes and types and no values."""
    meta = torch.device("meta")
    there = ImageStore(files, 16, 8, normalization="image", device=meta, place=place)
    batches = list(there.in_order(5))
    assert [tuple(batch.images.shape) for batch in batches] == [(5, 3, 16, 8), (2, 3, 16, 8)]
    for batch in batches:
        assert {tensor.device for tensor in (batch.images, *batch.statistics)} == {meta}
        assert batch.rows.device == CPU
        assert (batch.rows.dtype, batch.images.dtype) == (torch.int64, torch.uint8)


@pytest.mark.parametrize("place", PLACES)
def test_an_empty_split_has_no_batches(place):
    assert list(store([], place).in_order(4)) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_damaged_image_is_named(files, place):
    files[4].write_bytes(files[4].read_bytes()[:60])
    with pytest.raises(DatasetError, match=r"4\.png: cannot be read as an image"):
        list(store(files, place).in_order(2))


def test_stopping_early_ends_the_thread(files):
    with closing(store(files, "disk").in_order(1)) as batches:
        next(batches)
    assert [t.name for t in threading.enumerate() if t.name == "prefetch"] == []


@pytest.mark.parametrize(
    ("device", "gpu", "host", "place"),
    [
        ("cuda", 400, 0, "device"), ("cuda", 399, 200, "host"), ("cuda", 399, 199, "disk"),
        ("cpu", 0, 200, "device"), ("cpu", 0, 199, "disk"),
    ],
)  # fmt: skip
def test_auto_takes_the_first_place_that_100_bytes_fit(monkeypatch, device, gpu, host, place):
    free = {"cuda": gpu, "cpu": host}
    monkeypatch.setattr("aacpy.image_store.free_memory_bytes", lambda device: free[device.type])
    assert choose_store("auto", 100, torch.device(device)) == place
    assert [choose_store(name, 10**18, torch.device(device)) for name in PLACES] == list(PLACES)


def test_the_stores_of_a_dataset(tiny_config, monkeypatch):
    config: Config = tiny_config()
    dataset = load_data(config)
    stores = open_stores(config, dataset, CPU)
    assert {name: len(found) for name, found in stores.items()} == {
        "train": 48, "query": 24, "gallery": 54,
    }  # fmt: skip
    assert {found.place for found in stores.values()} == {"device"}
    monkeypatch.setattr("aacpy.image_store.free_memory_bytes", lambda device: 1000)
    assert {s.place for s in open_stores(config, dataset, CPU).values()} == {"disk"}
