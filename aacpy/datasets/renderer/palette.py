"""Colours by name, as annotators use the names: a range of hues, not one colour."""

from __future__ import annotations

import colorsys

import numpy as np

#: sRGB, each channel in [0, 1].
Colour = tuple[float, float, float]

#: Ranges of hue, saturation and value (sRGB) of each colour name.
_RANGES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "black": ((0.0, 1.0), (0.0, 0.30), (0.07, 0.17)),
    "blue": ((0.555, 0.66), (0.45, 0.90), (0.32, 0.85)),
    "brown": ((0.045, 0.11), (0.30, 0.60), (0.28, 0.62)),
    "gray": ((0.0, 1.0), (0.0, 0.07), (0.38, 0.64)),
    "green": ((0.24, 0.45), (0.35, 0.85), (0.28, 0.75)),
    "orange": ((0.045, 0.075), (0.75, 0.95), (0.75, 0.95)),
    "pink": ((0.90, 0.98), (0.25, 0.60), (0.78, 0.95)),
    "purple": ((0.73, 0.84), (0.35, 0.75), (0.35, 0.70)),
    "red": ((0.965, 1.015), (0.70, 0.95), (0.48, 0.88)),
    "teal": ((0.47, 0.53), (0.50, 0.85), (0.40, 0.75)),
    "white": ((0.0, 1.0), (0.0, 0.06), (0.84, 0.95)),
    "yellow": ((0.125, 0.165), (0.50, 0.90), (0.75, 0.95)),
}


def tint(name: str, rng: np.random.Generator) -> Colour:
    """A colour within the range of its name."""
    hue, saturation, value = (float(rng.uniform(*bounds)) for bounds in _RANGES[name])
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)


def relative(colour: Colour, rng: np.random.Generator) -> Colour:
    """A second colour that is seen beside the first without changing its name."""
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    choice = rng.random()
    if choice < 0.4:
        return tint("white" if value < 0.7 else "black", rng)
    if choice < 0.7:
        value = value * 0.45 if value > 0.4 else min(1.0, value + 0.42)
        return colorsys.hsv_to_rgb(hue, saturation, value)
    return tint(str(rng.choice(["red", "blue", "yellow", "gray", "teal", "pink"])), rng)
