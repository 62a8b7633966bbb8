"""Wrap the theme's sidebar in a landmark, for readers who move by landmarks."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Let the templates beside this file come before the theme's."""
    app.connect("config-inited", _add_templates)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_templates(app: Sphinx, config: object) -> None:
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
