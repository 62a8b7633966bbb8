"""One visual language for book and notebook: colours with a fixed meaning, and how figures look.

A colour in a figure is a CSS variable on a page, with the literal colour as fallback, so that the
figure follows the page's light or dark theme; `shown` puts it there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.report.escaping import printable

#: Size of figure text, points; a figure of at most 720 px is shown at its own size, never below.
TEXT = 9.0

#: Where the pointer finds a point of `hover`: a circle of 12 CSS pixels, its square in points.
_HIT_AREA = 81.0
HOVER = "hover:"  # begins the address of a link that `shown.svg` turns into a title

_CHARACTER = 7  # width of a character of figure text, CSS pixels

#: CSS pixels an inch: sizes in this package are given as they appear on the page.
PIXELS_PER_INCH = 96


@dataclass(frozen=True)
class MethodStyle:
    """How one method looks wherever it appears.

    Attributes
    ----------
    label : the name in figures and tables.
    color : colour of lines and markers.
    text : a darker shade for text, with at least 4.5:1 contrast on white.
    marker : matplotlib marker, so that colour never carries the meaning alone.
    """

    label: str
    color: str
    text: str
    marker: str


#: Okabe-Ito colours (supervised: ink), fixed for every figure, page and widget.
METHOD_STYLES: Mapping[str, MethodStyle] = {
    "baseline": MethodStyle("baseline", "#0072b2", "#00629a", "s"),
    "aac": MethodStyle("AAC", "#d55e00", "#b34f00", "o"),
    "attributes": MethodStyle("attributes only", "#cc79a7", "#a34b7c", "D"),
    "supervised": MethodStyle("supervised", "#1a1c1e", "#1a1c1f", "^"),
}

INK, SOFT, GRID, GROUND = "#1a1c1f", "#5c6066", "#dcdee1", "#fefefe"

#: Lines that join points which belong together: behind the points on either ground.
JOIN = "#a9aeb4"


def method_style(method: str) -> MethodStyle:
    """How `method` looks wherever it appears; one that is not ours has its name as label."""
    return METHOD_STYLES.get(method) or MethodStyle(printable(method), SOFT, SOFT, "x")


#: Border colours of identities in a picture sheet; method colours are left out on purpose.
IDENTITY_COLORS = ("#009e73", "#e69f00", "#56b4e9", "#f0e442")
OTHER_IDENTITY = "#9a9a9a"
HIT, MISS = "#009e73", "#d55e01"

# colour in the SVG -> CSS variable, its value on a dark page. MISS is one off AAC's vermilion, and
# supervised one off ink, so that each maps to a variable of its own.
VARIABLES: Mapping[str, tuple[str, str]] = {
    INK: ("ink", "#eceef0"),
    SOFT: ("soft", "#a9aeb5"),
    GRID: ("grid", "#3a3e44"),
    GROUND: ("ground", "#1b1e22"),
    JOIN: ("join", "#5b6068"),
    "#0072b2": ("baseline", "#3d9fdd"),
    "#00629a": ("baseline-text", "#62b6ea"),
    "#d55e00": ("aac", "#ee7a22"),
    "#b34f00": ("aac-text", "#ff9a52"),
    "#cc79a7": ("attributes", "#d88bb5"),
    "#a34b7c": ("attributes-text", "#e6a3c7"),
    "#1a1c1e": ("supervised", "#eceef0"),
    MISS: ("miss", "#ee7a22"),
}

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "text.parse_math": False,  # a dollar is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "aacpy",
    "image.composite_image": False,
    "image.interpolation": "none",
}


@contextmanager
def drawing() -> Iterator[None]:
    """The project's matplotlib settings, inside a `with`; the reader's own come back after it."""
    with matplotlib.rc_context(_RC):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of `width` by `height` CSS pixels with transparent ground."""
    size = (width / PIXELS_PER_INCH, height / PIXELS_PER_INCH)
    return Figure(figsize=size, layout="constrained")


def plain_axes(ax: Axes, x: str, y: str, grid: str = "y") -> None:
    """Name both axes (with their units) and draw grid lines along one of them."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.set_axisbelow(True)
    ax.tick_params(length=3)
    ax.grid(axis=grid)  # type: ignore[arg-type]


def hover(ax: Axes, x: Sequence[float], y: Sequence[float], texts: Sequence[str]) -> None:
    """Let the points (x, y) say `texts`, one each, while the pointer is on them.

    They are drawn as circles without ink whose links `svg` turns into titles: browsers show these
    by themselves, the book's script sooner and on touch.
    """
    links = [HOVER + quote(printable(text)) for _, _, text in zip(x, y, texts, strict=True)]
    points = ax.scatter(
        # "none" would be no colour at all, and matplotlib before 3.11 then draws no circle either.
        x, y, s=_HIT_AREA, facecolors=(0, 0, 0, 0), edgecolors="none", clip_on=False, zorder=9,
        urls=[*links, ""],  # one more than points: a single link would be drawn without its point
    )  # fmt: skip
    points.set_in_layout(False)


def say(figure: Figure, sentence: str) -> Figure:
    """Write one sentence in the middle of a figure that has nothing to draw."""
    # Wrapped here: matplotlib's own wrapping takes a dollar for mathematics all the same.
    width = int(figure.get_figwidth() * PIXELS_PER_INCH / _CHARACTER)
    lines = [textwrap.fill(line, width) for line in sentence.splitlines()]
    figure.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color=SOFT, parse_math=False)
    return figure


def themed(markup: str) -> str:
    """`markup` with the figures' colours as CSS variables, which follow the page's theme."""
    for color, (name, _) in VARIABLES.items():
        markup = markup.replace(color, f"var(--aac-{name}, {color})")
    return markup


def theme() -> str:
    """CSS that sets the variables: the system's theme, then the page's where it has one."""
    light = "".join(f"--aac-{name}:{color};" for color, (name, _) in VARIABLES.items())
    dark = "".join(f"--aac-{name}:{color};" for name, color in VARIABLES.values())
    return (
        f".aac-svg{{--aac-font:{_FONT};max-width:100%;height:auto;{light}}}"
        f"@media(prefers-color-scheme:dark){{.aac-svg{{{dark}}}}}"
        f"html[data-theme=light] .aac-svg,[data-jp-theme-light=true] .aac-svg{{{light}}}"
        f"html[data-theme=dark] .aac-svg,[data-jp-theme-light=false] .aac-svg{{{dark}}}"
        ".aac-svg *{stroke-linejoin:round}"
        ".aac-hover *{pointer-events:all}"
        ".aac-hover:hover *{fill:var(--aac-ink)!important;fill-opacity:.4}"
    )
