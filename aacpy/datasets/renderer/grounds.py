"""What people walk on: slabs, asphalt, lawns, road paint and the shadows of leaves."""

from __future__ import annotations

import numpy as np

from aacpy.datasets.renderer.canvas import Canvas, Colour, Floats, cloud, inside, line, tinted


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
    canvas.lay(tinted(value * (1 - 0.55 * joints), colour), cover)


def lay_asphalt(canvas: Canvas, colour: Colour, *, salt: int, cover: Floats | float = 1.0) -> None:
    """Asphalt with grain, patches and cracks."""
    x, y = canvas.ground_x, np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    grain = cloud(x * 25, y * 25, 2, salt)
    patch = cloud(x * 0.5, y * 0.35, 3, salt + 3)
    crack = np.abs(cloud(x * 0.9, y * 0.9, 4, salt + 7) - 0.5)
    value = 1 + 0.35 * (grain - 0.5) + 0.6 * (patch - 0.5) - 0.35 * (crack < 0.006)
    canvas.lay(tinted(value, colour), cover)


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
        canvas.lay(
            tinted(stone, (0.42, 0.41, 0.39)), inside(y, edge - 0.12, edge, canvas.ground_pixel)
        )
        canvas.lay(
            (0.05, 0.05, 0.05), 0.6 * inside(y, edge - 0.18, edge - 0.12, canvas.ground_pixel)
        )


def lay_lines(canvas: Canvas, *, zebra: bool, near: float, far: float, slope: float) -> None:
    """White road paint: a zebra crossing or a line, oblique by `slope`."""
    y = np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    x = canvas.ground_x + slope * y
    worn = 0.55 + 0.4 * cloud(canvas.ground_x * 6, y * 6, 3, 77)
    if zebra:
        cover = line(x, 1.0, 0.5, canvas.ground_pixel) * inside(
            y, near, far, canvas.ground_pixel * 3
        )
    else:
        cover = line(x, 2.6, 0.12, canvas.ground_pixel) * inside(
            y, near, far, canvas.ground_pixel * 3
        )
    canvas.lay((0.72, 0.72, 0.68), cover * worn)


def dapple(canvas: Canvas, strength: float, salt: int) -> None:
    """Shadows of leaves on the ground."""
    y = np.broadcast_to(canvas.depth, canvas.ground_x.shape)
    shade = np.clip((cloud(canvas.ground_x * 1.3, y * 0.9, 3, salt) - 0.47) * 9, 0, 1)
    canvas.picture[canvas.first :] *= 1 - strength * shade[..., None]
