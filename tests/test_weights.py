"""Files of weights that are damaged or hostile: refused, in little memory, and never executed."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from aacpy import build_encoder
from aacpy.errors import WeightsError
from aacpy.weights import LARGEST, fitted, read_weights

Change = Callable[[dict[str, Tensor]], None]


@pytest.fixture
def state() -> dict[str, Tensor]:
    return dict(build_encoder("small").backbone.state_dict())


def pth(content: Any, *, legacy: bool = False) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def rezipped(content: bytes, *, compression: int = zipfile.ZIP_STORED, **changed: bytes) -> bytes:
    """A zip's entries in a new zip, some (by the end of their name) with another content."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", compression) as new,
    ):
        for name in old.namelist():
            new.writestr(name, changed.get(Path(name).stem, old.read(name)))
    return stream.getvalue()


def refusal(folder: Path, content: bytes, suffix: str = ".pth") -> str:
    """What a file with this content is refused with."""
    path = folder / f"weights{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as raised:
        build_encoder("small", weights=path)
    said = str(raised.value)
    assert str(path) in said and len(said) < len(str(path)) + 500
    return said


@pytest.mark.parametrize("legacy", [False, True])
def test_weights_are_read_as_torch_wrote_them(
    tmp_path: Path, state: dict[str, Tensor], legacy: bool
) -> None:
    parameters = {key: torch.nn.Parameter(value) if value.is_floating_point() else value
                  for key, value in state.items()}  # fmt: skip
    for number, content in enumerate((state, parameters)):
        path = tmp_path / f"{number}.pth"
        path.write_bytes(pth(content, legacy=legacy))
        found = build_encoder("small", weights=path).backbone.state_dict()
        assert all(torch.equal(found[key], value) for key, value in state.items())


