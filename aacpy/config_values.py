"""Values of settings: what a setting takes, and how a received value is told in a message."""

from __future__ import annotations

import difflib
import itertools
import math
import re
import reprlib
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

from aacpy.errors import ConfigError

#: Upper bound of an integer setting that names none: the largest that every integer type holds.
LARGEST_INTEGER = 2**31 - 1

_LONGEST_TEXT = 4096  # bytes of a path
_NO_PLAIN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    open_low: bool = False,
    open_high: bool = False,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A dataclass field with its help and the values that it takes."""
    if type(default) is int and high is None:
        high = LARGEST_INTEGER
    metadata = {
        "help": help, "low": low, "high": high, "open_low": open_low, "open_high": open_high,
        "choices": choices,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def typed(name: str, value: Any, hint: Any) -> Any:
    """`value` as the field's type: an int serves as float, NumPy scalars and paths unwrap."""
    options = _options(hint)
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        value = value.item()
    if hasattr(value, "__fspath__"):
        value = value.__fspath__()
    if float in options and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError as error:
            raise ConfigError(f"{name} must be finite, not {shown(value)}") from error
    if int in options and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, options) or (isinstance(value, bool) and bool not in options):
        raise ConfigError(
            f"{name} must be {type_name(hint)}, not {shown(value)} ({type(value).__name__})"
        )
    return value


def check_range(name: str, value: Any, rule: Mapping[str, Any]) -> None:
    """Raise a ConfigError unless a value of the field's type is one that the field takes."""
    choices, low, high = rule["choices"], rule["low"], rule["high"]
    if choices is not None and value not in choices:
        hint = nearest(value, choices)
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {shown(value)}{hint}")
    if isinstance(value, str):
        _check_text(name, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{name} must be finite, not {value!r}")
    if low is not None and (value < low or (rule["open_low"] and value == low)):
        relation = ">" if rule["open_low"] else ">="
        raise ConfigError(f"{name} must be {relation} {low}, not {shown(value)}")
    if high is not None and (value > high or (rule["open_high"] and value == high)):
        relation = "<" if rule["open_high"] else "<="
        raise ConfigError(f"{name} must be {relation} {high}, not {shown(value)}")


def is_plain_text(text: str) -> bool:
    """Whether a text has no control characters and line breaks, and can be encoded."""
    return _NO_PLAIN_TEXT.search(text) is None


def nearest(name: object, known: Collection[str]) -> str:
    """A hint such as "; did you mean 'delta'?", or "" if no known name is near."""
    # Comparing takes longer the longer a name is.
    if not isinstance(name, str) or len(name) > 2 * max(map(len, known)):
        return ""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def type_name(hint: Any) -> str:
    """A field's type in words, such as "str or none"."""
    return " or ".join("none" if t is types.NoneType else t.__name__ for t in _options(hint))


def shown(value: object) -> str:
    """A received value as a message tells it: its `repr`, in about 80 characters at most."""
    text = _SHORT.repr(value)
    return text if len(text) <= _SHORT.maxother else f"{text[: _SHORT.maxother - 3]}..."


class _Short(reprlib.Repr):
    """Shortens before it makes text, so that no value is too large to be told."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 4, 80, 84
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 8

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:  # in its own order, not sorted
        if level <= 0:
            return "{...}"
        inner = level - 1
        parts = [
            f"{self.repr1(key, inner)}: {self.repr1(value, inner)}"
            for key, value in itertools.islice(x.items(), self.maxdict)
        ]
        return "{" + ", ".join([*parts, *["..."] * (len(x) > self.maxdict)]) + "}"

    def repr_int(self, x: int, level: int) -> str:
        if x.bit_length() <= 128:
            return repr(x)
        return f"an integer of about {int(x.bit_length() * math.log10(2)) + 1:,} digits"


_SHORT = _Short()


def _check_text(name: str, text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise ConfigError(
            f"{name} must have at most {_LONGEST_TEXT} characters, not {len(text):,}: {shown(text)}"
        )
    if not is_plain_text(text):
        raise ConfigError(
            f"{name} must be text without control characters and broken encoding, not "
            f"{shown(text)}; rename what it names"
        )


def _options(hint: Any) -> tuple[type, ...]:
    return typing.get_args(hint) or (hint,)
