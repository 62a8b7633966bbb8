"""A figure on a page: inline SVG that follows the page's theme, whose text is text in its font."""

from __future__ import annotations

import base64
import io
import re
import warnings
from urllib.parse import unquote

from matplotlib.figure import Figure
from PIL import Image

from aacpy.report.escaping import html_text, printable
from aacpy.report.style import HOVER, PIXELS_PER_INCH, drawing, new_figure, say, theme, themed

#: A wide figure shrinks to this many pixels on a narrow page and scrolls sideways from there.
NARROWEST = 600

_LONGEST = 240  # characters that a figure without a drawing holds
_PNG = r"data:image/png;base64,\s*"


def svg(figure: Figure, alt: str) -> str:
    """`figure` as an `<svg>` element that names itself `alt` and follows the page's theme."""
    buffer = io.BytesIO()
    with drawing(), warnings.catch_warnings():
        # What matplotlib's own font lacks the page's fonts may have.
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once: again would move things by a hair
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'<style type="text/css">.*?</style>', "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # ids would repeat from figure to figure
    text = re.sub(r"font-family: [^;\"<]*", "font-family: var(--aac-font)", text)
    text = re.sub(rf'<a xlink:href="{HOVER}([^"]*)"[^>]*>(.*?)</a>', _titled, text, flags=re.DOTALL)
    text = re.sub(rf"(<image [^>]*){_PNG}([A-Za-z0-9+/=\s]+)", _as_jpeg, text)
    text = themed(text)
    width, height = (round(inches * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    head = (
        f'<svg class="aac-svg" role="img" aria-label="{html_text(alt)}" width="{width}" '
        f'height="{height}" style="min-width:{min(width, NARROWEST)}px"'
    )
    text = re.sub(
        r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', lambda m: f"{head} {m[1]}", text, count=1
    )
    return re.sub(r"(<svg[^>]*>)", rf"\1<style>{theme()}</style>", text, count=1)


class Shown:
    """One or more figures, side by side where there is room; Jupyter and the book display it."""

    def __init__(self, pictures: list[str], alts: list[str], caption: str) -> None:
        self.pictures, self.alts, self.caption = pictures, alts, caption

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": " ".join(self.alts)}

    def html(self) -> str:
        """The `<figure>` element."""
        cells = "".join(f'<div class="aac-picture">{p}</div>' for p in self.pictures)
        caption = f"<figcaption>{html_text(self.caption)}</figcaption>" if self.caption else ""
        return (
            '<figure class="aac-figure" style="margin:.25em 0">'
            '<div style="display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;overflow-x:auto">'
            f"{cells}</div>{caption}</figure>"
        )


def show(*figures: Figure, alt: str | list[str], caption: str = "") -> Shown:
    """Show figures in a notebook or a book page, as inline SVG.

    Parameters
    ----------
    figures : what to show; several stand side by side where the page is wide enough.
    alt : what a reader who cannot see the figure must know; a list gives one text a figure.
    caption : one sentence that says what to see.
    """
    alts = [alt] * len(figures) if isinstance(alt, str) else list(alt)
    return Shown([svg(f, a) for f, a in zip(figures, alts, strict=True)], alts, caption)


def show_missing(sentence: str) -> Shown:
    """Show, in a figure's place, the sentence that says why there is none."""
    return show(say(new_figure(350, 80), printable(sentence)[:_LONGEST]), alt=sentence)


def _titled(match: re.Match[str]) -> str:
    """A point of `hover`: what it says, and its circle."""
    return f'<g class="aac-hover"><title>{html_text(unquote(match[1]))}</title>{match[2]}</g>'


def _as_jpeg(match: re.Match[str]) -> str:
    """Photographs embedded as PNG take four times the room that JPEG needs."""
    image = Image.open(io.BytesIO(base64.b64decode(match[2])))
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=88)
        return f"{match[1]}data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return match[0].replace("\n", "")
