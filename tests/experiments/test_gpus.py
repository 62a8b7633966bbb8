"""GPUs: each cell has some of its own, as long as it runs and no longer."""

from __future__ import annotations

import json
import os
import platform
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from aacpy.errors import RunError
from aacpy.experiments.gpus import chosen_by_slurm, main, take, visible_gpus
from aacpy.files import project_root

Start = Callable[..., subprocess.Popen[str]]

MODULE = [sys.executable, "-m", "aacpy.experiments.gpus"]

#: Says which GPUs it sees, then stays until its input ends.
STAY = "import os, sys; print(os.environ.get('CUDA_VISIBLE_DEVICES'), flush=True); sys.stdin.read()"

#: Notes its GPU and the time it had it.
NOTE = """
import os, sys, time
begin = time.monotonic()
time.sleep(0.2)
line = f"{os.environ['CUDA_VISIBLE_DEVICES']} {begin} {time.monotonic()}\\n"
with open(sys.argv[1], "a") as file:
    file.write(line)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that two GPUs are named on, outside Slurm."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUDA", "SLURM"))}
    return {**kept, "AACPY_RUNS": str(tmp_path / "runs"), "CUDA_VISIBLE_DEVICES": "a,b"}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts a command on some GPUs; what still runs in the end is killed."""
    started = []

    def begin(count: int, *command: str, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*MODULE, str(count), "--", sys.executable, "-c", *(command or [STAY])],
            cwd=project_root(),
            env=environment | changes,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def says(process: subprocess.Popen[str], seconds: float) -> bool:
    """Whether a process has something to read, or gets it within these seconds."""
    return bool(select.select([process.stdout], [], [], seconds)[0])


def gpus_of(process: subprocess.Popen[str]) -> str:
    """What a process of STAY sees, as soon as it has it."""
    assert process.stdout is not None
    assert says(process, 60), "no GPU in a minute"
    return process.stdout.readline().strip()


def waits(process: subprocess.Popen[str]) -> bool:
    """Whether a process of STAY has no GPU yet, and goes on so for a second."""
    return not says(process, 1) and process.poll() is None


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MODULE, *arguments],
        cwd=project_root(),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_cells_side_by_side_never_share_a_gpu(start: Start, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    cells = [start(1, NOTE, str(notes)) for _ in range(6)]
    assert [cell.wait(60) for cell in cells] == [0] * 6
    held: dict[str, list[tuple[float, float]]] = {}
    for line in notes.read_text().splitlines():
        gpu, begin, end = line.split()
        held.setdefault(gpu, []).append((float(begin), float(end)))
    assert sorted(held) == ["a", "b"]
    assert sum(map(len, held.values())) == 6
    for spans in held.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


def test_a_cell_waits_for_a_gpu_that_another_has(start: Start, tmp_path: Path) -> None:
    first = start(1, CUDA_VISIBLE_DEVICES="a")
    assert gpus_of(first) == "a"
    second = start(1, CUDA_VISIBLE_DEVICES="a")
    assert waits(second)
    first.communicate("")
    assert gpus_of(second) == "a"
    assert [p.name for p in (tmp_path / "runs" / ".gpus").iterdir()] == [f"{platform.node()}-a"]


def test_a_killed_cell_leaves_its_gpu(start: Start) -> None:
    first = start(1, CUDA_VISIBLE_DEVICES="a")
    assert gpus_of(first) == "a"
    second = start(1, CUDA_VISIBLE_DEVICES="a")
    assert waits(second)
    first.kill()
    assert first.wait() == -9
    assert gpus_of(second) == "a"


def test_several_gpus_are_taken_together_or_not_at_all(start: Start) -> None:
    three = {"CUDA_VISIBLE_DEVICES": "a,b,c"}
    two = start(2, **three)
    assert gpus_of(two) == "a,b"
    more = start(2, **three)
    assert waits(more)
    assert gpus_of(start(1, **three)) == "c"  # the one that waits for two has not kept it
    assert more.poll() is None
    two.communicate("")
    assert gpus_of(more) == "a,b"


def test_a_gpu_that_is_free_is_taken_at_once(tmp_path: Path) -> None:
    assert take(2, ["x", "y", "z"], tmp_path / "new" / "folder") == ["x", "y"]
    assert take(1, ["x", "y", "z"], tmp_path / "new" / "folder") == ["z"]
    assert take(1, ["x"], tmp_path / "elsewhere") == ["x"]


def test_a_part_of_a_gpu_may_have_slashes_in_its_name(tmp_path: Path) -> None:
    assert take(1, ["MIG-GPU-8d5b/1/0"], tmp_path) == ["MIG-GPU-8d5b/1/0"]


@pytest.mark.parametrize(
    ("count", "gpus", "words"),
    [(1, [], "1 GPU and the machine shows 0"), (3, ["a", "b"], "3 GPUs and the machine shows 2")],
)
def test_too_few_gpus_are_an_error(tmp_path: Path, count: int, gpus: list[str], words: str) -> None:
    with pytest.raises(RunError) as caught:
        take(count, gpus, tmp_path)
    assert str(caught.value) == (
        f"this cell asks for {words}. Run it where there is one, or on the CPU with device=cpu "
        "(slow)."
    )


def test_too_few_gpus_are_one_line_and_status_2(environment: dict[str, str]) -> None:
    done = run(environment, "3", "--", sys.executable, "-c", "print('ran')")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: this cell asks for 3 GPUs and the machine shows 2. ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["1"], ["1", "--"], ["x", "--", "true"], ["-1", "--", "true"], ["1", "true", "--"]],
)
def test_another_call_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr()
    usage = "error: usage: python -m aacpy.experiments.gpus COUNT -- COMMAND...\n"
    assert (said.out, said.err) == ("", usage)


