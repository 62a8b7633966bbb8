"""Whether a dataset's parts fit together: train and test, query and gallery, attributes.

Each function adds what it finds to a `Report`. `persons` maps a split to its images that show an
identity, `{path inside the root: what the name says}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aacpy.datasets.attributes import ATTRIBUTES_URL, AttributeTable, read_attributes
from aacpy.datasets.layout import (
    ATTRIBUTE_FILE,
    ATTRIBUTE_SPLITS,
    FOLDERS,
    ImageName,
    expanded,
)
from aacpy.datasets.report import Report
from aacpy.errors import DatasetError

Persons = Mapping[str, Mapping[str, ImageName]]


def check_overlap(report: Report, persons: Persons) -> None:
    """Find identities that are in the training and in the test data."""
    train = _by_identity(persons, "train")
    test = _by_identity(persons, "query", "gallery")
    for identity in sorted(train.keys() & test.keys()):
        report.add(
            train[identity][0],
            f"identity {identity:04d} is in the test data too, as {test[identity][0]}",
            "Training and test identities must differ, or the scores say nothing about new "
            "persons: take its images out of one side, or number them anew.",
        )


def check_queries(report: Report, persons: Persons) -> None:
    """Find queries without a right answer: no gallery image of the identity by another camera."""
    if not persons["gallery"]:
        return  # that the gallery has no images is said once, not again for every query
    cameras: dict[int, set[int]] = {}
    for parsed in persons["gallery"].values():
        cameras.setdefault(parsed.identity, set()).add(parsed.camera)
    for file, parsed in persons["query"].items():
        seen = cameras.get(parsed.identity, set())
        if seen - {parsed.camera}:
            continue
        by = f" by a camera other than {parsed.camera}" if seen else ""
        report.add(
            file,
            f"identity {parsed.identity:04d} has no image in {FOLDERS['gallery']}{by}",
            "Such a query has no right answer and cannot be scored: restore the gallery's images, "
            "or take the query out.",
        )


def check_attributes(report: Report, persons: Persons, attributes: str | Path | None) -> None:
    """Find identities without attributes, given twice or with values out of range."""
    path = report.root / ATTRIBUTE_FILE if attributes is None else expanded(attributes)
    file = ATTRIBUTE_FILE if attributes is None else str(path)
    if attributes is None and not (path.exists() or path.is_symlink()):
        report.note(
            f"There is no {ATTRIBUTE_FILE}, so methods that need attributes cannot run. It comes "
            f"from {ATTRIBUTES_URL}."
        )
        return
    try:
        tables = read_attributes(path)
    except DatasetError as error:
        # The last sentence of such a message is the remedy.
        what, _, remedy = str(error).removeprefix(f"{path}: ").rpartition(". ")
        report.add(file, what, remedy)
        return
    report.attributes = {half: len(table.ids) for half, table in tables.items()}
    for half, table in tables.items():
        for fault in table.faults():
            remedy = f"Correct the file, or download it again from {ATTRIBUTES_URL}."
            report.add(file, f"{half} {fault}", remedy)
        _check_half(report, file, half, table, persons)


def _check_half(
    report: Report, file: str, half: str, table: AttributeTable, persons: Persons
) -> None:
    images = _by_identity(persons, *(s for s, h in ATTRIBUTE_SPLITS.items() if h == half))
    known = set(table.ids.tolist())
    for identity in sorted(images.keys() - known):
        first, *more = images[identity]
        report.add(
            file,
            f"{half} identity {identity:04d} has no attributes; it is in {first}"
            f"{f' and {len(more):,} more' if more else ''}",
            "Use the attribute file that belongs to these images.",
        )
    unused = len(known - images.keys())
    if unused:
        report.note(f"{file}: {unused:,} {half} identities have no image here.")


def _by_identity(persons: Persons, *splits: str) -> dict[int, list[str]]:
    """Identity -> its images in some splits."""
    images: dict[int, list[str]] = {}
    for split in splits:
        for file, parsed in persons[split].items():
            images.setdefault(parsed.identity, []).append(file)
    return images
