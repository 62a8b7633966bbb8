"""The 27 attributes of Lin et al. and the MATLAB file that holds them.

Reference: Y. Lin et al., "Improving person re-identification by attribute and identity
learning", Pattern Recognition 95, 2019. The file is a struct `market_attribute` with the fields
`train` and `test`; each holds one vector per attribute, one entry per identity, and
`image_index`, the identities as 4-character strings. The fields stand in a different order in
the two splits, so everything here goes by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.errors import DatasetError

#: Name of every attribute -> meaning of its values 1, 2, ... (the file counts from 1).
ATTRIBUTE_VALUES: Mapping[str, tuple[str, ...]] = {
    "age": ("young", "teenager", "adult", "old"),
    "backpack": ("no", "yes"),
    "bag": ("no", "yes"),
    "handbag": ("no", "yes"),
    **{
        f"down{colour}": ("no", "yes")
        for colour in (
            "black", "blue", "brown", "gray", "green", "pink", "purple", "white", "yellow",
        )
    },
    **{
        f"up{colour}": ("no", "yes")
        for colour in ("black", "blue", "green", "gray", "purple", "red", "white", "yellow")
    },
    "clothes": ("dress", "pants"),
    "down": ("long lower body clothing", "short lower body clothing"),
    "up": ("long sleeve", "short sleeve"),
    "hair": ("short hair", "long hair"),
    "hat": ("no", "yes"),
    "gender": ("male", "female"),
}  # fmt: skip

#: The 27 names in the order of every attribute matrix in this package.
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(ATTRIBUTE_VALUES)

_STRUCT, _INDEX = "market_attribute", "image_index"


@dataclass(frozen=True)
class AttributeTable:
    """The attributes of the identities of one split.

    Attributes
    ----------
    ids : (m,) int64, the identities, each once.
    values : (m, 27) int64, columns in the order of `ATTRIBUTE_NAMES`, values from 1.
    """

    ids: NDArray[np.int64]
    values: NDArray[np.int64]

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Attributes of each given identity, (n,) -> (n, 27).

        Raises
        ------
        DatasetError
            If an identity has no row; the message names the first few.
        """
        order = np.argsort(self.ids, kind="stable")
        position = np.searchsorted(self.ids, ids, sorter=order)
        position = order[np.minimum(position, len(order) - 1)] if len(order) else position
        known = self.ids[position] == ids if len(order) else np.zeros(len(ids), bool)
        if not np.all(known):
            missing = np.unique(np.asarray(ids)[~known])
            raise DatasetError(
                f"{len(missing)} identities have no attributes, among them "
                f"{', '.join(f'{i:04d}' for i in missing[:5])}. Use the attribute file that "
                "belongs to these images."
            )
        return self.values[position]


def read_attributes(path: str | Path) -> dict[str, AttributeTable]:
    """Read `market_attribute.mat` into `{"train": table, "test": table}`.

    Values are returned as they stand, also where they are out of range: `aacpy check` reports
    those with their identity.

    Raises
    ------
    DatasetError
        If the file is missing, is no MATLAB file, or lacks a field; the message names the file,
        the field and the remedy.
    """
    from scipy.io import loadmat

    path = Path(path)
    if not path.is_file():
        raise DatasetError(
            f"{path}: no such file. Download market_attribute.mat (Lin et al., GitHub "
            "vana77/Market-1501_Attribute) and put it there, or pass its path as `attributes`."
        )
    try:
        content = loadmat(path, squeeze_me=True, struct_as_record=False, chars_as_strings=True)
    except Exception as error:  # scipy raises many kinds for a damaged file
        raise DatasetError(
            f"{path}: not a readable MATLAB file ({error}). Download it again."
        ) from error
    root = content.get(_STRUCT)
    if root is None:
        raise DatasetError(f"{path}: has no variable {_STRUCT!r}. Download the file again.")
    return {split: _table(path, root, split) for split in ("train", "test")}


def _table(path: Path, root: Any, split: str) -> AttributeTable:
    struct = getattr(root, split, None)
    if struct is None:
        raise DatasetError(f"{path}: {_STRUCT} has no field {split!r}. Download the file again.")
    missing = [name for name in (*ATTRIBUTE_NAMES, _INDEX) if not hasattr(struct, name)]
    if missing:
        raise DatasetError(
            f"{path}: {_STRUCT}.{split} lacks {', '.join(missing)}. Download the file again."
        )
    try:
        ids = np.array([int(str(i)) for i in np.atleast_1d(getattr(struct, _INDEX))], np.int64)
        columns = [np.atleast_1d(getattr(struct, name)) for name in ATTRIBUTE_NAMES]
        values = np.stack([c.astype(np.int64) for c in columns], axis=1)
    except (TypeError, ValueError, OverflowError) as error:
        raise DatasetError(
            f"{path}: {_STRUCT}.{split} is not {len(ATTRIBUTE_NAMES)} integer vectors of one "
            f"length ({error}). Download the file again."
        ) from error
    if values.shape != (len(ids), len(ATTRIBUTE_NAMES)):
        raise DatasetError(
            f"{path}: {_STRUCT}.{split} has {len(ids)} identities but {len(values)} values for "
            "each attribute. Download the file again."
        )
    return AttributeTable(ids, values)


def write_attributes(path: str | Path, train: AttributeTable, test: AttributeTable) -> None:
    """Write both tables as a `market_attribute.mat` that `read_attributes` reads back."""
    from scipy.io import savemat

    def struct(table: AttributeTable) -> dict[str, Any]:
        fields: dict[str, Any] = {
            name: table.values[None, :, column].astype(np.uint8)
            for column, name in enumerate(ATTRIBUTE_NAMES)
        }
        index = np.empty((1, len(table.ids)), object)
        index[0, :] = [f"{i:04d}" for i in table.ids]
        return fields | {_INDEX: index}

    savemat(path, {_STRUCT: {"test": struct(test), "train": struct(train)}})
