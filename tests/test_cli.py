"""`python -m aacpy`: what each command prints, and that bad input is one clear line."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacpy import training
from aacpy.__main__ import main
from aacpy.config import Config, describe
from aacpy.datasets import load_market1501, pedestrians
from aacpy.datasets.pedestrians import RENDERER_VERSION
from aacpy.experiments.grids import TABLE_NAMES
from aacpy.files import results_root
from aacpy.records import Record, load_records, run_name
from aacpy.tables import TABLES

Make = Callable[..., Record]
Capture = pytest.CaptureFixture[str]


def run(*arguments: str) -> int:
    """Run a command as the shell does; argparse leaves by SystemExit."""
    try:
        return main(arguments)
    except SystemExit as exit:
        return int(exit.code or 0)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, make_record: Make) -> list[tuple[Config, Path, bool]]:
    """Stands in for training; keeps what it was asked for."""
    calls: list[tuple[Config, Path, bool]] = []

    def train(config: Config, run_dir: Path, *, progress: bool) -> Record:
        calls.append((config, run_dir, progress))
        return make_record(config.method, config.seed)

    monkeypatch.setattr(training, "train", train)
    return calls


@pytest.mark.parametrize("command", ["train", "check", "render", "results"])
def test_every_command_has_help(command: str, capsys: Capture) -> None:
    assert run(command, "--help") == 0
    assert f"usage: python -m aacpy {command}" in capsys.readouterr().out


def test_help_is_fast_because_it_imports_little() -> None:
    code = (
        "import sys; from aacpy.__main__ import main\n"
        "try: main(['train', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'matplotlib', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["trian"], "invalid choice: 'trian'"),
        (["train", "--detla", "7"], "unknown setting 'detla'; did you mean 'delta'?"),
        (["train", "--start-epoc=3"], "unknown setting 'start_epoc'; did you mean 'start_epoch'?"),
        (["train", "--delta", "x"], "argument --delta: invalid int value: 'x'"),
        (["train", "--compile", "maybe"], "argument --compile: invalid bool value: 'maybe'"),
        (["train", "--delta", "-1"], "delta must be >= 0, not -1"),
        (["train", "--eps", "nan"], "eps must be finite, not nan"),
        (["train", "--method", "acc"], "not 'acc'; did you mean 'aac'?"),
        (["train", "--preset", "papr"], "not 'papr'; did you mean 'paper'?"),
        (["train", "--batch-size", "30"], "batch_size must be P x K"),
        (["train", "7"], "train does not understand 7"),
        (["render", "--identities", "1"], "identities must be >= 2, not 1"),
        (["render", "--workers", "0"], "workers must be >= 1, not 0"),
        (["render", "--detla", "7"], "render does not understand --detla"),
        (["results", "nowhere"], "nowhere: holds no record. `make reproduce` runs"),
        (["results", "--compare", "nowhere", "results"], "nowhere: holds no record."),
        (["results", "--table", "tabel2"], "argument --table: invalid choice: 'tabel2'"),
        (["results", ".", "--table", "cells", "x"], "argument --table: invalid choice: 'x'"),
        (["results", "--table"], "argument --table: expected at least one argument"),
        (["results", "a" * 300], "cannot be read (File name too long)"),
        (["results", "--compare", "results", "a" * 300], "cannot be read (File name too long)"),
        (["train", "--seed", "9" * 5000], "argument --seed: invalid int value: '999"),
        (["train", "--seed", "4294967296"], "seed must be <= 4294967295, not 4294967296"),
        (["train", "--delta", "9" * 4000], "not an integer of about 4,00"),
        (["train", "--data", "a\udcff"], r"broken encoding, not 'a\udcff'; rename what it names"),
        (["train", "--eps", "1e999"], "eps must be finite, not inf"),
        (["train", "--method", "x" * 5000], "method must be one of"),
        (["train", "\x1b[2J\n"], r"train does not understand \x1b[2J\n"),
        (["train", "--" + "x" * 9999], "unknown setting 'xxx"),
        (["\udcff\n" * 999], "invalid choice: "),
        (["render", "a" * 300], "cannot be used (File name too long). Give another directory."),
        (
            ["render", "--identities", "9" * 99],
            "identities must be <= 4999, not an integer of about 100 d",
        ),
        (["verify", "--results", "a" * 300], "SHA256SUMS: cannot be read (File name too long)"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str, capsys: Capture) -> None:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert len(said.err) < 1500 and said.err[:-1].isprintable()


def test_hostile_folders_of_records_are_named(
    tmp_path: Path, make_record: Make, capsys: Capture
) -> None:
    make_record().write(tmp_path / "good" / "a.json")
    for folder in ("pipe", "folder", "deep", "odd"):
        (tmp_path / folder).mkdir()
    os.mkfifo(tmp_path / "pipe" / "a.json")
    (tmp_path / "folder" / "a.json").mkdir()
    (tmp_path / "deep" / "a.json").write_text("[" * 100_000)
    (tmp_path / "odd" / os.fsdecode(b"a\xff\n.json")).write_text("{}")
    for folder, why in (
        ("pipe", "cannot be read (not a regular file)"), ("pipe/a.json", "not a regular file"),
        ("folder", "cannot be read (not a regular file)"), ("deep", "nested too deeply"),
        ("odd", r"a\udcff\n.json: not a record of schema 3"),
    ):  # fmt: skip
        bad, good = str(tmp_path / folder), str(tmp_path / "good")
        for arguments in ([bad], ["--compare", bad, good], ["--compare", good, bad]):
            assert run("results", *arguments) == 2
            said = capsys.readouterr()
            assert said.out == "" and said.err.startswith("error: ") and why in said.err
            assert said.err[:-1].isprintable()


def test_any_path_can_be_printed(
    trained: list[tuple[Config, Path, bool]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_record: Make,
) -> None:
    """A terminal's encoding takes no bytes that are no text."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdout", out)
    odd = tmp_path / os.fsdecode(b"a\xff")
    assert run("train", "--run-dir", str(odd), "--quiet") == 0
    monkeypatch.setattr(pedestrians, "render_market_size", lambda *a, **k: None)
    assert run("render", str(odd), "--market-size") == 0
    make_record().write(tmp_path / "records" / "a.json")
    assert run("results", str(tmp_path / "records"), "--publish", str(odd)) == 0
    out.flush()
    said = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert said.count("a\\udcff") == 3


