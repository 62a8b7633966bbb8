"""The optimiser's steps: losses that are looked at rarely, precision, compilation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aacpy import Config, build_encoder
from aacpy.checkpoints import load_tensors, save_checkpoint
from aacpy.errors import RunError
from aacpy.image_store import open_stores
from aacpy.images import ChannelStatistics, augment
from aacpy.loading import load_data
from aacpy.optimization import LossLog, Optimization, training_forward
from aacpy.precision import choose_precision

CPU = torch.device("cpu")


def stop(loss, step):
    return RunError(f"{loss} in step {step}")


def losses(*values):
    return [torch.tensor(value, requires_grad=True) for value in values]


@pytest.mark.parametrize("every", [1, 2, 3, 25])
def test_the_total_does_not_depend_on_how_often_losses_are_looked_at(every):
    log, values = LossLog(every, stop), [0.1, 0.7, 1 / 3, 2.5, 0.01]
    for loss in losses(*values):
        log.add(loss)
    log.look()
    assert log.total == sum(torch.tensor(values).tolist())
    log.look()
    assert log.total == sum(torch.tensor(values).tolist())


@pytest.mark.parametrize(("every", "told_at"), [(1, 3), (2, 3), (3, 5), (25, None)])
def test_the_first_loss_that_is_not_finite_is_named(every, told_at):
    log = LossLog(every, stop)
    told = None
    for step, loss in enumerate(losses(1.0, 1.0, 1.0, math.inf, math.nan, 1.0)):
        try:
            log.add(loss)
        except RunError as error:
            told, message = step, str(error)
            break
    assert told == told_at
    if told is None:
        with pytest.raises(RunError) as caught:
            log.look()
        message = str(caught.value)
    assert message == "inf in step 3"


def optimization(tiny_config, **settings):
    config = tiny_config(method="supervised", **settings)
    dataset = load_data(config)
    torch.manual_seed(0)
    encoder = build_encoder("small", pooling="parts")
    train = open_stores(config, dataset, CPU)["train"]
    return Optimization(encoder, train, dataset.train.cameras, config), dataset


def test_an_epoch_lowers_the_loss_and_sets_the_learning_rate(tiny_config):
    ours, dataset = optimization(tiny_config, lr_step=1, lr_gamma=0.5, iterations=12)
    labels = np.unique(dataset.train.ids, return_inverse=True)[1]
    torch.manual_seed(1)
    features = torch.nn.functional.normalize(torch.randn(len(labels), 512), dim=1)
    first = ours.run_epoch(0, features, labels)
    second = ours.run_epoch(1, features, labels)
    assert second < first
    assert ours.optimizer.param_groups[0]["lr"] == 0.5 * ours.config.learning_rate


def test_looking_rarely_as_on_a_gpu_changes_no_number(tiny_config):
    """A GPU's path, which does not wait for every step's loss."""
    results = []
    for on_gpu in (False, True):
        ours, dataset = optimization(tiny_config)
        ours.on_gpu = on_gpu
        labels = np.unique(dataset.train.ids, return_inverse=True)[1]
        torch.manual_seed(1)
        features = torch.nn.functional.normalize(torch.randn(len(labels), 512), dim=1)
        loss = ours.run_epoch(0, features, labels)
        results.append((loss, [p.detach().clone() for p in ours.encoder.parameters()]))
    assert results[0][0] == results[1][0]
    assert all(map(torch.equal, results[0][1], results[1][1]))


def test_nothing_is_read_from_the_device_in_a_step():
    """On torch's meta device, which has no values to read, whatever waits for a GPU is an error."""
    meta = torch.device("meta")
    encoder = build_encoder("small", bn_groups=2).to(meta).train()
    images = torch.empty(8, 3, 64, 32, dtype=torch.uint8, device=meta)
    statistics = ChannelStatistics(*torch.empty(2, 8, 3, 1, 1, device=meta))
    config = Config.preset("pedestrians")
    augmented = augment(images, statistics, config, torch.Generator())
    assert augmented.device == meta
    features = encoder(augmented)
    loss = features.square().sum()
    log = LossLog(25, stop)
    log.add(loss)
    loss.backward()
    assert {p.grad.device for p in encoder.parameters() if p.requires_grad} == {meta}


