"""Where cameras break people apart: AAC can only split, so what does joining add?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.records import Record
from aacpy.report.curves import HALF, label_ends
from aacpy.report.markup import Table
from aacpy.report.statistics import Interval
from aacpy.report.studies.arms import (
    RUN_STUDIES,
    Arm,
    answer,
    arm,
    arms_table,
    share,
    where_run,
    whole_answer,
)
from aacpy.report.studies.drawings import EMPTY, arms_figure
from aacpy.report.studies.findings import Finding, gap_text, gap_words
from aacpy.report.style import METHOD_STYLES, drawing, new_figure, plain_axes, say
from aacpy.report.words import listed

#: The variant in which DBSCAN finds one cluster for each person and camera.
LONG_TRACKS: Mapping[str, Any] = {
    "identities": 24, "cameras_per_identity": 6, "images_per_camera": 10, "camera_gap": 2,
    "k1": 10, "k2": 4,
}  # fmt: skip
#: The benchmark's own people and tracks, its cameras as far apart as the variant's.
FAR_CAMERAS: Mapping[str, Any] = {"camera_gap": 2}

_ERROR = 0.1


def clean_arms(records: Iterable[Record]) -> list[Arm]:
    """Long tracks, right attributes: every method, and AAC that joins before or after."""
    records = list(records)
    plain, aac, after, alone = _arms(records, 0.0)
    before = arm(records, "join, then AAC", method="aac", merge="before", **LONG_TRACKS)
    supervised = arm(records, "supervised", method="supervised", **LONG_TRACKS)
    return [plain, aac, before, after, alone, supervised]


def noisy_arms(records: Iterable[Record]) -> list[Arm]:
    """Long tracks, one attribute in ten wrong, image by image."""
    records = list(records)
    soft = arm(records, "attributes only, matched softly", method="attributes",
               attribute_error=_ERROR, match_distance=3, **LONG_TRACKS)  # fmt: skip
    return [*_arms(records, _ERROR), soft]


def _arms(records: Sequence[Record], error: float) -> list[Arm]:
    settings = {"attribute_error": error, **LONG_TRACKS}
    return [
        arm(records, "no split", method="baseline", **LONG_TRACKS),
        arm(records, "AAC", method="aac", **settings),
        arm(records, "AAC, then join", method="aac", merge="after", **settings),
        arm(records, "attributes only", method="attributes", **settings),
    ]


def near_arms(records: Iterable[Record]) -> list[Arm]:
    """The benchmark's own short tracks, with right and with wrong attributes."""
    records = list(records)
    joined = arm(records, "AAC, then join", method="aac", merge="after")
    plain, aac, alone = (
        where_run(arm(records, label, method=method), [joined])
        for method, label in _METHODS.items()
    )
    wrong = [
        arm(records, f"{label}, wrong attributes", attribute_error=_ERROR, **settings)
        for label, settings in (
            ("AAC", {"method": "aac"}),
            ("AAC, then join", {"method": "aac", "merge": "after"}),
            ("attributes only", {"method": "attributes"}),
        )
    ]
    return [plain, aac, joined, alone, *wrong]


_METHODS = {"baseline": "no split", "aac": "AAC", "attributes": "attributes only"}
_PAIRS = (("pairs together", share("pair_recall")), ("pairs right", share("pair_precision")))


def clean_figure(records: Iterable[Record]) -> Figure:
    """Right attributes: mAP of every arm, gaps to the attributes alone."""
    arms = clean_arms(records)
    return arms_figure(arms, arms[4])


def noisy_figure(records: Iterable[Record]) -> Figure:
    """Wrong attributes: mAP of every arm, gaps to the attributes alone."""
    arms = noisy_arms(records)
    return arms_figure(arms, arms[3])


def clusters_table(records: Iterable[Record]) -> Table:
    """Every arm on long tracks, with how its labels err."""
    noisy = [Arm(f"{one.label}, wrong attributes", one.runs) for one in noisy_arms(records)[1:]]
    arms = clean_arms(records)
    return arms_table(
        "merging", [*arms, *noisy], arms[0],
        columns=_PAIRS,
        notes=["Pairs together: share of the pairs of a person's clustered images that share a "
               "label. Pairs right: share of the pairs with one label that are one person's."],
    )  # fmt: skip


def near_table(records: Iterable[Record]) -> Table:
    """The arms on short tracks."""
    arms = near_arms(records)
    return arms_table("merging_short_tracks", arms, arms[0], columns=_PAIRS)


