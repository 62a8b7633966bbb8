"""Mend the theme's roles, for readers who move by landmarks and lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# Docutils calls the references a list, but their role is one that a list may not hold.
_LIST, _PLAIN = '<div role="list" class="citation-list">', '<div class="citation-list">'


def setup(app: Sphinx) -> dict[str, bool]:
    """Let the templates beside this file come before the theme's, and mend each page's body."""
    app.connect("config-inited", _add_templates)
    app.connect("html-page-context", _mend_references)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_templates(app: Sphinx, config: object) -> None:
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))


def _mend_references(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    if "body" in context:
        context["body"] = context["body"].replace(_LIST, _PLAIN)
