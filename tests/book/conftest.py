"""The built book, served on this machine, in a browser: AACPY_BOOK_HTML names its folder.

    AACPY_BOOK_HTML=_build/html pytest tests/book

A test that asks for `page_name` runs for each page of book/_toc.yml; one that asks for `shown` for
each page in each theme.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

BOOK = Path(__file__).parents[2] / "book"
PHONE, DESKTOP = (390, 844), (1280, 800)


def toc_pages() -> list[str]:
    """Names of the pages in the table of contents, in its order."""

    def names(entry: Any) -> Iterator[str]:
        if isinstance(entry, list):
            for item in entry:
                yield from names(item)
        elif isinstance(entry, dict):
            yield from (entry[key] for key in ("root", "file") if key in entry)
            for key in ("parts", "chapters", "sections"):
                yield from names(entry.get(key))

    return list(names(yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pages come from the table of contents; tests of one page stand together, it opens once."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", toc_pages())
    if "shown" in metafunc.fixturenames:
        pairs = [(name, theme) for name in toc_pages() for theme in ("light", "dark")]
        metafunc.parametrize("shown", pairs, ids="-".join, indirect=True, scope="session")


@pytest.fixture(scope="session")
def book() -> Path:
    """Folder of the built pages; the tests are skipped without it."""
    folder = os.environ.get("AACPY_BOOK_HTML")
    if not folder:
        pytest.skip("AACPY_BOOK_HTML is not set")
    return Path(folder).resolve()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(book: Path) -> Iterator[str]:
    """Address under which the book is served."""
    handler = functools.partial(Quiet, directory=str(book))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class Visit:
    """A page in a browser: what it asked for elsewhere, and what it complained of."""

    def __init__(self, browser: Any, address: str, theme: str = "light") -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self._own = re.match(r"file:|http://[^/]+/", address)[0]  # type: ignore[index]
        self.context = browser.new_context(
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, color_scheme=theme
        )
        self.page = self.context.new_page()
        self.page.route("**/*", self._answer)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")

    def at(self, size: tuple[int, int]) -> Any:
        """The page at a size of the window."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        return self.page

    def _answer(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self._own, "data:", "blob:")):
            route.continue_()
        else:
            self.elsewhere.append(url)
            route.abort()

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest, browser: Any, site: str) -> Iterator[Visit]:
    """A page of the table of contents in one theme, as served."""
    name, theme = request.param
    visit = Visit(browser, f"{site}{name}.html", theme)
    yield visit
    visit.context.close()


@pytest.fixture
def visit(browser: Any, site: str) -> Iterator[Any]:
    """Opens any page afresh, by its path in the book and, if wanted, a theme."""
    opened: list[Visit] = []

    def go(path: str, theme: str = "light", base: str = site) -> Visit:
        opened.append(Visit(browser, base + path, theme))
        return opened[-1]

    yield go
    for each in opened:
        each.context.close()
