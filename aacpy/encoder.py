"""The encoder: backbone, global pooling, BatchNorm with its bias frozen at 0, L2 norm."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aacpy.config import BACKBONES
from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import WeightsError
from aacpy.ghost_batchnorm import GhostBatchNorm1d, GhostBatchNorm2d
from aacpy.weights import fitted, read_weights

_SMALL_CHANNELS = (16, 32, 64, 128)

NormLayer = Callable[[int], nn.Module]


class Encoder(nn.Module):
    """Images (n, 3, h, w) -> L2-normalised features (n, dim) (Section 4.1).

    Attributes
    ----------
    backbone : the convolutions; `feature_map` runs them alone.
    dim : width of a feature.
    """

    def __init__(
        self, backbone: nn.Module, channels: int, pooling: str = "avg", bn_groups: int = 1
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.pool = _POOLINGS[pooling]()
        self.dim = channels * (PartAverage.PARTS if pooling == "parts" else 1)
        self.norm = GhostBatchNorm1d(self.dim, groups=bn_groups)
        self.norm.bias.requires_grad_(False)

    def feature_map(self, images: Tensor) -> Tensor:
        """Last feature map, (n, dim, h', w')."""
        result: Tensor = self.backbone(images)
        return result

    def forward(self, images: Tensor) -> Tensor:
        """Features of unit length, (n, dim) float32, also where autocast computes in less."""
        pooled = self.pool(self.feature_map(images)).flatten(1)
        return functional.normalize(self.norm(pooled.float()), dim=1)


class GeneralizedMean(nn.Module):
    """Generalised-mean (GeM) pooling with a learnt exponent, (n, c, h, w) -> (n, c, 1, 1).

    Reference: F. Radenovic et al., "Fine-tuning CNN image retrieval with no human annotation",
    TPAMI 2019.
    """

    def __init__(self, exponent: float = 3.0, floor: float = 1e-6) -> None:
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(exponent))
        self.floor = floor

    def forward(self, maps: Tensor) -> Tensor:
        """Pool."""
        powered = maps.clamp_min(self.floor).pow(self.exponent)
        return powered.mean((2, 3), keepdim=True).pow(1 / self.exponent)


class PartAverage(nn.Module):
    """Averages over four horizontal parts, (n, c, h, w) -> (n, c, 4, 1).

    The outermost columns, which a detector's box fills with background, are left out where the
    map is wider than two. Reference for the parts: Y. Sun et al., "Beyond part models: person
    retrieval with refined part pooling", ECCV 2018.
    """

    PARTS = 4

    def forward(self, maps: Tensor) -> Tensor:
        """Pool."""
        middle = maps[:, :, :, 1:-1] if maps.shape[3] > 2 else maps
        return functional.adaptive_avg_pool2d(middle, (self.PARTS, 1))


_POOLINGS: Mapping[str, Callable[[], nn.Module]] = {
    "avg": partial(nn.AdaptiveAvgPool2d, 1),
    "gem": GeneralizedMean,
    "parts": PartAverage,
}


def build_encoder(
    backbone: str = "resnet50",
    *,
    weights: str | Path | None = None,
    pooling: str = "avg",
    bn_groups: int = 1,
) -> Encoder:
    """Build an encoder.

    Parameters
    ----------
    backbone : "resnet18", "resnet34", "resnet50", "resnet101", "mobilenet_v2" (torchvision's,
        with stride 1 instead of 2 in the last stage) or "small" (the embedded benchmark's).
    weights : None (random, from torch's global generator), "imagenet" (torchvision's default
        weights, downloaded), or the path of a local `.safetensors` or `.pth` state dict, whose
        keys and shapes are checked.
    pooling : "avg", "gem" or "parts", see `PartAverage`.
    bn_groups : groups in which BatchNorm normalises a training batch.

    Raises
    ------
    WeightsError
        If weights cannot be read or fit another architecture; the message says what to do.
    ValueError
        If another argument is wrong.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"backbone must be one of {', '.join(BACKBONES)}, not {backbone!r}")
    if pooling not in _POOLINGS:
        raise ValueError(f"pooling must be one of {', '.join(_POOLINGS)}, not {pooling!r}")
    if bn_groups < 1:
        raise ValueError(f"bn_groups must be at least 1, not {bn_groups!r}")
    norm_layer = partial(GhostBatchNorm2d, groups=bn_groups)
    if backbone == "small":
        body, channels = _small(norm_layer), _SMALL_CHANNELS[-1]
    elif backbone == "mobilenet_v2":
        body, channels = _mobilenet(norm_layer), 1280
    else:
        body, channels = _resnet(backbone, norm_layer)
    if weights is not None:
        _load(body, backbone, weights)
    return Encoder(body, channels, pooling, bn_groups)


