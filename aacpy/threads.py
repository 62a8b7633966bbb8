"""How many CPU threads to use where the caller does not say."""

from __future__ import annotations

import numba


def thread_count(threads: int | None) -> int:
    """`threads`; for None the environment's NUMBA_NUM_THREADS, or else one for each CPU.

    Not `numba.get_num_threads()`, which starts numba's threads and changes torch's number of them.
    """
    return threads or int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
