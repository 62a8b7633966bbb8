"""Text that others wrote, shown as the text it is wherever it stands.

Records, measurements and data sets come from anywhere, and so do the names in them. Each function
here is for one place: a terminal, HTML, Markdown, a spreadsheet, a script.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

_NO_BREAK = "\N{NO-BREAK SPACE}"

# What Markdown, MyST or their mathematics may take for markup within a line.
_MARKUP = re.compile(r"[!-$&(-+<-@\[-^`{-~]|:(?=\S)|(?<![^\W_])_|_(?![^\W_])")

# What a spreadsheet takes for a formula, and what of it is a number after all.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_SIGNED = re.compile(r"[+-][\d,]*\.?\d+%?")


def printable(text: str) -> str:
    """`text` on one line and without what a terminal would obey: control and format characters.

    White space becomes a space, the rest U+FFFD, lone surrogates too, which no file can hold.
    """
    return "".join(
        c
        if c.isprintable() or c == _NO_BREAK
        else " "
        if c.isspace()
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def html_text(text: str) -> str:
    """`text` for HTML, between tags or as the value of an attribute in quotes."""
    return html.escape(printable(text))


def markdown_text(text: str) -> str:
    """`text` for a sentence in Markdown: what may be markup becomes a character reference."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", printable(text))


def csv_text(text: str) -> str:
    """`text` for a field of a CSV file.

    Spreadsheets compute what begins with =, +, - or @. An apostrophe before it says that it is
    text; numbers stay as they are.
    """
    text = printable(text)
    return f"'{text}" if _FORMULA.match(text) and not _SIGNED.fullmatch(text) else text


def script_json(value: Any) -> str:
    """`value` as JSON inside a `<script>`, which it can neither end nor turn into a comment."""
    return json.dumps(value).replace("<", "\\u003c")
