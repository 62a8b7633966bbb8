"""Decoding images into one uint8 tensor, and augmenting them in batches on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from tqdm.auto import tqdm

from aacpy.config import Config
from aacpy.datasets.integrity import open_image
from aacpy.machine import send

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_ERASE_AREA = (0.02, 0.4)  # shares of the image, as in Zhong et al., AAAI 2020
_ERASE_ASPECT = 0.3
_ERASE_TRIES = 10
_STATISTICS_BATCH = 256


class ChannelStatistics(NamedTuple):
    """What images are standardised by: `mean` and `std` of their channels, values in [0, 1].

    Both are float32, (n, 3, 1, 1), or (1, 3, 1, 1) where all images share them.
    """

    mean: Tensor
    std: Tensor

    def of(self, rows: Tensor) -> ChannelStatistics:
        """Those of the images at `rows`, (b,) int64."""
        if len(self.mean) == 1:
            return self
        return ChannelStatistics(self.mean.index_select(0, rows), self.std.index_select(0, rows))

    def to(self, device: torch.device) -> ChannelStatistics:
        """The same on `device`."""
        return ChannelStatistics(send(self.mean, device), send(self.std, device))


def decode_image(path: Path, height: int, width: int) -> Tensor:
    """Read an image, resized (bicubic), as (3, height, width) uint8, RGB.

    Raises
    ------
    DatasetError
        If the file is no whole image, see `datasets.integrity.open_image`.
    """
    image = open_image(path).resize((width, height), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def decode_images(
    paths: Sequence[Path],
    height: int,
    width: int,
    *,
    threads: int = 1,
    progress: bool = False,
    title: str = "decode",
) -> Tensor:
    """Read images into one (n, 3, height, width) uint8 tensor; errors as in `decode_image`."""
    images = torch.empty((len(paths), 3, height, width), dtype=torch.uint8)

    def decode(index: int) -> None:
        images[index] = decode_image(paths[index], height, width)

    bar = tqdm(total=len(paths), desc=title, unit="img", disable=not progress, leave=False)
    with bar, ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(decode, range(len(paths))):
            bar.update()
    return images


def channel_statistics(images: Tensor, normalization: str) -> ChannelStatistics:
    """Statistics of (n, 3, h, w) uint8 images, on their device.

    `normalization` is "imagenet" (ImageNet's, one for all) or "image" (each image's own).
    """
    if normalization == "imagenet":
        mean, std = (
            torch.tensor(values, device=images.device).view(1, 3, 1, 1)
            for values in (_IMAGENET_MEAN, _IMAGENET_STD)
        )
        return ChannelStatistics(mean, std)
    if not len(images):
        empty = torch.empty(0, 3, 1, 1, device=images.device)
        return ChannelStatistics(empty, empty)
    parts = [  # in parts, because the floats take four times the images' memory
        torch.std_mean(part.float() / 255, dim=(2, 3), keepdim=True)
        for part in torch.split(images, _STATISTICS_BATCH)
    ]
    std, mean = (torch.cat(values) for values in zip(*parts, strict=True))
    return ChannelStatistics(mean, std.clamp_min(1 / 255))


def normalize(images: Tensor, statistics: ChannelStatistics) -> Tensor:
    """Network input from (n, 3, h, w) uint8: float32, standardised by channel, channels last."""
    return _channels_last((images / 255).sub_(statistics.mean).div_(statistics.std))


def augment(
    images: Tensor, statistics: ChannelStatistics, config: Config, generator: torch.Generator
) -> Tensor:
    """Random flip, pad and crop, normalisation, random erasing, each image on its own.

    Parameters
    ----------
    images : (n, 3, h, w) uint8, on any device.
    statistics : of these images, on their device, see `channel_statistics`.
    config : `flip`, `pad` and `erase` are used.
    generator : a CPU generator, so that one seed gives one batch on every device.

    Returns
    -------
    (n, 3, h, w) float32 on the images' device, channels last. What erasing removes is 0, the
    mean colour.
    """
    n, _, height, width = images.shape
    pad = config.pad

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    flipped = draw(n, 1) < config.flip
    left = torch.floor(draw(n, 1) * (2 * pad + 1)).long()
    top = torch.floor(draw(n, 1) * (2 * pad + 1)).long()
    left = torch.where(flipped, 2 * pad - left, left)  # the shift is the image's, so it flips too
    drawn = torch.cat([flipped.long(), top, left, _boxes(n, height, width, config.erase, draw)], 1)
    # All that was drawn goes to the device in one copy.
    flipped, top, left, *box = send(drawn, images.device).unbind(1)
    images = torch.where(flipped[:, None, None, None] > 0, images.flip(3), images)
    windows = functional.pad(images, (pad,) * 4).unfold(2, height, 1).unfold(3, width, 1)
    cropped = windows[torch.arange(n, device=images.device), :, top, left]
    normal = (cropped / 255).sub_(statistics.mean).div_(statistics.std)
    return _channels_last(normal.mul_(~_inside(box, height, width)))


def _boxes(
    n: int, height: int, width: int, probability: float, draw: Callable[..., Tensor]
) -> Tensor:
    """What random erasing removes: (n, 4) int64 top, left, height, width; height 0 is nothing."""
    low, high = _ERASE_AREA
    area = (low + (high - low) * draw(n, _ERASE_TRIES)) * height * width
    aspect = _ERASE_ASPECT + (1 / _ERASE_ASPECT - _ERASE_ASPECT) * draw(n, _ERASE_TRIES)
    heights, widths = torch.sqrt(area * aspect).round(), torch.sqrt(area / aspect).round()
    fits = (heights < height) & (widths < width)
    first = fits.float().argmax(1, keepdim=True)
    box_height, box_width = heights.gather(1, first), widths.gather(1, first)
    top = torch.floor(draw(n, 1) * (height - box_height + 1))
    left = torch.floor(draw(n, 1) * (width - box_width + 1))
    chosen = (draw(n, 1) < probability) & fits.any(1, keepdim=True)
    return torch.cat([top, left, box_height * chosen, box_width], 1).long()


def _inside(boxes: list[Tensor], height: int, width: int) -> Tensor:
    """Mask (n, 1, h, w) of the pixels in each image's box: four (n,) tensors as in `_boxes`."""
    top, left, box_height, box_width = boxes
    rows = torch.arange(height, device=top.device) - top[:, None]
    columns = torch.arange(width, device=top.device) - left[:, None]
    in_rows = (rows >= 0) & (rows < box_height[:, None])
    in_columns = (columns >= 0) & (columns < box_width[:, None])
    return (in_rows[:, :, None] & in_columns[:, None, :])[:, None]


def _channels_last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
