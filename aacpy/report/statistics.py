"""Statistics over seeds: a mean with its 95% interval, differences paired by seed.

Scores are in per cent here (records keep them in [0, 1]); a difference is in points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from aacpy.errors import RecordError
from aacpy.records import Record

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95% interval (Student's t).

    Attributes
    ----------
    mean : the mean of the values.
    half_width : half the interval's width; NaN with fewer than two values.
    n : number of values.
    error : standard error of the mean; NaN with fewer than two values.
    """

    mean: float
    half_width: float
    n: int
    error: float = math.nan

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width


def mean_interval(values: Sequence[float]) -> Interval:
    """Mean of `values` and its 95% interval; NaN mean if there are none."""
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, 0)
    mean = float(np.mean(values))
    if n == 1:
        return Interval(mean, math.nan, 1)
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    return Interval(mean, float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * error, n, error)


def paired(a: Iterable[Record], b: Iterable[Record], score: str = "mean_ap") -> Interval:
    """Mean of the last epoch's `score` of runs `a` minus that of runs `b`, points, paired by seed.

    Only seeds that both have count. A seed draws data and initialisation, so its difference is
    free of what the two runs share.

    Raises
    ------
    RecordError
        If the two runs of a seed used different data.
    """
    theirs = {r.seed: r for r in b}
    differences = []
    for mine in a:
        other = theirs.get(mine.seed)
        if other is None:
            continue
        if mine.dataset["fingerprint"] != other.dataset["fingerprint"]:
            raise RecordError(
                f"{mine.name} and {other.name} ran on different data, so they are no pair. Run "
                "both again with one version of the renderer."
            )
        differences.append(100 * (mine.scores[score] - other.scores[score]))
    return mean_interval(differences)


@dataclass(frozen=True)
class Trend:
    """How a score changes along an axis, fitted seed by seed.

    Attributes
    ----------
    slope : points for each unit of the axis, of the straight line through a seed's runs.
    bend : points by which the middle of the axis lies above the straight line between its ends,
        of the parabola through a seed's runs; 0 where the score follows a straight line.
    """

    slope: Interval
    bend: Interval


def trend(groups: Mapping[int, Sequence[Record]], score: str = "mean_ap") -> Trend:
    """The trend of the last epoch's `score` over the groups' keys, seeds with all groups only.

    Parameters
    ----------
    groups : value on the axis -> runs, one a seed; at least three values for a bend.

    Raises
    ------
    RecordError
        If runs of a seed used different data.
    """
    axis = np.array(sorted(groups), float)
    seeds: dict[int, list[Record]] = {}
    for value in sorted(groups):
        for run in groups[value]:
            seeds.setdefault(run.seed, []).append(run)
    whole = [runs for runs in seeds.values() if len(runs) == len(groups)]
    for runs in whole:
        if len({r.dataset["fingerprint"] for r in runs}) > 1:
            raise RecordError(
                f"{runs[0].name} and other runs of its seed ran on different data, so they make "
                "no trend. Run them again with one version of the renderer."
            )
    scores = [[100 * r.scores[score] for r in runs] for runs in whole]
    slopes = [float(np.polyfit(axis, y, 1)[0]) for y in scores] if len(axis) > 1 else []
    half = (axis[-1] - axis[0]) / 2 if len(axis) else 0.0
    bends = [-float(np.polyfit(axis, y, 2)[0]) * half**2 for y in scores] if len(axis) > 2 else []
    return Trend(mean_interval(slopes), mean_interval(bends))
