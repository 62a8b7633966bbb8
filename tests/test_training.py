"""Training: methods, records, resuming after a kill, degenerate clusterings, refusals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from aacpy import Record, load_records, render_pedestrians, train
from aacpy.config import METHODS, Config
from aacpy.errors import DatasetError, RecordError, RunError, WeightsError
from aacpy.loading import load_data
from aacpy.pseudo_labels import make_pseudo_labels
from aacpy.runs import open_run


@pytest.mark.parametrize("method", METHODS)
def test_every_method_runs_and_leaves_a_record(tiny_config, tmp_path, method):
    config = tiny_config(method=method)
    seen = []
    record = train(config, tmp_path, progress=False, on_epoch=lambda s, e: seen.append((e, s)))
    assert Record.read(tmp_path / "record.json") == record
    assert load_records(tmp_path) == [record]  # beside its checkpoint
    assert [e for e, _ in seen] == [0, 1, 2]
    assert seen[-1][1] == record.series
    assert record.method == method
    assert all(0 < v <= 1 for v in record.scores.values())
    assert set(record.seconds) == {"load", "extract", "cluster", "train", "evaluate", "total"}
    assert record.peak_memory_bytes["ram"] > 10**7
    assert record.dataset["train_images"] == 48
    assert record.dataset["gallery_images"] == 54
    assert record.dataset["attribute_vectors"] == 4
    assert set(record.labels) == {"0", "2"}
    stages = {"before", "after"} if method in ("baseline", "aac") else {"after"}
    assert set(record.pseudo_labels(2)) == stages
    assert len(record.retrievals[0]["gallery"]) == 10
    if method == "supervised":
        assert record.series["clusters"] == [8] * 3
        assert record.series["purity"] == [1.0] * 3
    if method == "attributes":
        assert record.series["clusters"] == [4] * 3


def test_paths_of_the_user_stay_out_of_the_record(tiny_config, tmp_path, tiny_market):
    record = train(tiny_config(epochs=1), tmp_path, progress=False)
    assert str(tiny_market.parent) not in record.to_json()
    assert record.config.data == tiny_market.name


def test_one_seed_one_record_and_another_seed_another(tiny_config, tmp_path):
    first = train(tiny_config(), tmp_path / "a", progress=False)
    again = train(tiny_config(), tmp_path / "b", progress=False)
    other = train(tiny_config(seed=1), tmp_path / "c", progress=False)
    assert first.differences(again) == []
    assert first.series["loss"] != other.series["loss"]


def test_training_learns(tiny_config, tmp_path):
    record = train(tiny_config(method="supervised", epochs=6, iterations=10), tmp_path,
                   progress=False)  # fmt: skip
    assert record.series["loss"][-1] < record.series["loss"][0]
    assert record.scores["mean_ap"] > 0.6


def test_start_epoch_delays_the_split(tiny_config, tiny_market):
    config = tiny_config(start_epoch=2, delta=0, eps=0.9, k1=20)
    dataset = load_data(config)
    features = np.random.default_rng(0).normal(size=(1, 8)) + np.zeros((48, 1))
    found = make_pseudo_labels(config, 1, features, dataset)
    assert found.before.max() == found.labels.max() == 0
    found = make_pseudo_labels(config, 2, features, dataset)
    assert (found.before.max(), found.labels.max()) == (0, 3)


_KILL = """
    import os, signal
    from aacpy import Config, train
    import aacpy.epoch_labels as epoch_labels
    import aacpy.optimization as optimization
    import aacpy.training as training

    epoch_labels.clusters_ahead = lambda device: {ahead}
    config = Config.from_dict({config!r})
    epoch, moment = {epoch}, {moment!r}

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    def after_epoch(series, done):
        if done != epoch - 1:
            return
        if moment == "start":
            die()
        module, name = {{"steps": (optimization, "augment"),
                         "evaluate": (training, "evaluate_retrieval"),
                         "checkpoint": (training, "save_checkpoint")}}[moment]
        setattr(module, name, die)

    if epoch == 0:
        after_epoch(None, -1)
    train(config, {folder!r}, progress=False, on_epoch=after_epoch)
