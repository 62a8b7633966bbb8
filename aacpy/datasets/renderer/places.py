"""The six places that cameras watch, each painted on a canvas, far things first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aacpy.datasets.renderer import grounds, roadside, structures
from aacpy.datasets.renderer.canvas import Canvas


def _plaza(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A campus plaza: grey slabs, a lawn with a hedge, a plastered building, trees."""
    grounds.lay_pavers(canvas, (0.36, 0.35, 0.34), wide=0.6, deep=0.6, salt=salt)
    structures.wall(canvas, 24, -30, 30, 9, (0.55, 0.50, 0.42), bricks=False, salt=salt)
    structures.windows(canvas, 24, -30, 30, bottom=0.9, top=2.5, period=2.4, wide=1.5,
                   frame=(0.6, 0.6, 0.6), salt=salt)  # fmt: skip
    grounds.lay_lawn(canvas, 12.5, 22, salt=salt)
    roadside.hedge(canvas, 19, -30, 30, 0.9, salt=salt)
    for x in (-7.5, -2.6, 2.9, 7.0):
        roadside.tree(canvas, 15 + rng.uniform(-1, 1), x + rng.uniform(-0.6, 0.6), radius=0.16,
                    crown=2.6, salt=salt + int(x * 7))  # fmt: skip


def _shop(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A supermarket's front on light tiles, with parked bicycles."""
    grounds.lay_pavers(canvas, (0.60, 0.54, 0.45), wide=0.42, deep=0.42, salt=salt, contrast=0.16,
                      offset=False, joint=0.018)  # fmt: skip
    structures.shop_front(canvas, 13.5, -16, 16, 4.5, salt=salt, sign=(0.55, 0.05, 0.06))
    for x in (-5.2, -4.4, -3.7, 3.4, 4.0, 5.1):
        tone = rng.uniform(0.05, 0.5, 3)
        roadside.bicycle(
            canvas, 12.7, x + rng.uniform(-0.2, 0.2), tuple(tone), flip=rng.random() < 0.5
        )


def _street(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """Asphalt with a zebra crossing, a kerb, parked cars and a brick wall."""
    grounds.lay_asphalt(canvas, (0.15, 0.155, 0.165), salt=salt)
    grounds.lay_lines(canvas, zebra=True, near=6.0, far=9.2, slope=0.25)
    far = canvas.depth > 12.0
    grounds.lay_pavers(
        canvas, (0.40, 0.36, 0.34), wide=0.4, deep=0.2, salt=salt + 3, cover=far.astype(float)
    )
    canvas.lay(
        (0.5, 0.49, 0.47), (np.abs(canvas.depth - 12.0) < 0.14) * np.ones_like(canvas.ground_x)
    )
    structures.wall(canvas, 17, -25, 25, 7, (0.36, 0.15, 0.10), bricks=True, salt=salt,
                plinth=(0.28, 0.27, 0.26))  # fmt: skip
    structures.windows(canvas, 17, -25, 25, bottom=1.3, top=2.9, period=3.4, wide=1.2,
                   frame=(0.75, 0.74, 0.70), salt=salt)  # fmt: skip
    for x in (-6.2, 0.4, 6.4):
        tone = ((0.45, 0.45, 0.47), (0.30, 0.03, 0.03), (0.05, 0.10, 0.25))[int(rng.integers(3))]
        roadside.car(canvas, 11.5, x + rng.uniform(-0.7, 0.7), tone, flip=rng.random() < 0.5)


def _park(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A red brick path through lawns under trees."""
    grounds.lay_pavers(canvas, (0.40, 0.19, 0.13), wide=0.24, deep=0.12, salt=salt, contrast=0.5)
    hedge = roadside.hedge
    hedge(canvas, 30, -40, 40, 4.0, salt=salt)
    grounds.lay_lawn(canvas, 9.4, 30, salt=salt, colour=(0.13, 0.24, 0.05))
    for y, x in ((20, -8), (18, 5.5), (15, -3.6), (13.5, 7.2), (12.2, 1.2), (11.2, -5.8)):
        roadside.tree(canvas, y + rng.uniform(-0.5, 0.5), x + rng.uniform(-0.5, 0.5),
                    radius=rng.uniform(0.12, 0.24), crown=2.7, salt=salt + int(13 * x))  # fmt: skip
    hedge(canvas, 10.4, 2.4, 6.0, 0.7, salt=salt + 40, colour=(0.10, 0.17, 0.04))
    grounds.dapple(canvas, 0.5, salt)


def _arcade(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A covered entrance: polished slabs, white columns, steps and a pale wall."""
    grounds.lay_pavers(canvas, (0.42, 0.40, 0.33), wide=0.9, deep=0.9, salt=salt, contrast=0.12,
                      offset=False, joint=0.02)  # fmt: skip
    structures.wall(canvas, 18, -25, 25, 8, (0.62, 0.58, 0.46), bricks=False, salt=salt,
                plinth=(0.24, 0.2, 0.16))  # fmt: skip
    structures.windows(canvas, 18, -25, 25, bottom=0.5, top=2.8, period=4.2, wide=2.4,
                   frame=(0.16, 0.11, 0.07), salt=salt)  # fmt: skip
    structures.steps(canvas, 14.5, -6.5, 3.0, 5, (0.55, 0.52, 0.45))
    for x in (-7.4, -3.2, 1.4, 5.6):
        structures.pillar(canvas, 12.6, x + rng.uniform(-0.3, 0.3), 0.62, 8, (0.75, 0.73, 0.66))


def _yard(canvas: Canvas, rng: np.random.Generator, salt: int) -> None:
    """A bicycle yard of concrete behind railings, with a dark block and shrubs."""
    grounds.lay_asphalt(canvas, (0.33, 0.35, 0.38), salt=salt)
    grounds.lay_lines(canvas, zebra=False, near=4.0, far=9.5, slope=0.0)
    structures.wall(canvas, 20, -25, 25, 8, (0.22, 0.26, 0.32), bricks=False, salt=salt)
    structures.windows(canvas, 20, -25, 25, bottom=1.0, top=2.2, period=2.0, wide=1.4,
                   frame=(0.55, 0.58, 0.6), salt=salt)  # fmt: skip
    roadside.hedge(canvas, 16, -25, 25, 1.2, salt=salt, colour=(0.05, 0.12, 0.05))
    structures.fence(canvas, 13.2, -25, 25, 1.25, (0.62, 0.64, 0.66))
    for k in range(10):
        x = -7.5 + 1.55 * k + rng.uniform(-0.3, 0.3)
        roadside.bicycle(
            canvas,
            12.2 + rng.uniform(-0.2, 0.2),
            x,
            tuple(rng.uniform(0.03, 0.55, 3)),
            flip=rng.random() < 0.5,
        )


#: A painter of each place: (canvas, generator, salt of the textures).
PLACES: tuple[Callable[[Canvas, np.random.Generator, int], None], ...] = (
    _plaza, _shop, _street, _park, _arcade, _yard,
)  # fmt: skip
