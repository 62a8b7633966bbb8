"""The cameras: where each looks, its light, its colours and faults, and its empty view.

Each camera watches one place. The first six places are fixed in kind, as the six of Market-1501
are; their details, and the kinds beyond the sixth, depend on the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets import places
from aacpy.datasets.canvas import Canvas, Lens

#: Size of an empty view, and its focal length, in pixels.
VIEW_ROWS, VIEW_COLUMNS, FOCAL = 430, 760, 600.0
_HORIZON = 95.0

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Camera:
    """One camera.

    place : index into `PLACES`; height : metres; near, far : depth of the people it sees, metres; clear :
    depth up to which the ground is free;
    headings : usual walking directions, radians, 0 = away; sun : direction to the key light; key,
    sky, ground : linear RGB of the lights; shadow : strength of cast shadows; gains : colour cast;
    exposure, contrast, saturation : factors; blur : pixels; noise : sRGB standard deviation; detail
    : resolution relative to the output's; salt : for the place's textures.
    """

    place: int
    height: float
    near: float
    far: float
    clear: float
    headings: tuple[float, ...]
    sun: Vector
    key: Vector
    sky: Vector
    ground: Vector
    shadow: float
    gains: Vector
    exposure: float
    contrast: float
    saturation: float
    blur: float
    noise: float
    detail: float
    salt: int

    @property
    def lens(self) -> Lens:
        """The lens of the empty view."""
        return Lens(FOCAL, self.height, VIEW_COLUMNS / 2, _HORIZON)

    @property
    def light(self) -> NDArray[np.float64]:
        """What `shading.shade` takes as its light."""
        sun = np.asarray(self.sun) / np.linalg.norm(self.sun)
        return np.concatenate([sun, self.key, self.sky, self.ground])


def _plaza(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A campus plaza: grey slabs, a lawn with a hedge, a plastered building, trees."""
    places.lay_pavers(canvas, (0.36, 0.35, 0.34), wide=0.6, deep=0.6, salt=salt)
    places.wall(canvas, 24, -30, 30, 9, (0.55, 0.50, 0.42), bricks=False, salt=salt)
    places.windows(canvas, 24, -30, 30, bottom=0.9, top=2.5, period=2.4, wide=1.5,
                   frame=(0.6, 0.6, 0.6), salt=salt)  # fmt: skip
    places.lay_lawn(canvas, 12.5, 22, salt=salt)
    places.hedge(canvas, 19, -30, 30, 0.9, salt=salt)
    for x in (-7.5, -2.6, 2.9, 7.0):
        places.tree(canvas, 15 + rng.uniform(-1, 1), x + rng.uniform(-0.6, 0.6), radius=0.16,
                    crown=2.6, salt=salt + int(x * 7))  # fmt: skip


