"""A parser as the campaign sees it, and the verdict on what one did with one input."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from aacpy.datasets.layout import printable
from aacpy.errors import AacpyError

ACCEPTED, REFUSED = "accepted", "refused"

#: A message that says what to do has one of these words.
_REMEDY = re.compile(
    r"\b(must|did you mean|unknown setting|lacks|instead|choose|copy|correct|delete|download|get|"
    r"give|load|lower|make|move|name it|number the|pass|repair|restore|run|take|unpack|update|use|"
    r"wait|write|measure|remove|rename|replace|see|set|start)\b",
    flags=re.IGNORECASE,
)
#: What a terminal would act on instead of showing it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORT = 300


class Verdict(NamedTuple):
    """What a parser did: ACCEPTED, REFUSED or else what is wrong with it, and the message."""

    kind: str
    message: str = ""

    @property
    def failed(self) -> bool:
        """Whether the parser broke its promise."""
        return self.kind not in (ACCEPTED, REFUSED)


class ContradictionError(Exception):
    """A parser says two things of one input, or let it do what it must not."""


def _no_use(result: Any) -> None:
    """Nothing more to do with what was accepted."""


@dataclass(frozen=True)
class Parser:
    """One of the project's parsers and how it is fed; all functions can be imported by name.

    Each process works in an empty folder of its own, so paths are relative to that.

    Attributes
    ----------
    name : on the command line and in results.
    title : what it reads, in words.
    samples : prepares the folder and returns inputs that are accepted, as they are on the disk.
    mutate : a damaged input from the samples; the `Random` decides all of it.
    parse : writes an input where the project reads it, and calls the parser.
    names : an error's message holds one of these: the file, or each setting's name.
    use : does with what was accepted what the project does; it must not raise.
    """

    name: str
    title: str
    samples: Callable[[], Sequence[bytes]]
    mutate: Callable[[Random, Sequence[bytes]], bytes]
    parse: Callable[[bytes], Any]
    names: tuple[str, ...]
    use: Callable[[Any], None] = _no_use

    def input(self, seed: int, samples: Sequence[bytes], campaign: int = 0) -> bytes:
        """The input of one seed; the first ones of a campaign are the samples themselves."""
        if seed - campaign < len(samples):
            return samples[seed - campaign]
        return self.mutate(Random(f"{self.name} {seed}"), samples)

    def judge(self, sample: bytes) -> Verdict:
        """Feed one input and say what came of it."""
        try:
            result = self.parse(sample)
        except AacpyError as error:
            return Verdict(_unclear(str(error), self.names) or REFUSED, _short(str(error)))
        except BaseException as error:  # SystemExit too: a parser must not end the process
            return Verdict(type(error).__name__, _short(str(error)))
        try:
            self.use(result)
        except BaseException as error:
            return Verdict(f"accepted, then {type(error).__name__}", _short(str(error)))
        return Verdict(ACCEPTED)


def _unclear(message: str, names: Sequence[str]) -> str:
    """What a message lacks; "" if nothing."""
    if not any(name in message for name in names):
        return "names no file or setting"
    if not _REMEDY.search(message):
        return "names no remedy"
    if _CONTROL.search(message):
        return "holds control characters"
    return ""


def _short(message: str) -> str:
    """A message for a list of failures, in characters that can be shown and stored."""
    return printable(message if len(message) <= _SHORT else f"{message[: _SHORT - 3]}...")
