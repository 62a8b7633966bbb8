"""Numbers and lists in words, as sentences of the book and captions need them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aacpy.report.statistics import Interval


def interval_text(difference: Interval, digits: int = 1) -> str:
    """The interval in words, such as "95% interval 3.9 to 10.2"; signs unless all positive."""
    if math.isnan(difference.half_width):
        return "one seed, no interval"
    form = f"{{:{'' if difference.low > 0 else '+'}.{digits}f}}"
    low, high = (form.format(v).replace("-", "−") for v in (difference.low, difference.high))
    return f"95% interval {low} to {high}"


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign, such as "+3.9"."""
    return f"{value:+.{digits}f}".replace("-", "−")


def listed(parts: Sequence[str]) -> str:
    """Parts as in "a, b and c"; "none" if there are none."""
    if not parts:
        return "none"
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
