"""No measured number of the book is typed: pages hold none, and follow the records they read.

The code cells of every page run here, in this process, on invented records; no book is built.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from myst_nb.core.read import read_myst_markdown_notebook

from aacpy.config import METHODS
from aacpy.files import project_root
from aacpy.records import SCORES, Record, pack_labels

BOOK = project_root() / "book"

#: A number as a measurement is written: with decimals, or before the unit of a result.
WRITTEN = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)?(?: ?%| points| clusters| seconds| per cent)"
    r"|(?<![\w.])\d+\.\d+(?![\w.])"
)
#: What of it may stand in a page's text, and why.
TEXT = {
    "a section of the paper": r"(?:Section |^#+ )\d\.\d",
    "a version of Python": r"Python 3\.\d+",
    "the level of every interval": r"95% interval",
    "a value of the momentum in an example": r"m = 0\.[19]\b",
}
#: Numbers with decimals that may stand in a page's code, and why.
CODE = {
    0.05: "the temperature",
    0.1: "a momentum in an example",
    0.6: "eps of DBSCAN",
    0.9: "a momentum in an example",
}
#: What is no text: code, equations, addresses, markup.
NO_TEXT = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)|<[^>]*>|^%.*?$",
    re.DOTALL | re.MULTILINE,
)


def cells(page: str, kind: str) -> list[str]:
    """Sources of a page's "code" or "markdown" cells."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    return [c.source for c in read_myst_markdown_notebook(text).cells if c.cell_type == kind]


def typed(text: str) -> list[str]:
    """Numbers in `text` that look measured and have no reason to stand there."""
    for reason in TEXT.values():
        text = re.sub(reason, "", text, flags=re.MULTILINE)
    return WRITTEN.findall(text)


def test_the_search_for_typed_numbers_finds_them() -> None:
    assert typed("AAC gains 3.9 points, to 65.6, in 12 seconds; 40% of 96 clusters") == [
        "3.9 points", "65.6", "12 seconds", "40%", "96 clusters",
    ]  # fmt: skip
    assert typed("# 3.2 Clustering\nSection 4.1 on Python 3.10, Table 1, v1.2.3") == []


def test_text_has_no_measured_number(page_name: str) -> None:
    found = [n for source in cells(page_name, "markdown") for n in typed(NO_TEXT.sub("", source))]
    assert found == [], "compute it from records, or give the reason in TEXT"


def test_code_has_no_measured_number(page_name: str) -> None:
    found = []
    for source in cells(page_name, "code"):
        for node in ast.walk(ast.parse(source)):
            value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
            if isinstance(value, str):
                found += typed(value)
            elif isinstance(value, float) and value not in CODE:
                found.append(str(value))
    assert found == [], "compute it from records, or give the reason in CODE"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython as a kernel has it, without a history."""
    # IPython puts a module of its own there; processes of later tests start from the real one.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(history_length=0)
    shell.history_manager.enabled = False
    # What a cell ends with is formatted below; its print on a terminal would hold addresses.
    shell.displayhook.write_output_prompt = lambda: None
    shell.displayhook.write_format_data = lambda *_: None
    yield shell
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()


def outputs(shell: InteractiveShell, page: str) -> list[str]:
    """What each code cell of a page shows, as text."""
    shell.reset(new_session=False)
    found = []
    for source in cells(page, "code"):
        with capture_output() as captured:
            done = shell.run_cell(source, store_history=False)
        done.raise_error()
        last = shell.display_formatter.format(done.result)[0] if done.result is not None else {}
        shown = [*[output.data for output in captured.outputs], last]
        rich = [data.get("text/html") or data.get("text/markdown") or str(data) for data in shown]
        found.append("\n".join([captured.stdout, *rich]))
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The record files that are read from now on."""
    paths: list[Path] = []
    original = Record.read.__func__  # type: ignore[attr-defined]

    def note(cls: type[Record], path: str | Path) -> Record:
        paths.append(Path(path))
        return original(cls, path)  # type: ignore[no-any-return]

    monkeypatch.setattr(Record, "read", classmethod(note))
    return paths


def invent(make_record: Callable[..., Record], folder: Path) -> dict[str, Record]:
    """Records of the main comparison and of Tables 2 and 3 on two seeds, no two alike in time."""
    settings: list[dict[str, Any]] = [{"method": m} for m in METHODS]
    settings += [{"delta": d, "start_epoch": 0} for d in (4, 6, 7, 8, 9, 10)]
    settings += [{"delta": 10, "start_epoch": e} for e in range(2, 12, 2)]
    made: dict[str, Record] = {}
    for setting in settings:
        for seed in range(2):
            record = make_record(**{"method": "aac", **setting}, seed=seed)
            record.seconds["total"] = 30.0 + 10 * len(made)
            record.labels.update(halved(record, 24))
            made[record.name] = record
            record.write(folder / f"{record.name}.json")
    return made


def halved(record: Record, size: int) -> dict[str, dict[str, str]]:
    """Pseudo-labels for each stored epoch: clusters of `size` images, each split into halves."""
    images = np.arange(1200)
    both = {"before": pack_labels(images // size), "after": pack_labels(images // (size // 2))}
    return dict.fromkeys(record.labels, both)


def change(record: Record) -> Record:
    """The same run with every measurement another one."""
    rng = np.random.default_rng(1)
    series = {
        name: [None if v is None else v if name == "epoch" else
               v + 3 if isinstance(v, int) else v + 0.031 for v in column]
        for name, column in record.series.items()
    }  # fmt: skip
    retrievals = [{**r, "gallery": [int(g) for g in rng.integers(0, 850, 10)]}
                  for r in record.retrievals]  # fmt: skip
    return replace(
        record,
        series=series,
        scores={name: float(series[name][-1] or 0) for name in SCORES},
        labels=halved(record, 30),
        retrievals=retrievals,
        seconds={**record.seconds, "total": 500.0},
        peak_memory_bytes={"ram": 900_000_000},
    )


@pytest.mark.slow
def test_a_page_follows_the_records_that_it_reads(
    page_name: str,
    shell: InteractiveShell,
    read: list[Path],
    make_record: Callable[..., Record],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AACPY_RESULTS", str(tmp_path))
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    made = invent(make_record, tmp_path)
    before, used = outputs(shell, page_name), bool(read)
    for name in ("aac-seed0", "baseline-seed0"):
        changed = change(made[name])
        changed.write(tmp_path / f"{name}.json")
        after = outputs(shell, page_name)
        if after != before:
            break
    else:  # a page that shows only what data the runs had
        for record in made.values():
            counts = {**record.dataset, "query_images": 399, "gallery_images": 849}
            replace(record, dataset=counts).write(tmp_path / f"{record.name}.json")
        after = outputs(shell, page_name)
    assert (before != after) == used
    if any("tables.table1(" in source for source in cells(page_name, "code")):
        for records, shown in ((made, before), ({**made, name: changed}, after)):
            mean = np.mean([100 * records[f"aac-seed{seed}"].scores["mean_ap"] for seed in (0, 1)])
            assert f">{mean:.1f} <span" in "\n".join(shown)


def test_pages_without_any_record_say_so(
    page_name: str,
    shell: InteractiveShell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AACPY_RESULTS", str(tmp_path))
    shown = outputs(shell, page_name)
    reads = any("load_records" in source for source in cells(page_name, "code"))
    assert not reads or re.search(r"(?i)not run|no run|no record|none yet", "\n".join(shown))
