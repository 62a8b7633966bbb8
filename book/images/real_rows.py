"""Make `real-rows.jpg`: eight identities of Market-1501, drawn from their attribute rows.

    python book/images/real_rows.py METADATA

METADATA is a directory with `market_attribute.mat` (Lin et al.) and `bounding_box_train.txt`. The
identities are spread evenly over those with at least eight images; nobody chose them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from aacpy.datasets.attributes import read_attributes
from aacpy.datasets.layout import parse_name
from aacpy.datasets.pedestrians import render_images
from aacpy.report.sheets import evenly

ROWS = COLUMNS = 8


def main(metadata: Path) -> None:
    """Render the sheet and write it beside this file."""
    files = (metadata / "bounding_box_train.txt").read_text().split()
    names = [parse_name(file) for file in files]
    ids = np.array([name.identity for name in names])
    people, counts = np.unique(ids, return_counts=True)
    enough = people[counts >= COLUMNS]
    items = []
    for identity in enough[evenly(len(enough), ROWS)]:
        members = np.flatnonzero(ids == identity)
        for index in members[evenly(len(members), COLUMNS)]:
            items.append((files[index], int(identity), names[index].camera))
    table = read_attributes(metadata / "market_attribute.mat")["train"]
    with tempfile.TemporaryDirectory() as folder:
        paths = render_images(folder, items, table, seed=0)
        pictures = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    grid = [np.hstack(pictures[i : i + COLUMNS]) for i in range(0, len(pictures), COLUMNS)]
    target = Path(__file__).with_name("real-rows.jpg")
    Image.fromarray(np.vstack(grid)).save(target, quality=90)
    print(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
