"""What one person looks like: the 27 attributes, and everything they leave open.

Two persons with equal attributes get the same `gender`, clothes and colour *names*, but their own
hue, pattern, build, hair, shoes and bag, drawn from a generator keyed by seed and identity.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.datasets.renderer.palette import Colour, relative, tint
from aacpy.datasets.renderer.patterns import (
    BANDS,
    CHECKS,
    DENIM,
    DOTS,
    FLORAL,
    OPEN,
    PINSTRIPES,
    PLACKET,
    PLAIN,
    PRINT,
    SIDE,
    YOKE,
)  # fmt: skip
from aacpy.datasets.renderer.skeleton import Gait
from aacpy.errors import DatasetError

_UPPER = ("black", "blue", "green", "gray", "purple", "red", "white", "yellow")
_LOWER = ("black", "blue", "brown", "gray", "green", "pink", "purple", "white", "yellow")
_SHOES = ("black", "white", "brown", "gray", "red", "blue", "orange", "yellow", "pink")
_SHOE_SHARES = (0.2, 0.24, 0.1, 0.08, 0.1, 0.1, 0.07, 0.06, 0.05)
_SKINS = ((0.95, 0.78, 0.66), (0.90, 0.71, 0.57), (0.84, 0.64, 0.49), (0.72, 0.51, 0.37),
          (0.52, 0.35, 0.25), (0.36, 0.24, 0.17))  # fmt: skip


@dataclass(frozen=True)
class Garment:
    """Colours (sRGB in [0, 1]) and pattern of one piece of clothing; see `patterns`."""

    first: Colour
    second: Colour
    third: Colour
    pattern: int = PLAIN
    scale: float = 12.0
    duty: float = 0.5
    phase: float = 0.0
    fold: float = 0.2
    height: float = 1.25
    size: float = 0.08
    detail: float = 1.0


@dataclass(frozen=True)
class Person:
    """Everything that decides a person's look in every image; lengths in metres."""

    female: bool
    age: int
    height: float
    build: float
    shoulders: float
    skin: Colour
    hair: Colour
    hair_style: str
    fringe: float
    beard: bool
    glasses: bool
    hat: str | None
    hat_colour: Colour
    long_sleeves: bool
    sleeve: float
    loose: float
    upper: Garment
    sleeves: Garment | None
    skirt: bool
    short_lower: bool
    hem: float
    flare: float
    lower: Garment
    shoe: Garment
    socks: Colour | None
    backpack: Garment | None
    bag: Garment | None
    handbag: Garment | None
    bag_size: tuple[float, float, float]
    bag_side: int
    gait: Gait


def _upper_garment(name: str | None, female: bool, rng: np.random.Generator) -> Garment:
    multi = name is None and rng.random() < 0.5
    name = name or str(rng.choice(["orange", "brown", "pink", "teal"]))
    first = tint(name, rng)
    second, third = relative(first, rng), relative(first, rng)
    patterns = [PLAIN, PRINT, BANDS, CHECKS, PINSTRIPES, YOKE, OPEN, DOTS, FLORAL, PLACKET]
    shares = np.array([8, 16, 20, 12, 8, 12, 10, 4 * female, 4 + 6 * female, 6], float)
    if multi:
        shares = np.array([0, 0, 5, 4, 1, 3, 0, 0, 6, 0], float)
    pattern = int(rng.choice(patterns, p=shares / shares.sum()))
    duty = {BANDS: (0.2, 0.5), CHECKS: (0.3, 0.45), PINSTRIPES: (0.2, 0.35), DOTS: (0.22, 0.34),
            FLORAL: (0.28, 0.42), PRINT: (0.0, 1.0)}.get(pattern, (0.3, 0.6))  # fmt: skip
    scale = {BANDS: (5, 12), CHECKS: (5, 9), PINSTRIPES: (8, 16), DOTS: (9, 14),
             FLORAL: (20, 34)}.get(pattern, (8, 14))  # fmt: skip
    height = rng.uniform(1.2, 1.3) if pattern != YOKE else rng.choice([1.235, 1.29])
    size = rng.uniform(0.07, 0.12) if pattern != OPEN else rng.uniform(0.05, 0.09)
    return Garment(
        first, second, third, pattern, scale=rng.uniform(*scale), duty=rng.uniform(*duty),
        phase=rng.random(), fold=rng.uniform(0.14, 0.3), height=float(height), size=float(size),
        detail=rng.uniform(0.7, 1.2),
    )  # fmt: skip


