"""The built book in a browser without a network: AACPY_BOOK_HTML names its directory of pages.

AACPY_BOOK_HTML=_build/html pytest tests/book
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGES = ("index", "table1", "clusters", "benchmark", "method", "run", "provenance")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PHONE, DESKTOP = (390, 844), (1280, 800)


@pytest.fixture(scope="session")
def book() -> Path:
    """Directory of the built pages; the tests are skipped without it."""
    folder = os.environ.get("AACPY_BOOK_HTML")
    if not folder:
        pytest.skip("AACPY_BOOK_HTML is not set")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def browser(book: Path) -> Iterator[Any]:
    """A system Chromium, driven by Playwright; the tests are skipped without either."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


class Visit:
    """A page, what it asked for outside the book, and what it complained of."""

    def __init__(self, browser: Any, book: Path, name: str, theme: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.context = browser.new_context(
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, color_scheme=theme
        )
        self.page = self.context.new_page()
        self.page.route("**/*", self._answer)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto((book / f"{name}.html").as_uri())
        self.page.wait_for_load_state("networkidle")

    def _answer(self, route: Any) -> None:
        if re.match(r"(file|data|blob):", route.request.url):
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def visits(browser: Any, book: Path) -> Iterator[Callable[[str, str], Visit]]:
    """Opens each page once in each theme."""
    opened: dict[tuple[str, str], Visit] = {}

    def visit(name: str, theme: str) -> Visit:
        if (name, theme) not in opened:
            opened[name, theme] = Visit(browser, book, name, theme)
        return opened[name, theme]

    yield visit
    for each in opened.values():
        each.context.close()


@pytest.fixture(params=["light", "dark"])
def visit(
    request: pytest.FixtureRequest, visits: Callable[[str, str], Visit]
) -> Callable[..., Visit]:
    """Shows a page in one theme at a given size."""

    def go(name: str, size: tuple[int, int] = DESKTOP) -> Visit:
        found = visits(name, request.param)
        found.page.set_viewport_size({"width": size[0], "height": size[1]})
        return found

    return go


@pytest.mark.parametrize("name", PAGES)
def test_page_needs_no_network_and_complains_of_nothing(visit: Any, name: str) -> None:
    found = visit(name)
    assert found.requests == []
    assert found.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_says_what_it_shows(visit: Any, name: str) -> None:
    page = visit(name).page
    silent = page.evaluate(
        """() => [...document.querySelectorAll('article img, article svg.aac-svg')]
            .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label') || '').trim())
            .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert silent == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_page_never_scrolls_sideways(visit: Any, name: str, size: tuple[int, int]) -> None:
    page = visit(name, size).page
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("name", PAGES)
def test_figure_text_is_at_least_nine_points_on_a_desktop(visit: Any, name: str) -> None:
    page = visit(name).page
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('svg.aac-svg text')].map(t => {
            const svg = t.closest('svg');
            return parseFloat(getComputedStyle(t).fontSize)
                * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        })"""
    )
    assert all(size >= 12 * 0.97 for size in sizes)  # 9 points are 12 CSS pixels


def test_figures_follow_the_theme(visit: Any) -> None:
    page = visit("table1").page
    ink, ground = page.evaluate(
        """() => [getComputedStyle(document.querySelector('svg.aac-svg text')).fill,
                  getComputedStyle(document.body).backgroundColor]"""
    )
    levels = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (ink, ground)]
    assert abs(levels[0] - levels[1]) > 200
    assert page.evaluate(
        """() => getComputedStyle(document.querySelector('.text_html')).backgroundColor"""
    ) in ("rgba(0, 0, 0, 0)", "transparent")


def test_front_page_shows_question_verdict_picture_and_doors_without_scrolling(visit: Any) -> None:
    page = visit("index").page
    for what in ("article h1", ".aac-answer", "svg.aac-svg", ".aac-doors"):
        box = page.locator(what).first.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= DESKTOP[1], what
    assert page.locator(".aac-doors a").count() == 3


def test_equations_are_typeset(visit: Any) -> None:
    page = visit("method").page
    page.wait_for_selector("mjx-container", timeout=10_000)
    assert page.locator("mjx-container").count() >= 4


def test_links_between_pages_lead_somewhere(book: Path) -> None:
    broken = []
    for name in PAGES:
        text = (book / f"{name}.html").read_text(encoding="utf-8")
        for target in re.findall(r'href="(?!\w+:)([^"#?]+)[^"]*"', text):
            if not (book / target).exists():
                broken.append(f"{name}: {target}")
    assert broken == []


def test_pages_are_those_of_the_table_of_contents(book: Path) -> None:
    toc = Path(__file__).parents[2] / "book" / "_toc.yml"
    listed = re.findall(r"(?:root|file): (\w+)", toc.read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(PAGES)
    assert all((book / f"{name}.html").is_file() for name in listed)
