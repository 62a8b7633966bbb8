"""What a camera sees besides its subject: the empty view, passers-by and things in the way."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import raster, roadside, structures
from aacpy.datasets.renderer.cameras import (
    VIEW_COLUMNS,
    VIEW_ROWS,
    Camera,
    draw_camera,
)  # fmt: skip
from aacpy.datasets.renderer.canvas import Canvas, Lens
from aacpy.datasets.renderer.drawing import Picture, paint_person, passer_by
from aacpy.datasets.renderer.places import PLACES

#: Colour that the places fade towards, and how much is left of their broad tones and of their
#: detail: the knobs that set how far the places, rather than the people, decide what an untrained
#: network sees.
_HAZE = np.array([0.31, 0.305, 0.29])
_TONES, _DETAIL = 0.80, 0.90
#: Reach of the blur that tells the two apart, in pixels of the view.
_BROAD = 40


def _fade(picture: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """A paler picture: broad tones nearer to the haze, detail softened less."""
    planes = np.ascontiguousarray(np.moveaxis(picture, 2, 0))
    broad = np.empty_like(planes)
    for plane, out in zip(planes, broad, strict=True):
        across = raster.box_blur(raster.box_blur(plane, _BROAD), _BROAD)
        out[:] = raster.box_blur(raster.box_blur(across.T.copy(), _BROAD), _BROAD).T
    tones = np.moveaxis(broad, 0, 2)
    paler: NDArray[np.floating[Any]] = (
        _HAZE + (tones - _HAZE) * _TONES + (picture - tones) * _DETAIL
    )
    return paler


@lru_cache(maxsize=12)
def background(seed: int, index: int, gap: float = 1.0) -> Picture:
    """The empty view of a camera (see `draw_camera`), (430, 760, 3) linear RGB, read-only."""
    camera = draw_camera(seed, index, gap)
    canvas = Canvas(camera.lens, np.full((VIEW_ROWS, VIEW_COLUMNS, 3), 0.8))
    PLACES[camera.place](canvas, np.random.default_rng([seed, 0xEE, index]), camera.salt)
    brightness = 0.75 * np.asarray(camera.key) * 0.7 + np.asarray(camera.sky)
    picture = np.clip(_fade(canvas.picture), 0.004, 1.2) * brightness
    picture = np.ascontiguousarray(picture, np.float32)
    picture.flags.writeable = False
    return picture


def add_companion(
    picture: Picture, seed: int, index: int, camera: Camera, place: NDArray[np.float64], lens: Lens,
    rng: np.random.Generator, *, where: str,
) -> None:  # fmt: skip
    """Another person in the picture: "far", right "behind" the subject, or partly "before" it."""
    model = passer_by(seed, index, rng)
    aside = float(rng.choice([-1.0, 1.0]))
    if where == "before":
        step = (aside * rng.uniform(0.42, 0.62), -rng.uniform(0.3, 0.9))
    elif where == "behind":
        step = (aside * rng.uniform(0.3, 0.9), rng.uniform(0.5, 1.6))
    else:
        depth = rng.uniform(camera.far + 0.8, camera.clear)
        # Straight behind the subject it would be hidden, so it stands to a side.
        x = float(place[0]) * depth / float(place[1]) + aside * rng.uniform(0.2, 1.1)
        step = (x - float(place[0]), depth - float(place[1]))
    points, normals = model.posed(rng.uniform(0, 6.28), rng.uniform(-3.14, 3.14))
    paint_person(picture, model, points, normals, place + np.array([*step, 0.0]), lens, camera)


def add_obstacle(
    picture: Picture, camera: Camera, place: NDArray[np.float64], lens: Lens,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Something that hides a part of the subject: a pole, a bicycle, a hedge or a car."""
    brightness = 0.5 * np.asarray(camera.key) + np.asarray(camera.sky)
    picture /= brightness.astype(np.float32)
    canvas = Canvas(lens, picture)
    depth = float(place[1]) - rng.uniform(0.45, 0.8)
    x = float(place[0])
    side = float(rng.choice([-1.0, 1.0]))
    kind = int(rng.choice(4, p=[0.25, 0.35, 0.25, 0.15]))
    if kind == 0:
        grey = rng.uniform(0.08, 0.4)
        structures.pillar(
            canvas,
            depth,
            x + side * rng.uniform(0.08, 0.35),
            rng.uniform(0.10, 0.2),
            6.0,
            (grey, grey, 1.05 * grey),
        )
    elif kind == 1:
        red, green, blue = rng.uniform(0.06, 0.35, 3).tolist()
        roadside.bicycle(
            canvas,
            depth,
            x + side * rng.uniform(0.25, 0.9),
            (red, green, blue),
            flip=rng.random() < 0.5,
        )
    elif kind == 2:
        edge = x + side * rng.uniform(-0.1, 0.25)
        low, high = (edge, edge + 3) if side > 0 else (edge - 3, edge)
        roadside.hedge(
            canvas,
            depth,
            low,
            high,
            rng.uniform(0.4, 0.8),
            salt=int(rng.integers(9999)),
            colour=(0.13, 0.17, 0.09),
        )
    else:
        tone = rng.choice([0.05, 0.2, 0.4])
        roadside.car(
            canvas,
            depth - 0.6,
            x + side * rng.uniform(1.7, 2.2),
            (tone, tone, 1.1 * tone),
            flip=side < 0,
        )
    picture *= brightness.astype(np.float32)
