"""Records that say hostile things, in a small book built by the book's own chain, in a browser."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aacpy import tables
from aacpy.config import Config
from aacpy.records import Record
from aacpy.report import pages
from aacpy.report.markup import Cell, Table
from tests.hostile import EVERYTHING, HOSTILE, SCRIPT

ROOT = Path(__file__).parents[2]
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

```{{code-cell}} ipython3
{code}
```
"""
RECORDS = """\
from IPython.display import Markdown, display
from myst_nb import glue
from aacpy import figures, notebook, tables
from aacpy.files import results_root
from aacpy.records import load_records
from aacpy.report import audit, mistakes, pages

records = load_records(results_root())
verdict = tables.verdict(records)
display(Markdown(f"**{verdict.answer}.** {verdict.gain}"))
for sentence in audit.evidence(records).values():
    display(Markdown(sentence))
missing = pages.pictured(records, "aac")
display(Markdown(mistakes.mixture_summary(missing)), pages.cluster_sheet(missing))
display(figures.show(figures.curves(records), alt=verdict.gain, caption=verdict.gain))
for make in (tables.table1, tables.runs_table, tables.cells_made_table):
    display(make(records))
display(notebook.settings_table(records[0].config), notebook.scores_table(records[0]))"""
#: What nobody's record can bring about, so that only the page's policy is in its way.
RAW = '''\
from IPython.display import HTML

HTML("""
<p id="end">raw markup</p>
<script>window.stolen = 1</script>
<img id="image" src="data:," onerror="window.stolen = 1">
<a id="link" href="javascript:void(window.stolen = 1)">link</a>
<img src="https://elsewhere.example/x.png">
<form action="https://elsewhere.example/"><button id="send">send</button></form>
<script src="https://elsewhere.example/x.js"></script>
""")'''


def hostile_records(make_record: Any) -> list[Record]:
    """Records of the paper's preset whose every free field says hostile things."""
    found = []
    for method in ("baseline", "aac"):
        for seed in (0, 1):
            config = Config.preset("paper", method=method, seed=seed, data=EVERYTHING,
                                   attributes=EVERYTHING)  # fmt: skip
            run = make_record(method, seed)
            length = config.epochs // run.config.epochs
            series: dict[str, Any] = {k: v * length for k, v in run.series.items()}
            series["epoch"] = list(range(config.epochs))
            found.append(
                dataclasses.replace(
                    run, config=config, series=series, notes=list(HOSTILE), revision=EVERYTHING,
                    labels=dict.fromkeys(("0", "59"), run.labels["0"]),
                    dataset={**run.dataset, "name": EVERYTHING}, environment={SCRIPT: EVERYTHING},
                )
            )  # fmt: skip
    return found


@pytest.fixture
def built(tmp_path: Path, make_record: Any, browser: Any) -> Path:
    """Folder of a book of two pages, built with the project's settings."""
    root = tmp_path
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / "book" / name, root / "book" / name,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    shutil.copy(ROOT / "book" / "references.bib", root / "book")
    shutil.copy(ROOT / "_config.yml", root)
    toc = "format: jb-book\nroot: records\nchapters:\n  - file: raw\n"
    for folder in (root, root / "book"):
        (folder / "_toc.yml").write_text(toc)
    for name, code in (("records", RECORDS), ("raw", RAW)):
        text = HEAD.format(title=name, code=code)
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    for run in hostile_records(make_record):
        run.write(root / "results" / f"{run.name}.json")
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", "book/", "-W", "--keep-going"],
        cwd=root, capture_output=True, text=True, timeout=300,
        env={**os.environ, "AACPY_RESULTS": str(root / "results"), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return root / "_build" / "html"


class Opened:
    """A page opened from its folder: dialogs, requests elsewhere, complaints."""

    def __init__(self, browser: Any, address: str) -> None:
        self.dialogs: list[str] = []
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", self._answer)
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")

    def _answer(self, route: Any) -> None:
        if route.request.url.startswith(("file:", "data:", "about:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def stolen(self) -> bool:
        """Whether something in the page ran, now that all of it was touched."""
        self.page.evaluate(
            """() => document.querySelectorAll('*').forEach(e => {
                for (const kind of ['mouseover', 'error', 'focus'])
                    e.dispatchEvent(new Event(kind));
            })"""
        )
        return bool(self.page.evaluate("window.stolen !== undefined")) or bool(self.dialogs)


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Opens a page by its address."""
    found: list[Opened] = []

    def go(address: str) -> Opened:
        found.append(Opened(browser, address))
        return found[-1]

    yield go
    for each in found:
        each.context.close()


@pytest.mark.slow
def test_the_book_shows_what_records_say_as_text(opened: Any, built: Path) -> None:
    found = opened((built / "records.html").as_uri())
    text = found.page.locator("article").inner_text()
    for said in HOSTILE:
        assert said in text
    cell = found.page.get_by_text(SCRIPT).first
    assert cell.is_visible()
    assert found.page.locator("article mjx-container").count() == 0
    assert found.page.locator("article a[href^='javascript:'], article [onerror]").count() == 0
    assert not found.stolen() and found.elsewhere == [] and found.complaints == []

    # Markup that got into a page all the same: its policy is in the way.
    found = opened((built / "raw.html").as_uri())
    assert found.page.locator("#end").is_visible()
    for name in ("link", "send"):
        found.page.evaluate("name => document.getElementById(name).click()", name)
    found.page.wait_for_timeout(300)
    assert found.page.url.startswith("file:")
    assert not found.stolen() and found.elsewhere == []
    assert len(found.complaints) >= 5  # the browser says what it refused


def test_a_table_of_a_bare_page_shows_text(opened: Any, make_record: Any, tmp_path: Path) -> None:
    run = make_record()
    object.__setattr__(run.config, "method", SCRIPT)
    every = [
        Table(EVERYTHING, [EVERYTHING], [[Cell(text)] for text in HOSTILE]).to_html(),
        tables.runs_table([run]).to_html(),
        pages.cluster_sheet(pages.pictured([], SCRIPT)).html(),
    ]
    path = tmp_path / "bare.html"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8">{"".join(every)}', encoding="utf-8")
    found = opened(path.as_uri())
    text = found.page.locator("body").inner_text()
    assert all(said in text for said in HOSTILE)
    row = found.page.locator("table").nth(1).locator("tbody tr")
    assert SCRIPT in row.inner_text() and row.get_by_text(SCRIPT).is_visible()
    with found.page.expect_download() as download:
        found.page.locator("a.aac-csv").first.click()
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert "'=HYPERLINK" in content and "\n=HYPERLINK" not in content
    assert not found.stolen() and found.elsewhere == [] and found.complaints == []
