"""Every parser of the project, a module for each kind of input."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from faults.fuzzing.parser import Parser

#: Parser -> the module here that holds it.
PARSERS: Mapping[str, str] = {
    "names": "names",
    "folders": "names",
    "attributes": "matlab",
    "metadata": "matlab",
    "images": "pictures",
    "records": "results",
    "measurements": "results",
    "checksums": "results",
    "manifests": "results",
    "configs": "settings",
    "command-line": "settings",
    "parameters": "settings",
    "grids": "settings",
    "checkpoints": "checkpoints",
    "weights": "weights",
}


def load_parser(name: str) -> Parser:
    """The parser of this name; it is imported when it is asked for."""
    parsers: dict[str, Parser] = import_module(f"{__name__}.{PARSERS[name]}").PARSERS
    return parsers[name]
