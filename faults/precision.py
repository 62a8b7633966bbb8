"""Does bfloat16 find about as many clusters as float32, on the embedded benchmark?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aacpy.config import Config
from aacpy.training import train

#: The numbers of clusters in the last epoch may differ by this share of float32's.
TOLERANCE = 0.1
METHODS = ("baseline", "aac")


def compare(
    seeds: Sequence[int], folder: Path, *, on_row: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """Run each method and seed in both precisions; a row for each method and seed."""
    rows = []
    for seed in seeds:
        for method in METHODS:
            records = {
                precision: train(
                    Config.preset("pedestrians", method=method, seed=seed, precision=precision),
                    folder / f"{method}-{precision}-seed{seed}",
                    progress=False,
                )
                for precision in ("float32", "bfloat16")
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


def gap(row: dict[str, Any]) -> float:
    """How many more clusters bfloat16 ends with, as a share of float32's."""
    before, after = row["float32"][-1], row["bfloat16"][-1]
    return float(after - before) / float(before)
