"""The workflow around Snakemake: its lock, its settings, the DAG of the Snakefile, small runs."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aacpy.config import METHODS, Config
from aacpy.datasets import load_market1501
from aacpy.errors import RunError
from aacpy.experiments import workflow
from aacpy.experiments.grids import grid_configs, grid_names, run_folder
from aacpy.experiments.workflow import main, only_workflow, reproduce, side_by_side
from aacpy.files import project_root
from aacpy.records import Record, load_records, run_name

PEDESTRIANS = Config.preset("pedestrians")
PAPER = Config.preset("paper", data="somewhere")

Machine = Callable[..., None]
Make = Callable[..., Record]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Make this machine look like another."""

    def look(*, cpus: int = 64, megabytes: int = 10**6, gpus: int = 0) -> None:
        sizes = {"SC_PAGE_SIZE": 10**6, "SC_PHYS_PAGES": megabytes}
        monkeypatch.setattr(workflow.os, "sysconf", sizes.__getitem__)
        monkeypatch.setattr(
            workflow.os, "sched_getaffinity", lambda _: set(range(cpus)), raising=False
        )
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(gpus))))

    return look


def test_there_is_one_workflow_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "runs" / ".lock"
    with only_workflow(lock):
        lock.write_text("123\n")
        busy = pytest.raises(RunError, match=r"another workflow is at work here \(process 123\)")
        with busy, only_workflow(lock):
            pass
    with only_workflow(lock):
        pass


def test_a_child_that_holds_the_lock_outlives_its_parent_s_hold(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with only_workflow(lock) as descriptor:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor]
        )
    with pytest.raises(RunError), only_workflow(lock):
        pass
    child.communicate(b"\n", timeout=30)
    with only_workflow(lock):
        pass


def test_a_second_workflow_in_the_same_runs_is_refused(root: Path) -> None:
    said: list[str] = []
    with (
        only_workflow(root / "runs" / ".workflow.lock"),
        pytest.raises(RunError, match="another workflow is at work here"),
    ):
        reproduce({"grid": "table1"}, jobs=1, say=said.append)
    assert said == []


@pytest.mark.parametrize(
    ("configs", "cpus", "megabytes", "runs"),
    [
        ([PEDESTRIANS], 2, 16_000, 2),
        ([PEDESTRIANS] * 3, 8, 16_000, 6),
        ([PEDESTRIANS], 8, 2_499, 1),
        ([PEDESTRIANS], 8, 5_000, 2),
        ([PEDESTRIANS], 1, 10**6, 1),
        ([PEDESTRIANS.replace(threads=3)], 8, 10**6, 2),
        ([PEDESTRIANS, PEDESTRIANS.replace(threads=4)], 8, 10**6, 2),
        ([PAPER.replace(device="cpu")], 64, 10**6, 8),
        ([PAPER.replace(device="cpu")], 64, 70_000, 2),
        ([PAPER.replace(device="cpu")], 4, 10**6, 1),
        ([PEDESTRIANS, PAPER.replace(device="cpu")], 16, 40_000, 1),
    ],
)
def test_cpus_and_memory_limit_what_runs_side_by_side(
    machine: Machine, configs: list[Config], cpus: int, megabytes: int, runs: int
) -> None:
    machine(cpus=cpus, megabytes=megabytes)
    assert side_by_side(configs) == runs


@pytest.mark.parametrize(
    ("configs", "cpus", "megabytes", "gpus", "runs"),
    [
        ([PAPER], 64, 10**6, 1, 1),
        ([PAPER] * 24, 64, 10**6, 4, 4),
        ([PAPER], 8, 10**6, 4, 4),  # CPU threads may wait for each other
        ([PAPER], 64, 70_000, 4, 2),
        ([PAPER], 64, 16_000, 4, 1),
        ([PEDESTRIANS, PEDESTRIANS.replace(device="cuda")], 64, 10**6, 3, 3),
        ([PEDESTRIANS], 64, 10**6, 1, 64),
    ],
)
def test_runs_that_need_a_gpu_go_one_to_a_gpu(
    machine: Machine, configs: list[Config], cpus: int, megabytes: int, gpus: int, runs: int
) -> None:
    machine(cpus=cpus, megabytes=megabytes, gpus=gpus)
    assert side_by_side(configs) == runs


