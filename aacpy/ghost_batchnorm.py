"""Ghost BatchNorm: a training batch normalised in equal groups, each by statistics of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class _GhostBatchNorm(nn.modules.batchnorm._BatchNorm):
    """What both have in common."""

    def __init__(self, num_features: int, *, groups: int = 1) -> None:
        super().__init__(num_features)
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Normalise by chunk in training, by the running statistics otherwise."""
        if self.groups == 1 or not self.training:
            return super().forward(input)
        self._check_input_dim(input)  # type: ignore[no-untyped-call]
        return _by_chunks(self, input)


class GhostBatchNorm2d(_GhostBatchNorm, nn.BatchNorm2d):
    """BatchNorm whose training batches are normalised in `groups` equal chunks of their own.

    What torch's DataParallel does to BatchNorm on that many GPUs: each normalises its chunk, and
    the running statistics are those of the first chunk (the first GPU's replica is kept). A batch
    that does not divide evenly is cut as `Tensor.chunk` cuts it.
    """


class GhostBatchNorm1d(_GhostBatchNorm, nn.BatchNorm1d):
    """See `GhostBatchNorm2d`; for (n, c) features."""


def _by_chunks(norm: _GhostBatchNorm, input: Tensor) -> Tensor:
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.add_(1)
    arguments = (input, norm.weight, norm.bias, norm.running_mean, norm.running_var,
                 norm.groups, norm.momentum or 0.0, norm.eps)  # fmt: skip
    # A compiler fuses the copies away, and cannot look into a Function that writes into views.
    if torch.compiler.is_compiling():
        return _chunk_and_cat(*arguments)
    result: Tensor = _ChunkNorm.apply(*arguments)
    return result


def _chunk_and_cat(
    input: Tensor, weight: Tensor, bias: Tensor, mean: Tensor | None, var: Tensor | None,
    groups: int, momentum: float, eps: float,
) -> Tensor:  # fmt: skip
    first, *rest = input.chunk(groups)
    parts = [functional.batch_norm(first, mean, var, weight, bias, True, momentum, eps)]
    parts += [functional.batch_norm(r, None, None, weight, bias, True, 0.0, eps) for r in rest]
    return torch.cat(parts)


class _ChunkNorm(torch.autograd.Function):
    """`_chunk_and_cat` in which every chunk is written to its place in one output."""

    @staticmethod
    def forward(
        ctx: Any, input: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor,
        groups: int, momentum: float, eps: float,
    ) -> Tensor:  # fmt: skip
        output = torch.empty_like(input)
        pairs = list(zip(input.chunk(groups), output.chunk(groups), strict=True))
        if pairs[-1][0].numel() == len(weight):  # the last chunk is the smallest
            raise ValueError(
                "Expected more than 1 value per channel in every chunk of a training batch, got "
                f"input size {tuple(input.shape)} in {groups} groups"
            )
        saved = weight.new_empty(len(pairs), 2, len(weight))
        for index, (part, out) in enumerate(pairs):
            running = (mean, var) if index == 0 else (None, None)
            torch.ops.aten.native_batch_norm.out(
                part, weight, bias, *running, True, momentum, eps,
                out=out, save_mean=saved[index, 0], save_invstd=saved[index, 1],
            )  # fmt: skip
        ctx.save_for_backward(input, weight, saved)
        ctx.groups, ctx.eps = groups, eps
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        input, weight, saved = ctx.saved_tensors
        wanted = list(ctx.needs_input_grad[:3])
        grads: list[Tensor | None] = [None, None, None]
        if wanted[0]:
            grads[0] = torch.empty_like(input)
        places = [None] * len(saved) if grads[0] is None else grads[0].chunk(ctx.groups)
        chunks = zip(input.chunk(ctx.groups), grad.chunk(ctx.groups), saved, places, strict=True)
        for part, part_grad, (mean, invstd), place in chunks:
            found = torch.ops.aten.native_batch_norm_backward(
                part_grad, part, weight, None, None, mean, invstd, True, ctx.eps, wanted
            )
            if place is not None:
                place.copy_(found[0])
            for at in (1, 2):
                if wanted[at]:
                    grads[at] = found[at] if grads[at] is None else grads[at] + found[at]
        return *grads, None, None, None, None, None
