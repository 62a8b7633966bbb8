"""The stages, one a module; a process loads only the one it measures."""

from __future__ import annotations

from importlib import import_module

from benchmarks.stage import Stage

#: In the order they are measured.
STAGES = ("machine", "memory", "split", "ghost_batchnorm", "renderer", "embedded", "neighbors",
          "evaluation", "pseudo_labels", "approximate", "hard")  # fmt: skip
#: Measured only when they are named.
OPTIONAL = ("hard",)


def load_stage(name: str) -> Stage:
    """The stage of that name."""
    stage: Stage = import_module(f"{__name__}.{name}").STAGE
    return stage
