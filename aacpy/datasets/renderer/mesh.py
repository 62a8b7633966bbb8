"""Triangle meshes from lofted tubes: rings of points swept along a limb, a strap or a bag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """One person in the rest pose, ready for the kernels of `aacpy.datasets.renderer.raster`.

    points, normals : (v, 3) float32, metres; bones : (v, 2) int32; weights : (v,) float32, share of
    the first bone; around : (v,) float32, metres around the part from its front; occlusion : (v,)
    float32, share of the sky seen; triangles : (t, 3) int32; kinds : (t,) int32, row of
    `materials`; materials : (k, len(patterns.FIELDS)) float32.
    """

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    bones: NDArray[np.int32]
    weights: NDArray[np.float32]
    around: NDArray[np.float32]
    occlusion: NDArray[np.float32]
    triangles: NDArray[np.int32]
    kinds: NDArray[np.int32]
    materials: NDArray[np.float32]


@lru_cache(maxsize=256)
def _unit_circle(columns: int, power: float) -> tuple[Floats, Floats]:
    """Cosine and sine of a superellipse that starts and ends at the back (-y), seam included."""
    angle = -np.pi / 2 + 2 * np.pi * np.arange(columns + 1) / columns
    c, s = np.cos(angle), np.sin(angle)
    return (
        np.sign(c) * np.abs(c) ** (2 / power),
        np.sign(s) * np.abs(s) ** (2 / power),
    )


@lru_cache(maxsize=256)
def _grid_triangles(rings: int, columns: int) -> NDArray[np.int32]:
    """Two triangles for each cell of a (rings, columns + 1) grid of points."""
    corner = (np.arange(rings - 1)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    below = corner + columns + 1
    first = np.stack([corner, corner + 1, below], axis=1)
    second = np.stack([corner + 1, below + 1, below], axis=1)
    return np.concatenate([first, second]).astype(np.int32)


def tube(
    centres: ArrayLike,
    wide: ArrayLike,
    deep: ArrayLike,
    *,
    columns: int = 12,
    power: float = 2.0,
    axes: tuple[int, int] = (0, 1),
) -> Floats:
    """Rings of points with axis-parallel cross-sections, (r, columns + 1, 3).

    centres : (r, 3); wide, deep : (r,) half axes along `axes`; power : 2 is an ellipse, more is
    boxier. The first column is at the back (or at the low side of the second axis).
    """
    middle = np.asarray(centres, float)
    cosine, sine = _unit_circle(columns, power)
    grid = np.repeat(middle[:, None, :], columns + 1, axis=1)
    grid[:, :, axes[0]] += np.asarray(wide, float)[:, None] * cosine
    grid[:, :, axes[1]] += np.asarray(deep, float)[:, None] * sine
    return grid


def ribbon(path: ArrayLike, outward: ArrayLike, width: float, thick: float = 0.006) -> Floats:
    """A flat strap along a path, (r, 5, 3); outward : (r, 3) unit normals of what it lies on."""
    points, up = np.asarray(path, float), np.asarray(outward, float)
    along = np.gradient(points, axis=0)
    side = np.cross(along, up)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    corners = [(-1, 0), (-0.6, 1), (0.6, 1), (1, 0), (-1, 0)]
    return np.stack([points + side * a * width / 2 + up * b * thick for a, b in corners], axis=1)


def close(grid: Floats, *, first: bool = False, last: bool = False) -> Floats:
    """Add a ring shrunk to the centre at either end, so the tube is closed."""
    parts = [grid]
    if first:
        parts.insert(0, np.repeat(grid[:1].mean(axis=1, keepdims=True), grid.shape[1], axis=1))
    if last:
        parts.append(np.repeat(grid[-1:].mean(axis=1, keepdims=True), grid.shape[1], axis=1))
    return np.concatenate(parts)


@njit(cache=True)
def _normals(grid):  # type: ignore[no-untyped-def]
    """Outward unit normals of a grid (r, c + 1, 3) whose last column repeats its first."""
    rings, columns = grid.shape[0], grid.shape[1] - 1
    result = np.zeros(grid.shape)
    agreement = 0.0
    for r in range(rings):
        low, high = max(r - 1, 0), min(r + 1, rings - 1)
        middle = np.zeros(3)
        for c in range(columns):
            middle += grid[r, c] / columns
        for c in range(columns):
            along = grid[high, c] - grid[low, c]
            across = grid[r, (c + 1) % columns] - grid[r, (c - 1) % columns]
            normal = result[r, c]
            normal[0] = across[1] * along[2] - across[2] * along[1]
            normal[1] = across[2] * along[0] - across[0] * along[2]
            normal[2] = across[0] * along[1] - across[1] * along[0]
            length = math.sqrt((normal * normal).sum())
            if length > 1e-12:
                normal /= length
                agreement += (normal * (grid[r, c] - middle)).sum()
            else:
                # A closing ring has no extent: it faces along the tube, outwards.
                normal[:] = 0.0
                inner = 1 if r == 0 else r - 1
                for k in range(3):
                    for d in range(columns):
                        normal[k] += grid[r, c, k] - grid[inner, d, k]
                normal /= math.sqrt((normal * normal).sum()) + 1e-9
        for k in range(3):
            result[r, columns, k] = result[r, 0, k]
    if agreement < 0:
        for r in range(rings):
            closing = np.abs(grid[r] - grid[r, 0]).max() < 1e-12
            if not closing:
                result[r] *= -1
    return result


class MeshBuilder:
    """Collects tubes with their bones and materials into one `Mesh`."""

    def __init__(self) -> None:
        self._parts: list[tuple[Floats, ...]] = []
        self._triangles: list[NDArray[np.int32]] = []
        self._kinds: list[NDArray[np.int32]] = []
        self._materials: list[NDArray[np.float32]] = []
        self._count = 0

    def material(self, row: ArrayLike) -> int:
        """Add a row of `shading.FIELDS`; returns its index."""
        self._materials.append(np.asarray(row, np.float32))
        return len(self._materials) - 1

    def add(
        self,
        grid: Floats,
        kind: int,
        bones: tuple[int, int] | Sequence[int],
        weights: ArrayLike = 1.0,
        occlusion: ArrayLike = 1.0,
        second_bones: ArrayLike | None = None,
    ) -> None:
        """Add the tube `grid` (r, c + 1, 3).

        bones : the two bones that move it; weights : share of the first, a number, (r,) or
        (r, c + 1); occlusion : likewise, share of the sky; second_bones : (r, c + 1), in place of
        the second of `bones` where it differs by column.
        """
        rings, columns, _ = grid.shape
        shape = (rings, columns)

        def spread(value: ArrayLike) -> Floats:
            array = np.asarray(value, float)
            return np.broadcast_to(array[:, None] if array.ndim == 1 else array, shape).ravel()

        width = np.linalg.norm(np.diff(grid, axis=1), axis=2).sum(axis=1).max()
        around = np.broadcast_to(np.linspace(-0.5, 0.5, columns) * width, shape).ravel()
        second = np.full(shape, bones[1]) if second_bones is None else np.asarray(second_bones)
        pair = np.stack([np.full(rings * columns, bones[0]), second.ravel()], axis=1)
        self._parts.append(
            (grid.reshape(-1, 3), _normals(grid).reshape(-1, 3), pair,
             spread(weights), around, spread(occlusion))
        )  # fmt: skip
        triangles = _grid_triangles(rings, columns - 1)
        self._triangles.append(triangles + self._count)
        self._kinds.append(np.full(len(triangles), kind, np.int32))
        self._count += rings * columns

    def build(self) -> Mesh:
        """The mesh of everything added so far."""
        points, normals, bones, weights, around, occlusion = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        return Mesh(
            points=points.astype(np.float32),
            normals=normals.astype(np.float32),
            bones=bones.astype(np.int32),
            weights=weights.astype(np.float32),
            around=around.astype(np.float32),
            occlusion=occlusion.astype(np.float32),
            triangles=np.ascontiguousarray(np.concatenate(self._triangles), np.int32),
            kinds=np.concatenate(self._kinds),
            materials=np.stack(self._materials),
        )
