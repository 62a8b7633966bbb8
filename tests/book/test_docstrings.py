"""`book/_ext/docstrings.py`: parameters and results as napoleon should see them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest

from aacpy.files import project_root

Lines = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def plain_fields() -> Lines:
    pytest.importorskip("sphinx")
    path = project_root() / "book" / "_ext" / "docstrings.py"
    spec = importlib.util.spec_from_file_location("docstrings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Lines = module.plain_fields
    return found


def section(name: str, *lines: str) -> list[str]:
    return [name, "-" * len(name), *lines]


@pytest.mark.parametrize(
    ("written", "result"),
    [
        (["root : the directory."], ["root", "    the directory."]),
        (["a : path; where", "    it is absent, none."],
         ["a", "    path; where", "    it is absent, none."]),
        (["labels : (n,) int", "    Pseudo-labels."],
         ["labels", "    (n,) int.", "    Pseudo-labels."]),
        (["momentum : float", "    m of Eq. 3."], ["momentum", "    float.", "    m of Eq. 3."]),
        (["x, y : (n,), (m,) int"], ["x, y", "    (n,), (m,) int"]),
        (["eps, k1", "    See there."], ["eps, k1", "    See there."]),
        (["labels_ : (n,) int64, labels."], ["labels_", "    (n,) int64, labels."]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["Parameters", "Attributes"])
def test_fields(plain_fields: Lines, name: str, written: list[str], result: list[str]) -> None:
    assert plain_fields(section(name, *written)) == section(name, *result)


def test_other_text_stays(plain_fields: Lines) -> None:
    text = ["What it does.", "", "note : this is no field", "", *section("Raises", "ValueError"),
            "    If a : b.", ""]  # fmt: skip
    assert plain_fields(text) == text


def test_a_type_with_its_description_stays(plain_fields: Lines) -> None:
    text = section("Returns", "(n,) int64", "    New labels.", "")
    assert plain_fields(text) == text


def test_a_sentence_that_is_returned_becomes_a_field(plain_fields: Lines) -> None:
    after = section("Raises", "ValueError", "    If wrong.")
    text = [*section("Returns", "The directory, which", "then is full."), "", *after]
    assert plain_fields(text) == [
        "", ":Returns:", "    The directory, which", "    then is full.", "", *after
    ]  # fmt: skip