@pytest.mark.parametrize("configs", [[PAPER], [PEDESTRIANS, PEDESTRIANS.replace(device="cuda:0")]])
def test_without_the_gpu_that_runs_need_nothing_starts(
    machine: Machine, configs: list[Config]
) -> None:
    machine(gpus=0)
    with pytest.raises(RunError) as caught:
        side_by_side(configs)
    assert str(caught.value) == (
        "these runs need a GPU each and this machine shows none. Run them where there is one, or "
        "on the CPU with device=cpu (for the paper preset: weeks)."
    )


def test_a_missing_gpu_is_one_line(
    root: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine(gpus=0)
    assert main(["preset=paper", "data=somewhere"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: these runs need a GPU each")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "x"], "jobs must be a number from 1, not 'x'"),
        (["--jobs", "0"], "jobs must be a number from 1, not '0'"),
        (["--jobs", "-1"], "jobs must be a number from 1, not '-1'"),
        (["seeds"], "settings are given as NAME=VALUE, not 'seeds'"),
        (["detla=7"], "unknown setting 'detla'; did you mean 'delta'?"),
        (
            ["grid=tabel1"],
            "grid must be one of "
            f"{', '.join([*grid_names('all'), *grid_names('studies')])}, all or studies "
            f"(in {project_root() / 'experiments.yaml'}), not 'tabel1'",
        ),
        (
            ["grid=table1 tabel2"],
            "grid must be one of "
            f"{', '.join([*grid_names('all'), *grid_names('studies')])}, all or studies "
            f"(in {project_root() / 'experiments.yaml'}), not 'tabel2'",
        ),
        (["preset=papr"], "preset must be one of paper, pedestrians, not 'papr'; did you mean"),
        (["seeds=a"], "seeds must be integers from 0, such as \"0 1 2\", not 'a'"),
        (["seeds=0 -1"], "seeds must be integers from 0, such as \"0 1 2\", not '-1'"),
        (["seeds=1.5"], "seeds must be integers from 0, such as \"0 1 2\", not '1.5'"),
        (["seeds=[]"], 'seeds must name at least one, such as "0 1 2"'),
        (["delta=-1"], "delta must be >= 0, not -1"),
        (["cells=[{detla: 7}]"], "unknown setting 'detla'; did you mean 'delta'?"),
        (["cells=[{start_epoch: {values: [1]}}]"], "start_epoch: give epochs as {values: [...], "),
        (["delta=["], "delta: '[' is no YAML value"),
        (["cells=3"], "cells must be a list of sets of settings, not 3"),
        (["cells=[3]"], "cells must be a list of sets of settings, not [3]"),
        (["cells=[]"], "there is no cell to run: a list of cells or of values is empty"),
        (["cells=[{delta: []}]"], "there is no cell to run: a list of cells or of values is empty"),
        (["preset="], "preset must be one of paper, pedestrians, not 'None'"),
        (["preset=[paper]"], "preset must be one of paper, pedestrians, not \"['paper']\""),
        (["device=gpu"], "device must be 'auto', 'cpu', 'cuda' or 'cuda:N', not 'gpu'"),
    ],
)
def test_bad_input_is_one_line(
    root: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(workflow, "only_workflow")  # whatever passes is not run
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {message}")
    assert said.err.count("\n") == 1
    assert not (root / "runs").exists()


def test_settings_are_read_as_yaml_and_handed_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dict[str, object], dict[str, object]]] = []

    def record(settings: dict[str, object], **options: object) -> int:
        asked.append((settings, options))
        return 7

    monkeypatch.setattr(workflow, "reproduce", record)
    arguments = ["grid=table1 table2", "seeds=", "delta=7", "weights=none.pt", "eps=0.5"]
    assert main([*arguments, "--jobs", "3", "--profile", "profiles/slurm"]) == 7
    assert main(["cells=[{delta: [4, 5]}]", "--jobs", "", "--profile", ""]) == 7
    assert asked == [
        (
            {"grid": "table1 table2", "seeds": None, "delta": 7, "weights": "none.pt", "eps": 0.5},
            {"jobs": 3, "profile": "profiles/slurm"},
        ),
        ({"cells": [{"delta": [4, 5]}]}, {"jobs": None, "profile": None}),
    ]


