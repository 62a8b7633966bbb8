"""Run a command on GPUs that no other cell on this machine has: distinct ones, never shared.

`python -m aacpy.experiments.gpus COUNT -- COMMAND...` waits until COUNT GPUs are free, shows the
command those alone (CUDA_VISIBLE_DEVICES), and becomes the command. A GPU is held by a lock file
that the operating system releases when the command ends, however it ends. Inside a Slurm job that
was given GPUs the choice is Slurm's, and nothing is held.
"""

from __future__ import annotations

import fcntl
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from aacpy.errors import RunError
from aacpy.files import runs_root


def visible_gpus() -> list[str]:
    """The machine's GPUs, or those among them that CUDA_VISIBLE_DEVICES names; [] if none."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        names = [name.strip() for name in named.split(",")]
        return [name for name in dict.fromkeys(names) if name not in ("", "-1")]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return listed.stdout.split()


def chosen_by_slurm() -> bool:
    """Whether this is a Slurm job that was given GPUs of its own."""
    return any(os.environ.get(name) for name in ("SLURM_JOB_GPUS", "SLURM_STEP_GPUS"))


def take(count: int, gpus: Sequence[str], folder: Path, *, interval: float = 2.0) -> list[str]:
    """Wait until `count` of `gpus` are free, hold them until this process ends; return them.

    Parameters
    ----------
    count : how many, at least 1.
    gpus : names of the GPUs there are.
    folder : where the lock files lie; made if absent. All cells of a machine must name one folder.
    interval : seconds between two tries.

    Raises
    ------
    RunError
        If there are fewer than `count`.
    """
    if len(gpus) < count:
        raise RunError(
            f"this cell asks for {count} GPU{'s' if count > 1 else ''} and the machine shows "
            f"{len(gpus)}. Run it where there is one, or on the CPU with device=cpu (slow)."
        )
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        held: list[tuple[str, int]] = []
        for gpu in gpus:
            name = f"{platform.node()}-{gpu}".replace("/", "_")  # as in MIG-GPU-.../1/0
            descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            os.set_inheritable(descriptor, True)  # held by what this process becomes
            held.append((gpu, descriptor))
            if len(held) == count:
                return [name for name, _ in held]
        for _, descriptor in held:
            os.close(descriptor)
        time.sleep(interval)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Become the command; exit with status 2 if there are too few GPUs or the call is wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) < 3 or not given[0].isdecimal() or given[1] != "--":
        print("error: usage: python -m aacpy.experiments.gpus COUNT -- COMMAND...", file=sys.stderr)
        sys.exit(2)
    count, command = int(given[0]), given[2:]
    try:
        if count and not chosen_by_slurm():
            names = take(count, visible_gpus(), runs_root() / ".gpus")
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(names)
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"error: {command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
