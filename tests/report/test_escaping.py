"""`aacpy.report.escaping`, and that whatever a record says is shown as text."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import shlex
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aacpy import figures, notebook, tables
from aacpy.config import Config
from aacpy.errors import RecordError
from aacpy.measurements import Case, Measurement, Timing
from aacpy.records import Record
from aacpy.report import acceptance, audit_measured, cost, cost_gpu, cost_shares, mistakes, pages
from aacpy.report.comparison import verdict
from aacpy.report.delta import page as delta_page
from aacpy.report.delta.story import Explorable
from aacpy.report.escaping import csv_text, html_text, markdown_text, printable, script_json
from aacpy.report.markup import Cell, Table
from aacpy.report.pages import Pictured
from aacpy.report.shown import show, show_missing, svg
from aacpy.report.style import drawing, hover, new_figure
from tests.hostile import EVERYTHING, HOSTILE, SCRIPT, UNPRINTABLE, Page

#: All of it in one, but for the lone surrogate, which no name can hold.
ALL = " ".join((*HOSTILE, *UNPRINTABLE[:-1]))
hostile = pytest.mark.parametrize("text", (*HOSTILE, *UNPRINTABLE))


def rendered(markdown: str) -> Page:
    """Markdown as the book's parser reads it."""
    from docutils.core import publish_parts
    from myst_parser.parsers.docutils_ import Parser

    settings = {
        "myst_enable_extensions": ["amsmath", "attrs_inline", "colon_fence", "deflist",
                                   "dollarmath"],
        "report_level": 2, "halt_level": 2, "embed_stylesheet": False, "stylesheet_path": None,
        "output_encoding": "unicode",
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # docutils' own, of what it will drop
        parts = publish_parts(
            markdown, parser=Parser(), writer_name="html5", settings_overrides=settings
        )
    return Page(parts["fragment"])


@hostile
def test_printable_text_is_one_line_that_can_be_written(text: str) -> None:
    shown = printable(f"a{text}z")
    assert shown.isprintable() and shown.encode() and len(shown) == len(text) + 2
    assert printable(shown) == shown


def test_ordinary_text_stays_as_it_is() -> None:
    for text in ("AAC, seed 0: 65.6 ± 3.2", "δ = 5", "12,936 × 2048", "a\N{NO-BREAK SPACE}b"):
        assert printable(text) == csv_text(text) == text
    for text in ("Market-1501-v15.09.15", "my_market, 2", "exact labels, 12,936 × 2048"):
        assert html_text(text) == markdown_text(text) == text


@hostile
def test_html_text_is_text_between_tags_and_in_attributes(text: str) -> None:
    page = Page(f'<p title="{html_text(text)}">{html_text(text)}</p>')
    assert page.elements == [("p", {"title": printable(text)})] and page.text == printable(text)


@hostile
def test_markdown_text_is_text_in_a_sentence(text: str) -> None:
    page = rendered(f"On {markdown_text(text)} AAC **raises** it.")
    assert page.text.split() == f"On {printable(text)} AAC raises it.".split()
    assert [name for name, _ in page.elements if name not in ("p", "main")] == ["strong"]


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("*_`$<>[](){}\\!&#~|:^=")))
def test_markdown_text_leaves_no_markup(text: str) -> None:
    left = re.sub(r"&#\d+;", "", markdown_text(text))
    assert not set(left) & set('*`$<>[](){}\\!&#~|^=@"')


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"), (" =1", "' =1"), ("\t=1", "' =1"), ("＝1", "'＝1"),
        ("a\r=1", "a =1"), ("+3.9", "+3.9"), ("-3.9", "-3.9"), ("+12,936", "+12,936"),
        ("−3.4", "−3.4"), ("a=1", "a=1"), ("", ""),
    ],
)  # fmt: skip
def test_csv_text_is_no_formula(text: str, field: str) -> None:
    assert csv_text(text) == field


@hostile
def test_script_json_stays_inside_its_script(text: str) -> None:
    written = script_json({text: [text, "\u2028"]})
    assert "<" not in written and written.isascii()
    assert json.loads(written) == {text: [text, "\u2028"]}


