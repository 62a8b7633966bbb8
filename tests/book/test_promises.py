"""Every promise of the page "What can go wrong" names a test that exists and is run."""

from __future__ import annotations

import ast
import re

from aacpy.files import project_root

PAGE = (project_root() / "book" / "faults.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def promises() -> list[str]:
    """The promises of the page, each with what stands below it."""
    lists = re.findall(r"```\{container\} aac-promises\n(.*?)\n```", PAGE, flags=re.DOTALL)
    return [item for text in lists for item in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]


def test_every_promise_names_a_test() -> None:
    assert len(promises()) > 25
    assert [p for p in promises() if not re.search(r"`tests/[\w/]+\.py::test_\w+`", p)] == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for name, test in TESTS:
        tree = ast.parse((project_root() / name).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        missing += [] if test in functions else [f"{name}::{test}"]
    assert missing == []
