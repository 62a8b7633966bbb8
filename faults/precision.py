"""Does bfloat16 find about as many clusters as float32, on the embedded benchmark?

Before any training both see the same network. Training then amplifies every rounding, so the last
epoch is compared with float32 on two threads too, which adds up in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aacpy.config import Config
from aacpy.training import train

#: The numbers of clusters may differ by this share of float32's.
TOLERANCE = 0.1
METHODS = ("baseline", "aac")
#: What is compared -> its settings.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "float32": {"precision": "float32"},
    "bfloat16": {"precision": "bfloat16"},
    "two_threads": {"precision": "float32", "threads": 2},
}


def compare(
    seeds: Sequence[int], folder: Path, *, on_row: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """Run each method and seed in every variant; a row for each method and seed."""
    rows = []
    for seed in seeds:
        for method in METHODS:
            records = {
                name: train(
                    Config.preset("pedestrians", method=method, seed=seed, **settings),
                    folder / f"{method}-{name}-seed{seed}",
                    progress=False,
                )
                for name, settings in VARIANTS.items()
            }
            row = {
                "method": method,
                "seed": seed,
                **{name: r.series["clusters"] for name, r in records.items()},
                **{f"{name} mean_ap": r.scores["mean_ap"] for name, r in records.items()},
            }
            on_row(row)
            rows.append(row)
    return rows


def gap(row: Mapping[str, Any], epoch: int) -> float:
    """How many more clusters bfloat16 finds in an epoch, as a share of float32's."""
    before, after = row["float32"][epoch], row["bfloat16"][epoch]
    return float(after - before) / float(before)
