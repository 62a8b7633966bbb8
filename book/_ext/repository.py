"""Buttons that need to know where the repository is: its own, and Binder's.

The book does not know its repository; whoever publishes it says so when building:
`AACPY_REPOSITORY_URL=https://github.com/OWNER/NAME jupyter-book build book/`, and
`AACPY_REPOSITORY_BRANCH` if the branch is not `main`. Without them there are no such buttons.
"""

from __future__ import annotations

import os

from sphinx.application import Sphinx

BINDER = "https://mybinder.org"


def setup(app: Sphinx) -> dict[str, bool]:
    """Fill in the theme's options before the theme reads them."""
    app.connect("config-inited", _fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill_in(app: Sphinx, config: object) -> None:
    url = os.environ.get("AACPY_REPOSITORY_URL", "").rstrip("/")
    if not url:
        return
    # No button for Colab: it opens .ipynb files only, and the pages are Markdown.
    app.config.html_theme_options.update(
        repository_url=url,
        repository_branch=os.environ.get("AACPY_REPOSITORY_BRANCH") or "main",
        path_to_docs="book",
        use_repository_button=True,
        launch_buttons={"binderhub_url": BINDER, "notebook_interface": "jupyterlab"},
    )
