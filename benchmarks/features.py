"""Features to measure on: people and cameras of Market-1501's size, at any number of images.

The people and cameras are Market-1501's own where AACPY_MARKET1501_METADATA names the folder of its
metadata, else those that the renderer draws from its counts (`render_market_size`).

A feature is the centre of its identity + the shift of its camera + noise, scaled to unit length,
float32. Centre, shift and noise are Gaussian vectors of mean length 1, 0.5 and (d / 30)^(1/4):
how far two features of one identity stand out from the others does not depend on d, and DBSCAN
leaves about a tenth of 12,936 images un-clustered.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.attributes import AttributeTable
from aacpy.datasets.renderer.market_names import GALLERY, QUERY, TRAIN, Plan, market_twin
from aacpy.datasets.renderer.market_size import plan_market_size

METADATA = "AACPY_MARKET1501_METADATA"
CAMERA_SHIFT = 0.5
_BLOCK = 8192  # features made at a time

Features = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """Who is in each image, and which camera took it: (n,) int64 each."""

    ids: Numbers
    cameras: Numbers

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, chosen: NDArray[Any]) -> Images:
        """The chosen images."""
        return Images(self.ids[chosen], self.cameras[chosen])


@cache
def plan() -> Plan:
    """The images of Market-1501, or of a dataset of its size."""
    folder = os.environ.get(METADATA)
    return market_twin(Path(folder), limit=None) if folder else plan_market_size(seed=0, limit=None)


def data_words() -> str:
    """What the people and cameras are, for a measurement's `data`."""
    return f"people and cameras {'of' if os.environ.get(METADATA) else 'as many as'} Market-1501's"


def split(folder: str) -> Images:
    """The images of one folder, in the plan's order; junk is left out."""
    items = [(i, c) for name, i, c in plan().items if name.startswith(f"{folder}/") and i != -1]
    ids, cameras = np.array(items, np.int64).T
    return Images(ids, cameras)


def train_images(n: int) -> Images:
    """`n` training images: whole identities in random order, the last cut off.

    Beyond the plan's number of images its identities come again as other people.
    """
    images = shuffled(split(TRAIN))
    return repeated(images, -(-n // len(images))).part(np.arange(n))


def test_images(n: int) -> tuple[Images, Images]:
    """Queries and a gallery of about `n` images, with their queries; distractors in proportion."""
    queries, gallery = split(QUERY), split(GALLERY)
    times = -(-n // len(gallery))
    queries, gallery = repeated(queries, times), repeated(gallery, times)
    people = np.unique(queries.ids)
    share = n / len(gallery)
    kept = np.random.default_rng(1).permutation(people)[: round(share * len(people))]
    strangers = np.flatnonzero(gallery.ids == 0)
    known = np.flatnonzero(np.isin(gallery.ids, kept))
    chosen = np.sort(np.concatenate([known, strangers[: round(share * len(strangers))]]))
    return queries.part(np.isin(queries.ids, kept)), gallery.part(chosen)


def shuffled(images: Images) -> Images:
    """The identities in random order, each one's images side by side."""
    people = np.unique(images.ids)
    place = np.empty(people.max() + 1, np.int64)
    place[np.random.default_rng(0).permutation(people)] = np.arange(len(people))
    return images.part(np.argsort(place[images.ids], kind="stable"))


def repeated(images: Images, times: int) -> Images:
    """The images `times` over, each time as other people; nobody (0) stays nobody."""
    step = int(images.ids.max()) + 1
    ids = [np.where(images.ids > 0, images.ids + step * turn, images.ids) for turn in range(times)]
    return Images(np.concatenate(ids), np.tile(images.cameras, times))


def attributes_of(images: Images) -> Numbers:
    """Attribute vectors, (n, 27), of training images: people who come again keep their vector."""
    table: AttributeTable = plan().train
    order = np.argsort(table.ids)
    step = int(split(TRAIN).ids.max()) + 1
    return np.asarray(table.values[order][np.searchsorted(table.ids[order], images.ids % step)])


def features_of(images: Images, dimension: int, seed: int = 0) -> Features:
    """Features of `images`, (n, dimension) float32; see above.

    What belongs to an identity or a camera follows from `seed` and its number, so that queries and
    gallery agree; a distractor (identity 0) is a person of its own. Noise follows from the place
    and the number of images.
    """
    rng = np.random.default_rng([seed, dimension])
    scale = np.float32(dimension**-0.5)
    shifts = CAMERA_SHIFT * scale * rng.standard_normal((10, dimension), np.float32)
    centres = scale * rng.standard_normal((images.ids.max() + 1, dimension), np.float32)
    noise = scale * np.float32((dimension / 30) ** 0.25)
    rng = np.random.default_rng([seed, dimension, len(images)])
    features = np.empty((len(images), dimension), np.float32)
    for start in range(0, len(images), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = centres[images.ids[rows]] + shifts[images.cameras[rows]]
        strangers = images.ids[rows] == 0
        block[strangers] += scale * rng.standard_normal((strangers.sum(), dimension), np.float32)
        block += noise * rng.standard_normal(block.shape, np.float32)
        features[rows] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return features
