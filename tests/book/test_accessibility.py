"""axe-core, from a package that carries it, on every page of the built book."""

from __future__ import annotations

from typing import Any

import pytest

#: What readers with a handicap stumble over; lesser findings are advice.
GRAVE = ("serious", "critical")


def violations(page: Any) -> list[str]:
    """Grave ones: rule, what it is about, and the first element."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Not "preload": it fetches style sheets by addresses of its own, and would complain of them.
    found = axe.run(page, options={"preload": False}).response["violations"]
    return [
        f"{v['id']}: {v['help']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:120]}"
        for v in found
        if v["impact"] in GRAVE
    ]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
def test_page_has_no_grave_barrier(shown: Any, size: tuple[int, int]) -> None:
    page = shown.at(size)
    page.wait_for_timeout(600)  # for the scripts that answer a change of size
    assert violations(page) == []


def test_search_page_has_no_grave_barrier(visit: Any) -> None:
    page = visit("search.html?q=Jaccard").page
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert violations(page) == []


def test_sidebar_is_a_landmark(visit: Any) -> None:
    page = visit("index.html").page
    assert page.locator("aside[aria-label=Book] nav").count() == 1
