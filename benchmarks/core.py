"""Time of the library's parts at Market-1501's size of labels and at the embedded benchmark's size.

python benchmarks/core.py [--repeats R]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from aacpy import cluster_features, evaluate_retrieval, split_clusters


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of `work` in milliseconds, after one call that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return float(1000 * np.median(times))


def main() -> None:
    """Parse the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    rng = np.random.default_rng(0)

    labels = rng.integers(-1, 700, 12_936)
    attributes = rng.integers(1, 3, (508, 27))[rng.integers(0, 508, 12_936)]
    elapsed = median_ms(lambda: split_clusters(labels, attributes, 5), repeats)
    print(f"split_clusters, 12,936 x 27:              {elapsed:8.1f} ms")

    ids = np.repeat(np.arange(100), 12)
    features = rng.normal(size=(100, 512))[ids] + 2 * rng.normal(size=(1200, 512))
    elapsed = median_ms(lambda: cluster_features(features, k1=20), repeats)
    print(f"cluster_features, 1,200 x 512:            {elapsed:8.1f} ms")

    query, gallery = np.arange(0, 1200, 3), np.arange(1200)
    cameras = np.tile(np.arange(12) // 3, 100)
    elapsed = median_ms(
        lambda: evaluate_retrieval(
            features[query], ids[query], cameras[query], features[gallery], ids, cameras
        ),
        repeats,
    )
    print(f"evaluate_retrieval, 400 x 1,200 x 512:    {elapsed:8.1f} ms")


if __name__ == "__main__":
    main()
