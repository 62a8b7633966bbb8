"""What a benchmark leaves behind: one JSON file a stage, which the book's page on cost reads.

A file is written whole or not at all, so a benchmark that is stopped keeps the stages it finished.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import RecordError
from aacpy.field_checks import (
    check_count,
    check_dict,
    check_exact,
    check_list,
    check_number,
    check_text,
    is_number,
)
from aacpy.files import project_root, read_bounded, write_atomically
from aacpy.records import reason
from aacpy.strict_json import parse_json

SCHEMA = 1

#: No file is larger, in bytes; one has some thousands.
LARGEST = 2**22

_SHORTEST, _LONGEST = 1e-12, 1e10  # seconds that a piece of work can take
_LARGEST_SIZE = 10**15
_LARGEST_FACT = 1e30


def measurements_root() -> Path:
    """Measurements that the book shows: AACPY_BENCHMARKS, or `benchmarks/results/`."""
    return Path(os.environ.get("AACPY_BENCHMARKS") or project_root() / "benchmarks" / "results")


@dataclass(frozen=True)
class Timing:
    """How one piece of work went at one size.

    Attributes
    ----------
    seconds : wall time of each repeat; empty if the work did not end.
    peak_bytes : largest resident memory above what its process held before; None: not measured.
    failed : why it did not end, or "".
    """

    seconds: tuple[float, ...]
    peak_bytes: int | None = None
    failed: str = ""

    @property
    def median(self) -> float:
        """Median of the repeats, seconds; NaN if there is none."""
        return float(np.median(self.seconds)) if self.seconds else math.nan


@dataclass(frozen=True)
class Case:
    """One size at which a stage was measured.

    Attributes
    ----------
    size : what the growth is fitted over, such as the number of images.
    series : cases of one series differ in size alone; the growth is fitted over these.
    shape : the size in words, such as "12,936 × 2048".
    works : name of a piece of work -> how it went: "library", "limit", "textbook" and others.
    checks : what must hold, such as that the library's labels are the textbook's -> whether.
    facts : other measured numbers, such as a recall.
    """

    size: int
    series: str
    shape: str
    works: Mapping[str, Timing]
    checks: Mapping[str, bool] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, work: str, to: str) -> float:
        """How many times the time of `to` the work took; NaN if either was not measured.

        Where both were repeated alternately, the median of the repeats' own ratios, so that what
        slows the machine for a while slows both sides of a ratio.
        """
        if work not in self.works or to not in self.works:
            return math.nan
        mine, other = self.works[work], self.works[to]
        if len(mine.seconds) == len(other.seconds) > 0:
            return float(np.median(np.divide(mine.seconds, other.seconds)))
        return mine.median / other.median


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A stage's measurements, all of one run of the benchmark on one machine.

    Attributes
    ----------
    stage : its name, and its file's.
    title : the stage in words.
    limit, textbook : in words, what those pieces of work do; "" if the stage has none.
    data : in words, what it was measured on.
    cases : by size.
    settings : repeats, threads, and whether the sizes were those of a quick trial.
    environment : `provenance.environment`, and the processor's name and number of cores.
    revision, finished : the source, and when, as in a record.
    """

    stage: str
    title: str
    limit: str
    textbook: str
    data: str
    cases: tuple[Case, ...]
    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    revision: str
    finished: str

    def write(self, folder: str | Path) -> Path:
        """Write it as `folder/STAGE.json`, atomically; return the path."""
        path = Path(folder) / f"{self.stage}.json"
        text = json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, ensure_ascii=False)
        write_atomically(path, (text + "\n").encode())
        return path

    @classmethod
    def read(cls, path: str | Path) -> Measurement:
        """Read a file that `write` wrote.

        Raises
        ------
        RecordError
            If it is cut, of another schema or misshapen; the message names the file and the remedy.
        """
        path = Path(path)
        place, remedy = printable(path), f"Delete it and measure again: {command(path.stem)}"
        try:
            content = parse_json(read_bounded(path, LARGEST))
        except (OSError, ValueError) as error:
            raise RecordError(
                f"{place}: not a whole measurement ({reason(error)}). {remedy}"
            ) from error
        found = content.pop("schema", None) if isinstance(content, dict) else type(content).__name__
        if type(found) is not int or found != SCHEMA:
            raise RecordError(
                f"{place}: not a measurement of schema {SCHEMA} (found {shown(found)}). {remedy}"
            )
        try:
            check_exact("measurement", content, [f.name for f in fields(cls)])
            listed = enumerate(check_list("cases", content.pop("cases")))
            cases = [_case(f"cases[{at}]", case) for at, case in listed]
            _check_words(content, cases)
        except ValueError as error:
            raise RecordError(
                f"{place}: a field is missing or wrong ({error}). {remedy}"
            ) from error
        measurement = cls(cases=tuple(cases), **content)
        if measurement.stage != path.stem:
            raise RecordError(f"{place}: holds the stage {measurement.stage!r}. {remedy}")
        return measurement

    def growth(self, work: str = "library", series: str | None = None) -> float:
        """Growth exponent of a work's time over a series of cases (default: the first case's)."""
        name = self.cases[0].series if series is None else series
        points = [(c.size, c.works[work].median) for c in self.cases
                  if c.series == name and work in c.works and c.works[work].seconds]  # fmt: skip
        return growth_exponent(*zip(*points, strict=True)) if len(points) > 1 else math.nan