def regime_figure(records: Iterable[Record], *, long_tracks: bool) -> Figure:
    """Per epoch, without a split: people in several clusters, and clusters with several people.

    Means over seeds, per cent, with the range of the seeds behind.
    """
    variant = LONG_TRACKS if long_tracks else FAR_CAMERAS
    plain = arm(records, "no split", method="baseline", **variant)
    with drawing():
        figure = new_figure(*HALF)
        if not plain.runs:
            return say(figure, EMPTY)
        ax = figure.add_subplot()
        plain_axes(ax, "epoch", "share, %")
        ends = [
            _curve(ax, plain, "identities_split", "people split", "attributes"),
            _curve(ax, plain, "clusters_mixed", "clusters mixed", "baseline"),
        ]
        ax.set_ylim(0, 102)
        ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5, integer=True))
        label_ends(ax, ends)
    return figure


def _curve(ax: Axes, one: Arm, column: str, name: str, style: str) -> tuple[float, str, str]:
    look = METHOD_STYLES[style]
    rows = 100 * np.array([r.series[column] for r in one.runs], float)
    mean, epochs = rows.mean(axis=0), np.arange(rows.shape[1])
    ax.fill_between(epochs, rows.min(axis=0), rows.max(axis=0), color=look.color, alpha=0.15, lw=0)
    ax.plot(epochs, mean, color=look.color)
    return float(mean[-1]), name, look.text


def regime_words(records: Iterable[Record]) -> str:
    """Which way DBSCAN's clusters err on either benchmark, a sentence each."""
    told = []
    for where, variant in (("With long tracks", LONG_TRACKS), ("With short ones", FAR_CAMERAS)):
        plain = arm(records, "no split", method="baseline", **variant)
        if plain.runs:
            split, mixed = (
                100 * plain.last(c).mean for c in ("identities_split", "clusters_mixed")
            )
            told.append(
                f"{where}, {split:.0f}% of the people lie in several clusters and {mixed:.0f}% of "
                "the clusters hold several people in the last epoch."
            )
    return " ".join(told) or f"The baseline has not run; `{RUN_STUDIES}` runs it."


def finding(records: Iterable[Record]) -> Finding:
    """Whether joining lifts AAC to the attributes alone where people are broken apart."""
    plain, aac, _, after, alone, _ = clean_arms(records)
    gain, rest = after.against(aac), after.against(alone)
    return Finding(
        page="merging",
        answer=answer(gain),
        verdict=" ".join([
            "With long tracks, where DBSCAN finds a cluster for each person and camera, AAC is "
            f"{_words(aac.against(plain), 'no split')}; joining clusters of one attribute vector "
            f"after the split is {_words(gain, 'AAC')}.",
            f"It is {_words(rest, 'the attributes alone')}.",
            _noise_sentence(records),
        ]),
        situation="DBSCAN finds far more clusters than you have people",
        advice=_ADVICE[answer(gain)],
        evidence=f"{gap_text(gain)} for joining after AAC against AAC",
    )  # fmt: skip


def noise_finding(records: Iterable[Record]) -> Finding:
    """Whether joining holds where the attributes alone break: wrong ones."""
    _, aac, after, alone, soft = noisy_arms(records)
    gap = after.against(alone)
    held = whole_answer([after.against(other) for other in (aac, alone, soft)])
    return Finding(
        page="merging",
        answer=answer(gap),
        verdict=_noise_sentence(records),
        situation="The same, and single images are annotated wrongly",
        advice=_NOISE_ADVICE.get(held, "joining is not enough: correct the attributes"),
        evidence=f"{gap_text(gap)} for joining after AAC against the attributes alone",
    )  # fmt: skip


_ADVICE = {
    "Yes": "join clusters of one attribute vector after the split",
    "No": "do not join; loosen the clustering",
    "Not settled": "loosen the clustering; joining is not shown to help",
    "Not run": "not run",
}


_NOISE_ADVICE = {"Yes": "join: clusters outvote wrong images", "Not run": "not run"}


def _noise_sentence(records: Iterable[Record]) -> str:
    _, aac, after, alone, soft = noisy_arms(records)
    if after.against(aac).n < 2:
        return ""
    others = {"AAC": aac, "exact vectors alone": alone, "softly matched vectors alone": soft}
    told = [_words(after.against(one), name) for name, one in others.items()]
    return f"With one attribute in ten wrong, image by image, joining is {listed(told)}."


def _words(gap: Interval, other: str) -> str:
    return gap_words(gap, other) if gap.n > 1 else f"not yet compared with {other}"
