"""Which gallery images are a query's matches, and which do not count for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.features import Features

Indices = NDArray[np.int64]


class Labelled:
    """Features with the identity and the camera of each.

    Parameters
    ----------
    name : "query" or "gallery", for errors.
    features : (n, d) numbers, an array or a torch tensor.
    ids, cameras : (n,) integers; identity -1 is junk, 0 a distractor.

    Raises
    ------
    ValueError, TypeError
        If a shape or type is wrong or a feature is not finite.
    """

    def __init__(self, name: str, features: Any, ids: ArrayLike, cameras: ArrayLike) -> None:
        self.features = Features(features, f"{name}_features")
        self.ids, self.cameras = (
            _integers(f"{name}_{what}", values, len(self.features))
            for what, values in (("ids", ids), ("cameras", cameras))
        )
        self._name = name

    def __len__(self) -> int:
        return len(self.ids)

    def without_junk(self) -> Labelled:
        """The same without the images of identity -1."""
        kept = self.ids != -1
        if kept.all():
            return self
        if not kept.any():
            raise ValueError(f"no query has a true match: the {self._name} is all junk (-1)")
        features = self.features
        rows = (
            features.rows[kept] if features.on_gpu is None else features.on_gpu[kept.nonzero()[0]]
        )
        return Labelled(self._name, rows, self.ids[kept], self.cameras[kept])


def _integers(name: str, values: ArrayLike, count: int) -> Indices:
    found = np.asarray(values)
    if found.shape != (count,) or found.dtype.kind not in "iu":
        raise ValueError(f"{name} must be {count} integers, not {found.shape} {found.dtype}")
    return found.astype(np.int64)  # signed, since unsigned identities would make -1 a large number


@dataclass(frozen=True)
class Pairs:
    """Queries, a gallery without junk, and which of their pairs are of one identity.

    Attributes
    ----------
    order : (g,) gallery indices sorted by identity, those of one identity ascending.
    first, last : (q,) query i's identity has the gallery images order[first[i] : last[i]]; those
        of its own camera do not count, the others are its matches.
    offsets : (q + 1,) where each query's matches begin in a list of all.
    """

    query: Labelled
    gallery: Labelled
    order: Indices
    first: Indices
    last: Indices
    offsets: Indices


def pair_up(query: Labelled, gallery: Labelled) -> Pairs:
    """Find the pairs of one identity."""
    if query.features.rows.shape[1] != gallery.features.rows.shape[1]:
        raise ValueError(
            f"query and gallery features must have one width, not "
            f"{query.features.rows.shape[1]} and {gallery.features.rows.shape[1]}"
        )
    order = np.argsort(gallery.ids, kind="stable")
    ids = gallery.ids[order]
    first, last = (np.searchsorted(ids, query.ids, side) for side in ("left", "right"))
    matches = [
        np.count_nonzero(gallery.cameras[order[a:b]] != camera)
        for a, b, camera in zip(first, last, query.cameras, strict=True)
    ]
    offsets = np.concatenate([[0], np.cumsum(matches)]).astype(np.int64)
    return Pairs(query, gallery, order, first, last, offsets)
