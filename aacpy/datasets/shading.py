"""What a sample of a person looks like: cloth patterns, folds, faces, hair and light.

A material is one row of `FIELDS` numbers. Patterns are functions of the rest-pose position and of
the distance around the part, so a stripe on a shirt goes on across its sleeves and follows every
movement. Colours are linear RGB.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Columns of a material table; `first`, `second` and `third` are linear RGB.
FIELDS = (
    "first_r", "first_g", "first_b", "second_r", "second_g", "second_b",
    "third_r", "third_g", "third_b", "pattern", "scale", "duty", "phase",
    "fold", "gloss", "height", "size", "detail",
)  # fmt: skip

(
    PLAIN, BANDS, PINSTRIPES, CHECKS, PRINT, YOKE, OPEN, DOTS, SIDE, DENIM, FACE, STRANDS,
    FLORAL, PLACKET, BACKPACK, SATCHEL, SHOE, LEATHER,
) = range(18)  # fmt: skip

_FIRST, _SECOND, _THIRD, _PATTERN, _SCALE, _DUTY, _PHASE = 0, 3, 6, 9, 10, 11, 12
_FOLD, _GLOSS, _HEIGHT, _SIZE, _DETAIL = 13, 14, 15, 16, 17


@njit(cache=True)
def _lattice(i, j, k):  # type: ignore[no-untyped-def]
    h = (i * 374761393 + j * 668265263 + k * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65535.0


@njit(cache=True)
def noise(x, y, salt):  # type: ignore[no-untyped-def]
    """Smooth value noise in [0, 1] at one point; `salt` is an integer."""
    i, j = int(math.floor(x)), int(math.floor(y))
    u, v = x - i, y - j
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    low = _lattice(i, j, salt) * (1 - u) + _lattice(i + 1, j, salt) * u
    high = _lattice(i, j + 1, salt) * (1 - u) + _lattice(i + 1, j + 1, salt) * u
    return low * (1 - v) + high * v


@njit(cache=True)
def _wave(x, duty):  # type: ignore[no-untyped-def]
    """1 inside the first `duty` share of each period of length 1, else 0."""
    return 1.0 if x - math.floor(x) < duty else 0.0


@njit(cache=True)
def _cloth(m, x, y, z, s):  # type: ignore[no-untyped-def]
    """(share of the second colour, share of the third) of a patterned cloth at one sample."""
    pattern = int(m[_PATTERN])
    scale, duty, phase = m[_SCALE], m[_DUTY], m[_PHASE]
    if pattern == BANDS:
        return _wave(z * scale + phase, duty), 0.0
    if pattern == PINSTRIPES:
        return _wave(s * scale + phase, duty), 0.0
    if pattern == CHECKS:
        a, b = _wave(s * scale + phase, duty), _wave(z * scale + phase, duty)
        return 0.5 * (a + b), 0.75 * _wave(s * scale + 0.55 + phase, 0.12)
    if pattern == PRINT:
        dx, dz = abs(x) / m[_SIZE], abs(z - m[_HEIGHT]) / (m[_SIZE] * m[_DETAIL])
        if abs(y) < 0.03 or dx * dx * dx * dx + dz * dz * dz * dz > 1:
            return 0.0, 0.0
        if duty < 0.35:  # lettering: rows of short blocks
            text = math.floor(z * 28 + phase)
            ink = noise(x * 70, text * 3.1, int(phase * 50)) > 0.4
            return (_wave(z * 28 + phase, 0.62) if ink else 0.0), 0.0
        if duty < 0.7:  # a disc with a picture in it
            if dx * dx + dz * dz > 1:
                return 0.0, 0.0
            return 1.0, 1.0 if noise(x * 30, z * 30, int(phase * 50)) > 0.55 else 0.0
        return 1.0, 1.0 if noise(x * 22, z * 26, int(phase * 50)) > 0.5 else 0.0
    if pattern == YOKE:
        return (1.0 if z > m[_HEIGHT] else 0.0), (1.0 if abs(z - m[_HEIGHT]) < 0.012 else 0.0)
    if pattern == OPEN:
        edge = m[_SIZE] * (0.55 + 1.1 * abs(z - m[_HEIGHT])) + 0.008 * _sine(z * 5)
        if y > 0.0 and abs(x) < edge and s * s < 0.05:
            return 1.0, 0.0
        return 0.0, (0.55 if y > 0.0 and abs(x) < edge + 0.012 and s * s < 0.06 else 0.0)
    if pattern == DOTS:
        row = math.floor(z * scale)
        a, b = s * scale + 0.5 * (row % 2), z * scale
        a, b = a - math.floor(a) - 0.5, b - row - 0.5
        return (1.0 if a * a + b * b < duty * duty else 0.0), 0.0
    if pattern == SIDE:
        return (1.0 if abs(y) < 0.018 + 0.01 * duty and abs(x) > 0.05 else 0.0), 0.0
    if pattern == FLORAL:
        a = noise(s * scale, z * scale, int(phase * 97))
        b = noise(s * scale * 1.7 + 9, z * scale * 1.7, int(phase * 97) + 1)
        return (1.0 if a > 1.0 - duty else 0.0), (1.0 if b > 0.72 else 0.0)
    if pattern == PLACKET:
        if y < 0.02 or abs(x) > 0.016:
            return 0.0, 0.0
        return 0.4, _wave(z * 11 + phase, 0.22) * (1.0 if abs(x) < 0.007 else 0.0)
    return 0.0, 0.0


@njit(cache=True)
def _leather(m, x, y, z, s):  # type: ignore[no-untyped-def]
    """Second and third shares of bags and shoes: pockets, flaps, zips and soles."""
    pattern = int(m[_PATTERN])
    high = (z - m[_HEIGHT]) / m[_SIZE]  # -1 at the bottom, 1 at the top
    if pattern == BACKPACK:
        zip_line = abs(high - 0.12) < 0.035 or abs(high + 0.78) < 0.03
        pocket = high < 0.1 and abs(x) < 0.75 * m[_SCALE] and high > -0.78
        stripe = m[_DUTY] > 0.6 and abs(high - 0.5) < 0.1
        return (0.9 if pocket and m[_DETAIL] > 0.5 else 0.0), (0.75 if zip_line or stripe else 0.0)
    if pattern == SATCHEL:
        flap = high > -0.15 - 0.25 * (1 - min(abs(s) * 6, 1))
        buckle = abs(high + 0.2) < 0.12 and abs(abs(s) - 0.07) < 0.018
        return (0.8 if flap and m[_DETAIL] > 0.5 else 0.0), (1.0 if buckle else 0.0)
    sole = z < m[_HEIGHT]
    tongue = y > 0.0 and y < 0.1 and z > 0.055 and _wave(y * 38, 0.45) > 0
    cap = m[_DETAIL] > 0.6 and y > 0.13
    return (1.0 if sole else 0.0), (0.8 if tongue or cap else 0.0)


@njit(cache=True)
def _face(m, x, y, z):  # type: ignore[no-untyped-def]
    """(multiplier of the skin, lip redness, eye white) at one sample of the head."""
    size = m[_SIZE]
    px, pz = abs(x) / size, (z - m[_HEIGHT]) / size  # the eyes lie at pz = 0
    if y < 0.3 * size:
        return 1.0, 0.0, 0.0
    dark, lips, white = 1.0, 0.0, 0.0
    ex, ez = (px - 0.36) / 0.2, (pz - 0.02) / 0.1
    eye = ex * ex + ez * ez
    if eye < 1:
        iris = (px - 0.36) / 0.1
        if iris * iris + ez * ez * 0.6 < 1:
            dark = 0.06
        else:
            white = 0.6
    elif eye < 3.0:
        dark = 0.72
    brow = pz - 0.2 + 0.1 * (px - 0.36) * (px - 0.36) * 4
    if abs(brow) < 0.055 and px > 0.12 and px < 0.64:
        dark = min(dark, 0.25)
    if pz < -0.28 and pz > -0.4 and px < 0.2:  # the shade under the nose
        dark = min(dark, 0.6)
    if abs(pz + 0.66) < 0.085 and px < 0.3:
        lips = 1.0
        if abs(pz + 0.66) < 0.025:
            dark = 0.45
    if m[_DETAIL] > 0.8 and pz < -0.35 and px < 0.8 and lips == 0.0:  # a beard's shadow
        dark = min(dark, 0.55)
    if m[_DUTY] > 0.5:  # glasses
        ring = math.sqrt((px - 0.37) * (px - 0.37) / 0.075 + pz * pz / 0.04)
        if abs(ring - 1) < 0.22 or (abs(pz - 0.06) < 0.035 and px < 0.15):
            dark = 0.08
    return dark, lips, white


@njit(cache=True)
def _sine(turns):  # type: ignore[no-untyped-def]
    """A parabola's stand-in for sin(2π · turns): several times faster, as smooth to the eye."""
    t = turns - math.floor(turns + 0.5)
    return t * (8.0 - 16.0 * abs(t))


