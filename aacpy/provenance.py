"""Where a run happened, on which data and source: what a record needs to be traced back."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from llvmlite.binding import get_host_cpu_name
from threadpoolctl import threadpool_info

from aacpy.aac import vector_codes
from aacpy.datasets import ReidDataset

_PACKAGES = ("aacpy", "numpy", "scipy", "scikit-learn", "numba", "torch", "torchvision", "pillow")


def environment(device: str, threads: int, precision: str = "float32") -> dict[str, str]:
    """Versions and machine facts that a record keeps.

    `cpu` is the microarchitecture as LLVM names it; `kernels` says for which instructions torch and
    NumPy's BLAS chose theirs. Where these and the versions agree, a run repeats exactly.
    `precision` is the arithmetic of the encoder's passes that was used, "float32" or "bfloat16".
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
        "precision": precision,
        **versions,
    }


def dataset_facts(dataset: ReidDataset, fingerprint: str) -> dict[str, Any]:
    """Name, fingerprint and counts of the data that a run trained and evaluated on."""
    train, vectors = dataset.train, dataset.train.attributes
    return {
        "name": Path(dataset.root).name,
        "fingerprint": fingerprint,
        "train_images": len(train),
        "train_identities": len(np.unique(train.ids)),
        "query_images": len(dataset.query),
        "query_identities": len(np.unique(dataset.query.ids)),
        "gallery_images": len(dataset.gallery),
        "cameras": len(np.unique(train.cameras)),
        "attribute_vectors": None if vectors is None else len(np.unique(vector_codes(vectors))),
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
