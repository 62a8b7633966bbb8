"""How a run that was hurt ended: what was wrong with it, "" where all was well."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

from aacpy.errors import AacpyError
from aacpy.records import Record
from faults.sandbox import Sandbox

#: What was tried, and what was wrong.
Tried = Iterator[tuple[str, str]]


def command(sandbox: Sandbox) -> tuple[int, str]:
    """Give the user's command; its status and what it printed."""
    before = len(sandbox.output)
    return sandbox.resume(), sandbox.output[before:]


def refused(status: int, said: str, remedy: str, *, allow_success: bool = False) -> str:
    """What is wrong with an end that should be an error of ours, with a remedy."""
    if allow_success and status == 0:
        return ""
    if status != 2 or "Traceback" in said or not re.search(r"^error: ", said, re.MULTILINE):
        return f"status {status}, not an error of ours: {said.strip()[-200:]!r}"
    return "" if remedy in said else f"no remedy in {said.strip()[-200:]!r}"


def ends_well(sandbox: Sandbox, wanted: Record) -> str:
    """What is wrong after the user's command is given again."""
    status, said = command(sandbox)
    if status:
        return f"resuming ended with status {status}: {said.strip()[-200:]!r}"
    return equal(sandbox, wanted)


def equal(sandbox: Sandbox, wanted: Record) -> str:
    """How the run's record differs from `wanted`."""
    try:
        differing = sandbox.record().differences(wanted)
    except AacpyError as error:
        return str(error)
    # The revision is the checkout's, where somebody may be at work.
    differing = [name for name in differing if name != "revision"]
    return f"the record differs: {', '.join(differing)}" if differing else ""


def copy_ends_well(sandbox: Sandbox, wanted: Record) -> str:
    """As `ends_well`, of a copy of the run directory."""
    copy = Sandbox(sandbox.root / "copy", sandbox.config, sandbox.data, sandbox.anew)
    shutil.copytree(sandbox.run, copy.run)
    try:
        return ends_well(copy, wanted)
    finally:
        shutil.rmtree(copy.root)
