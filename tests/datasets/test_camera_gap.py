"""How far rendered cameras lie apart in colour, light and tone."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aacpy.datasets.pedestrians import render_pedestrians
from aacpy.datasets.renderer import rendering
from aacpy.datasets.renderer.cameras import draw_camera
from aacpy.datasets.renderer.crowd import sample_attributes
from aacpy.datasets.renderer.drawing import Subject
from aacpy.datasets.renderer.manifest import MANIFEST
from aacpy.datasets.renderer.snapshot import Scene, take_snapshot
from aacpy.errors import DatasetError

CAMERAS = range(1, 10)
TONE = ("key", "sky", "ground", "gains", "exposure", "contrast", "saturation")
TINY: dict[str, Any] = {"identities": 1, "cameras": 2, "cameras_per_identity": 2}
TINY |= {"images_per_camera": 2, "seed": 5, "progress": False}


def tone(index: int, gap: float) -> NDArray[np.float64]:
    """Lights, gains, exposure, contrast and saturation of a camera, (15,)."""
    camera = draw_camera(5, index, gap)
    return np.hstack([getattr(camera, name) for name in TONE])


def images(root: Path) -> dict[str, bytes]:
    """Content of every image by its name."""
    return {path.name: path.read_bytes() for path in root.rglob("*.jpg")}


def mean_colours(gap: float) -> NDArray[np.float64]:
    """Mean colour of the same people in each of the first six cameras, (6, 3) in [0, 255]."""
    attributes = sample_attributes(6, np.random.default_rng(0)).tolist()
    people = [Subject(tuple(values), key) for key, values in enumerate(attributes, 1)]
    scene = Scene(5, 64, 32, gap)
    pictures = np.array([
        [take_snapshot(f"{person.key}.jpg", person, camera, scene) for person in people]
        for camera in range(1, 7)
    ])  # fmt: skip
    means: NDArray[np.float64] = pictures.mean(axis=(1, 2, 3))
    return means


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_pedestrians(tmp_path_factory.mktemp("plain") / "data", **TINY)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("apart") / "data"
    return render_pedestrians(root, camera_gap=2.5, **TINY)


def test_a_gap_of_one_is_the_benchmark(plain: Path, tmp_path: Path) -> None:
    one = render_pedestrians(tmp_path / "one", camera_gap=1, **TINY)
    assert images(one) == images(plain)
    assert (one / MANIFEST).read_bytes() == (plain / MANIFEST).read_bytes()
    assert "camera_gap" not in json.loads((one / MANIFEST).read_text())["parameters"]
    assert all(draw_camera(5, index, 1.0) == draw_camera(5, index) for index in CAMERAS)


def test_without_a_gap_all_cameras_have_one_tone() -> None:
    assert all(np.array_equal(tone(index, 0), tone(1, 0)) for index in CAMERAS)
    assert np.array_equal(tone(1, 0)[-6:], np.ones(6))  # gains, exposure, contrast, saturation


def test_a_gap_is_a_factor_on_logarithms_and_leaves_the_rest_as_it_is() -> None:
    common = tone(1, 0)
    for index in CAMERAS:
        ratio = np.log(tone(index, 1) / common)
        for gap in (0.5, 2.0, 4.0):
            np.testing.assert_allclose(np.log(tone(index, gap) / common), gap * ratio, atol=1e-12)
            other = dataclasses.asdict(draw_camera(5, index, gap))
            same = dataclasses.asdict(draw_camera(5, index))
            assert {k for k, value in other.items() if value != same[k]} == set(TONE)


def test_a_larger_gap_makes_mean_colours_differ_more() -> None:
    spread = [mean_colours(gap).std(axis=0).mean() for gap in (0.0, 1.0, 2.0, 3.0)]
    assert spread == sorted(spread)
    assert spread[2] > 1.4 * spread[1]


def test_images_follow_the_gap_whatever_the_workers(
    plain: Path, apart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads((apart / MANIFEST).read_text())["parameters"]["camera_gap"] == 2.5
    assert images(apart).keys() == images(plain).keys()
    assert set(images(apart).values()).isdisjoint(images(plain).values())
    monkeypatch.setattr(rendering, "_CHUNK", 4)
    assert images(apart) == images(
        render_pedestrians(tmp_path / "data", camera_gap=2.5, workers=2, **TINY)
    )


def test_a_folder_of_another_gap_is_refused(plain: Path, apart: Path) -> None:
    for root, has, asked in ((plain, 1.0, 2.5), (apart, 2.5, 1.0), (apart, 2.5, 2.0)):
        before = images(root)
        with pytest.raises(DatasetError, match=f"camera_gap = {has}, not {asked}"):
            render_pedestrians(root, camera_gap=asked, **TINY)
        assert images(root) == before
        assert render_pedestrians(root, camera_gap=has, **TINY) == root
