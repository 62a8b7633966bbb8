"""Initial weights: a state dict from a file that nobody vouches for, or ImageNet's."""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import WeightsError
from aacpy.files import read_bounded

#: No file of weights is larger, in bytes; the largest backbone's has 0.2 GB.
LARGEST = 2**29

_LARGEST_INDEX = 2**20  # bytes that list the tensors; the largest backbone's list has a tenth
_ZIP_START, _ZIP_END, _ZIP_END_SIZE = b"PK\x03\x04", b"PK\x05\x06", 22
_LEGACY_PICKLES = 5  # before the tensors of a .pth file as torch wrote it before 1.6
#: What a pickled state dict calls, beside the types of storages; none of it computes.
_CALLS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
}
_REMEDY = "Use a .safetensors file, or a .pth file with tensors alone."
_NESTS = ("state_dict", "model_state_dict", "model")  # under which training scripts save weights


def read_weights(path: str | Path, name: str) -> Mapping[str, Tensor]:
    """The state dict in a `.safetensors` or `.pth` file.

    Nothing in the file is executed, and the memory it takes is at most three times its size.

    Parameters
    ----------
    path : of a regular file of at most `LARGEST` bytes.
    name : of the backbone that it is for, for messages.

    Raises
    ------
    WeightsError
        If there is no such file, or it holds anything but dense tensors by their names.
    """
    path = Path(path)
    place = f"weights {printable(path)!r}"
    try:
        content = read_bounded(path, LARGEST)
    except FileNotFoundError as error:
        raise WeightsError(
            f"{place}: no such file. Pass 'imagenet', None, or the path of a {name} state dict."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WeightsError(
            f"{place} cannot be read ({reason}). Pass the path of a {name} state dict."
        ) from error
    try:
        state = _safetensors(content) if path.suffix == ".safetensors" else _pickled(content)
    except Exception as error:  # the readers raise many kinds for a damaged or hostile file
        raise WeightsError(
            f"{place} cannot be read as a state dict ({_first_line(error)}). {_REMEDY}"
        ) from error
    if not isinstance(state, Mapping):
        raise WeightsError(f"{place} hold no state dict of tensors. {_REMEDY}")
    for nest in _NESTS:
        if isinstance(state.get(nest), Mapping):
            raise WeightsError(
                f"{place} hold a training's checkpoint, whose weights stand under {nest!r}. Save "
                f"that part alone, with torch.save(checkpoint[{nest!r}], FILE), and pass its path."
            )
    if not all(isinstance(key, str) and _is_dense(value) for key, value in state.items()):
        raise WeightsError(f"{place} hold no state dict of tensors. {_REMEDY}")
    return state


def fitted(value: Tensor, wanted: Tensor) -> Tensor | None:
    """`value` in the type of `wanted`, of the same shape; None if it is no such number or NaN."""
    if value.is_complex() or value.is_floating_point() != wanted.is_floating_point():
        return None
    converted = value.to(wanted.dtype)
    return converted if bool(torch.isfinite(converted).all()) else None


def _safetensors(content: bytes) -> Mapping[str, Tensor]:
    from safetensors.torch import load

    if int.from_bytes(content[:8], "little") > _LARGEST_INDEX:
        raise ValueError("its header is cut or too long")
    return load(content)


def _pickled(content: bytes) -> Any:
    if content.startswith(_ZIP_START):
        _check_zip(content)
    else:
        stream = io.BytesIO(content)
        for _ in range(_LEGACY_PICKLES):
            _check_pickle(stream)
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _check_zip(content: bytes) -> None:
    """Raise a ValueError unless a zip is as torch writes it: nothing compressed, nothing twice."""
    end = content[-_ZIP_END_SIZE:]
    # Where the archive ends with its index's place, every reader finds the same index.
    if not end.startswith(_ZIP_END) or int.from_bytes(end[12:16], "little") > _LARGEST_INDEX:
        raise ValueError("it is cut")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed, which torch.save never does")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("its entries overlap")
        if len({entry.filename.lower() for entry in entries}) < len(entries):
            raise ValueError("it holds a name twice")
        for entry in entries:
            if entry.filename.lower().endswith(".pkl"):
                _check_pickle(io.BytesIO(archive.read(entry)))


def _check_pickle(stream: io.BytesIO) -> None:
    """Raise a ValueError unless a pickle, which is read but not loaded, calls `_CALLS` alone."""
    start = stream.tell()
    for operation, argument, _ in pickletools.genops(stream):
        if stream.tell() - start > _LARGEST_INDEX:
            raise ValueError("its list of tensors is too long")
        if operation.name in ("GLOBAL", "INST", "STACK_GLOBAL") and not (
            operation.name == "GLOBAL" and _is_call_of_weights(str(argument))
        ):
            raise ValueError(f"it calls {shown(argument or operation.name)}")


def _is_call_of_weights(called: str) -> bool:
    is_storage = called.startswith("torch ") and called.endswith("Storage")
    return called in _CALLS or (is_storage and called.removeprefix("torch ").isidentifier())


def _is_dense(value: Any) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0][:200])
