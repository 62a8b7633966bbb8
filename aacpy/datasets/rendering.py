"""Rendering many images: validation, worker processes, atomic files, resuming, the manifest."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from tqdm import tqdm

from aacpy.datasets.attributes import (
    ATTRIBUTE_NAMES,
    ATTRIBUTE_VALUES,
    AttributeTable,
    write_attributes,
)  # fmt: skip
from aacpy.datasets.film import jpeg_bytes
from aacpy.datasets.market_names import GALLERY, QUERY, TRAIN, Item, Plan
from aacpy.datasets.drawing import Subject, stranger
from aacpy.datasets.snapshot import name_key, take_snapshot
from aacpy.errors import DatasetError

#: Changes whenever equal parameters would give other bytes.
RENDERER_VERSION = 1

MANIFEST = "pedestrians.json"
_BEGUN = "pedestrians.begun.json"
_CHUNK = 48

#: One image to render: file, key of the random draws, who, camera, whether badly cut.
_Job = tuple[Path, str, Subject | None, int, bool]


def check_integer(field: str, value: Any, low: int, high: int) -> None:
    """Raise a `DatasetError` that names the field unless low <= value <= high, an integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise DatasetError(f"{field}: got {value!r}; give an integer from {low} to {high}.")
    if not low <= value <= high:
        raise DatasetError(f"{field}: got {value}; give an integer from {low} to {high}.")


def check_root(root: str | Path) -> Path:
    """The directory as a path, if it is new, empty or an earlier rendering."""
    folder = Path(root)
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder}: is a file; give a directory to render into.")
    if folder.is_dir() and not (folder / MANIFEST).exists() and not (folder / _BEGUN).exists():
        found = next(folder.iterdir(), None)
        if found is not None:
            raise DatasetError(
                f"{folder}: already holds {found.name} and was not rendered by aacpy; give a new "
                "or empty directory."
            )
    return folder


def _attribute_rows(
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
        rows = np.array([np.asarray(attributes[i]) for i in wanted.tolist()]).reshape(len(wanted), -1)
    if len(wanted) and rows.shape[1] != len(ATTRIBUTE_NAMES):
        raise DatasetError(
            f"attributes: got {rows.shape[1]} values an identity; give {len(ATTRIBUTE_NAMES)}."
        )
    most = np.array([len(meanings) for meanings in ATTRIBUTE_VALUES.values()])
    bad = np.argwhere((rows < 1) | (rows > most)) if len(wanted) else np.empty((0, 2), int)
    if len(bad):
        row, column = bad[0]
        raise DatasetError(
            f"attributes: {ATTRIBUTE_NAMES[column]} of identity {wanted[row]} is "
            f"{rows[row, column]}; values run from 1 to {most[column]}."
        )
    return {int(i): tuple(int(v) for v in row) for i, row in zip(wanted, rows, strict=True)}


def _jobs(folder: Path, items: Sequence[Item], rows: Mapping[int, tuple[int, ...]], seed: int) -> list[_Job]:
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


def _render_jobs(jobs: Sequence[_Job], seed: int, height: int, width: int) -> list[str]:
    """Write the images; returns the SHA-256 of each file."""
    digests = []
    for path, key, subject, camera, bad in jobs:
        picture = take_snapshot(
            key, subject, camera, seed=seed, height=height, width=width, bad=bad
        )
        content = jpeg_bytes(picture)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(content)
        partial.replace(path)
        digests.append(hashlib.sha256(content).hexdigest())
    return digests


def _run(
    jobs: Sequence[_Job], *, seed: int, height: int, width: int, workers: int, progress: bool,
    done: int = 0,
) -> dict[Path, str]:  # fmt: skip
    """Render the jobs, in worker processes if more than one; SHA-256 by file."""
    for parent in {job[0].parent for job in jobs}:
        parent.mkdir(parents=True, exist_ok=True)
    chunks = [jobs[i : i + _CHUNK] for i in range(0, len(jobs), _CHUNK)]
    digests: dict[Path, str] = {}
    bar = tqdm(total=done + len(jobs), initial=done, desc="Rendering", unit="image",
               disable=not progress)  # fmt: skip
    with bar:
        for chunk, result in zip(chunks, _results(chunks, seed, height, width, workers), strict=True):
            digests.update(zip((job[0] for job in chunk), result, strict=True))
            bar.update(len(chunk))
    return digests


def _results(
    chunks: Sequence[Sequence[_Job]], seed: int, height: int, width: int, workers: int
) -> Iterator[list[str]]:
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _render_jobs(chunk, seed, height, width)
        return
    # Spawned, not forked: a fork of a process that runs threads (PyTorch's) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context) as pool:
        futures = [pool.submit(_render_jobs, chunk, seed, height, width) for chunk in chunks]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _check_output(height: Any, width: Any, workers: Any) -> None:
    check_integer("height", height, 32, 512)
    check_integer("width", width, 16, 256)
    check_integer("workers", workers, 1, 256)


def render_folder(
    folder: Path, items: Sequence[tuple[str, int, int]], attributes: Any, *, seed: int,
    height: int, width: int, workers: int, progress: bool,
) -> list[Path]:  # fmt: skip
    """See `pedestrians.render_images`."""
    _check_output(height, width, workers)
    for name, identity, camera in items:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or pure.suffix not in (".jpg", ".jpeg"):
            raise DatasetError(f"items: {name!r} is not a relative path to a .jpg file.")
        check_integer(f"items: camera of {name}", camera, 1, 9)
        check_integer(f"items: identity of {name}", identity, -1, 10**9)
    if len({name for name, _, _ in items}) < len(items):
        raise DatasetError("items: a file name stands twice; give each image its own.")
    rows = _attribute_rows(attributes, [identity for _, identity, _ in items])
    jobs = _jobs(folder, items, rows, seed)
    _run(jobs, seed=seed, height=height, width=width, workers=workers, progress=progress)
    return [folder / name for name, _, _ in items]


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(path)


def _read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None if there is no such file."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DatasetError(f"{path}: not JSON ({error}). Delete {path.parent} and render again.") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: not a JSON object. Delete {path.parent} and render again.")
    return content


