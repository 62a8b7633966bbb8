"""Numbers that stop being finite: where, the likely cause, and what to do."""

from __future__ import annotations

import torch
from torch import nn

from aacpy.errors import RunError

_KEPT = "The run's directory keeps the epochs that were finished."


def not_finite(encoder: nn.Module) -> str | None:
    """Name of the encoder's first parameter or buffer that is not finite; None if all are."""
    for name, tensor in encoder.state_dict().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name
    return None


def diverged(
    loss: float, encoder: nn.Module, *, epoch: int, batch: int, batches: int, precision: str
) -> RunError:
    """The error of a loss that is not finite, with its likely cause.

    Parameters
    ----------
    loss : the first such loss, nats.
    encoder : as it is when the loss is looked at.
    epoch, batch : where, from 0.
    batches : in an epoch.
    precision : of the encoder's passes, "float32" or "bfloat16".
    """
    broken = not_finite(encoder)
    if broken is not None:
        cause = (
            f"{broken} is not finite: a step before was too large, or the weights that the run "
            "started from are damaged. Lower learning_rate, or check weights"
        )
    else:
        cause = (
            "the encoder's weights are finite, so the features or their products with the memory "
            "overflowed. Raise temperature"
        )
    if precision != "float32":
        cause += ", or use precision='float32'"
    return RunError(
        f"the loss is {loss} in epoch {epoch}, batch {batch} of {batches} (both from 0). Likely "
        f"cause: {cause}. {_KEPT}"
    )


def require_finite(encoder: nn.Module, epoch: int) -> None:
    """Raise unless the encoder is finite after the steps of `epoch`.

    Raises
    ------
    RunError
        If it is not, although every loss was: the last step broke it.
    """
    broken = not_finite(encoder)
    if broken is not None:
        raise RunError(
            f"{broken} of the encoder is not finite after the last batch of epoch {epoch} (from "
            f"0). Likely cause: that step was too large. Lower learning_rate. {_KEPT}"
        )
