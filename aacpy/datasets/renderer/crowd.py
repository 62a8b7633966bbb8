"""Attribute vectors for a synthetic crowd, with the frequencies of the real one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.errors import DatasetError

# Aggregate frequencies over the 751 train identities of Lin et al.'s attribute file for
# Market-1501 (Pattern Recognition 95, 2019): shares, no rows. Colours not listed are 0.
_FEMALE = 0.426
_AGE = (0.019, 0.757, 0.213, 0.011)
_CARRIED = {
    # (young), (teenager), (adult), (old): backpack, bag, handbag; nobody carries two of them
    0: (0.00, 0.02, 0.00), 1: (0.34, 0.23, 0.085), 2: (0.05, 0.32, 0.22), 3: (0.02, 0.12, 0.12),
}  # fmt: skip
_BAG_BY_GENDER = {0: (1.12, 0.62, 0.9), 1: (0.84, 1.5, 1.15)}
_DRESS_IF_FEMALE = 0.344
_LONG_HAIR = {"male": 0.012, "pants": 0.71, "dress": 0.827}
_SHORT_SLEEVE = {0: 0.974, 1: 0.912}
_HAT = {0: 0.016, 1: 0.041}
_SHORT_LOWER = {0: 0.79, 1: 0.66, 2: 0.26, 3: 0.05}  # by age, pants
_SHORT_DRESS = 0.864
_UPPER = {
    0: {"black": 0.160, "blue": 0.081, "green": 0.081, "gray": 0.144, "purple": 0.035,
        "red": 0.088, "white": 0.267, "yellow": 0.053},
    1: {"black": 0.138, "blue": 0.034, "green": 0.066, "gray": 0.075, "purple": 0.047,
        "red": 0.125, "white": 0.353, "yellow": 0.041},
}  # fmt: skip
_LOWER = {
    "male": {"black": 0.429, "blue": 0.158, "brown": 0.107, "gray": 0.206, "green": 0.012,
             "pink": 0.005, "white": 0.056},
    "pants": {"black": 0.381, "blue": 0.210, "brown": 0.090, "gray": 0.124, "green": 0.019,
              "pink": 0.057, "purple": 0.010, "white": 0.057, "yellow": 0.010},
    "dress": {"black": 0.255, "blue": 0.100, "brown": 0.036, "gray": 0.073, "green": 0.045,
              "pink": 0.136, "white": 0.200, "yellow": 0.073},
}  # fmt: skip

#: Share of identities that draw a vector of their own; the others take an earlier identity's. The
#: real 751 identities have 508 distinct vectors, a share that a hundred independent draws would
#: not show: this keeps the ambiguity of the real crowd at any size.
_FRESH = 0.70


def sample_attributes(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Attribute vectors of `count` identities, (count, 27) int64, values from 1.

    Frequencies, and their dependence on gender, age and dress, follow the real ones; about a third
    of the identities share their whole vector with another, as there. Columns are in the order of
    `ATTRIBUTE_NAMES`.

    Raises
    ------
    DatasetError
        If `count` is not a positive integer.
    """
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise DatasetError(f"count: got {count!r}; give a positive integer.")
    fresh = max(1, round(_FRESH * count))
    rows = [_draw(rng) for _ in range(fresh)]
    for _ in range(count - fresh):
        rows.append(rows[int(rng.integers(len(rows)))])
    return np.array(rows, np.int64)[rng.permutation(count)]


def _choose(shares: Mapping[str, float], rng: np.random.Generator) -> str | None:
    """One key, drawn by its share; None for what the shares leave of 1."""
    level = rng.random()
    for name, share in shares.items():
        level -= share
        if level < 0:
            return name
    return None


def _draw(rng: np.random.Generator) -> list[int]:
    """One independent vector."""
    values = dict.fromkeys(ATTRIBUTE_NAMES, 1)
    female = int(rng.random() < _FEMALE)
    age = int(rng.choice(4, p=_AGE))
    dress = bool(female and rng.random() < _DRESS_IF_FEMALE)
    kind = "dress" if dress else ("pants" if female else "male")
    values["gender"], values["age"] = 1 + female, 1 + age
    values["clothes"] = 1 if dress else 2
    values["hair"] = 1 + int(rng.random() < _LONG_HAIR[kind])
    values["up"] = 1 + int(rng.random() < _SHORT_SLEEVE[female])
    values["hat"] = 1 + int(rng.random() < _HAT[female])
    values["down"] = 1 + int(rng.random() < (_SHORT_DRESS if dress else _SHORT_LOWER[age]))
    shares = {
        name: share * factor
        for name, share, factor in zip(
            ("backpack", "bag", "handbag"), _CARRIED[age], _BAG_BY_GENDER[female], strict=True
        )
    }
    for name in (
        _choose(shares, rng),
        _prefixed("up", _choose(_UPPER[female], rng)),
        _prefixed("down", _choose(_LOWER[kind], rng)),
    ):
        if name is not None:
            values[name] = 2
    return [values[name] for name in ATTRIBUTE_NAMES]


def _prefixed(prefix: str, colour: str | None) -> str | None:
    return None if colour is None else prefix + colour
