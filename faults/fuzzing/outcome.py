"""What a campaign found out about each parser, and the file that keeps it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from aacpy.errors import RecordError
from aacpy.files import write_atomically

SCHEMA = 1
FILE = "fuzz.json"


class Failure(NamedTuple):
    """An input that broke the promise: its seed, what kind of failure, the message in short."""

    seed: int
    kind: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One parser's campaign.

    Attributes
    ----------
    parser, title : its name, and what it reads.
    inputs : read, of them `accepted` and `refused` with an error of the project's that says where
        and what to do; the others are the `failures`.
    slowest_seconds : the longest that one input took, wall time.
    peak_bytes : the most resident memory of a process that read them, its libraries included.
    seconds : wall time of all.
    seed : of the campaign.
    environment, revision, finished : as in a record.
    """

    parser: str
    title: str
    inputs: int
    accepted: int
    refused: int
    failures: tuple[Failure, ...]
    slowest_seconds: float
    peak_bytes: int
    seconds: float
    seed: int
    environment: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    finished: str = ""

    def answers(self, inputs: int, seed: int, revision: str) -> bool:
        """Whether this is the campaign asked for, on source that can be traced."""
        traced = bool(revision) and not revision.endswith("+changes")
        return traced and (self.inputs, self.seed, self.revision) == (inputs, seed, revision)


def read_outcomes(folder: Path) -> dict[str, Outcome]:
    """The outcomes in a folder, by parser; empty if there is no file.

    Raises
    ------
    RecordError
        If the file is no list of outcomes.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise ValueError(f"schema {content['schema']}")
        found = {}
        for name, values in content["parsers"].items():
            failures = tuple(Failure(*failure) for failure in values.pop("failures"))
            found[name] = Outcome(failures=failures, **values)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RecordError(
            f"{path}: holds no outcomes ({error}). Delete it and run again."
        ) from error
    return found


def write_outcomes(folder: Path, outcomes: Mapping[str, Outcome]) -> Path:
    """Write them sorted by name, whole or not at all; return the path."""
    path = folder / FILE
    parsers = {name: asdict(outcomes[name]) for name in sorted(outcomes)}
    text = json.dumps({"schema": SCHEMA, "parsers": parsers}, indent=1, sort_keys=True)
    write_atomically(path, (text + "\n").encode())
    return path


def outcome_table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes for a terminal, with the kinds of failure and a seed of each."""
    head = ("parser", "inputs", "accepted", "refused", "failed", "slowest", "memory", "time")
    rows = [
        (o.parser, f"{o.inputs:,}", f"{o.accepted:,}", f"{o.refused:,}", str(len(o.failures)),
         f"{o.slowest_seconds:.2f} s", f"{o.peak_bytes / 1e9:.2f} GB", f"{o.seconds:.0f} s")
        for o in outcomes
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in (head, *rows)
    ]
    for outcome in outcomes:
        counts = Counter(failure.kind for failure in outcome.failures)
        for kind, count in counts.most_common():
            one = next(f for f in outcome.failures if f.kind == kind)
            lines.append(f"{outcome.parser}: {count} × {kind}; seed {one.seed}: {one.message}")
    return "\n".join(lines)
