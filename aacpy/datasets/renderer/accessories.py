"""Hair, hats and bags: the parts that tell people apart from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer import body, patterns
from aacpy.datasets.renderer.body import CHIN, CROWN, Figure
from aacpy.datasets.renderer.mesh import MeshBuilder, close, ribbon, tube
from aacpy.datasets.renderer.person import Garment, Person
from aacpy.datasets.renderer.skeleton import CHEST, HEAD, L_ITEM, PELVIS, R_ITEM
from aacpy.datasets.renderer.wardrobe import material, plain

Floats = NDArray[np.float64]

_COLUMNS = 24


def _hairline(person: Person) -> Floats:
    """Share of the head's height where the hair ends, for each column from the back around."""
    away = np.abs(np.linspace(-180, 180, _COLUMNS + 1))  # 0 = front, 180 = back
    style = person.hair_style
    front = {"receding": 0.95, "buzz": 0.84}.get(style, 0.80 - 0.16 * person.fringe * person.female)
    temple = 0.86 if style == "receding" else 0.66
    covers_ears = person.female and style not in ("crop", "bun", "ponytail")
    ear = 0.22 if covers_ears else 0.52
    nape = 0.10 if style in ("bob", "straight", "waves", "locks") else 0.24
    return np.interp(away, [0, 42, 62, 82, 110, 130, 180],
                     [front, front, temple, ear + 0.06, ear, nape, nape])  # fmt: skip


