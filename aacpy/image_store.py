"""Where a split's images live while a run trains, and how batches of them reach the device."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.images import ChannelStatistics, channel_statistics, decode_images
from aacpy.machine import free_memory_bytes, pinned, send
from aacpy.prefetch import prefetch

# What images may take of the memory that is free: the rest is for activations on a GPU, and for
# features and neighbours on the host.
_DEVICE_SHARE, _HOST_SHARE = 0.25, 0.5


class Batch(NamedTuple):
    """Images (b, 3, h, w) uint8, their indices (b,) int64, and what they are standardised by.

    The indices are on the CPU, all else is on the device.
    """

    rows: Tensor
    images: Tensor
    statistics: ChannelStatistics


def choose_store(store: str, n_bytes: int, device: torch.device) -> str:
    """The place that `store` names, or for "auto" the first that `n_bytes` of images fit.

    That is "device", "host" or "disk". Images may take a quarter of a GPU's free memory or
    half of the host's. On a CPU, "device" is the host's memory, and "host" is never chosen.
    """
    if store != "auto":
        return store
    if device.type != "cpu" and n_bytes <= _DEVICE_SHARE * free_memory_bytes(device):
        return "device"
    if n_bytes <= _HOST_SHARE * free_memory_bytes(torch.device("cpu")):
        return "device" if device.type == "cpu" else "host"
    return "disk"


class ImageStore:
    """A split's images, resized, as uint8; batches of them on the device.

    All places give the same batches: "device" indexes one tensor there; "host" gathers in the
    host's memory; "disk" decodes a batch's files whenever it is asked for. The last two prepare
    the next batches in a background thread, for a GPU in pinned memory, whence the copies to the
    device wait for nothing. Where images stay decoded, their statistics are computed once.

    Parameters
    ----------
    paths : the files, in the order of indices.
    height, width : pixels after resizing.
    normalization : see `channel_statistics`.
    device : where batches are wanted.
    place : "device", "host" or "disk", see `choose_store`.
    threads : that decode.
    progress, title : of the bar shown while all images are decoded.

    Raises
    ------
    DatasetError
        If a file cannot be read as an image; from "disk" when its batch is taken.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        height: int,
        width: int,
        *,
        normalization: str,
        device: torch.device,
        place: str = "device",
        threads: int = 1,
        progress: bool = False,
        title: str = "decode",
    ) -> None:
        self.paths, self.size = paths, (height, width)
        self.normalization, self.device, self.place = normalization, device, place
        self.threads = threads
        if place == "disk":
            return
        images = decode_images(
            paths, height, width, threads=threads, progress=progress, title=title
        )
        held = device if place == "device" else torch.device("cpu")
        self._images = images.to(held)
        # Computed on the CPU whatever the device, so that every place gives the same numbers.
        self._statistics = channel_statistics(images, normalization).to(held)

    def __len__(self) -> int:
        return len(self.paths)

    def batches(self, indices: Iterable[NDArray[np.int64]]) -> Generator[Batch, None, None]:
        """Yield the images of each (b,) array of indices, in order.

        Close the iterator (`contextlib.closing`) to stop early.
        """
        if self.place == "device" or (self.place == "host" and self.device.type == "cpu"):
            yield from map(self._gather, indices)
            return
        with closing(prefetch(map(self._prepare, indices))) as prepared:
            for batch in prepared:
                yield _moved(batch, self.device)

    def in_order(self, size: int) -> Generator[Batch, None, None]:
        """Yield all images in order, `size` at a time; the last batch may be smaller."""
        starts = range(0, len(self), size)
        return self.batches(np.arange(start, min(start + size, len(self))) for start in starts)

    def _gather(self, index: NDArray[np.int64]) -> Batch:
        rows = torch.from_numpy(index)
        there = send(rows, self._images.device)
        return Batch(rows, self._images.index_select(0, there), self._statistics.of(there))

    def _prepare(self, index: NDArray[np.int64]) -> Batch:
        batch = self._gather(index) if self.place == "host" else self._decode(index)
        mean, std = (pinned(values, self.device) for values in batch.statistics)
        images = pinned(batch.images, self.device)
        return Batch(batch.rows, images, ChannelStatistics(mean, std))

    def _decode(self, index: NDArray[np.int64]) -> Batch:
        paths = [self.paths[i] for i in index.tolist()]
        images = decode_images(paths, *self.size, threads=self.threads)
        statistics = channel_statistics(images, self.normalization)
        return Batch(torch.from_numpy(index), images, statistics)


def open_stores(
    config: Config, dataset: ReidDataset, device: torch.device, *, progress: bool = False
) -> dict[str, ImageStore]:
    """The stores of a dataset's "train", "query" and "gallery", all in one place.

    Raises
    ------
    DatasetError
        If a file cannot be read as an image.
    """
    paths = {name: getattr(dataset, name).paths for name in ("train", "query", "gallery")}
    n_bytes = sum(map(len, paths.values())) * 3 * config.height * config.width
    place = choose_store(config.store, n_bytes, device)
    return {
        name: ImageStore(
            found,
            config.height,
            config.width,
            normalization=config.normalization,
            device=device,
            place=place,
            threads=config.threads,
            progress=progress,
            title=f"decode {name}",
        )
        for name, found in paths.items()
    }


def _moved(batch: Batch, device: torch.device) -> Batch:
    return Batch(batch.rows, send(batch.images, device), batch.statistics.to(device))