def test_every_setting_is_an_option(
    trained: list[tuple[Config, Path, bool]], tmp_path: Path
) -> None:
    config = Config.preset("pedestrians")
    arguments = []
    for name, _, _, _ in describe():
        if name != "preset_name":
            value = getattr(config, name)
            text = "none" if value is None else str(value)
            arguments += [f"--{name.replace('_', '-')}", text]
    assert len(arguments) == 2 * (len(describe()) - 1)
    assert run("train", "--run-dir", str(tmp_path), *arguments) == 0
    assert trained == [(config, tmp_path, True)]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False)])
def test_a_switch_is_said_in_words(
    trained: list[tuple[Config, Path, bool]], text: str, value: bool
) -> None:
    assert run("train", "--compile", text, "--quiet") == 0
    assert trained[0][0].compile is value


def test_train_prints_scores_and_where_the_record_is(
    trained: list[tuple[Config, Path, bool]], capsys: Capture
) -> None:
    assert run("train", "--delta", "7", "--seed", "3", "--weights", "none", "--quiet") == 0
    (config, folder, progress) = trained[0]
    assert (config.delta, config.seed, config.weights, progress) == (7, 3, None, False)
    assert folder.parts[-3:] == ("runs", "pedestrians", run_name(config))
    said = capsys.readouterr().out
    assert "mAP 70.0   rank-1 75.0   rank-5 80.0   rank-10 85.0" in said
    assert f"record: {folder / 'record.json'}" in said


def test_the_paper_s_preset_without_data_says_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    assert run("train", "--preset", "paper", "--run-dir", str(tmp_path), "--quiet") == 2
    assert "pass data=PATH" in capsys.readouterr().err


def test_render_writes_what_the_loader_reads(tmp_path: Path, capsys: Capture) -> None:
    root = tmp_path / "tiny"
    sizes = ["--identities", "2", "--cameras", "2", "--cameras-per-identity", "2"]
    assert run("render", str(root), *sizes, "--images-per-camera", "1", "--quiet") == 0
    assert capsys.readouterr().out == f"{root}\n"
    assert len(load_market1501(root).train) == 4


def test_render_takes_a_gap_between_cameras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    few = ["--identities", "2", "--images-per-camera", "1", "--camera-gap", "2", "--quiet"]
    assert run("render", *few) == 0
    root = Path(capsys.readouterr().out.strip())
    assert root == tmp_path / f"pedestrians-2x6x4x1-seed0-gap2.0-v{RENDERER_VERSION}"
    assert run("render", str(root), *few) == 0  # the same dataset, asked for by its place
    assert run("render", str(root), *few[:4], "--quiet") == 2
    assert "camera_gap = 2.0, not 1.0" in capsys.readouterr().err
    assert run("render", "--camera-gap", "4.5") == 2
    assert "camera_gap must be <= 4, not 4.5" in capsys.readouterr().err


