"""What notebooks need: parameters, table of settings, live view; and train.ipynb itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import IPython.display
import pytest

from aacpy import notebook
from aacpy.config import Config
from aacpy.errors import ConfigError
from aacpy.files import project_root
from aacpy.notebook import (
    LiveView,
    ablation,
    ablation_table,
    is_interactive,
    parameters,
    scores_table,
    settings_table,
)
from aacpy.records import Record

NOTEBOOKS = project_root() / "notebooks"


def code_cells(name: str = "train") -> list[dict[str, Any]]:
    content = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def test_none_stands_for_the_preset_s_value() -> None:
    names = ("method", "seed", "delta", "start_epoch", "data", "run_dir")
    config, folder = parameters({"preset": "pedestrians", **dict.fromkeys(names)})
    assert config == Config.preset("pedestrians")
    assert folder == project_root() / "runs" / "pedestrians" / "aac-seed0"


def test_given_values_stand_over_the_preset_s() -> None:
    config, folder = parameters({"preset": "paper", "delta": 7, "bn_groups": 1, "run_dir": "here"})
    assert config == Config.preset("paper", delta=7, bn_groups=1)
    assert folder == Path("here")


def test_none_is_kept_where_it_is_a_value_of_its_own() -> None:
    assert parameters({"preset": "paper", "weights": None}).config.weights is None


def test_names_that_are_no_parameters_are_passed_over(make_record: Callable[..., Record]) -> None:
    config, _ = parameters(
        {
            "seed": 3,
            "_private": 1,
            "In": [""],
            "Out": {},
            "exit": 1,
            "quit": 1,
            "open": open,
            "get_ipython": lambda: None,
            "notebook": notebook,
            "record": make_record(),
            "run": parameters({}),
            "live": LiveView(Config.preset("pedestrians")),
        }
    )
    assert config == Config.preset("pedestrians", seed=3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"detla": 7}, "unknown setting 'detla'; did you mean 'delta'?"),
        ({"metod": None}, "unknown setting 'metod'; did you mean 'method'?"),
        ({"delta": 2.5}, "delta must be int, not 2.5"),
        ({"delta": [4, 5]}, "delta must be int"),
        ({"preset": "papers"}, "not 'papers'; did you mean 'paper'?"),
        ({"momentum": 1.5}, "momentum must be <= 1, not 1.5"),
    ],
)
def test_bad_parameters_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parameters(given)
    assert message in str(error.value)


def test_the_parameters_cell_changes_nothing_by_itself() -> None:
    cell = code_cells()[0]
    assert cell["metadata"]["tags"] == ["parameters"]
    namespace: dict[str, Any] = {}
    exec("".join(cell["source"]), namespace)
    names = {"preset", "method", "seed", "delta", "start_epoch", "data", "run_dir"}
    assert {n for n in namespace if not n.startswith("_")} == names
    assert parameters(namespace).config == Config.preset("pedestrians")


def test_an_ablation_takes_lists_and_what_papermill_makes_of_them() -> None:
    listed = ablation({"deltas": [4, 5], "seeds": [0, 1]}, "delta")
    typed = ablation({"deltas": "[4, 5]", "seeds": "[0, 1]", "jobs": 1}, "delta")
    assert listed.configs == typed.configs
    assert (listed.jobs, typed.jobs) == (None, 1)
    assert [(c.seed, c.method, c.delta) for c in listed.configs] == [
        (seed, *cell) for seed in (0, 1) for cell in (("aac", 4), ("aac", 5), ("baseline", 5))
    ]


def test_an_ablation_of_the_start_keeps_its_delta() -> None:
    found = ablation({"start_epochs": [0, 3], "seeds": 2, "delta": 10, "epochs": 6}, "start_epoch")
    assert found.configs == [
        Config.preset("pedestrians", delta=10, start_epoch=start, seed=2, epochs=6)
        for start in (0, 3)
    ]


def test_an_ablation_without_seeds_has_those_of_the_grids() -> None:
    assert {c.seed for c in ablation({"deltas": [4], "seeds": None}, "delta").configs} == {
        0, 1, 2, 3, 4
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"deltas": [4], "detla": 1}, "unknown setting 'detla'; did you mean 'delta"),
        ({"deltas": "[4, x]"}, "deltas must be integers from 0"),
        ({"deltas": []}, "deltas must name at least one"),
        ({"deltas": [4], "delta": 3}, "delta is what this notebook varies; give deltas instead"),
        ({"deltas": [4], "method": "aac"}, "method is what this notebook varies"),
        ({"deltas": [4], "seeds": "a"}, "seeds must be integers"),
    ],
)
def test_bad_parameters_of_an_ablation_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        ablation(given, "delta")
    assert message in str(error.value)


@pytest.mark.parametrize("axis", ["delta", "start_epoch"])
def test_the_ablations_parameters_cells_are_what_they_say(axis: str) -> None:
    namespace: dict[str, Any] = {}
    exec("".join(code_cells(f"ablation_{axis}")[0]["source"]), namespace)
    found = ablation(namespace, axis)
    assert {c.seed for c in found.configs} == {0, 1}
    assert {c.preset_name for c in found.configs} == {"pedestrians"}
    assert {getattr(c, axis) for c in found.configs if c.method == "aac"} == set(
        namespace[f"{axis}s"]
    )


def test_what_is_finished_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_record: Callable[..., Record]
) -> None:
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path))
    found = ablation({"deltas": [4, 5], "seeds": [0, 1]}, "delta")
    make_record(seed=1, delta=4).write(tmp_path / "pedestrians" / "aac-delta4-seed1/record.json")
    table = ablation_table(found)
    assert [[c.main for c in row] for row in table.rows] == [
        ["aac-delta4", "0, 1", "1 of 2"],
        ["aac", "0, 1", "0 of 2"],
        ["baseline", "0, 1", "0 of 2"],
    ]
    assert table.notes == ["5 of 6 runs are still to be made."]


def test_changed_settings_are_emphasised() -> None:
    table = settings_table(Config.preset("pedestrians", delta=7, epochs=3))
    names = [row[0].main for row in table.rows]
    assert names == ["preset_name", "method", "seed", "delta", "start_epoch", "epochs"]
    assert [names[i] for i in table.emphasis] == ["delta", "epochs"]
    assert table.rows[3][1].text() == "7 instead of 5"
    assert settings_table(Config.preset("pedestrians")).emphasis == []


def test_the_best_epoch_is_named_as_what_it_is(make_record: Callable[..., Record]) -> None:
    text = scores_table(make_record()).to_text()
    assert "last epoch, the result" in text
    assert "best epoch, chosen on the test set" in text
    assert "30 s, of which load 1, extract 4, cluster 3, train 20, evaluate 2" in text


def test_the_live_view_is_redrawn_in_place(
    monkeypatch: pytest.MonkeyPatch, make_record: Callable[..., Record]
) -> None:
    shown: list[Any] = []

    class Handle:
        def update(self, picture: Any) -> None:
            shown.append(picture)

    def display(picture: Any, display_id: bool) -> Handle:
        assert display_id and not shown
        shown.append(picture)
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    record = make_record()
    view = LiveView(record.config)
    for epoch in range(record.config.epochs):
        view({name: column[: epoch + 1] for name, column in record.series.items()}, epoch)
    # Epochs pass in no time here, so only the first and the last are worth drawing.
    assert [picture.caption.partition(",")[0] for picture in shown] == [
        "Epoch 1 of 12",
        "Epoch 12 of 12",
    ]
    assert "mAP 70.0%" in shown[1].caption


def test_the_live_view_says_what_an_epoch_without_update_did(
    monkeypatch: pytest.MonkeyPatch, make_record: Callable[..., Record]
) -> None:
    captions: list[str] = []
    monkeypatch.setattr(
        IPython.display, "display", lambda picture, display_id: captions.append(picture.caption)
    )
    record = make_record()
    series = {name: column[:1] for name, column in record.series.items()}
    series |= {"loss": [None], "mean_ap": [None], "clusters": [1]}
    LiveView(record.config)(series, 0)
    assert captions == ["Epoch 1 of 12, no update, 1 clusters."]


def test_jupyterlab_is_told_from_papermill(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    assert not is_interactive()
    monkeypatch.setenv("JPY_SESSION_NAME", "train.ipynb")
    assert is_interactive()


def papermill(
    tmp_path: Path, *options: str, notebook: str = "train"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", f"notebooks/{notebook}.ipynb"]
    places = {"AACPY_DATA": str(tmp_path / "data"), "AACPY_RUNS": str(tmp_path / "runs")}
    return subprocess.run(
        [*command, str(tmp_path / "OUT.ipynb"), "--no-progress-bar", *options],
        cwd=project_root(),
        env={**os.environ, **places, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_papermill_runs_a_cell_as_typed(tmp_path: Path) -> None:
    small = {"identities": 6, "epochs": 2, "iterations": 2, "warmup_batches": 1}
    options = [text for name, value in small.items() for text in ("-p", name, str(value))]
    folder = tmp_path / "run"
    options += ["-p", "run_dir", str(folder)]
    done = papermill(tmp_path, "-p", "method", "aac", "-p", "delta", "7", "-p", "seed", "1",
                     *options)  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = Record.read(folder / "record.json")
    assert record.config == Config.preset("pedestrians", method="aac", delta=7, seed=1, **small)
    executed = json.loads((tmp_path / "OUT.ipynb").read_text())
    outputs = [o for cell in executed["cells"] for o in cell.get("outputs", [])]
    assert sum("<svg" in "".join(o.get("data", {}).get("text/html", "")) for o in outputs) == 4
    assert not any("widget" in kind for o in outputs for kind in o.get("data", {}))


@pytest.mark.slow
def test_papermill_refuses_a_misspelt_parameter(tmp_path: Path) -> None:
    done = papermill(tmp_path, "-p", "detla", "7")
    assert done.returncode != 0
    assert "unknown setting 'detla'; did you mean 'delta'?" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("axis", "values", "runs"), [("delta", "[2, 7]", 3), ("start_epoch", "[0, 1]", 2)]
)
def test_papermill_brings_an_ablation_about(
    tmp_path: Path, axis: str, values: str, runs: int
) -> None:
    small = {"identities": 6, "epochs": 2, "iterations": 2, "warmup_batches": 1}
    options = [text for name, value in small.items() for text in ("-p", name, str(value))]
    options += ["-p", f"{axis}s", values, "-p", "seeds", "[3]"]
    done = papermill(tmp_path, *options, notebook=f"ablation_{axis}")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("runs/pedestrians/*/record.json"))) == runs
    executed = json.loads((tmp_path / "OUT.ipynb").read_text())
    outputs = [o for cell in executed["cells"] for o in cell.get("outputs", [])]
    pages = ["".join(o.get("data", {}).get("text/html", "")) for o in outputs]
    said = "".join("".join(o.get("text", "")) for o in outputs)
    assert f"{runs} of {runs}" in said and "all runs are done" in said
    assert sum(page.count("<svg") for page in pages) == 2
    assert "● 1 seed" in "".join(pages)
