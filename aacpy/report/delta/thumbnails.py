"""Small pictures for HTML: one JPEG that holds them all, and groups of them with borders.

A border's colour and letter are the true identity, as in `report.sheets`; whoever is not the most
frequent has a dashed border too.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aacpy.datasets.integrity import open_image
from aacpy.report.sheets import evenly, letter, rank_people
from aacpy.report.style import IDENTITY_COLORS, OTHER_IDENTITY

#: A picture's size, pixels of the JPEG and of the page.
WIDTH, HEIGHT = 36, 72

_COLUMNS = 20


class Sprite:
    """Pictures on one JPEG, a `_COLUMNS`-wide grid.

    Parameters
    ----------
    paths : image files.
    indices : which of them; each is put on the JPEG once.

    Raises
    ------
    DatasetError
        If one of them cannot be read as an image.
    """

    def __init__(self, paths: Sequence[Path], indices: Iterable[int]) -> None:
        self.place = {index: i for i, index in enumerate(dict.fromkeys(map(int, indices)))}
        rows = max(1, -(-len(self.place) // _COLUMNS))
        sheet = Image.new("RGB", (_COLUMNS * WIDTH, rows * HEIGHT), (128, 128, 128))
        for index, i in self.place.items():
            small = open_image(paths[index]).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
            sheet.paste(small, (i % _COLUMNS * WIDTH, i // _COLUMNS * HEIGHT))
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=80, optimize=True)
        self._uri = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()

    def css(self) -> str:
        """Rules that show the pictures inside an element of class `aac-explorer`."""
        colors = [*IDENTITY_COLORS, OTHER_IDENTITY]
        borders = "".join(
            f".aac-explorer .aacx-t{i}{{border-color:{color}}}" for i, color in enumerate(colors)
        )
        return (
            f'.aac-explorer .aacx-t{{background:url("{self._uri}") '
            f"calc(var(--x)*-{WIDTH}px) calc(var(--y)*-{HEIGHT}px) padding-box;"
            f"width:{WIDTH}px;height:{HEIGHT}px}}{borders}"
        )

    def thumbnail(self, index: int, place: int) -> str:
        """The picture of image `index`; `place` is its identity's, 0 being the majority's."""
        y, x = divmod(self.place[index], _COLUMNS)
        look = f"aacx-t{min(place, len(IDENTITY_COLORS))}" + " aacx-other" * (place > 0)
        return f'<b class="aacx-t {look}" style="--x:{x};--y:{y}" data-l="{letter(place)}"></b>'


@dataclass(frozen=True)
class Opened:
    """A cluster opened up: its images, who is on them, and which of them are shown.

    Attributes
    ----------
    members : (m,) int64, indices of the cluster's images, the most frequent people's first.
    places : image index -> its identity's place by frequency, 0 first.
    shown : the images that stand for the cluster, evenly drawn if there are too many.
    """

    members: NDArray[np.int64]
    places: Mapping[int, int]
    shown: frozenset[int]

    @property
    def people(self) -> int:
        """Identities in the cluster."""
        return 1 + max(self.places.values())


def open_cluster(
    labels: NDArray[np.int64], ids: NDArray[np.int64], cluster: int, most: int = 40
) -> Opened:
    """Open the cluster that `labels` (n,) call `cluster`; show at most `most` of its images.

    Raises
    ------
    ValueError
        If no image has that label.
    """
    members = np.flatnonzero(labels == cluster)
    if not len(members):
        raise ValueError(f"no image has the label {cluster}")
    ranked = rank_people(ids[members])
    places = {int(i): ranked.index(ids[i]) for i in members}
    members = np.array(sorted(places, key=lambda i: (places[i], i)), np.int64)
    return Opened(members, places, frozenset(members[evenly(len(members), most)].tolist()))


def whole_html(opened: Opened, sprite: Sprite) -> str:
    """The cluster as one group."""
    return f'<div class="aacx-parts">{_part(opened.members, opened, sprite)}</div>'


def parts_html(opened: Opened, after: NDArray[np.int64], sprite: Sprite) -> str:
    """The cluster as the groups that the labels `after` (n,) make of it, the largest first."""
    names, counts = np.unique(after[opened.members], return_counts=True)
    parts = [
        _part(opened.members[after[opened.members] == name], opened, sprite)
        for name in names[np.argsort(-counts, kind="stable")]
    ]
    return f'<div class="aacx-parts">{"".join(parts)}</div>'


def _part(members: NDArray[np.int64], opened: Opened, sprite: Sprite) -> str:
    places = [opened.places[int(i)] for i in members]
    found = {place: places.count(place) for place in dict.fromkeys(places)}
    says = counted(len(members), len(found))
    spelt = ", ".join(f"{n} of {letter(place)}" for place, n in found.items())
    pictures = "".join(
        sprite.thumbnail(int(i), opened.places[int(i)]) for i in members if int(i) in opened.shown
    )
    label = html.escape(f"{says}: {spelt}", quote=True)
    return (
        f'<div class="aacx-part" role="img" aria-label="{label}">'
        f'<span class="aacx-says">{says}</span><span class="aacx-row">{pictures}</span></div>'
    )


def counted(images: int, people: int) -> str:
    """For example "12 images, 1 person"."""
    return (
        f"{images} image{'' if images == 1 else 's'}, "
        f"{people} {'person' if people == 1 else 'people'}"
    )
