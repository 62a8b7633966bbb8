"""Clusters that mix people, of the two kinds that the paper's Section 3.2 tells apart.

In the first (its Figure 2) several people have enough images to be a cluster of their own, in the
second (its Figure 4) one person fills the cluster and everybody else has an image or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aacpy.report.reported import PAPER_DELTA


@dataclass(frozen=True)
class Mixtures:
    """Labels of the clusters of a clustering, by what they mix.

    Attributes
    ----------
    pure : clusters of one person.
    separable : clusters in which at least two people have enough images each.
    strays : clusters in which everybody but one has only a few images.
    between : the other mixed clusters.
    """

    pure: list[int]
    separable: list[int]
    strays: list[int]
    between: list[int]


#: One more than the paper's delta: a group that is split off has at least as many images.
ENOUGH = PAPER_DELTA + 1
#: "Just one or two" images, as the paper has it.
FEW = 2


def mixtures(
    labels: ArrayLike, ids: ArrayLike, *, enough: int = ENOUGH, few: int = FEW
) -> Mixtures:
    """Sort clusters by what they mix.

    Parameters
    ----------
    labels, ids : (n,) int, clusters (-1 = un-clustered, left out) and true identities.
    enough : images with which a person could be a cluster of its own.
    few : images of each other person in a cluster with strays, at most.

    Raises
    ------
    ValueError
        If lengths differ, or `few` is not below `enough`.
    """
    labels, ids = np.asarray(labels), np.asarray(ids)
    if labels.shape != ids.shape or labels.ndim != 1:
        raise ValueError(f"labels and ids must have one length, not {labels.shape}, {ids.shape}")
    if not 0 < few < enough:
        raise ValueError(f"few must be from 1 to below enough={enough}, not {few}")
    found = Mixtures([], [], [], [])
    for cluster in np.unique(labels[labels >= 0]):
        counts = np.sort(np.unique(ids[labels == cluster], return_counts=True)[1])[::-1]
        if len(counts) == 1:
            kind = found.pure
        elif counts[1] >= enough:
            kind = found.separable
        else:
            kind = found.strays if counts[1] <= few else found.between
        kind.append(int(cluster))
    return found