def _sleeves(upper: Garment, rng: np.random.Generator) -> Garment | None:
    """Sleeves of another colour; None for the shirt's own."""
    if rng.random() > 0.3:
        return None
    colour = upper.second if rng.random() < 0.6 else relative(upper.first, rng)
    return Garment(colour, colour, colour, fold=upper.fold, phase=upper.phase)


def _lower_garment(name: str | None, skirt: bool, rng: np.random.Generator) -> Garment:
    name = name or str(rng.choice(["orange", "teal", "red", "brown"]))
    first = tint(name, rng)
    second, third = relative(first, rng), relative(first, rng)
    patterns = [PLAIN, DENIM, SIDE, CHECKS, FLORAL, BANDS]
    if skirt:
        shares = np.array([10, 0, 0, 3, 3, 2], float)
    else:
        shares = np.array([9, 12 if name == "blue" else 2, 6, 3, 0, 1], float)
    pattern = int(rng.choice(patterns, p=shares / shares.sum()))
    if pattern == DENIM:
        hue, saturation, value = colorsys.rgb_to_hsv(*first)
        second = colorsys.hsv_to_rgb(hue, 0.6 * saturation, min(1.0, value + 0.3))
    return Garment(
        first, second, third, pattern,
        scale=rng.uniform(20, 30) if pattern == FLORAL else rng.uniform(7, 13),
        duty=rng.uniform(0.3, 0.42) if pattern == FLORAL else rng.uniform(0.3, 0.55),
        phase=rng.random(), fold=rng.uniform(0.12, 0.26),
    )  # fmt: skip


def _bag_garment(names: Sequence[str], rng: np.random.Generator) -> Garment:
    first = tint(str(rng.choice(names)), rng)
    return Garment(
        first, relative(first, rng), relative(first, rng),
        duty=rng.random(), detail=rng.random(), phase=rng.random(),
    )  # fmt: skip


def _hair_style(long: bool, female: bool, age: int, rng: np.random.Generator) -> str:
    if long:
        return str(rng.choice(["straight", "waves", "locks", "ponytail"], p=[0.3, 0.2, 0.2, 0.3]))
    if female:
        return str(rng.choice(["bob", "bun", "crop"], p=[0.45, 0.35, 0.2]))
    if age == 4:
        return str(rng.choice(["receding", "crop"]))
    return str(rng.choice(["crop", "tousled", "buzz", "receding"], p=[0.45, 0.3, 0.2, 0.05]))


def _gait(age: int, skirt: bool, rng: np.random.Generator) -> Gait:
    old = age == 4
    stride = rng.uniform(0.26, 0.40) * (0.7 if old else 1.0) * (0.8 if skirt else 1.0)
    return Gait(
        stride=stride, swing=rng.uniform(0.2, 0.5) * (0.6 if old else 1.0),
        lean=rng.uniform(0.0, 0.07) + 0.12 * old, stoop=rng.uniform(-0.02, 0.12) + 0.1 * old,
        spread=rng.uniform(0.04, 0.15), bend=rng.uniform(0.08, 0.4), sway=rng.uniform(0.01, 0.05),
    )  # fmt: skip