def _small(norm_layer: NormLayer) -> nn.Sequential:
    """Four stages of 3x3 convolution, BatchNorm, halving (but in the last), ReLU; 0.1 M weights.

    The ReLU comes after the maximum: the result is the same, on a quarter of the values.
    """
    layers: list[nn.Module] = []
    for before, channels in pairwise((3, *_SMALL_CHANNELS)):
        layers += [nn.Conv2d(before, channels, 3, padding=1, bias=False), norm_layer(channels)]
        if channels != _SMALL_CHANNELS[-1]:
            layers.append(nn.MaxPool2d(2))
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def _torchvision_models() -> Any:
    """`torchvision.models`, imported when needed: it takes 160 MB that the small net can save."""
    from torchvision import models

    return models


def _resnet(name: str, norm_layer: NormLayer) -> tuple[nn.Sequential, int]:
    model = getattr(_torchvision_models(), name)(weights=None, norm_layer=norm_layer)
    block = model.layer4[0]
    strided = block.conv2 if hasattr(block, "conv3") else block.conv1
    strided.stride = (1, 1)
    block.downsample[0].stride = (1, 1)
    dim = model.fc.in_features
    children = [(child, module) for child, module in model.named_children()
                if child not in ("avgpool", "fc")]  # fmt: skip
    return nn.Sequential(OrderedDict(children)), dim


def _mobilenet(norm_layer: NormLayer) -> nn.Sequential:
    features = _torchvision_models().mobilenet_v2(weights=None, norm_layer=norm_layer).features
    strided = [m for m in features.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
    strided[-1].stride = (1, 1)
    # Named as in torchvision's state dict, where the convolutions stand under `features`.
    return nn.Sequential(OrderedDict(features=features))


def _load(body: nn.Module, name: str, weights: str | Path) -> None:
    state = _imagenet(name) if weights == "imagenet" else read_weights(weights, name)
    wanted = body.state_dict()
    state = {k: v for k, v in state.items() if not k.startswith(("fc.", "classifier."))}
    missing = sorted(set(wanted) - set(state))
    extra = sorted(set(state) - set(wanted))
    shapes = [k for k in wanted if k in state and wanted[k].shape != state[k].shape]
    if missing or extra or shapes:
        parts = [f"{len(keys)} {what} ({', '.join(map(_key, keys[:3]))}{', ...' * (len(keys) > 3)})"
                 for what, keys in (("keys missing", missing), ("unknown keys", extra),
                                    ("keys of another shape", shapes)) if keys]  # fmt: skip
        raise WeightsError(
            f"weights {printable(weights)!r} do not fit {name}: {'; '.join(parts)}. Choose the "
            "backbone that they were made for."
        )
    found = {key: fitted(state[key], value) for key, value in wanted.items()}
    bad = [key for key, value in found.items() if value is None]
    if bad:
        raise WeightsError(
            f"weights {printable(weights)!r} hold values that are not finite, or not of the "
            f"type of {name}'s: {', '.join(bad[:3])}{', ...' * (len(bad) > 3)}. Take them from "
            "their source again."
        )
    body.load_state_dict({key: value for key, value in found.items() if value is not None})


def _key(text: str) -> str:
    return text if len(text) <= 80 and text.isprintable() else shown(text)


def _imagenet(name: str) -> Mapping[str, Tensor]:
    entry = _torchvision_models().get_model_weights(name)["IMAGENET1K_V1"]
    try:
        state: Mapping[str, Tensor] = entry.get_state_dict(
            progress=True, check_hash=True, map_location="cpu", weights_only=True
        )
    except Exception as error:  # of the network, or of a download that was cut or changed
        raise WeightsError(
            f"ImageNet weights for {name} could not be downloaded ({error}). Download "
            f"{entry.url} on a machine with internet and pass its path: weights=PATH (or "
            "weights=None to start from random weights)."
        ) from error
    return state
