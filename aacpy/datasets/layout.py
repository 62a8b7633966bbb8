"""The layout of a Market-1501 directory: its folders and the grammar of its file names.

Reference: L. Zheng et al., "Scalable person re-identification: a benchmark", ICCV 2015. A file
name such as `0002_c1s1_000451_03.jpg` says: identity 2, camera 1, sequence 1, frame 451,
detection 3. Identity -1 marks junk (neither right nor wrong, left out of the gallery), identity 0
a distractor (a wrong answer to every query).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from aacpy.errors import DatasetError

#: Split -> the folder that holds its images.
FOLDERS: Mapping[str, str] = {
    "train": "bounding_box_train",
    "query": "query",
    "gallery": "bounding_box_test",
}
#: Split -> the half of the attribute file that describes its identities.
ATTRIBUTE_SPLITS: Mapping[str, str] = {"train": "train", "query": "test", "gallery": "test"}
ATTRIBUTE_FILE = "market_attribute.mat"
MARKET_URL = "https://zheng-lab.cecs.anu.edu.au/Project/project_reid.html"
#: Identity numbers with a meaning of their own.
JUNK, DISTRACTOR = -1, 0

_IMAGE = re.compile(r"[^.].*\.(?i:jpe?g|png)", re.DOTALL)
_NAME = re.compile(
    r"(-1|[0-9]{4,9})_c([1-9][0-9]{0,2})s([0-9]{1,9})_([0-9]{1,9})_([0-9]{1,9})"
    r"(?:\.(?i:jpe?g|png))+"
)


class Fault(NamedTuple):
    """What is wrong with a file, and what to do about it."""

    what: str
    remedy: str


class ImageName(NamedTuple):
    """What an image's file name says; `camera` counts from 1."""

    identity: int
    camera: int
    sequence: int
    frame: int
    detection: int


class Listing(NamedTuple):
    """The names in a folder, each sorted.

    `images` are files with an image's extension; `no_files` have one but are broken symbolic
    links or directories; `others` are clutter: hidden files (some systems write `._NAME.jpg`
    beside each image) and everything without an image's extension.
    """

    images: list[str]
    no_files: list[str]
    others: list[str]


NAME_FAULT = Fault(
    "the name does not follow Market-1501's grammar",
    "Name it as 0002_c1s1_000451_03.jpg (identity, camera, sequence, frame, detection; -1 for "
    "junk, 0000 for distractors), or take it out of the folder.",
)
NO_FILE_FAULT = Fault(
    "a broken link or a directory, not an image",
    "Restore the file, or take the entry out of the folder.",
)
UNREADABLE = Fault("cannot be read", "Give yourself the permission to read it, or copy it again.")
DISTRACTOR_FAULT = Fault(
    "identity 0000 marks a distractor, which only bounding_box_test may hold",
    "Move it there, or number the identity from 1.",
)


def parse_name(name: str) -> ImageName:
    """Read an image's file name, such as `0002_c1s1_000451_03.jpg`.

    Raises
    ------
    DatasetError
        If the name does not follow the grammar.
    """
    parsed = match_name(name)
    if parsed is None:
        raise DatasetError(f"{printable(name)}: {NAME_FAULT.what}. {NAME_FAULT.remedy}")
    return parsed


def match_name(name: str) -> ImageName | None:
    """Read an image's file name as `parse_name` does; None if it does not follow the grammar."""
    match = _NAME.fullmatch(name)
    return ImageName(*map(int, match.groups())) if match else None


def list_images(folder: Path) -> Listing:
    """List a folder, by the names only: no image is opened. An OSError if it cannot be read."""
    listing = Listing([], [], [])
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _IMAGE.fullmatch(entry.name):
                listing.others.append(entry.name)
            elif entry.is_file():
                listing.images.append(entry.name)
            else:
                listing.no_files.append(entry.name)
    return Listing(*map(sorted, listing))


def missing_folders(root: Path) -> list[str]:
    """Names of the layout's folders that `root` lacks."""
    return [folder for folder in FOLDERS.values() if not is_folder(root / folder)]


def is_folder(path: Path) -> bool:
    """Whether `path` is a directory; one that may not be looked at counts as none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def layout_remedy(root: Path) -> str:
    """What to do about a directory that lacks folders of the layout, or their images."""
    for query in (*sorted(root.glob(f"*/{FOLDERS['query']}")), root.parent / FOLDERS["query"]):
        if query.parent != root and not missing_folders(query.parent):
            return f"{query.parent} has the three folders: pass that directory."
    return (
        f"Pass the directory that holds {', '.join(FOLDERS.values())}. Market-1501 comes from "
        f"{MARKET_URL}."
    )


def printable(path: str | Path) -> str:
    """`path` with what a terminal cannot show (control characters, broken encoding) escaped."""
    text = str(path)
    return text if text.isprintable() else ascii(text)[1:-1]
