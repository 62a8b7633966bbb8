"""Source of the library on a page: read when the page is built, so that it stays true."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Listing:
    """Python code that Jupyter and the book show highlighted."""

    code: str

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"

    def __str__(self) -> str:
        return self.code


def source(function: Callable[..., Any] | type, first: str = "", last: str = "") -> Listing:
    """The code of `function` without its docstring, as a block that pages highlight.

    Parameters
    ----------
    function : function, method or class with source.
    first, last : what the first and the last line shown contain; all lines where empty. Lines
        left out are marked by an ellipsis.

    Raises
    ------
    ValueError
        If no line, or for `last` no line from the first one on, contains the text.
    """
    lines = _without_docstring(textwrap.dedent(inspect.getsource(function)))
    start = _find(lines, first, 0)
    end = _find(lines, last, start) if last else len(lines) - 1
    shown = textwrap.dedent("\n".join(lines[start : end + 1])).splitlines()
    before = ["..."] if start else []
    after = ["..."] if end < len(lines) - 1 else []
    return Listing("\n".join([*before, *shown, *after]))


def _without_docstring(text: str) -> list[str]:
    lines = text.rstrip().splitlines()
    body = ast.parse(text).body[0]
    if isinstance(body, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(body) is not None:
        docstring = body.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return lines


def _find(lines: list[str], part: str, start: int) -> int:
    for number in range(start, len(lines)):
        if part in lines[number]:
            return number
    raise ValueError(f"no line of the source contains {part!r}")
