"""Sheets of pictures: clusters, ranked lists, identities.

The true identity is a border colour and a letter, what does not belong has a dashed border too, so
colour alone never says anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aacpy.report.mixtures import mixtures
from aacpy.report.picture_grid import Images, PictureGrid, pixels_of
from aacpy.report.style import (
    HIT,
    IDENTITY_COLORS,
    INK,
    MISS,
    OTHER_IDENTITY,
    drawing,
    new_figure,
    say,
)

#: Picks that are kinds of `Mixtures`.
_KINDS = ("separable", "strays")


class _Split(Protocol):
    @property
    def paths(self) -> Sequence[Path]: ...
    @property
    def ids(self) -> NDArray[np.int64]: ...


class _Dataset(Protocol):
    @property
    def query(self) -> _Split: ...
    @property
    def gallery(self) -> _Split: ...


def contact_sheet(
    images: Images,
    labels: ArrayLike,
    ids: ArrayLike,
    *,
    rows: int = 6,
    columns: int = 9,
    pick: str = "even",
    seed: int = 0,
) -> Figure:
    """Clusters as rows of pictures (the paper's Figures 2, 4 and 7).

    Parameters
    ----------
    images : n paths, or an (n, h, w, 3) uint8 array.
    labels : (n,) int, clusters; -1 (un-clustered) is left out.
    ids : (n,) int, true identities: border colour and letter, A being the row's majority.
    rows, columns : clusters shown, and at most this many pictures of each.
    pick : "even" takes clusters spread evenly over the order by size, so that no one chose them;
        "mixed" takes those with the largest share outside the majority identity; "separable" and
        "strays" take, evenly, those that `mixtures` calls so.
    seed : draws which pictures stand for a cluster with more than `columns`. For "separable" and
        "strays" none are drawn: they are spread evenly over the cluster's people instead, so that
        the last of these is there.

    Raises
    ------
    ValueError
        If lengths differ or `pick` is unknown.
    """
    labels, ids = np.asarray(labels), np.asarray(ids)
    if not len(images) == len(labels) == len(ids):
        raise ValueError(
            f"images, labels and ids must have one length, not {len(images)}, {len(labels)} and "
            f"{len(ids)}"
        )
    chosen = _pick_clusters(labels, ids, rows, pick)
    rng = None if pick in _KINDS else np.random.default_rng(seed)
    with drawing():
        if not chosen:
            what = "such clusters" if pick in _KINDS else "clusters"
            return say(new_figure(350, 120), f"no {what} in this epoch")
        sheet = PictureGrid(len(chosen), columns)
        for row, cluster in enumerate(chosen):
            members = np.flatnonzero(labels == cluster)
            ranked = rank_people(ids[members])
            for column, index in enumerate(_sample(members, ids, ranked, columns, rng)):
                _put(sheet, row, column, images, index, ranked.index(int(ids[index])))
            people = f"{len(ranked)} people" if len(ranked) > 1 else "1 person"
            sheet.say(row, f"{len(members)} image{'s' if len(members) > 1 else ''},\n{people}")
    return sheet.figure


def split_sheet(
    images: Images, before: ArrayLike, after: ArrayLike, ids: ArrayLike, *, columns: int = 9
) -> Figure:
    """One cluster as DBSCAN found it, and below it what the split of Eq. 4 makes of it.

    The cluster shown is the smallest of those that fell into three parts, so that little is left
    out, or into two where none fell into three.

    Parameters
    ----------
    images : n paths, or an (n, h, w, 3) uint8 array.
    before, after : (n,) int, labels before and after the split; -1 is un-clustered.
    ids : (n,) int, true identities: border colour and letter, A being the cluster's majority.
    columns : pictures of the cluster at most; drawn evenly.
    """
    before, after, ids = np.asarray(before), np.asarray(after), np.asarray(ids)
    cluster = _most_split(before, after)
    with drawing():
        if cluster is None:
            return say(new_figure(350, 120), "no cluster was split in this epoch")
        members = np.flatnonzero(before == cluster)
        ranked = rank_people(ids[members])
        members = np.array(sorted(members, key=lambda i: (after[i], ranked.index(int(ids[i])), i)))
        shown = members[evenly(len(members), columns)]
        parts, sizes = np.unique(after[members], return_counts=True)
        sheet = PictureGrid(1 + len(parts), columns, label=110)
        sheet.say(0, f"one cluster,\n{len(members)} images")
        for row, size in enumerate(sizes, start=1):
            sheet.say(row, f"{size} image{'s' if size > 1 else ''}\nafter the split")
        for column, index in enumerate(shown):
            for row in (0, 1 + int(np.searchsorted(parts, after[index]))):
                _put(sheet, row, column, images, int(index), ranked.index(int(ids[index])))
    return sheet.figure


def ranked_lists(
    dataset: _Dataset, retrievals: Iterable[Mapping[str, Any]], *, rows: int = 5, ranks: int = 10
) -> Figure:
    """Queries and what the gallery answers, best first: hits solid, misses dashed.

    Parameters
    ----------
    dataset : what the run was evaluated on.
    retrievals : a record's `retrievals`: {"query": index, "gallery": indices, best first}.
    rows, ranks : how many queries and ranks at most.
    """
    lists = list(retrievals)[:rows]
    with drawing():
        if not lists:
            return say(new_figure(350, 120), "this record keeps no ranked list")
        sheet = PictureGrid(len(lists), ranks + 1, label=0, lead=14)
        for row, item in enumerate(lists):
            query = int(item["query"])
            sheet.put(row, 0, pixels_of(dataset.query.paths, query), INK, mark="query")
            for rank, index in enumerate(list(item["gallery"])[:ranks]):
                hit = bool(dataset.gallery.ids[index] == dataset.query.ids[query])
                sheet.put(row, rank + 1, pixels_of(dataset.gallery.paths, index),
                          HIT if hit else MISS, dashed=not hit,
                          mark=f"{rank + 1} {'✓' if hit else '✗'}")  # fmt: skip
    return sheet.figure


def identity_sheet(
    images: Images, ids: ArrayLike, *, rows: int = 8, columns: int = 8, seed: int = 0
) -> Figure:
    """`rows` identities, `columns` views of each, one identity a row.

    Identities are spread evenly over those with enough images, views evenly over an identity's.
    """
    ids = np.asarray(ids)
    names, counts = np.unique(ids, return_counts=True)
    enough = names[counts >= columns]
    chosen = enough[evenly(len(enough), rows)] if len(enough) else enough
    with drawing():
        if not len(chosen):
            return say(new_figure(350, 120), f"no identity has {columns} images")
        sheet = PictureGrid(len(chosen), columns, label=0, border=False)
        for row, name in enumerate(chosen):
            members = np.flatnonzero(ids == name)
            for column, at in enumerate(evenly(len(members), columns)):
                sheet.put(row, column, pixels_of(images, int(members[at])), INK)
    return sheet.figure


def _put(sheet: PictureGrid, row: int, column: int, images: Images, index: int, place: int) -> None:
    """A cluster's member; `place` is its identity's, 0 being the majority."""
    color = IDENTITY_COLORS[place] if place < len(IDENTITY_COLORS) else OTHER_IDENTITY
    sheet.put(row, column, pixels_of(images, index), color, dashed=place > 0, mark=letter(place))


def rank_people(ids: NDArray[Any]) -> list[int]:
    """Identities, the most frequent first."""
    names, counts = np.unique(ids, return_counts=True)
    return [int(name) for name in names[np.argsort(-counts, kind="stable")]]


def _most_split(before: NDArray[Any], after: NDArray[Any]) -> int | None:
    """The smallest cluster that fell into three parts, else into two; None if none was split."""
    found = []
    for cluster in np.unique(before[before >= 0]):
        members = after[before == cluster]
        parts = len(np.unique(members))
        if parts in (2, 3):
            found.append((-parts, len(members), int(cluster)))
    return min(found)[2] if found else None


def _pick_clusters(labels: NDArray[Any], ids: NDArray[Any], rows: int, pick: str) -> list[int]:
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    if pick == "even":
        order = names[np.argsort(-counts, kind="stable")]
        return [int(c) for c in order[evenly(len(order), rows)]]
    if pick == "mixed":
        impure = {}
        for name, count in zip(names, counts, strict=True):
            largest = np.unique(ids[labels == name], return_counts=True)[1].max()
            impure[int(name)] = 1 - float(largest) / float(count)
        return sorted(impure, key=lambda c: (-impure[c], c))[:rows]
    if pick in _KINDS:
        kind = set(getattr(mixtures(labels, ids), pick))
        found = [int(c) for c in names[np.argsort(-counts, kind="stable")] if int(c) in kind]
        return [found[i] for i in evenly(len(found), rows)] if found else []
    raise ValueError(f'pick must be "even", "mixed", "separable" or "strays", not {pick!r}')


def _sample(
    members: NDArray[np.int64],
    ids: NDArray[Any],
    ranked: list[int],
    columns: int,
    rng: np.random.Generator | None,
) -> list[int]:
    """At most `columns` members, the majority identity's first: drawn, or without `rng` evenly."""
    if rng is not None and len(members) > columns:
        members = np.sort(rng.choice(members, columns, replace=False))
    ordered = sorted(members.tolist(), key=lambda i: (ranked.index(int(ids[i])), i))
    return [ordered[i] for i in evenly(len(ordered), columns)]


def evenly(n: int, k: int) -> NDArray[np.int64]:
    """`k` of `n` positions, evenly spread from first to last; all of them if `n` is less."""
    return np.unique(np.linspace(0, n - 1, min(n, k)).round().astype(np.int64))


def letter(place: int) -> str:
    """Name of the identity at a place by frequency: A, B, ..., Z, and … for all after."""
    return chr(ord("A") + place) if place < 26 else "…"
