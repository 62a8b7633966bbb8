"""An encoder as a config asks for it, drawn from one of the run's random streams."""

from __future__ import annotations

import torch

from aacpy.config import Config
from aacpy.encoder import Encoder, build_encoder
from aacpy.random_streams import Stream, stream_seed


def fresh_encoder(config: Config, stream: Stream, device: torch.device) -> Encoder:
    """An untrained encoder on `device`; torch's global generators stay as they are.

    Raises
    ------
    WeightsError
        As `build_encoder`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed(config.seed, stream))
        encoder = build_encoder(
            config.backbone,
            weights=config.weights,
            pooling=config.pooling,
            bn_groups=config.bn_groups,
        )
    return encoder.to(device).to(memory_format=torch.channels_last)
