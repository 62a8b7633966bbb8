"""What is wrong with pseudo-labels: identities split over clusters, and clusters that mix them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics.cluster import contingency_matrix

from aacpy.studies.arrays import checked_ints


def diagnose(labels: ArrayLike, ids: ArrayLike) -> dict[str, float | None]:
    """Compare pseudo-labels with identities, over the clustered images.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered image, which does not count.
    ids : (n,) int
        Identities. As in Market-1501, -1 marks an image of no identity (junk), which does not count
        either.

    Returns
    -------
    dict
        Each in [0, 1], or None where there is nothing to take a share of:

        - identities_split: identities whose images lie in two or more clusters, as a share of
          those with a clustered image;
        - clusters_mixed: clusters with two or more identities, as a share of all;
        - pair_recall: pairs of images of one identity that share a cluster, as a share of such
          pairs;
        - pair_precision: pairs of images in one cluster that share an identity, as a share of such
          pairs.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong.

    Notes
    -----
    Pair precision and recall are Manning, Raghavan and Schütze, "Introduction to information
    retrieval", 2008, Section 16.3. O(n log n) time, from the table of images per identity and
    cluster.
    """
    labels = checked_ints("labels", labels)
    ids = checked_ints("ids", ids, n=len(labels))
    counted = (labels >= 0) & (ids >= 0)
    table = contingency_matrix(ids[counted], labels[counted], sparse=True, dtype=np.int64)
    row, column = table.nonzero()
    clusters_of_id, ids_of_cluster = np.bincount(row), np.bincount(column)
    together = _pairs(table.data)
    return {
        "identities_split": _share((clusters_of_id > 1).sum(), len(clusters_of_id)),
        "clusters_mixed": _share((ids_of_cluster > 1).sum(), len(ids_of_cluster)),
        "pair_recall": _share(together, _pairs(table.sum(axis=1))),
        "pair_precision": _share(together, _pairs(table.sum(axis=0))),
    }


def _pairs(sizes: ArrayLike) -> int:
    """Unordered pairs inside groups of these sizes."""
    sizes = np.asarray(sizes)
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
