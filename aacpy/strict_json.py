"""JSON that has one meaning: what every reader of records, measurements and manifests parses by."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from aacpy.config_values import shown


def parse_json(content: str | bytes) -> Any:
    """The value that a JSON text holds.

    Raises
    ------
    ValueError
        If the text is cut or no JSON, repeats a key, holds NaN, Infinity or an integer of thousands
        of digits, or is nested too deeply. Numbers may still be larger than any float.
    """
    try:
        return json.loads(content, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {shown(twice)} stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