def draw_person(attributes: Sequence[int], rng: np.random.Generator) -> Person:
    """The person that has these 27 attributes (order of `ATTRIBUTE_NAMES`), details from `rng`.

    Raises
    ------
    DatasetError
        If the record does not hold 27 values.
    """
    if len(attributes) != len(ATTRIBUTE_NAMES):
        raise DatasetError(
            f"attributes: got {len(attributes)} values; give {len(ATTRIBUTE_NAMES)}, in the order "
            "of ATTRIBUTE_NAMES."
        )
    value = {name: int(v) for name, v in zip(ATTRIBUTE_NAMES, attributes, strict=True)}
    yes = {name for name, v in value.items() if v == 2}
    female, age, skirt = "gender" in yes, value["age"], value["clothes"] == 1
    upper_name = next((c for c in _UPPER if f"up{c}" in yes), None)
    lower_name = next((c for c in _LOWER if f"down{c}" in yes), None)
    mean = {1: 1.32, 2: 1.70, 3: 1.72, 4: 1.66}.get(age, 1.70) - 0.11 * female * (age > 1)
    build = rng.normal(1.0, 0.09) + {3: 0.06, 4: 0.04}.get(age, 0.0) - 0.05 * female
    dark = tint("black", rng)
    hair = [dark, dark, (0.20, 0.13, 0.09), (0.33, 0.20, 0.11), (0.62, 0.45, 0.24)][
        int(rng.choice(5, p=[0.3, 0.15, 0.2, 0.2, 0.15]))
    ]
    if age == 4:
        grey = rng.uniform(0.55, 0.8)
        hair = (grey, grey, grey)
    long = "hair" in yes
    upper = _upper_garment(upper_name, female, rng)
    lower = _lower_garment(lower_name, skirt, rng)
    if skirt and upper_name == lower_name and rng.random() < 0.8:  # one piece
        lower = Garment(upper.first, upper.second, upper.third, upper.pattern, upper.scale,
                        upper.duty, upper.phase, 0.2)  # fmt: skip
        if upper.pattern in (PRINT, YOKE, OPEN, PLACKET):
            lower = Garment(upper.first, upper.second, upper.third)
    vivid = ("black", "gray", "red", "blue", "green", "orange", "purple", "teal", "pink", "yellow")
    shoe = tint(str(rng.choice(_SHOES, p=_SHOE_SHARES)), rng)
    sole = tint("white" if rng.random() < 0.6 else "black", rng)
    return Person(
        female=female, age=age,
        height=float(np.clip(rng.normal(mean, 0.06), 1.05, 2.0)),
        build=float(np.clip(build, 0.82, 1.35)),
        shoulders=rng.uniform(0.96, 1.06) * (0.90 if female else 1.0) * (0.93 if age == 1 else 1),
        skin=_SKINS[int(rng.choice(6, p=[0.22, 0.22, 0.2, 0.14, 0.12, 0.1]))], hair=hair,
        hair_style=_hair_style(long, female, age, rng), fringe=rng.random(),
        beard=not female and age > 2 and rng.random() < 0.3, glasses=rng.random() < 0.25,
        hat=str(rng.choice(["cap", "bucket", "sunhat"] if female else ["cap", "cap", "bucket"]))
        if "hat" in yes else None,
        hat_colour=tint(str(rng.choice([*vivid, "white", "white"])), rng),
        long_sleeves=value["up"] == 1, sleeve=rng.uniform(0.45, 0.95), loose=rng.uniform(0.0, 1.0),
        upper=upper, sleeves=_sleeves(upper, rng), skirt=skirt,
        short_lower=value["down"] == 2, hem=rng.random(), flare=rng.random(), lower=lower,
        shoe=Garment(shoe, sole, relative(shoe, rng), detail=rng.random()),
        socks=tint(str(rng.choice(["white", "black", "red", "blue", "yellow"])), rng)
        if rng.random() < 0.6 else None,
        backpack=_bag_garment(vivid, rng) if "backpack" in yes else None,
        bag=_bag_garment((*vivid, "brown", "brown", "white"), rng) if "bag" in yes else None,
        handbag=_bag_garment((*vivid, "white", "white", "pink"), rng) if "handbag" in yes else None,
        bag_size=(rng.uniform(0.8, 1.25), rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.2)),
        bag_side=1 if rng.random() < 0.5 else -1, gait=_gait(age, skirt, rng),
    )  # fmt: skip
