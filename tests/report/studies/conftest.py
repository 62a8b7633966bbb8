"""Invented records for tests of what the studies' pages say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aacpy.records import Record


@pytest.fixture
def make_scored(make_record: Callable[..., Record]) -> Callable[..., Record]:
    """Make an invented record whose last epoch has the given mAP."""

    def make(mean_ap: float, method: str = "aac", seed: int = 0, **settings: Any) -> Record:
        record = make_record(method, seed, **settings)
        series = {**record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap]}
        return replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})

    return make