def dry_run(
    folder: Path, *settings: str, target: str = "all", directory: Path | None = None
) -> str:
    """What Snakemake would do for the runs and data in `folder`.

    The runs of `folder` are seen from the project's own `directory` alone; other dry runs leave
    what Snakemake keeps in `folder`.
    """
    command = [sys.executable, "-m", "snakemake", target, "--dry-run", "--cores", "8",
               "--printshellcmds", "--nolock", "--directory", str(directory or folder),
               "--snakefile", str(project_root() / "Snakefile"), "--config", *settings]  # fmt: skip
    place = {"AACPY_RUNS": str(folder / "runs"), "AACPY_DATA": str(folder / "data")}
    done = subprocess.run(
        command, env=os.environ | place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def counts(text: str) -> dict[str, int]:
    """How many jobs of each rule a dry run tells of."""
    table = text.rpartition("Job stats:")[2]
    found = re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in found if rule != "total"}


def cells(text: str) -> list[str]:
    """What a dry run says of each job of the rule `cell`."""
    jobs = re.split(r"^\[.*\]$", text, flags=re.MULTILINE)
    return [job for job in jobs if job.startswith("\nrule cell:")]


def config_of(cell: str, runs: Path, gpus: int) -> Config:
    """The config that a cell's command runs, once the rest of the command is what it must be."""
    # Snakemake 9 says what the line is, Snakemake 7 just prints it.
    (line,) = re.findall(r"^(?:Shell command: )?(\S+ -m aacpy.experiments.gpus .*)$", cell,
                         flags=re.MULTILINE)  # fmt: skip
    words = shlex.split(line)
    command, options = words[: words.index("-y")], words[words.index("-y") + 1 :]
    values = yaml.safe_load(options[0])
    config = Config.preset(values.pop("preset"), **values)
    name = run_name(config)
    place = os.path.relpath(runs / config.preset_name / name, project_root())
    log = os.path.relpath(runs / "logs" / config.preset_name / f"{name}.log", project_root())
    assert command == [
        sys.executable, "-m", "aacpy.experiments.gpus", str(gpus), "--",
        sys.executable, "-m", "papermill", "notebooks/train.ipynb", f"{place}/train.ipynb",
        "--no-progress-bar", "-p", "run_dir", place,
    ]  # fmt: skip
    assert options[1:5] == [">", log, "2>&1", "||"]
    assert f"    output: {place}/record.json\n" in cell
    return config


def resource(cell: str, name: str) -> int:
    (value,) = re.findall(rf"\b{name}=(\d+)", cell)
    return int(value)


def test_the_dag_of_a_table_has_a_cell_for_every_run(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "seeds=1001 1002 1003")
    assert counts(text) == {"data": 3, "cell": 12, "tables": 1, "book": 1, "all": 1}
    runs = tmp_path / "runs"
    found = [config_of(cell, runs, gpus=0) for cell in cells(text)]
    assert len(found) == 12
    assert set(found) == set(grid_configs("table1", seeds=[1001, 1002, 1003]))


def test_the_dag_of_all_grids_runs_each_cell_once(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "grid=all", "seeds=3 4")
    assert counts(text) == {"data": 2, "cell": 48, "tables": 1, "book": 1, "all": 1}
    found = [config_of(cell, tmp_path / "runs", gpus=0) for cell in cells(text)]
    assert len(found) == 48
    assert set(found) == set(grid_configs("all", seeds=[3, 4]))
    for cell in cells(text):
        assert [resource(cell, name) for name in ("gpu", "mem_mb", "runtime")] == [0, 2_500, 30]
        assert "threads:" not in cell  # one
    place = os.path.relpath(tmp_path / "runs" / "pedestrians", project_root())
    assert f"-m aacpy results {place} --table table1 table2 table3 && echo" in text
    assert f"-m aacpy results --compare {place} results)" in text


def test_the_dag_of_the_whole_paper(tmp_path: Path) -> None:
    """Every command that the paper's preset needs a GPU for, without one."""
    text = dry_run(tmp_path, "grid=all", "preset=paper", "data=somewhere")
    assert counts(text) == {"cell": 24, "tables": 1, "book": 1, "all": 1}
    found = [config_of(cell, tmp_path / "runs", gpus=1) for cell in cells(text)]
    assert len(found) == 24
    assert set(found) == set(grid_configs("all", preset="paper", data="somewhere"))
    for cell in cells(text):
        assert "    threads: 8\n" in cell
        assert [resource(cell, name) for name in ("gpu", "mem_mb", "runtime")] == [1, 32_000, 1440]
        assert "    input:" not in cell  # nothing is rendered


