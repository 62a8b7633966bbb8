"""Checks of parsed fields: each raises a ValueError whose message begins with the field's path."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from aacpy.config_values import is_plain_text, shown

_LONGEST_TEXT = 1000


def is_number(value: object) -> bool:
    """Whether a value is an integer or a float that some finite float is near."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def check_dict(field: str, value: Any, at_least: Collection[str] = ()) -> dict[str, Any]:
    """`value` if it is a mapping of plain names, `at_least` some of them."""
    if not isinstance(value, dict):
        raise ValueError(f"{field} must be a dict")
    for name in value:
        check_text(f"a name in {field}", name)
    if not set(at_least) <= set(value):
        raise ValueError(f"{field} must hold {', '.join(at_least)}")
    return value


def check_exact(field: str, value: Any, names: Collection[str]) -> dict[str, Any]:
    """`value` if it is a mapping of these names and no others."""
    found = check_dict(field, value)
    odd = set(found) ^ set(names)
    if odd:
        raise ValueError(f"{field}: missing or unknown: {shown(', '.join(sorted(odd)))[1:-1]}")
    return found


def check_list(field: str, value: Any) -> list[Any]:
    """`value` if it is a list."""
    if not isinstance(value, list):
        raise ValueError(f"{field} must be a list")
    return value


def check_text(field: str, value: Any) -> str:
    """`value` if it is a text of one line, not long."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not is_plain_text(value):
        raise ValueError(
            f"{field} must be text of one line, at most {_LONGEST_TEXT} characters, not "
            f"{shown(value)}"
        )
    return value


def check_count(field: str, value: Any, high: int, low: int = 0) -> int:
    """`value` if it is an integer from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{field} must be a whole number from {low} to {high}, not {shown(value)}")
    return value


def check_number(field: str, value: Any, low: float, high: float) -> float:
    """`value` if it is a number from `low` to `high`."""
    if not is_number(value) or not low <= value <= high:
        raise ValueError(f"{field} must be a number from {low:g} to {high:g}, not {shown(value)}")
    number: float = value
    return number
