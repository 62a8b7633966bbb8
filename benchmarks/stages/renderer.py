"""Rendering a benchmark to files, against writing the same pictures as JPEG alone."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aacpy.datasets.pedestrians import render_pedestrians
from aacpy.datasets.renderer.manifest import MANIFEST
from benchmarks.stage import Arrays, Size, Stage, Work


def prepare(size: Size) -> dict[str, Any]:
    """The pictures of n + n identities, and their number."""
    with tempfile.TemporaryDirectory() as folder:
        root = render(size.n, Path(folder))
        pictures = [np.asarray(Image.open(path)) for path in sorted(root.rglob("*.jpg"))]
        images = json.loads((root / MANIFEST).read_text())["images"]
    return {"identities": size.n, "pictures": pictures, "images": images}


def render(identities: int, folder: Path) -> Path:
    """A whole benchmark in a new folder."""
    return render_pedestrians(folder / "rendered", identities=identities, progress=False)


def library(data: dict[str, Any]) -> None:
    """Render."""
    with tempfile.TemporaryDirectory() as folder:
        render(data["identities"], Path(folder))


def encode(data: dict[str, Any]) -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(data["pictures"]):
            Image.fromarray(picture).save(Path(folder) / f"{number}.jpg", quality=95)


def facts(data: dict[str, Any], results: Arrays) -> dict[str, float]:
    """How many images were rendered."""
    return {"images": data["images"]}


STAGE = Stage(
    name="renderer",
    title="rendering",
    limit="writing the same pictures as JPEG",
    data="rendered benchmarks, seed 0, one process",
    works={"library": Work(library, peak=True), "limit": Work(encode)},
    sizes=[Size(n) for n in (5, 10, 20)],
    quick=[Size(2)],
    prepare=prepare,
    shape=lambda size: f"{size.n} + {size.n} identities",
    facts=facts,
)
