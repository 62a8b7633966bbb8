"""The body under the clothes: trunk profile, head, limbs and hands as lofted tubes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer.mesh import MeshBuilder, close, tube
from aacpy.datasets.renderer.person import Person
from aacpy.datasets.renderer.skeleton import (
    CHEST,
    HEAD,
    L_ARM,
    L_FOOT,
    L_FOREARM,
    L_SHIN,
    L_THIGH,
    PELVIS,
    R_ARM,
    R_FOOT,
    R_FOREARM,
    R_SHIN,
    R_THIGH,
)  # fmt: skip

Floats = NDArray[np.float64]

# Trunk: height, half width, half depth, shift forwards of each ring (metres, figure of 1.70 m).
_TRUNK = np.array([
    (0.80, 0.140, 0.095, -0.010), (0.86, 0.165, 0.112, -0.014), (0.92, 0.168, 0.116, -0.014),
    (0.98, 0.158, 0.108, -0.008), (1.04, 0.146, 0.102, -0.002), (1.10, 0.146, 0.102, 0.000),
    (1.18, 0.156, 0.108, 0.000), (1.25, 0.167, 0.112, 0.000), (1.31, 0.172, 0.110, -0.006),
    (1.36, 0.170, 0.098, -0.012), (1.39, 0.156, 0.084, -0.016), (1.41, 0.124, 0.070, -0.017),
    (1.428, 0.090, 0.060, -0.015), (1.445, 0.066, 0.056, -0.013),
])  # fmt: skip

# Head: share of the way from chin to crown, half width, front and back distance from the axis.
_HEAD = np.array([
    (0.00, 0.026, 0.066, 0.000), (0.05, 0.040, 0.080, -0.020), (0.14, 0.053, 0.086, -0.050),
    (0.26, 0.062, 0.087, -0.072), (0.40, 0.068, 0.085, -0.088), (0.54, 0.073, 0.086, -0.098),
    (0.68, 0.075, 0.088, -0.102), (0.80, 0.071, 0.080, -0.097), (0.90, 0.057, 0.060, -0.078),
    (0.97, 0.033, 0.032, -0.046), (1.00, 0.012, 0.008, -0.020),
])  # fmt: skip
CHIN, CROWN = 1.478, 1.70


@dataclass(frozen=True)
class Figure:
    """Proportions of one person: half distances of the joints and the trunk's rings.

    trunk : (r, 4) like `_TRUNK`; thick : factor of the limbs' radii.
    """

    trunk: Floats
    shoulder: float
    hip: float
    thick: float
    head: float

    def trunk_at(self, z: Floats | float) -> Floats:
        """Half width, half depth and forward shift of the trunk at a height, (..., 3)."""
        columns = [np.interp(z, self.trunk[:, 0], self.trunk[:, c]) for c in (1, 2, 3)]
        return np.stack(columns, axis=-1)


def figure_of(person: Person) -> Figure:
    """Proportions that follow gender, age and build."""
    trunk = _TRUNK.copy()
    z = trunk[:, 0]
    wide = np.full(len(z), person.build)
    if person.female:
        wide *= 1.0 - 0.10 * np.exp(-(((z - 1.07) / 0.09) ** 2))
        wide *= 1.0 + 0.05 * np.exp(-(((z - 0.90) / 0.09) ** 2))
        bust = np.exp(-(((z - 1.245) / 0.055) ** 2))
        trunk[:, 2] += 0.016 * bust
        trunk[:, 3] += 0.014 * bust
    belly = max(0.0, person.build - 1.0) * np.exp(-(((z - 1.06) / 0.12) ** 2))
    trunk[:, 2] += 0.12 * belly
    trunk[:, 3] += 0.08 * belly
    upper = np.clip((z - 1.10) / 0.2, 0, 1)
    trunk[:, 1] *= wide * (1 - upper) + (0.55 * wide + 0.45) * person.shoulders * upper
    trunk[:, 2] *= 0.5 + 0.5 * wide
    child = 1.0 if person.age > 1 else 1.22
    return Figure(
        trunk, shoulder=0.178 * person.shoulders * (0.75 + 0.25 * person.build),
        hip=0.086 * (0.6 + 0.4 * person.build), thick=0.45 + 0.55 * person.build, head=child,
    )  # fmt: skip


def blend(z: Floats, low: float, high: float) -> Floats:
    """Smooth share of the upper bone: 0 below `low`, 1 above `high`."""
    t = np.clip((z - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def trunk_tube(figure: Figure, heights: Floats, extra: Floats | float, columns: int = 18) -> Floats:
    """A tube around the trunk, `extra` metres outside it, from the first to the last height."""
    wide, deep, shift = np.moveaxis(figure.trunk_at(heights), -1, 0)
    centres = np.stack([np.zeros_like(heights), shift, heights], axis=1)
    return tube(centres, wide + extra, deep + extra, columns=columns, power=2.35)


def limb_tube(
    x: float, heights: Floats, radii: Floats, back: Floats | float, side: int,
    drift: float = 0.0, columns: int = 10,
) -> Floats:  # fmt: skip
    """A vertical tube at distance x from the middle that drifts outwards on its way down."""
    down = (heights[0] - heights) / max(heights[0] - heights[-1], 1e-6)
    # The round of the shoulder leans towards the neck.
    shoulder = np.interp(heights, [1.30, 1.365, 1.394, 1.404], [0.0, -0.006, -0.024, -0.038])
    centres = np.stack(
        [side * (x + drift * down + shoulder), np.broadcast_to(back, heights.shape), heights],
        axis=1,
    )
    return tube(centres, radii * np.ones_like(heights), radii * np.ones_like(heights),
                columns=columns)  # fmt: skip


ARM_HEIGHTS = np.array([1.404, 1.394, 1.365, 1.30, 1.22, 1.15, 1.10, 1.04, 0.96, 0.88, 0.845])
ARM_RADII = np.array([0.016, 0.032, 0.045, 0.044, 0.040, 0.036, 0.034, 0.036, 0.032, 0.025, 0.024])
LEG_HEIGHTS = np.array(
    [0.93, 0.86, 0.78, 0.70, 0.60, 0.54, 0.49, 0.44, 0.37, 0.28, 0.18, 0.10, 0.05]
)
LEG_RADII = np.array(
    [0.078, 0.086, 0.082, 0.074, 0.062, 0.056, 0.053, 0.052, 0.056, 0.050, 0.038, 0.033, 0.034]
)
LEG_BACK = np.array(
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.002, -0.010, -0.018, -0.018, -0.014, -0.012, -0.012]
)


def arm_weights(heights: Floats) -> Floats:
    """Share of the upper arm (the rest is the forearm's)."""
    return blend(heights, 1.06, 1.14)


def leg_weights(heights: Floats) -> Floats:
    """Share of the thigh (the rest is the shin's)."""
    return blend(heights, 0.44, 0.54)


def arm_bones(side: int) -> tuple[int, int]:
    """Upper arm and forearm of a side, 1 = right."""
    return (R_ARM, R_FOREARM) if side > 0 else (L_ARM, L_FOREARM)


def leg_bones(side: int) -> tuple[int, int]:
    """Thigh and shin of a side, 1 = right."""
    return (R_THIGH, R_SHIN) if side > 0 else (L_THIGH, L_SHIN)


def foot_bone(side: int) -> int:
    """Foot of a side, 1 = right."""
    return R_FOOT if side > 0 else L_FOOT


def head_point_ring(t: Floats | float, scale: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Height, half width, half depth and forward shift of the head at shares of its height."""
    wide, front, back = (np.interp(t, _HEAD[:, 0], _HEAD[:, c]) for c in (1, 2, 3))
    z = CHIN + (CROWN - CHIN) * np.asarray(t, float) * (0.5 + 0.5 * scale)
    return z, wide * scale, (front - back) / 2 * scale, (front + back) / 2 * scale - 0.004


def add_head(builder: MeshBuilder, figure: Figure, face: int, skin: int) -> None:
    """Neck, head, nose and ears."""
    neck = np.array([1.42, 1.455, 1.49, 1.53])
    radii = np.array([0.062, 0.053, 0.051, 0.050]) * (0.6 + 0.4 * figure.thick)
    centres = np.stack([0 * neck, -0.012 + 0.25 * (neck - 1.42) * 0.5, neck], axis=1)
    builder.add(tube(centres, radii, radii * 1.05, columns=10), skin, (HEAD, CHEST),
                blend(neck, 1.43, 1.50), occlusion=[0.55, 0.6, 0.42, 0.3])  # fmt: skip
    z, wide, deep, shift = head_point_ring(_HEAD[:, 0], figure.head)
    grid = tube(np.stack([0 * z, shift, z], axis=1), wide, deep, columns=18, power=2.15)
    builder.add(close(grid, first=True, last=True), face, (HEAD, HEAD),
                occlusion=np.concatenate([[0.4, 0.5, 0.7], np.ones(len(z) - 1)]))  # fmt: skip
    scale = figure.head
    bridge = CHIN + 0.46 * (CROWN - CHIN) * (0.5 + 0.5 * scale)
    nose_z = bridge - np.array([0.0, 0.018, 0.036, 0.046]) * scale
    nose_y = np.array([0.080, 0.087, 0.093, 0.086]) * scale - 0.006
    nose = tube(np.stack([0 * nose_z, nose_y, nose_z], axis=1),
                np.array([0.007, 0.010, 0.016, 0.010]) * scale,
                np.array([0.006, 0.010, 0.015, 0.006]) * scale, columns=6)  # fmt: skip
    builder.add(close(nose, last=True), skin, (HEAD, HEAD))
    for side in (-1, 1):
        ear_z = bridge + np.array([0.022, 0.012, -0.008, -0.026]) * scale
        ear = tube(np.stack([np.full(4, side * 0.075 * scale), np.full(4, -0.012), ear_z], axis=1),
                   np.array([0.004, 0.011, 0.010, 0.004]) * scale,
                   np.array([0.006, 0.018, 0.016, 0.006]) * scale, columns=6)  # fmt: skip
        builder.add(close(ear, first=True, last=True), skin, (HEAD, HEAD), occlusion=0.8)


def add_arms(builder: MeshBuilder, figure: Figure, skin: int, *, lowest_cover: float) -> None:
    """Bare arms below the sleeves (which end at height `lowest_cover`), and hands."""
    for side in (-1, 1):
        bare = np.concatenate(
            [[lowest_cover + 0.05], ARM_HEIGHTS[np.less(ARM_HEIGHTS, lowest_cover + 0.04)]]
        )
        radii = np.interp(bare, ARM_HEIGHTS[::-1], ARM_RADII[::-1]) * figure.thick
        x = figure.shoulder + 0.020 * (1.404 - bare[0]) / 0.58
        grid = limb_tube(x, bare, radii, -0.012, side, drift=0.020 - (x - figure.shoulder))
        builder.add(grid, skin, arm_bones(side), arm_weights(bare), occlusion=0.92)
        hand_z = np.array([0.855, 0.825, 0.79, 0.75, 0.715, 0.69])
        centres = np.stack(
            [
                np.full(6, side * (figure.shoulder + 0.022)),
                np.array([-0.010, -0.004, 0.002, 0.010, 0.018, 0.022]),
                hand_z,
            ],
            1,
        )
        hand = tube(centres, np.array([0.019, 0.018, 0.018, 0.016, 0.014, 0.009]),
                    np.array([0.022, 0.036, 0.041, 0.036, 0.030, 0.018]), columns=8)  # fmt: skip
        bones = arm_bones(side)
        builder.add(close(hand, last=True), skin, (bones[1], bones[1]), occlusion=0.9)
        thumb_z = np.array([0.82, 0.80, 0.775, 0.755])
        thumb = tube(np.stack([np.full(4, side * (figure.shoulder + 0.016)),
                               np.array([0.022, 0.038, 0.046, 0.048]), thumb_z], axis=1),
                     np.full(4, 0.010), np.array([0.012, 0.012, 0.011, 0.006]),
                     columns=5)  # fmt: skip
        builder.add(close(thumb, last=True), skin, (bones[1], bones[1]), occlusion=0.9)


def add_legs(builder: MeshBuilder, figure: Figure, skin: int, *, lowest_cover: float) -> None:
    """Bare legs from inside the clothes down to the ankles."""
    for side in (-1, 1):
        bare = np.concatenate(
            [[lowest_cover + 0.07], LEG_HEIGHTS[np.less(LEG_HEIGHTS, lowest_cover + 0.06)]]
        )
        radii = np.interp(bare, LEG_HEIGHTS[::-1], LEG_RADII[::-1]) * figure.thick
        back = np.interp(bare, LEG_HEIGHTS[::-1], LEG_BACK[::-1])
        occlusion = np.clip(1.15 - 2.2 * (bare - lowest_cover + 0.12), 0.35, 1.0)
        grid = limb_tube(figure.hip, bare, radii, back, side)
        builder.add(grid, skin, leg_bones(side), leg_weights(bare), occlusion=occlusion)


def pelvis_weights(heights: Floats) -> Floats:
    """Share of the pelvis in the trunk (the rest is the chest's)."""
    return 1.0 - blend(heights, 1.00, 1.16)


TRUNK_BONES = (PELVIS, CHEST)