def command(stage: str) -> str:
    """What to type to measure a stage; all stages, if it has no name of one."""
    if stage == "gpu":
        return "make bench GPU=1"
    return f'make bench STAGES="{stage}"' if stage.isidentifier() else "make bench"


def load_measurements(folder: str | Path) -> dict[str, Measurement]:
    """Every measurement in `folder` by its stage; empty if there is none.

    Raises
    ------
    RecordError
        If a file is no valid measurement.
    """
    found = [Measurement.read(path) for path in sorted(Path(folder).glob("*.json"))]
    return {measurement.stage: measurement for measurement in found}


def growth_exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Exponent p of values ~ sizes^p: least squares on logarithms of at least two points."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def _case(place: str, content: Any) -> Case:
    """A case of a file; a ValueError names the field that is wrong."""
    check_exact(place, content, [f.name for f in fields(Case)])
    check_count(f"{place}.size", content["size"], _LARGEST_SIZE, low=1)
    for name in ("series", "shape"):
        check_text(f"{place}.{name}", content[name])
    for name, holds in check_dict(f"{place}.checks", content["checks"]).items():
        if not isinstance(holds, bool):
            raise ValueError(f"{place}.checks.{name} must be true or false, not {shown(holds)}")
    for name, value in check_dict(f"{place}.facts", content["facts"]).items():
        check_number(f"{place}.facts.{name}", value, -_LARGEST_FACT, _LARGEST_FACT)
    works = check_dict(f"{place}.works", content["works"]).items()
    timings = {name: _timing(f"{place}.works.{name}", timing) for name, timing in works}
    return Case(**{**content, "works": timings})


def _timing(place: str, content: Any) -> Timing:
    check_exact(place, content, [f.name for f in fields(Timing)])
    seconds = check_list(f"{place}.seconds", content["seconds"])
    for value in seconds:
        if not is_number(value) or not _SHORTEST <= value <= _LONGEST:
            raise ValueError(f"{place}.seconds must be above 0, not {shown(value)}")
    if content["peak_bytes"] is not None:
        check_count(f"{place}.peak_bytes", content["peak_bytes"], _LARGEST_SIZE, -_LARGEST_SIZE)
    check_text(f"{place}.failed", content["failed"])
    return Timing(**{**content, "seconds": tuple(map(float, seconds))})


def _check_words(content: Mapping[str, Any], cases: Sequence[Case]) -> None:
    """Check what a measurement says beside its cases, of which there must be one."""
    if not cases:
        raise ValueError("cases must hold one or more")
    for name in ("stage", "title", "limit", "textbook", "data", "revision", "finished"):
        check_text(name, content[name])
    for name, text in check_dict("environment", content["environment"]).items():
        check_text(f"environment.{name}", text)
    for name, value in check_dict("settings", content["settings"]).items():
        if not isinstance(value, bool) and not is_number(value):
            check_text(f"settings.{name}", value)
