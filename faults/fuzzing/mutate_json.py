"""Damage to the structure of JSON: whole text, but values of other types, sizes and places."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

#: Values that code which trusts its input stumbles over.
NASTY: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3, 1.5, 1e308, -1e308, 5e-324, 2**31, 2**63, 2**64, 10**400,
    float("nan"), float("inf"), float("-inf"), "", "0", "nan", "\0", "\ud800", "\u202e", "\x1b[2J",
    "x" * 10_000, "<script>alert(1)</script>", "../../x", "/", [], {}, [[]], [None], ["x"],
    [1, 2, 3], {"": {}}, {"x": [1]}, [0] * 1000, [[0] * 3] * 3, {"__class__": "x"},
)  # fmt: skip

#: Text that no value of Python's gives, put where a marker stands.
RAW = ("[" * 10_000, "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000,
       "1" + "0" * 5000, "1e400", "-0", "01", "tru", '"\\ud800\\udc00\\ud800"', '"\\x"',
       '"a":1,"a":2', "/* */", "'x'", '"\x01"')  # fmt: skip
_MARKER = "\x02raw\x03"


def mutate_json(rng: Random, samples: Sequence[str]) -> str:
    """A random one of `samples` with one to four of its values changed."""
    tree = [json.loads(rng.choice(samples))]
    raw = None
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        place, key = _node(rng, tree)
        kind = rng.randrange(9)
        if kind <= 3:
            place[key] = copy.deepcopy(rng.choice(NASTY))
        elif kind == 4:
            raw = rng.choice(RAW)
            place[key] = _MARKER
        elif kind == 5:
            _near(rng, place, key)
        elif kind == 6:
            other, name = _node(rng, tree)
            place[key] = copy.deepcopy(other[name])
        elif place is not tree:
            _resize(rng, place, key, kind == 7)
    text = json.dumps(tree[0], ensure_ascii=rng.random() < 0.5)
    return text if raw is None else text.replace(json.dumps(_MARKER), raw)


def _node(rng: Random, tree: list[Any]) -> tuple[Any, Any]:
    """A container and a key of it: shallow ones as often as deep ones."""
    place: Any = tree
    key: Any = 0
    while True:
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner) or rng.random() < 0.15:
            return place, key
        place = inner
        key = rng.choice(list(inner)) if isinstance(inner, dict) else rng.randrange(len(inner))


def _near(rng: Random, place: Any, key: Any) -> None:
    """Another value of the same kind."""
    value = place[key]
    if isinstance(value, bool) or value is None:
        place[key] = not value
    elif isinstance(value, int | float):
        place[key] = rng.choice((value + 1, -value, value * 2**20, value // 3, str(value), [value]))
    elif isinstance(value, str):
        at = rng.randint(0, len(value))
        place[key] = value[:at] + rng.choice(("", "x", "\0", "\u00e9", value)) + value[at + 1 :]
    else:
        place[key] = rng.choice((list(value), str(value), len(value), [value], {"x": value}))


def _resize(rng: Random, place: Any, key: Any, more: bool) -> None:
    """One entry lost, or one that is there twice or under another name."""
    if isinstance(place, list):
        if more:
            place[key:key] = [copy.deepcopy(place[key])] * rng.choice((1, 1, 1000))
        else:
            del place[key]
        return
    value = place[key]
    if not more or rng.random() < 0.5:
        del place[key]
    if more:
        place[rng.choice((key.upper(), key + "s", key[:-1], "", "\ud800", "__init__"))] = value