@pytest.mark.parametrize("backbone", ["small", "resnet18"])
def test_half_precision_gives_float_features_near_those_of_float32(backbone):
    torch.manual_seed(0)
    encoder = build_encoder(backbone, bn_groups=2).train()
    images = torch.randn(8, 3, 64, 32)
    half, full = (
        training_forward(encoder, precision=p, device=CPU, compiled=False)(images)
        for p in ("bfloat16", "float32")
    )
    assert half.dtype == full.dtype == torch.float32
    torch.testing.assert_close(half.norm(dim=1), torch.ones(8))
    cosine = (half * full).sum(1)
    assert cosine.min() > 0.98 and cosine.max() < 1  # bfloat16 keeps eight bits
    half.square()[:, :8].sum().backward()
    assert {p.grad.dtype for p in encoder.parameters() if p.grad is not None} == {torch.float32}


def test_compiling_leaves_the_state_alone(monkeypatch):
    """A checkpoint of a compiled run must fit an encoder that is not; and the reverse."""
    compiled = []

    def stand_in(function):
        compiled.append(function)
        return lambda images: function(images)

    monkeypatch.setattr("torch.compile", stand_in)
    encoder = build_encoder("small").train()
    names = list(encoder.state_dict())
    images = torch.randn(4, 3, 64, 32)
    run = training_forward(encoder, precision="float32", device=CPU, compiled=True)
    assert torch.equal(run(images), encoder(images))
    assert compiled == [encoder.forward]
    assert list(encoder.state_dict()) == names


@pytest.mark.parametrize("bn_groups", [1, 2])
def test_a_compiler_sees_the_encoder_as_one_graph(bn_groups):
    torch.manual_seed(0)
    encoder = build_encoder("small", bn_groups=bn_groups).train()
    images = torch.randn(8, 3, 64, 32)
    expected = encoder(images)
    traced = torch.compile(encoder.forward, backend="eager", fullgraph=True)
    assert torch.equal(traced(images), expected)
    assert int(encoder.norm.num_batches_tracked) == 2
    torch.compiler.reset()


def test_auto_is_bfloat16_where_a_gpu_computes_in_it(monkeypatch):
    cuda = torch.device("cuda")
    assert choose_precision("auto", CPU) == "float32"
    for supported, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda **_: supported)  # noqa: B023
        assert choose_precision("auto", cuda) == expected
    for name in ("float32", "bfloat16"):
        assert choose_precision(name, cuda) == choose_precision(name, CPU) == name


@pytest.mark.parametrize(("saved", "resumed"), [(None, True), (True, None)])
def test_a_checkpoint_fits_a_fused_optimiser_and_a_plain_one(tmp_path, saved, resumed):
    """A run that was stopped on a GPU may go on without one, and the reverse."""

    def make(fused):
        torch.manual_seed(0)
        encoder = build_encoder("small").train()
        trained = [p for p in encoder.parameters() if p.requires_grad]
        return encoder, torch.optim.Adam(trained, lr=1e-3, fused=fused)

    def step(encoder, optimizer):
        torch.manual_seed(1)
        loss = encoder(torch.randn(4, 3, 32, 16))[:, :5].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    first, second = make(saved), make(resumed)
    step(*first)
    save_checkpoint(tmp_path, 1, *first, {})
    load_tensors(tmp_path / "checkpoint-0001.safetensors", *second)
    assert step(*first) == step(*second)
    assert step(*first) == pytest.approx(step(*second), abs=1e-5)  # fused kernels round differently
