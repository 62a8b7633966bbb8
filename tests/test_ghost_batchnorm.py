"""Ghost BatchNorm against BatchNorm on separate chunks: values, gradients, statistics, layouts."""

from __future__ import annotations

import pytest
import torch

from aacpy import build_encoder
from aacpy.ghost_batchnorm import GhostBatchNorm1d, GhostBatchNorm2d

_KINDS = {
    GhostBatchNorm1d: (torch.nn.BatchNorm1d, ()),
    GhostBatchNorm2d: (torch.nn.BatchNorm2d, (4, 3)),
}


def make(kind, rows=12, groups=4, dtype=torch.float64):
    """A norm of five channels with weights of its own, and a batch for it."""
    torch.manual_seed(0)
    norm = kind(5, groups=groups).to(dtype)
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2)
        norm.bias.normal_()
    return norm, torch.randn(rows, 5, *_KINDS[kind][1], dtype=dtype)


def separately(norm, inputs):
    """The explicit loop: a plain BatchNorm a chunk, which share weights; output, first of them."""
    plain = []
    parts = []
    for chunk in inputs.chunk(norm.groups):
        plain.append(_KINDS[type(norm)][0](5).to(norm.weight.dtype))
        plain[-1].weight, plain[-1].bias = norm.weight, norm.bias
        parts.append(plain[-1](chunk))
    return torch.cat(parts), plain[0]


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("rows", [12, 8, 11, 10])  # chunks of 3, of 2, 3 3 3 2, and 3 3 3 1
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_values_and_statistics_are_those_of_separate_chunks(kind, rows, groups):
    norm, inputs = make(kind, rows, groups)
    if kind is GhostBatchNorm1d and len(inputs.chunk(groups)[-1]) == 1:
        return  # see the test below
    output = norm(inputs)
    expected, first = separately(norm, inputs)
    assert torch.equal(output, expected)
    assert torch.equal(norm.running_mean, first.running_mean)
    assert torch.equal(norm.running_var, first.running_var)
    assert int(norm.num_batches_tracked) == 1
    assert torch.equal(norm.eval()(inputs), first.eval()(inputs))


def test_a_chunk_of_one_value_a_channel_is_refused():
    norm, inputs = make(GhostBatchNorm1d, rows=10)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        norm(inputs)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("frozen", [(), ("bias",), ("weight",), ("weight", "bias"), ("input",)])
def test_gradients_are_those_of_separate_chunks(kind, frozen):
    norm, inputs = make(kind, rows=11)
    tensors = {"input": inputs, "weight": norm.weight, "bias": norm.bias}
    wanted = [t.requires_grad_(n not in frozen) for n, t in tensors.items() if n not in frozen]
    for name in frozen:
        tensors[name].requires_grad_(False)
    scale = torch.randn_like(inputs)
    ours = torch.autograd.grad((norm(inputs) * scale).sum(), wanted)
    theirs = torch.autograd.grad((separately(norm, inputs)[0] * scale).sum(), wanted)
    for got, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", _KINDS)
def test_gradients_are_those_of_finite_differences(kind):
    norm, inputs = make(kind, rows=8)

    def call(x, weight, bias):
        return torch.func.functional_call(norm, {"weight": weight, "bias": bias}, (x,))

    arguments = (inputs.requires_grad_(), norm.weight.detach().requires_grad_(),
                 norm.bias.detach().requires_grad_())  # fmt: skip
    assert torch.autograd.gradcheck(call, arguments)


def test_channels_last_stays_and_changes_nothing():
    norm, inputs = make(GhostBatchNorm2d, dtype=torch.float32)
    last = inputs.contiguous(memory_format=torch.channels_last).requires_grad_()
    output = norm(last)
    assert output.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(output, norm(inputs))
    (gradient,) = torch.autograd.grad(output.square().sum(), last)
    assert gradient.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", _KINDS)
def test_half_precision_inputs_keep_their_type_and_float_statistics(kind):
    norm, inputs = make(kind, dtype=torch.float32)
    half = inputs.bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        output = norm(half)
    expected = separately(norm, half)[0]
    assert output.dtype == torch.bfloat16
    assert torch.equal(output, expected)
    ours = torch.autograd.grad(output.float().square().sum(), [half, norm.weight, norm.bias])
    theirs = torch.autograd.grad(expected.float().square().sum(), [half, norm.weight, norm.bias])
    assert [g.dtype for g in ours] == [torch.bfloat16, torch.float32, torch.float32]
    for got, wanted in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, wanted)


def test_compiled_it_gives_the_same(monkeypatch):
    """The form that a compiler sees, without waiting for one."""
    norm, inputs = make(GhostBatchNorm2d)
    eager = norm(inputs)
    other, _ = make(GhostBatchNorm2d)
    monkeypatch.setattr("torch.compiler.is_compiling", lambda: True)
    assert torch.equal(other(inputs), eager)
    assert torch.equal(other.running_var, norm.running_var)


@pytest.mark.parametrize(("kind", "shape"), [(GhostBatchNorm1d, (2, 5, 3, 3)),
                                             (GhostBatchNorm2d, (2, 5))])  # fmt: skip
def test_inputs_of_another_rank_are_refused(kind, shape):
    with pytest.raises(ValueError, match="expected"):
        make(kind, groups=2)[0](torch.randn(shape, dtype=torch.float64))


def test_every_norm_of_the_net_is_a_ghost():
    encoder = build_encoder("resnet18", bn_groups=4)
    norms = [m for m in encoder.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    assert len(norms) == 21
    assert all(m.groups == 4 for m in norms)
