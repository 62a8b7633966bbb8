"""Drawing a triangle mesh: bone posing, a z-buffer and per-sample shading, compiled by Numba.

Axes: x to the right, y away from the camera, z up, in metres. A mesh stands in its rest pose;
`pose` bends it by its bones, `rasterise` finds the visible triangle of every sample,
`aacpy.datasets.shading.shade` colours the samples, `resolve` averages 2×2 samples to a pixel. Every
kernel runs on one thread and without fast-math, so equal input gives equal bytes.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Samples along each side of a pixel.
SUPERSAMPLING = 2

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@njit(cache=True)
def bone_transforms(joints, parents, angles, heading):  # type: ignore[no-untyped-def]
    """Rest-to-posed transform of every bone, (b, 3, 4) float64.

    joints : (b, 3) rest position of each bone's joint; parents : (b,) index, -1 = root, parents
    come first; angles : (b, 3) rotation about x (forwards), y (sideways) and z (twist), applied in
    that order, radians; heading : rotation of the whole body about z.
    """
    count = joints.shape[0]
    result = np.zeros((count, 3, 4))
    rotation = np.zeros((3, 3))
    for b in range(count):
        ax, ay, az = angles[b, 0], angles[b, 1], angles[b, 2]
        if parents[b] < 0:
            az += heading
        cx, sx, cy, sy = np.cos(ax), np.sin(ax), np.cos(ay), np.sin(ay)
        cz, sz = np.cos(az), np.sin(az)
        rotation[0, 0], rotation[0, 1] = cz * cy, cz * sy * sx - sz * cx
        rotation[0, 2] = cz * sy * cx + sz * sx
        rotation[1, 0], rotation[1, 1] = sz * cy, sz * sy * sx + cz * cx
        rotation[1, 2] = sz * sy * cx - cz * sx
        rotation[2, 0], rotation[2, 1], rotation[2, 2] = -sy, cy * sx, cy * cx
        for i in range(3):
            shift = joints[b, i]
            for j in range(3):
                shift -= rotation[i, j] * joints[b, j]
            if parents[b] < 0:
                for j in range(3):
                    result[b, i, j] = rotation[i, j]
                result[b, i, 3] = shift
            else:
                result[b, i, 3] = shift
        if parents[b] >= 0:
            parent = result[parents[b]]
            local = result[b].copy()
            for i in range(3):
                for j in range(3):
                    total = 0.0
                    for k in range(3):
                        total += parent[i, k] * rotation[k, j]
                    result[b, i, j] = total
                total = parent[i, 3]
                for k in range(3):
                    total += parent[i, k] * local[k, 3]
                result[b, i, 3] = total
    return result


@njit(cache=True)
def pose(points, normals, bones, weights, transforms):  # type: ignore[no-untyped-def]
    """Posed points and normals, each (v, 3) float32; the lowest point is put on the ground.

    bones : (v, 2) the two bones that move a vertex; weights : (v,) share of the first.
    """
    count = points.shape[0]
    moved = np.empty((count, 3), np.float32)
    turned = np.empty((count, 3), np.float32)
    lowest = 1e9
    for v in range(count):
        a, b = transforms[bones[v, 0]], transforms[bones[v, 1]]
        w = weights[v]
        for i in range(3):
            point = 0.0
            normal = 0.0
            for j in range(3):
                m = w * a[i, j] + (1 - w) * b[i, j]
                point += m * points[v, j]
                normal += m * normals[v, j]
            moved[v, i] = point + w * a[i, 3] + (1 - w) * b[i, 3]
            turned[v, i] = normal
        lowest = min(lowest, moved[v, 2])
    for v in range(count):
        moved[v, 2] -= lowest
    return moved, turned


@njit(cache=True)
def project(points, place, lens):  # type: ignore[no-untyped-def]
    """Columns, rows (in samples) and inverse depth of world points, (v, 3) float32.

    place : (3,) added to every point; lens : (focal length in samples, camera height in metres,
    column of the optical axis, row of the horizon).
    """
    result = np.empty((points.shape[0], 3), np.float32)
    for v in range(points.shape[0]):
        inverse = 1.0 / max(points[v, 1] + place[1], 0.3)
        result[v, 0] = lens[2] + lens[0] * (points[v, 0] + place[0]) * inverse
        result[v, 1] = lens[3] + lens[0] * (lens[1] - points[v, 2] - place[2]) * inverse
        result[v, 2] = inverse
    return result


@njit(cache=True)
def _edges(screen, i, j, k):  # type: ignore[no-untyped-def]
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
def _bounds(screen, triangle, axis, limit):  # type: ignore[no-untyped-def]
    """First and last sample whose centre may lie in a triangle, along an axis."""
    a, b = screen[triangle[0], axis], screen[triangle[1], axis]
    c = screen[triangle[2], axis]
    low, high = min(a, b, c) - 0.5, max(a, b, c) - 0.5
    if high < 0 or low > limit:
        return 0, -1
    return max(int(math.ceil(low)), 0), min(int(math.floor(high)), limit - 1)


@njit(cache=True)
def facing_away(normals, eye):  # type: ignore[no-untyped-def]
    """Which vertices' normals clearly point away from the camera, (v,) bool.

    eye : (v, 3) the vertices as seen from the camera.
    """
    result = np.empty(normals.shape[0], np.bool_)
    for v in range(normals.shape[0]):
        dot = 0.0
        for k in range(3):
            dot += normals[v, k] * eye[v, k]
        result[v] = dot > 0.1 * eye[v, 1]
    return result


@njit(cache=True)
def rasterise(screen, triangles, away, rows, columns):  # type: ignore[no-untyped-def]
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
def cover(screen, triangles, strength, mask):  # type: ignore[no-untyped-def]
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
def resolve(picture, colours, nearest):  # type: ignore[no-untyped-def]
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
def box_blur(values, reach):  # type: ignore[no-untyped-def]
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
def darken(picture, mask, reach):  # type: ignore[no-untyped-def]
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
