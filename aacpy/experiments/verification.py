"""`make verify`: published records are unchanged, and some of them are run again from nothing."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacpy.config import Config
from aacpy.errors import RecordError
from aacpy.experiments.grids import run_folder
from aacpy.experiments.publishing import changed_files, record_files
from aacpy.experiments.reproduction import MATTERS, differing_environment
from aacpy.experiments.workflow import only_workflow, reproduce, say_line
from aacpy.files import runs_root
from aacpy.records import PLACE_SETTINGS, Record
from aacpy.report.markup import Cell, Table

#: Where versions or processors differ, a repeated run may end this many points of mAP away from the
#: published one, and find this share more or fewer clusters before any training. Twelve runs
#: repeated with AVX2 kernels for AVX-512 ones ended 2.9 points away (root mean square; 8.0 at most)
#: and found as many first clusters.
MAP_TOLERANCE = 12.0
CLUSTER_TOLERANCE = 0.1


@dataclass(frozen=True)
class Outcome:
    """A published run and its repetition.

    Attributes
    ----------
    published, fresh : the records.
    same_place : whether versions and kind of machine are the same, so that digits must be.
    problem : what is wrong, or "".
    """

    published: Record
    fresh: Record
    same_place: bool
    problem: str


def compare(published: Record, fresh: Record) -> Outcome:
    """Judge a repetition: equal where versions and kind of machine are, else within tolerance."""
    same = not differing_environment(published, fresh)
    if same:
        differing = [
            name for name in published.differences(fresh) if name not in ("environment", "revision")
        ]
        return Outcome(published, fresh, same, f"differs: {', '.join(differing)}" * bool(differing))
    problems = []
    gap = 100 * (fresh.scores["mean_ap"] - published.scores["mean_ap"])
    if abs(gap) > MAP_TOLERANCE:
        problems.append(f"mAP {gap:+.1f}, tolerance {MAP_TOLERANCE:g}")
    counts = [r.series["clusters"][0] or 0 for r in (published, fresh)]
    if abs(counts[1] - counts[0]) > CLUSTER_TOLERANCE * counts[0]:
        problems.append(f"{counts[1]} clusters at first, not {counts[0]} ± 10%")
    return Outcome(published, fresh, same, "; ".join(problems))


def verify(
    root: str | Path, names: Sequence[str] = (), *, sample: int = 2, seed: int | None = None
) -> int:
    """Check the records in `root` against their checksums and repeat some of them from nothing.

    Data are rendered and runs trained in `runs/verify/`, which is emptied first.

    Parameters
    ----------
    root : folder of published records.
    names : runs to repeat, such as "aac-seed0"; those whose file was changed are added.
    sample : how many to draw where none is named.
    seed : draws them; another sample each time where None.

    Returns
    -------
    Exit status: 0 if everything agrees, 1 if a record was changed or a repetition differs.

    Raises
    ------
    RecordError
        If a name is unknown, or there is nothing to verify.
    """
    root = Path(root)
    wrong = changed_files(root)
    for name, reason in wrong.items():
        say_line(f"{name}: {reason}")
    published = _readable(root)
    chosen = _choose(published, names, wrong, sample, seed)
    say_line(f"{len(published)} published records, {len(wrong)} not as published; "
             f"repeating {', '.join(chosen) or 'none'}")  # fmt: skip
    with _from_nothing():
        status = reproduce(_settings([published[name].config for name in chosen]), target="records")
        if status:
            return status
        outcomes = [
            compare(
                published[name], Record.read(run_folder(published[name].config) / "record.json")
            )
            for name in chosen
        ]
    say_line("\n" + outcome_table(outcomes, wrong).to_text())
    failed = [o.published.name for o in outcomes if o.problem]
    if wrong or failed:
        say_line(f"not verified: {', '.join(sorted({*failed, *(Path(n).stem for n in wrong)}))}")
        return 1
    say_line("verified")
    return 0


def outcome_table(outcomes: Iterable[Outcome], wrong: Mapping[str, str]) -> Table:
    """One row a repeated run, and one for each record that is not as published."""
    rows = []
    for outcome in outcomes:
        name = outcome.published.name
        scores = [f"{100 * r.scores['mean_ap']:.2f}" for r in (outcome.published, outcome.fresh)]
        rule = "equal" if outcome.same_place else "within tolerance"
        verdict = outcome.problem or ("equal" if outcome.same_place else "within tolerance")
        rows.append([Cell(name), *map(Cell, scores), Cell(rule), Cell(verdict)])
    rows += [[Cell(Path(name).stem), Cell("–"), Cell("–"), Cell("unchanged"), Cell(reason)]
             for name, reason in wrong.items()]  # fmt: skip
    return Table(
        name="verification",
        columns=["run", "published mAP", "here", "must be", "is"],
        rows=rows,
        align="lrrll",
        notes=[
            f"Equal is asked for where {', '.join(MATTERS)} are the same; elsewhere rounding "
            f"differs and training amplifies it: at most {MAP_TOLERANCE:g} points of mAP and "
            f"{CLUSTER_TOLERANCE:.0%} of the first epoch's clusters."
        ],
    )


def _choose(
    published: Mapping[str, Record],
    names: Sequence[str],
    wrong: Iterable[str],
    sample: int,
    seed: int | None,
) -> list[str]:
    unknown = [name for name in names if name not in published]
    if unknown:
        raise RecordError(
            f"no published run is named {', '.join(unknown)}; `python -m aacpy results --table "
            "cells` lists the cells, and a run's name is a cell's with -seed0 and so on."
        )
    if not published:
        raise RecordError("there is no published record that could be repeated")
    drawn = random.Random(seed).sample(sorted(published), min(sample, len(published)))
    changed = [Path(name).stem for name in wrong if Path(name).stem in published]
    return list(dict.fromkeys([*(names or drawn), *changed]))


def _settings(configs: Iterable[Config]) -> dict[str, Any]:
    """The workflow's settings for runs of these configs and no others."""
    cells = [{"method": c.method, **_without_place(c.changes()), "seed": c.seed} for c in configs]
    return {"preset": "pedestrians", "cells": cells, "seeds": [0]}


def _without_place(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in PLACE_SETTINGS}


@contextmanager
def _from_nothing() -> Iterator[None]:
    """Run and render in an emptied `runs/verify/`, whatever the environment names otherwise."""
    folder = runs_root() / "verify"
    names = {"AACPY_RUNS": str(folder), "AACPY_DATA": str(folder / "data")}
    before = {name: os.environ.get(name) for name in names}
    with only_workflow(runs_root() / ".verify.lock"):
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.update(names)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _readable(root: Path) -> dict[str, Record]:
    """The rendered benchmark's records by name; one that cannot be read is said and left out."""
    records = {}
    for path in record_files(root):
        try:
            record = Record.read(path)
        except RecordError as error:
            say_line(f"{error}")
            continue
        if record.config.preset_name == "pedestrians" and record.config.data is None:
            records[record.name] = record
    return records