def test_the_paper_s_preset_on_the_cpu_asks_for_no_gpu(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "preset=paper", "data=some where", "device=cpu", "seeds=2")
    found = [config_of(cell, tmp_path / "runs", gpus=0) for cell in cells(text)]
    assert set(found) == set(
        grid_configs("table1", preset="paper", data="some where", device="cpu", seeds=2)
    )
    assert [resource(cell, "gpu") for cell in cells(text)] == [0] * 4


def test_given_cells_have_a_table_of_their_own(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "cells=[{method: aac}]", "seeds=1001")
    place = os.path.relpath(tmp_path / "runs" / "pedestrians", project_root())
    assert f"-m aacpy results {place} --table cells && echo" in text


def test_records_alone_need_neither_tables_nor_book(tmp_path: Path) -> None:
    text = dry_run(tmp_path, "grid=table2", "seeds=0", target="records")
    assert counts(text) == {"data": 1, "cell": 9, "records": 1}
    found = [config_of(cell, tmp_path / "runs", gpus=0) for cell in cells(text)]
    assert set(found) == set(grid_configs("table2", seeds=0))


def test_a_finished_run_is_no_job(root: Path, make_record: Make) -> None:
    for config in grid_configs("table1", seeds=0):
        make_record(config.method).write(run_folder(config) / "record.json")
    here = project_root()
    found = counts(dry_run(root, "seeds=0", directory=here))
    assert found == {"tables": 1, "book": 1, "all": 1}
    text = dry_run(root, "grid=table1 table3", "seeds=0", target="records", directory=here)
    assert counts(text) == {"data": 1, "cell": 12, "records": 1}
    found = {config_of(cell, root / "runs", gpus=0) for cell in cells(text)}
    more = {*grid_configs("table3", seeds=0)} - {*grid_configs("table1", seeds=0)}
    assert found == more


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["grid=tabel1"], "grid must be one of table1, table2, table3, study_finer"),
        (["seeds=x"], "seeds must be integers from 0"),
        (["detla=7"], "unknown setting 'detla'; did you mean 'delta'?"),
    ],
)
def test_the_snakefile_refuses_bad_settings_in_one_line(
    tmp_path: Path, settings: list[str], message: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        dry_run(tmp_path, *settings)
    (line,) = [line for line in str(caught.value).splitlines() if "error" in line.lower()]
    assert f"error: {message}" in line


def test_the_snakefile_refuses_a_stale_run(root: Path, make_record: Make) -> None:
    folder = run_folder(PEDESTRIANS)
    make_record(momentum=0.25).write(folder / "record.json")
    with pytest.raises(AssertionError, match=r"aac-seed0 \(momentum 0.25 -> 0.5\)"):
        dry_run(root, "seeds=0")


@pytest.fixture
def asked(root: Path, tiny_market: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for papermill: a run notes its name in this file and fetches its record.

    The records lie in `ready` beside the file; a run without one fails.
    """
    asked = root / "asked"
    (root / "stub").mkdir()
    (root / "stub" / "papermill.py").write_text(
        "import shutil, sys\n"
        "from pathlib import Path\n"
        "folder = Path(sys.argv[sys.argv.index('run_dir') + 1])\n"
        f"with open({str(asked)!r}, 'a') as file:\n"
        "    file.write(folder.name + '\\n')\n"
        f"ready = Path({str(root / 'ready')!r}, folder.name + '.json')\n"
        "if not ready.exists():\n"
        "    sys.exit('Traceback\\n\\nOSError: the disk is full')\n"
        "folder.mkdir(parents=True, exist_ok=True)\n"
        "shutil.copy(ready, folder / 'copy')\n"
        "(folder / 'copy').rename(folder / 'record.json')\n"  # whole or not at all
    )
    known = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root / "stub"), *known]))
    return asked


@pytest.fixture
def prepare(asked: Path, tiny_market: Path, make_record: Make) -> Callable[[str, int], Record]:
    """Make the record that a run on `tiny_market` will leave."""
    fingerprint = load_market1501(tiny_market).fingerprint()

    def make(method: str, seed: int) -> Record:
        record = make_record(method, seed, data=tiny_market.name)
        record = dataclasses.replace(record, dataset={**record.dataset, "fingerprint": fingerprint})
        record.write(asked.with_name("ready") / f"{record.name}.json")
        return record

    return make


@pytest.fixture
def records(asked: Path, tiny_market: Path) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Run cells of these methods: the status, what was said, what papermill was asked for."""

    def run(*methods: str, jobs: int = 1) -> tuple[int, list[str], list[str]]:
        asked.write_text("")
        said: list[str] = []
        settings = {"cells": [{"method": list(methods)}], "seeds": "3", "data": str(tiny_market)}
        status = reproduce(settings, jobs=jobs, target="records", say=said.append)
        return status, said, sorted(asked.read_text().split())

    return run


def test_what_is_missing_is_run_and_nothing_else(root: Path, prepare: Any, records: Any) -> None:
    ready = {method: prepare(method, 3) for method in METHODS}
    status, said, asked = records("baseline", "aac", jobs=2)
    assert (status, asked) == (0, ["aac-seed3", "baseline-seed3"])
    assert said[0] == "cells: 2 runs, 0 done before, 2 side by side"
    assert [line[:6] for line in said[1:]] == ["1 of 2", "2 of 2"]
    assert said[2].endswith("  all runs are done")
    found = {record.method: record for record in load_records(root / "runs" / "pedestrians")}
    assert found == {method: ready[method] for method in ("baseline", "aac")}

    status, said, asked = records("baseline", "aac")
    assert (status, asked) == (0, [])
    assert said == ["cells: 2 runs, 2 done before, 1 side by side"]

    status, said, asked = records("baseline", "supervised", "aac")
    assert (status, asked) == (0, ["supervised-seed3"])
    assert said[0] == "cells: 3 runs, 2 done before, 1 side by side"
    assert [line[:30] for line in said[1:]] == ["3 of 3  supervised            "]


def test_a_stale_run_is_said_and_run_again(root: Path, prepare: Any, records: Any) -> None:
    stale = dataclasses.replace(
        prepare("aac", 3), config=PEDESTRIANS.replace(seed=3, momentum=0.25)
    )
    stale.write(root / "runs" / "pedestrians" / "aac-seed3" / "record.json")
    fresh = prepare("baseline", 3)
    fresh.write(root / "runs" / "pedestrians" / "baseline-seed3" / "record.json")
    status, said, asked = records("baseline", "aac")
    assert (status, asked) == (0, ["aac-seed3"])
    assert said[0].startswith("stale: aac-seed3 (momentum 0.25 -> 0.5), now in ")
    assert said[1] == "cells: 2 runs, 1 done before, 1 side by side"
    assert [line[:6] for line in said[2:]] == ["2 of 2"]
    assert load_records(root / "runs" / "stale") == [stale]


def test_a_run_that_fails_stops_no_other_and_is_run_again(
    root: Path, prepare: Any, records: Any
) -> None:
    prepare("baseline", 3)
    status, said, asked = records("aac", "baseline")
    assert (status, asked) == (1, ["aac-seed3", "baseline-seed3"])
    log = os.path.relpath(root / "runs" / "logs" / "pedestrians" / "aac-seed3.log", project_root())
    assert f"error: aac-seed3 failed ({log}): OSError: the disk is full" in said
    assert len([line for line in said if line.startswith("1 of 2  baseline ")]) == 1
    assert said[-1].startswith(
        "stopped. Finished runs are kept, and the same command goes on from here. Snakemake's own "
        "log: "
    )
    prepare("aac", 3)
    status, said, asked = records("aac", "baseline")
    assert (status, asked) == (0, ["aac-seed3"])
    assert said[0] == "cells: 2 runs, 1 done before, 1 side by side"


@pytest.mark.slow
def test_a_small_run_goes_the_whole_way(root: Path) -> None:
    settings = {
        "cells": [{"method": "supervised"}], "seeds": [3], "identities": 8, "images_per_camera": 2,
        "epochs": 1, "iterations": 1, "batch_size": 16, "warmup_batches": 1,
    }  # fmt: skip
    said: list[str] = []
    assert reproduce(settings, jobs=1, target="records", say=said.append) == 0, said
    title, rendered, line = said
    assert title == "cells: 1 runs, 0 done before, 1 side by side"
    assert rendered.startswith(f"rendered {root / 'data' / 'pedestrians-8x6x4x2-seed3-v'}")
    assert line.startswith("1 of 1  supervised-")
    assert line.endswith(" s  all runs are done")
    (config,) = grid_configs(**settings)
    record = Record.read(run_folder(config) / "record.json")
    assert record.config == config
    assert (run_folder(config) / "train.ipynb").exists()
    said.clear()
    assert reproduce(settings, jobs=1, target="records", say=said.append) == 0, said
    assert said == ["cells: 1 runs, 1 done before, 1 side by side"]
    assert Record.read(run_folder(config) / "record.json") == record