def _shop(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A supermarket's front on light tiles, with parked bicycles."""
    places.lay_pavers(canvas, (0.60, 0.54, 0.45), wide=0.42, deep=0.42, salt=salt, contrast=0.16,
                      offset=False, joint=0.018)  # fmt: skip
    places.shop_front(canvas, 13.5, -16, 16, 4.5, salt=salt, sign=(0.55, 0.05, 0.06))
    for x in (-5.2, -4.4, -3.7, 3.4, 4.0, 5.1):
        tone = rng.uniform(0.05, 0.5, 3)
        places.bicycle(canvas, 12.7, x + rng.uniform(-0.2, 0.2), tuple(tone), flip=rng.random() < 0.5)


def _street(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """Asphalt with a zebra crossing, a kerb, parked cars and a brick wall."""
    places.lay_asphalt(canvas, (0.15, 0.155, 0.165), salt=salt)
    places.lay_lines(canvas, zebra=True, near=6.0, far=9.2, slope=0.25)
    far = canvas.depth > 12.0
    places.lay_pavers(canvas, (0.40, 0.36, 0.34), wide=0.4, deep=0.2, salt=salt + 3, cover=far)
    canvas.lay((0.5, 0.49, 0.47), (np.abs(canvas.depth - 12.0) < 0.14) * np.ones_like(canvas.ground_x))
    places.wall(canvas, 17, -25, 25, 7, (0.36, 0.15, 0.10), bricks=True, salt=salt,
                plinth=(0.28, 0.27, 0.26))  # fmt: skip
    places.windows(canvas, 17, -25, 25, bottom=1.3, top=2.9, period=3.4, wide=1.2,
                   frame=(0.75, 0.74, 0.70), salt=salt)  # fmt: skip
    for x in (-6.2, 0.4, 6.4):
        tone = ((0.45, 0.45, 0.47), (0.30, 0.03, 0.03), (0.05, 0.10, 0.25))[int(rng.integers(3))]
        places.car(canvas, 11.5, x + rng.uniform(-0.7, 0.7), tone, flip=rng.random() < 0.5)


def _park(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A red brick path through lawns under trees."""
    places.lay_pavers(canvas, (0.40, 0.19, 0.13), wide=0.24, deep=0.12, salt=salt, contrast=0.5)
    hedge = places.hedge
    hedge(canvas, 30, -40, 40, 4.0, salt=salt)
    places.lay_lawn(canvas, 9.4, 30, salt=salt, colour=(0.13, 0.24, 0.05))
    for y, x in ((20, -8), (18, 5.5), (15, -3.6), (13.5, 7.2), (12.2, 1.2), (11.2, -5.8)):
        places.tree(canvas, y + rng.uniform(-0.5, 0.5), x + rng.uniform(-0.5, 0.5),
                    radius=rng.uniform(0.12, 0.24), crown=2.7, salt=salt + int(13 * x))  # fmt: skip
    hedge(canvas, 10.4, 2.4, 6.0, 0.7, salt=salt + 40, colour=(0.10, 0.17, 0.04))
    places.dapple(canvas, 0.5, salt)


def _arcade(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A covered entrance: polished slabs, white columns, steps and a pale wall."""
    places.lay_pavers(canvas, (0.42, 0.40, 0.33), wide=0.9, deep=0.9, salt=salt, contrast=0.12,
                      offset=False, joint=0.02)  # fmt: skip
    places.wall(canvas, 18, -25, 25, 8, (0.62, 0.58, 0.46), bricks=False, salt=salt,
                plinth=(0.24, 0.2, 0.16))  # fmt: skip
    places.windows(canvas, 18, -25, 25, bottom=0.5, top=2.8, period=4.2, wide=2.4,
                   frame=(0.16, 0.11, 0.07), salt=salt)  # fmt: skip
    places.steps(canvas, 14.5, -6.5, 3.0, 5, (0.55, 0.52, 0.45))
    for x in (-7.4, -3.2, 1.4, 5.6):
        places.pillar(canvas, 12.6, x + rng.uniform(-0.3, 0.3), 0.62, 8, (0.75, 0.73, 0.66))


def _yard(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A bicycle yard of concrete behind railings, with a dark block and shrubs."""
    places.lay_asphalt(canvas, (0.33, 0.35, 0.38), salt=salt)
    places.lay_lines(canvas, zebra=False, near=4.0, far=9.5, slope=0.0)
    places.wall(canvas, 20, -25, 25, 8, (0.22, 0.26, 0.32), bricks=False, salt=salt)
    places.windows(canvas, 20, -25, 25, bottom=1.0, top=2.2, period=2.0, wide=1.4,
                   frame=(0.55, 0.58, 0.6), salt=salt)  # fmt: skip
    places.hedge(canvas, 16, -25, 25, 1.2, salt=salt, colour=(0.05, 0.12, 0.05))
    places.fence(canvas, 13.2, -25, 25, 1.25, (0.62, 0.64, 0.66))
    for k in range(10):
        x = -7.5 + 1.55 * k + rng.uniform(-0.3, 0.3)
        places.bicycle(canvas, 12.2 + rng.uniform(-0.2, 0.2), x, tuple(rng.uniform(0.03, 0.55, 3)),
                       flip=rng.random() < 0.5)  # fmt: skip


PLACES: tuple[Callable[[Canvas, np.random.Generator, int], None], ...] = (
    _plaza, _shop, _street, _park, _arcade, _yard,
)  # fmt: skip

_BACK, _FRONT, _RIGHT, _LEFT = 0.0, np.pi, -np.pi / 2, np.pi / 2



@dataclass(frozen=True)
class _Mood:
    """How one place looks through its camera; fields as in `Camera`."""

    headings: tuple[float, ...]
    sun: Vector
    key: Vector
    sky: Vector
    ground: Vector
    shadow: float
    gains: Vector
    exposure: float
    contrast: float
    saturation: float


_MOODS = (
    _Mood((_FRONT, _FRONT + 0.5), sun=(0.5, -0.5, 0.75), key=(0.740, 0.710, 0.655),
          sky=(0.525, 0.565, 0.625), ground=(0.240, 0.230, 0.210), shadow=0.50,
          gains=(1.000, 1.000, 1.000), exposure=1.000, contrast=1.015, saturation=1.000),
    _Mood((_LEFT, _RIGHT), sun=(-0.3, -0.7, 0.7), key=(0.670, 0.645, 0.605),
          sky=(0.560, 0.580, 0.605), ground=(0.270, 0.250, 0.225), shadow=0.32,
          gains=(1.020, 1.000, 0.975), exposure=1.015, contrast=0.990, saturation=0.985),
    _Mood((_BACK, _BACK - 0.5), sun=(-0.6, -0.3, 0.7), key=(0.640, 0.625, 0.610),
          sky=(0.535, 0.565, 0.615), ground=(0.215, 0.210, 0.200), shadow=0.28,
          gains=(0.985, 1.000, 1.025), exposure=0.970, contrast=0.990, saturation=0.965),
    _Mood((_RIGHT + 0.5, _LEFT - 0.5), sun=(0.7, -0.3, 0.7), key=(0.720, 0.705, 0.640),
          sky=(0.500, 0.545, 0.560), ground=(0.235, 0.225, 0.190), shadow=0.42,
          gains=(0.995, 1.010, 0.975), exposure=0.975, contrast=1.020, saturation=1.015),
    _Mood((_FRONT - 0.4, _BACK + 0.3), sun=(0.2, -0.9, 0.6), key=(0.690, 0.650, 0.585),
          sky=(0.515, 0.530, 0.550), ground=(0.245, 0.230, 0.205), shadow=0.35,
          gains=(1.025, 0.995, 0.965), exposure=0.980, contrast=1.015, saturation=1.000),
    _Mood((_RIGHT, _FRONT + 0.6, _BACK), sun=(-0.6, -0.4, 0.6), key=(0.630, 0.620, 0.610),
          sky=(0.530, 0.570, 0.620), ground=(0.235, 0.230, 0.225), shadow=0.25,
          gains=(0.975, 1.005, 1.020), exposure=1.030, contrast=0.970, saturation=0.950),
)  # fmt: skip


@lru_cache(maxsize=32)
def draw_camera(seed: int, index: int) -> Camera:
    """The camera of a number from 1, for a seed."""
    rng = np.random.default_rng([seed, 0xCA, index])
    place = (index - 1) % len(PLACES)
    mood = _MOODS[place]

    def vary(vector: Vector, spread: float) -> Vector:
        red, green, blue = np.asarray(vector) * np.exp(rng.normal(0, spread, 3))
        return float(red), float(green), float(blue)

    return Camera(
        place=place, height=rng.uniform(1.9, 3.1), near=6.2 + 0.5 * rng.random(),
        far=8.2 + 1.2 * rng.random(), clear=(12.2, 12.4, 11.0, 11.0, 12.2, 11.8)[place],
        headings=mood.headings, sun=vary(mood.sun, 0.15), key=vary(mood.key, 0.03),
        sky=vary(mood.sky, 0.02), ground=vary(mood.ground, 0.03), shadow=mood.shadow,
        gains=vary(mood.gains, 0.01), exposure=mood.exposure * rng.uniform(0.97, 1.03),
        contrast=mood.contrast, saturation=mood.saturation * rng.uniform(0.98, 1.02),
        blur=rng.uniform(0.25, 0.6), noise=rng.uniform(0.006, 0.016),
        detail=rng.uniform(0.7, 1.0), salt=int(rng.integers(1, 4000)),
    )  # fmt: skip
