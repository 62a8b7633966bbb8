"""Putting a posed person, with its shadow, into a picture; and the people nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import posing, raster, shading
from aacpy.datasets.renderer.cameras import Camera
from aacpy.datasets.renderer.canvas import Lens
from aacpy.datasets.renderer.crowd import sample_attributes
from aacpy.datasets.renderer.model import Model, build_model
from aacpy.datasets.renderer.person import draw_person

Picture = NDArray[np.float32]

#: Passers-by that a camera has in its stock; a body is worth building only if it is used again.
_PASSERS_BY = 8


@dataclass(frozen=True)
class Subject:
    """Who is in an image: attributes, and the key of the details that they leave open."""

    attributes: tuple[int, ...]
    key: int


@lru_cache(maxsize=8)
def model_of(seed: int, subject: Subject) -> Model:
    """The body of a subject."""
    rng = np.random.default_rng([seed, 0x1D, subject.key])
    return build_model(draw_person(subject.attributes, rng))


def stranger(seed: int, key: int) -> Subject:
    """Somebody of no identity."""
    attributes = sample_attributes(1, np.random.default_rng([seed, 0x57, key]))[0]
    return Subject(tuple(attributes.tolist()), key)


def passer_by(seed: int, camera_index: int, rng: np.random.Generator) -> Model:
    """The body of one of a camera's passers-by."""
    return _stock(seed, camera_index, int(rng.integers(_PASSERS_BY)))


@lru_cache(maxsize=9 * _PASSERS_BY)
def _stock(seed: int, camera_index: int, number: int) -> Model:
    # Keys of passers-by lie above those of identities and of files.
    subject = stranger(seed, (1 << 65) + camera_index * 1000 + number)
    return model_of.__wrapped__(seed, subject)


def paint_person(
    picture: Picture, model: Model, points: Picture, normals: Picture, place: NDArray[np.float64],
    lens: Lens, camera: Camera,
) -> None:  # fmt: skip
    """Draw the shadow, then the person, over a picture.

    points, normals : posed; place : (3,) where the feet stand; lens : geometry of the picture, in
    its pixels.
    """
    rows, columns, _ = picture.shape
    mesh, s = model.mesh, raster.SUPERSAMPLING
    light = camera.light
    flat = points.copy()
    slope = np.float32(0.9 / max(light[2], 0.35))
    flat[:, 0] -= np.float32(light[0]) * slope * points[:, 2]
    flat[:, 1] -= np.float32(light[1]) * slope * points[:, 2]
    flat[:, 2] = 0
    whole = np.array([lens.focal, lens.height, lens.column, lens.row])
    mask = np.zeros((rows, columns), np.float32)
    raster.cover(posing.project(flat, place, whole), mesh.triangles, camera.shadow, mask)
    _touch_ground(mask, points[points[:, 2] < 0.10], place, lens)
    raster.darken(picture, mask, max(1, round(lens.focal / place[1] / 30)))
    fine = np.array([lens.focal * s, lens.height, lens.column * s, lens.row * s])
    screen = posing.project(points, place, fine)
    eye = points + np.array([place[0], place[1], -lens.height], np.float32)
    away = posing.facing_away(normals, eye)
    nearest, corners = raster.rasterise(screen, mesh.triangles, away, rows * s, columns * s)
    colours = shading.shade(
        nearest, corners, mesh.triangles, mesh.kinds, normals, mesh.points, mesh.around,
        mesh.occlusion, eye, mesh.materials, light,
    )  # fmt: skip
    raster.resolve(picture, colours, nearest)


def _touch_ground(mask: Picture, feet: Picture, place: NDArray[np.float64], lens: Lens) -> None:
    """Darken the ground right under what nearly touches it."""
    rows, columns = mask.shape
    depth = feet[:, 1] + place[1]
    column = (lens.column + lens.focal * (feet[:, 0] + place[0]) / depth).astype(int)
    row = (lens.row + lens.focal * lens.height / depth).astype(int)
    seen = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    mask[row[seen], column[seen]] = 0.8
