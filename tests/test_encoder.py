"""The encoder: shapes, strides, normalisation, weights."""

from __future__ import annotations

import re

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch.nn import functional

from aacpy import build_encoder
from aacpy.errors import WeightsError


@pytest.mark.parametrize(
    ("backbone", "dim", "size"),
    [
        ("resnet18", 512, (16, 8)), ("resnet34", 512, (16, 8)), ("resnet50", 2048, (16, 8)),
        ("mobilenet_v2", 1280, (16, 8)), ("small", 128, (32, 16)),
    ],
)  # fmt: skip
def test_feature_map_and_features(backbone, dim, size):
    encoder = build_encoder(backbone).eval()
    with torch.no_grad():
        images = torch.randn(2, 3, 256, 128)
        assert encoder.feature_map(images).shape == (2, dim, *size)
        features = encoder(images)
    assert encoder.dim == dim
    assert features.shape == (2, dim)
    torch.testing.assert_close(features.norm(dim=1), torch.ones(2))


def test_resnet101_has_stride_one_in_its_last_stage():
    encoder = build_encoder("resnet101")
    convolutions = [m for m in encoder.backbone.layer4.modules() if isinstance(m, torch.nn.Conv2d)]
    assert {m.stride for m in convolutions} == {(1, 1)}


def test_the_paper_encoder_is_torchvisions_with_another_stride():
    """Same weights; the last stage of torchvision's net, run at stride 1, is ours."""
    torch.manual_seed(0)
    model = torchvision.models.resnet50(weights=None).eval()
    encoder = build_encoder("resnet50").eval()
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("fc.")}
    encoder.backbone.load_state_dict(state)
    images = torch.randn(1, 3, 64, 32)
    with torch.no_grad():
        x = model.maxpool(model.relu(model.bn1(model.conv1(images))))
        x = model.layer3(model.layer2(model.layer1(x)))
        for module in model.layer4.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.stride = (1, 1)
        torch.testing.assert_close(encoder.feature_map(images), model.layer4(x))


def test_bias_of_the_last_norm_is_frozen_at_zero():
    encoder = build_encoder("small")
    assert not encoder.norm.bias.requires_grad
    assert torch.equal(encoder.norm.bias, torch.zeros(128))
    assert encoder.norm.weight.requires_grad


def test_gem_with_exponent_one_is_the_average():
    encoder = build_encoder("small", pooling="gem")
    maps = torch.rand(2, 128, 4, 3)
    with torch.no_grad():
        encoder.pool.exponent.fill_(1.0)
    torch.testing.assert_close(encoder.pool(maps), maps.mean((2, 3), keepdim=True))
    with torch.no_grad():
        encoder.pool.exponent.fill_(60.0)
    assert torch.all(encoder.pool(maps) > 0.9 * maps.amax((2, 3), keepdim=True))


def test_parts_are_averages_without_the_outermost_columns():
    encoder = build_encoder("small", pooling="parts")
    assert encoder.dim == 4 * 128
    maps = torch.zeros(1, 1, 8, 4)
    maps[0, 0, 2:4, 1] = 6.0
    maps[0, 0, :, 0] = 100.0
    assert encoder.pool(maps).flatten().tolist() == [0, 3, 0, 0]
    assert encoder.pool(torch.ones(1, 1, 4, 2)).flatten().tolist() == [1] * 4
    features = encoder(torch.randn(4, 3, 64, 32))
    assert features.shape == (4, 512)


def test_one_group_is_plain_batchnorm():
    images = torch.randn(8, 3, 64, 32)
    torch.manual_seed(1)
    encoder = build_encoder("small").train()
    reference = functional.batch_norm(
        encoder.pool(encoder.feature_map(images)).flatten(1), None, None, training=True
    )
    torch.testing.assert_close(encoder(images), functional.normalize(reference, dim=1))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_local_weights_are_loaded(tmp_path, suffix):
    model = torchvision.models.resnet18(weights=None)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(model.state_dict(), path)
    else:
        save_file(model.state_dict(), path)
    encoder = build_encoder("resnet18", weights=path)
    assert torch.equal(encoder.backbone.conv1.weight, model.conv1.weight)


def test_mobilenet_weights_are_loaded(tmp_path):
    model = torchvision.models.mobilenet_v2(weights=None)
    save_file(model.state_dict(), tmp_path / "m.safetensors")
    encoder = build_encoder("mobilenet_v2", weights=tmp_path / "m.safetensors")
    assert torch.equal(encoder.backbone.features[0][0].weight, model.features[0][0].weight)


def test_weights_of_another_architecture_are_refused(tmp_path):
    save_file(torchvision.models.resnet34(weights=None).state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"do not fit resnet18: \d+ unknown keys"):
        build_encoder("resnet18", weights=tmp_path / "w.safetensors")
    state = torchvision.models.resnet18(weights=None).state_dict()
    state["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    save_file(state, tmp_path / "s.safetensors")
    with pytest.raises(WeightsError, match=r"1 keys of another shape \(conv1\.weight\)"):
        build_encoder("resnet18", weights=tmp_path / "s.safetensors")


class _Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_weights_that_would_run_code_are_refused(tmp_path):
    torch.save({"conv1.weight": _Payload(str(tmp_path / "ran"))}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError, match="cannot be read as a state dict"):
        build_encoder("resnet18", weights=tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"not weights"])
def test_damaged_weights_are_named(tmp_path, content):
    for name in ("w.pth", "w.safetensors"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=re.escape(name)):
            build_encoder("resnet18", weights=tmp_path / name)


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match=r"no such file\. Pass 'imagenet', None, or the path"):
        build_encoder("resnet50", weights=tmp_path / "none.pth")


def test_unreachable_imagenet_weights_say_what_to_do(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    with pytest.raises(WeightsError, match=r"could not be downloaded.*weights=PATH"):
        build_encoder("resnet50", weights="imagenet")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backbone": "vgg"}, "backbone must be one of"),
        ({"pooling": "max"}, "pooling must be one of avg, gem, parts, not 'max'"),
        ({"bn_groups": 0}, "bn_groups must be at least 1, not 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_encoder(**arguments)