@njit(cache=True)
def _folds(m, x, y, z, s):  # type: ignore[no-untyped-def]
    """Slope of the cloth along s and z: creases that gather at elbow, waist and knee."""
    phase = m[_PHASE]
    elbow, knee = (z - 1.02) * (z - 1.02), (z - 0.52) * (z - 0.52)
    gather = 0.45 + 1.0 / (1.0 + 90.0 * elbow) + 1.0 / (1.0 + 75.0 * knee)
    calm = 0.55 + 0.45 * _sine(s * 1.3 + z * 0.9 + 3 * phase)
    a = _sine(z * 6.1 + 1.1 * _sine(s * 1.15 + z * 0.7 + phase) + phase)
    b = _sine(s * 4.9 + 0.5 * _sine(z * 1.35 + 2 * phase) + 2 * phase)
    c = _sine(z * 2.3 - s * 3.1 + 0.7 * _sine(z * 0.83 + s * 1.9 + phase))
    return calm * (0.7 * b + 0.3 * c), gather * calm * (0.8 * a + 0.3 * c)


@njit(cache=True)
def _shade_sample(  # type: ignore[no-untyped-def]
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
    pattern = int(m[_PATTERN])
    for q in range(3):
        colour[q] = m[_FIRST + q]
    relief = 1.0
    gloss = m[_GLOSS]
    if pattern == FACE:
        dark, lips, white = _face(m, x, y, z)
        for q in range(3):
            colour[q] = colour[q] * (1 - lips) + m[_SECOND + q] * lips
            colour[q] = colour[q] * (1 - white) + 0.7 * white
            colour[q] *= dark
    elif pattern == STRANDS:
        streak = noise(s * 160, z * 9 + s * 12, 3)
        relief = 0.6 + 0.8 * streak
        nz += 0.25 * (streak - 0.5)
    elif pattern == DENIM:
        fade = (0.5 + 0.5 * _sine(z * 1.43 + 0.2)) / (1.0 + 400.0 * s * s)
        grain = noise(s * 90, z * 40, 7)
        for q in range(3):
            colour[q] += (m[_SECOND + q] - colour[q]) * (0.75 * fade * m[_DUTY] + 0.2 * grain)
    elif pattern >= BACKPACK:
        if pattern != LEATHER:
            second, third = _leather(m, x, y, z, s)
            for q in range(3):
                colour[q] += (m[_SECOND + q] - colour[q]) * second
                colour[q] += (m[_THIRD + q] - colour[q]) * third
    elif pattern != PLAIN:
        second, third = _cloth(m, x, y, z, s)
        for q in range(3):
            colour[q] += (m[_SECOND + q] - colour[q]) * second
            colour[q] += (m[_THIRD + q] - colour[q]) * third
    if m[_FOLD] > 0:
        fs, fz = _folds(m, x, y, z, s)
        nx, ny = nx + m[_FOLD] * fs * ny, ny - m[_FOLD] * fs * nx
        nz += m[_FOLD] * fz
        relief *= 1.0 + 0.22 * m[_FOLD] * (fz + fs)
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
        glow = light[3 + q] * direct + open_sky * (
            light[6 + q] * up + light[9 + q] * (1.0 - up)
        )
        value = colour[q] * relief * glow + shine * light[3 + q]
        result[q] = value + 0.035 * rim * light[6 + q] * open_sky


@njit(cache=True)
def shade(  # type: ignore[no-untyped-def]
    nearest, corners, triangles, kinds, normals, rest, around, occlusion, eye, table, light
):
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
