"""One image: a person walking through a camera's view, as a detector would crop it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import film, posing
from aacpy.datasets.renderer.cameras import Camera, draw_camera
from aacpy.datasets.renderer.canvas import Lens
from aacpy.datasets.renderer.drawing import Picture, Subject, model_of, paint_person
from aacpy.datasets.renderer.model import Model
from aacpy.datasets.renderer.views import add_companion, add_obstacle, background

# Shares of images with somebody far off, behind or before the subject, or something in the way.
_FAR, _BEHIND, _BEFORE, _OBSTACLE = 0.16, 0.06, 0.03, 0.06

#: Height of a false detection, in pixels of the view.
_FALSE_HEIGHT = 130.0


@dataclass(frozen=True)
class Scene:
    """What the images of a dataset share.

    seed : draws the people, the cameras and every image; height, width : of an image, pixels;
    camera_gap : how far the cameras' colours, light and tone lie apart, as in `draw_camera`.
    """

    seed: int
    height: int
    width: int
    camera_gap: float = 1.0


@dataclass(frozen=True)
class Box:
    """A crop of the camera's view, in its pixels; the crop is resized to the output size."""

    left: float
    top: float
    width: float
    height: float


def name_key(name: str) -> int:
    """A 64-bit integer that depends on the file name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def _stance(
    seed: int, subject: Subject, model: Model, camera_index: int, rng: np.random.Generator
) -> tuple[float, float, str]:
    """Heading, effort and arms: one track of a person in a camera, with changes by image."""
    track = np.random.default_rng([seed, 0x7A, subject.key, camera_index])
    if track.random() < 0.7:
        headings = draw_camera(seed, camera_index).headings
        heading = headings[int(track.integers(len(headings)))] + track.normal(0, 0.25)
    else:
        heading = track.uniform(-np.pi, np.pi)
    effort = 0.1 if track.random() < 0.12 else track.uniform(0.75, 1.1)
    arms = "free"
    habit = track.random()
    if habit < 0.10:
        arms = "phone"
    elif habit < 0.35 and model.person.backpack is not None:
        arms = "straps"
    return heading + rng.normal(0, 0.22), effort, arms


def _detector_box(
    screen: NDArray[np.float32], ratio: float, rng: np.random.Generator, *, bad: bool
) -> Box:
    """The box of a detector around projected points, never quite right; ratio : width / height."""
    left, right = float(screen[:, 0].min()), float(screen[:, 0].max())
    top, bottom = float(screen[:, 1].min()), float(screen[:, 1].max())
    height = max((bottom - top) * (1.05 + 0.04 * rng.normal()), 0.82 * (right - left) / ratio)
    middle_x = 0.5 * (left + right) + height * 0.02 * rng.normal()
    middle_y = 0.5 * (top + bottom) + height * 0.016 * rng.normal()
    if bad:
        middle_x += height * 0.22 * rng.choice([-1, 1]) * rng.uniform(0.4, 1)
        middle_y += height * 0.40 * rng.choice([-1, 1]) * rng.uniform(0.5, 1)
        height *= float(rng.choice([0.45, 0.55, 1.5, 1.8]))
    width = height * ratio
    return Box(middle_x - width / 2, middle_y - height / 2, width, height)


def _false_box(camera: Camera, ratio: float, rng: np.random.Generator) -> Box:
    """A box around nobody."""
    x, depth = rng.uniform(-3.0, 3.0), rng.uniform(camera.near, camera.far + 4)
    column, row = camera.lens.pixel(x, depth, 0.9)
    height = _FALSE_HEIGHT * rng.uniform(0.6, 1.2)
    return Box(column - height * ratio / 2, row - height / 2, height * ratio, height)


def take_snapshot(
    name: str, subject: Subject | None, camera_index: int, scene: Scene, *, bad: bool = False
) -> NDArray[np.uint8]:
    """The image of a file name, (height, width, 3) uint8.

    subject : None shows the place alone, as a false detection; bad : the detector missed most of
    the person. Everything random follows from the seed, the name, the subject and the camera.
    """
    seed, height, width = scene.seed, scene.height, scene.width
    rng = np.random.default_rng([seed, 0x5A, name_key(name)])
    camera = draw_camera(seed, camera_index, scene.camera_gap)
    view = background(seed, camera_index, scene.camera_gap)
    ratio = width / height

    def crop(box: Box) -> Picture:
        cropped: Picture = film.crop_view(
            view, box.left, box.top, box.height / height, height, width
        )
        return cropped

    if subject is None:
        return film.develop(crop(_false_box(camera, ratio, rng)), camera, rng)
    model = model_of(seed, subject)
    place = np.array([rng.uniform(-2.6, 2.6), rng.uniform(camera.near, camera.far), 0.0])
    heading, effort, arms = _stance(seed, subject, model, camera_index, rng)
    points, normals = model.posed(
        rng.uniform(0, 2 * np.pi), heading, effort=effort, arms=arms, look=rng.normal(0, 0.2)
    )
    box = _detector_box(posing.project(points, place, _numbers(camera.lens)), ratio, rng, bad=bad)
    picture = crop(box)
    lens = camera.lens.zoomed(box.left, box.top, height / box.height)
    company = rng.random()
    if company < _FAR + _BEHIND:
        add_companion(picture, seed, camera_index, camera, place, lens, rng,
                      where="far" if company < _FAR else "behind")  # fmt: skip
    paint_person(picture, model, points, normals, place, lens, camera)
    event = rng.random()
    if event < _BEFORE:
        add_companion(picture, seed, camera_index, camera, place, lens, rng,
                      where="before")  # fmt: skip
    elif event < _BEFORE + _OBSTACLE:
        add_obstacle(picture, camera, place, lens, rng)
    return film.develop(picture, camera, rng)


def _numbers(lens: Lens) -> NDArray[np.float64]:
    return np.array([lens.focal, lens.height, lens.column, lens.row])
