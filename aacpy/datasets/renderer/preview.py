"""A first look at what attributes become: people in rows, views in columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.datasets.attributes import AttributeTable
from aacpy.datasets.renderer.drawing import Subject
from aacpy.datasets.renderer.rendering import attribute_rows, check_integer, checked_scene
from aacpy.datasets.renderer.snapshot import take_snapshot


def contact_sheet(
    attributes: ArrayLike,
    *,
    views: int = 8,
    cameras: int = 6,
    seed: int = 0,
    height: int = 128,
    width: int = 64,
) -> NDArray[np.uint8]:
    """One picture of several people, each seen by one camera after another.

    Parameters
    ----------
    attributes : (n, 27), columns in the order of `ATTRIBUTE_NAMES`, values from 1; one person a
        row. Equal rows give different people, because the details depend on the row's number too.
    views : images of each person.
    cameras : the cameras that take turns; 1 to 9.
    seed : draws cameras, details and views.
    height, width : of one image, pixels.

    Returns
    -------
    (n · height, views · width, 3) uint8.

    Raises
    ------
    DatasetError
        If an argument is wrong.
    """
    check_integer("views", views, 1, 99)
    check_integer("cameras", cameras, 1, 9)
    scene = checked_scene(seed, height, width)
    values: NDArray[Any] = np.atleast_2d(np.asarray(attributes))
    people = np.arange(1, len(values) + 1)
    rows = attribute_rows(AttributeTable(people, values), people.tolist())
    strips = []
    for person, row in rows.items():
        images = [
            take_snapshot(
                f"preview_{person}_{view}", Subject(row, person), 1 + view % cameras, scene
            )
            for view in range(views)
        ]
        strips.append(np.concatenate(images, axis=1))
    return np.concatenate(strips)
