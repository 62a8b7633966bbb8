"""Pieces of the explorer's small charts, as SVG strings in CSS pixels.

Written as strings since they are redrawn at every move of a slider.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from aacpy.report.delta.story import DELTAS
from aacpy.report.escaping import html_text
from aacpy.report.style import GRID, METHOD_STYLES, SOFT, themed

#: key -> attribute -> value; the attribute "text" is an element's content.
Frame = Mapping[str, Mapping[str, str]]

#: Size of a chart, and the room around what it plots.
WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, TOP, BOTTOM = 40, 62, 26, 38

Scale = Callable[[float], float]

_AAC = METHOD_STYLES["aac"]


def x_delta(index: int) -> float:
    return LEFT + 6 + index * (WIDTH - LEFT - RIGHT - 6) / (len(DELTAS) - 1)


def y_scale(top: float) -> Scale:
    return lambda value: HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def number(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def ticks(top: float) -> list[float]:
    """Three to six round values from 0 to `top`."""
    power = 10 ** math.floor(math.log10(max(top, 1)))
    step = next(s * power for s in (0.2, 0.25, 0.5, 1, 2) if top / (s * power) <= 5)
    step = max(step, 1.0)
    return [i * step for i in range(int(top / step) + 1)]


def ticks_delta() -> list[tuple[float, str]]:
    return [(x_delta(i), str(d)) for i, d in enumerate(DELTAS) if d % 5 == 0]


def axes(
    x_name: str, y_name: str, xs: list[tuple[float, str]], ys: list[tuple[float, str]], y: Scale
) -> str:
    right, bottom = WIDTH - 14, HEIGHT - BOTTOM
    lines = [
        f'<path d="M{LEFT} {y(v):.1f}H{right}" stroke="{GRID}" stroke-width=".8"/>'
        f'<text x="{LEFT - 6}" y="{y(v) + 4:.1f}" text-anchor="end" fill="{SOFT}">{text}</text>'
        for v, text in ys
    ]
    lines += [
        f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" fill="{SOFT}">{text}</text>'
        for x, text in xs
    ]
    names = (
        f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle" '
        f'fill="{SOFT}">{x_name}</text>'
        f'<text x="2" y="10" fill="{SOFT}">{y_name}</text>'
    )
    return "".join(lines) + names


def level(y: float, color: str, dash: str = "") -> str:
    return (
        f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{color}" stroke-width="1.4" '
        f'stroke-dasharray="{dash}"/>'
    )


def path(values: Sequence[float], y: Scale) -> str:
    return "M" + "L".join(f"{x_delta(i):.1f} {y(v):.1f}" for i, v in enumerate(values))


def marker_line(state: Frame) -> str:
    return element(
        "line", "line", state, y1=str(TOP), y2=str(HEIGHT - BOTTOM), stroke=SOFT,
        stroke_width="1", stroke_dasharray="1 3",
    )  # fmt: skip


def dot(key: str, state: Frame) -> str:
    return element("circle", key, state, r="4.5", fill=_AAC.color)


def ends(labels: list[tuple[float, str, str]]) -> str:
    """Labels at the right ends of lines, pushed apart where they would overlap."""
    low, texts = -math.inf, []
    for y, text, color in sorted(labels):
        low = max(y + 4, low + 14)
        texts.append(f'<text x="{WIDTH - RIGHT + 5}" y="{low:.1f}" fill="{color}">{text}</text>')
    return "".join(texts)


def element(tag: str, key: str, state: Frame, **attributes: str) -> str:
    every = {k.replace("_", "-"): v for k, v in attributes.items()} | dict(state[key])
    text = html_text(every.pop("text", ""))
    spelt = "".join(f' {name}="{value}"' for name, value in every.items())
    return f'<{tag} data-k="{key}"{spelt}>{text}</{tag}>'


def svg(parts: Sequence[str], alt: str) -> str:
    return themed(
        f'<svg class="aac-svg" role="img" aria-label="{html_text(alt)}" '
        f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}'
        "</svg>"
    )
