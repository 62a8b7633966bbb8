"""The columns of a record's series: what each means, and which values it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aacpy.config_values import shown
from aacpy.field_checks import is_number
from aacpy.study_settings import STUDY_DEFAULTS

#: Per-epoch columns of `Record.series`; None marks an epoch without that measurement.
SERIES: Mapping[str, str] = {
    "epoch": "epoch, from 0",
    "loss": "mean ClusterNCE loss (Eq. 1) of the epoch's steps, nats",
    "clusters_before": "clusters that DBSCAN found",
    "clusters": "clusters trained on (after AAC where it applies)",
    "unclustered": "training images without a pseudo-label (-1)",
    "neighbor_recall": (
        "share of the exact k1 neighbours that the approximate search found, on a sample; none "
        "where the search is exact"
    ),
    "purity_before": "as `purity`, of the clusters that DBSCAN found",
    "ari_before": "as `ari`, of the clusters that DBSCAN found",
    "ami_before": "as `ami`, of the clusters that DBSCAN found",
    "purity": "share of clustered images in their cluster's majority identity",
    "ari": "adjusted Rand index with the identities, clustered images only",
    "ami": "adjusted mutual information with the identities, clustered images only",
    "mean_ap": "mean average precision on query and gallery, in [0, 1]",
    "rank1": "CMC at rank 1, in [0, 1]",
    "rank5": "CMC at rank 5, in [0, 1]",
    "rank10": "CMC at rank 10, in [0, 1]",
}

#: Further columns of a run with a setting of the studies; "_before" as above.
STUDY_SERIES: Mapping[str, str] = {
    "identities_split_before": "as `identities_split`, of the clusters that DBSCAN found",
    "clusters_mixed_before": "as `clusters_mixed`, of the clusters that DBSCAN found",
    "pair_recall_before": "as `pair_recall`, of the clusters that DBSCAN found",
    "pair_precision_before": "as `pair_precision`, of the clusters that DBSCAN found",
    "identities_split": "share of identities whose clustered images lie in several clusters",
    "clusters_mixed": "share of clusters with images of several identities",
    "pair_recall": "share of an identity's pairs of clustered images that share a cluster",
    "pair_precision": "share of a cluster's pairs of images that share an identity",
    "attributes_right": "share of images whose attributes in use are all right and known",
}
SCORES = ("mean_ap", "rank1", "rank5", "rank10")

_COUNTS = ("clusters_before", "clusters", "unclustered")
_ALWAYS_THERE = ("clusters", "unclustered")
_LARGEST_LOSS = 3.5e38  # no float32 is larger
_SLACK = 1e-9  # an index that was computed can be this far above 1


def series_columns(settings: Collection[str]) -> tuple[str, ...]:
    """The columns of a run whose config's `to_dict` has these `settings`."""
    is_study = not set(STUDY_DEFAULTS).isdisjoint(settings)
    return (*SERIES, *STUDY_SERIES) if is_study else tuple(SERIES)


def check_series(
    series: Any, scores: Any, columns: Collection[str], epochs: int, images: int
) -> None:
    """Raise a ValueError unless the columns are those of a run, and the scores its last epoch's.

    Parameters
    ----------
    series, scores : see `Record`.
    columns : the names that the run's columns have, see `series_columns`.
    epochs : how many the run has.
    images : in the training split; no count is larger.
    """
    if not isinstance(series, dict) or set(series) != set(columns):
        raise ValueError(f"series must hold the columns {', '.join(columns)}")
    for name, column in series.items():
        if not isinstance(column, list) or len(column) != epochs:
            raise ValueError(f"series {name!r} must have {epochs} values")
        for epoch, value in enumerate(column):
            _check_value(name, epoch, value, images)
    if any(len({series[name][epoch] is None for name in SCORES}) > 1 for epoch in range(epochs)):
        raise ValueError(f"series must hold {', '.join(SCORES)} of the same epochs")
    if not isinstance(scores, dict) or set(scores) != set(SCORES):
        raise ValueError(f"scores must be {', '.join(SCORES)}")
    for name, value in scores.items():
        if not is_number(value) or not 0 <= value <= 1:
            raise ValueError(f"score {name} must be in [0, 1], not {shown(value)}")
        if value != series[name][-1]:
            raise ValueError(f"score {name} is not the last epoch's")


def _check_value(name: str, epoch: int, value: Any, images: int) -> None:
    if value is None and name not in ("epoch", *_ALWAYS_THERE):
        return
    if not is_number(value):
        raise ValueError(
            f"series {name!r} holds something that is no number, in epoch {epoch}: {shown(value)}"
        )
    low, high = _range(name, epoch, images)
    if not low <= value <= high or (name in ("epoch", *_COUNTS) and not isinstance(value, int)):
        kind = "a whole number" if name in ("epoch", *_COUNTS) else "a number"
        raise ValueError(
            f"series {name!r} must hold {kind} from {low:g} to {high:g} in epoch {epoch}, not "
            f"{shown(value)}"
        )


def _range(name: str, epoch: int, images: int) -> tuple[float, float]:
    """Smallest and largest value of a column in an epoch."""
    if name == "epoch":
        return epoch, epoch
    if name == "loss":
        return -_LARGEST_LOSS, _LARGEST_LOSS
    if name in _COUNTS:
        return 0, images
    if name.startswith(("ari", "ami")):
        return -1 - _SLACK, 1 + _SLACK
    return 0, 1 + _SLACK
