"""The exact search for nearest neighbours, against sorting every row of all similarities."""

from __future__ import annotations

from aacpy.neighbors import nearest_neighbors
from benchmarks import textbook
from benchmarks.features import Features, data_words, features_of, train_images
from benchmarks.limits import product_of_pairs
from benchmarks.stage import Arrays, Size, Stage, Work, same, thousands

K = 30
LONG = 20_000


def prepare(size: Size) -> Features:
    """Clustered features."""
    return features_of(train_images(size.n), size.width)


def check(results: Arrays) -> dict[str, bool]:
    """Equal lists, in order."""
    return {"the textbook's lists": same(results, "library", "textbook")}


STAGE = Stage(
    name="neighbors",
    title="nearest neighbours, exact",
    limit="inner product of every pair once, float32",
    textbook="all similarities in float64, every row sorted",
    data=f"clustered features, {data_words()}",
    works={
        "library": Work(
            lambda x: nearest_neighbors(x, K, search="exact").indices, once_from=LONG, peak=True
        ),
        "limit": Work(product_of_pairs, once_from=LONG),
        "textbook": Work(
            lambda x: textbook.nearest(x, K), largest=12_936, once_from=6_000, peak=True
        ),
    },
    sizes=[Size(n, 2048) for n in (1_500, 3_000, 6_000, 12_936, 25_872)],
    quick=[Size(200, 16)],
    prepare=prepare,
    shape=thousands,
    check=check,
)
