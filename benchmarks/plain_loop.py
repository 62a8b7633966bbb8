"""Training as a tutorial would write it: single precision, torch's DataLoader, decoding each time.

The textbook of `benchmarks.gpu`. The memory is updated one sample after another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from aacpy import ClusterMemory, Config, ReidDataset, build_encoder
from aacpy.samplers import pk_batches
from benchmarks.stages.memory import update_memory

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Pictures(Dataset[tuple[Tensor, int]]):
    """Image files with labels, decoded when they are asked for."""

    def __init__(self, paths: Sequence[Path], labels: Sequence[int], change: Any) -> None:
        self.paths, self.labels, self.change = paths, labels, change

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """One picture, changed, and its label."""
        with Image.open(self.paths[index]) as file:
            return self.change(file.convert("RGB")), int(self.labels[index])


def train_steps(
    config: Config, dataset: ReidDataset, device: torch.device, steps: int, workers: int
) -> list[float]:
    """Seconds of each of `steps` training steps with true identities as labels."""
    train = dataset.train
    people, labels = np.unique(train.ids, return_inverse=True)
    batches = pk_batches(
        labels, train.cameras, identities=config.identities_per_batch, instances=config.instances,
        iterations=steps, rng=np.random.default_rng(0),
    )  # fmt: skip
    pictures = Pictures(train.paths, labels, _augmentation(config))
    loader = DataLoader(pictures, batch_sampler=[b.tolist() for b in batches], num_workers=workers)
    encoder = build_encoder(config.backbone, pooling=config.pooling, bn_groups=config.bn_groups)
    encoder.to(device).train()
    centroids = torch.nn.functional.normalize(torch.randn(len(people), encoder.dim), dim=1)
    memory = ClusterMemory(centroids, config.momentum, config.temperature).to(device)
    optimizer = torch.optim.Adam(
        [p for p in encoder.parameters() if p.requires_grad], config.learning_rate
    )
    arrivals: Iterator[Any] = iter(loader)

    def step() -> None:
        images, targets = (part.to(device) for part in next(arrivals))
        features = encoder(images)
        loss = memory(features, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        update_memory(memory.centroids, features.detach(), targets, config.momentum)

    return [seconds(step, device) for _ in range(steps)]


@torch.no_grad()
def extraction_seconds(
    config: Config, dataset: ReidDataset, device: torch.device, images: int, workers: int
) -> float:
    """Seconds to turn the first `images` training images into features."""
    paths = dataset.train.paths[:images]
    pictures = Pictures(paths, [0] * len(paths), transforms.Compose(_to_input(config)))
    loader = DataLoader(pictures, batch_size=config.feature_batch, num_workers=workers)
    encoder = build_encoder(config.backbone, pooling=config.pooling).to(device).eval()

    def extract() -> Tensor:
        return torch.cat([encoder(batch.to(device)).cpu() for batch, _ in loader])

    return seconds(extract, device)


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Wall time of `work`, the device's queue included."""
    wait(device)
    begin = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - begin


def wait(device: torch.device) -> None:
    """Wait until a GPU has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _to_input(config: Config) -> list[Any]:
    size = (config.height, config.width)
    return [transforms.Resize(size, transforms.InterpolationMode.BICUBIC), transforms.ToTensor(),
            transforms.Normalize(_MEAN, _STD)]  # fmt: skip


def _augmentation(config: Config) -> Any:
    resize, *rest = _to_input(config)
    return transforms.Compose(
        [resize, transforms.RandomHorizontalFlip(config.flip), transforms.Pad(config.pad),
         transforms.RandomCrop((config.height, config.width)), *rest,
         transforms.RandomErasing(config.erase, value=0)]
    )  # fmt: skip
