"""P x K batches: P clusters, K images of each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pk_batches(
    labels: ArrayLike,
    cameras: ArrayLike,
    *,
    identities: int,
    instances: int,
    iterations: int,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.int64]]:
    """Yield `iterations` batches of image indices, P clusters of K images each.

    Clusters come in random order, each once before any comes again. Of a cluster, one anchor
    image is drawn; the other K - 1 come from other cameras than the anchor's, or from the
    anchor's camera if the cluster has no other; with replacement only where there are too few.

    Parameters
    ----------
    labels : (n,) int; -1 = un-clustered, never drawn.
    cameras : (n,) int
    identities : P; if there are fewer clusters, every batch holds all of them.
    instances : K
    rng : draws everything.

    Yields
    ------
    (P * K,) int64, the K images of a cluster side by side.

    Raises
    ------
    ValueError
        If lengths differ or there is no cluster.
    """
    labels, cameras = np.asarray(labels), np.asarray(cameras)
    if labels.ndim != 1 or labels.shape != cameras.shape:
        raise ValueError(
            f"labels and cameras must have one length, not {labels.shape} and {cameras.shape}"
        )
    order = np.argsort(labels, kind="stable")
    clusters, starts = np.unique(labels[order], return_index=True)
    members = dict(zip(clusters.tolist(), np.split(order, starts[1:]), strict=True))
    members.pop(-1, None)
    if not members:
        raise ValueError("there is no cluster to draw from: all labels are -1")
    keys = np.array(sorted(members))
    width = min(identities, len(keys))
    queue = np.empty(0, np.int64)
    for _ in range(iterations):
        if len(queue) < width:
            rest = rng.permutation(np.setdiff1d(keys, queue))
            queue = np.concatenate([queue, rest, rng.permutation(queue)])
        chosen, queue = queue[:width], queue[width:]
        yield np.concatenate([_draw(members[c], cameras, instances, rng) for c in chosen.tolist()])


def _draw(
    members: NDArray[np.int64], cameras: NDArray[np.int64], k: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    anchor = rng.choice(members)
    others = members[cameras[members] != cameras[anchor]]
    if not len(others):
        others = members[members != anchor]
    if not len(others):
        return np.full(k, anchor)
    return np.append(anchor, rng.choice(others, k - 1, replace=len(others) < k - 1))
