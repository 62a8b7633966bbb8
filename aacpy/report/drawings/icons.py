"""Small pictures of a step of the method, about 60 by 44 CSS pixels around a point."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse, Polygon, Rectangle

from aacpy.report.drawings.canvas import Point
from aacpy.report.style import GROUND, HIT, IDENTITY_COLORS, SOFT


def images(ax: Axes, at: Point, color: str) -> None:
    """Three photographs of a person."""
    x, y = at
    for shift in (-12, 0, 12):
        left, top = x + shift - 9, y + shift / 4 - 19
        ax.add_patch(Rectangle((left, top), 18, 38, fc=GROUND, ec=color, lw=1))
        ax.add_patch(Circle((left + 9, top + 9), 3.2, fc=color, ec="none"))
        ax.add_patch(Ellipse((left + 9, top + 24), 8, 21, fc=color, ec="none"))


def encoder(ax: Axes, at: Point, color: str) -> None:
    """A trapezium that narrows, of four layers."""
    x, y = at
    for layer in range(4):
        near, far = 21 - 4 * layer, 18 - 4 * layer
        left = x - 28 + 14.5 * layer
        corners = [(left, y - near), (left + 12, y - far), (left + 12, y + far), (left, y + near)]
        ax.add_patch(Polygon(corners, fc=color, ec="none", alpha=0.35 + 0.15 * layer))


def rows(ax: Axes, at: Point, color: str) -> None:
    """Vectors, one a row."""
    x, y = at
    shades = np.random.default_rng(5).uniform(0.15, 0.95, (4, 6))
    for i, row in enumerate(shades):
        for j, shade in enumerate(row):
            corner = (x - 27 + 9 * j, y - 20 + 10.5 * i)
            ax.add_patch(Rectangle(corner, 8, 7.5, fc=color, ec="none", alpha=float(shade)))


def centroids(ax: Axes, at: Point, color: str) -> None:
    """One vector a cluster, each cluster in a colour of its own."""
    x, y = at
    shades = np.random.default_rng(9).uniform(0.3, 1, (3, 6))
    for i, own in enumerate((IDENTITY_COLORS[0], IDENTITY_COLORS[1], color)):
        for j, shade in enumerate(shades[i]):
            corner = (x - 27 + 9 * j, y - 18 + 13 * i)
            ax.add_patch(Rectangle(corner, 8, 9, fc=own, ec="none", alpha=float(shade)))


def overlap(ax: Axes, at: Point, color: str) -> None:
    """Two neighbourhoods and what they share."""
    x, y = at
    half, radius = 11.0, 19.0
    reach = np.arccos(half / radius)
    angles = np.linspace(-reach, reach, 24)
    right = np.stack([x - half + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
    left = np.stack([2 * x - right[:, 0], right[:, 1]], axis=1)[::-1]
    ax.add_patch(Polygon(np.concatenate([right, left]), fc=color, ec="none", alpha=0.5))
    for side in (-half, half):
        ax.add_patch(Circle((x + side, y), radius, fill=False, ec=color, lw=1.2))


_LEFT_CLOUD = ((-22, -8), (-14, 2), (-25, 5), (-10, -10), (-17, 12))
_RIGHT_CLOUD = ((14, -4), (22, 4), (12, 9))


def clouds(ax: Axes, at: Point, color: str) -> None:
    """Two clusters and a point in none."""
    x, y = at
    for cloud in (_LEFT_CLOUD, _RIGHT_CLOUD):
        for dx, dy in cloud:
            ax.add_patch(Circle((x + dx, y + dy), 3, fc=color, ec="none"))
    for center, width, height in (((x - 17, y), 30, 38), ((x + 16, y + 3), 26, 30)):
        ax.add_patch(Ellipse(center, width, height, fill=False, ec=color, lw=1.1, ls=(0, (3, 2))))
    ax.add_patch(Circle((x + 25, y - 18), 3, fc="none", ec=color, lw=1.1))


def split_clouds(ax: Axes, at: Point, color: str) -> None:
    """The same clusters, the left one cut in two by attributes."""
    x, y = at
    for number, (dx, dy) in enumerate(_LEFT_CLOUD):
        own = IDENTITY_COLORS[0] if number in (0, 3) else IDENTITY_COLORS[1]
        ax.add_patch(Circle((x + dx, y + dy), 3, fc=own, ec="none"))
    for dx, dy in _RIGHT_CLOUD:
        ax.add_patch(Circle((x + dx, y + dy), 3, fc=SOFT, ec="none"))
    for center, width, height in (((x - 17, y), 30, 38), ((x + 16, y + 3), 26, 30)):
        ax.add_patch(Ellipse(center, width, height, fill=False, ec=SOFT, lw=1.1, ls=(0, (3, 2))))
    ax.plot([x - 34, x - 1], [y - 1, y - 5.5], color=color, lw=2.4)
    ax.add_patch(Circle((x + 25, y - 18), 3, fc="none", ec=SOFT, lw=1.1))


def softmax(ax: Axes, at: Point, color: str) -> None:
    """Bars, of which the right one has to grow."""
    x, y = at
    for column, height in enumerate((9, 14, 36, 7, 11)):
        right = column == 2
        corner = (x - 26 + 11 * column, y + 20 - height)
        ax.add_patch(Rectangle(corner, 8, height, fc=color, ec="none", alpha=1 if right else 0.4))


def ranking(ax: Axes, at: Point, color: str) -> None:
    """A query, then what the gallery answers: right, wrong, right."""
    x, y = at
    ax.add_patch(Rectangle((x - 34, y - 15), 14, 30, fc=color, ec="none", alpha=0.5))
    for place, (right, mark) in enumerate(((True, "✓"), (False, "✗"), (True, "✓"))):
        left = x - 13 + 16.5 * place
        frame = Rectangle((left, y - 15), 14, 30, fill=False, ec=HIT if right else color, lw=1.5)
        frame.set_linestyle("solid" if right else (0, (2, 1.5)))
        ax.add_patch(frame)
        ax.text(left + 7, y, mark, ha="center", va="center_baseline", color=SOFT)
