"""Sheets of pictures: clusters, ranked lists, identities.

The true identity is a border colour and a letter, what does not belong has a dashed border too, so
colour alone never says anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from aacpy.style import (
    HIT,
    IDENTITY_COLORS,
    INK,
    MISS,
    OTHER_IDENTITY,
    SOFT,
    drawing,
    new_figure,
    say,
)

#: A picture's size on the page, CSS pixels; its border lies in the gap around it.
_WIDTH, _HEIGHT, _GAP = 56.0, 112.0, 10.0

Images = Sequence[str | Path] | NDArray[np.uint8]


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
        "mixed" takes those with the largest share outside the majority identity.
    seed : draws which pictures stand for a cluster with more than `columns`.

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
    rng = np.random.default_rng(seed)
    with drawing():
        if not chosen:
            return say(new_figure(350, 120), "no clusters in this epoch")
        sheet = _Sheet(len(chosen), columns)
        for row, cluster in enumerate(chosen):
            members = np.flatnonzero(labels == cluster)
            names, counts = np.unique(ids[members], return_counts=True)
            ranked = names[np.argsort(-counts, kind="stable")].tolist()
            shown = _sample(members, ids, ranked, columns, rng)
            for column, index in enumerate(shown):
                place = ranked.index(int(ids[index]))
                color = IDENTITY_COLORS[place] if place < len(IDENTITY_COLORS) else OTHER_IDENTITY
                sheet.put(row, column, _pixels(images, index), color, dashed=place > 0,
                          mark=_letter(place))  # fmt: skip
            people = f"{len(ranked)} people" if len(ranked) > 1 else "1 person"
            sheet.say(row, f"{len(members)} images,\n{people}")
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
        sheet = _Sheet(len(lists), ranks + 1, label=0, lead=14)
        for row, item in enumerate(lists):
            query = int(item["query"])
            sheet.put(row, 0, _pixels(dataset.query.paths, query), INK, mark="query")
            for rank, index in enumerate(list(item["gallery"])[:ranks]):
                hit = bool(dataset.gallery.ids[index] == dataset.query.ids[query])
                sheet.put(row, rank + 1, _pixels(dataset.gallery.paths, index),
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
        sheet = _Sheet(len(chosen), columns, label=0, border=False)
        for row, name in enumerate(chosen):
            members = np.flatnonzero(ids == name)
            for column, at in enumerate(evenly(len(members), columns)):
                sheet.put(row, column, _pixels(images, int(members[at])), INK)
    return sheet.figure


class _Sheet:
    """Pictures on a grid, in CSS pixels from the top left."""

    def __init__(
        self, rows: int, columns: int, *, label: float = 86, lead: float = 0, border: bool = True
    ) -> None:
        gap, below = (_GAP, 18.0) if border else (2.0, 0.0)
        self.border, self.gap, self.lead = border, gap, lead
        self.step = (_WIDTH + gap, _HEIGHT + gap + below)
        self.label = label
        width, height = label + lead + columns * self.step[0], rows * self.step[1]
        self.figure = new_figure(width, height)
        self.figure.set_layout_engine("none")
        self.ax: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.ax.set(xlim=(0, width), ylim=(height, 0))
        self.ax.set_axis_off()

    def put(
        self, row: int, column: int, pixels: NDArray[np.uint8], color: str, *,
        dashed: bool = False, mark: str = "",
    ) -> None:  # fmt: skip
        x = self.label + column * self.step[0] + self.gap / 2 + (self.lead if column else 0)
        y = row * self.step[1] + self.gap / 2
        self.ax.imshow(pixels, extent=(x, x + _WIDTH, y + _HEIGHT, y), aspect="auto")
        if self.border:
            frame = Rectangle((x - 2, y - 2), _WIDTH + 4, _HEIGHT + 4, fill=False, ec=color, lw=2.2)
            frame.set_linestyle((0, (2.2, 1.4)) if dashed else "solid")
            self.ax.add_patch(frame)
        if mark:
            self.ax.text(x + _WIDTH / 2, y + _HEIGHT + 12, mark, ha="center", va="center",
                         color=SOFT)  # fmt: skip

    def say(self, row: int, text: str) -> None:
        self.ax.text(0, row * self.step[1] + self.gap / 2 + _HEIGHT / 2, text, va="center")


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
    raise ValueError(f'pick must be "even" or "mixed", not {pick!r}')


def _sample(
    members: NDArray[np.int64],
    ids: NDArray[Any],
    ranked: list[int],
    columns: int,
    rng: np.random.Generator,
) -> list[int]:
    """At most `columns` members, drawn without a choice, the majority identity's first."""
    if len(members) > columns:
        members = np.sort(rng.choice(members, columns, replace=False))
    return sorted(members.tolist(), key=lambda i: (ranked.index(int(ids[i])), i))


def evenly(n: int, k: int) -> NDArray[np.int64]:
    """`k` of `n` positions, evenly spread from first to last; all of them if `n` is less."""
    return np.unique(np.linspace(0, n - 1, min(n, k)).round().astype(np.int64))


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else "…"


def _pixels(images: Images, index: int) -> NDArray[np.uint8]:
    item = images[index]
    if isinstance(item, str | Path):
        with Image.open(item) as picture:
            return np.asarray(picture.convert("RGB"))
    return np.asarray(item, np.uint8)
