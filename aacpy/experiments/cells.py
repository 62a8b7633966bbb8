"""A grid's cells as they stand on disk: what runs them, which are stale, which are at work."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from aacpy.config import Config
from aacpy.config_values import shown
from aacpy.errors import RunError
from aacpy.experiments.grids import run_folder
from aacpy.files import read_bounded, runs_root
from aacpy.records import LARGEST, SCHEMA, changed_settings
from aacpy.strict_json import parse_json

#: Settings that a rendered benchmark follows from.
RENDER_SETTINGS = (
    "identities", "cameras", "cameras_per_identity", "images_per_camera", "seed", "camera_gap",
)  # fmt: skip


#: Gives the fingerprint of a config's data as they lie on disk, None if they do not.
Fingerprint = Callable[[Config], str | None]


@dataclass(frozen=True)
class Rendering:
    """A rendered benchmark: its name and the options of `python -m aacpy render` for it."""

    name: str
    options: str


def rendering(config: Config) -> Rendering | None:
    """The benchmark that `config` trains on, or None if its data are not rendered."""
    if config.data is not None or config.preset_name != "pedestrians":
        return None

    from aacpy.datasets.renderer.manifest import RENDERER_VERSION

    values = {name: getattr(config, name) for name in RENDER_SETTINGS}
    if config.camera_gap == 1:
        del values["camera_gap"]
    return Rendering(
        "-".join([f"renderer{RENDERER_VERSION}", *(f"{k}{v}" for k, v in values.items())]),
        " ".join(f"--{name.replace('_', '-')} {value}" for name, value in values.items()),
    )


def run_options(config: Config) -> str:
    """Papermill's options for a run of `config`: preset, method, seed and what else is changed."""
    values = {"preset": config.preset_name, "method": config.method, "seed": config.seed}
    values |= config.changes()
    text = yaml.safe_dump(values, default_flow_style=True, sort_keys=False, width=10**6)
    return f"-y {shlex.quote(text.strip())}"


def run_resources(config: Config) -> dict[str, int]:
    """What a run asks of the machine or the cluster.

    Returns
    -------
    `gpu` (how many), `mem_mb` (megabytes of memory) and `runtime` (minutes; a limit, generous).
    Without `device="cpu"` the paper's preset asks for a GPU, of which cells never share one.
    """
    if config.preset_name == "pedestrians":
        return {"gpu": int(config.device.startswith("cuda")), "mem_mb": 2_500, "runtime": 30}
    return {"gpu": int(config.device != "cpu"), "mem_mb": 32_000, "runtime": 24 * 60}


def stale_changes(
    config: Config,
    folder: Path,
    *,
    checkpoints: bool = True,
    fingerprint: Fingerprint | None = None,
) -> list[str]:
    """Why what `folder` holds is not a run of `config`, as "name old -> new"; [] if it is one.

    Settings count, but for those that say where data lie and what computes; so do the data, by
    their fingerprint where they are on disk. A record decides, without one the checkpoint (reading
    one takes seconds, so `checkpoints` can leave it out).
    """
    held = _held(folder, checkpoints)
    if held is None:
        return []
    changes = [
        f"{_bare(name)} {_bare(found)} -> {wanted}"
        for name, found, wanted in changed_settings(config, held.config)
    ]
    return changes or _changed_data(config, held, fingerprint or _fingerprints())


def check_stale(configs: Iterable[Config]) -> None:
    """Raise a RunError that names each finished run whose settings or data are not the grid's."""
    fingerprint = _fingerprints()
    stale = [
        f"{folder.name} ({', '.join(changes)})"
        for config in configs
        for folder in [run_folder(config)]
        if (changes := stale_changes(config, folder, checkpoints=False, fingerprint=fingerprint))
    ]
    if stale:
        raise RunError(
            f"runs made with other settings or data: {'; '.join(stale)}. `make reproduce` sets "
            "them aside and runs them again; or delete their directories."
        )


def set_stale_aside(configs: Iterable[Config]) -> list[str]:
    """Move runs of other settings or data to `runs/stale/`; one line for each, saying why."""
    lines, fingerprint = [], _fingerprints()
    for config in configs:
        folder = run_folder(config)
        changes = stale_changes(config, folder, fingerprint=fingerprint)
        if changes:
            time_of_day = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
            aside = runs_root() / "stale" / f"{folder.name}-{time_of_day}"
            aside.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(aside)
            place = os.path.relpath(aside)
            lines.append(f"stale: {folder.name} ({', '.join(changes)}), now in {place}")
    return lines


def wait_for_runs(
    folders: Iterable[Path], say: Callable[[str], None], *, interval: float = 1.0
) -> None:
    """Wait until no process is at one of the runs; `say` is told of each that is waited for.

    A killed workflow can leave a cell running, which then ends by itself and writes its record.
    """
    for folder in folders:
        lock = FileLock(folder / ".lock")  # as `aacpy.runs` locks a run
        told = False
        while folder.is_dir():
            try:
                with lock.acquire(timeout=0):
                    break
            except Timeout:
                if not told:
                    say(f"waiting for {folder.name}, which an earlier workflow left running")
                told = True
                time.sleep(interval)


@dataclass(frozen=True)
class _Held:
    """What a run directory says of its run; nothing of what it does not know."""

    config: dict[str, Any]
    fingerprint: Any = None
    data_name: Any = None


def _held(folder: Path, checkpoints: bool) -> _Held | None:
    """What the record, or else the checkpoint, says; None if there is neither."""
    try:
        content = parse_json(read_bounded(folder / "record.json", LARGEST))
        if content["schema"] != SCHEMA or not isinstance(content["config"], dict):
            return _Held({})
        dataset = content["dataset"]
        return _Held(content["config"], dataset["fingerprint"], dataset["name"])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError):
        return _Held({})  # no record that can be used
    if not checkpoints:
        return None

    from aacpy.checkpoints import read_newest

    try:
        checkpoint, _ = read_newest(folder)
        if checkpoint is None:
            return None
        return _Held(dict(checkpoint.state["config"]), checkpoint.state["fingerprint"])
    except (RunError, KeyError, TypeError, ValueError):
        return _Held({})


def _changed_data(config: Config, held: _Held, fingerprint: Fingerprint) -> list[str]:
    if rendering(config) is not None:
        from aacpy.loading import benchmark_root

        name = benchmark_root(config).name  # tells the renderer's version
        if held.data_name not in (None, name):
            return [f"data {_bare(held.data_name)} -> {name}"]
    found = fingerprint(config)
    if found is None or held.fingerprint in (None, found):
        return []
    return [f"data {_bare(held.fingerprint)[:8]} -> {found[:8]}"]


def _bare(held: Any) -> str:
    """A value that a file holds, in short; a text without its quotes."""
    return shown(held)[1:-1] if isinstance(held, str) else shown(held)


def _fingerprints() -> Fingerprint:
    """A function that gives the fingerprint of a config's data on disk, read once a dataset."""
    known: dict[tuple[str | None, str | None, Rendering | None], str | None] = {}

    def find(config: Config) -> str | None:
        key = (config.data, config.attributes, rendering(config))
        if key not in known:
            from aacpy.loading import data_on_disk

            dataset = data_on_disk(config)
            known[key] = None if dataset is None else dataset.fingerprint()
        return known[key]

    return find
