"""File names: one by one, and whole folders of hostile ones."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from aacpy.datasets import ReidDataset, load_market1501
from aacpy.datasets.attributes import ATTRIBUTE_NAMES, AttributeTable, write_attributes
from aacpy.datasets.layout import ATTRIBUTE_FILE, ImageName, parse_name, printable
from aacpy.errors import DatasetError
from faults.fuzzing.mutate import encoded, mutate_bytes, mutate_text
from faults.fuzzing.mutate_json import mutate_json
from faults.fuzzing.parser import ContradictionError, Parser

_NAMES = ("0002_c1s1_000451_03.jpg", "-1_c3s2_000401_01.jpg", "0000_c6s1_000151_01.jpg.jpg",
          "1501_c6s4_012345_12.PNG", "123456789_c999s1_0_0.jpeg")  # fmt: skip

#: [folder, name, what it is]; one such list is a tree.
_TREE = [
    ["bounding_box_train", "0002_c1s1_000451_03.jpg", "file"],
    ["bounding_box_train", "0007_c2s1_000301_01.jpg", "file"],
    ["bounding_box_train", "Thumbs.db", "file"],
    ["query", "0001_c1s1_001051_00.jpg", "file"],
    ["bounding_box_test", "-1_c3s2_000401_01.jpg", "file"],
    ["bounding_box_test", "0000_c1s1_000151_01.jpg", "file"],
    ["bounding_box_test", "0001_c2s1_000301_01.jpg", "file"],
]
_FOLDERS = ("bounding_box_train", "query", "bounding_box_test")
_ROOT = Path("market")
_KINDS = ("file", "file", "file", "folder", "link", "pipe")


def name_samples() -> list[bytes]:
    """Names as the data sets have them."""
    return [name.encode() for name in _NAMES]


def mutate_name(rng: Random, samples: Sequence[bytes]) -> bytes:
    """A name with wrong bytes or with odd characters."""
    if rng.random() < 0.3:
        return mutate_bytes(rng, samples)
    return encoded(mutate_text(rng, _NAMES))


def read_name(sample: bytes) -> ImageName:
    """Parse a name as the system hands it out: bytes that are no UTF-8 become surrogates."""
    name = sample.decode("utf-8", "surrogateescape")
    try:
        return parse_name(name)
    except DatasetError as error:
        told = str(error)
        if printable(name) not in told and printable(name[:100]) not in told:  # or its beginning
            raise ContradictionError(f"the message does not hold the name: {error}") from error
        raise


def use_name(parsed: ImageName) -> None:
    """Numbers go into arrays of int64."""
    np.array(parsed, np.int64)


def folder_samples() -> list[bytes]:
    """A faultless tree, with its attributes and without."""
    values = np.ones((2, len(ATTRIBUTE_NAMES)), np.int64)
    write_attributes("attributes.mat", AttributeTable(np.array([2, 7]), values),
                     AttributeTable(np.array([1, 3]), values))  # fmt: skip
    return [json.dumps(tree).encode() for tree in (_TREE, [*_TREE, ["", ATTRIBUTE_FILE, "mat"]])]


def mutate_folder(rng: Random, samples: Sequence[bytes]) -> bytes:
    """A tree with some names changed, some entries of another kind, missing or added."""
    if rng.random() < 0.2:
        return encoded(mutate_json(rng, [sample.decode() for sample in samples]))
    tree = json.loads(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 2, 4))):
        entry = rng.choice(tree)
        kind = rng.randrange(5)
        if kind <= 1:
            entry[1] = mutate_text(rng, _NAMES)
        elif kind == 2:
            entry[2] = rng.choice(_KINDS)
        elif kind == 3 and len(tree) > 1:
            tree.remove(entry)
        else:
            tree.append([rng.choice(_FOLDERS), mutate_text(rng, _NAMES), rng.choice(_KINDS)])
    return json.dumps(tree).encode()


def read_folder(sample: bytes) -> ReidDataset:
    """Make the tree, as far as the file system lets, and read it."""
    shutil.rmtree(_ROOT, ignore_errors=True)
    try:
        tree = json.loads(sample)
    except (ValueError, RecursionError):
        tree = []
    for entry in tree if isinstance(tree, list) else []:
        if isinstance(entry, list) and [type(part) for part in entry] == [str, str, str]:
            _make(*entry)
    return load_market1501(_ROOT)


def _make(folder: str, name: str, kind: str) -> None:
    """One entry; what no file system could hold is left out."""
    name = name.replace("/", "_").replace("\0", "_")
    if (folder and folder not in _FOLDERS) or name in ("", ".", ".."):
        return
    path = os.fsencode(_ROOT / folder) + b"/" + name.encode("utf-8", "surrogatepass")[:255]
    (_ROOT / folder).mkdir(parents=True, exist_ok=True)
    try:
        if kind == "folder":
            os.mkdir(path)  # noqa: PTH102 - a name that is no text
        elif kind == "link":
            os.symlink(b"nowhere", path)  # noqa: PTH211
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "mat":
            os.link("attributes.mat", path)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        return


def use_folder(dataset: ReidDataset) -> None:
    """What training asks first."""
    splits: list[Any] = [dataset.train, dataset.query, dataset.gallery]
    if any(not len(s) == len(s.ids) == len(s.cameras) > 0 for s in splits):
        raise ContradictionError("a split's columns differ in length, or are empty")


PARSERS = {
    parser.name: parser
    for parser in (
        Parser("names", "names of image files", name_samples, mutate_name, read_name, ("",),
               use_name),
        Parser("folders", "folders in Market-1501's layout", folder_samples, mutate_folder,
               read_folder, (str(_ROOT),), use_folder),
    )
}  # fmt: skip
