"""What stands about: hedges, trees, bicycles and cars."""

from __future__ import annotations

import numpy as np

from aacpy.datasets.renderer.canvas import Canvas, Colour, Floats, Pane, cloud, inside, line, tinted


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
    cover = np.clip(
        (edge - pane.z) / 0.06 + cloud(pane.x * 14, pane.z * 14, 1, salt + 1) - 0.5, 0, 1
    )
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
        canvas.put(pane, tinted(light * ridges, bark), cover)
    pane = canvas.pane(distance, x - 2.4, x + 2.4, crown - 0.6, crown + 4)
    if pane is not None:
        ragged = cloud(pane.x * 1.4, pane.z * 1.4, 4, salt + 3) - 0.5
        dome = 1 - ((pane.x - x) / 2.3) ** 2 - ((pane.z - crown - 1.6) / 2.0) ** 2
        leaves(canvas, pane, np.clip((dome + 1.6 * ragged) * 5, 0, 1), colour, salt + 5)


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
    bars = [
        (-0.52, 0.33, -0.12, 0.33),
        (-0.12, 0.33, 0.38, 0.75),
        (-0.12, 0.33, -0.22, 0.80),
        (-0.22, 0.72, 0.38, 0.75),
        (-0.52, 0.33, -0.22, 0.72),
        (0.52, 0.33, 0.36, 0.95),
    ]
    for x0, z0, x1, z1 in bars:
        canvas.put(pane, colour, _segment(pane, (x + way * x0, z0, x + way * x1, z1), 0.035))
    for x0, z0, x1, z1, wide in ((-0.34, 0.85, -0.12, 0.85, 0.06), (0.22, 0.98, 0.42, 0.95, 0.03),
                                 (0.46, 0.62, 0.70, 0.62, 0.02)):  # fmt: skip
        canvas.put(
            pane, (0.03, 0.03, 0.03), _segment(pane, (x + way * x0, z0, x + way * x1, z1), wide)
        )
    basket = inside((pane.x - x) * way, 0.46, 0.74, pane.pixel) * inside(
        pane.z, 0.66, 0.88, pane.pixel
    )
    mesh = 0.45 + 0.55 * np.maximum(
        line(pane.x, 0.05, 0.02, pane.pixel), line(pane.z, 0.05, 0.02, pane.pixel)
    )
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
    body = np.clip((roof - pane.z) / pane.pixel + 0.5, 0, 1) * np.clip(
        (pane.z - 0.2) / pane.pixel, 0, 1
    )
    body = body * (np.abs(local) < 2.2)
    sheen = 0.55 + 0.5 * np.clip((pane.z - 0.35) / 0.6, 0, 1) + 0.5 * inside(pane.z, 0.78, 0.9, 0.1)
    canvas.put(pane, tinted(sheen * np.ones_like(local), colour), body)
    glass = (pane.z > 0.97) * (pane.z < roof - 0.08) * (np.abs(local + 0.1) > 0.03)
    canvas.put(pane, (0.06, 0.08, 0.10), glass * body)
    for hub in (-1.35, 1.35):
        away = np.hypot(local - hub, pane.z - 0.31)
        canvas.put(pane, (0.015, 0.015, 0.015), np.clip((0.31 - away) / pane.pixel + 0.5, 0, 1))
        canvas.put(pane, (0.4, 0.4, 0.42), np.clip((0.19 - away) / pane.pixel + 0.5, 0, 1))
