"""What a stage of the benchmark is: data of some sizes, and pieces of work to do on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Size:
    """One size of a stage.

    Attributes
    ----------
    n : what the growth is fitted over.
    width : what else sizes the data, such as a feature's dimension; of a growth only if equal.
    """

    n: int
    width: int = 0


@dataclass(frozen=True)
class Work:
    """A piece of work that is timed.

    Attributes
    ----------
    run : does it on a size's data; what it returns is compared with what others return.
    largest : the largest n it is done at: a textbook's n x n matrices fit no larger one.
    once_from : from this n on it is done once, in a process of its own, since it takes minutes.
    peak : whether its memory is measured too, in a process of its own.
    """

    run: Callable[[Any], Any]
    largest: int = sys.maxsize
    once_from: int = sys.maxsize
    peak: bool = False


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of the library, with its limit and its textbook.

    Attributes
    ----------
    name, title, limit, textbook, data : see `aacpy.measurements.Measurement`.
    works : name -> work; "library" is the part itself.
    sizes, quick : sizes of a real measurement and of a trial that takes seconds.
    prepare : makes a size's data. It is called once in each process.
    shape : a size in words.
    check : results of the library and the textbook -> what must hold of them.
    compare : results of all works -> numbers that say how they differ.
    facts : data and results -> other numbers; called where all of `facts_need` were timed.
    """

    name: str
    title: str
    limit: str = ""
    textbook: str = ""
    data: str
    works: Mapping[str, Work]
    sizes: Sequence[Size]
    quick: Sequence[Size]
    prepare: Callable[[Size], Any]
    shape: Callable[[Size], str]
    check: Callable[[Arrays], dict[str, bool]] = field(default=lambda results: {})
    compare: Callable[[Arrays], dict[str, float]] = field(default=lambda results: {})
    facts: Callable[[Any, Arrays], dict[str, float]] = field(default=lambda data, results: {})
    facts_need: Sequence[str] = ("library",)

    def works_at(self, size: Size) -> list[str]:
        """Names of the works that are done at a size."""
        return [name for name, work in self.works.items() if size.n <= work.largest]


def thousands(size: Size, *, by: str = " × ") -> str:
    """A size such as "12,936 × 2,048"."""
    return by.join(f"{n:,}" for n in (size.n, size.width) if n)


def same(results: Arrays, *names: str) -> bool:
    """Whether the named results are equal in every entry."""
    first, *others = (np.asarray(results[name]) for name in names)
    return all(np.array_equal(first, other, equal_nan=first.dtype.kind == "f") for other in others)
