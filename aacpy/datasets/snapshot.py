"""One image: a person walking through a camera's view, as a detector would crop it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets import film, raster, shading
from aacpy.datasets.cameras import Camera, draw_camera, empty_view
from aacpy.datasets.canvas import Lens
from aacpy.datasets.model import Model, build_model
from aacpy.datasets.person import draw_person

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Subject:
    """Who is in an image: attributes, and the key of the details that they leave open."""

    attributes: tuple[int, ...]
    key: int


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


@lru_cache(maxsize=64)
def _model(seed: int, subject: Subject) -> Model:
    rng = np.random.default_rng([seed, 0x1D, subject.key])
    return build_model(draw_person(subject.attributes, rng))


def _stance(
    seed: int, subject: Subject, camera_index: int, camera: Camera, rng: np.random.Generator
) -> tuple[float, float, str]:
    """Heading, effort and arms: one track of a person in a camera, with changes by image."""
    track = np.random.default_rng([seed, 0x7A, subject.key, camera_index])
    if track.random() < 0.7:
        heading = float(track.choice(camera.headings)) + track.normal(0, 0.25)
    else:
        heading = track.uniform(-np.pi, np.pi)
    effort = 0.1 if track.random() < 0.12 else track.uniform(0.75, 1.1)
    arms = str(track.choice(["free", "free", "free", "free", "phone", "straps"]))
    return heading + rng.normal(0, 0.22), effort, arms


def _detector_box(screen: NDArray[np.float32], rng: np.random.Generator, bad: bool) -> Box:
    """The box a detector finds around projected points, never quite right."""
    left, right = float(screen[:, 0].min()), float(screen[:, 0].max())
    top, bottom = float(screen[:, 1].min()), float(screen[:, 1].max())
    height = (bottom - top) * (1.07 + 0.05 * rng.normal())
    middle_x = 0.5 * (left + right) + height * 0.025 * rng.normal()
    middle_y = 0.5 * (top + bottom) + height * 0.018 * rng.normal()
    if bad:
        scale = float(rng.choice([0.45, 0.55, 1.5, 1.8]))
        middle_x += height * 0.22 * rng.choice([-1, 1]) * rng.uniform(0.4, 1)
        middle_y += height * 0.40 * rng.choice([-1, 1]) * rng.uniform(0.5, 1)
        height *= scale
    width = max(height * 0.5, 0.80 * (right - left)) if not bad else height * 0.5
    return Box(middle_x - width / 2, middle_y - height / 2, width, height)


def _draw_person(
    picture: Picture, model: Model, points: Picture, normals: Picture, place: NDArray[np.float64],
    lens: Lens, camera: Camera,
) -> None:  # fmt: skip
    """Shadow, then the person, over a picture whose geometry is `lens` (in its pixels)."""
    rows, columns, _ = picture.shape
    mesh, s = model.mesh, raster.SUPERSAMPLING
    light = camera.light
    flat = points.copy()
    slope = np.float32(0.9 / max(light[2], 0.35))
    flat[:, 0] -= np.float32(light[0]) * slope * points[:, 2]
    flat[:, 1] -= np.float32(light[1]) * slope * points[:, 2]
    flat[:, 2] = 0
    whole = np.array([lens.focal, lens.height, lens.column, lens.row])
    cast = raster.cover(raster.project(flat, place, whole), mesh.triangles, rows, columns)
    raster.darken(picture, cast, camera.shadow, max(1, rows // 64))
    low = points[:, 2] < 0.10
    touch = _contact(points[low], place, lens, rows, columns)
    raster.darken(picture, touch, 0.55, max(1, rows // 40))
    fine = np.array([lens.focal * s, lens.height, lens.column * s, lens.row * s])
    screen = raster.project(points, place, fine)
    nearest, corners = raster.rasterise(screen, mesh.triangles, rows * s, columns * s)
    eye = points + np.array([place[0], place[1], -lens.height], np.float32)
    colours = shading.shade(
        nearest, corners, mesh.triangles, mesh.kinds, normals, mesh.points, mesh.around,
        mesh.occlusion, eye, mesh.materials, light,
    )  # fmt: skip
    raster.resolve(picture, colours, nearest)


def _contact(
    feet: Picture, place: NDArray[np.float64], lens: Lens, rows: int, columns: int
) -> Picture:
    """Pixels of the ground right under what nearly touches it."""
    mask = np.zeros((rows, columns), np.float32)
    depth = feet[:, 1] + place[1]
    column = (lens.column + lens.focal * (feet[:, 0] + place[0]) / depth).astype(int)
    row = (lens.row + lens.focal * lens.height / depth).astype(int)
    seen = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    mask[row[seen], column[seen]] = 1.0
    return mask


def take_snapshot(
    name: str, subject: Subject | None, camera_index: int, *, seed: int, height: int, width: int,
    bad: bool = False,
) -> NDArray[np.uint8]:  # fmt: skip
    """The image of a file name, (height, width, 3) uint8.

    subject : None shows the place alone, as a false detection; bad : the detector missed most of
    the person. Everything random follows from the seed, the name, the subject and the camera.
    """
    rng = np.random.default_rng([seed, 0x5A, name_key(name)])
    camera = draw_camera(seed, camera_index)
    view = empty_view(seed, camera_index)
    place = np.array([rng.uniform(-2.6, 2.6), rng.uniform(camera.near, camera.far), 0.0])
    if subject is None:
        size = FALSE_HEIGHT * rng.uniform(0.7, 1.2)
        column, row = camera.lens.pixel(place[0] * 1.2, place[1], 0.9)
        box = Box(column - size / 4, row - size * rng.uniform(0.4, 0.8), size / 2, size)
        picture = film.crop_view(view, box.left, box.top, box.width / width, box.height / height,
                                 height, width)  # fmt: skip
        return film.develop(picture, camera, rng)
    model = _model(seed, subject)
    heading, effort, arms = _stance(seed, subject, camera_index, camera, rng)
    points, normals = model.posed(
        rng.uniform(0, 2 * np.pi), heading, effort=effort, arms=arms, look=rng.normal(0, 0.2)
    )
    lens = camera.lens
    flat = np.array([lens.focal, lens.height, lens.column, lens.row])
    box = _detector_box(raster.project(points, place, flat), rng, bad)
    # Pixels need not be square: x is stretched so that the box fills the output.
    picture = film.crop_view(view, box.left, box.top, box.width / width, box.height / height,
                             height, width)  # fmt: skip
    zoomed = lens.zoomed(box.left, box.top, width / box.width, height / box.height)
    stretch = np.float32((width / box.width) / (height / box.height))
    points[:, 0] *= stretch
    place[0] *= stretch
    _draw_person(picture, model, points, normals, place, zoomed, camera)
    return film.develop(picture, camera, rng)


#: Height of a false detection, in pixels of the view.
FALSE_HEIGHT = 130.0
