"""Reading a directory in Market-1501's layout.

Junk images (identity -1) are left out, distractors (identity 0) stay in the gallery, as in
Market-1501's protocol; `layout` has the grammar of the file names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.attributes import (
    ATTRIBUTE_NAMES,
    ATTRIBUTES_URL,
    AttributeTable,
    read_attributes,
)
from aacpy.datasets.integrity import MAX_BYTES
from aacpy.datasets.layout import (
    ATTRIBUTE_FILE,
    ATTRIBUTE_SPLITS,
    DISTRACTOR,
    DISTRACTOR_FAULT,
    FOLDERS,
    JUNK,
    NAME_FAULT,
    NO_FILE_FAULT,
    UNREADABLE,
    Fault,
    ImageName,
    expanded,
    is_folder,
    layout_remedy,
    list_images,
    match_name,
    missing_folders,
    parse_name,
    printable,
)
from aacpy.errors import DatasetError
from aacpy.files import read_bounded

__all__ = ["ImageName", "ReidDataset", "Split", "load_market1501", "parse_name"]

_CHECK = "For a half-copied dataset, `python -m aacpy check ROOT` lists all that is missing."


@dataclass(frozen=True, eq=False)
class Split:
    """The images of one split, sorted by file name, junk left out.

    Attributes
    ----------
    paths : n paths.
    ids : (n,) int64, identities; 0 is a distractor and occurs in the gallery only.
    cameras : (n,) int64, from 1 as in the names.
    attributes : (n, 27) int64, each image's identity's values, from 1; a distractor's row is all
        zeros. None when the dataset was read without attributes.
    """

    paths: tuple[Path, ...]
    ids: NDArray[np.int64]
    cameras: NDArray[np.int64]
    attributes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True, eq=False)
class ReidDataset:
    """A person re-identification dataset: what to train on, and a query and gallery to test with.

    Attributes
    ----------
    root : the directory that was read.
    train, query, gallery : its splits.
    attribute_names : the names of the attribute columns.
    """

    root: Path
    train: Split
    query: Split
    gallery: Split
    attribute_names: tuple[str, ...] = ATTRIBUTE_NAMES

    def require_attributes(self) -> NDArray[np.int64]:
        """Return the training images' attributes, (n, 27) int64.

        Raises
        ------
        DatasetError
            If the dataset was read without attributes.
        """
        if self.train.attributes is None:
            raise DatasetError(
                f"{self.root / ATTRIBUTE_FILE}: no such file, and this method needs attributes. "
                f"Download {ATTRIBUTE_FILE} from {ATTRIBUTES_URL} and put it there, or pass its "
                "path as `attributes`."
            )
        return self.train.attributes

    def fingerprint(self) -> str:
        """Return a SHA-256 in hexadecimal over names, image bytes and attributes.

        Copies of a dataset have the same one wherever they lie. Reads every image: a second for
        Market-1501.

        Raises
        ------
        DatasetError
            If an image cannot be read.
        """
        digest = hashlib.sha256()
        for split, folder in FOLDERS.items():
            part: Split = getattr(self, split)
            digest.update(f"{folder} {len(part)} images\n".encode())
            for path in part.paths:
                try:
                    content = read_bounded(path, MAX_BYTES)
                except OSError as error:
                    raise DatasetError(
                        f"{printable(path)}: {UNREADABLE.what}. {UNREADABLE.remedy}"
                    ) from error
                digest.update(os.fsencode(path.name) + f" {len(content)} bytes\n".encode())
                digest.update(content)
            if part.attributes is not None:
                digest.update(f"{' '.join(self.attribute_names)}\n".encode())
                digest.update(part.attributes.astype("<i8").tobytes())
        return digest.hexdigest()


def load_market1501(root: str | Path, attributes: str | Path | None = None) -> ReidDataset:
    """Read a directory in Market-1501's layout: Market-1501 itself or a rendered one.

    Images are listed, not opened: `python -m aacpy check ROOT` decodes them all. Files without an
    image's extension and hidden files are passed over.

    Parameters
    ----------
    root : the directory that holds `bounding_box_train`, `query` and `bounding_box_test`.
    attributes : path of `market_attribute.mat`. By default `root/market_attribute.mat`; where
        that is absent the splits have no attributes.

    Raises
    ------
    DatasetError
        If a folder is missing or has no images, an image's name does not follow the grammar, an
        identity has no attributes, or an attribute has a value out of range. The message names
        the file and the remedy.
    """
    root = expanded(root)
    missing = missing_folders(root)
    if missing:
        what = f"has no {', '.join(missing)}" if is_folder(root) else "no such directory"
        raise DatasetError(f"{printable(root)}: {what}. {layout_remedy(root)} {_CHECK}")
    path = root / ATTRIBUTE_FILE if attributes is None else expanded(attributes)
    splits = {split: _read_split(root, split) for split in FOLDERS}
    if attributes is not None or path.exists() or path.is_symlink():
        tables = checked_attributes(path)
        splits = {
            split: replace(part, attributes=_attribute_rows(path, split, tables, part.ids))
            for split, part in splits.items()
        }
    return ReidDataset(root, splits["train"], splits["query"], splits["gallery"])


def checked_attributes(path: Path) -> Mapping[str, AttributeTable]:
    """Read `market_attribute.mat` as `read_attributes` does, and refuse rows that are wrong.

    Raises
    ------
    DatasetError
        As in `read_attributes`, or if an identity stands twice or a value is out of range.
    """
    tables = read_attributes(path)
    for half, table in tables.items():
        faults = table.faults()
        if faults:
            raise DatasetError(
                f"{printable(path)}: {half} {faults[0]}{_more(len(faults))}. Correct the file, or "
                f"download it again from {ATTRIBUTES_URL}."
            )
    return tables


def _read_split(root: Path, split: str) -> Split:
    folder = root / FOLDERS[split]
    try:
        listing = list_images(folder)
    except OSError as error:
        raise DatasetError(
            f"{printable(folder)}: {UNREADABLE.what}. {UNREADABLE.remedy}"
        ) from error
    names = {name: match_name(name) for name in listing.images}
    _refuse(folder, listing.no_files, NO_FILE_FAULT)
    _refuse(folder, [name for name, parsed in names.items() if parsed is None], NAME_FAULT)
    kept = {name: p for name, p in names.items() if p is not None and p.identity != JUNK}
    if not kept:
        raise DatasetError(f"{printable(folder)}: no images. {layout_remedy(root)} {_CHECK}")
    if split != "gallery":
        distractors = [name for name, p in kept.items() if p.identity == DISTRACTOR]
        _refuse(folder, distractors, DISTRACTOR_FAULT)
    return Split(
        tuple(folder / name for name in kept),
        np.array([parsed.identity for parsed in kept.values()], np.int64),
        np.array([parsed.camera for parsed in kept.values()], np.int64),
    )


def _refuse(folder: Path, names: list[str], fault: Fault) -> None:
    if names:
        raise DatasetError(
            f"{printable(folder / names[0])}: {fault.what}{_more(len(names))}. {fault.remedy}"
        )


def _attribute_rows(
    path: Path, split: str, tables: Mapping[str, AttributeTable], ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    values = np.zeros((len(ids), len(ATTRIBUTE_NAMES)), np.int64)
    persons = ids != DISTRACTOR
    half = ATTRIBUTE_SPLITS[split]
    try:
        values[persons] = tables[half].rows(ids[persons])
    except DatasetError as error:
        raise DatasetError(f"{printable(path)}: {half}: {error}") from error
    return values


def _more(count: int) -> str:
    return f" (and {count - 1} more: `python -m aacpy check ROOT` lists them)" if count > 1 else ""
