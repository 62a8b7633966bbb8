"""Which images a rendered dataset consists of, named in Market-1501's grammar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.attributes import AttributeTable
from aacpy.datasets.layout import (
    ATTRIBUTE_FILE,
    FOLDERS,
    LISTS_SOURCE,
    is_folder,
    printable,
    read_names,
)
from aacpy.datasets.market1501 import checked_attributes
from aacpy.datasets.matlab import MatlabError, integer_vector, read_matlab
from aacpy.datasets.renderer.crowd import sample_attributes
from aacpy.errors import DatasetError

#: (file name relative to the dataset, identity, camera)
Item = tuple[str, int, int]

TRAIN, QUERY, GALLERY = FOLDERS["train"], FOLDERS["query"], FOLDERS["gallery"]

#: Images of a split that are read: Market-1501 has 19,732 at most. A `Namer` has 144,000 names for
#: a person in a camera, enough should all images of two splits be one person's in one camera.
_MAX_IMAGES = 2**16
#: A rendered file's name has one digit for the camera.
_MAX_CAMERA = 9


@dataclass(frozen=True)
class Plan:
    """A dataset before it is rendered."""

    items: tuple[Item, ...]
    train: AttributeTable
    test: AttributeTable

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        total = hashlib.sha256(repr(self.items).encode())
        for table in (self.train, self.test):
            total.update(table.ids.astype("<i8").tobytes() + table.values.astype("<i8").tobytes())
        return total.hexdigest()


class Namer:
    """Gives every image a name of its own: tracks start at a random frame, then every 25th."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def track(self, identity: int, camera: int, count: int) -> list[str]:
        """Names of `count` images of one identity in one camera, without a folder."""
        prefix = "-1" if identity < 0 else f"{identity:04d}"
        while True:
            sequence = int(self._rng.integers(1, 7))
            first = 1 + 25 * int(self._rng.integers(0, 4800))
            detection = int(self._rng.integers(1, 6))
            names = [f"{prefix}_c{camera}s{sequence}_{first + 25 * k:06d}_{detection:02d}.jpg"
                     for k in range(count)]  # fmt: skip
            if self._taken.isdisjoint(names):
                self._taken.update(names)
                return names


def draw_crowd(
    train: int, test: int, rng: np.random.Generator
) -> tuple[AttributeTable, AttributeTable]:
    """Identities from 1 on, dealt at random to the two halves, and their attributes."""
    everyone = 1 + rng.permutation(train + test)
    return (
        AttributeTable(np.sort(everyone[:train]), sample_attributes(train, rng)),
        AttributeTable(np.sort(everyone[train:]), sample_attributes(test, rng)),
    )


def draw_visit(
    identity: int, camera: int, count: int, *, test: bool, namer: Namer, rng: np.random.Generator
) -> list[Item]:
    """One identity's images in one camera; a test identity's have one query, drawn at random."""
    folders = [GALLERY if test else TRAIN] * count
    if test:
        folders[int(rng.integers(count))] = QUERY
    names = namer.track(identity, camera, count)
    return [(f"{folder}/{name}", identity, camera)
            for folder, name in zip(folders, names, strict=True)]  # fmt: skip


def draw_strangers(
    distractors: int, junk: int, *, cameras: int, namer: Namer, rng: np.random.Generator
) -> list[Item]:
    """Gallery images of identity 0 and of identity -1, each in a camera drawn at random."""
    items = []
    for identity in [0] * distractors + [-1] * junk:
        camera = int(rng.integers(1, cameras + 1))
        items.append((f"{GALLERY}/{namer.track(identity, camera, 1)[0]}", identity, camera))
    return items


def plan_benchmark(
    *, identities: int, images_per_camera: int, cameras: int, cameras_per_identity: int,
    distractors: int, junk: int, seed: int,
) -> Plan:  # fmt: skip
    """Draw the crowd and who is seen where; see `pedestrians.render_pedestrians`."""
    rng = np.random.default_rng([seed, 0xB0])
    namer = Namer(np.random.default_rng([seed, 0xB1]))
    train, test = draw_crowd(identities, identities, rng)
    items: list[Item] = []
    for table in (train, test):
        for identity in table.ids.tolist():
            seen_by = np.sort(rng.choice(cameras, cameras_per_identity, replace=False)) + 1
            for camera in seen_by.tolist():
                items += draw_visit(identity, camera, images_per_camera, test=table is test,
                                    namer=namer, rng=rng)  # fmt: skip
    items += draw_strangers(distractors, junk, cameras=cameras, namer=namer, rng=rng)
    return Plan(tuple(items), train, test)


def _vector(folder: Path, name: str) -> NDArray[np.int64]:
    """The one integer vector of a MATLAB file."""
    path = folder / name
    try:
        variables = list(read_matlab(path).values())
        if len(variables) != 1:
            raise MatlabError(f"it holds {len(variables)} variables")
        vector = integer_vector(variables[0])
    except MatlabError as error:
        raise DatasetError(
            f"{printable(path)}: not a MATLAB file with one integer vector ({error}). Get it from "
            f"{LISTS_SOURCE}."
        ) from error
    if len(vector) > _MAX_IMAGES:
        raise DatasetError(
            f"{printable(path)}: {len(vector):,} images, more than {_MAX_IMAGES:,}. Get it from "
            f"{LISTS_SOURCE}."
        )
    return vector


def _in_range(path: Path, values: NDArray[np.int64], low: int, high: int) -> list[int]:
    wrong = values[(values < low) | (values > high)]
    if len(wrong):
        raise DatasetError(
            f"{printable(path)}: {wrong[0]} is not from {low} to {high:,}. Get it from "
            f"{LISTS_SOURCE}."
        )
    found: list[int] = values.tolist()
    return found


def _train_items(path: Path) -> list[Item]:
    names = read_names(path)
    for name, said in names.items():
        if said.identity < 1 or said.camera > _MAX_CAMERA or not name.endswith(".jpg"):
            raise DatasetError(
                f"{printable(path)}: {name!r} is not a name of a training image like "
                f"0002_c1s1_000451_03.jpg. Get it again from {LISTS_SOURCE}."
            )
    return [(f"{TRAIN}/{name}", said.identity, said.camera) for name, said in names.items()]


def market_twin(folder: Path, *, limit: int | None) -> Plan:
    """The images of Market-1501 from its metadata; see `pedestrians.render_like`."""
    if not is_folder(folder):
        raise DatasetError(
            f"{printable(folder)}: no such directory; give the one with Market's metadata."
        )
    tables = checked_attributes(folder / ATTRIBUTE_FILE)
    items = _train_items(folder / "bounding_box_train.txt")[:limit]
    namer = Namer(np.random.default_rng(0xB2))
    for split, stem in ((QUERY, "query"), (GALLERY, "test")):
        ids, cameras = (_vector(folder, f"{stem}{what}.mat")[:limit] for what in ("ID", "Cam"))
        if len(ids) != len(cameras):
            raise DatasetError(
                f"{folder}: {stem}ID.mat has {len(ids)} entries but {stem}Cam.mat {len(cameras)}. "
                "Download both again."
            )
        known = _in_range(folder / f"{stem}ID.mat", ids, -1, 999_999_999)
        seen_by = _in_range(folder / f"{stem}Cam.mat", cameras, 1, _MAX_CAMERA)
        for identity, camera in zip(known, seen_by, strict=True):
            items.append((f"{split}/{namer.track(identity, camera, 1)[0]}", identity, camera))
    return Plan(tuple(items), tables["train"], tables["test"])