def test_render_without_a_place_renders_a_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    arguments = ["--identities", "2", "--images-per-camera", "1", "--seed", "4", "--quiet"]
    assert run("render", *arguments) == 0
    root = Path(capsys.readouterr().out.strip())
    assert root.parent == tmp_path
    assert load_market1501(root).train.attributes is not None


def test_render_like_passes_on_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(pedestrians, "render_like", lambda *a, **k: calls.append((a, k)))
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    assert run("render", "--like", "metadata", "--workers", "2", "--seed", "5", "--quiet") == 0
    twin = tmp_path / "market1501-twin-seed5"
    assert calls == [((Path("metadata"), twin), {"seed": 5, "workers": 2, "progress": False})]
    assert capsys.readouterr().out == f"{twin}\n"


def test_render_market_size_passes_on_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(pedestrians, "render_market_size", lambda *a, **k: calls.append((a, k)))
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    assert run("render", "--market-size", "--workers", "2", "--seed", "5", "--quiet") == 0
    assert run("render", str(tmp_path / "here"), "--market-size") == 0
    roots = [tmp_path / "market-size-seed5", tmp_path / "here"]
    assert calls == [
        ((roots[0],), {"seed": 5, "workers": 2, "progress": False}),
        ((roots[1],), {"seed": 0, "workers": 1, "progress": True}),
    ]
    assert capsys.readouterr().out == f"{roots[0]}\n{roots[1]}\n"


def test_render_like_and_market_size_exclude_each_other(capsys: Capture) -> None:
    assert run("render", "--market-size", "--like", "metadata") == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_check_says_what_is_missing(tmp_path: Path, capsys: Capture) -> None:
    assert run("check", str(tmp_path)) == 2
    assert "bounding_box_train" in capsys.readouterr().out


def test_results_prints_table_1(tmp_path: Path, make_record: Make, capsys: Capture) -> None:
    for seed in range(2):
        make_record("aac", seed).write(tmp_path / f"aac-seed{seed}.json")
    assert run("results", str(tmp_path)) == 0
    text = capsys.readouterr().out
    assert "70.0" in text
    assert "not run" in text
    assert run("results", str(tmp_path), "--csv") == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert len({len(row) for row in rows}) == 1
    assert any("70.0" in row for row in rows)


@pytest.mark.parametrize(
    "names", [*([name] for name in TABLE_NAMES), ["cells", "table1"], list(TABLE_NAMES)]
)
def test_results_prints_the_tables_that_are_named(
    tmp_path: Path, make_record: Make, capsys: Capture, names: list[str]
) -> None:
    records = [make_record("aac", 0), make_record("baseline", 0), make_record("aac", 1, delta=7)]
    for record in records:
        record.write(tmp_path / f"{record.name}.json")
    wanted = [TABLES[name](load_records(tmp_path)) for name in names]
    assert run("results", str(tmp_path), "--table", *names) == 0
    assert capsys.readouterr().out == "\n".join(table.to_text() for table in wanted)
    assert run("results", str(tmp_path), "--csv", "--table", *names) == 0
    assert capsys.readouterr().out == "\n".join(table.to_csv() for table in wanted)


def test_results_lists_the_cells(tmp_path: Path, make_record: Make, capsys: Capture) -> None:
    for record in (make_record("aac", 0, delta=7), make_record("aac", 1, delta=7)):
        record.write(tmp_path / record.name / "record.json")
    assert run("results", str(tmp_path), "--table", "cells", "--csv") == 0
    header, row = csv.reader(io.StringIO(capsys.readouterr().out))
    values = dict(zip(header, row, strict=True))
    assert (values["cell"], values["seeds"], values["mAP"]) == ("aac-delta7", "2", "70.0")


def test_results_are_the_published_ones_by_default(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("AACPY_RESULTS", str(tmp_path))
    assert results_root() == tmp_path
    make_record("supervised").write(tmp_path / "a.json")
    assert run("results") == 0
    assert "70.0" in capsys.readouterr().out


def test_results_compares_and_publishes(tmp_path: Path, make_record: Make, capsys: Capture) -> None:
    make_record().write(tmp_path / "fresh" / "aac-seed0" / "record.json")
    fresh, published = str(tmp_path / "fresh"), str(tmp_path / "published")
    assert run("results", "--compare", fresh, published) == 0
    assert "no published records" in capsys.readouterr().out
    assert run("results", fresh, "--publish", published) == 0
    assert run("results", "--compare", fresh, published) == 0
    assert "1 of 1 runs equal" in capsys.readouterr().out
    assert [r.name for r in load_records(published)] == ["aac-seed0"]
