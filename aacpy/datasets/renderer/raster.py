"""Drawing projected triangles: a z-buffer, cast shadows and the average of samples.

Compiled by Numba, on one thread and without fast-math, so equal input gives equal bytes.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Samples along each side of a pixel.
SUPERSAMPLING = 2


@njit(cache=True)
def _edges(screen, i, j, k):
    """Planes of the first two corner weights, (a0, ax, ay, b0, bx, by); all 0 if degenerate."""
    x0, y0 = float(screen[i, 0]), float(screen[i, 1])
    x1, y1 = float(screen[j, 0]), float(screen[j, 1])
    x2, y2 = float(screen[k, 0]), float(screen[k, 1])
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if abs(area) < 1e-6:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    scale = 1.0 / area
    return (
        (x1 * y2 - x2 * y1) * scale, (y1 - y2) * scale, (x2 - x1) * scale,
        (x2 * y0 - x0 * y2) * scale, (y2 - y0) * scale, (x0 - x2) * scale,
    )  # fmt: skip


@njit(cache=True)
def _bounds(screen, triangle, axis, limit):
    """First and last sample whose centre may lie in a triangle, along an axis."""
    a, b = screen[triangle[0], axis], screen[triangle[1], axis]
    c = screen[triangle[2], axis]
    low, high = min(a, b, c) - 0.5, max(a, b, c) - 0.5
    if high < 0 or low > limit:
        return 0, -1
    return max(math.ceil(low), 0), min(math.floor(high), limit - 1)


@njit(cache=True)
def rasterise(screen, triangles, away, rows, columns):
    """Nearest triangle of each sample, but for triangles whose corners are all `away` (v,).

    Returns (rows, columns) int32, the triangle or -1, and (rows, columns, 2) float32, the weights
    of its first two corners.
    """
    nearest = np.full((rows, columns), -1, np.int32)
    depth = np.zeros((rows, columns), np.float32)
    corners = np.empty((rows, columns, 2), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if away[i] and away[j] and away[k]:
            continue
        top, bottom = _bounds(screen, triangles[t], 1, rows)
        left, right = _bounds(screen, triangles[t], 0, columns)
        if top > bottom or left > right:
            continue
        a0, ax, ay, b0, bx, by = _edges(screen, i, j, k)
        if ax == 0.0 and ay == 0.0:
            continue
        z2 = screen[k, 2]
        za, zb = screen[i, 2] - z2, screen[j, 2] - z2
        for row in range(top, bottom + 1):
            a_row = a0 + ay * (row + 0.5)
            b_row = b0 + by * (row + 0.5)
            for column in range(left, right + 1):
                a = a_row + ax * (column + 0.5)
                b = b_row + bx * (column + 0.5)
                # The tolerance closes the seams between neighbours.
                if a < -1e-5 or b < -1e-5 or a + b > 1.00001:
                    continue
                z = z2 + a * za + b * zb
                if z > depth[row, column]:
                    depth[row, column] = z
                    nearest[row, column] = t
                    corners[row, column, 0] = a
                    corners[row, column, 1] = b
    return nearest, corners


@njit(cache=True)
def cover(screen, triangles, strength, mask):
    """Raise `mask` (rows, columns) to `strength` where any triangle covers it: a cast shadow."""
    rows, columns = mask.shape
    for t in range(triangles.shape[0]):
        top, bottom = _bounds(screen, triangles[t], 1, rows)
        left, right = _bounds(screen, triangles[t], 0, columns)
        if top > bottom or left > right:
            continue
        a0, ax, ay, b0, bx, by = _edges(screen, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        if ax == 0.0 and ay == 0.0:
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                a = a0 + ay * (row + 0.5) + ax * (column + 0.5)
                b = b0 + by * (row + 0.5) + bx * (column + 0.5)
                if a >= 0 and b >= 0 and a + b <= 1:
                    mask[row, column] = max(mask[row, column], strength)


@njit(cache=True)
def resolve(picture, colours, nearest):
    """Average the samples of each pixel over what `picture` (h, w, 3) already shows, in place."""
    s = SUPERSAMPLING
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            hits = 0
            r = g = b = 0.0
            for y in range(row * s, row * s + s):
                for x in range(column * s, column * s + s):
                    if nearest[y, x] >= 0:
                        hits += 1
                        r += colours[y, x, 0]
                        g += colours[y, x, 1]
                        b += colours[y, x, 2]
            if hits:
                rest = 1.0 - hits / (s * s)
                picture[row, column, 0] = picture[row, column, 0] * rest + r / (s * s)
                picture[row, column, 1] = picture[row, column, 1] * rest + g / (s * s)
                picture[row, column, 2] = picture[row, column, 2] * rest + b / (s * s)


@njit(cache=True)
def box_blur(values, reach):
    """Mean over 2 · reach + 1 neighbours along the last axis, with running sums; edges repeat."""
    rows, columns = values.shape
    result = np.empty_like(values)
    for row in range(rows):
        total = 0.0
        for k in range(-reach, reach + 1):
            total += values[row, min(max(k, 0), columns - 1)]
        for column in range(columns):
            result[row, column] = total / (2 * reach + 1)
            total += values[row, min(column + reach + 1, columns - 1)]
            total -= values[row, max(column - reach, 0)]
    return result


@njit(cache=True)
def darken(picture, mask, reach):
    """Darken `picture` (h, w, 3) in place by `mask` (h, w), blurred over `reach` pixels.

    Two box blurs stand for the penumbra.
    """
    soft = box_blur(box_blur(mask, reach), reach)
    soft = box_blur(box_blur(soft.T.copy(), reach), reach)
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            keep = 1.0 - max(soft[column, row], 0.0)
            for c in range(3):
                picture[row, column, c] *= keep
