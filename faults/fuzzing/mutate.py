"""Damage to bytes and text. Every choice comes from the `Random` that is given."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

#: What counters, sizes and offsets are compared with, and where they wrap.
INTEGERS = (0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 4096, 32767, 32768, 65535, 65536, 2**24,
            2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)  # fmt: skip

#: Text that readers, terminals, file systems and web pages treat in ways of their own.
ODDITIES = (
    "", " ", "\0", "\n", "\r\n", "\t", "\x1b[2J\x1b[31m", "\u202e", "\ufeff", "\u2028", "\x7f",
    "e\u0301", "\u212b", "\u0663", "\uff11", "\u00b2", "\u0131", "\u017f", "\U0001f469\u200d",
    "\ud800", "\udcff", "\ud83d", "\\", "'", '"', "`", "%s%n", "{0}", "${HOME}", "../", "/", "~",
    "-1", "0", "00", "1e400", "nan", "inf", "true", "null", "<script>alert(1)</script>", "]]>",
    "&amp;", "\\u0000", "\\ud800", "9" * 30, "9" * 5000, "-" * 100, "[" * 10_000,
)  # fmt: skip


def mutate_bytes(rng: Random, samples: Sequence[bytes]) -> bytes:
    """A random one of `samples` with one to eight changes, few more often than many."""
    data = bytearray(rng.choice(samples))
    for _ in range(_few(rng)):
        rng.choice(_BYTES)(rng, data, samples)
    return bytes(data)


def mutate_text(rng: Random, samples: Sequence[str]) -> str:
    """The same for text: characters moved, lost, doubled, and oddities put in."""
    text = rng.choice(samples)
    for _ in range(_few(rng)):
        start, end = _block(rng, len(text))
        head, middle, tail = text[:start], text[start:end], text[end:]
        kind = rng.randrange(8)
        if kind <= 2:
            middle = rng.choice(ODDITIES) + (middle if kind else "")
        elif kind == 3:
            middle = ""
        elif kind == 4:
            middle *= rng.choice((2, 3, 50))
        elif kind == 5:
            middle = "".join(chr(ord(c) ^ 1 << rng.randrange(7)) for c in middle[:20])
        elif kind == 6:
            middle, tail = tail, middle
        else:
            other = rng.choice(samples)
            tail = other[rng.randint(0, len(other)) :]
        text = head + middle + tail
    return text


def encoded(text: str) -> bytes:
    """UTF-8, with lone surrogates as the bytes that no text has."""
    return text.encode("utf-8", "surrogatepass")


def _few(rng: Random) -> int:
    count = 1
    while count < 8 and rng.random() < 0.4:
        count += 1
    return count


def _block(rng: Random, length: int) -> tuple[int, int]:
    """A stretch that is short more often than long."""
    start = rng.randint(0, length)
    longest = length if rng.random() < 0.1 else 16
    return start, min(length, start + rng.randint(0, longest))


def _flip(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _truncate(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    del data[rng.randint(0, len(data)) :]


def _insert(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    count = rng.choice((1, 2, 4, 16, 1000))
    new = rng.randbytes(count) if rng.random() < 0.5 else bytes([rng.randrange(256)]) * count
    at = rng.randint(0, len(data))
    data[at:at] = new


def _delete(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    start, end = _block(rng, len(data))
    del data[start:end]


def _copy(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    start, end = _block(rng, len(data))
    at = rng.randint(0, len(data))
    over = at if rng.random() < 0.5 else min(len(data), at + end - start)
    data[at:over] = data[start:end]


def _integer(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    """An integer of 1, 2, 4 or 8 bytes, of either byte order, often where one would stand."""
    code, size = rng.choice((("B", 1), ("H", 2), ("I", 4), ("Q", 8)))
    if len(data) < size:
        return
    at = rng.randrange(len(data) - size + 1)
    if rng.random() < 0.6:
        at -= at % size
    value = rng.choice(INTEGERS) % 2 ** (8 * size)
    struct.pack_into(rng.choice("<>") + code, data, at, value)


def _splice(rng: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    other = rng.choice(samples)
    data[rng.randint(0, len(data)) :] = other[rng.randint(0, len(other)) :]


_BYTES: tuple[Callable[[Random, bytearray, Sequence[bytes]], None], ...] = (
    _flip, _flip, _set, _truncate, _insert, _delete, _copy, _integer, _integer, _splice,
)  # fmt: skip
