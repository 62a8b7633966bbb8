"""Clothes and shoes: shells around the body of `aacpy.datasets.renderer.body`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import body, patterns
from aacpy.datasets.renderer.body import Figure
from aacpy.datasets.renderer.mesh import MeshBuilder, close, tube
from aacpy.datasets.renderer.palette import Colour
from aacpy.datasets.renderer.person import Garment, Person
from aacpy.datasets.renderer.skeleton import CHEST, HEAD, L_THIGH, PELVIS, R_THIGH

Floats = NDArray[np.float64]


def linear(colour: Colour) -> tuple[float, float, float]:
    """SRGB in [0, 1] to linear RGB, by the usual power of 2.2."""
    red, green, blue = (c**2.2 for c in colour)
    return red, green, blue


def material(
    garment: Garment, *, pattern: int | None = None, gloss: float = 0.02, **fields: float
) -> Floats:
    """A row of `patterns.FIELDS`; `fields` replace single numbers by name."""
    row = np.array(
        [*linear(garment.first), *linear(garment.second), *linear(garment.third),
         garment.pattern if pattern is None else pattern, garment.scale, garment.duty,
         garment.phase, garment.fold, gloss, garment.height, garment.size, garment.detail]
    )  # fmt: skip
    for name, number in fields.items():
        row[patterns.FIELDS.index(name)] = number
    return row


def plain(garment: Garment, shade: float = 1.0) -> Floats:
    """The material of a garment's first colour alone, times `shade`, without folds."""
    row = material(garment, pattern=patterns.PLAIN, fold=0.0)
    row[:3] *= shade
    return row


def add_upper(builder: MeshBuilder, person: Person, figure: Figure) -> float:
    """Shirt with sleeves and collar; returns the height where the sleeves end."""
    kind = builder.material(material(person.upper))
    loose = 0.008 + 0.014 * person.loose
    tucked = person.skirt and person.hem < 0.6
    bottom = 0.99 if tucked else 0.885 - 0.05 * person.hem
    heights = np.concatenate([[bottom, bottom + 0.02], np.linspace(bottom + 0.07, 1.31, 8),
                              [1.36, 1.39, 1.41, 1.428, 1.445]])  # fmt: skip
    hem = 0.012 * np.exp(-(heights - bottom) / 0.05) * (0 if tucked else 1)
    extra = np.interp(
        heights, [bottom, 1.10, 1.36, 1.44], [loose + 0.012, loose + 0.006, 0.010, 0.006]
    )
    grid = body.trunk_tube(figure, heights, extra + hem)
    # Loose cloth falls straight from the chest instead of following the waist.
    chest = float(figure.trunk_at(1.22)[0]) + loose
    fall = np.clip(person.loose * 0.75, 0, 1) * (heights < 1.2)
    width = np.abs(grid[:, :, 0]).max(axis=1)
    grid[:, :, 0] *= (1 + fall * np.clip(chest * 0.97 / width - 1, 0, 0.25))[:, None]
    occlusion = np.interp(heights, [bottom, 1.05, 1.25, 1.40], [0.9, 0.95, 1.0, 1.0])
    columns = np.abs(np.cos(-np.pi / 2 + 2 * np.pi * np.arange(19) / 18))
    shade = occlusion[:, None] * (1 - 0.35 * columns[None, :] ** 4 * (heights < 1.38)[:, None])
    builder.add(grid, kind, body.TRUNK_BONES, body.pelvis_weights(heights), shade)
    collar_z = np.array([1.428, 1.452, 1.468])
    collar = tube(np.stack([0 * collar_z, [-0.014, -0.012, -0.012], collar_z], 1),
                  np.array([0.080, 0.066, 0.061]), np.array([0.068, 0.062, 0.060]),
                  columns=12)  # fmt: skip
    trim = builder.material(plain(person.upper, 0.85))
    collar[:, :, 2] -= 0.022 * np.clip(collar[:, :, 1] / 0.05, 0, 1)
    builder.add(collar, trim, (CHEST, HEAD), [1.0, 0.9, 0.7], occlusion=0.85)
    end = 0.86 if person.long_sleeves else 1.375 - 0.30 * person.sleeve
    heights = body.ARM_HEIGHTS[end + 0.02 < body.ARM_HEIGHTS]
    heights = np.concatenate([heights, [end + 0.012, end]])
    radii = np.interp(heights, body.ARM_HEIGHTS[::-1], body.ARM_RADII[::-1]) * figure.thick
    radii = radii + np.interp(heights, [end, 1.30, 1.40], [loose + 0.010, loose + 0.005, 0.006])
    if person.long_sleeves:
        radii[-2:] -= 0.006
    own = kind if person.sleeves is None else builder.material(material(person.sleeves))
    for side in (-1, 1):
        sleeve = body.limb_tube(figure.shoulder, heights, radii, -0.012, side,
                                drift=0.020 * (1.404 - end) / 0.58)  # fmt: skip
        weights = body.arm_weights(heights)
        builder.add(close(sleeve, first=True), own, body.arm_bones(side),
                    np.concatenate([[1.0], weights]), 0.97)  # fmt: skip
    return end


