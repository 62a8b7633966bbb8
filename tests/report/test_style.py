"""`aacpy.report.style`: a figure as inline SVG that follows the page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from aacpy.report import shown, style


@pytest.fixture
def figure() -> Figure:
    """A line, a name, a photograph."""
    with style.drawing():
        figure = style.new_figure(350, 200)
        ax = figure.add_subplot()
        style.plain_axes(ax, "epoch", "mAP, %")
        ax.plot([0, 1], [0, 1], color=style.METHOD_STYLES["aac"].color)
        ax.imshow(np.random.default_rng(0).integers(0, 255, (20, 10, 3), np.uint8), aspect="auto")
    return figure


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_svg_parses_and_names_itself(figure: Figure) -> None:
    text = shown.svg(figure, 'mAP "over" epochs & seeds')
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'mAP "over" epochs & seeds'
    assert (root.get("width"), root.get("height")) == ("350", "200")


def test_svg_has_text_in_the_pages_font_of_at_least_nine_points(figure: Figure) -> None:
    text = shown.svg(figure, "x")
    assert ">epoch</text>" in text and "DejaVu" not in text
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", text))) >= 9


def test_svg_colours_follow_the_theme(figure: Figure) -> None:
    text = shown.svg(figure, "x")
    assert "var(--aac-aac, #d55e00)" in text and "var(--aac-soft, #5c6066)" in text
    assert "#ffffff" not in text  # nothing paints a ground


def test_svg_leaks_nothing_into_the_page(figure: Figure) -> None:
    text = shown.svg(figure, "x")
    assert "*{stroke" not in text.replace(".aac-svg *{stroke", "")
    assert "<g id=" not in text and "<metadata" not in text
    loaded = re.findall(r'(?:href|src)="([^#"]{4})', text)
    assert set(loaded) == {"data"}


def test_photographs_become_jpeg(figure: Figure) -> None:
    assert "data:image/jpeg;base64," in shown.svg(figure, "x")


def test_svg_is_the_same_each_time(figure: Figure) -> None:
    assert shown.svg(figure, "x") == shown.svg(figure, "x")


@pytest.mark.parametrize("count", [1, 2, 40])
def test_points_say_their_texts(count: int) -> None:
    texts = [f'"{i}" < δ & 5 %' for i in range(count)]
    with style.drawing():
        figure = style.new_figure(350, 200)
        style.hover(figure.add_subplot(), range(count), range(count), texts)
    root = ElementTree.fromstring(shown.svg(figure, "x"))
    named = {"s": "http://www.w3.org/2000/svg"}
    points = root.findall(".//s:g[@class='aac-hover']", named)
    assert [point.findtext("s:title", None, named) for point in points] == texts
    assert all(len(point) == 2 for point in points)  # the title and a circle
    assert root.find(".//s:a", named) is None


def test_points_leave_the_layout_alone() -> None:
    found = []
    for spoken in (False, True):
        with style.drawing():
            figure = style.new_figure(350, 200)
            ax = figure.add_subplot()
            ax.plot([0, 1], [0, 1])
            if spoken:
                style.hover(ax, [0, 1], [0, 1], ["a", "b"])
            shown.svg(figure, "x")
        found.append((*ax.get_position().bounds, *ax.get_xlim(), *ax.get_ylim()))
    assert found[0] == pytest.approx(found[1])


def test_points_want_one_text_each() -> None:
    with pytest.raises(ValueError, match="zip"):
        style.hover(Figure().add_subplot(), [0, 1], [0, 1], ["a"])


def test_drawing_leaves_the_readers_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    with style.drawing():
        assert matplotlib.rcParams["svg.fonttype"] == "none"
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("method", style.METHOD_STYLES)
def test_method_colours_read_on_light_and_dark(method: str) -> None:
    look = style.METHOD_STYLES[method]
    assert contrast(look.text, "#ffffff") >= 4.5
    assert contrast(look.color, "#ffffff") >= 3 or method == "attributes"
    for color in (look.color, look.text):
        _, dark = style.VARIABLES[color]
        assert contrast(dark, "#14181e") >= 4.5


def test_methods_have_their_own_colour_and_marker() -> None:
    looks = style.METHOD_STYLES.values()
    assert len({look.color for look in looks}) == len({look.marker for look in looks}) == 4


def test_show_puts_figures_side_by_side_with_their_alts(figure: Figure) -> None:
    two = shown.show(figure, figure, alt=["one", "two"], caption="a < b")
    html = two.html()
    assert html.count("<svg") == 2 and "a &lt; b" in html
    assert 'aria-label="one"' in html and 'aria-label="two"' in html
    bundle = two._repr_mimebundle_()
    assert bundle["text/html"] == html and bundle["text/plain"] == "one two"


def test_show_wants_one_alt_for_each_figure(figure: Figure) -> None:
    with pytest.raises(ValueError, match="zip"):
        shown.show(figure, figure, alt=["one"])
