"""What is built: walls, windows, shop fronts, railings, columns and steps."""

from __future__ import annotations

import numpy as np

from aacpy.datasets.renderer.canvas import Canvas, Colour, cloud, inside, line, tinted


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
    canvas.put(pane, tinted(value, colour))
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
    shown = (cloud(poster * 4.7, 0 * pane.z, 1, salt + 8) > 0.52) * inside(
        pane.z, 0.95, 1.75, pane.pixel
    )
    local = (pane.x - x0) / 1.35 - poster
    paint = np.stack(
        [0.15 + 0.6 * cloud(poster * 9 + c, pane.z * 5, 2, salt + 10 + c) for c in range(3)], 2
    )
    canvas.put(pane, paint, shown * (np.abs(local - 0.5) < 0.3))
    frame = np.maximum(
        line(pane.x - x0, 1.35, 0.09, pane.pixel), line(pane.z, 2.35, 0.10, pane.pixel)
    )
    canvas.put(pane, (0.50, 0.51, 0.52), frame * np.ones_like(pane.z * pane.x))
    canvas.put(pane, (0.16, 0.16, 0.17), inside(pane.z, 0, 0.28, pane.pixel) * np.ones_like(pane.x))
    letters = inside(pane.z, 2.52, 2.86, pane.pixel) * (
        cloud(np.floor(pane.x / 0.16) * 3, np.floor(pane.z / 0.12), 1, salt + 14) > 0.45
    )
    canvas.put(pane, sign, inside(pane.z, 2.40, 3.0, pane.pixel) * np.ones_like(pane.x))
    canvas.put(pane, (0.85, 0.83, 0.75), letters)
    canvas.shadow(distance, x0, x1, 0.6, 0.35)


def fence(
    canvas: Canvas, distance: float, x0: float, x1: float, top: float, colour: Colour
) -> None:
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


def pillar(
    canvas: Canvas, distance: float, x: float, wide: float, top: float, colour: Colour
) -> None:
    """A round column, lit from the left."""
    canvas.shadow(distance, x - wide, x + wide, 0.7, 0.4)
    pane = canvas.pane(distance, x - wide, x + wide, 0.0, top)
    if pane is None:
        return
    local = (pane.x - x) / (wide / 2)
    light = np.clip(0.95 - 0.55 * np.abs(local + 0.3) ** 1.5, 0.2, 1)
    value = light * (0.85 + 0.3 * cloud(pane.x * 2, pane.z * 1.5, 3, 31))
    canvas.put(
        pane, tinted(value, colour), np.clip((1 - np.abs(local)) * wide / 2 / pane.pixel, 0, 1)
    )


def steps(
    canvas: Canvas, distance: float, x0: float, x1: float, count: int, colour: Colour
) -> None:
    """A flight of steps seen from below."""
    for index in range(count):
        pane = canvas.pane(distance + 0.32 * index, x0, x1, 0.16 * index, 0.16 * (index + 1))
        if pane is None:
            continue
        value = 0.5 + 0.2 * cloud(pane.x * 3, pane.z * 9, 2, index)
        tread = inside(pane.z, 0.16 * index + 0.11, 0.16 * (index + 1), pane.pixel)
        canvas.put(pane, tinted(value + 0.55 * tread, colour))
