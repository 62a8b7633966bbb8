"""The split by attribute vectors (Eq. 4), against dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np

from aacpy import split_clusters
from benchmarks import textbook
from benchmarks.features import attributes_of, data_words, train_images
from benchmarks.stage import Arrays, Size, Stage, Work, same, thousands

DELTA = 5


def prepare(size: Size) -> dict[str, Any]:
    """Clusters of three people each, a tenth un-clustered, and everyone's attribute vector."""
    images = train_images(size.n)
    labels = np.unique(images.ids, return_inverse=True)[1] // 3
    labels[np.random.default_rng(0).random(size.n) < 0.1] = -1
    return {"labels": labels, "attributes": attributes_of(images)[:, : size.width]}


def check(results: Arrays) -> dict[str, bool]:
    """Equal labels."""
    return {"the textbook's labels": same(results, "library", "textbook")}


STAGE = Stage(
    name="split",
    title="AAC's split",
    limit="one copy of the attributes",
    textbook="dictionaries of vectors",
    data=f"clusters of three people, {data_words()}",
    works={
        "library": Work(lambda d: split_clusters(d["labels"], d["attributes"], DELTA), peak=True),
        "limit": Work(lambda d: d["attributes"].copy()),
        "textbook": Work(
            lambda d: textbook.split_clusters(d["labels"], d["attributes"], DELTA), peak=True
        ),
    },
    sizes=[Size(n, 27) for n in (1_500, 6_000, 12_936, 50_000, 200_000)],
    quick=[Size(200, 27)],
    prepare=prepare,
    shape=thousands,
    check=check,
)
