"""A grid of pictures with borders, marks and row labels, in CSS pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from aacpy.datasets.integrity import open_image
from aacpy.report.style import SOFT, new_figure

#: A picture's size on the page; its border lies in the gap around it.
_WIDTH, _HEIGHT, _GAP = 56.0, 112.0, 10.0

#: Paths, or (n, h, w, 3) uint8.
Images = Sequence[str | Path] | NDArray[np.uint8]


class PictureGrid:
    """Rows of pictures on a figure, counted from the top left.

    Parameters
    ----------
    rows, columns : size of the grid.
    label : room for row labels.
    lead : extra room after the first column.
    border : leave room for borders and marks.
    """

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
        """Place a picture, with a border and a mark below it."""
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
        """Label a row."""
        self.ax.text(0, row * self.step[1] + self.gap / 2 + _HEIGHT / 2, text, va="center")


def pixels_of(images: Images, index: int) -> NDArray[np.uint8]:
    """One image, (h, w, 3) uint8.

    Raises
    ------
    DatasetError
        If it is a path that cannot be read as an image.
    """
    item = images[index]
    if isinstance(item, str | Path):
        return np.asarray(open_image(item))
    return np.asarray(item, np.uint8)