def _check_same(folder: Path, stated: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Raise unless a directory was begun with these parameters by this renderer."""
    if stated.get("renderer_version") != RENDERER_VERSION:
        raise DatasetError(
            f"{folder}: rendered by version {stated.get('renderer_version')} of the renderer, this "
            f"is version {RENDERER_VERSION}. Delete it or give another directory."
        )
    other = stated.get("parameters", {})
    for key in parameters:
        if other.get(key) != parameters[key]:
            raise DatasetError(
                f"{folder}: was rendered with {key} = {other.get(key)!r}, not {parameters[key]!r}. "
                "Delete it or give another directory."
            )


def write_dataset(
    folder: Path, plan: Plan, parameters: Mapping[str, Any], *, seed: int, height: int, width: int,
    workers: int, progress: bool,
) -> Path:  # fmt: skip
    """Render a plan into a directory; continues or completes what is there; see `pedestrians`."""
    _check_output(height, width, workers)
    manifest, begun = _read_json(folder / MANIFEST), _read_json(folder / _BEGUN)
    state = {"renderer_version": RENDERER_VERSION, "parameters": dict(parameters)}
    for stated in (manifest, begun):
        if stated is not None:
            _check_same(folder, stated, parameters)
    present = {
        f"{split}/{path.name}"
        for split in (TRAIN, QUERY, GALLERY) if (folder / split).is_dir()
        for path in (folder / split).iterdir()
    }  # fmt: skip
    names = [name for name, _, _ in plan.items]
    if manifest is not None and present.issuperset(names) and (folder / "market_attribute.mat").exists():
        return folder
    for split in (TRAIN, QUERY, GALLERY):
        (folder / split).mkdir(parents=True, exist_ok=True)
    _write_json(folder / _BEGUN, state)
    for name in present.difference(names):
        if PurePosixPath(name).name.endswith(".partial"):  # a write that was cut short
            (folder / name).unlink()
    items_left = [item for item in plan.items if item[0] not in present]
    rows = {
        int(i): tuple(row)
        for table in (plan.train, plan.test)
        for i, row in zip(table.ids, table.values.tolist(), strict=True)
    }
    jobs = _jobs(folder, items_left, rows, seed)
    digests = _run(jobs, seed=seed, height=height, width=width, workers=workers, progress=progress,
                   done=len(names) - len(jobs))  # fmt: skip
    write_attributes(folder / "market_attribute.mat", plan.train, plan.test)
    total = hashlib.sha256()
    for name in sorted(names):
        path = folder / name
        digest = digests.get(path) or hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{name} {digest}\n".encode())
    _write_json(folder / MANIFEST, {**state, "images": len(names), "fingerprint": total.hexdigest()})
    (folder / _BEGUN).unlink()
    return folder
