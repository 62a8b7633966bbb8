"""A grid's cells as they stand on disk: what runs them, which are stale, which are at work."""

from __future__ import annotations

import json
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
from aacpy.errors import RunError
from aacpy.experiments.grids import run_folder
from aacpy.files import project_root
from aacpy.records import changed_settings

#: Settings that a rendered benchmark follows from.
RENDER_SETTINGS = ("identities", "cameras", "cameras_per_identity", "images_per_camera", "seed")


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
    return Rendering(
        "-".join([f"renderer{RENDERER_VERSION}", *(f"{k}{v}" for k, v in values.items())]),
        " ".join(f"--{name.replace('_', '-')} {value}" for name, value in values.items()),
    )


def run_options(config: Config) -> str:
    """Papermill's options for a run of `config`: preset, method, seed and what else is changed."""
    preset = Config.preset(config.preset_name).to_dict()
    values = {"preset": config.preset_name, "method": config.method, "seed": config.seed}
    values |= {name: value for name, value in config.to_dict().items() if value != preset[name]}
    text = yaml.safe_dump(values, default_flow_style=True, sort_keys=False, width=10**6)
    return f"-y {shlex.quote(text.strip())}"


def stale_settings(config: Config, folder: Path, *, checkpoints: bool = True) -> list[str]:
    """Settings in which what `folder` holds is not a run of `config`, as "name old -> new".

    A record decides, without one the checkpoint (reading one takes seconds, so `checkpoints` can
    leave it out). Where the data lie and what computes does not count.
    """
    held = _held_config(folder, checkpoints)
    if held is None:
        return []
    return [f"{name} {found} -> {wanted}" for name, found, wanted in changed_settings(config, held)]


def check_stale(configs: Iterable[Config]) -> None:
    """Raise a RunError that names each finished run whose settings are no longer the grid's."""
    stale = [
        f"{folder.name} ({', '.join(changes)})"
        for config in configs
        for folder in [run_folder(config)]
        if (changes := stale_settings(config, folder, checkpoints=False))
    ]
    if stale:
        raise RunError(
            f"runs made with other settings: {'; '.join(stale)}. `make reproduce` sets them aside "
            "and runs them again; or delete their directories."
        )


def set_stale_aside(configs: Iterable[Config]) -> list[str]:
    """Move runs of other settings to `runs/stale/`; one line for each, saying what changed."""
    lines = []
    for config in configs:
        folder = run_folder(config)
        changes = stale_settings(config, folder)
        if changes:
            time_of_day = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
            aside = project_root() / "runs" / "stale" / f"{folder.name}-{time_of_day}"
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


def _held_config(folder: Path, checkpoints: bool) -> dict[str, Any] | None:
    try:
        content = json.loads((folder / "record.json").read_bytes())
        return dict(content["config"])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # no record that can be used
    path = folder / "checkpoint.safetensors"
    if not checkpoints or not path.exists():
        return None

    from aacpy.checkpoints import load_state

    try:
        return dict(load_state(path)["config"])
    except (RunError, KeyError, TypeError, ValueError):
        return {}
