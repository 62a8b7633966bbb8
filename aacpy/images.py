"""Decoding images into one uint8 tensor, and augmenting them in batches on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from aacpy.config import Config
from aacpy.errors import DatasetError

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_ERASE_AREA = (0.02, 0.4)  # shares of the image, as in Zhong et al., AAAI 2020
_ERASE_ASPECT = 0.3
_ERASE_TRIES = 10


def decode_images(
    paths: Sequence[Path],
    height: int,
    width: int,
    *,
    threads: int = 1,
    progress: bool = False,
    title: str = "decode",
) -> Tensor:
    """Read images, resized (bicubic), into one (n, 3, height, width) uint8 tensor, RGB.

    Raises
    ------
    DatasetError
        If a file cannot be read as an image; the message names it.
    """
    images = torch.empty((len(paths), 3, height, width), dtype=torch.uint8)

    def decode(index: int) -> None:
        try:
            with Image.open(paths[index]) as file:
                image = file.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise DatasetError(
                f"{paths[index]}: cannot be read as an image ({error}). Run `python -m aacpy "
                "check` on the dataset, and copy the file again."
            ) from error
        images[index] = torch.from_numpy(np.array(image)).permute(2, 0, 1)

    bar = tqdm(total=len(paths), desc=title, unit="img", disable=not progress, leave=False)
    with bar, ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(decode, range(len(paths))):
            bar.update()
    return images


def normalize(images: Tensor, normalization: str) -> Tensor:
    """Network input from (n, 3, h, w) uint8: float32, standardised by channel.

    `normalization` is "imagenet" (ImageNet's channel statistics) or "image" (each image's own).
    """
    mean, std = _statistics(images, normalization)
    return (images.float() / 255 - mean) / std


def augment(images: Tensor, config: Config, generator: torch.Generator) -> Tensor:
    """Random flip, pad and crop, normalisation, random erasing, each image on its own.

    Parameters
    ----------
    images : (n, 3, h, w) uint8, on any device.
    config : `flip`, `pad`, `erase` and `normalization` are used.
    generator : a CPU generator, so that one seed gives one batch on every device.

    Returns
    -------
    (n, 3, h, w) float32 on the images' device. What erasing removes is 0, the mean colour.
    """
    n, _, height, width = images.shape
    device = images.device
    mean, std = _statistics(images, config.normalization)

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    columns = torch.arange(width).expand(n, width)
    columns = torch.where(draw(n, 1) < config.flip, width - 1 - columns, columns)
    columns = columns + torch.floor(draw(n, 1) * (2 * config.pad + 1)).long() - config.pad
    rows = torch.arange(height) + torch.floor(draw(n, 1) * (2 * config.pad + 1)).long() - config.pad
    cropped = images[
        torch.arange(n, device=device)[:, None, None, None],
        torch.arange(3, device=device)[None, :, None, None],
        rows.clamp(0, height - 1).to(device)[:, None, :, None],
        columns.clamp(0, width - 1).to(device)[:, None, None, :],
    ]
    inside = (
        ((rows >= 0) & (rows < height))[:, None, :, None]
        & ((columns >= 0) & (columns < width))[:, None, None, :]
    ).to(device)
    result = (cropped * inside / 255 - mean) / std
    return result * ~_erased(n, height, width, config.erase, draw).to(device)


def _statistics(images: Tensor, normalization: str) -> tuple[Tensor, Tensor]:
    if normalization == "imagenet":
        mean = torch.tensor(_IMAGENET_MEAN, device=images.device).view(1, 3, 1, 1)
        std = torch.tensor(_IMAGENET_STD, device=images.device).view(1, 3, 1, 1)
        return mean, std
    scaled = images.float() / 255
    std, mean = torch.std_mean(scaled, dim=(2, 3), keepdim=True)
    return mean, std.clamp_min(1 / 255)


def _erased(
    n: int, height: int, width: int, probability: float, draw: Callable[..., Tensor]
) -> Tensor:
    """Mask (n, 1, h, w) of the rectangles that random erasing removes."""
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
    rows, columns = torch.arange(height), torch.arange(width)
    in_rows = (rows >= top) & (rows < top + box_height) & chosen
    in_columns = (columns >= left) & (columns < left + box_width)
    return (in_rows[:, :, None] & in_columns[:, None, :])[:, None]