@hostile
def test_a_table_shows_text(text: str) -> None:
    table = Table(
        name=text, columns=[text, text], notes=[text],
        rows=[[Cell(text), Cell(text, text, code=True)], [Cell(text), Cell(text, missing=True)]],
    )  # fmt: skip
    for shown in (table, table.folded(text)):
        page = Page(shown._repr_html_())
        assert page.alive == [] and page.text.count(printable(text)) >= 7
        assert all(c.isprintable() for line in str(shown).splitlines() for c in line)
    (link,) = (has for name, has in page.elements if name == "a")
    assert link["download"] == f"{printable(text)}.csv"
    fields = [f for row in csv.reader(io.StringIO(unquote(link["href"]))) for f in row][1:]
    assert not any(field.startswith(("=", "+", "@")) for field in fields)


@hostile
def test_a_figure_shows_text(text: str) -> None:
    figure = new_figure(350, 200)
    with drawing():
        ax = figure.add_subplot()
        ax.set_title(printable(text))
        hover(ax, [0.5], [0.5], [text])
    for shown in (show(figure, alt=text, caption=text), show_missing(f"{text} \u4e2d")):
        page = Page(re.sub(r"<style>.*?</style>", "", shown.html()))
        assert page.alive == []
        (label,) = (has["aria-label"] for name, has in page.elements if name == "svg")
        assert label.startswith(printable(text))
    assert "base64,AAAA" in svg(figure, "x") or "base64" not in text


@pytest.mark.parametrize("text", ["x" * 10**6, "x " * 10**6])
def test_a_sentence_in_a_figure_may_be_of_any_length(text: str) -> None:
    assert show_missing(text).pictures[0].count("x") > 200


@pytest.fixture
def hostile_runs(make_record: Callable[..., Record]) -> Callable[..., list[Record]]:
    """Records of all methods whose every free field is `text`, on a directory of that name."""

    def make(text: str) -> list[Record]:
        found = []
        for method in ("baseline", "aac", "attributes", "supervised"):
            for seed in (0, 1):
                run = make_record(method, seed)
                config = Config.preset("paper", method=method, seed=seed)
                for name in ("data", "attributes", "device"):
                    object.__setattr__(config, name, text)  # even what a config refuses
                found.append(
                    dataclasses.replace(
                        run, config=config, notes=[text], revision=text, finished=text,
                        labels=dict.fromkeys(("0", "59"), run.labels["0"]),
                        dataset={**run.dataset, "name": text, "fingerprint": text},
                        environment={text: text},
                    )
                )  # fmt: skip
        return found

    return make


def shown_html(runs: list[Record]) -> Iterator[str]:
    """Everything that pages and notebooks show of records as HTML."""
    for table in (
        tables.table1, tables.table2, tables.table3, tables.cells_table, tables.paired_table,
        tables.runs_table, tables.cells_made_table, tables.provenance_table, tables.data_table,
    ):  # fmt: skip
        yield table(runs).to_html()
    for run in runs:
        yield notebook.scores_table(run).to_html()
        yield notebook.settings_table(run.config).to_html()
        yield show(figures.live(run.series, run.method, 12), alt=verdict(runs).gain).html()
    for draw in (figures.curves, figures.scores, figures.cluster_sizes, figures.delta_gaps):
        yield show(draw(runs), alt=str(verdict(runs)), caption=str(verdict(runs))).html()
    missing = pages.pictured(runs, "aac")
    for sheet in (pages.cluster_sheet, pages.split_example, pages.ranked_sheet):
        yield sheet(missing).html()
    yield delta_page.explorer(Explorable(missing=missing.missing)).html()  # type: ignore[union-attr]


def shown_markdown(runs: list[Record]) -> Iterator[str]:
    """Everything that pages show of records as Markdown."""
    yield str(verdict(runs))
    yield from audit_measured.measured(runs).values()
    missing = pages.pictured(runs, "aac")
    unknown = Pictured(EVERYTHING, runs[0])
    yield mistakes.mixture_summary(missing)
    yield mistakes.separable_summary(missing, 5)
    yield mistakes.stray_summary(missing, 5)
    yield pages.cluster_summary(unknown)
    yield delta_page.summary(Explorable(missing=missing.missing))
    yield delta_page.limits(Explorable(missing=missing.missing))


def test_whatever_a_record_says_is_text_in_html(hostile_runs: Any) -> None:
    found = [Page(re.sub(r"<style>.*?</style>", "", text)) for text in
             shown_html(hostile_runs(ALL))]  # fmt: skip
    assert [page.alive for page in found if page.alive] == []
    assert any(SCRIPT in page.text for page in found)


