"""Settings beyond the paper, of the book's studies: at their defaults a run is the paper's.

A config's `to_dict` leaves out those that stand at their default, so a record of the paper's
method says nothing of the studies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from aacpy.config_values import nearest, setting, shown
from aacpy.errors import ConfigError

#: The attributes as an annotator answers them; a colour's eight or nine columns are one of them.
ATTRIBUTES = (
    "age", "gender", "hair", "hat", "backpack", "bag", "handbag", "clothes", "up", "up_colour",
    "down", "down_colour",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StudySettings:
    """What the paper keeps fixed and the studies vary; see `aacpy.studies`."""

    # Rendered data
    camera_gap: float = setting(
        1.0,
        "how far rendered cameras differ in colour and light; 1: the benchmark's",
        low=0,
        high=4,
    )

    # Attributes that the method is given
    attributes_used: str = setting(
        "all", "'all', 'topN' (the N that say most together), names, or 'all but' and names"
    )
    attribute_error: float = setting(
        0.0, "probability that an annotated attribute is wrong", low=0, high=1
    )
    error_unit: str = setting(
        "image", "what shares an annotator's errors: each image, or all of an identity's",
        choices=("image", "identity"),
    )  # fmt: skip
    attributes_missing: float = setting(
        0.0, "share of identities whose attributes are unknown", low=0, high=1
    )
    attributes_labelled: float = setting(
        1.0, "share of identities that are annotated; the others' attributes are predicted by a "
        "classifier trained on them", low=0, high=1, open_low=True,
    )  # fmt: skip
    identities_labelled: float = setting(
        0.0, "share of identities whose images have their identity as label", low=0, high=1
    )

    # Splitting
    split_by: str = setting(
        "attributes", "what splits clusters; others make as many parts of each as attributes would",
        choices=("attributes", "kmeans", "agglomerative", "random"),
    )  # fmt: skip
    match_distance: int = setting(
        0, "attributes in which the vectors of a group may differ, on average", low=0, high=27
    )
    split_rule: str = setting(
        "delta", "which groups split off: those above delta, or by a rule without threshold",
        choices=("delta", "silhouette", "description"),
    )  # fmt: skip
    leftovers: str = setting(
        "keep", "what becomes of a split cluster's other images",
        choices=("keep", "drop", "reattach"),
    )  # fmt: skip
    outliers: str = setting(
        "drop", "what becomes of un-clustered images", choices=("drop", "reattach")
    )

    # Joining
    merge: str = setting(
        "none", "join near clusters of one attribute vector, before or after splitting",
        choices=("none", "before", "after"),
    )  # fmt: skip
    merge_similarity: float = setting(
        0.5, "cosine of two clusters' centroids from which they are joined", low=-1, high=1
    )


#: Study setting -> its default.
STUDY_DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(StudySettings)}


def attributes_named(text: str) -> tuple[str, ...] | int:
    """What `attributes_used` asks for: names of `ATTRIBUTES` in their order, or N of "topN".

    Raises
    ------
    ConfigError
        If it names no attribute, or one that is unknown.
    """
    top = re.fullmatch(r"top([1-9]|1[0-2])", text)
    if top:
        return int(top.group(1))
    all_but = text.startswith("all but ")
    names = text.removeprefix("all but ").split()
    if text == "all":
        return ATTRIBUTES
    for name in names:
        if name not in ATTRIBUTES:
            raise ConfigError(
                f"attributes_used must be 'all', 'top1' to 'top12', or names of attributes, not "
                f"{shown(name)}{nearest(name, ATTRIBUTES)}"
            )
    chosen = tuple(name for name in ATTRIBUTES if (name in names) != all_but)
    if not names or not chosen:
        raise ConfigError(f"attributes_used must leave an attribute, not {shown(text)}")
    return chosen
