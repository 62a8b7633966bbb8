"""What runs are called, and which settings make two runs two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from aacpy.config import Config
from aacpy.study_settings import STUDY_DEFAULTS

_LONGEST_NAME = 180  # bytes of a cell's name; file systems take 255

#: Settings that do not make another experiment: where the data lie and what computes.
PLACE_SETTINGS = (
    "data", "attributes", "device", "threads", "feature_batch", "compile", "store",
)  # fmt: skip


def changed_settings(config: Config, held: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, held value, wanted value) of each setting in which `held` is not `config`.

    `held` is what a record or checkpoint says of its config, perhaps an older version's. Where
    data lie and what computes does not count.
    """
    held, wanted = ({**STUDY_DEFAULTS, **settings} for settings in (held, config.to_dict()))
    return [
        (name, held.get(name), wanted.get(name))
        for name in sorted(set(wanted) | set(held))
        if name not in PLACE_SETTINGS and held.get(name) != wanted.get(name)
    ]


def cell_name(config: Config) -> str:
    """Name of a cell: method and every setting that differs from the preset, without the seed.

    For example `aac-delta7`. Where data lie and what computes is no part of it. A name too long
    for a file system is cut and ends with a hash of the whole.
    """
    changed = [
        f"{name}{value}"
        for name, value in config.changes().items()
        if name not in ("method", "seed", *PLACE_SETTINGS)
    ]
    text = "-".join([config.method, *changed])
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in text)
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    start = name.encode()[: _LONGEST_NAME - 13].decode(errors="ignore")
    return f"{start}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def run_name(config: Config) -> str:
    """Name of a run: its cell's and its seed, for example `aac-delta7-seed1`."""
    return f"{cell_name(config)}-seed{config.seed}"
