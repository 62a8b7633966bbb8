"""Show the project's docstrings as they are meant.

A parameter is written `name : what it is`, on one line where it fits, and what a function returns
may be a sentence. Sphinx's napoleon would take such text for types; here it becomes description
before napoleon sees it.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_ENTRY = re.compile(r"(?P<names>\w[\w, `]*?) : (?P<text>.+)")
_BARE_TYPE = re.compile(r"(\([\w, ]*\),? ?)*(\b(int|float|bool|str)(64)?( or |\b))*")


def plain_fields(lines: list[str]) -> list[str]:
    """Docstring lines in which each `name : text` is a name with `text` indented below it.

    Where a sentence follows a shape or a type on the next line, a full stop parts the two. A
    section Returns of sentences alone becomes a field.
    """
    found: list[str] = []
    section = ""
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else ""
        if after and set(after) == {"-"}:
            section = line
            if section == "Returns" and _prose(lines[at + 2 :]):
                section = "Returns prose"
                found += ["", ":Returns:"]  # two blank lines end napoleon's section before
                continue
        if section == "Returns prose":
            found += [] if set(line) == {"-"} else [f"    {line}" if line else ""]
            continue
        entry = _ENTRY.fullmatch(line) if section in ("Parameters", "Attributes") else None
        if entry is None:
            found.append(line)
            continue
        text = entry["text"]
        if after.startswith(" ") and (after.strip()[0].isupper() or _BARE_TYPE.fullmatch(text)):
            text = text if text[-1] in ".:;," else f"{text}."
        found += [entry["names"], f"    {text}"]
    return found


def _prose(lines: list[str]) -> bool:
    """Whether a section is sentences, without a type that has an indented description."""
    block = lines[: lines.index("")] if "" in lines else lines
    return not any(line.startswith(" ") for line in block)


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = plain_fields(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Run before napoleon, whose priority is Sphinx's default of 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
