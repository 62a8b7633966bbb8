"""Prefetching: order, errors, early stops, bounds."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from aacpy.prefetch import prefetch


def alive() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "prefetch"]


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_items_come_in_order_and_the_thread_ends(depth):
    assert list(prefetch(iter(range(20)), depth)) == list(range(20))
    assert list(prefetch([], depth)) == []
    assert alive() == []


def test_items_are_made_by_another_thread_and_no_more_than_asked_for_ahead():
    made, threads = [], set()

    def make():
        for item in range(100):
            made.append(item)
            threads.add(threading.get_ident())
            yield item

    with closing(prefetch(make(), depth=3)) as items:
        assert next(items) == 0
        assert next(items) == 1
        assert len(made) <= 2 + 3 + 1  # taken, waiting in the queue, in the thread's hand
    assert threading.get_ident() not in threads
    assert len(made) < 100
    assert alive() == []


def test_an_error_comes_after_the_items_before_it():
    def make():
        yield 1
        raise ValueError("damaged")

    items = prefetch(make())
    assert next(items) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(items)
    assert alive() == []


def test_none_is_an_item_like_any_other():
    assert list(prefetch([None, None])) == [None, None]


def test_an_error_of_the_consumer_ends_the_thread():
    with pytest.raises(KeyError), closing(prefetch(iter(range(1000)))) as items:
        for item in items:
            if item == 5:
                raise KeyError(item)
    assert alive() == []


def test_nothing_starts_before_the_first_item_is_asked_for():
    prefetch(iter(range(3))).close()
    assert alive() == []


def test_depth_is_checked():
    with pytest.raises(ValueError, match="depth must be at least 1, not 0"):
        prefetch([], 0)