"""


# `tests/faults` kills runs on a CPU at random moments; here is a GPU's order of things.
@pytest.mark.parametrize(
    ("epoch", "moment", "ahead"),
    [
        *((1, moment, True) for moment in ("start", "steps", "evaluate", "checkpoint")),
        (3, "start", False),  # after the last checkpoint, before the record
    ],
)
def test_a_killed_run_ends_with_the_same_record(tiny_config, tmp_path, epoch, moment, ahead):
    config = tiny_config(warmup_batches=0)
    script = _KILL.format(
        config=config.to_dict(), folder=str(tmp_path / "run"), epoch=epoch, moment=moment,
        ahead=ahead,
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "run" / "record.json").exists()
    resumed = train(config, tmp_path / "run", progress=False)
    straight = train(config, tmp_path / "straight", progress=False)
    assert resumed.differences(straight) == []


def test_resuming_does_not_repeat_epochs(tiny_config, tmp_path):
    def stop(series, epoch):
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), tmp_path, progress=False, on_epoch=stop)
    assert load_records(tmp_path) == []  # checkpoints are no records
    epochs = []
    train(tiny_config(), tmp_path, progress=False, on_epoch=lambda s, e: epochs.append(e))
    assert epochs == [2]
    train(tiny_config(), tmp_path, progress=False, on_epoch=lambda s, e: epochs.append(e))
    assert epochs == [2]


def test_another_config_in_the_directory_is_refused(tiny_config, tmp_path):
    train(tiny_config(), tmp_path / "done", progress=False)
    with pytest.raises(RunError, match=r"holds a run of another config: delta 2 \(not 3\)"):
        train(tiny_config(delta=3), tmp_path / "done", progress=False)

    def stop(series, epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), tmp_path / "half", progress=False, on_epoch=stop)
    with pytest.raises(RunError, match=r"seed 0 \(not 5\)"):
        train(tiny_config(seed=5), tmp_path / "half", progress=False)


def test_other_data_than_at_the_start_are_refused(tiny_config, tmp_path, tiny_market):
    import shutil

    data = tmp_path / tiny_market.name
    shutil.copytree(tiny_market, data)

    def stop(series, epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(data=str(data)), tmp_path / "run", progress=False, on_epoch=stop)
    next((data / "bounding_box_train").iterdir()).unlink()
    with pytest.raises(RunError, match="started on other data"):
        train(tiny_config(data=str(data)), tmp_path / "run", progress=False)


def test_a_directory_in_use_is_refused(tiny_config, tmp_path):
    with (
        open_run(tmp_path, tiny_config()),
        pytest.raises(RunError, match="another process is at this run"),
    ):
        train(tiny_config(), tmp_path, progress=False)


def test_a_damaged_record_is_named(tiny_config, tmp_path):
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(RecordError, match=r"record\.json: not a whole JSON record"):
        train(tiny_config(), tmp_path, progress=False)


@pytest.mark.parametrize(
    ("labels", "note"),
    [(np.full(48, -1), "0 clusters, no update"), (np.zeros(48, int), "1 clusters, no update")],
)
def test_degenerate_clusterings_skip_the_update(tiny_config, tmp_path, monkeypatch, labels, note):
    monkeypatch.setattr(
        "aacpy.pseudo_labels.cluster_neighbors", lambda *a, **k: labels.astype(np.int64)
    )
    record = train(tiny_config(method="baseline", epochs=2), tmp_path, progress=False)
    assert record.notes == [f"epoch 0: {note}", f"epoch 1: {note}"]
    assert record.series["loss"] == [None, None]
    assert record.series["clusters"][0] == int(labels.max()) + 1
    if labels.max() < 0:
        assert record.series["purity"] == [None, None]


def test_fewer_clusters_than_p_train_on_what_there_is(tiny_config, tmp_path, monkeypatch):
    labels = np.repeat([0, 1], 24)
    monkeypatch.setattr("aacpy.pseudo_labels.cluster_neighbors", lambda *a, **k: labels)
    record = train(tiny_config(method="baseline", epochs=1), tmp_path, progress=False)
    assert record.notes == []
    assert record.series["loss"][0] > 0


def test_a_loss_that_is_not_finite_stops_the_run(tiny_config, tmp_path, monkeypatch):
    real = torch.nn.functional.cross_entropy
    calls = []

    def explode(*arguments):
        calls.append(1)
        return real(*arguments) * (float("nan") if len(calls) > 5 else 1.0)

    monkeypatch.setattr("torch.nn.functional.cross_entropy", explode)
    where = r"the loss is nan in epoch 1, batch 1 of 4 .* Likely cause: .*overflowed"
    with pytest.raises(RunError, match=where):
        train(tiny_config(), tmp_path, progress=False)
    assert (tmp_path / "checkpoint-0001.json").exists()
    assert not (tmp_path / "record.json").exists()


def test_clustering_beside_the_evaluation_changes_nothing(tiny_config, tmp_path, monkeypatch):
    """What a GPU's run does, forced on the CPU."""
    one_by_one = train(tiny_config(), tmp_path / "a", progress=False)
    monkeypatch.setattr("aacpy.epoch_labels.clusters_ahead", lambda device: True)
    threads = []

    def noting(*arguments):
        threads.append(threading.current_thread() is threading.main_thread())
        return make_pseudo_labels(*arguments)

    monkeypatch.setattr("aacpy.epoch_labels.make_pseudo_labels", noting)
    beside = train(tiny_config(), tmp_path / "b", progress=False)
    assert one_by_one.differences(beside) == []
    assert threads == [False] * 3
    assert set(beside.seconds) == set(one_by_one.seconds)


