"""Damage to YAML: values, lines and indents changed, and what only YAML has put in."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from faults.fuzzing.mutate import ODDITIES

#: Values that YAML reads as something else than text, cannot build, or multiplies.
SNIPPETS = (
    "", "~", "yes", "0x1F", "0b11", "0o17", "1:30:00", "1_000", ".inf", ".nan", "1e999",
    "9" * 5000, "2001-13-45", "2001-02-30 25:61:61", "!!timestamp x", "!!int x", "!!float x",
    "!!binary =", "!!binary abc", "!!set {a, b}", "!!omap [a: 1]", "!!omap 3", "!!pairs [a]",
    "!!bool x", "!!null x", "!!python/object/apply:os.system ['touch executed']",
    "!!python/name:os.system", "!!python/object/new:type [x, [], {}]", "!<x> y", "! x", "!!map []",
    "&a [*a]", "&a {b: *a}", "*nowhere", "&a &b x", "{<<: 3}", "{<<: [3]}", "{<<: &a {<<: *a}}",
    "{[1]: 2}", "{{a: 1}: 2}", "{? {b: 1} : 2}", "{a: 1, a: 2}", "[" * 300, "[" * 10_000,
    "{a: " * 1000, "- " * 1000, "|", ">9", "|0", "'", '"\\x"', '"\\ud800"', "@x", "`x`", "%x",
    "[1, 2, 3]", "[]", "{}", "[[1]]", "[null]", "-1", "1.5", "{values: [1, .nan], of: 0}",
    "{values: [.inf], of: 60}", "{values: [1e308], of: 1e-308}", "{values: 3, of: 60}",
    "{values: [[1]], of: [1]}", "{values: [1], of: 10.5, x: 1}", "{values: ['a'], of: 60}",
    f"[{', '.join(map(str, range(300)))}]", "[aac, baseline, attributes, supervised]",
)  # fmt: skip


def mutate_yaml(rng: Random, samples: Sequence[str]) -> str:
    """A random one of `samples` with one to four lines changed."""
    lines = rng.choice(samples).split("\n")
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        at = rng.randrange(len(lines))
        line = lines[at]
        kind = rng.randrange(7)
        if kind <= 2:
            mark = rng.choice((": ", "- ", ", ", "["))
            head, found, _ = line.partition(mark)
            lines[at] = head + (found or ": ") + rng.choice(SNIPPETS)
        elif kind == 3:
            lines.insert(at, line if rng.random() < 0.5 else rng.choice(SNIPPETS))
        elif kind == 4:
            del lines[at]
            lines = lines or [""]
        elif kind == 5:
            lines[at] = " " * rng.randrange(5) + line.strip()
        else:
            where = rng.randint(0, len(line))
            lines[at] = line[:where] + rng.choice(ODDITIES) + line[where:]
    if rng.random() < 0.02:
        lines = [_aliases(rng), *lines]
    return "\n".join(lines)


def _aliases(rng: Random) -> str:
    """A line each of ten times the one before: a thousand bytes that stand for billions."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, rng.choice((3, 9, 12))):
        levels.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    last = len(levels) - 1
    uses = ("", f"seeds: *a{last}", f"grids: *a{last}", f"grids: {{table1: {{cells: *a{last}}}}}")
    return "\n".join([*levels, rng.choice(uses)])
