"""The memory that this process holds, and the most it held since it was last asked to forget."""

from __future__ import annotations

import platform
import re
import resource
from pathlib import Path

_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RAISE_PEAK = "5"  # what Linux takes for: the peak becomes what is held now


def held_bytes() -> int:
    """Resident memory now; where the system does not say, the peak so far."""
    return _status("VmRSS") or _peak_so_far()


def forget_peak() -> None:
    """Let `peak_bytes` count from now on. Linux alone can; elsewhere it counts from the start."""
    if _FORGET.exists():
        _FORGET.write_text(_RAISE_PEAK)


def peak_bytes() -> int:
    """Largest resident memory since `forget_peak`."""
    return _status("VmHWM") or _peak_so_far()


def _status(name: str) -> int:
    if not _STATUS.exists():
        return 0
    match = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), flags=re.MULTILINE)
    return 1024 * int(match[1]) if match else 0


def _peak_so_far() -> int:
    unit = 1 if platform.system() == "Darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