def add_trousers(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """Trousers or shorts, with a hip part."""
    kind = builder.material(material(person.lower))
    loose = 0.006 + 0.022 * person.loose
    heights = np.array([0.80, 0.84, 0.90, 0.96, 1.02, 1.05])
    hips = body.trunk_tube(figure, heights, 0.010)
    hips[0, :, :2] *= 0.55
    builder.add(hips, kind, (PELVIS, PELVIS), 1.0, [0.5, 0.75, 0.9, 0.95, 0.9, 0.85])
    end = 0.46 + 0.14 * person.hem if person.short_lower else 0.045 + 0.02 * person.hem
    heights = body.LEG_HEIGHTS[end + 0.03 < body.LEG_HEIGHTS]
    heights = np.concatenate([heights, [end + 0.015, end]])
    radii = np.interp(heights, body.LEG_HEIGHTS[::-1], body.LEG_RADII[::-1]) * figure.thick
    flare = loose + (0.020 if person.short_lower else 0.012) * person.flare
    radii = radii + np.interp(heights, [end, 0.6, 0.9], [flare + 0.006, loose, 0.008])
    if not person.short_lower:
        radii = np.maximum(radii, 0.052 + 0.020 * person.flare)
    back = np.interp(heights, body.LEG_HEIGHTS[::-1], body.LEG_BACK[::-1])
    for side in (-1, 1):
        leg = body.limb_tube(figure.hip, heights, radii, back, side, columns=12)
        thigh, shin = body.leg_bones(side)
        weights = body.leg_weights(heights)
        inner = leg[:, :, 0] * side < figure.hip - 0.02
        shade = 1.0 - 0.45 * inner * np.clip((heights - 0.35) / 0.45, 0, 1)[:, None]
        builder.add(leg, kind, (thigh, shin), weights, shade)


def add_skirt(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A skirt from the waist, flared and pleated, that swings with both thighs."""
    kind = builder.material(material(person.lower))
    end = 0.50 + 0.16 * person.hem if person.short_lower else 0.10 + 0.14 * person.hem
    heights = np.concatenate([np.linspace(1.06, 0.88, 5), np.linspace(0.83, end, 8)])
    top = np.maximum(heights, 0.88)
    wide, deep, shift = np.moveaxis(figure.trunk_at(top), -1, 0)
    down = np.clip((0.90 - heights) / 0.40, 0, None)
    spread = 0.012 + down * (0.020 + 0.075 * person.flare) / np.maximum(1.0, down)
    centres = np.stack([0 * heights, shift, heights], axis=1)
    columns = 24
    grid = tube(centres, wide + spread, deep + 1.25 * spread + 0.03 * down.clip(0, 1),
                columns=columns, power=2.1)  # fmt: skip
    angle = 2 * np.pi * np.arange(columns + 1) / columns
    pleats = 1 + 0.045 * down.clip(0, 1.3)[:, None] * np.cos(8 * angle + 3 * person.loose)
    grid[:, :, :2] = (
        centres[:, None, :2] + (grid[:, :, :2] - centres[:, None, :2]) * pleats[..., None]
    )
    share = np.clip((0.95 - heights) / 0.45, 0, 1)
    limit = 0.75 if person.short_lower else 0.5
    lean = np.abs(grid[:, :, 0]) / np.abs(grid[:, :, 0]).max(axis=1, keepdims=True)
    weights = 1.0 - limit * share[:, None] * np.sqrt(lean)
    second = np.where(grid[:, :, 0] >= 0, R_THIGH, L_THIGH)
    shade = (1 - 0.10 * down.clip(0, 1))[:, None] * (
        0.86 + 0.14 * np.cos(8 * angle + 3 * person.loose)
    )
    builder.add(grid, kind, (PELVIS, PELVIS), weights, shade, second)


def add_shoes(builder: MeshBuilder, person: Person, figure: Figure, skin: int) -> None:
    """Shoes with soles; socks or a bare ankle above them."""
    kind = builder.material(
        material(person.shoe, pattern=patterns.SHOE, gloss=0.15, height=0.020, fold=0.0)
    )
    sock = skin
    if person.socks is not None:
        sock = builder.material(
            material(Garment(person.socks, person.socks, person.socks), fold=0.0)
        )
    y = np.array([-0.070, -0.055, -0.015, 0.04, 0.10, 0.15, 0.18, 0.192])
    wide = np.array([0.022, 0.036, 0.040, 0.042, 0.048, 0.046, 0.034, 0.018])
    high = np.array([0.060, 0.084, 0.092, 0.078, 0.060, 0.050, 0.042, 0.026])
    if person.female:
        wide, high = wide * 0.92, high * 0.9
    for side in (-1, 1):
        x = side * (figure.hip + 0.006 * (y > 0.05))
        grid = tube(np.stack([np.broadcast_to(x, y.shape), y, high / 2], axis=1), wide, high / 2,
                    columns=10, power=2.8, axes=(0, 2))  # fmt: skip
        bone = body.foot_bone(side)
        shade = np.full(len(y) + 2, 0.85)
        builder.add(close(grid, first=True, last=True), kind, (bone, bone), 1.0, shade)
        heights = np.array([0.145, 0.12, 0.09, 0.06])
        ankle = body.limb_tube(figure.hip, heights, np.array([0.038, 0.037, 0.038, 0.040])
                               * figure.thick, -0.012, side)  # fmt: skip
        builder.add(ankle, sock, (body.leg_bones(side)[1], bone), [1.0, 1.0, 0.5, 0.0])
