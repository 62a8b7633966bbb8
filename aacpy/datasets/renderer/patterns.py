"""What things are covered with: cloth patterns, folds, leather and faces, compiled by Numba.

A material is one row of `FIELDS` numbers. Patterns are functions of the rest-pose position and of
the distance around the part, so a stripe on a shirt goes on across its sleeves and follows every
movement. Colours are linear RGB.

Numba's cache of `shading` and `canvas` does not see a change made here alone: change a line there
with it, and `RENDERER_VERSION`.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import math

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

AT_FIRST, AT_SECOND, AT_THIRD, AT_PATTERN, AT_SCALE, AT_DUTY, AT_PHASE = 0, 3, 6, 9, 10, 11, 12
AT_FOLD, AT_GLOSS, AT_HEIGHT, AT_SIZE, AT_DETAIL = 13, 14, 15, 16, 17


@njit(cache=True)
def _lattice(i, j, k):
    h = (i * 374761393 + j * 668265263 + k * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65535.0


@njit(cache=True)
def noise(x, y, salt):
    """Smooth value noise in [0, 1] at one point; `salt` is an integer."""
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    low = _lattice(i, j, salt) * (1 - u) + _lattice(i + 1, j, salt) * u
    high = _lattice(i, j + 1, salt) * (1 - u) + _lattice(i + 1, j + 1, salt) * u
    return low * (1 - v) + high * v


@njit(cache=True)
def _wave(x, duty):
    """1 inside the first `duty` share of each period of length 1, else 0."""
    return 1.0 if x - math.floor(x) < duty else 0.0


@njit(cache=True)
def cloth(m, x, y, z, s):
    """(share of the second colour, share of the third) of a patterned cloth at one sample."""
    pattern = int(m[AT_PATTERN])
    scale, duty, phase = m[AT_SCALE], m[AT_DUTY], m[AT_PHASE]
    if pattern == BANDS:
        return _wave(z * scale + phase, duty), 0.0
    if pattern == PINSTRIPES:
        return _wave(s * scale + phase, duty), 0.0
    if pattern == CHECKS:
        a, b = _wave(s * scale + phase, duty), _wave(z * scale + phase, duty)
        return 0.5 * (a + b), 0.75 * _wave(s * scale + 0.55 + phase, 0.12)
    if pattern == PRINT:
        dx, dz = abs(x) / m[AT_SIZE], abs(z - m[AT_HEIGHT]) / (m[AT_SIZE] * m[AT_DETAIL])
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
        return (1.0 if z > m[AT_HEIGHT] else 0.0), (1.0 if abs(z - m[AT_HEIGHT]) < 0.012 else 0.0)
    if pattern == OPEN:
        edge = m[AT_SIZE] * (0.55 + 1.1 * abs(z - m[AT_HEIGHT])) + 0.008 * sine(z * 5)
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
def leather(m, x, y, z, s):
    """Second and third shares of bags and shoes: pockets, flaps, zips and soles."""
    pattern = int(m[AT_PATTERN])
    high = (z - m[AT_HEIGHT]) / m[AT_SIZE]  # -1 at the bottom, 1 at the top
    if pattern == BACKPACK:
        zip_line = abs(high - 0.12) < 0.035 or abs(high + 0.78) < 0.03
        pocket = high < 0.1 and abs(x) < 0.75 * m[AT_SCALE] and high > -0.78
        stripe = m[AT_DUTY] > 0.6 and abs(high - 0.5) < 0.1
        return (0.9 if pocket and m[AT_DETAIL] > 0.5 else 0.0), (
            0.75 if zip_line or stripe else 0.0
        )
    if pattern == SATCHEL:
        flap = high > -0.15 - 0.25 * (1 - min(abs(s) * 6, 1))
        buckle = abs(high + 0.2) < 0.12 and abs(abs(s) - 0.07) < 0.018
        return (0.8 if flap and m[AT_DETAIL] > 0.5 else 0.0), (1.0 if buckle else 0.0)
    sole = z < m[AT_HEIGHT]
    tongue = y > 0.0 and y < 0.1 and z > 0.055 and _wave(y * 38, 0.45) > 0
    cap = m[AT_DETAIL] > 0.6 and y > 0.13
    return (1.0 if sole else 0.0), (0.8 if tongue or cap else 0.0)


@njit(cache=True)
def face(m, x, y, z):
    """(multiplier of the skin, lip redness, eye white) at one sample of the head."""
    size = m[AT_SIZE]
    px, pz = abs(x) / size, (z - m[AT_HEIGHT]) / size  # the eyes lie at pz = 0
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
    if m[AT_DETAIL] > 0.8 and pz < -0.35 and px < 0.8 and lips == 0.0:  # a beard's shadow
        dark = min(dark, 0.55)
    if m[AT_DUTY] > 0.5:  # glasses
        ring = math.sqrt((px - 0.37) * (px - 0.37) / 0.075 + pz * pz / 0.04)
        if abs(ring - 1) < 0.22 or (abs(pz - 0.06) < 0.035 and px < 0.15):
            dark = 0.08
    return dark, lips, white


@njit(cache=True)
def sine(turns):
    """A parabola's stand-in for sin(2π · turns): several times faster, as smooth to the eye."""
    t = turns - math.floor(turns + 0.5)
    return t * (8.0 - 16.0 * abs(t))


@njit(cache=True)
def folds(m, x, y, z, s):
    """Slope of the cloth along s and z: creases that gather at elbow, waist and knee."""
    phase = m[AT_PHASE]
    elbow, knee = (z - 1.02) * (z - 1.02), (z - 0.52) * (z - 0.52)
    gather = 0.45 + 1.0 / (1.0 + 90.0 * elbow) + 1.0 / (1.0 + 75.0 * knee)
    calm = 0.55 + 0.45 * sine(s * 1.3 + z * 0.9 + 3 * phase)
    a = sine(z * 6.1 + 1.1 * sine(s * 1.15 + z * 0.7 + phase) + phase)
    b = sine(s * 4.9 + 0.5 * sine(z * 1.35 + 2 * phase) + 2 * phase)
    c = sine(z * 2.3 - s * 3.1 + 0.7 * sine(z * 0.83 + s * 1.9 + phase))
    return calm * (0.7 * b + 0.3 * c), gather * calm * (0.8 * a + 0.3 * c)