@pytest.mark.parametrize("epoch", [0, 1])
def test_an_error_of_the_clustering_thread_surfaces(tiny_config, tmp_path, monkeypatch, epoch):
    def fail(config, at, *rest):
        if at == epoch:
            raise MemoryError("no room to cluster")
        return make_pseudo_labels(config, at, *rest)

    monkeypatch.setattr("aacpy.epoch_labels.clusters_ahead", lambda device: True)
    monkeypatch.setattr("aacpy.epoch_labels.make_pseudo_labels", fail)
    with pytest.raises(MemoryError, match="no room to cluster"):
        train(tiny_config(), tmp_path, progress=False)
    assert (tmp_path / "checkpoint-0001.json").exists() == (epoch > 0)


@pytest.mark.parametrize("store", ["host", "disk"])
def test_where_images_live_changes_nothing(tiny_config, tmp_path, store):
    record = train(tiny_config(store="device"), tmp_path / "device", progress=False)
    other = train(tiny_config(store=store), tmp_path / store, progress=False)
    assert record.differences(other) == ["config"]
    assert record.name == other.name


def test_half_precision_stays_near_float32(tiny_config, tmp_path):
    """bfloat16 keeps eight bits: losses within 3 %, and features that rank alike."""
    settings = {"method": "supervised", "epochs": 2}
    full = train(tiny_config(**settings), tmp_path / "full", progress=False)
    half = train(tiny_config(**settings, precision="bfloat16"), tmp_path / "half", progress=False)
    assert full.environment["precision"] == "float32"
    assert half.environment["precision"] == "bfloat16"
    assert half.series["loss"] == pytest.approx(full.series["loss"], rel=0.03)
    assert half.series["loss"] != full.series["loss"]
    assert half.scores["mean_ap"] == pytest.approx(full.scores["mean_ap"], abs=0.1)


def test_evaluation_can_be_rarer(tiny_config, tmp_path):
    record = train(tiny_config(evaluate_every=2, epochs=4), tmp_path, progress=False)
    assert [v is None for v in record.series["mean_ap"]] == [False, True, False, False]


def test_threads_are_limited_throughout_and_restored(tiny_config, tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    during = []

    def note(series, epoch):  # libraries that load on the way must not raise it again
        during.append(torch.get_num_threads())

    train(tiny_config(epochs=2), tmp_path, progress=False, on_epoch=note)
    assert during == [1, 1]
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_methods_that_need_attributes_say_so(tiny_market, tiny_config, tmp_path):
    import shutil

    data = tmp_path / "data"
    shutil.copytree(tiny_market, data, ignore=shutil.ignore_patterns("*.mat"))
    with pytest.raises(DatasetError, match=r"market_attribute\.mat"):
        train(tiny_config(data=str(data)), tmp_path / "a", progress=False)
    train(tiny_config(data=str(data), method="baseline", epochs=1), tmp_path / "b",
          progress=False)  # fmt: skip


def test_paper_preset_refuses_to_start_without_data(tmp_path):
    with pytest.raises(DatasetError, match=r"pass data=PATH.*aacpy check"):
        train(Config.preset("paper"), tmp_path, progress=False)
    with pytest.raises(DatasetError, match="no/such/folder"):
        train(Config.preset("paper", data="no/such/folder"), tmp_path, progress=False)


def test_paper_preset_refuses_to_start_without_weights(tmp_path, tiny_market):
    config = Config.preset("paper", data=str(tiny_market), weights="no/weights.pth")
    with pytest.raises(WeightsError, match=r"no/weights\.pth.*no such file"):
        train(config, tmp_path, progress=False)


def test_an_absent_gpu_is_an_error(tiny_config, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(RunError, match=r"sees no GPU\. Use device='cpu'"):
        train(tiny_config(device="cuda"), tmp_path, progress=False)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs a folder to be refused")
def test_a_folder_that_cannot_be_made_is_named(tiny_config):
    with pytest.raises(RunError, match="cannot be used as a run directory"):
        train(tiny_config(), Path("/proc/no/such"), progress=False)


def test_paper_preset_runs_an_epoch_from_random_weights(tmp_path):
    """ResNet-50 at 256 x 128 end to end; only the amount of work is cut for a CPU."""
    data = render_pedestrians(
        tmp_path / "data", identities=4, cameras=2, cameras_per_identity=2, images_per_camera=3,
        progress=False,
    )  # fmt: skip
    config = Config.preset(
        "paper", method="supervised", data=str(data), weights=None, epochs=1, iterations=2,
        batch_size=8, instances=2, k1=6, k2=2, threads=1,
    )  # fmt: skip
    record = train(config, tmp_path / "run", progress=False)
    assert record.config.backbone == "resnet50"
    assert record.series["loss"][0] > 0
    assert record.series["clusters"] == [4]
    assert 0 < record.scores["mean_ap"] <= 1
