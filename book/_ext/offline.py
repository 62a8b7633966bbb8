"""Make every page whole without a network: MathJax from the book itself, no remote kernel.

MathJax comes from the package `django-static-mathjax`, which carries version 3 with its fonts.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

_LOADER = "tex-mml-chtml.js"
_FONTS = "output/chtml/fonts"
_THEBE = re.compile(
    r'\s*<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName = .*?</script>',
    re.DOTALL,
)


def _source() -> Path | None:
    found = importlib.util.find_spec("mathjax")
    for folder in (found.submodule_search_locations or []) if found else []:
        es5 = Path(folder) / "static" / "mathjax" / "es5"
        if (es5 / _LOADER).is_file():
            return es5
    return None


def _copy(app: Sphinx, error: Exception | None) -> None:
    source = _source()
    if error is not None or source is None or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "mathjax"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / _LOADER, target / _LOADER)
    shutil.copytree(source / _FONTS, target / _FONTS, dirs_exist_ok=True)


def _drop_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Leave out Thebe, which Jupyter Book adds unasked: it would load a client from a network."""
    scripts = context.get("script_files", [])
    kept = [s for s in scripts if "thebe" not in f"{s} {getattr(s, 'attributes', '')}".lower()]
    context["script_files"] = kept
    if "body" in context:
        context["body"] = _THEBE.sub("", context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Point Sphinx at the copy and make it when the pages are written."""
    app.connect("html-page-context", _drop_thebe, priority=900)
    if _source() is None:
        logging.getLogger(__name__).warning(
            "django-static-mathjax is not installed: equations will load MathJax from the network. "
            "Install it with `pip install -r requirements.txt`."
        )
    else:
        app.connect("config-inited", _use_copy)
        app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _use_copy(app: Sphinx, config: object) -> None:
    app.config.mathjax_path = f"mathjax/{_LOADER}"
