"""Forward passes that train nothing: a split's features, and BatchNorm's warm-up."""

from __future__ import annotations

from contextlib import closing

import torch
from torch import Tensor

from aacpy.config import Config
from aacpy.encoder import Encoder
from aacpy.image_store import ImageStore
from aacpy.images import augment, normalize
from aacpy.precision import autocast
from aacpy.random_streams import Stream, numpy_stream, torch_stream


@torch.no_grad()
def extract_features(
    encoder: Encoder, store: ImageStore, *, batch_size: int, precision: str = "float32"
) -> Tensor:
    """Features of all images of `store`, (n, d) float32 on its device, in evaluation mode."""
    encoder.eval()
    parts = []
    with closing(store.in_order(batch_size)) as batches, autocast(precision, store.device):
        for _, images, statistics in batches:
            parts.append(encoder(normalize(images, statistics)))
    return torch.cat(parts)


@torch.no_grad()
def warm_up(encoder: Encoder, store: ImageStore, config: Config, precision: str) -> None:
    """Give BatchNorm running statistics before the first features are extracted."""
    rng = numpy_stream(config.seed, Stream.WARMUP)
    generator = torch_stream(config.seed, Stream.WARMUP)
    encoder.train()
    drawn = (rng.integers(0, len(store), config.batch_size) for _ in range(config.warmup_batches))
    with closing(store.batches(drawn)) as batches, autocast(precision, store.device):
        for _, images, statistics in batches:
            encoder(augment(images, statistics, config, generator))
