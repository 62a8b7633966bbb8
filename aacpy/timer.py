"""Seconds of wall time by phase."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Timer:
    """Adds up wall time: `with timer("train"): ...`.

    A phase counts the time in which the run waits for it. What a GPU or a worker thread does
    meanwhile beside another phase counts as that other phase's.

    Attributes
    ----------
    seconds : phase -> seconds so far.
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Count the block's time as `phase`, also if it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(phase, time.perf_counter() - start)

    def add(self, phase: str, seconds: float) -> None:
        """Count `seconds` more as `phase`."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
