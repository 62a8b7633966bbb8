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
from aacpy.files import read_bounded

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
#: Where lists of Market-1501's images come from.
LISTS_SOURCE = "GitHub zhunzhong07/person-re-ranking, evaluation/data/Market-1501"
#: Bytes of a list of names: Market-1501's longest would take half of one.
MAX_LIST_BYTES = 2**20
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
    links, directories or devices; `others` are clutter: hidden files (some systems write
    `._NAME.jpg` beside each image) and everything without an image's extension.
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
    "a broken link, a directory or a device, not an image",
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
        shown = name if len(name) <= 255 else f"{name[:100]}..."
        raise DatasetError(f"{printable(shown)}: {NAME_FAULT.what}. {NAME_FAULT.remedy}")
    return parsed


def match_name(name: str) -> ImageName | None:
    """Read an image's file name as `parse_name` does; None if it does not follow the grammar."""
    match = _NAME.fullmatch(name)
    return ImageName(*map(int, match.groups())) if match else None


def read_names(path: Path) -> dict[str, ImageName]:
    """Read a list of image files, such as Market-1501's `bounding_box_train.txt`.

    Returns
    -------
    File name -> what it says, in the list's order. No name leads into another folder.

    Raises
    ------
    DatasetError
        If the file cannot be read, is empty, or holds anything but such names, each once.
    """
    try:
        names = read_bounded(path, MAX_LIST_BYTES).decode().split()
    except FileNotFoundError as error:
        raise DatasetError(
            f"{printable(path)}: no such file. Get it from {LISTS_SOURCE}."
        ) from error
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not text in UTF-8"
        raise DatasetError(
            f"{printable(path)}: cannot be read as a list of names ({what}). Get it again from "
            f"{LISTS_SOURCE}."
        ) from error
    parsed = {name: match_name(name) for name in names}
    wrong = next((name for name, said in parsed.items() if said is None), None)
    if wrong is not None or len(parsed) < max(1, len(names)):
        what = "a name stands twice" if names else "it is empty"
        if wrong is not None:
            what = f"{wrong[:100]!r} is not a name like 0002_c1s1_000451_03.jpg"
        raise DatasetError(f"{printable(path)}: {what}. Get it again from {LISTS_SOURCE}.")
    return {name: said for name, said in parsed.items() if said is not None}


def list_images(folder: Path) -> Listing:
    """List a folder, by the names only: no image is opened. An OSError if it cannot be read."""
    listing = Listing([], [], [])
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _IMAGE.fullmatch(entry.name):
                listing.others.append(entry.name)
            elif _is_file(entry):
                listing.images.append(entry.name)
            else:
                listing.no_files.append(entry.name)
    return Listing(*map(sorted, listing))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself, or into a folder that may not be looked into
        return False


def missing_folders(root: Path) -> list[str]:
    """Names of the layout's folders that `root` lacks."""
    return [folder for folder in FOLDERS.values() if not is_folder(root / folder)]


def expanded(path: str | Path) -> Path:
    """`path` with a leading `~` replaced by the home directory, where there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


def is_folder(path: Path) -> bool:
    """Whether `path` is a directory; one that may not be looked at counts as none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def layout_remedy(root: Path) -> str:
    """What to do about a directory that lacks folders of the layout, or their images."""
    try:
        nearby = sorted(root.glob(f"*/{FOLDERS['query']}"))
    except OSError:  # a name that is too long
        nearby = []
    for query in (*nearby, root.parent / FOLDERS["query"]):
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
