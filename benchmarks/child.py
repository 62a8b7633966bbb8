"""Measures some works of one size in this process; started afresh for each by `benchmarks.runner`.

python -m benchmarks.child STAGE N WIDTH REPEATS FOLDER WORK...

Leaves `FOLDER/times.json` and what each work returned as `FOLDER/WORK.npy`.
"""

from __future__ import annotations

import gc
import itertools
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import memory_use
from benchmarks.stage import Size, Stage
from benchmarks.stages import load_stage

#: A repeat lasts at least so long: shorter work is done several times in it.
SHORTEST = 0.05


def main() -> None:
    """Measure what the arguments name."""
    name, n, width, repeats, folder, *works = sys.argv[1:]
    measure(load_stage(name), Size(int(n), int(width)), works, int(repeats), Path(folder))


def measure(stage: Stage, size: Size, works: list[str], repeats: int, folder: Path) -> None:
    """Do `works` in turn, `repeats` times over, and write what came of it.

    With 0 repeats each is done once, for its memory.
    """
    warm_up(stage, works)
    data = stage.prepare(size)
    found: dict[str, dict[str, Any]] = {}
    times, results = {}, {}
    for name in works:  # the first time decides how often, and gives result and memory
        seconds, peak, result = first_time(stage, name, data)
        if result is not None:
            results[name] = np.asarray(result).copy()  # the work may go on changing it
            np.save(folder / f"{name}.npy", results[name])
        times[name] = math.ceil(SHORTEST / seconds)
        found[name] = {"seconds": [seconds] if repeats == 1 else [], "peak_bytes": peak}
    if repeats > 1:
        for _, name in itertools.product(range(repeats), works):
            found[name]["seconds"].append(timed(stage, name, data, times[name]))
    complete = repeats and set(stage.facts_need) <= set(works)
    facts = stage.facts(data, results) if complete else {}
    (folder / "times.json").write_text(json.dumps({"works": found, "facts": facts}))


def warm_up(stage: Stage, works: list[str]) -> None:
    """Compile, load and start threads on the smallest data."""
    data = stage.prepare(stage.quick[0])
    for name in works:
        stage.works[name].run(data)


def first_time(stage: Stage, name: str, data: Any) -> tuple[float, int, Any]:
    """Seconds, peak memory above what is held, and result of a work."""
    gc.collect()
    before = memory_use.held_bytes()
    memory_use.forget_peak()
    begin = time.perf_counter()
    result = stage.works[name].run(data)
    seconds = time.perf_counter() - begin
    return seconds, max(0, memory_use.peak_bytes() - before), result


def timed(stage: Stage, name: str, data: Any, times: int) -> float:
    """Seconds of a work, done `times` times."""
    work = stage.works[name].run
    begin = time.perf_counter()
    for _ in range(times):
        work(data)
    return (time.perf_counter() - begin) / times


if __name__ == "__main__":
    main()
