"""The Slurm profile, and what its test on a real Slurm does where there is none.

`make test-cluster` runs that test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aacpy.files import project_root

PROFILE = project_root() / "profiles" / "slurm"


def test_a_killed_job_is_submitted_again_and_its_log_kept() -> None:
    profile = yaml.safe_load((PROFILE / "config.yaml").read_text())
    assert profile["executor"] == "slurm"
    assert profile["retries"] > 0
    assert profile["slurm-requeue"] is True
    assert profile["slurm-keep-successful-logs"] is True
    assert profile["latency-wait"] >= 30
    assert not Path(profile["slurm-logdir"]).is_absolute()


def test_snakemake_and_its_plugin_know_every_option_of_the_profile(tmp_path: Path) -> None:
    pytest.importorskip("snakemake_executor_plugin_slurm")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "records", "--profile", str(PROFILE), "--dry-run",
         "--nolock", "--config", "preset=paper", "data=somewhere", "grid=table1", "seeds=7"],
        cwd=project_root(), env={**os.environ, "AACPY_RUNS": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gpu=1" in done.stdout + done.stderr


def test_without_slurm_the_cluster_test_is_skipped_in_one_line(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "find", "grep", "id", "mkdir", "mktemp", "realpath", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["bash", "tools/test_cluster.sh"],
        cwd=project_root(),
        env={"PATH": str(tools), "PYTHON": sys.executable, "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("skipped: ")
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == [tools]  # nothing is left behind
