"""Rendering many images: validation, the order of work, worker processes, atomic files."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from tqdm import tqdm

from aacpy.datasets.attributes import ATTRIBUTE_NAMES, ATTRIBUTE_VALUES, AttributeTable
from aacpy.datasets.renderer.drawing import Subject, stranger
from aacpy.datasets.renderer.film import jpeg_bytes
from aacpy.datasets.renderer.market_names import Item
from aacpy.datasets.renderer.snapshot import Scene, name_key, take_snapshot
from aacpy.errors import DatasetError
from aacpy.files import writing

#: End of the name of a file that is being written.
PARTIAL = ".partial"

_CHUNK = 48

#: One image to render: file, key of the random draws, who, camera, whether badly cut.
_Job = tuple[Path, str, Subject | None, int, bool]


def check_integer(field: str, value: Any, low: int, high: int) -> None:
    """Raise a `DatasetError` that names the field unless low <= value <= high, an integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise DatasetError(f"{field}: got {value!r}; give an integer from {low} to {high}.")
    if not low <= value <= high:
        raise DatasetError(f"{field}: got {value}; give an integer from {low} to {high}.")


def attribute_rows(
    attributes: AttributeTable | Mapping[int, Any], ids: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    """The checked record of each identity above 0 among `ids`."""
    wanted = np.array(sorted({i for i in ids if i > 0}), np.int64)
    if isinstance(attributes, AttributeTable):
        rows = attributes.rows(wanted)
    else:
        missing = [i for i in wanted.tolist() if i not in attributes]
        if missing:
            raise DatasetError(
                f"attributes: identity {missing[0]} has no entry ({len(missing)} lack one); give "
                "the 27 values of every identity above 0."
            )
        listed = [np.asarray(attributes[i]).ravel() for i in wanted.tolist()]
        rows = np.array(listed) if listed else np.empty((0, len(ATTRIBUTE_NAMES)), np.int64)
    if rows.shape[1] != len(ATTRIBUTE_NAMES):
        raise DatasetError(
            f"attributes: got {rows.shape[1]} values an identity; give {len(ATTRIBUTE_NAMES)}."
        )
    most = np.array([len(meanings) for meanings in ATTRIBUTE_VALUES.values()])
    bad = np.argwhere((rows < 1) | (rows > most))
    if len(bad):
        row, column = bad[0]
        raise DatasetError(
            f"attributes: {ATTRIBUTE_NAMES[column]} of identity {wanted[row]} is "
            f"{rows[row, column]}; values run from 1 to {most[column]}."
        )
    return {int(i): tuple(int(v) for v in row) for i, row in zip(wanted, rows, strict=True)}


def plan_jobs(
    folder: Path, items: Sequence[Item], rows: Mapping[int, tuple[int, ...]], seed: int
) -> list[_Job]:
    jobs: list[_Job] = []
    for name, identity, camera in items:
        key = PurePosixPath(name).name
        if identity > 0:
            subject: Subject | None = Subject(rows[identity], identity)
        elif identity == 0 and name_key(key) % 5 < 3:
            subject = None
        else:
            subject = stranger(seed, name_key(key) | 1 << 64)  # above every identity
        jobs.append((folder / name, key, subject, camera, identity < 0))
    # Images of one person together: a body is built once.
    return sorted(jobs, key=lambda job: (job[2].key if job[2] else 0, job[1]))


def _render_jobs(jobs: Sequence[_Job], scene: Scene) -> list[str]:
    """Write the images; returns the SHA-256 of each file."""
    digests = []
    for path, key, subject, camera, bad in jobs:
        picture = take_snapshot(key, subject, camera, scene, bad=bad)
        content = jpeg_bytes(picture)
        partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
        with writing(path):
            partial.write_bytes(content)
            partial.replace(path)
        digests.append(hashlib.sha256(content).hexdigest())
    return digests


def run_jobs(
    jobs: Sequence[_Job], scene: Scene, *, workers: int, progress: bool, done: int = 0
) -> dict[Path, str]:
    """Render the jobs, in worker processes if more than one; SHA-256 by file."""
    for parent in {job[0].parent for job in jobs}:
        parent.mkdir(parents=True, exist_ok=True)
    chunks = [jobs[i : i + _CHUNK] for i in range(0, len(jobs), _CHUNK)]
    digests: dict[Path, str] = {}
    bar = tqdm(total=done + len(jobs), initial=done, desc="Rendering", unit="image",
               disable=not progress)  # fmt: skip
    with bar:
        for chunk, result in zip(chunks, _results(chunks, scene, workers), strict=True):
            digests.update(zip((job[0] for job in chunk), result, strict=True))
            bar.update(len(chunk))
    return digests


def _results(chunks: Sequence[Sequence[_Job]], scene: Scene, workers: int) -> Iterator[list[str]]:
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _render_jobs(chunk, scene)
        return
    # Spawned, not forked: a fork of a process that runs threads (PyTorch's) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context) as pool:
        futures = [pool.submit(_render_jobs, chunk, scene) for chunk in chunks]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def checked_scene(seed: Any, height: Any, width: Any, camera_gap: Any = 1.0) -> Scene:
    """The scene of these values, as plain numbers; raises a `DatasetError` if one is wrong."""
    check_integer("seed", seed, 0, 2**32 - 1)
    check_integer("height", height, 32, 512)
    check_integer("width", width, 16, 256)
    number = isinstance(camera_gap, (int, float, np.integer, np.floating))
    if not number or isinstance(camera_gap, bool) or not 0 <= camera_gap <= 4:
        raise DatasetError(f"camera_gap: got {camera_gap!r}; give a number from 0 to 4.")
    return Scene(int(seed), int(height), int(width), float(camera_gap))


def render_folder(
    folder: Path, items: Sequence[tuple[str, int, int]], attributes: Any, scene: Scene, *,
    workers: int, progress: bool,
) -> list[Path]:  # fmt: skip
    """See `pedestrians.render_images`."""
    check_integer("workers", workers, 1, 256)
    for name, identity, camera in items:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or pure.suffix not in (".jpg", ".jpeg"):
            raise DatasetError(f"items: {name!r} is not a relative path to a .jpg file.")
        check_integer(f"items: camera of {name}", camera, 1, 9)
        check_integer(f"items: identity of {name}", identity, -1, 10**9)
    if len({name for name, _, _ in items}) < len(items):
        raise DatasetError("items: a file name stands twice; give each image its own.")
    rows = attribute_rows(attributes, [identity for _, identity, _ in items])
    jobs = plan_jobs(folder, items, rows, scene.seed)
    run_jobs(jobs, scene, workers=workers, progress=progress)
    return [folder / name for name, _, _ in items]
