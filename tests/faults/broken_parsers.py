"""Parsers that break their promise, each in one way, for the campaign to find out."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from aacpy.errors import DatasetError
from faults.fuzzing.parser import Parser

#: Of the digits that these parsers are given, the one that they break on.
BAD = b"3"


def digits() -> list[bytes]:
    return [str(n).encode() for n in range(10)]


def same(rng: Random, samples: Sequence[bytes]) -> bytes:
    return rng.choice([s for s in samples if s != BAD])


def refuse(sample: bytes) -> None:
    if int(sample) % 2 == 0:
        raise DatasetError(f"digits.txt: {sample.decode()} is even. Delete it.")


def key_error(sample: bytes) -> None:
    if sample == BAD:
        raise KeyError("three")
    refuse(sample)


def ends_process(sample: bytes) -> None:
    if sample == BAD:
        os._exit(7)


def exits(sample: bytes) -> None:
    if sample == BAD:
        raise SystemExit(0)


def hangs(sample: bytes) -> None:
    if sample == BAD:
        time.sleep(60)
    refuse(sample)


def crashes(sample: bytes) -> None:
    if sample == BAD:
        os.kill(os.getpid(), signal.SIGSEGV)
    refuse(sample)


def allocates(sample: bytes) -> None:
    if sample == BAD:
        np.ones(10**8)


def allocates_and_waits(sample: bytes) -> None:
    if sample == BAD:
        held = np.ones(10**8)
        time.sleep(30)
        del held


def names_nothing(sample: bytes) -> None:
    if sample == BAD:
        raise DatasetError("something is wrong. Delete it.")


def no_remedy(sample: bytes) -> None:
    if sample == BAD:
        raise DatasetError("digits.txt: something is wrong")


def commands_terminal(sample: bytes) -> None:
    if sample == BAD:
        raise DatasetError("digits.txt: \x1b[2J is wrong. Delete it.")


def warns(sample: bytes) -> None:
    if sample == BAD:
        np.float64(1) / np.float64(0)


def leaves_open(sample: bytes) -> None:
    if sample == BAD:
        Path("left").open("w")  # noqa: SIM115 - that is the fault


def unusable(sample: bytes) -> bool:
    return sample == BAD


def use_true(result: bool) -> None:
    if result:
        raise ValueError("cannot be used")


def broken(parse: Callable[[bytes], object], **changes: object) -> Parser:
    parser = Parser("broken", "digits", digits, same, parse, ("digits.txt",))
    return replace(parser, **changes)  # type: ignore[arg-type]


def bad_samples() -> list[bytes]:
    raise OSError("no samples")


def only_bad() -> list[bytes]:
    return [BAD] * 50
