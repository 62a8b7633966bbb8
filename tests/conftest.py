"""Fixtures shared by the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacpy.config import Config
from aacpy.records import SCORES, Record, pack_labels
from aacpy.series import STUDY_SERIES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking",
                 "--disable-dev-shm-usage")  # fmt: skip


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
    from aacpy.loading import benchmark_root

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
            "neighbor_recall": [None] * n,
            **{name: [float(v) for v in rise] for name in ("purity", "ari", "ami")},
            **{
                f"{name}_before": [float(v) for v in rise - 0.1] if clustered else [None] * n
                for name in ("purity", "ari", "ami")
            },
            **{name: [float(v) for v in rise + 0.05 * i] for i, name in enumerate(SCORES)},
        }
        if config.is_study:
            series |= {name: [float(v) for v in rise] for name in STUDY_SERIES}
        labels = {"before": pack_labels(rng.integers(-1, 60, 1200)),
                  "after": pack_labels(rng.integers(-1, 90, 1200))}  # fmt: skip
        root = benchmark_root(config) if config.data is None else Path(config.data)
        return Record(
            config=config,
            dataset={"name": root.name, "fingerprint": "0" * 64, "train_images": 1200,
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
            environment={"python": "3.11.7", "device": "cpu", "threads": "1",
                         "precision": "float32"},
            revision="000000000000",
            finished="2026-01-01T00:00:00+00:00",
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def tiny_market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Market-1501 directory of 8 + 8 identities in 3 cameras, 2 images each, 32 x 16 pixels.

    Identities are flat colours with noise, so that a small net tells them apart; pairs of
    training identities share an attribute vector.
    """
    from PIL import Image

    from aacpy.datasets.attributes import ATTRIBUTE_NAMES, AttributeTable, write_attributes

    root = tmp_path_factory.mktemp("market")
    rng = np.random.default_rng(0)

    def write(folder: str, identity: int, camera: int, detection: int) -> None:
        base = np.random.default_rng(identity + 2).integers(40, 215, (2, 1, 3))
        pixels = np.repeat(base, 16, axis=0) + rng.normal(8 * camera, 12, (32, 16, 3))
        path = root / folder / f"{identity:04d}_c{camera}s1_{detection:06d}_00.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=95)

    def table(ids: range) -> AttributeTable:
        values = np.ones((len(ids), len(ATTRIBUTE_NAMES)), np.int64)
        values[:, 0] = np.arange(len(ids)) // 2 % 4 + 1
        return AttributeTable(np.array(ids, np.int64), values)

    for camera in (1, 2, 3):
        for detection in (1, 2):
            for identity in range(1, 9):
                write("bounding_box_train", identity, camera, detection)
            for identity in (0, *range(11, 19)):
                write("bounding_box_test", identity, camera, detection)
        for identity in range(11, 19):
            write("query", identity, camera, 3)
    write_attributes(root / "market_attribute.mat", table(range(1, 9)), table(range(11, 19)))
    return root


@pytest.fixture
def tiny_config(tiny_market: Path) -> Callable[..., Config]:
    """A config that trains on `tiny_market` in about a second."""

    def make(**overrides: Any) -> Config:
        settings = {
            "data": str(tiny_market), "height": 32, "width": 16, "epochs": 3, "iterations": 4,
            "batch_size": 16, "instances": 4, "k1": 6, "k2": 2, "delta": 2, "warmup_batches": 4,
            "lr_step": 2, "pad": 2,
        }  # fmt: skip
        return Config.preset("pedestrians", **{**settings, **overrides})

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A system Chromium, driven by Playwright; the test is skipped without either."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield started
        started.close()
