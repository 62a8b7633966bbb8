"""What a benchmark leaves behind: one JSON file a stage, which the book's page on cost reads.

A file is written whole or not at all, so a benchmark that is stopped keeps the stages it finished.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aacpy.errors import RecordError
from aacpy.files import project_root, write_atomically

SCHEMA = 1


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
        remedy = f"Delete it and measure again: {command(path.stem)}"
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise RecordError(f"{path}: not a whole measurement ({error}). {remedy}") from error
        found = content.pop("schema", None) if isinstance(content, dict) else type(content).__name__
        if found != SCHEMA:
            raise RecordError(
                f"{path}: not a measurement of schema {SCHEMA} (found {found!r}). {remedy}"
            )
        try:
            cases = tuple(_case(case) for case in content.pop("cases"))
            measurement = cls(cases=cases, **content)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise RecordError(f"{path}: a field is missing or wrong ({error}). {remedy}") from error
        if measurement.stage != path.stem:
            raise RecordError(f"{path}: holds the stage {measurement.stage!r}. {remedy}")
        return measurement

    def growth(self, work: str = "library", series: str | None = None) -> float:
        """Growth exponent of a work's time over a series of cases (default: the first case's)."""
        name = self.cases[0].series if series is None else series
        points = [(c.size, c.works[work].median) for c in self.cases
                  if c.series == name and work in c.works and c.works[work].seconds]  # fmt: skip
        return growth_exponent(*zip(*points, strict=True)) if len(points) > 1 else math.nan


def command(stage: str) -> str:
    """What to type to measure a stage."""
    return "make bench GPU=1" if stage == "gpu" else f'make bench STAGES="{stage}"'


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


def _case(content: dict[str, Any]) -> Case:
    works = {name: _timing(timing) for name, timing in content.pop("works").items()}
    return Case(works=works, **content)


def _timing(content: dict[str, Any]) -> Timing:
    seconds = tuple(float(value) for value in content.pop("seconds"))
    if not all(value > 0 for value in seconds):
        raise ValueError(f"seconds must be above 0, not {seconds}")
    return Timing(seconds=seconds, **content)
