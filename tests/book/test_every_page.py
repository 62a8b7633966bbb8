"""Every page of the built book in a browser, light and dark: what any page must do."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

PHONE, DESKTOP = (390, 844), (1280, 800)


def test_page_asks_for_nothing_elsewhere_and_complains_of_nothing(shown: Any) -> None:
    assert shown.elsewhere == []
    assert shown.complaints == []


def test_every_picture_says_what_it_shows(shown: Any) -> None:
    silent = shown.page.evaluate(
        """() => [...document.querySelectorAll('article img, article svg')]
            .filter(e => !e.closest('[aria-hidden=true], a, button')
                && !((e.getAttribute('alt') || e.getAttribute('aria-label') || '').trim()
                    && (e.tagName === 'IMG' || e.getAttribute('role') === 'img')))
            .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert silent == []


def test_headings_go_down_one_level_at_a_time(shown: Any) -> None:
    levels = shown.at(DESKTOP).evaluate(
        """() => [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')]
            .filter(h => h.checkVisibility() && !h.closest('.bd-sidebar-secondary'))
            .map(h => Number(h.tagName[1]))"""
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_page_never_scrolls_sideways(shown: Any, size: tuple[int, int]) -> None:
    page = shown.at(size)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_what_scrolls_sideways_on_a_phone_is_reached_by_keyboard(shown: Any) -> None:
    page = shown.at(PHONE)
    page.wait_for_timeout(600)  # for the scripts that answer a change of size
    unreached = page.evaluate(
        """() => [...document.querySelectorAll('.aac-scroll, .aac-figure > div')]
            .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth && e.tabIndex < 0)
            .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert unreached == []


def test_figure_text_is_at_least_nine_points_on_a_desktop(shown: Any) -> None:
    sizes = shown.at(DESKTOP).evaluate(
        """() => [...document.querySelectorAll('svg.aac-svg text')].map(t => {
            const svg = t.closest('svg');
            return parseFloat(getComputedStyle(t).fontSize)
                * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        }).filter(size => size > 0)"""  # zero: folded away
    )
    assert all(size >= 12 * 0.97 for size in sizes)  # 9 points are 12 CSS pixels


def test_figures_follow_the_theme(shown: Any) -> None:
    page = shown.at(DESKTOP)
    if not page.locator("svg.aac-svg text").count():
        pytest.skip("no figure on this page")
    ink, ground = page.evaluate(
        """() => [getComputedStyle(document.querySelector('svg.aac-svg text')).fill,
                  getComputedStyle(document.body).backgroundColor]"""
    )
    levels = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (ink, ground)]
    assert abs(levels[0] - levels[1]) > 200
    grounds = page.evaluate(
        """() => [...new Set([...document.querySelectorAll('.cell_output .text_html')]
            .map(e => getComputedStyle(e).backgroundColor))]"""
    )
    assert set(grounds) <= {"rgba(0, 0, 0, 0)", "transparent"}


def test_equations_are_typeset(shown: Any) -> None:
    page = shown.at(DESKTOP)
    written = page.locator("article .math").count()
    if not written:
        pytest.skip("no equation on this page")
    page.wait_for_selector("mjx-container", timeout=10_000)
    assert page.locator("article mjx-container").count() >= written


def test_page_works_when_opened_from_its_folder(visit: Any, book: Path, page_name: str) -> None:
    found = visit(f"{page_name}.html", base=f"{book.as_uri()}/")
    assert found.elsewhere == []
    assert found.complaints == []
    assert found.page.locator("article h1").is_visible()


def test_front_page_shows_question_verdict_picture_and_doors_without_scrolling(visit: Any) -> None:
    page = visit("index.html").page
    for what in ("article h1", ".aac-answer", "svg.aac-svg", ".aac-doors"):
        box = page.locator(what).first.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= DESKTOP[1], what
    assert page.locator(".aac-doors a").count() == 4


@pytest.mark.parametrize("word", ["ClusterNCE", "Jaccard"])
def test_search_finds(visit: Any, book: Path, word: str) -> None:
    found = visit(f"search.html?q={word}")
    found.page.wait_for_selector("#search-results li a", timeout=10_000)
    target = found.page.locator("#search-results li a").first.get_attribute("href")
    assert (book / re.split(r"[?#]", target)[0]).is_file()
    assert found.elsewhere == [] and found.complaints == []


def test_search_opens_from_any_page(visit: Any) -> None:
    page = visit("index.html").page
    page.keyboard.press("Control+k")
    page.keyboard.type("Jaccard")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert "q=Jaccard" in page.url
