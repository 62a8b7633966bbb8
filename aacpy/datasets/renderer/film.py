"""From linear light to a stored photograph: lens blur, resolution, exposure, tone, noise, JPEG."""

from __future__ import annotations

import io

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import Image

from aacpy.datasets.renderer.cameras import Camera

_JPEG_QUALITY = 92
_TONES = 2048


@njit(cache=True)
def crop_view(view, left, top, step, rows, columns):  # type: ignore[no-untyped-def]
    """Bilinear crop of a view: `step` is the view's pixels per output pixel."""
    result = np.empty((rows, columns, 3), np.float32)
    height, width, _ = view.shape
    for row in range(rows):
        y = min(max(top + (row + 0.5) * step - 0.5, 0.0), height - 1.001)
        i = int(y)
        v = y - i
        for column in range(columns):
            x = min(max(left + (column + 0.5) * step - 0.5, 0.0), width - 1.001)
            j = int(x)
            u = x - j
            for c in range(3):
                above = view[i, j, c] * (1 - u) + view[i, j + 1, c] * u
                below = view[i + 1, j, c] * (1 - u) + view[i + 1, j + 1, c] * u
                result[row, column, c] = above * (1 - v) + below * v
    return result


@njit(cache=True)
def soften(picture, kernel):  # type: ignore[no-untyped-def]
    """Separable blur with a symmetric float32 kernel of odd length; edges repeat."""
    height, width, _ = picture.shape
    reach = len(kernel) // 2
    flat = picture.reshape(height, 3 * width)
    padded = np.empty(3 * (width + 2 * reach), np.float32)
    other = np.zeros((height, 3 * width), np.float32)
    result = np.zeros((height, 3 * width), np.float32)
    for row in range(height):
        padded[3 * reach : 3 * (reach + width)] = flat[row]
        for k in range(3 * reach):
            padded[k] = flat[row, k % 3]
            padded[3 * (reach + width) + k] = flat[row, 3 * width - 3 + k % 3]
        line = other[row]
        for k in range(2 * reach + 1):
            weight = kernel[k]
            for i in range(3 * width):
                line[i] += weight * padded[3 * k + i]
    for row in range(height):
        line = result[row]
        for k in range(-reach, reach + 1):
            weight = kernel[k + reach]
            source = other[min(max(row + k, 0), height - 1)]
            for i in range(3 * width):
                line[i] += weight * source[i]
    return result.reshape(height, width, 3)


@njit(cache=True)
def expose(picture, gains, tones, saturation, noise, key):  # type: ignore[no-untyped-def]
    """Linear light to 8 bits: gains (3,), tone curve over √light, saturation, then noise.

    noise : standard deviation in sRGB units of [0, 1]; key : integer that seeds it.
    """
    height, width, _ = picture.shape
    result = np.empty((height, width, 3), np.uint8)
    value = np.empty(3)
    last = len(tones) - 1
    state = np.uint64(key)
    for row in range(height):
        for column in range(width):
            for c in range(3):
                light = max(picture[row, column, c] * gains[c], 0.0)
                value[c] = tones[min(int(np.sqrt(light) * last * 0.8), last)]
            grey = 0.30 * value[0] + 0.59 * value[1] + 0.11 * value[2]
            shared = 0.0
            for c in range(4):
                # The four 16-bit parts of a SplitMix64 draw sum to nearly a normal.
                state += np.uint64(0x9E3779B97F4A7C15)
                bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                bits = bits ^ (bits >> np.uint64(31))
                total = 0.0
                for k in range(4):
                    total += (bits >> np.uint64(16 * k)) & np.uint64(0xFFFF)
                draw = (total / 65535.0 - 2.0) * 1.732
                if c == 0:
                    shared = draw
                else:
                    level = grey + saturation * (value[c - 1] - grey)
                    level += noise * (0.8 * shared + 0.6 * draw)
                    result[row, column, c - 1] = np.uint8(min(max(level * 255.0 + 0.5, 0.0), 255.0))
    return result


def _tone_curve(exposure: float, contrast: float) -> NDArray[np.float64]:
    """SRGB level for each step of √light / 0.8, with a shoulder and a contrast S-curve."""
    light = (np.arange(_TONES) / (_TONES - 1) / 0.8) ** 2 * exposure
    light = np.where(light > 0.6, 0.6 + 0.55 * (1 - np.exp(-(light - 0.6) / 0.55)), light)
    level = np.clip(light, 0, 1) ** (1 / 2.2)
    middle = 0.45
    return np.clip(middle + (level - middle) * contrast, 0, 1)


def develop(
    picture: NDArray[np.float32], camera: Camera, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The photograph that a camera takes of linear light, (h, w, 3) uint8."""
    unit = picture.shape[0] / 128
    sharp = camera.detail * rng.uniform(0.75, 1.1)
    sigma = unit * np.hypot(camera.blur * rng.uniform(0.6, 1.3), 0.32 / min(sharp, 1.0))
    reach = max(1, int(np.ceil(2.2 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    soft = soften(picture, (kernel / kernel.sum()).astype(np.float32))
    tones = _tone_curve(camera.exposure * np.exp(rng.normal(0, 0.06)), camera.contrast)
    gains = np.asarray(camera.gains) * np.exp(rng.normal(0, 0.01, 3))
    noise = camera.noise * rng.uniform(0.7, 1.3)
    developed: NDArray[np.uint8] = expose(
        soft, gains, tones, camera.saturation, noise, int(rng.integers(1, 2**62))
    )
    return developed


def jpeg_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A JPEG file's bytes; equal pictures give equal bytes."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
