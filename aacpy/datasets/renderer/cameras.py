"""The cameras: where each looks, its light, its colours and faults, and its empty view.

Each camera watches one place. The first six places are fixed in kind, as the six of Market-1501
are; their details, and the kinds beyond the sixth, depend on the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.datasets.renderer.canvas import Lens
from aacpy.datasets.renderer.places import PLACES

#: Size of an empty view, and its focal length, in pixels.
VIEW_ROWS, VIEW_COLUMNS, FOCAL = 430, 760, 600.0
_HORIZON = 95.0

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Camera:
    """One camera.

    place : index into `PLACES`; height : metres; near, far : depth of the people it sees, metres;
    clear : depth up to which the ground is free; headings : usual walking directions, radians, 0 =
    away; sun : direction to the key light; key, sky, ground : linear RGB of the lights; shadow :
    strength of cast shadows; gains : colour cast; exposure, contrast, saturation : factors; blur :
    pixels; noise : sRGB standard deviation; detail : resolution relative to the output's; salt :
    for the place's textures.
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
    _Mood((_FRONT, _FRONT + 0.5), sun=(0.5, -0.5, 0.75), key=(0.92, 0.86, 0.76),
          sky=(0.51, 0.58, 0.70), ground=(0.24, 0.23, 0.21), shadow=0.50,
          gains=(1.00, 1.00, 1.00), exposure=1.00, contrast=1.06, saturation=1.00),
    _Mood((_LEFT, _RIGHT), sun=(-0.3, -0.7, 0.7), key=(0.64, 0.60, 0.56),
          sky=(0.65, 0.64, 0.62), ground=(0.36, 0.31, 0.27), shadow=0.32,
          gains=(1.08, 1.00, 0.90), exposure=1.06, contrast=0.96, saturation=0.94),
    _Mood((_BACK, _BACK - 0.5), sun=(-0.6, -0.3, 0.7), key=(0.52, 0.52, 0.58),
          sky=(0.55, 0.58, 0.66), ground=(0.14, 0.15, 0.17), shadow=0.28,
          gains=(0.94, 1.00, 1.10), exposure=0.88, contrast=0.96, saturation=0.86),
    _Mood((_RIGHT + 0.5, _LEFT - 0.5), sun=(0.7, -0.3, 0.7), key=(0.84, 0.84, 0.70),
          sky=(0.41, 0.50, 0.44), ground=(0.22, 0.21, 0.13), shadow=0.42,
          gains=(0.98, 1.04, 0.90), exposure=0.90, contrast=1.08, saturation=1.06),
    _Mood((_FRONT - 0.4, _BACK + 0.3), sun=(0.2, -0.9, 0.6), key=(0.72, 0.62, 0.48),
          sky=(0.47, 0.44, 0.40), ground=(0.26, 0.23, 0.19), shadow=0.35,
          gains=(1.10, 0.98, 0.86), exposure=0.92, contrast=1.06, saturation=1.00),
    _Mood((_RIGHT, _FRONT + 0.6, _BACK), sun=(-0.6, -0.4, 0.6), key=(0.48, 0.50, 0.58),
          sky=(0.53, 0.60, 0.68), ground=(0.22, 0.23, 0.27), shadow=0.25,
          gains=(0.90, 1.02, 1.08), exposure=1.12, contrast=0.88, saturation=0.80),
)  # fmt: skip


#: Geometric means of the moods' lights, from which a gap between cameras is counted; of `gains`,
#: `exposure`, `contrast` and `saturation` it is counted from 1.
_MEAN_KEY, _MEAN_SKY, _MEAN_GROUND = (
    np.exp(np.log([getattr(mood, light) for mood in _MOODS]).mean(axis=0))
    for light in ("key", "sky", "ground")
)


@lru_cache(maxsize=32)
def draw_camera(seed: int, index: int, gap: float = 1.0) -> Camera:
    """The camera of a number from 1, for a seed.

    gap : how far the cameras' colours, light and tone lie apart, a factor on the logarithms of
    their ratios to a common camera; 0 makes them equal.
    """
    rng = np.random.default_rng([seed, 0xCA, index])
    place = (index - 1) % len(PLACES)
    mood = _MOODS[place]

    def vary(vector: Vector, spread: float) -> Vector:
        red, green, blue = np.asarray(vector) * np.exp(rng.normal(0, spread, 3))
        return float(red), float(green), float(blue)

    camera = Camera(
        place=place, height=rng.uniform(1.9, 3.1), near=6.2 + 0.5 * rng.random(),
        far=8.2 + 1.2 * rng.random(), clear=(12.2, 12.4, 11.0, 11.0, 12.2, 11.8)[place],
        headings=mood.headings, sun=vary(mood.sun, 0.15), key=vary(mood.key, 0.03),
        sky=vary(mood.sky, 0.02), ground=vary(mood.ground, 0.03), shadow=mood.shadow,
        gains=vary(mood.gains, 0.01), exposure=mood.exposure * rng.uniform(0.97, 1.03),
        contrast=mood.contrast, saturation=mood.saturation * rng.uniform(0.98, 1.02),
        blur=rng.uniform(0.25, 0.6), noise=rng.uniform(0.006, 0.016),
        detail=rng.uniform(0.7, 1.0), salt=int(rng.integers(1, 4000)),
    )  # fmt: skip
    return camera if gap == 1 else _apart(camera, gap)


def _apart(camera: Camera, gap: float) -> Camera:
    """A camera as far from the common one as `gap` says."""

    def widen(vector: Vector, centre: ArrayLike) -> Vector:
        red, green, blue = np.asarray(vector) ** gap * np.asarray(centre) ** (1 - gap)
        return float(red), float(green), float(blue)

    return replace(
        camera, key=widen(camera.key, _MEAN_KEY), sky=widen(camera.sky, _MEAN_SKY),
        ground=widen(camera.ground, _MEAN_GROUND), gains=widen(camera.gains, 1.0),
        exposure=camera.exposure**gap, contrast=camera.contrast**gap,
        saturation=camera.saturation**gap,
    )  # fmt: skip
