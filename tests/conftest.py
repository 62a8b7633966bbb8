"""Fixtures shared by the tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacpy.config import Config
from aacpy.records import SCORES, Record, pack_labels


@pytest.fixture(scope="session")
def market1501_metadata() -> Path:
    """Folder of real Market-1501 metadata; the test is skipped without it."""
    folder = os.environ.get("AACPY_MARKET1501_METADATA")
    if not folder:
        pytest.skip("AACPY_MARKET1501_METADATA is not set")
    return Path(folder)


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """Make a valid record with invented numbers, for tests of what reads records."""

    def make(method: str = "aac", seed: int = 0, **overrides: Any) -> Record:
        config = Config.preset("pedestrians", method=method, seed=seed, **overrides)
        rng = np.random.default_rng([seed, len(method)])
        n, rise = config.epochs, np.linspace(0.2, 0.7, config.epochs)
        clustered = method in ("baseline", "aac")
        clusters = [int(c) for c in rng.integers(40, 100, n)]
        series: dict[str, Any] = {
            "epoch": list(range(n)),
            "loss": [float(v) for v in rng.uniform(0.1, 3, n)],
            "clusters_before": clusters if clustered else [None] * n,
            "clusters": [c + 5 for c in clusters],
            "unclustered": [int(c) for c in rng.integers(0, 50, n)],
            **{name: [float(v) for v in rise] for name in ("purity", "ari", "ami")},
            **{name: [float(v) for v in rise + 0.05 * i] for i, name in enumerate(SCORES)},
        }
        labels = {"before": pack_labels(rng.integers(-1, 60, 1200)),
                  "after": pack_labels(rng.integers(-1, 90, 1200))}  # fmt: skip
        return Record(
            config=config,
            dataset={"name": "pedestrians", "fingerprint": "0" * 64, "train_images": 1200,
                     "train_identities": 100, "query_images": 400, "query_identities": 100,
                     "gallery_images": 850, "cameras": 6, "attribute_vectors": 64},
            series=series,
            scores={name: series[name][-1] for name in SCORES},
            labels={"0": labels, str(n - 1): labels},
            retrievals=[{"query": q, "gallery": [int(g) for g in rng.integers(0, 850, 10)]}
                        for q in range(5)],
            notes=[],
            seconds={"load": 1.0, "extract": 4.0, "cluster": 3.0, "train": 20.0, "evaluate": 2.0,
                     "total": 30.0},
            peak_memory_bytes={"ram": 700_000_000},
            environment={"python": "3.11.7", "device": "cpu", "threads": "1"},
            revision="000000000000",
            finished="2026-01-01T00:00:00+00:00",
        )  # fmt: skip

    return make
