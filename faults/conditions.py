"""Conditions under which a run must go on, or stop and say what to do.

Each is a function of a fresh `Sandbox` and the undisturbed run's record. It yields what it tried
and what was wrong with it, "" where all was well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aacpy.records import Record
from faults import damage, storage
from faults.ends import Tried
from faults.sandbox import Sandbox

#: Name -> what brings the condition about.
CONDITIONS: Mapping[str, Callable[[Sandbox, Record], Tried]] = {
    "full disk": storage.full_disk,
    "full disk of data": storage.full_data_disk,
    "read-only directory": storage.read_only,
    "two processes": damage.two_processes,
    "cut checkpoint": damage.cut_checkpoint,
    "cut record": damage.cut_record,
    "jumping clock": damage.clock_jumps,
}
