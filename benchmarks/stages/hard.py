"""Pseudo-labels of rendered people as a net that was never trained sees them: hard to tell apart.

Rendering and extraction take minutes, so this stage is measured only when it is named. Its features
are kept beside the rendered benchmarks.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aacpy import build_encoder
from aacpy.datasets.pedestrians import render_images
from aacpy.datasets.renderer.market_names import TRAIN
from aacpy.files import data_root
from aacpy.images import channel_statistics, decode_images, normalize
from benchmarks.features import Features, data_words, plan
from benchmarks.stage import Arrays, Size, Stage, Work, thousands
from benchmarks.stages import approximate, pseudo_labels

HEIGHT, BATCH = 64, 256


def prepare(size: Size) -> pseudo_labels.Data:
    """What pseudo-labels are made of, from images."""
    return pseudo_labels.Data.of(rendered_features(size))


def rendered_features(size: Size) -> Features:
    """Features of the plan's first n training images: ResNet-50 from random weights."""
    path = data_root() / "benchmark-features" / f"rendered-{size.n}x{size.width}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            np.save(Path(folder) / path.name, extract(pictures(size.n, Path(folder))))
            (Path(folder) / path.name).replace(path)
    return np.asarray(np.load(path)[:, : size.width])


def pictures(n: int, folder: Path) -> Tensor:
    """The images, (n, 3, height, width) uint8."""
    items = [item for item in plan().items if item[0].startswith(f"{TRAIN}/")][:n]
    workers = os.cpu_count() or 1
    paths = render_images(folder, items, plan().train, workers=workers, progress=True)
    return decode_images(paths, HEIGHT, HEIGHT // 2, threads=workers)


@torch.no_grad()
def extract(images: Tensor) -> Features:
    """Features, (n, 2048) float32, after BatchNorm has seen the first batch."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = build_encoder("resnet50").to(memory_format=torch.channels_last)
    statistics = channel_statistics(images, "imagenet")
    batches = [normalize(part, statistics) for part in images.split(BATCH)]
    for batch in batches[:20]:
        encoder.train()(batch)
    return torch.cat([encoder.eval()(batch) for batch in batches]).numpy()


def agreement(results: Arrays) -> dict[str, float]:
    """Adjusted Rand index of the approximate labels with the exact ones."""
    return approximate.agreement({"exact": results["library"], "library": results["approximate"]})


STAGE = Stage(
    name="hard",
    title="pseudo-labels of rendered people",
    limit=pseudo_labels.STAGE.limit,
    textbook=pseudo_labels.STAGE.textbook,
    data=f"rendered, {data_words()}; ResNet-50 from random weights at {HEIGHT} × {HEIGHT // 2}",
    works={
        **pseudo_labels.STAGE.works,
        "approximate": Work(lambda data: approximate.cluster(data.features)),
    },
    sizes=[Size(12_936, 2048)],
    quick=[Size(40, 2048)],
    prepare=prepare,
    shape=thousands,
    check=pseudo_labels.check,
    compare=agreement,
)
