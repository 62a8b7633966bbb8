"""The dataset that a config asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aacpy import Config
from aacpy.datasets.pedestrians import RENDERER_VERSION
from aacpy.errors import DatasetError
from aacpy.loading import benchmark_root, load_data, render_benchmark

_SMALL = {"identities": 3, "cameras": 2, "cameras_per_identity": 2, "images_per_camera": 1}


@pytest.fixture
def small(tmp_path, monkeypatch) -> Config:
    monkeypatch.setenv("AACPY_DATA", str(tmp_path / "data"))
    return Config.preset("pedestrians", seed=7, **_SMALL)


def test_the_benchmark_is_rendered_once(small, tmp_path):
    dataset = load_data(small, progress=False)
    assert dataset.root == tmp_path / "data" / f"pedestrians-3x2x2x1-seed7-v{RENDERER_VERSION}"
    assert len(dataset.train) == 3 * 2
    times = {path: path.stat().st_mtime_ns for path in dataset.train.paths}
    again = load_data(small, progress=False)
    assert {path: path.stat().st_mtime_ns for path in again.train.paths} == times
    assert again.fingerprint() == dataset.fingerprint()


def test_another_seed_is_another_benchmark(small):
    first, other = (render_benchmark(c, progress=False) for c in (small, small.replace(seed=8)))
    assert first != other


def test_another_gap_between_cameras_is_another_benchmark(small):
    assert benchmark_root(small.replace(camera_gap=1)) == benchmark_root(small)
    apart = benchmark_root(small.replace(camera_gap=2.5))
    assert apart.name == f"pedestrians-3x2x2x1-seed7-gap2.5-v{RENDERER_VERSION}"
    assert render_benchmark(small.replace(camera_gap=2.5), progress=False) == apart
    assert '"camera_gap": 2.5' in (apart / "pedestrians.json").read_text()


def test_runs_that_start_together_render_once(small):
    """Without a lock, two processes would complete and tidy up each other's half-made folder."""
    script = (
        "from aacpy import Config; from aacpy.loading import load_data;"
        f"print(load_data(Config.from_dict({small.to_dict()!r}), progress=False).fingerprint())"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(outputs) == 1


def test_own_data_are_loaded(tiny_config, tiny_market):
    assert load_data(tiny_config()).root == tiny_market


def test_a_missing_directory_is_named():
    with pytest.raises(DatasetError, match="no/such/folder"):
        load_data(Config.preset("pedestrians", data="no/such/folder"))
