"""The light on a person: what colour each sample of a mesh has, compiled by Numba."""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import math

import numpy as np
from numba import njit

from aacpy.datasets.renderer.patterns import (
    AT_DUTY,
    AT_FIRST,
    AT_FOLD,
    AT_GLOSS,
    AT_PATTERN,
    AT_SECOND,
    AT_THIRD,
    BACKPACK,
    DENIM,
    FACE,
    LEATHER,
    PLAIN,
    STRANDS,
    cloth,
    face,
    folds,
    leather,
    noise,
    sine,
)  # fmt: skip


# Inlined by Numba: a call that passes slices of arrays costs more than the shading itself.
@njit(cache=True, inline="always")
def _shade_sample(
    t, corner, triangles, kinds, normals, rest, around, occlusion, eye, table, light, colour, result
):
    """Write the colour of one sample into `result` (3,); `colour` (3,) is scratch space."""
    i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    a, b = corner[0], corner[1]
    c = 1.0 - a - b
    m = table[kinds[t]]
    x = a * rest[i, 0] + b * rest[j, 0] + c * rest[k, 0]
    y = a * rest[i, 1] + b * rest[j, 1] + c * rest[k, 1]
    z = a * rest[i, 2] + b * rest[j, 2] + c * rest[k, 2]
    s = a * around[i] + b * around[j] + c * around[k]
    open_sky = a * occlusion[i] + b * occlusion[j] + c * occlusion[k]
    nx = a * normals[i, 0] + b * normals[j, 0] + c * normals[k, 0]
    ny = a * normals[i, 1] + b * normals[j, 1] + c * normals[k, 1]
    nz = a * normals[i, 2] + b * normals[j, 2] + c * normals[k, 2]
    # An open cloth shows its inside: turn its normals to the camera.
    view = -nx * eye[i, 0] - ny * eye[i, 1] - nz * eye[i, 2]
    if view < 0:
        nx, ny, nz = -nx, -ny, -nz
        open_sky *= 0.45
    pattern = int(m[AT_PATTERN])
    for q in range(3):
        colour[q] = m[AT_FIRST + q]
    relief = 1.0
    gloss = m[AT_GLOSS]
    if pattern == FACE:
        dark, lips, white = face(m, x, y, z)
        for q in range(3):
            colour[q] = colour[q] * (1 - lips) + m[AT_SECOND + q] * lips
            colour[q] = colour[q] * (1 - white) + 0.7 * white
            colour[q] *= dark
    elif pattern == STRANDS:
        streak = noise(s * 160, z * 9 + s * 12, 3)
        relief = 0.6 + 0.8 * streak
        nz += 0.25 * (streak - 0.5)
    elif pattern == DENIM:
        fade = (0.5 + 0.5 * sine(z * 1.43 + 0.2)) / (1.0 + 400.0 * s * s)
        grain = noise(s * 90, z * 40, 7)
        for q in range(3):
            colour[q] += (m[AT_SECOND + q] - colour[q]) * (0.75 * fade * m[AT_DUTY] + 0.2 * grain)
    elif pattern >= BACKPACK:
        if pattern != LEATHER:
            second, third = leather(m, x, y, z, s)
            for q in range(3):
                colour[q] += (m[AT_SECOND + q] - colour[q]) * second
                colour[q] += (m[AT_THIRD + q] - colour[q]) * third
    elif pattern != PLAIN:
        second, third = cloth(m, x, y, z, s)
        for q in range(3):
            colour[q] += (m[AT_SECOND + q] - colour[q]) * second
            colour[q] += (m[AT_THIRD + q] - colour[q]) * third
    if m[AT_FOLD] > 0:
        fs, fz = folds(m, x, y, z, s)
        nx, ny = nx + m[AT_FOLD] * fs * ny, ny - m[AT_FOLD] * fs * nx
        nz += m[AT_FOLD] * fz
        relief *= 1.0 + 0.22 * m[AT_FOLD] * (fz + fs)
    length = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    nx, ny, nz = nx * length, ny * length, nz * length
    direct = max((nx * light[0] + ny * light[1] + nz * light[2] + 0.12) / 1.12, 0.0)
    direct *= 0.35 + 0.65 * open_sky
    up = 0.5 + 0.5 * nz
    rim = (1.0 - max(-ny, 0.0)) ** 3
    # The half vector between the light and the camera, which looks along +y.
    half = (nx * light[0] + ny * (light[1] - 1.0) + nz * light[2]) / math.sqrt(2.0 - 2.0 * light[1])
    shine = gloss * max(half, 0.0) ** 16
    for q in range(3):
        glow = light[3 + q] * direct + open_sky * (light[6 + q] * up + light[9 + q] * (1.0 - up))
        value = colour[q] * relief * glow + shine * light[3 + q]
        result[q] = value + 0.035 * rim * light[6 + q] * open_sky


@njit(cache=True)
def shade(nearest, corners, triangles, kinds, normals, rest, around, occlusion, eye, table, light):
    """Colour of every covered sample, (rows, columns, 3) float32 linear RGB.

    kinds : (t,) material of each triangle; normals and eye : (v, 3) in the posed body, eye as seen
    from the camera; rest : (v, 3) in the rest pose; around : (v,) metres around the part, 0 at its
    front; occlusion : (v,) share of the sky a vertex sees; table : (k, len(FIELDS)); light : (12,)
    direction to the key light, its RGB, the sky's RGB, the ground's RGB.

    Where the 2×2 samples of a pixel share one material, two of them, on a diagonal, stand for all.
    """
    rows, columns = nearest.shape
    result = np.zeros((rows, columns, 3), np.float32)
    colour = np.empty(3)
    for row in range(0, rows, 2):
        for column in range(0, columns, 2):
            kind = -1
            same = True
            for corner in range(4):
                t = nearest[row + corner // 2, column + corner % 2]
                found = kinds[t] if t >= 0 else -1
                if corner == 0:
                    kind = found
                elif found != kind:
                    same = False
            if same and kind < 0:
                continue
            for corner in range(4):
                y, x = row + corner // 2, column + corner % 2
                if nearest[y, x] >= 0 and (not same or corner == 0 or corner == 3):
                    _shade_sample(nearest[y, x], corners[y, x], triangles, kinds, normals, rest,
                                  around, occlusion, eye, table, light, colour,
                                  result[y, x])  # fmt: skip
            if same:
                for q in range(3):
                    mean = 0.5 * (result[row, column, q] + result[row + 1, column + 1, q])
                    result[row, column + 1, q] = mean
                    result[row + 1, column, q] = mean
    return result
