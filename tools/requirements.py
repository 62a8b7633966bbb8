"""The direct requirements, as their files state them. Needs the standard library alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")

LINE = re.compile(
    r"(?P<name>[\w.-]+)>=(?P<lower>[\w.]+),<(?P<upper>[\w.]+)(?:; *(?P<marker>.+))?", re.ASCII
)


class Requirement(NamedTuple):
    """A requirement: versions from `lower`, below `upper`, where `marker` holds ("": always)."""

    name: str
    lower: str
    upper: str
    marker: str
    topic: str


def parse(text: str) -> list[Requirement]:
    """The requirements of one file's text.

    A requirement's topic is the first sentence of the comment above its block.

    Raises
    ------
    ValueError
        If a line is no requirement with a lower and an upper bound, in this order.
    """
    found, topic, after_blank = [], "", True
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            if after_blank:
                topic = re.split(r"[.:]", line[1:].strip())[0]
        elif line:
            match = LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"not of the form name>=lower,<upper; marker: {line!r}")
            name, lower, upper, marker = match.groups()
            found.append(Requirement(name, lower, upper, marker or "", topic))
        after_blank = not line
    return found


def direct(files: tuple[str, ...] = FILES) -> list[Requirement]:
    """The requirements of these files of the project."""
    return [
        requirement for file in files for requirement in parse((ROOT / file).read_text("utf-8"))
    ]
