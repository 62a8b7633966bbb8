"""Where a run happened and from which source: what a record needs to be traced back."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path

import torch
from llvmlite.binding import get_host_cpu_name
from threadpoolctl import threadpool_info

_PACKAGES = ("aacpy", "numpy", "scipy", "scikit-learn", "numba", "torch", "torchvision", "pillow")


def environment(device: str, threads: int) -> dict[str, str]:
    """Versions and machine facts that a record keeps.

    `cpu` is the microarchitecture as LLVM names it; `kernels` says for which instructions torch and
    NumPy's BLAS chose theirs. Where these and the versions agree, a run repeats exactly.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": get_host_cpu_name(),
        "kernels": _kernels(),
        "device": device,
        "threads": str(threads),
        **versions,
    }


def _kernels() -> str:
    """Instruction sets that the numerical libraries settled on, such as "torch AVX2"."""
    found = {
        f"{library['internal_api']} {library['architecture']}"
        for library in threadpool_info()
        if library.get("architecture")
    }
    return ", ".join([f"torch {torch.backends.cpu.get_cpu_capability()}", *sorted(found)])


def source_revision() -> str:
    """The commit that the package's source is at, "+changes" if the work tree differs, or ""."""
    folder = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        changes = git("status", "--porcelain", "--untracked-files=no", "--", str(folder))
        return git("rev-parse", "--short=12", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def peak_memory_bytes(device: str) -> dict[str, int]:
    """Peak memory so far: `ram`, this process's resident set; `gpu`, what torch had allocated."""
    import resource

    unit = 1 if platform.system() == "Darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere
    peak = {"ram": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if device.startswith("cuda"):
        peak["gpu"] = torch.cuda.max_memory_allocated(device)
    return peak
