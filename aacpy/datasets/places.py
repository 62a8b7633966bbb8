"""The things a place is made of: pavements, lawns, walls, shop fronts, trees, bicycles, cars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.canvas import Canvas, Colour, Pane, cloud, inside, line

Floats = NDArray[np.float64]


def _rgb(value: Floats, colour: Colour) -> Floats:
    return value[..., None] * np.asarray(colour)


def lay_pavers(
    canvas: Canvas, colour: Colour, *, wide: float, deep: float, salt: int, joint: float = 0.012,
    contrast: float = 0.25, offset: bool = True, cover: Floats | float = 1.0,
) -> None:  # fmt: skip
    """Slabs in rows, every second row shifted, each of its own grey, with dark joints."""
    y = np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    row = np.floor(y / deep)
    x = canvas.ground_x + (0.5 * wide * (row % 2) if offset else 0)
    slab = cloud(np.floor(x / wide) * 7.31, row * 5.17, 1, salt)
    grain = cloud(x * 9, y * 9, 3, salt + 1)
    stain = cloud(x * 0.7, y * 0.7, 3, salt + 2)
    value = 1 + contrast * (slab - 0.5) + 0.25 * (grain - 0.5) + 0.5 * (stain - 0.5)
    joints = np.maximum(line(x, wide, joint, canvas.ground_pixel),
                        line(y - deep / 2, deep, joint, 2.2 * canvas.ground_pixel))  # fmt: skip
    canvas.lay(_rgb(value * (1 - 0.55 * joints), colour), cover)


def lay_asphalt(canvas: Canvas, colour: Colour, *, salt: int, cover: Floats | float = 1.0) -> None:
    """Asphalt with grain, patches and cracks."""
    x, y = canvas.ground_x, np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    grain = cloud(x * 25, y * 25, 2, salt)
    patch = cloud(x * 0.5, y * 0.35, 3, salt + 3)
    crack = np.abs(cloud(x * 0.9, y * 0.9, 4, salt + 7) - 0.5)
    value = 1 + 0.35 * (grain - 0.5) + 0.6 * (patch - 0.5) - 0.35 * (crack < 0.006)
    canvas.lay(_rgb(value, colour), cover)


def lay_lawn(
    canvas: Canvas, near: float, far: float, *, salt: int, colour: Colour = (0.10, 0.20, 0.04)
) -> None:
    """Grass between two depths, with tufts and worn spots, behind a kerb stone."""
    x, y = canvas.ground_x, np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    tuft = cloud(x * 14, y * 5, 3, salt)
    worn = cloud(x * 0.8, y * 0.5, 3, salt + 5)
    green = np.asarray(colour) * (0.45 + 1.1 * tuft)[..., None]
    earth = np.asarray((0.20, 0.15, 0.09)) * (0.7 + 0.6 * tuft)[..., None]
    bare = np.clip((worn - 0.62) * 6, 0, 1)[..., None]
    canvas.lay(green * (1 - bare) + earth * bare, inside(y, near, far, canvas.ground_pixel * 3))
    for edge in (near, far):
        stone = 0.85 + 0.3 * cloud(x * 3, y, 2, salt + 9)
        canvas.lay(_rgb(stone, (0.42, 0.41, 0.39)), inside(y, edge - 0.12, edge, canvas.ground_pixel))
        canvas.lay((0.05, 0.05, 0.05), 0.6 * inside(y, edge - 0.18, edge - 0.12, canvas.ground_pixel))


def lay_lines(canvas: Canvas, *, zebra: bool, near: float, far: float, slope: float) -> None:
    """White road paint: a zebra crossing or a line, oblique by `slope`."""
    y = np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    x = canvas.ground_x + slope * y
    worn = 0.55 + 0.4 * cloud(canvas.ground_x * 6, y * 6, 3, 77)
    if zebra:
        cover = line(x, 1.0, 0.5, canvas.ground_pixel) * inside(y, near, far, canvas.ground_pixel * 3)
    else:
        cover = line(x, 2.6, 0.12, canvas.ground_pixel) * inside(y, near, far, canvas.ground_pixel * 3)
    canvas.lay((0.72, 0.72, 0.68), cover * worn)


def dapple(canvas: Canvas, strength: float, salt: int) -> None:
    """Shadows of leaves on the ground."""
    y = np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    shade = np.clip((cloud(canvas.ground_x * 1.3, y * 0.9, 3, salt) - 0.47) * 9, 0, 1)
    canvas.picture[canvas.first :] *= 1 - strength * shade[..., None]


def wall(
    canvas: Canvas, distance: float, x0: float, x1: float, top: float, colour: Colour, *,
    bricks: bool, salt: int, plinth: Colour | None = None,
) -> None:  # fmt: skip
    """A wall, plastered or of bricks, with weather stains and a plinth."""
    pane = canvas.pane(distance, x0, x1, 0.0, top)
    if pane is None:
        return
    stain = cloud(pane.x * 0.8, pane.z * 0.5, 4, salt)
    value = 0.82 + 0.36 * stain - 0.18 * np.exp(-pane.z / 0.35)
    if bricks:
        course = np.floor(pane.z / 0.085)
        x = pane.x + 0.13 * (course % 2)
        tone = cloud(np.floor(x / 0.26) * 3.7, course * 2.9, 1, salt + 1)
        mortar = np.maximum(line(x, 0.26, 0.02, pane.pixel), line(pane.z, 0.085, 0.014, pane.pixel))
        value = value * (0.75 + 0.5 * tone) * (1 - 0.3 * mortar)
    canvas.put(pane, _rgb(value, colour))
    if plinth is not None:
        canvas.put(pane, plinth, inside(pane.z, 0, 0.45, pane.pixel) * np.ones_like(pane.x))
    canvas.shadow(distance, x0, x1, 0.8, 0.45)


def windows(
    canvas: Canvas, distance: float, x0: float, x1: float, *, bottom: float, top: float,
    period: float, wide: float, frame: Colour, salt: int,
) -> None:  # fmt: skip
    """A row of windows with frames, reflections and curtains."""
    pane = canvas.pane(distance, x0, x1, bottom - 0.12, top + 0.1)
    if pane is None:
        return
    place = pane.x - x0 - period / 2
    index = np.round(place / period)
    local = place - index * period
    upright = inside(pane.z, bottom, top, pane.pixel)
    opening = inside(local, -wide / 2, wide / 2, pane.pixel) * upright
    sky = np.clip((pane.z - bottom) / (top - bottom), 0, 1)
    mirror = cloud(pane.x * 0.9, pane.z * 1.4, 3, salt)
    glass = (0.05 + 0.30 * sky * mirror)[..., None] * np.array([0.8, 0.95, 1.1])
    curtain = (cloud(index * 3.3, 0 * pane.z, 1, salt + 1) > 0.6) & (np.abs(local) > wide * 0.18)
    glass = np.where(curtain[..., None], np.array([0.45, 0.42, 0.36]), glass)
    canvas.put(pane, glass, opening)
    rim = np.maximum(np.abs(np.abs(local) - wide / 2) < 0.05, np.abs(local) < 0.025) * upright
    rim = np.maximum(rim, (np.abs(pane.z - bottom) < 0.05) * (np.abs(local) < wide / 2 + 0.08))
    rim = np.maximum(rim, (np.abs(pane.z - top) < 0.04) * (np.abs(local) < wide / 2))
    canvas.put(pane, frame, rim)


def shop_front(canvas: Canvas, distance: float, x0: float, x1: float, top: float, *, salt: int,
               sign: Colour) -> None:  # fmt: skip
    """A glass front with shelves of goods behind it, posters, a door and a lit sign."""
    pane = canvas.pane(distance, x0, x1, 0.0, top)
    if pane is None:
        return
    shelf = np.floor(pane.z / 0.38)
    box = np.floor(pane.x / 0.17 + 0.37 * shelf)
    hue = np.stack([cloud(box * 5.1 + c * 17, shelf * 3.3, 1, salt + c) for c in range(3)], axis=2)
    goods = 0.03 + 0.42 * hue**2
    goods *= (0.35 + 0.65 * cloud(pane.x * 0.6, pane.z * 0.3, 2, salt + 5))[..., None]
    goods *= (1 - 0.75 * line(pane.z, 0.38, 0.06, pane.pixel))[..., None]
    mirror = np.clip(cloud(pane.x * 0.45 + pane.z * 0.3, pane.z * 0.5, 3, salt + 6) - 0.35, 0, 1)
    canvas.put(pane, goods + (0.35 * mirror)[..., None] * np.array([0.85, 0.95, 1.0]))
    poster = np.floor((pane.x - x0) / 1.35)
    shown = (cloud(poster * 4.7, 0 * pane.z, 1, salt + 8) > 0.52) * inside(pane.z, 0.95, 1.75, pane.pixel)
    local = (pane.x - x0) / 1.35 - poster
    paint = np.stack([0.15 + 0.6 * cloud(poster * 9 + c, pane.z * 5, 2, salt + 10 + c) for c in range(3)], 2)
    canvas.put(pane, paint, shown * (np.abs(local - 0.5) < 0.3))
    frame = np.maximum(line(pane.x - x0, 1.35, 0.09, pane.pixel), line(pane.z, 2.35, 0.10, pane.pixel))
    canvas.put(pane, (0.50, 0.51, 0.52), frame * np.ones_like(pane.z * pane.x))
    canvas.put(pane, (0.16, 0.16, 0.17), inside(pane.z, 0, 0.28, pane.pixel) * np.ones_like(pane.x))
    letters = inside(pane.z, 2.52, 2.86, pane.pixel) * (cloud(np.floor(pane.x / 0.16) * 3, np.floor(pane.z / 0.12), 1, salt + 14) > 0.45)
    canvas.put(pane, sign, inside(pane.z, 2.40, 3.0, pane.pixel) * np.ones_like(pane.x))
    canvas.put(pane, (0.85, 0.83, 0.75), letters)
    canvas.shadow(distance, x0, x1, 0.6, 0.35)


def leaves(canvas: Canvas, pane: Pane, cover: Floats, colour: Colour, salt: int) -> None:
    """Foliage: clumps lit from above, over a pane."""
    clump = cloud(pane.x * 3.0, pane.z * 3.0, 2, salt)
    leaf = cloud(pane.x * 16, pane.z * 16, 2, salt + 2)
    value = 0.15 + 0.9 * clump + 0.8 * (leaf - 0.5)
    canvas.put(pane, np.clip(value, 0.05, None)[..., None] * np.asarray(colour), cover)


def hedge(
    canvas: Canvas, distance: float, x0: float, x1: float, top: float, *, salt: int,
    colour: Colour = (0.07, 0.15, 0.03),
) -> None:  # fmt: skip
    """A clipped hedge with a ragged outline."""
    canvas.shadow(distance, x0, x1, 0.7, 0.6)
    pane = canvas.pane(distance, x0, x1, 0.0, top + 0.3)
    if pane is None:
        return
    edge = top + 0.35 * (cloud(pane.x * 2.2, pane.x * 0, 3, salt) - 0.5)
    cover = np.clip((edge - pane.z) / 0.06 + cloud(pane.x * 14, pane.z * 14, 1, salt + 1) - 0.5, 0, 1)
    ends = np.minimum(pane.x - x0, x1 - pane.x)
    cover = cover * np.clip(ends / 0.12 + cloud(pane.x * 9, pane.z * 9, 1, salt + 3) - 0.4, 0, 1)
    leaves(canvas, pane, cover, colour, salt + 4)


def tree(
    canvas: Canvas, distance: float, x: float, *, radius: float, crown: float, salt: int,
    colour: Colour = (0.08, 0.17, 0.03), bark: Colour = (0.16, 0.12, 0.09),
) -> None:  # fmt: skip
    """A trunk with bark, and a crown of leaves above `crown` metres."""
    canvas.shadow(distance, x - 2 * radius, x + 2 * radius, 0.5, 0.5)
    pane = canvas.pane(distance, x - 2.5 * radius, x + 2.5 * radius, 0.0, crown + 1.0)
    if pane is not None:
        bend = 0.5 * radius * np.sin(pane.z * 1.1 + salt)
        wide = radius * (1 + 0.9 * np.exp(-pane.z / 0.18))
        local = (pane.x - x - bend) / wide
        light = np.clip(1.05 - 0.75 * np.abs(local + 0.35), 0.15, 1)
        ridges = 0.6 + 0.8 * cloud(local * 5, pane.z * 3.5, 3, salt)
        cover = np.clip((1 - np.abs(local)) * wide / pane.pixel + 0.5, 0, 1)
        canvas.put(pane, _rgb(light * ridges, bark), cover)
    pane = canvas.pane(distance, x - 2.4, x + 2.4, crown - 0.6, crown + 4)
    if pane is not None:
        ragged = cloud(pane.x * 1.4, pane.z * 1.4, 4, salt + 3) - 0.5
        dome = 1 - ((pane.x - x) / 2.3) ** 2 - ((pane.z - crown - 1.6) / 2.0) ** 2
        leaves(canvas, pane, np.clip((dome + 1.6 * ragged) * 5, 0, 1), colour, salt + 5)


def fence(canvas: Canvas, distance: float, x0: float, x1: float, top: float, colour: Colour) -> None:
    """Railings: thin bars between two rails."""
    pane = canvas.pane(distance, x0, x1, 0.0, top)
    if pane is None:
        return
    bars = line(pane.x, 0.16, 0.03, pane.pixel) * inside(pane.z, 0.05, top, pane.pixel)
    posts = line(pane.x, 2.0, 0.09, pane.pixel) * np.ones_like(pane.z)
    rails = np.maximum(inside(pane.z, top - 0.08, top - 0.02, pane.pixel),
                       inside(pane.z, 0.12, 0.17, pane.pixel))  # fmt: skip
    cover = np.maximum(np.maximum(bars, posts), rails * np.ones_like(pane.x))
    canvas.put(pane, colour, cover)


def pillar(canvas: Canvas, distance: float, x: float, wide: float, top: float, colour: Colour) -> None:
    """A round column, lit from the left."""
    canvas.shadow(distance, x - wide, x + wide, 0.7, 0.4)
    pane = canvas.pane(distance, x - wide, x + wide, 0.0, top)
    if pane is None:
        return
    local = (pane.x - x) / (wide / 2)
    light = np.clip(0.95 - 0.55 * np.abs(local + 0.3) ** 1.5, 0.2, 1)
    value = light * (0.85 + 0.3 * cloud(pane.x * 2, pane.z * 1.5, 3, 31))
    canvas.put(pane, _rgb(value, colour), np.clip((1 - np.abs(local)) * wide / 2 / pane.pixel, 0, 1))


def steps(canvas: Canvas, distance: float, x0: float, x1: float, count: int, colour: Colour) -> None:
    """A flight of steps seen from below."""
    for index in range(count):
        pane = canvas.pane(distance + 0.32 * index, x0, x1, 0.16 * index, 0.16 * (index + 1))
        if pane is None:
            continue
        value = 0.5 + 0.2 * cloud(pane.x * 3, pane.z * 9, 2, index)
        tread = inside(pane.z, 0.16 * index + 0.11, 0.16 * (index + 1), pane.pixel)
        canvas.put(pane, _rgb(value + 0.55 * tread, colour))


def _segment(pane: Pane, ends: tuple[float, float, float, float], width: float) -> Floats:
    """Coverage of a bar between two points of a pane."""
    x0, z0, x1, z1 = ends
    dx, dz = x1 - x0, z1 - z0
    along = np.clip(((pane.x - x0) * dx + (pane.z - z0) * dz) / (dx * dx + dz * dz), 0, 1)
    away = np.hypot(pane.x - x0 - along * dx, pane.z - z0 - along * dz)
    return np.clip((width / 2 - away) / pane.pixel + 0.5, 0, 1)


def bicycle(canvas: Canvas, distance: float, x: float, colour: Colour, *, flip: bool) -> None:
    """A parked bicycle: two wheels, frame, saddle, handlebar and basket."""
    canvas.shadow(distance, x - 0.8, x + 0.8, 0.35, 0.35)
    pane = canvas.pane(distance, x - 1.0, x + 1.0, 0.0, 1.15)
    if pane is None:
        return
    way = -1 if flip else 1
    for hub in (-0.52, 0.52):
        away = np.hypot(pane.x - x - hub, pane.z - 0.33)
        tyre = np.clip((0.025 - np.abs(away - 0.31)) / pane.pixel + 0.5, 0, 1)
        canvas.put(pane, (0.02, 0.02, 0.02), tyre)
        canvas.put(pane, (0.35, 0.35, 0.36), 0.25 * (away < 0.29))
    bars = [(-0.52, 0.33, -0.12, 0.33), (-0.12, 0.33, 0.38, 0.75), (-0.12, 0.33, -0.22, 0.80),
            (-0.22, 0.72, 0.38, 0.75), (-0.52, 0.33, -0.22, 0.72), (0.52, 0.33, 0.36, 0.95)]  # fmt: skip
    for x0, z0, x1, z1 in bars:
        canvas.put(pane, colour, _segment(pane, (x + way * x0, z0, x + way * x1, z1), 0.035))
    for x0, z0, x1, z1, wide in ((-0.34, 0.85, -0.12, 0.85, 0.06), (0.22, 0.98, 0.42, 0.95, 0.03),
                                 (0.46, 0.62, 0.70, 0.62, 0.02)):  # fmt: skip
        canvas.put(pane, (0.03, 0.03, 0.03), _segment(pane, (x + way * x0, z0, x + way * x1, z1), wide))
    basket = inside((pane.x - x) * way, 0.46, 0.74, pane.pixel) * inside(pane.z, 0.66, 0.88, pane.pixel)
    mesh = 0.45 + 0.55 * np.maximum(line(pane.x, 0.05, 0.02, pane.pixel), line(pane.z, 0.05, 0.02, pane.pixel))
    canvas.put(pane, (0.12, 0.12, 0.12), basket * mesh)


def car(canvas: Canvas, distance: float, x: float, colour: Colour, *, flip: bool) -> None:
    """A parked car from the side, with glass, wheels and a reflection of the sky."""
    canvas.shadow(distance, x - 2.2, x + 2.2, 0.9, 0.75)
    pane = canvas.pane(distance, x - 2.3, x + 2.3, 0.0, 1.5)
    if pane is None:
        return
    local = (pane.x - x) * (-1 if flip else 1)
    roof = np.interp(local, [-2.15, -2.05, -1.45, -0.75, 0.55, 1.15, 2.05, 2.2],
                     [0.55, 0.90, 1.00, 1.42, 1.42, 1.00, 0.82, 0.45])  # fmt: skip
    body = np.clip((roof - pane.z) / pane.pixel + 0.5, 0, 1) * np.clip((pane.z - 0.2) / pane.pixel, 0, 1)
    body = body * (np.abs(local) < 2.2)
    sheen = 0.55 + 0.5 * np.clip((pane.z - 0.35) / 0.6, 0, 1) + 0.5 * inside(pane.z, 0.78, 0.9, 0.1)
    canvas.put(pane, _rgb(sheen * np.ones_like(local), colour), body)
    glass = (pane.z > 0.97) * (pane.z < roof - 0.08) * (np.abs(local + 0.1) > 0.03)
    canvas.put(pane, (0.06, 0.08, 0.10), glass * body)
    for hub in (-1.35, 1.35):
        away = np.hypot(local - hub, pane.z - 0.31)
        canvas.put(pane, (0.015, 0.015, 0.015), np.clip((0.31 - away) / pane.pixel + 0.5, 0, 1))
        canvas.put(pane, (0.4, 0.4, 0.42), np.clip((0.19 - away) / pane.pixel + 0.5, 0, 1))
