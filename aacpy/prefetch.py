"""Preparing the next items in a background thread while the present one is worked on."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 0.1  # seconds between the thread's looks at whether anyone still wants its items


def prefetch(items: Iterable[T], depth: int = 2) -> Generator[T, None, None]:
    """Yield `items` in order, up to `depth` of them made ahead by a background thread.

    An error in making an item is raised where that item would have come. A consumer that stops
    early should close the iterator (`contextlib.closing`): the thread then ends before `close`
    returns, after the item it is at.

    Raises
    ------
    ValueError
        If `depth` is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, not {depth!r}")
    return _prefetched(items, Queue(depth), Event())


def _prefetched(
    items: Iterable[T], queue: Queue[tuple[bool, T | BaseException | None]], stopped: Event
) -> Generator[T, None, None]:
    def put(more: bool, value: T | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                queue.put((more, value), timeout=_PATIENCE)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                put(True, item)
                if stopped.is_set():
                    return
            put(False, None)
        except BaseException as error:  # handed to the consumer, whatever it is
            put(False, error)

    thread = Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            more, value = queue.get()
            if not more:
                break
            yield value  # type: ignore[misc]
        if isinstance(value, BaseException):
            raise value
    finally:
        stopped.set()
        try:
            while True:
                queue.get_nowait()  # wakes a thread that waits to put
        except Empty:
            thread.join()
