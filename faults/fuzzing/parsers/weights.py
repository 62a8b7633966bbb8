"""Weights of strangers, which may hold code to execute."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import torch
from safetensors.torch import save

from aacpy.encoder import Encoder, build_encoder
from faults.fuzzing.mutate import encoded, mutate_bytes
from faults.fuzzing.mutate_json import mutate_json
from faults.fuzzing.parser import ContradictionError, Parser
from faults.fuzzing.safetensors_file import cut, joined

_EXECUTED = Path("executed")

#: Programs of the format that tensors come in; each makes the file `executed` when it is run.
CODE = (
    b"cbuiltins\nopen\n(Vexecuted\nVw\ntR.",
    b"cos\nsystem\n(Vtouch executed\ntR.",
    b"csubprocess\nPopen\n((lVtouch\naVexecuted\natR.",
    b"cbuiltins\nexec\n(Vopen('executed','w')\ntR.",
    b"\x80\x02c_io\nopen\nX\x08\0\0\0executedX\x01\0\0\0w\x86R.",
    b"\x80\x04\x8c\x02io\x8c\x04open\x93\x8c\x08executed\x8c\x01w\x86R.",
    b"ctorch.serialization\nos.system\n(Vtouch executed\ntR.",
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(cbuiltins\nopen\n(Vexecuted\nVw\ntRtR.",
    b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\0\0\0acbuiltins\nopen\n(Vexecuted\nVw\ntRu.",
    b"cnumpy\nsave\n(Vexecuted\nI1\ntR.",
)


def weight_samples() -> list[bytes]:
    """A small net's weights in each format, after a line with the file's name."""
    torch.manual_seed(0)
    state = build_encoder("small").backbone.state_dict()
    old = io.BytesIO()
    torch.save(state, old, _use_new_zipfile_serialization=False)
    new = io.BytesIO()
    torch.save(state, new)
    return [b"w.safetensors\n" + save(state), b"w.pth\n" + new.getvalue(),
            b"w.pth\n" + old.getvalue()]  # fmt: skip


def mutate_weights(rng: Random, samples: Sequence[bytes]) -> bytes:
    """Wrong bytes in file, header or program, and programs that are not for reading tensors."""
    kind = rng.random()
    if kind < 0.3:
        name, content = rng.choice(samples).split(b"\n", 1)
        name = rng.choice((name, name, name, b"w.pth", b"w.safetensors"))
        return name + b"\n" + mutate_bytes(rng, [content])
    if kind < 0.5:
        header, data = cut(samples[0].split(b"\n", 1)[1])
        return b"w.safetensors\n" + joined(encoded(mutate_json(rng, [header])), data)
    archive = samples[1].split(b"\n", 1)[1]
    if kind < 0.75:
        return b"w.pth\n" + _repacked(archive, lambda program: mutate_bytes(rng, [program]))
    code = rng.choice(CODE)
    if rng.random() < 0.3:
        code = mutate_bytes(rng, CODE)
    return b"w.pth\n" + (code if rng.random() < 0.3 else _repacked(archive, lambda _: code))


def _repacked(archive: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A .pth file with another program; the archive around it is whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("data.pkl"):
                content = change(content)
            new.writestr(entry, content)
    return buffer.getvalue()


def read_weights(sample: bytes) -> Encoder:
    """Build an encoder with the weights; no file of theirs may appear."""
    name, content = sample.split(b"\n", 1)
    path = Path(name.decode())
    path.write_bytes(content)
    try:
        return build_encoder("small", weights=path)
    finally:
        if _EXECUTED.exists():
            _EXECUTED.unlink()
            raise ContradictionError("the file's code was executed")


def use_encoder(encoder: Encoder) -> None:
    """Extract a feature."""
    encoder.eval()
    with torch.inference_mode():
        encoder(torch.zeros(1, 3, 32, 16))


PARSERS = {"weights": Parser("weights", "weights of an encoder", weight_samples, mutate_weights,
                             read_weights, ("w.pth", "w.safetensors"), use_encoder)}  # fmt: skip
