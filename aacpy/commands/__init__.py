"""The commands of `python -m aacpy`, one module each: `configure` its parser, `main` runs it."""

from __future__ import annotations


def option(setting: str) -> str:
    """The option of a setting: `start_epoch` is given as `--start-epoch`."""
    return f"--{setting.replace('_', '-')}"
