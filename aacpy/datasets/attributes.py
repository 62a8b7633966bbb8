"""The 27 attributes of Lin et al. and the MATLAB file that holds them.

Reference: Y. Lin et al., "Improving person re-identification by attribute and identity
learning", Pattern Recognition 95, 2019. The file is a struct `market_attribute` with the fields
`train` and `test`; each holds one vector per attribute, one entry per identity, and
`image_index`, the identities as 4-character strings. The fields stand in a different order in
the two splits, so everything here goes by name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.layout import printable
from aacpy.datasets.matlab import MatlabError, integer_vector, read_matlab
from aacpy.errors import DatasetError
from aacpy.files import write_atomically

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

#: Where the real file comes from.
ATTRIBUTES_URL = "https://github.com/vana77/Market-1501_Attribute"

#: Identities of a split that are read: Market-1501 has 751.
MAX_IDENTITIES = 20_000

_STRUCT, _INDEX = "market_attribute", "image_index"
_HEADER = b"MATLAB 5.0 MAT-file, written by aacpy"
_IDENTITY = re.compile(r"[0-9]{1,9} *")  # no longer than in a file's name


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
        missing = self.missing(ids)
        if len(missing):
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise DatasetError(
                f"no attributes for identity {', '.join(f'{i:04d}' for i in missing[:5])}{more}. "
                "Use the attribute file that belongs to these images."
            )
        order = np.argsort(self.ids, kind="stable")
        return self.values[order[np.searchsorted(self.ids, ids, sorter=order)]]

    def missing(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of the given identities that have no row, each once, sorted."""
        return np.setdiff1d(ids, self.ids)

    def faults(self) -> list[str]:
        """Say what is wrong with the rows: identities given twice, values out of range."""
        known, counts = np.unique(self.ids, return_counts=True)
        found = [
            f"identity {identity:04d} has {count} rows"
            for identity, count in zip(known, counts, strict=True)
            if count > 1
        ]
        top = np.array([len(meanings) for meanings in ATTRIBUTE_VALUES.values()])
        for row, column in np.argwhere((self.values < 1) | (self.values > top)):
            name = ATTRIBUTE_NAMES[column]
            found.append(
                f"identity {self.ids[row]:04d}: {name} is {self.values[row, column]}, "
                f"its values are 1 to {top[column]} ({', '.join(ATTRIBUTE_VALUES[name])})"
            )
        return found


def read_attributes(path: str | Path) -> dict[str, AttributeTable]:
    """Read `market_attribute.mat` into `{"train": table, "test": table}`.

    Values are returned as they stand, also where they are out of range or an identity stands
    twice: `AttributeTable.faults` lists those.

    Raises
    ------
    DatasetError
        If the file is missing, is no MATLAB file, or lacks a field; the message names the file,
        every field at fault and the remedy.
    """
    path = Path(path)
    if not _is_file(path):
        raise DatasetError(
            f"{printable(path)}: no such file. Download market_attribute.mat from "
            f"{ATTRIBUTES_URL} and put it there, or pass its path as `attributes`."
        )
    try:
        content = read_matlab(path)
    except MatlabError as error:
        raise DatasetError(
            f"{printable(path)}: not a readable MATLAB file ({error}). Download it again from "
            f"{ATTRIBUTES_URL}."
        ) from error
    tables, faults = {}, []
    for split in ("train", "test"):
        try:
            tables[split] = _table(_fields(_fields(content).get(_STRUCT)).get(split), split)
        except MatlabError as error:
            faults.append(str(error))
    if faults:
        raise DatasetError(
            f"{printable(path)}: {'; '.join(faults)}. Download it again from {ATTRIBUTES_URL}."
        )
    return tables


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False


def _fields(value: Any) -> dict[str, NDArray[Any]]:
    """The fields of a single struct, as `read_matlab` gives it; of anything else, none."""
    if isinstance(value, np.ndarray) and value.dtype == object and value.size == 1:
        value = value.item()
    return value if isinstance(value, dict) else {}


def _table(struct: Any, split: str) -> AttributeTable:
    """One split of the struct; a MatlabError says what it lacks."""
    if struct is None:
        raise MatlabError(f"has no {_STRUCT}.{split}")
    fields = _fields(struct)
    missing = [name for name in (*ATTRIBUTE_NAMES, _INDEX) if name not in fields]
    if missing:
        raise MatlabError(f"{_STRUCT}.{split} lacks {', '.join(missing)}")
    try:
        ids = np.array(_identities(fields[_INDEX]), np.int64)
    except MatlabError as error:
        raise MatlabError(f"{_STRUCT}.{split}.{_INDEX} holds no identity numbers") from error
    if len(ids) > MAX_IDENTITIES:
        raise MatlabError(f"{_STRUCT}.{split} has over {MAX_IDENTITIES:,} identities")
    values = np.empty((len(ids), len(ATTRIBUTE_NAMES)), np.int64)
    for position, name in enumerate(ATTRIBUTE_NAMES):
        try:
            column = integer_vector(fields[name])
        except MatlabError as error:
            raise MatlabError(f"{_STRUCT}.{split}.{name} holds {error}") from error
        if len(column) != len(ids):
            raise MatlabError(
                f"{_STRUCT}.{split}.{name} has {len(column)} values for {len(ids)} identities"
            )
        values[:, position] = column
    return AttributeTable(ids, values)


def _identities(index: NDArray[Any]) -> list[int]:
    """Identities that are given as numbers, as rows of text, or in a cell each."""
    if index.dtype == object:
        if not all(isinstance(cell, np.ndarray) and cell.size == 1 for cell in index.flat):
            raise MatlabError("cells without one identity each")
        return [identity for cell in index.flat for identity in _identities(cell)]
    texts = index.ravel() if index.dtype.kind == "U" else map(str, integer_vector(index))
    found = list(map(_IDENTITY.fullmatch, texts))
    if not all(found):
        raise MatlabError("text that is no identity")
    return [int(match[0]) for match in found if match]


def write_attributes(path: str | Path, train: AttributeTable, test: AttributeTable) -> None:
    """Write both tables as a `market_attribute.mat` that `read_attributes` reads back.

    Equal tables give equal bytes. Values must be 0 to 255, as the format stores single bytes.

    Raises
    ------
    DatasetError
        If a table's values do not fit the format.
    StorageError
        If the file cannot be written.
    """
    from scipy.io import savemat

    buffer = io.BytesIO()
    content = {_STRUCT: {"test": _struct(test, path), "train": _struct(train, path)}}
    # Compressed data carry a checksum, so that damage is an error: scipy's reader trusts plain
    # data and can crash on wrong bytes.
    savemat(buffer, content, do_compression=True)
    # The format opens with 116 bytes of free text, where scipy writes the time of day.
    write_atomically(path, _HEADER.ljust(116) + buffer.getvalue()[116:])


def _struct(table: AttributeTable, path: str | Path) -> dict[str, Any]:
    values, shape = np.asarray(table.values), (len(table.ids), len(ATTRIBUTE_NAMES))
    if values.shape != shape:
        raise DatasetError(f"{path}: attribute values must be of shape {shape}, not {values.shape}")
    if values.size and not 0 <= values.min() <= values.max() <= 255:
        raise DatasetError(
            f"{path}: attribute values must be 0 to 255, not {values.min()} to {values.max()}"
        )
    fields: dict[str, Any] = {
        name: values[None, :, column].astype(np.uint8)
        for column, name in enumerate(ATTRIBUTE_NAMES)
    }
    index = np.empty((1, len(table.ids)), object)
    index[0, :] = [f"{i:04d}" for i in table.ids]
    return fields | {_INDEX: index}
