"""YAML as data: what is read, and what only YAML has, which is refused."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
import yaml

from aacpy.experiments.plain_yaml import LARGEST, parse_yaml
from aacpy.files import project_root


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("5", 5), ("0.5", 0.5), ("1e-3", "1e-3"), ("true", True),
        ("aac", "aac"), ("'5'", "5"), ("[1, [2]]", [1, [2]]), ("{a: {b: }}", {"a": {"b": None}}),
        ("- a\n- b: 1", ["a", {"b": 1}]), (".inf", math.inf), ("~/x.pth", "~/x.pth"),
        ("2001-01-01", "2001-01-01"), ("{<<: {a: 1}}", {"<<": {"a": 1}}), ("=", "="),
        ("!!str 5", "5"), ("!!map {a: 1}", {"a": 1}), ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ],
)  # fmt: skip
def test_plain_values(text: str, value: Any) -> None:
    assert parse_yaml(text) == value
    assert type(parse_yaml(text)) is type(value)


def test_the_project_s_grids_read_as_another_reader_reads_them() -> None:
    text = (project_root() / "experiments.yaml").read_text("utf-8")
    assert parse_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: *x", "line 1: anchors and aliases are not read"),
        ("- &x a", "line 1: anchors and aliases are not read"),
        ("*x", "line 1: anchors and aliases are not read"),
        ("!!python/object/apply:os.system ['true']", "python/object/apply:os.system' is not read"),
        ("a:\n  !!binary aGk=", "line 2: the tag 'tag:yaml.org,2002:binary' is not read"),
        ("!!set {a}", "set' is not read"), ("!!timestamp 2001-01-01", "timestamp' is not read"),
        ("!x {}", "the tag '!x' is not read"), ("!!seq a", "seq' is not read"),
        ("{1: 2}", "line 1: the key 1 is no text"), ("{yes: 2}", "the key True is no text"),
        ("{[1]: 2}", "the key [1] is no text"), ("{~: 2}", "the key None is no text"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' stands twice"),
        ("1" * 5000, "is no value"), ("!!int x", "line 1: 'x' is no value"),
        ("!!bool x", "line 1: 'x' is no value"), ("!!int ''", "line 1: '' is no value"),
        ("!!float ''", "line 1: '' is no value"),
        ("0x" + "f" * 4000, "an integer of about 4,817 digits is too large"),
        ("1:" * 900 + "1.5", "is no value"), ("[" * 50_000, "nested more than 20 levels deep"),
        ("- " * 30_000, "nested more than 20 levels deep"), ("a\0b", "unacceptable character #x00"),
        ("\ud800", "unacceptable character #xd800"), ("a\n--- b", "line 2: but found another doc"),
        ("[1", "line 1: expected ',' or ']'"), ("a: b: c", "line 1: mapping values are not all"),
        ("x" * (LARGEST + 1), "longer than 65,536 characters"),
    ],
)  # fmt: skip
def test_what_only_yaml_has_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_yaml(text)
    assert message in str(raised.value)
    assert len(str(raised.value)) < 300 and str(raised.value).isprintable()


def test_many_laughs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    begin = time.perf_counter()
    with pytest.raises(ValueError, match="line 1: anchors and aliases are not read"):
        parse_yaml("\n".join(lines))
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize("text", ["[" + "1," * 32_000 + "]", "a\n" * 30_000, "- a\n" * 16_000])
def test_the_largest_text_takes_seconds(text: str) -> None:
    begin = time.perf_counter()
    parse_yaml(text)
    assert time.perf_counter() - begin < 5
