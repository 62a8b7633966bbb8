"""Every setting of a run, once: names, defaults, presets, validation.

`Config.preset("pedestrians")` is the embedded benchmark on a laptop: about half a minute a run on
one CPU core. `Config.preset("paper")` is the paper's Section 4.1 on Market-1501: one GPU, hours.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from aacpy.config_values import check_range, nearest, setting, shown, type_name, typed
from aacpy.errors import ConfigError
from aacpy.presets import PRESETS as PRESETS

Method = Literal["baseline", "aac", "attributes", "supervised"]
Preset = Literal["pedestrians", "paper"]

#: Method -> what makes its pseudo-labels, in the words that tables and figures use.
METHODS: Mapping[str, str] = {
    "baseline": "DBSCAN alone (ClusterContrast, the paper's baseline)",
    "aac": "DBSCAN, then each cluster split by attribute vector (Eq. 4)",
    "attributes": "the attribute vector itself, no clustering (our control)",
    "supervised": "the true identities, no clustering (the paper's upper bound)",
}

BACKBONES = ("resnet18", "resnet34", "resnet50", "resnet101", "mobilenet_v2", "small")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one run; frozen, validated when made.

    Make one with `Config.preset(name, **overrides)`. The defaults below are the `paper` preset's:
    Section 4.1 of the paper where it speaks, ClusterContrast's Market-1501 command where it is
    silent (`k1`, `k2`, `temperature`, `momentum`, `iterations`, `bn_groups`).

    Raises
    ------
    ConfigError
        If a value is of the wrong type, out of range or contradicts another; the message names
        the field and the value received.
    """

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

    def __post_init__(self) -> None:
        hints = _hints()
        for field in fields(self):
            value = typed(field.name, getattr(self, field.name), hints[field.name])
            object.__setattr__(self, field.name, value)
            check_range(field.name, value, field.metadata)
        self._check_together()

    def _check_together(self) -> None:
        if self.batch_size % self.instances:
            raise ConfigError(
                f"batch_size must be P x K, a multiple of instances={self.instances}, "
                f"not {self.batch_size}"
            )
        if self.batch_size % self.bn_groups:
            raise ConfigError(
                f"batch_size must be a multiple of bn_groups={self.bn_groups}, "
                f"not {self.batch_size}"
            )
        if self.k2 > self.k1:
            raise ConfigError(f"k2 must be at most k1={self.k1}, not {self.k2}")
        if self.cameras_per_identity > self.cameras:
            raise ConfigError(
                f"cameras_per_identity must be at most cameras={self.cameras}, "
                f"not {self.cameras_per_identity}"
            )
        if self.backbone == "small" and self.weights == "imagenet":
            raise ConfigError("weights: the small backbone has no ImageNet weights; use None")
        if not re.fullmatch(r"auto|cpu|cuda(:[0-9]|:[1-9][0-9])?", self.device):
            raise ConfigError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:N', "
                              f"not {shown(self.device)}")  # fmt: skip

    @classmethod
    def preset(cls, name: str = "pedestrians", /, **overrides: Any) -> Config:
        """Return the preset `name` ("pedestrians" or "paper") with some fields overridden.

        Raises
        ------
        ConfigError
            If the preset or a field is unknown (the message gives the nearest name), or a value
            is bad.
        """
        if not isinstance(name, str) or name not in PRESETS:
            hint = nearest(name, PRESETS)
            raise ConfigError(
                f"preset must be one of {', '.join(PRESETS)}, not {shown(name)}{hint}"
            )
        check_names(overrides)
        return cls(**{**PRESETS[name], "preset_name": name, **overrides})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Config:
        """Rebuild a config that `to_dict` gave; every field must be there, and no other."""
        if not isinstance(values, Mapping):
            raise ConfigError(f"config must be settings and their values, not {shown(values)}")
        check_names(values)
        missing = [f.name for f in fields(cls) if f.name not in values]
        if missing:
            raise ConfigError(f"config lacks {', '.join(missing)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Every field and its value, JSON-ready, in the order of declaration."""
        return dataclasses.asdict(self)

    def changes(self) -> dict[str, Any]:
        """The fields whose value is not their preset's, in the order of declaration."""
        preset = Config.preset(self.preset_name).to_dict()
        return {name: value for name, value in self.to_dict().items() if value != preset[name]}

    def replace(self, **overrides: Any) -> Config:
        """Return a copy with some fields changed."""
        check_names(overrides)
        return dataclasses.replace(self, **overrides)

    @property
    def needs_attributes(self) -> bool:
        """Whether the method reads the attribute vectors."""
        return self.method in ("aac", "attributes")

    @property
    def identities_per_batch(self) -> int:
        """P of the P x K batch."""
        return self.batch_size // self.instances


def check_names(names: Iterable[str], extra: Iterable[str] = ()) -> None:
    """Raise a ConfigError with the nearest known name if one of `names` is no field of Config.

    `extra` names are accepted too.
    """
    known = [f.name for f in fields(Config)] + list(extra)
    for name in names:
        if name not in known:
            raise ConfigError(f"unknown setting {shown(name)}{nearest(name, known)}")


@functools.cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(Config)


def describe() -> list[tuple[str, str, Any, str]]:
    """(name, type, paper default, help) of every field, for help texts and tables."""
    hints = _hints()
    return [
        (f.name, type_name(hints[f.name]), f.default, str(f.metadata["help"]))
        for f in fields(Config)
    ]