def test_it_becomes_the_command(environment: dict[str, str]) -> None:
    code = "import json, sys; print(json.dumps(sys.argv[1:])); sys.exit(7)"
    given = ["two words", "--", "$HOME", ""]
    done = run(environment, "1", "--", sys.executable, "-c", code, *given)
    assert (done.returncode, done.stderr) == (7, "")
    assert json.loads(done.stdout) == given


def test_a_command_that_is_not_there_is_one_line(environment: dict[str, str]) -> None:
    done = run(environment, "0", "--", "no-such-command")
    message = "error: no-such-command: No such file or directory\n"
    assert (done.returncode, done.stdout, done.stderr) == (127, "", message)


@pytest.mark.parametrize("named", ["a,b", "", None])
def test_a_cell_that_needs_no_gpu_sees_what_it_saw(
    environment: dict[str, str], tmp_path: Path, named: str | None
) -> None:
    environment.pop("CUDA_VISIBLE_DEVICES")
    environment |= {} if named is None else {"CUDA_VISIBLE_DEVICES": named}
    done = run(environment, "0", "--", sys.executable, "-c", STAY)
    assert (done.returncode, done.stdout) == (0, f"{named}\n")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["SLURM_JOB_GPUS", "SLURM_STEP_GPUS"])
def test_inside_a_slurm_job_with_gpus_the_choice_is_slurm_s(
    environment: dict[str, str], tmp_path: Path, name: str
) -> None:
    environment |= {name: "3", "CUDA_VISIBLE_DEVICES": "0"}
    done = run(environment, "2", "--", sys.executable, "-c", STAY)
    assert (done.returncode, done.stdout) == (0, "0\n")
    assert not (tmp_path / "runs").exists()


def test_a_slurm_job_without_gpus_has_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLURM_JOB_GPUS", "SLURM_STEP_GPUS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    assert not chosen_by_slurm()
    monkeypatch.setenv("SLURM_JOB_GPUS", "")
    assert not chosen_by_slurm()
    monkeypatch.setenv("SLURM_JOB_GPUS", "0")
    assert chosen_by_slurm()


@pytest.mark.parametrize(
    ("named", "gpus"),
    [
        ("0", ["0"]),
        ("0,2", ["0", "2"]),
        (" 1 , GPU-8d5b ", ["1", "GPU-8d5b"]),
        ("", []),
        ("-1", []),
        ("0,1,0", ["0", "1"]),
    ],
)
def test_named_gpus_are_all_there_are(
    monkeypatch: pytest.MonkeyPatch, named: str, gpus: list[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == gpus


def test_unnamed_gpus_are_the_driver_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == []  # no driver
    script = tmp_path / "nvidia-smi"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho GPU-1\necho GPU-2\n')
    script.chmod(0o755)
    assert visible_gpus() == ["GPU-1", "GPU-2"]
    assert (tmp_path / "asked").read_text() == "--query-gpu=uuid --format=csv,noheader\n"
    script.write_text("#!/bin/sh\necho No devices were found\nexit 6\n")
    assert visible_gpus() == []


def test_a_cell_holds_one_of_the_driver_s_gpus(environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho GPU-1\necho GPU-2\n")
    script.chmod(0o755)
    environment.pop("CUDA_VISIBLE_DEVICES")
    environment["PATH"] = f"{tmp_path}{os.pathsep}{environment['PATH']}"
    done = run(environment, "1", "--", sys.executable, "-c", STAY)
    assert (done.returncode, done.stdout) == (0, "GPU-1\n")
