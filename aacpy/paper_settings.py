"""The settings of the paper's method: names, defaults, bounds. `aacpy.config` checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacpy.config_values import setting
from aacpy.presets import PRESETS

#: Method -> what makes its pseudo-labels, in the words that tables and figures use.
METHODS: Mapping[str, str] = {
    "baseline": "DBSCAN alone (ClusterContrast, the paper's baseline)",
    "aac": "DBSCAN, then each cluster split by attribute vector (Eq. 4)",
    "attributes": "the attribute vector itself, no clustering (our control)",
    "supervised": "the true identities, no clustering (the paper's upper bound)",
}

BACKBONES = ("resnet18", "resnet34", "resnet50", "resnet101", "mobilenet_v2", "small")


@dataclass(frozen=True, kw_only=True)
class PaperSettings:
    """Section 4.1 of the paper where it speaks, ClusterContrast's command where it is silent."""

    preset_name: str = setting(
        "paper", "the preset this config started from", choices=tuple(PRESETS)
    )
    method: str = setting("aac", "what makes the pseudo-labels", choices=tuple(METHODS))
    seed: int = setting(
        0, "draws the initialisation, the batches and a rendered dataset", low=0, high=2**32 - 1
    )

    # Data. With `data` unset the pedestrians preset renders its benchmark from `seed`.
    data: str | None = setting(None, "a directory in Market-1501's layout")
    attributes: str | None = setting(None, "market_attribute.mat, if it is not in `data`")
    identities: int = setting(
        100, "rendered identities in train and, again, in test", low=2, high=4999
    )
    cameras: int = setting(6, "rendered cameras", low=2, high=6)
    cameras_per_identity: int = setting(4, "cameras that see a rendered identity", low=2, high=6)
    images_per_camera: int = setting(3, "rendered images per identity and camera", low=1, high=99)

    # Images
    height: int = setting(256, "network input height, pixels", low=16, high=4096)
    width: int = setting(128, "network input width, pixels", low=8, high=4096)
    normalization: str = setting(
        "imagenet",
        "channel statistics: ImageNet's, or each image's own",
        choices=("imagenet", "image"),
    )
    flip: float = setting(0.5, "probability of a horizontal flip", low=0, high=1)
    pad: int = setting(10, "pixels padded before the random crop", low=0, high=4096)
    erase: float = setting(0.5, "probability of random erasing", low=0, high=1)

    # Encoder
    backbone: str = setting("resnet50", "architecture", choices=BACKBONES)
    weights: str | None = setting("imagenet", "none, 'imagenet', or the path of a local file")
    pooling: str = setting("avg", "pooling of the feature map", choices=("avg", "gem", "parts"))
    bn_groups: int = setting(4, "ghost BatchNorm: groups a batch is normalised in", low=1)

    # Clustering (Section 4.1; k1, k2 from ClusterContrast)
    eps: float = setting(
        0.6, "DBSCAN's maximum Jaccard distance", low=0, high=1, open_low=True, open_high=True
    )
    min_samples: int = setting(4, "DBSCAN's samples in a core point's neighbourhood", low=1)
    k1: int = setting(30, "neighbours of the k-reciprocal sets", low=1, high=10_000)
    k2: int = setting(6, "neighbours of the local query expansion", low=1)
    neighbors: str = setting(
        "auto",
        "k-nearest-neighbour search of the clustering; auto is exact up to 200,000 images",
        choices=("auto", "exact", "approximate"),
    )

    # Attribute auxiliary clustering (Section 3.2)
    delta: int = setting(5, "a group needs more than this many samples to split off", low=0)
    start_epoch: int = setting(0, "first epoch, from 0, in which AAC splits", low=0)

    # Memory (Eq. 1 to 3)
    temperature: float = setting(0.05, "tau of Eq. 1", low=0, open_low=True)
    momentum: float = setting(0.1, "m of Eq. 3", low=0, high=1)

    # Optimisation
    epochs: int = setting(60, "epochs", low=1, high=10_000)
    iterations: int = setting(200, "optimiser steps an epoch", low=1, high=10**6)
    batch_size: int = setting(
        256, "images a step: P identities times `instances`", low=2, high=2**16
    )
    instances: int = setting(16, "images of each identity in a batch (K of P x K)", low=1)
    learning_rate: float = setting(5.5e-4, "Adam's initial learning rate", low=0, open_low=True)
    weight_decay: float = setting(5e-4, "Adam's L2 penalty", low=0)
    lr_step: int = setting(20, "epochs between the learning rate's steps", low=1)
    lr_gamma: float = setting(0.1, "factor of such a step", low=0, high=1, open_low=True)
    warmup_batches: int = setting(
        0, "forward passes that warm BatchNorm before epoch 0", low=0, high=10**6
    )

    # Evaluation and machine
    evaluate_every: int = setting(1, "epochs between evaluations; the last is always one", low=1)
    feature_batch: int = setting(
        256, "images a forward pass when features are extracted", low=1, high=2**16
    )
    device: str = setting("auto", "'auto', 'cpu', 'cuda' or 'cuda:N'")
    threads: int = setting(
        1, "CPU threads of a run; results repeat exactly with 1", low=1, high=1024
    )
    precision: str = setting(
        "auto",
        "arithmetic of the encoder's passes; auto is bfloat16 on a GPU that has it, else float32",
        choices=("auto", "float32", "bfloat16"),
    )
    compile: bool = setting(
        False, "torch.compile the encoder's training pass; pays only for long runs on a GPU"
    )
    store: str = setting(
        "auto",
        "where decoded images live; disk decodes each batch anew; auto is the first that fits",
        choices=("auto", "device", "host", "disk"),
    )
