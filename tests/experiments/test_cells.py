"""Cells on disk: how they are run, which are stale, which are at work."""

from __future__ import annotations

import dataclasses
import json
import shlex
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from torch import nn, optim

from aacpy.checkpoints import save_checkpoint
from aacpy.config import Config
from aacpy.datasets import ReidDataset, load_market1501
from aacpy.datasets.renderer.manifest import MANIFEST, RENDERER_VERSION
from aacpy.errors import RunError
from aacpy.experiments import cells
from aacpy.experiments.grids import grid_configs, run_folder
from aacpy.files import write_atomically
from aacpy.loading import benchmark_root, render_benchmark
from aacpy.records import SCHEMA, Record
from aacpy.runs import open_run

Make = Callable[..., Record]

AAC = Config.preset("pedestrians", method="aac", seed=1)

#: A benchmark of twelve images, rendered in a moment.
SMALL = {"identities": 2, "cameras": 2, "cameras_per_identity": 2, "images_per_camera": 1}


@pytest.fixture
def market(tmp_path: Path, tiny_market: Path) -> Path:
    """A copy of the user's data to change."""
    return Path(shutil.copytree(tiny_market, tmp_path / "market"))


@pytest.fixture
def fingerprints(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The datasets whose fingerprint was read, in turn."""
    asked, read = [], ReidDataset.fingerprint

    def fingerprint(dataset: ReidDataset) -> str:
        asked.append(dataset.root)
        return read(dataset)

    monkeypatch.setattr(ReidDataset, "fingerprint", fingerprint)
    return asked


def finish(record: Record, config: Config, **dataset: str) -> Path:
    """Put `record` where `config` runs, with something else about its data; give the folder."""
    folder = run_folder(config)
    record = dataclasses.replace(record, dataset={**record.dataset, **dataset})
    write_atomically(folder / "record.json", record.to_json().encode())  # whole or not
    return folder


def interrupt(config: Config, **held: Any) -> Path:
    """Leave a checkpoint where `config` runs, with `held` changed in it; give the folder."""
    folder, net = run_folder(config), nn.Linear(1, 1)
    folder.mkdir(parents=True)
    state = {"config": config.replace(**held).to_dict(), "fingerprint": "0" * 64}
    save_checkpoint(folder, 1, net, optim.Adam(net.parameters()), state)
    return folder


def changed_image(market: Path) -> None:
    """Change one byte of one image."""
    image = min((market / "query").iterdir())
    image.write_bytes(image.read_bytes()[:-1] + b"\x00")


def test_options_are_what_differs_from_the_preset() -> None:
    config = Config.preset("paper", method="aac", learning_rate=5e-5, data="my data/1e5", seed=2)
    option, text = shlex.split(cells.run_options(config))
    assert option == "-y"
    assert yaml.safe_load(text) == {
        "preset": "paper",
        "method": "aac",
        "seed": 2,
        "learning_rate": 5e-5,
        "data": "my data/1e5",
    }


def test_options_rebuild_the_config() -> None:
    config = Config.preset("pedestrians", method="baseline", eps=0.55, weights=None, delta=0)
    values = yaml.safe_load(shlex.split(cells.run_options(config))[1])
    assert Config.preset(values.pop("preset"), **values) == config


@pytest.mark.parametrize("preset", ["pedestrians", "paper"])
def test_options_rebuild_every_cell_of_every_grid(preset: str) -> None:
    for config in grid_configs("all", preset=preset, seeds=3, data='it\'s a "place"'):
        values = yaml.safe_load(shlex.split(cells.run_options(config))[1])
        assert Config.preset(values.pop("preset"), **values) == config


@pytest.mark.parametrize(
    ("preset", "device", "gpus"),
    [
        ("pedestrians", "auto", 0),
        ("pedestrians", "cpu", 0),
        ("pedestrians", "cuda", 1),
        ("pedestrians", "cuda:1", 1),
        ("paper", "auto", 1),
        ("paper", "cpu", 0),
        ("paper", "cuda", 1),
        ("paper", "cuda:1", 1),
    ],
)
def test_a_run_asks_for_what_its_preset_and_device_need(
    preset: str, device: str, gpus: int
) -> None:
    need = {"pedestrians": (2_500, 30), "paper": (32_000, 1440)}[preset]
    found = cells.run_resources(Config.preset(preset, device=device))
    assert found == {"gpu": gpus, "mem_mb": need[0], "runtime": need[1]}


def test_a_rendering_follows_from_the_settings_of_the_data_alone() -> None:
    mine = cells.rendering(Config.preset("pedestrians", seed=3, delta=7))
    assert mine == cells.rendering(Config.preset("pedestrians", seed=3, method="baseline"))
    assert mine != cells.rendering(Config.preset("pedestrians", seed=4))
    assert mine == cells.Rendering(
        f"renderer{RENDERER_VERSION}-identities100-cameras6-cameras_per_identity4"
        "-images_per_camera3-seed3",
        "--identities 100 --cameras 6 --cameras-per-identity 4 --images-per-camera 3 --seed 3",
    )
    assert cells.rendering(Config.preset("pedestrians", seed=3, camera_gap=2.5)) == cells.Rendering(
        f"{mine.name}-camera_gap2.5", f"{mine.options} --camera-gap 2.5"
    )


def test_a_user_s_data_are_not_rendered() -> None:
    assert cells.rendering(Config.preset("pedestrians", data="somewhere")) is None
    assert cells.rendering(Config.preset("paper")) is None
    assert cells.rendering(Config.preset("paper", data="somewhere")) is None


def test_a_run_of_the_same_settings_is_not_stale(root: Path, make_record: Make) -> None:
    folder = finish(make_record(seed=1), AAC)
    cells.check_stale([AAC, AAC.replace(threads=2, device="cpu"), AAC.replace(seed=2)])
    assert cells.stale_changes(AAC, folder) == []
    assert cells.set_stale_aside([AAC]) == []
    assert folder.is_dir()


def test_where_nothing_ran_nothing_is_stale(root: Path) -> None:
    assert cells.stale_changes(AAC, run_folder(AAC)) == []
    run_folder(AAC).mkdir(parents=True)
    assert cells.stale_changes(AAC, run_folder(AAC)) == []


def test_a_stale_run_is_named_and_set_aside(root: Path, make_record: Make) -> None:
    folder = finish(make_record(seed=1, momentum=0.25, k1=22), AAC)
    assert cells.stale_changes(AAC, folder) == ["k1 22 -> 20", "momentum 0.25 -> 0.5"]
    with pytest.raises(RunError) as caught:
        cells.check_stale([AAC])
    assert str(caught.value) == (
        "runs made with other settings or data: aac-seed1 (k1 22 -> 20, momentum 0.25 -> 0.5). "
        "`make reproduce` sets them aside and runs them again; or delete their directories."
    )
    (line,) = cells.set_stale_aside([AAC])
    assert line.startswith("stale: aac-seed1 (k1 22 -> 20, momentum 0.25 -> 0.5), now in ")
    assert not folder.exists()
    assert len(list((root / "runs" / "stale").glob("aac-seed1-*/record.json"))) == 1
    cells.check_stale([AAC])


def test_every_stale_run_is_named(root: Path, make_record: Make) -> None:
    configs = [AAC, AAC.replace(seed=2), AAC.replace(seed=3)]
    for seed, k1 in ((1, 22), (2, 20), (3, 23)):
        finish(make_record(seed=seed, k1=k1), AAC.replace(seed=seed))
    with pytest.raises(RunError, match=r"data: aac-seed1 \(k1 22 -> 20\); aac-seed3 \(k1 23 ->"):
        cells.check_stale(configs)
    assert len(cells.set_stale_aside(configs)) == 2
    assert run_folder(configs[1]).is_dir()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"config": {}, "dataset": 3}',
        '{"config": {}, "dataset": {"name": ""}}',
        f'{{"schema": {SCHEMA}, "config": {{}}, "dataset": {{"name": ""}}}}',
        "[" * 100_000,
        "9" * 5000,
        '{"schema": NaN}',
        f'{{"schema": {SCHEMA}, "config": [[1, 2]], "dataset": {{"name": "", "fingerprint": ""}}}}',
        f'{{"schema": {SCHEMA}, "config": [], "dataset": []}}',
    ],
)
def test_a_record_that_cannot_be_used_is_set_aside(root: Path, text: str) -> None:
    folder = run_folder(AAC)
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(text)
    assert "method None -> aac" in cells.stale_changes(AAC, folder)
    assert len(cells.set_stale_aside([AAC])) == 1
    assert not folder.exists()


def test_what_a_hostile_record_holds_is_told_in_short(root: Path, make_record: Make) -> None:
    folder = finish(make_record(seed=1), AAC)
    content = json.loads((folder / "record.json").read_text())
    content["config"] |= {"k1": 10**400, "delta": "x" * 9_999, "\x1b[2J": ["\ud800"]}
    (folder / "record.json").write_text(json.dumps(content))
    changes = cells.stale_changes(AAC, folder)
    assert "k1 an integer of about 401 digits -> 20" in changes
    assert r"\x1b[2J ['\ud800'] -> None" in changes
    assert all(len(change) < 300 and change.isprintable() for change in changes)
    content["config"] = AAC.to_dict()
    content["dataset"] |= {"name": ["\x1b"], "fingerprint": {}}
    (folder / "record.json").write_text(json.dumps(content))
    assert cells.stale_changes(AAC, folder)[0].startswith(r"data ['\x1b'] -> ")


def test_a_record_of_an_older_schema_is_set_aside(root: Path, make_record: Make) -> None:
    folder = finish(make_record(seed=1), AAC)
    path = folder / "record.json"
    path.write_text(path.read_text().replace(f'"schema": {SCHEMA}', f'"schema": {SCHEMA - 1}'))
    assert cells.stale_changes(AAC, folder) != []
    assert len(cells.set_stale_aside([AAC])) == 1


def test_without_a_record_the_checkpoint_decides(root: Path) -> None:
    folder = interrupt(AAC, k1=22)
    cells.check_stale([AAC])
    assert cells.stale_changes(AAC, folder, checkpoints=False) == []
    assert cells.stale_changes(AAC, folder) == ["k1 22 -> 20"]
    assert len(cells.set_stale_aside([AAC])) == 1
    assert not folder.exists()


def test_a_checkpoint_of_the_same_run_is_kept(root: Path) -> None:
    folder = interrupt(AAC)
    assert cells.set_stale_aside([AAC]) == []
    assert folder.is_dir()


def test_a_damaged_checkpoint_is_set_aside(root: Path) -> None:
    folder = interrupt(AAC)
    (folder / "checkpoint-0001.safetensors").write_bytes(b"half")
    assert "method None -> aac" in cells.stale_changes(AAC, folder)


def test_a_record_stands_over_the_checkpoint(root: Path, make_record: Make) -> None:
    folder = interrupt(AAC, k1=22)
    finish(make_record(seed=1), AAC)
    assert cells.stale_changes(AAC, folder) == []


def test_a_run_on_another_renderer_s_benchmark_is_stale(root: Path, make_record: Make) -> None:
    name = benchmark_root(AAC).name
    older = name.removesuffix(str(RENDERER_VERSION)) + str(RENDERER_VERSION - 1)
    assert name == f"pedestrians-100x6x4x3-seed1-v{RENDERER_VERSION}"
    folder = finish(make_record(seed=1), AAC, name=older)
    assert cells.stale_changes(AAC, folder) == [f"data {older} -> {name}"]
    with pytest.raises(RunError, match=rf"aac-seed1 \(data {older} -> {name}\)"):
        cells.check_stale([AAC])


def test_changed_settings_are_named_before_changed_data(root: Path, make_record: Make) -> None:
    folder = finish(make_record(seed=1, k1=22), AAC, name="another")
    assert cells.stale_changes(AAC, folder) == ["k1 22 -> 20"]


def test_a_run_on_another_rendering_is_stale(root: Path, make_record: Make) -> None:
    config = AAC.replace(**SMALL)
    mine = load_market1501(render_benchmark(config, progress=False)).fingerprint()
    record = make_record(seed=1, **SMALL)
    folder = finish(record, config)
    assert cells.stale_changes(config, folder) == [f"data 00000000 -> {mine[:8]}"]
    finish(record, config, fingerprint=mine)
    assert cells.stale_changes(config, folder) == []


def test_a_rendering_that_is_not_complete_tells_nothing(root: Path, make_record: Make) -> None:
    config = AAC.replace(**SMALL)
    folder = finish(make_record(seed=1, **SMALL), config)
    assert cells.stale_changes(config, folder) == []
    (render_benchmark(config, progress=False) / MANIFEST).unlink()
    assert cells.stale_changes(config, folder) == []


def test_a_checkpoint_of_other_data_is_stale(root: Path) -> None:
    config = AAC.replace(**SMALL)
    folder = interrupt(config)
    assert cells.stale_changes(config, folder) == []
    mine = load_market1501(render_benchmark(config, progress=False)).fingerprint()
    assert cells.stale_changes(config, folder) == [f"data 00000000 -> {mine[:8]}"]
    assert cells.stale_changes(config, folder, checkpoints=False) == []
    (line,) = cells.set_stale_aside([config])
    assert f"(data 00000000 -> {mine[:8]})" in line


@pytest.mark.parametrize("preset", ["pedestrians", "paper"])
def test_a_run_is_stale_when_the_user_s_data_changed(
    root: Path, market: Path, make_record: Make, preset: str
) -> None:
    config = Config.preset(preset, data=str(market))
    before = load_market1501(market).fingerprint()
    named = config.replace(data="market")  # a record keeps the user's paths to itself
    record = dataclasses.replace(make_record(data="market"), config=named)
    folder = finish(record, config, fingerprint=before)
    assert cells.set_stale_aside([config]) == []
    changed_image(market)
    after = load_market1501(market).fingerprint()
    assert cells.stale_changes(config, folder) == [f"data {before[:8]} -> {after[:8]}"]
    with pytest.raises(RunError, match=rf"aac-seed0 \(data {before[:8]} -> {after[:8]}\)"):
        cells.check_stale([config])
    assert len(cells.set_stale_aside([config])) == 1


def test_a_run_of_the_paper_s_preset_is_not_held_against_the_rendered_benchmark(
    root: Path, make_record: Make
) -> None:
    render_benchmark(Config.preset("pedestrians", **SMALL), progress=False)
    config = Config.preset("paper", **SMALL)  # the user's data are not named this time
    record = dataclasses.replace(make_record(), config=config.replace(data="market"))
    folder = finish(record, config, fingerprint="1" * 64)
    assert cells.stale_changes(config, folder) == []
    assert cells.set_stale_aside([config]) == []


def test_changed_attributes_are_changed_data(root: Path, market: Path, make_record: Make) -> None:
    config = Config.preset("pedestrians", data=str(market))
    before = load_market1501(market).fingerprint()
    folder = finish(make_record(data="market"), config, fingerprint=before)
    attributes = market / "market_attribute.mat"
    attributes.rename(market.parent / "elsewhere.mat")
    assert len(cells.stale_changes(config, folder)) == 1
    moved = config.replace(attributes=str(market.parent / "elsewhere.mat"))
    assert cells.stale_changes(moved, folder) == []


def test_data_that_moved_are_the_same(root: Path, market: Path, make_record: Make) -> None:
    config = Config.preset("pedestrians", data=str(market.rename(market.parent / "moved")))
    mine = load_market1501(str(config.data)).fingerprint()
    folder = finish(make_record(data="market"), config, fingerprint=mine)
    assert cells.stale_changes(config, folder) == []


def test_a_run_is_not_stale_when_its_data_are_gone(
    root: Path, market: Path, make_record: Make
) -> None:
    config = Config.preset("pedestrians", data=str(market))
    folder = finish(make_record(data="market"), config)
    assert len(cells.stale_changes(config, folder)) == 1
    shutil.rmtree(market / "query")
    assert cells.stale_changes(config, folder) == []
    shutil.rmtree(market)
    assert cells.stale_changes(config, folder) == []
    cells.check_stale([config])


def test_rendered_data_and_the_user_s_are_told_apart(
    root: Path, market: Path, make_record: Make
) -> None:
    folder = finish(make_record(seed=1), AAC)
    mine = load_market1501(market).fingerprint()
    assert cells.stale_changes(AAC.replace(data=str(market)), folder) == [
        f"data 00000000 -> {mine[:8]}"
    ]
    finish(make_record(seed=1, data="market"), AAC, fingerprint=mine)
    assert cells.stale_changes(AAC, folder) == [f"data market -> {benchmark_root(AAC).name}"]


def test_a_dataset_is_read_once_for_all_its_cells(
    root: Path, market: Path, make_record: Make, fingerprints: list[Path]
) -> None:
    rendered = [AAC.replace(**SMALL, seed=seed, delta=d) for seed in (1, 2) for d in (5, 6, 7)]
    own = [AAC.replace(data=str(market), method="baseline", seed=seed) for seed in range(4)]
    roots = [render_benchmark(config, progress=False) for config in (rendered[0], rendered[3])]
    digests = {root: load_market1501(root).fingerprint() for root in (*roots, market)}
    for config in rendered:
        record = make_record(seed=config.seed, delta=config.delta, **SMALL)
        finish(record, config, fingerprint=digests[benchmark_root(config)])
    for config in own:
        record = make_record("baseline", config.seed, data="market")
        finish(record, config, fingerprint=digests[market])
    fingerprints.clear()
    cells.check_stale([*rendered, *own])
    assert fingerprints == [*roots, market]
    fingerprints.clear()
    assert cells.set_stale_aside([*own, *rendered]) == []
    assert fingerprints == [market, *roots]


def test_data_are_not_read_where_nothing_ran(
    root: Path, market: Path, make_record: Make, fingerprints: list[Path]
) -> None:
    config = AAC.replace(data=str(market))
    cells.check_stale([config])
    finish(make_record(seed=1, k1=22, data="market"), config)  # its settings are reason enough
    with pytest.raises(RunError):
        cells.check_stale([config])
    assert fingerprints == []


def test_a_run_at_work_is_waited_for(root: Path) -> None:
    folder, said = run_folder(AAC), []
    with open_run(folder, AAC):
        waiting = threading.Thread(
            target=cells.wait_for_runs, args=([folder], said.append), kwargs={"interval": 0.01}
        )
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(5)
    assert not waiting.is_alive()
    assert said == ["waiting for aac-seed1, which an earlier workflow left running"]


def test_a_run_that_nobody_is_at_is_not_waited_for(root: Path) -> None:
    folder, said = run_folder(AAC), []
    cells.wait_for_runs([folder], said.append)
    with open_run(folder, AAC):
        pass
    cells.wait_for_runs([folder], said.append)
    assert said == []
