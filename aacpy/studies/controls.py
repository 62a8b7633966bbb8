"""Splits that know no attributes, into as many parts as AAC makes: what attributes are worth."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning

from aacpy.studies.arrays import Floats, Ints, checked_ints, numbered, unit_rows


def split_like(
    labels: ArrayLike,
    reference: ArrayLike,
    features: ArrayLike,
    how: str,
    rng: np.random.Generator,
) -> Ints:
    """Split each cluster into exactly as many parts as the reference makes of it.

    Parameters
    ----------
    labels : (n,) int
        Pseudo-labels; -1 marks an un-clustered sample.
    reference : (n,) int
        AAC's labels of the same samples: -1 where `labels` is -1, and no label in two clusters.
    features : (n, d) float
        Rows of any length; only their directions matter.
    how : str
        "kmeans": k-means of the unit rows, one start by k-means++.
        "agglomerative": average linkage of the cosine distance; it draws nothing.
        "random": the reference's parts, of its sizes, with the cluster's members permuted.
    rng : numpy.random.Generator
        Drawn from once a split cluster, in the order of the labels.

    Returns
    -------
    (n,) int64
        New labels from 0 without gaps, -1 where `labels` is -1, ordered by the old label. Where
        equal rows leave k-means with fewer parts, the last members of the largest part make up for
        those missing.

    Raises
    ------
    ValueError
        If a shape, length, type or value is wrong, or `reference` does not refine `labels`.
    """
    if how not in SPLITS:
        raise ValueError(f"how must be one of {', '.join(SPLITS)}, not {how!r}")
    labels = checked_ints("labels", labels)
    reference = _checked_refinement(labels, reference)
    if not len(labels):
        return labels
    rows = unit_rows(features, len(labels))
    parts = np.zeros(len(labels), np.int64)
    clusters = numbered(labels)
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(clusters.max() + 2))
    for start, stop in pairwise(starts):
        members = order[start:stop]
        codes = numbered(reference[members])
        if codes.max() > 0:
            parts[members] = SPLITS[how](rows[members], codes, rng)
    return numbered(labels, parts)


def _kmeans(rows: Floats, codes: Ints, rng: np.random.Generator) -> Ints:
    n_parts = int(codes.max()) + 1
    model = KMeans(n_parts, n_init=1, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than parts
        parts = model.fit_predict(rows)
    return _filled(numbered(np.asarray(parts, np.int64)), n_parts)


def _filled(parts: Ints, n_parts: int) -> Ints:
    """The parts, and new ones of single members of the largest until there are `n_parts`."""
    parts = parts.copy()
    for missing in range(int(parts.max()) + 1, n_parts):
        (largest,) = np.nonzero(parts == np.bincount(parts).argmax())
        parts[largest[-1]] = missing
    return parts


def _agglomerative(rows: Floats, codes: Ints, rng: np.random.Generator) -> Ints:
    distances = np.maximum(1 - rows @ rows.T, 0.0)
    np.fill_diagonal(distances, 0.0)
    model = AgglomerativeClustering(int(codes.max()) + 1, metric="precomputed", linkage="average")
    return np.asarray(model.fit_predict(distances), np.int64)


def _random(rows: Floats, codes: Ints, rng: np.random.Generator) -> Ints:
    return rng.permutation(codes)


SPLITS: dict[str, Callable[[Floats, Ints, np.random.Generator], Ints]] = {
    "kmeans": _kmeans,
    "agglomerative": _agglomerative,
    "random": _random,
}


def _checked_refinement(labels: Ints, reference: ArrayLike) -> Ints:
    refined = checked_ints("reference", reference, n=len(labels))
    if not np.array_equal(refined < 0, labels < 0):
        raise ValueError("reference must be -1 exactly where labels is -1")
    if numbered(labels, refined).max(initial=-1) != numbered(refined).max(initial=-1):
        raise ValueError("reference must refine labels: one of its clusters lies in two of labels")
    return refined