class Payload:
    """What runs `call` where it is unpickled."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        function, *arguments = self.call
        return function, tuple(arguments)


@pytest.mark.parametrize("kind", ["zip", "legacy", "bare"])
def test_no_payload_is_executed(tmp_path: Path, state: dict[str, Tensor], kind: str) -> None:
    hostile = {**state, "x": Payload(os.mkdir, str(tmp_path / "ran"))}
    # The bare one is of protocol 0, written by hand.
    bare = f"cposix\nmkdir\n(V{tmp_path / 'ran'}\ntR.".encode()
    content = bare if kind == "bare" else pth(hostile, legacy=kind == "legacy")
    assert "cannot be read as a state dict" in refusal(tmp_path, content)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("legacy", [False, True])
def test_not_even_what_torch_allows_may_compute(tmp_path: Path, legacy: bool) -> None:
    """Counting the bytes of a gigabyte takes a minute, and `weights_only` would let it."""
    content = pth({"x": Payload(Counter, Payload(bytearray, 10**9))}, legacy=legacy)
    begin = time.perf_counter()
    assert "it calls 'collections Counter'" in refusal(tmp_path, content)
    assert time.perf_counter() - begin < 3


def test_a_zip_that_torch_did_not_write_is_refused(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    content = pth(state)
    assert "compressed" in refusal(
        tmp_path, rezipped(content, compression=zipfile.ZIP_DEFLATED, **{"0": bytes(10**6)})
    )
    assert "it is cut" in refusal(tmp_path, content[:-1])
    assert "it is cut" in refusal(tmp_path, content + b"x")
    with pytest.warns(UserWarning, match="Duplicate name"):
        stream = io.BytesIO(rezipped(content))
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr(archive.namelist()[0], b"")
    assert "a name twice" in refusal(tmp_path, stream.getvalue())
    assert "cannot be read as a state dict" in refusal(tmp_path, rezipped(content, data=b"\x80"))


def test_entries_that_overlap_are_refused(tmp_path: Path, state: dict[str, Tensor]) -> None:
    """A zip whose index names one entry many times unpacks to more than it holds."""
    content = pth(state)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        place, entries = archive.start_dir, archive.infolist()
    largest = max(range(len(entries)), key=lambda at: entries[at].file_size)
    name = entries[largest].filename.encode()
    record = b"PK\x01\x02" + content[place:].split(b"PK\x01\x02")[1 + largest]
    copies = b"".join(record.replace(name, name[:-1] + bytes([n])) for n in b"abc")
    assert 3 * entries[largest].file_size > len(content)
    end = bytearray(content[-22:])
    end[8:12] = (3).to_bytes(2, "little") * 2
    end[12:20] = len(copies).to_bytes(4, "little") + place.to_bytes(4, "little")
    assert "overlap" in refusal(tmp_path, content[:place] + copies + bytes(end))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "hold no state dict of tensors. Use a .safetensors file"),
        ({"a": 3}, "hold no state dict of tensors. Use a .safetensors file"),
        ({3: torch.zeros(1)}, "hold no state dict of tensors. Use a .safetensors file"),
        ({"state_dict": {}, "epoch": 3}, "under 'state_dict'. Save that part alone, with torch."),
        ({"model": {"a": torch.zeros(1)}}, "torch.save(checkpoint['model'], FILE)"),
        ({"x" * 10**5: torch.zeros(1)}, "1 unknown keys ('xxx"),
        ({"\x1b[2J": torch.zeros(1)}, r"1 unknown keys ('\x1b[2J')"),
        ({"a": torch.zeros(2, device="meta")}, "cannot be read as a state dict"),
        ({"a": torch.eye(2).to_sparse()}, "cannot be read as a state dict"),
    ],
)  # fmt: skip
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    assert message in refusal(tmp_path, pth(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["0.weight"].view(-1)[3:4].fill_(float("nan")),
        lambda s: s["0.weight"].view(-1)[3:4].fill_(float("-inf")),
        lambda s: s.update({"0.weight": s["0.weight"].to(torch.complex64)}),
        lambda s: s.update({"0.weight": s["0.weight"].to(torch.int32)}),
        lambda s: s.update({"0.weight": s["0.weight"].double() + 1e300}),
    ],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_values_that_no_weight_has_are_refused(
    tmp_path: Path, state: dict[str, Tensor], change: Change, suffix: str
) -> None:
    change(state)
    said = refusal(tmp_path, pth(state) if suffix == ".pth" else save(state), suffix)
    assert "hold values that are not finite, or not of the type of small's: 0.weight." in said


def test_other_floats_serve(tmp_path: Path, state: dict[str, Tensor]) -> None:
    half = {k: v.bfloat16() if v.is_floating_point() else v for k, v in state.items()}
    (tmp_path / "w.safetensors").write_bytes(save(half))
    found = build_encoder("small", weights=tmp_path / "w.safetensors").backbone.state_dict()
    assert torch.equal(found["0.weight"], half["0.weight"].float())


def test_fitted() -> None:
    wanted = torch.zeros(2)
    assert torch.equal(fitted(torch.ones(2).double(), wanted), torch.ones(2))  # type: ignore[arg-type]
    assert fitted(torch.tensor([1.0, torch.inf]), wanted) is None
    assert fitted(torch.ones(2, dtype=torch.int64), wanted) is None
    assert fitted(torch.ones(2), torch.zeros(2, dtype=torch.int64)) is None


def test_headers_that_lie_are_refused(tmp_path: Path, state: dict[str, Tensor]) -> None:
    content = save(state)
    size = int.from_bytes(content[:8], "little")
    for lie in (2**63, 2**30, size + 1, size - 1, 0):
        changed = lie.to_bytes(8, "little") + content[8:]
        assert "cannot be read as a state dict" in refusal(tmp_path, changed, ".safetensors")
    assert "cannot be read" in refusal(tmp_path, content[:-1], ".safetensors")
    assert "cannot be read" in refusal(tmp_path, content + b"x", ".safetensors")


def test_what_is_no_regular_file_or_too_large_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pth")
    (tmp_path / "folder.pth").mkdir()
    with (tmp_path / "large.pth").open("wb") as file:
        file.truncate(LARGEST + 1)  # a hole: no bytes on the disk
    for name, why in (("pipe", "not a regular file"), ("folder", "not a regular file")):
        with pytest.raises(WeightsError, match=rf"{name}\.pth' cannot be read \({why}\)"):
            read_weights(tmp_path / f"{name}.pth", "small")
    (tmp_path / "loop.pth").symlink_to(tmp_path / "loop.pth")
    for hostile in ("a\0b.pth", f"{'a' * 300}.pth", "loop.pth"):
        with pytest.raises(WeightsError, match=r"cannot be read \("):
            read_weights(tmp_path / hostile, "small")