def test_whatever_a_record_says_is_text_in_markdown(hostile_runs: Any) -> None:
    pages_ = [rendered(text) for text in shown_markdown(hostile_runs(ALL))]
    for page in pages_:
        assert page.alive == []
        assert {name for name, _ in page.elements} <= {"p", "main", "strong", "code", "span"}
    assert sum(SCRIPT in page.text for page in pages_) >= 7


@hostile
def test_a_data_sets_name_is_text_in_the_verdict(hostile_runs: Any, text: str) -> None:
    said = rendered(verdict(hostile_runs(text)).gain).text.split()
    words = printable(text).split()
    assert said[: 1 + len(words)] == ["On", *words]


def test_a_method_that_is_not_ours_is_refused_as_text(make_record: Any) -> None:
    content = make_record().to_json().replace('"method": "aac"', f'"method": "{SCRIPT}"')
    with pytest.raises(RecordError, match="method must be one of") as caught:
        Record.from_json(content, "x.json")
    assert SCRIPT in str(caught.value)


@pytest.fixture
def stranger(make_record: Callable[..., Record]) -> Record:
    """A record whose method's name is a script; no file can hold one."""
    run = make_record()
    object.__setattr__(run.config, "method", SCRIPT)
    object.__setattr__(run.config, "weights", EVERYTHING)
    return run


def test_a_method_that_is_not_ours_is_shown_as_text(stranger: Record) -> None:
    row = Page(tables.runs_table([stranger]).to_html())
    assert row.alive == [] and SCRIPT in row.text
    for text in shown_html([stranger]):
        assert Page(text).alive == []
    missing = pages.pictured([], SCRIPT)
    assert missing.missing.startswith(f"{SCRIPT}: not run")
    assert SCRIPT in rendered(pages.cluster_summary(Pictured(SCRIPT, stranger))).text


def test_a_records_command_is_one_command(make_record: Any, stranger: Record) -> None:
    weights = "$(touch stolen); x 'y' `z`"
    words = shlex.split(tables.command(make_record(weights=weights)))
    assert words[:2] == ["papermill", "notebooks/train.ipynb"]
    assert words[-3:] == ["-p", "weights", weights]
    assert SCRIPT in shlex.split(tables.command(stranger))


@pytest.fixture
def measured() -> dict[str, Measurement]:
    """Measurements that say hostile things wherever they may, one of them of a stage unknown."""
    works = {name: Timing((2.0,), 10**12) for name in ("library", "limit", "textbook", EVERYTHING)}
    works["textbook"] = Timing((), None, EVERYTHING)
    facts = {EVERYTHING: 1.0, "images a second, training": 1.0}
    found = {}
    for stage in ("pseudo_labels", "embedded", EVERYTHING):
        cases = (Case(12_936, "s", EVERYTHING, works, {EVERYTHING: False}, facts),)
        found[stage] = Measurement(
            stage=stage, title=EVERYTHING, limit=EVERYTHING, textbook=EVERYTHING, data=EVERYTHING,
            cases=cases, settings={"threads": EVERYTHING, "repeats": 1, "quick": True},
            environment={"device": EVERYTHING}, revision=EVERYTHING, finished=EVERYTHING,
        )  # fmt: skip
    return found


def test_whatever_a_measurement_says_is_text(measured: dict[str, Measurement]) -> None:
    shown = [
        cost.cost_table(measured), cost.compared_table(measured), cost.sizes_table(measured),
        cost.stage_table(measured[EVERYTHING], absolute=True),
        acceptance.acceptance_table(measured), cost_gpu.gpu_table(measured),
    ]  # fmt: skip
    for table in shown:
        assert Page(table.to_html()).alive == []
    assert SCRIPT in Page(shown[0].to_html()).text
    said = rendered(acceptance.summary(measured))
    assert said.alive == [] and SCRIPT in said.text
    shares = cost_shares.kind_shares(measured)
    drawn = show(cost_shares.shares_figure(shares, "x"), alt=cost_shares.share_words(shares))
    assert Page(re.sub(r"<style>.*?</style>", "", drawn.html())).alive == []


def test_errors_that_name_a_hostile_path_are_text(tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=x>.json"
    path.write_text("{")
    with pytest.raises(RecordError, match="<img src=x onerror=x>") as caught:
        Record.read(path)
    assert Page(show_missing(str(caught.value)).html()).alive == []
