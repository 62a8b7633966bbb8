"""Retrieval scores, against sorting every query's row."""

from __future__ import annotations

from typing import Any

import numpy as np

from aacpy import evaluate_retrieval
from benchmarks import textbook
from benchmarks.features import data_words, features_of, test_images
from benchmarks.limits import product
from benchmarks.stage import Arrays, Size, Stage, Work, same

RANKS = (1, 5, 10)
LONG = 20_000


def prepare(size: Size) -> dict[str, Any]:
    """Queries and a gallery of about n images, as the library takes them and in float64."""
    queries, gallery = test_images(size.n)
    left, right = features_of(queries, size.width, 1), features_of(gallery, size.width, 1)
    arguments = (left, queries.ids, queries.cameras, right, gallery.ids, gallery.cameras)
    return {"arguments": arguments, "single": (left, right)}


def library(data: dict[str, Any]) -> Any:
    """mAP, CMC, then every query's average precision."""
    scores = evaluate_retrieval(*data["arguments"], ranks=RANKS)
    return [scores.mean_ap, *(scores.cmc[r] for r in RANKS), *scores.average_precision]


def loop(data: dict[str, Any]) -> Any:
    """The same by the textbook."""
    precisions, firsts = textbook.average_precisions(*data["arguments"])
    valid = np.isfinite(precisions)
    shares = [np.mean(firsts[valid] <= rank) for rank in RANKS]
    return [np.mean(precisions[valid]), *shares, *precisions]


def check(results: Arrays) -> dict[str, bool]:
    """Equal scores, to the last bit."""
    return {"the loop's scores": same(results, "library", "textbook")}


def shape(size: Size) -> str:
    """Queries, gallery, dimension."""
    queries, gallery = test_images(size.n)
    return f"{len(queries):,} × {len(gallery):,} × {size.width:,}"


STAGE = Stage(
    name="evaluation",
    title="mAP and CMC",
    limit="query-gallery product, float32",
    textbook="float64, each query's gallery sorted",
    data=f"clustered features, {data_words()}",
    works={
        "library": Work(library, once_from=LONG, peak=True),
        "limit": Work(lambda data: product(*data["single"]), once_from=LONG),
        "textbook": Work(loop, largest=15_913, once_from=15_913, peak=True),
    },
    sizes=[Size(n, 2048) for n in (2_000, 4_000, 8_000, 15_913, 31_826)],
    quick=[Size(300, 16)],
    prepare=prepare,
    shape=shape,
    check=check,
)
