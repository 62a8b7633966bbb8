"""A rendered dataset on disk: what it was made with, what of it is there, and its fingerprint.

Images are written first, each atomically; the manifest comes last. So a directory with a manifest
is complete, and one without can be continued.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aacpy.config_values import shown
from aacpy.datasets.attributes import AttributeTable, write_attributes
from aacpy.datasets.integrity import inspect_image
from aacpy.datasets.layout import Fault, printable
from aacpy.datasets.renderer.market_names import GALLERY, QUERY, TRAIN, Plan
from aacpy.datasets.renderer.rendering import (
    PARTIAL,
    attribute_rows,
    check_integer,
    plan_jobs,
    run_jobs,
)
from aacpy.datasets.renderer.snapshot import Scene
from aacpy.errors import DatasetError, StorageError
from aacpy.files import read_bounded, sync_files, write_atomically
from aacpy.strict_json import parse_json

#: Changes whenever equal parameters would give other bytes.
RENDERER_VERSION = 2

#: Parameters that a manifest leaves out at these values, as those written before they existed do.
_UNSTATED = {"camera_gap": 1.0}

_LARGEST_MANIFEST, _LARGEST_IMAGE = 2**20, 2**24  # bytes

MANIFEST = "pedestrians.json"
_BEGUN = "pedestrians.begun.json"
_ATTRIBUTES = "market_attribute.mat"


def check_root(root: str | Path) -> Path:
    """The directory as a path, if it is new, empty or an earlier rendering."""
    folder = Path(root)
    try:
        return _checked_root(folder)
    except OSError as error:  # may not be looked at, or its name is too long
        raise DatasetError(
            f"{printable(folder)}: cannot be used ({error.strerror}). Give another directory."
        ) from error


def _checked_root(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder}: is a file; give a directory to render into.")
    if folder.is_dir() and not (folder / MANIFEST).exists() and not (folder / _BEGUN).exists():
        half_written = f".{_BEGUN}."  # what a kill can leave of the first note
        found = next((p for p in folder.iterdir() if not p.name.startswith(half_written)), None)
        if found is not None:
            raise DatasetError(
                f"{folder}: already holds {found.name} and was not rendered by aacpy; give a new "
                "or empty directory."
            )
    return folder


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())


def _read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None if there is no such file."""
    remedy = f"Delete {printable(path.parent)} and render again."
    try:
        content = parse_json(read_bounded(path, _LARGEST_MANIFEST))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(
            f"{printable(path)}: cannot be read ({error.strerror}). {remedy}"
        ) from error
    except ValueError as error:
        raise DatasetError(f"{printable(path)}: not JSON ({error}). {remedy}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{printable(path)}: not a JSON object. {remedy}")
    return content


def _check_same(folder: Path, stated: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Raise unless a directory was begun with these parameters by this renderer."""
    if stated.get("renderer_version") != RENDERER_VERSION:
        raise DatasetError(
            f"{folder}: rendered by version {shown(stated.get('renderer_version'))} of the "
            f"renderer, this is version {RENDERER_VERSION}. Delete it or give another directory."
        )
    other = stated.get("parameters")
    if not isinstance(other, dict):
        raise DatasetError(
            f"{folder}: its note of the parameters was changed. Delete it or give another "
            "directory."
        )
    other = _UNSTATED | other
    for key, wanted in (_UNSTATED | dict(parameters)).items():
        if other.get(key) != wanted:
            raise DatasetError(
                f"{folder}: was rendered with {key} = {shown(other.get(key))}, not "
                f"{wanted!r}. Delete it or give another directory."
            )


def write_dataset(
    folder: Path, plan: Plan, parameters: Mapping[str, Any], scene: Scene, *, workers: int,
    progress: bool,
) -> Path:  # fmt: skip
    """Render a plan into a directory; continues or completes what is there; see `pedestrians`.

    The manifest states the `parameters` and the scene.
    """
    check_integer("workers", workers, 1, 256)
    stated = {**parameters, **dataclasses.asdict(scene)}
    stated = {k: v for k, v in stated.items() if (k, v) not in _UNSTATED.items()}
    try:
        return _write(folder, plan, stated, scene, workers=workers, progress=progress)
    except StorageError:
        raise
    except OSError as error:
        raise DatasetError(
            f"{printable(error.filename or folder)}: cannot be used ({error.strerror or error}). "
            f"Delete it, or render into another directory than {printable(folder)}."
        ) from error


def _write(
    folder: Path, plan: Plan, parameters: Mapping[str, Any], scene: Scene, *, workers: int,
    progress: bool,
) -> Path:  # fmt: skip
    state = {"renderer_version": RENDERER_VERSION, "parameters": dict(parameters)}
    manifest = _read_json(folder / MANIFEST)
    for stated in (manifest, _read_json(folder / _BEGUN)):
        if stated is not None:
            _check_same(folder, stated, parameters)
    names = [name for name, _, _ in plan.items]
    present = _present(folder, set(names), begun=manifest is None)
    if manifest is not None and present.issuperset(names) and (folder / _ATTRIBUTES).exists():
        return folder
    both = AttributeTable(
        np.concatenate([plan.train.ids, plan.test.ids]),
        np.concatenate([plan.train.values, plan.test.values]),
    )
    left = [item for item in plan.items if item[0] not in present]
    rows = attribute_rows(both, [i for _, i, _ in plan.items])
    jobs = plan_jobs(folder, left, rows, scene.seed)
    _write_json(folder / _BEGUN, state)  # before all else: it tells a half-made directory as ours
    for split in (TRAIN, QUERY, GALLERY):
        (folder / split).mkdir(exist_ok=True)
    digests = run_jobs(jobs, scene, workers=workers, progress=progress, done=len(present))
    sync_files(digests)  # a manifest must not outlast a power cut that its images do not
    write_attributes(folder / _ATTRIBUTES, plan.train, plan.test)
    fingerprint = _fingerprint(folder, names, digests)
    if manifest is not None and manifest.get("fingerprint") != fingerprint:
        raise DatasetError(
            f"{folder}: its images are not those that {MANIFEST} tells of; one was changed since. "
            "Delete the directory and render again."
        )
    _write_json(folder / MANIFEST, {**state, "images": len(names), "fingerprint": fingerprint})
    (folder / _BEGUN).unlink(missing_ok=True)
    return folder


def _present(folder: Path, names: set[str], *, begun: bool) -> set[str]:
    """Which images are there already; removes writes that were cut short.

    Where a rendering was only `begun`, that is also images which a power cut left empty or damaged.
    Raises a `DatasetError` if another image stands among them.
    """
    present = set()
    for split in (TRAIN, QUERY, GALLERY):
        for path in (folder / split).iterdir() if (folder / split).is_dir() else ():
            name = f"{split}/{path.name}"
            if name in names:
                if begun and isinstance(inspect_image(path), Fault):
                    path.unlink()
                else:
                    present.add(name)
            elif path.name.endswith(PARTIAL):
                path.unlink(missing_ok=True)
            elif path.suffix == ".jpg":
                raise DatasetError(
                    f"{path}: does not belong to this rendering. Delete it, or render into "
                    "another directory."
                )
    return present


def _fingerprint(folder: Path, names: Sequence[str], digests: Mapping[Path, str]) -> str:
    """SHA-256 over the names and bytes of all images; digests : those already known."""
    total = hashlib.sha256()
    for name in sorted(names):
        path = folder / name
        digest = digests.get(path) or hashlib.sha256(read_bounded(path, _LARGEST_IMAGE)).hexdigest()
        total.update(f"{name} {digest}\n".encode())
    return total.hexdigest()