def add_hair(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A shell over the skull down to the hairline, and the loose hair of long styles."""
    row = material(Garment(person.hair, person.hair, person.hair), pattern=patterns.STRANDS,
                   gloss=0.10, fold=0.0)  # fmt: skip
    kind = builder.material(row)
    style, scale = person.hair_style, figure.head
    thick = {"buzz": 0.004, "receding": 0.007, "crop": 0.013, "tousled": 0.022, "bob": 0.022,
             "ponytail": 0.010, "bun": 0.010}.get(style, 0.015)  # fmt: skip
    if person.hat is not None:
        thick = min(thick, 0.010)
    line = _hairline(person)
    rings = []
    for share in np.linspace(0.0, 1.0, 8):
        t = 1.0 + (line - 1.0) * share
        z, wide, deep, shift = body.head_point_ring(t, scale)
        lift = thick * (1.0 - 0.7 * share**3)
        cosine, sine = _circle()
        wave = 1.0 + (0.35 * np.sin(7 * np.arange(_COLUMNS + 1)) if style == "tousled" else 0.0)
        top = np.clip((t - 0.8) / 0.2, 0, 1)
        rings.append(np.stack([(wide + lift) * cosine, shift + (deep + lift) * sine,
                               z + lift * wave * top], axis=1))  # fmt: skip
    grid = np.stack(rings)
    shade = np.linspace(1.0, 0.8, len(grid) + 1)
    builder.add(close(grid, first=True), kind, (HEAD, HEAD), 1.0, shade)
    _add_loose_hair(builder, person, scale, kind)


def _circle() -> tuple[Floats, Floats]:
    angle = -np.pi / 2 + 2 * np.pi * np.arange(_COLUMNS + 1) / _COLUMNS
    return np.cos(angle), np.sin(angle)


def _add_loose_hair(builder: MeshBuilder, person: Person, scale: float, kind: int) -> None:
    style = person.hair_style
    top = CHIN + 0.62 * (CROWN - CHIN)
    if style in ("straight", "waves", "locks", "bob"):
        end = 1.44 if style == "bob" else 1.22 + 0.14 * person.hem
        z = np.linspace(top, end, 9)
        t = np.linspace(0, 1, 9)
        curl = 0.007 * np.sin(np.arange(9) * 2.1) * (style == "waves")
        wide = (0.080 + 0.022 * np.sin(np.pi * t * 0.8) - 0.030 * t**3) * scale + curl
        deep = (0.062 - 0.020 * t) * scale
        back = -0.062 * scale - 0.035 * t**1.5
        grid = tube(np.stack([curl, back, z], axis=1), wide, deep, columns=14, power=2.3)
        weights = body.blend(z, 1.36, 1.50)
        builder.add(close(grid, last=True), kind, (HEAD, CHEST), [*weights, weights[-1]],
                    np.linspace(0.95, 0.75, 10))  # fmt: skip
    if style == "locks":
        for side in (-1, 1):
            z = np.linspace(top, 1.26 + 0.1 * person.fringe, 8)
            t = np.linspace(0, 1, 8)
            x = side * (0.072 + 0.012 * np.sin(3 * t)) * scale
            grid = tube(np.stack([x, 0.015 + 0.075 * t**0.7, z], axis=1),
                        0.020 * (1 - 0.5 * t**2), 0.018 * (1 - 0.5 * t**2), columns=6)  # fmt: skip
            weights = body.blend(z, 1.36, 1.50)
            builder.add(close(grid, last=True), kind, (HEAD, CHEST), [*weights, weights[-1]])
    if style == "ponytail":
        start = 1.63 + 0.04 * person.fringe
        z = np.array([start + 0.012, start, start - 0.05, start - 0.13, start - 0.22, start - 0.30])
        y = np.array([-0.090, -0.120, -0.150, -0.158, -0.150, -0.140]) * scale
        grid = tube(np.stack([0 * z, y, z], axis=1),
                    np.array([0.012, 0.022, 0.032, 0.034, 0.026, 0.008]),
                    np.array([0.012, 0.022, 0.028, 0.028, 0.020, 0.008]), columns=8)  # fmt: skip
        builder.add(close(grid, first=True, last=True), kind, (HEAD, CHEST),
                    [1, 1, 1, 0.95, 0.85, 0.75, 0.7, 0.7])  # fmt: skip
    if style == "bun":
        z = 1.645 + 0.045 * person.fringe + np.array([0.040, 0.030, 0.0, -0.030, -0.040])
        grid = tube(np.stack([0 * z, np.full(5, -0.105 * scale), z], axis=1),
                    np.array([0.012, 0.034, 0.044, 0.034, 0.012]),
                    np.array([0.010, 0.030, 0.040, 0.030, 0.010]), columns=8)  # fmt: skip
        builder.add(close(grid, first=True, last=True), kind, (HEAD, HEAD))


def add_hat(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A cap with a visor, a bucket hat or a sun hat."""
    if person.hat is None:
        return
    kind = builder.material(
        material(Garment(person.hat_colour, person.hat_colour, person.hat_colour), fold=0.05)
    )
    scale = figure.head
    t = np.array([0.66, 0.76, 0.86, 0.94, 1.0])
    z, wide, deep, shift = body.head_point_ring(t, scale)
    tall = 0.03 if person.hat != "cap" else 0.012
    lift = np.array([0.016, 0.017, 0.018, 0.022, 0.030])
    z = z + np.array([0.0, 0.004, 0.008, 0.012, tall])
    grid = tube(np.stack([0 * z, shift, z], axis=1), wide + lift, deep + lift, columns=16)
    builder.add(close(grid, last=True), kind, (HEAD, HEAD))
    angle = -np.pi / 2 + 2 * np.pi * np.arange(17) / 16
    if person.hat == "cap":
        front = np.clip(np.sin(angle), 0, 1) ** 0.7
        reach, drop = 0.085 * front, 0.012 * front
    else:
        reach = np.full(17, 0.045 if person.hat == "bucket" else 0.10)
        drop = np.full(17, 0.035 if person.hat == "bucket" else 0.012)
    edge = grid[0].copy()
    edge[:, 0] += reach * np.cos(angle) * (0.4 if person.hat == "cap" else 1.0)
    edge[:, 1] += reach * np.sin(angle)
    edge[:, 2] -= drop
    under = edge.copy()
    under[:, 2] -= 0.006
    builder.add(np.stack([grid[0], edge, under, grid[0] - [0, 0, 0.006]]), kind, (HEAD, HEAD))


def _trunk_path(figure: Figure, points: Floats, extra: float) -> tuple[Floats, Floats]:
    """Points on the trunk at (height, angle from the front to the right), and their normals."""
    wide, deep, shift = np.moveaxis(figure.trunk_at(points[:, 0]), -1, 0)
    x, y = np.sin(points[:, 1]), np.cos(points[:, 1])
    path = np.stack([(wide + extra) * x, shift + (deep + extra) * y, points[:, 0]], axis=1)
    normal = np.stack([x / wide, y / deep, np.clip((points[:, 0] - 1.33) * 60, 0, 9)], axis=1)
    return path, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def add_backpack(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A rucksack on the back with a top, pockets and two shoulder straps."""
    if person.backpack is None:
        return
    a, b, c = person.bag_size
    half = 0.215 * b
    middle = 1.375 - half
    kind = builder.material(material(
        person.backpack, pattern=patterns.BACKPACK, gloss=0.05, fold=0.06, height=middle, size=half,
        scale=0.135 * a,
    ))  # fmt: skip
    t = np.array([-1.0, -0.93, -0.7, -0.35, 0.0, 0.35, 0.65, 0.86, 0.97])
    wide = np.array([0.105, 0.130, 0.140, 0.143, 0.143, 0.138, 0.125, 0.100, 0.060]) * a
    deep = np.array([0.055, 0.080, 0.092, 0.092, 0.084, 0.076, 0.066, 0.050, 0.028]) * c
    z = middle + half * t
    back = figure.trunk_at(z)
    y = -0.115 - 0.085 * c * np.ones_like(z) - 0.01 * (person.build - 1)
    y = np.minimum(y, back[:, 2] - back[:, 1] - 0.6 * deep)
    grid = tube(np.stack([0 * z, y, z], axis=1), wide, deep, columns=14, power=3.2)
    builder.add(close(grid, first=True, last=True), kind, (CHEST, CHEST), 1.0,
                [0.7, 0.7, 0.8, *np.ones(8)])  # fmt: skip
    strap = builder.material(plain(person.backpack))
    for side in (-1, 1):
        spots = np.array([(1.30, 2.70), (1.37, 2.55), (1.405, 2.2), (1.418, 1.57), (1.405, 0.95),
                          (1.36, 0.62), (1.28, 0.62), (1.20, 0.78), (1.13, 1.15), (1.09, 1.7),
                          (1.07, 2.3)])  # fmt: skip
        spots[:, 1] *= side
        path, normal = _trunk_path(figure, spots, 0.020 + 0.008 * person.loose)
        builder.add(ribbon(path, normal, 0.050, 0.012), strap, (CHEST, CHEST))


def add_bag(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A shoulder bag at the hip; its strap runs over the other shoulder or hangs from this one."""
    if person.bag is None:
        return
    a, b, c = person.bag_size
    side = person.bag_side
    half, wide, deep = 0.125 * b, 0.050 * c, 0.165 * a
    middle = 0.93
    kind = builder.material(material(
        person.bag, pattern=patterns.SATCHEL, gloss=0.10, fold=0.03, height=middle, size=half,
    ))  # fmt: skip
    hips = figure.trunk_at(middle)
    x = side * (hips[0] + 0.035 + wide)
    z = middle + half * np.array([-1.0, -0.9, -0.3, 0.4, 0.9, 1.0])
    grow = np.array([0.72, 0.95, 1.0, 0.97, 0.92, 0.75])
    grid = tube(np.stack([np.full(6, x), np.full(6, -0.03), z], axis=1), wide * grow,
                deep * (0.5 + 0.5 * grow), columns=14, power=3.6)  # fmt: skip
    builder.add(close(grid, first=True, last=True), kind, (PELVIS, PELVIS))
    strap = builder.material(plain(person.bag, 0.75))
    if person.hem + person.flare < 1.2:  # across the body
        front = np.array([(1.00, 1.35), (1.10, 0.85), (1.20, 0.30), (1.29, -0.25), (1.36, -0.62),
                          (1.408, -1.05), (1.420, -1.57)])  # fmt: skip
    else:  # on the same shoulder
        front = np.array([(1.00, 1.45), (1.10, 1.25), (1.20, 1.10), (1.29, 1.00), (1.36, 0.98),
                          (1.408, 1.15), (1.420, 1.57)])  # fmt: skip
    behind = front[::-1] * [1.0, 1.0]
    behind[:, 1] = np.sign(front[::-1, 1] + 1e-9) * np.pi - front[::-1, 1]
    spots = np.concatenate([front, behind[1:]])
    spots[:, 1] *= side
    path, normal = _trunk_path(figure, spots, 0.022 + 0.010 * person.loose)
    ends = np.array([[x, 0.0, middle + half]])
    path = np.concatenate([ends + np.array([0, 0.05, 0]), path, ends - np.array([0, 0.08, 0])])
    normal = np.concatenate([normal[:1], normal, normal[-1:]])
    builder.add(ribbon(path, normal, 0.034, 0.008), strap, body.TRUNK_BONES,
                body.pelvis_weights(path[:, 2]))  # fmt: skip


def add_handbag(builder: MeshBuilder, person: Person, figure: Figure) -> None:
    """A tote or shopping bag that hangs from one hand by its handles."""
    if person.handbag is None:
        return
    a, b, c = person.bag_size
    side = person.bag_side
    bone = R_ITEM if side > 0 else L_ITEM
    x, top = side * (figure.shoulder + 0.030), 0.66
    half, wide, deep = 0.13 * b, 0.055 * c, 0.145 * a
    kind = builder.material(material(
        person.handbag, pattern=patterns.SATCHEL, gloss=0.10, fold=0.10, height=top - half,
        size=half,
    ))  # fmt: skip
    z = top + half * np.array([-2.0, -1.9, -1.3, -0.6, -0.1, 0.0])
    grow = np.array([0.80, 1.0, 1.04, 0.95, 0.85, 0.78])
    grid = tube(np.stack([np.full(6, x), np.full(6, 0.02), z], axis=1), wide * grow, deep * grow,
                columns=12, power=3.4)  # fmt: skip
    builder.add(close(grid, first=True, last=True), kind, (bone, bone), 1.0, 0.95)
    strap = builder.material(plain(person.handbag, 0.7))
    for y in (-0.07, 0.07):
        path = np.array([(x, 0.02 + y * a, top), (x, 0.02 + 0.8 * y * a, top + 0.05),
                         (x, 0.02 + 0.2 * y, top + 0.10)])  # fmt: skip
        builder.add(ribbon(path, np.tile([1.0 * side, 0, 0], (3, 1)), 0.020, 0.008), strap,
                    (bone, bone))  # fmt: skip
