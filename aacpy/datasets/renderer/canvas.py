"""A camera's empty view as a picture: grounds in perspective and upright things standing on them.

The lens is shifted, not tilted, as with architectural cameras: uprights stay upright, and a pixel
of the ground lies at depth focal · height / (row − horizon).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from aacpy.datasets.renderer.patterns import noise

Floats = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Lens:
    """focal : pixels; height : of the camera, metres; column, row : optical axis and horizon."""

    focal: float
    height: float
    column: float
    row: float

    def pixel(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Column and row of a point in the world."""
        scale = self.focal / y
        return self.column + scale * x, self.row + scale * (self.height - z)

    def zoomed(self, left: float, top: float, factor: float) -> Lens:
        """The lens of a crop at (left, top), enlarged by a factor."""
        return Lens(self.focal * factor, self.height, (self.column - left) * factor,
                    (self.row - top) * factor)  # fmt: skip


@njit(cache=True)
def _fill_noise(x, y, octaves, salt, result):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        total = 0.0
        weight = 0.5
        u, v = x[i], y[i]
        for octave in range(octaves):
            total += weight * noise(u, v, salt + octave)
            u, v, weight = u * 2.03, v * 2.03, weight * 0.5
        result[i] = total / (1.0 - 0.5**octaves)


def cloud(x: ArrayLike, y: ArrayLike, octaves: int = 3, salt: int = 0) -> Floats:
    """Fractal noise in [0, 1] at broadcast coordinates."""
    a, b = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    result = np.empty(a.size)
    _fill_noise(a.ravel(), b.ravel(), octaves, salt, result)
    return result.reshape(a.shape)


def line(coordinate: Floats, period: float, width: float, pixel: Floats | float) -> Floats:
    """Coverage of lines of a width every `period`, smoothed over `pixel` metres."""
    distance = np.abs(coordinate / period - np.round(coordinate / period)) * period
    cover: Floats = np.clip((width / 2 - distance) / pixel + 0.5, 0, 1)
    # Where a pixel is wider than the period, only the mean is left.
    return np.where(pixel > 0.5 * period, width / period, cover)


def inside(coordinate: Floats, low: float, high: float, pixel: Floats | float) -> Floats:
    """Smoothed 1 between low and high."""
    lower, upper = (coordinate - low) / pixel + 0.5, (high - coordinate) / pixel + 0.5
    cover: Floats = np.clip(lower, 0, 1) * np.clip(upper, 0, 1)
    return cover


def tinted(value: Floats, colour: Colour) -> Floats:
    """A colour times a brightness (h, w), (h, w, 3)."""
    result: Floats = value[..., None] * np.asarray(colour)
    return result


@dataclass(frozen=True)
class Pane:
    """The part of a canvas that an upright plane covers; x (1, w), z (h, 1) metres."""

    rows: slice
    columns: slice
    x: Floats
    z: Floats
    pixel: float


class Canvas:
    """A linear-RGB picture being painted, far things first."""

    def __init__(self, lens: Lens, picture: NDArray[np.floating[Any]]) -> None:
        self.lens = lens
        self.picture = picture
        rows, columns, _ = picture.shape
        self.first = max(int(np.ceil(lens.row + 6)), 0)
        down = np.arange(self.first, rows) + 0.5 - lens.row
        self.depth = (lens.focal * lens.height / down)[:, None]
        across = np.arange(columns) + 0.5 - lens.column
        self.ground_x = across[None, :] * self.depth / lens.focal
        self.ground_pixel = self.depth / lens.focal

    def lay(self, colour: ArrayLike, cover: ArrayLike = 1.0) -> None:
        """Blend a colour, (h, w, 3) or (3,), over the ground where `cover` (h, w) says."""
        view = self.picture[self.first :]
        share = np.broadcast_to(np.asarray(cover, float), view.shape[:2])[..., None]
        view += (np.asarray(colour, float) - view) * share

    def pane(self, distance: float, x0: float, x1: float, z0: float, z1: float) -> Pane | None:
        """Where an upright rectangle at a distance shows, or None if it is out of view."""
        left, top = self.lens.pixel(x0, distance, z1)
        right, bottom = self.lens.pixel(x1, distance, z0)
        height, width = self.picture.shape[:2]
        c0, c1 = max(int(np.floor(left)), 0), min(int(np.ceil(right)), width)
        r0, r1 = max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), height)
        if c0 >= c1 or r0 >= r1:
            return None
        scale = distance / self.lens.focal
        x = (np.arange(c0, c1) + 0.5 - self.lens.column)[None, :] * scale
        z = self.lens.height - (np.arange(r0, r1) + 0.5 - self.lens.row)[:, None] * scale
        return Pane(slice(r0, r1), slice(c0, c1), x, z, scale)

    def put(self, pane: Pane, colour: ArrayLike, cover: ArrayLike = 1.0) -> None:
        """Blend a colour over a pane where `cover` says."""
        view = self.picture[pane.rows, pane.columns]
        share = np.broadcast_to(np.asarray(cover, float), view.shape[:2])[..., None]
        view += (np.asarray(colour, float) - view) * share

    def shadow(self, distance: float, x0: float, x1: float, depth: float, strength: float) -> None:
        """Darken the ground in front of something that stands at a distance."""
        ahead = np.clip((distance - self.depth) / depth, 0, 1)
        fade = np.where(self.depth <= distance + 0.02, (1 - ahead) ** 2, 0.0)
        soft = inside(self.ground_x, x0, x1, 0.3)
        self.picture[self.first :] *= 1 - strength * (fade * soft)[..., None]
