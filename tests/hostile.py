"""What a stranger's file may say where it says something, and how to see that it stays text."""

from __future__ import annotations

from html.parser import HTMLParser

SCRIPT = "<script>window.stolen=1</script>"
HOSTILE = (
    SCRIPT,
    '"><img src=x onerror="window.stolen=1">',
    "' onmouseover='window.stolen=1",
    "</script><script>window.stolen=1</script>",
    "<!--<script>",
    "[x](javascript:alert(1))",
    "![x](https://elsewhere.example/x.png)",
    r"$\undefined$",
    r"\(\href{javascript:alert(1)}{x}\)",
    r"\1 \g<0> C:\data",
    "{{ config }} {raw}`html`",
    '=HYPERLINK("https://elsewhere.example","x")',
    "data:image/png;base64,AAAA",
    'xlink:href="data:image/png;base64,AAAA" style="font-family: x',
)
#: What no record may hold; it is shown as text all the same.
UNPRINTABLE = ("``` \n# x", "\x1b]0;x\x07\x1b[2J", "\u202eexe.txt\x00", "\ud800")
EVERYTHING = " ".join(HOSTILE)


class Page(HTMLParser):
    """What a browser makes of HTML: its text, and every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)

    @property
    def text(self) -> str:
        """All text."""
        return "".join(self.texts)

    @property
    def alive(self) -> list[str]:
        """Elements and attributes that could do something."""
        return [name for name, _ in self.elements if name in ("script", "img", "iframe")] + [
            f"{key}={value}"
            for _, has in self.elements
            for key, value in has.items()
            if key.startswith("on")
            or (key.endswith(("href", "src")) and not value.startswith(("data:", "#")))
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        self.texts.append(data)
