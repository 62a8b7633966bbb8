"""Tell the browser what a page may do, so that text from a record could do nothing as markup.

Each page carries a Content-Security-Policy: it loads from the book alone, sends nothing anywhere,
and runs the book's script files and the scripts whose digests it names. These are the theme's and
the project's own; a script, a handler or a `javascript:` link among what a page shows stays dead.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx

from aacpy.report.delta.fragment import asset

# "file:" is for a page opened from its folder, where browsers differ on what 'self' is.
_OWN = "'self' file:"
_RULES = {
    "default-src": "'none'",
    "style-src": f"{_OWN} 'unsafe-inline'",
    "img-src": f"{_OWN} data:",
    "font-src": f"{_OWN} data:",
    "connect-src": _OWN,
    "form-action": _OWN,
    "base-uri": "'none'",
}
_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HANDLER = "window.print()"  # the theme's only one; search meets it too, in the pages it reads
_HEAD = '<meta charset="utf-8" />'


def with_policy(page: str) -> str:
    """The HTML of a whole page with its policy as the head's first rule."""
    start, end = page.find("<article"), page.rfind("</article>")
    # What lies between may come from a record; of its scripts only the explorer's is known.
    theme = page if start < 0 else page[:start] + page[end:]
    scripts = (*_SCRIPT.findall(theme), _HANDLER, asset("explorer.js"))
    digests = dict.fromkeys(map(_digest, scripts))
    rules = {**_RULES, "script-src": f"{_OWN} 'unsafe-hashes' {' '.join(digests)}"}
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    return page.replace(_HEAD, f"{_HEAD}\n    {meta}", 1)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    for path in folder.rglob("*.html"):
        if "_static" in path.relative_to(folder).parts:
            continue
        page = path.read_text(encoding="utf-8")
        if "Content-Security-Policy" not in page[: page.find("<title")]:  # pages kept as they were
            path.write_text(with_policy(page), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the policy when all pages are written: only then is the theme's part of them known."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
