"""Fresh records beside the published ones, run by run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aacpy.config import METHODS
from aacpy.records import Record

#: Of a record's environment, what can change its numbers.
MATTERS = ("system", "cpu", "kernels", "device", "threads", "torch", "numpy", "numba", "scipy",
           "scikit-learn", "pillow")  # fmt: skip

_Pair = tuple[Record, Record]


def compare_records(fresh: Iterable[Record], published: Iterable[Record]) -> str:
    """A report, in plain text, of how fresh records differ from published ones of the same runs.

    Runs are the same if preset and settings are; every epoch's measurements are compared.

    Returns
    -------
    A table with one line a method (mean mAP here and as published, the largest difference of one
    seed), how many runs are equal in every epoch, and which versions differ if some are not.
    """
    theirs = {(r.config.preset_name, r.name): r for r in published}
    mine = list(fresh)
    if not theirs:
        return "There are no published records to compare with."
    pairs = [
        (r, theirs[r.config.preset_name, r.name])
        for r in mine
        if (r.config.preset_name, r.name) in theirs
    ]
    if not pairs:
        return f"None of the {len(mine)} fresh runs has been published: nothing to compare with."
    equal = sum(a.series == b.series for a, b in pairs)
    lines = [_row("", "runs", "mAP here", "published", "largest difference of a run")]
    lines += [
        _method_row(method, chosen)
        for method in METHODS
        if (chosen := [pair for pair in pairs if pair[0].method == method])
    ]
    more = f"; {len(mine) - len(pairs)} more are not published" if len(mine) > len(pairs) else ""
    lines.append(f"{equal} of {len(pairs)} runs equal the published ones in every epoch{more}.")
    if equal < len(pairs):
        lines.append(_reasons(pairs))
    return "\n".join(lines)


def differing_environment(a: Record, b: Record) -> list[str]:
    """What of `MATTERS` differs between two records' environments."""
    return [name for name in MATTERS if a.environment.get(name) != b.environment.get(name)]


def _method_row(method: str, pairs: list[_Pair]) -> str:
    here, there = ([100 * r.scores["mean_ap"] for r in side] for side in zip(*pairs, strict=True))
    largest = max((a - b for a, b in zip(here, there, strict=True)), key=abs)
    means = (f"{sum(side) / len(side):.1f}" for side in (here, there))
    return _row(method, str(len(pairs)), *means, f"{largest:+.1f}" if largest else "none")


def _row(*cells: str) -> str:
    return "  {:<12}{:>5}{:>11}{:>12}   {}".format(*cells).rstrip()


def _reasons(pairs: Iterable[_Pair]) -> str:
    """Which versions and machines differ; the data's fingerprint, where it does, explains more."""
    pairs = list(pairs)
    other = sum(a.dataset.get("fingerprint") != b.dataset.get("fingerprint") for a, b in pairs)
    found = [f"other data in {other} runs"] if other else []
    for name in MATTERS:
        sides = zip(*pairs, strict=True)
        here, there = (_values((r.environment for r in side), name) for side in sides)
        if here != there:
            found.append(f"{name} {here} (published: {there})")
    if not found:
        return "Data, versions and kind of machine are the same; the source may have changed."
    return "What differs: " + "; ".join(found) + "."


def _values(environments: Iterable[Mapping[str, str]], name: str) -> str:
    return ", ".join(sorted({environment.get(name, "unknown") for environment in environments}))
