"""The built book's files: whole without a network, and no link inside it leads nowhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

#: Elements whose address a browser fetches by itself.
FETCHED = {
    "script": "src", "img": "src", "iframe": "src", "embed": "src", "object": "data",
    "source": "src", "video": "src", "audio": "src", "track": "src", "use": "href",
    "image": "href", "input": "src",
}  # fmt: skip
#: Kinds of <link> that only name a page.
NAMED = {"canonical", "index", "search", "next", "prev", "author", "help", "license", "alternate"}
REMOTE = re.compile(r"(?:https?:)?//")
REMOTE_CSS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")


class Reader(HTMLParser):
    """What a page fetches, where its links lead, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = REMOTE_CSS.findall(text)
        self.links: list[str] = []
        self.policy = ""
        self.handlers: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        has = {name: value or "" for name, value in attrs}
        if has.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = has["content"]
        self.handlers += [f"{name}={value}" for name, value in has.items() if name.startswith("on")]
        self.places |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        if tag == "link" and not NAMED & set(has.get("rel", "").split()):
            self.fetched.append(has.get("href", ""))
        if tag in FETCHED:
            name = FETCHED[tag]
            self.fetched.append(has.get(name) or has.get(f"xlink:{name}", ""))
            self.fetched += [part.split()[0] for part in has.get("srcset", "").split(",") if part]


@pytest.fixture(scope="module")
def pages(book: Path) -> dict[str, Reader]:
    """Every built page, by its path in the book."""
    return {
        path.relative_to(book).as_posix(): Reader(path.read_text(encoding="utf-8"))
        for path in sorted(book.rglob("*.html"))
        if "_static" not in path.relative_to(book).parts
    }


def test_every_page_of_the_table_of_contents_is_built(pages: object, page_name: str) -> None:
    assert f"{page_name}.html" in pages  # type: ignore[operator]


def test_pages_fetch_nothing_from_elsewhere(pages: dict[str, Reader]) -> None:
    remote = {name: [f for f in page.fetched if REMOTE.match(f)] for name, page in pages.items()}
    assert {name: found for name, found in remote.items() if found} == {}


def test_what_pages_fetch_is_there(book: Path, pages: dict[str, Reader]) -> None:
    missing = []
    for name, page in pages.items():
        for address in page.fetched:
            path = unquote(urlsplit(address).path)
            if path and not address.startswith("data:"):
                target = (book / name).parent / path
                missing += [] if target.is_file() else [f"{name}: {address}"]
    assert missing == []


def test_every_page_says_what_it_may_do(pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
        assert rules["default-src"] == rules["base-uri"] == "'none'", name
        assert "'unsafe-inline'" not in rules["script-src"] and "'unsafe-eval'" not in page.policy
        assert not re.search(r"\*|https?:", page.policy)


def test_pages_run_nothing_but_the_themes_and_the_books_scripts(pages: dict[str, Reader]) -> None:
    handlers = {handler for page in pages.values() for handler in page.handlers}
    assert handlers <= {"onclick=window.print()"}  # the theme's
    schemes = {urlsplit(link).scheme for page in pages.values() for link in page.links}
    assert schemes <= {"", "http", "https", "data"}
    data = [link for page in pages.values() for link in page.links if link.startswith("data:")]
    assert all(link.startswith("data:text/csv;charset=utf-8,") for link in data)


def test_style_sheets_fetch_nothing_from_elsewhere(book: Path) -> None:
    remote = {
        path.name: REMOTE_CSS.findall(path.read_text(encoding="utf-8"))
        for path in (book / "_static").rglob("*.css")
    }
    assert {name: found for name, found in remote.items() if found} == {}


def test_links_inside_the_book_lead_somewhere(book: Path, pages: dict[str, Reader]) -> None:
    broken = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = ((book / name).parent / unquote(parts.path)).resolve()
            target = name if not parts.path else path.relative_to(book).as_posix()
            there = path.is_file() if parts.path else True
            place = unquote(parts.fragment)
            if not there or (place and target in pages and place not in pages[target].places):
                broken.append(f"{name}: {link}")
    assert broken == []
