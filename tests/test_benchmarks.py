"""`benchmarks` and `aacpy.measurements`: what is measured, how it is stored, textbook = library."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aacpy import Config, load_market1501
from aacpy.errors import RecordError, RunError
from aacpy.files import project_root
from aacpy.measurements import (
    Case,
    Measurement,
    Timing,
    growth_exponent,
    load_measurements,
    measurements_root,
)
from benchmarks import __main__ as command_line
from benchmarks import child, features, gpu, runner
from benchmarks.plain_loop import extraction_seconds, train_steps
from benchmarks.stage import Size, Stage, Work, same
from benchmarks.stages import OPTIONAL, STAGES, load_stage

#: Stages whose trial needs no subprocess to be followed: no rendering, no training.
LIGHT = [
    pytest.param(name, marks=pytest.mark.slow) if name == "approximate" else name  # it compiles
    for name in STAGES
    if name not in ("embedded", "hard", "renderer")
]


def stage(**changes: object) -> Stage:
    """A stage that doubles numbers."""
    made = Stage(
        name="memory", title="doubling", limit="nothing", textbook="adding", data="numbers",
        works={"library": Work(lambda x: 2 * x, peak=True), "limit": Work(lambda x: None),
               "textbook": Work(lambda x: x + x)},
        sizes=[Size(2), Size(4)], quick=[Size(1)], prepare=lambda size: np.arange(size.n),
        shape=lambda size: str(size.n),
        check=lambda results: {"the sum": same(results, "library", "textbook")},
        facts=lambda data, results: {"largest": float(results["library"].max())},
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def measured(**changes: object) -> Measurement:
    """A measurement with invented times that grow as the square of the size."""
    cases = tuple(
        Case(n, "", str(n), {"library": Timing((n**2 / 1e3,), 10 * n), "limit": Timing((n / 1e3,))},
             {"equal": True}, {"recall": 0.9})
        for n in (10, 20, 40)
    )  # fmt: skip
    made = Measurement(
        stage="memory", title="t", limit="l", textbook="", data="d", cases=cases,
        settings={"repeats": 1, "threads": 1, "quick": True}, environment={"cpu": "x"},
        revision="r", finished="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


# What is stored


@pytest.mark.parametrize("power", [0.0, 1.0, 1.3, 2.0])
def test_growth_exponent_of_exact_powers(power: float) -> None:
    sizes = [100, 400, 1_000, 50_000]
    assert growth_exponent(sizes, [3e-7 * n**power for n in sizes]) == pytest.approx(power)


def test_growth_is_that_of_one_series() -> None:
    other = Case(5, "another", "5", {"library": Timing((1e9,))})
    made = measured(cases=(*measured().cases, other))
    assert made.growth() == pytest.approx(2)
    assert made.growth("limit") == pytest.approx(1)
    assert np.isnan(made.growth("textbook")) and np.isnan(made.growth(series="another"))


def test_a_ratio_is_of_repeats_in_turn() -> None:
    case = Case(1, "", "1", {"a": Timing((1.0, 20.0, 3.0)), "b": Timing((2.0, 40.0, 3.0)),
                             "once": Timing((6.0,)), "dead": Timing(())})  # fmt: skip
    assert case.ratio("a", "b") == 0.5
    assert case.ratio("once", "a") == 2  # of medians, where the repeats are not the same
    assert np.isnan(case.ratio("a", "dead")) and np.isnan(case.ratio("a", "missing"))


def test_a_measurement_survives_its_file(tmp_path: Path) -> None:
    made = measured()
    assert made.write(tmp_path) == tmp_path / "memory.json"
    assert load_measurements(tmp_path) == {"memory": made}
    assert load_measurements(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text[:40], "not a whole measurement"),
        (lambda text: "[]", "not a measurement of schema"),
        (lambda text: text.replace('"schema": 1', '"schema": 0'), "found 0"),
        (lambda text: text.replace('"title"', '"tittle"'), "tittle"),
        (lambda text: text.replace("0.1,", "-0.1,").replace("0.1\n", "-0.1\n"), "above 0"),
        (lambda text: text.replace('"works"', '"work"'), "works"),
        (lambda text: text.replace('"stage": "memory"', '"stage": "split"'), "the stage 'split'"),
    ],
)
def test_a_damaged_or_stale_file_says_what_to_do(
    tmp_path: Path, change: object, complaint: str
) -> None:
    path = measured().write(tmp_path)
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(RecordError, match=complaint) as raised:
        load_measurements(tmp_path)
    assert str(path) in str(raised.value) and 'make bench STAGES="memory"' in str(raised.value)


def test_the_book_reads_what_is_stored_in_the_repository() -> None:
    for name, found in load_measurements(measurements_root()).items():
        assert found.stage == name and not found.settings["quick"]
        assert all(holds for case in found.cases for holds in case.checks.values())


# How it is measured


_HELD = """
import json
import numpy as np
from benchmarks import child, memory_use
from benchmarks.stage import Stage, Work

def peak(compute, data):
    works = {"library": Work(compute, peak=True)}
    stage = Stage(name="memory", title="", limit="", textbook="", data="", works=works, sizes=[],
                  quick=[], prepare=None, shape=str, check=None)
    return child.first_time(stage, "library", data)[1]

print(json.dumps([peak(lambda x: np.ones(8_000_000).sum(), None), peak(np.copy, np.arange(3)),
                  memory_use.peak_bytes(), memory_use.held_bytes()]))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="a peak cannot be forgotten")
def test_peak_memory_is_what_the_work_held() -> None:
    # In a process of its own, because a run lets this one keep the memory that it has freed.
    done = subprocess.run([sys.executable, "-c", _HELD], cwd=project_root(), capture_output=True,
                          text=True, check=True)  # fmt: skip
    large, small, peak, held = json.loads(done.stdout)
    assert 0.9 * 64e6 < large < 1.5 * 64e6
    assert small < 4e6
    assert peak >= held > 0


def test_a_process_leaves_times_results_and_facts(tmp_path: Path) -> None:
    calls: list[str] = []
    works = {name: Work(lambda x, name=name: calls.append(name) or x) for name in ("library", "b")}
    child.measure(stage(works=works), Size(3), ["library", "b"], 2, tmp_path)
    left = json.loads((tmp_path / "times.json").read_text())
    assert left["facts"] == {"largest": 2.0}
    assert all(len(work["seconds"]) == 2 for work in left["works"].values())
    assert np.load(tmp_path / "b.npy").tolist() == [0, 1, 2]
    first = calls.index("b", 4)  # after the warm-up and the first time of both
    assert set(calls[4:first]) == {"library"} and calls[-1] == "b"


def test_memory_alone_is_measured_without_repeats(tmp_path: Path) -> None:
    child.measure(stage(), Size(3), ["library"], 0, tmp_path)
    left = json.loads((tmp_path / "times.json").read_text())
    assert left["works"]["library"]["seconds"] == [] and left["facts"] == {}


@pytest.mark.slow
def test_a_stage_is_measured_in_processes_of_its_own() -> None:
    memory = load_stage("memory")
    works = {**memory.works, "textbook": dataclasses.replace(memory.works["textbook"], once_from=1)}
    said: list[str] = []
    settings = runner.Settings(repeats=2, threads=1, quick=True)
    changed = dataclasses.replace(memory, works=works)
    found = runner.measure(changed, memory.quick[:1], settings, said.append)
    (case,) = found.cases
    assert case.checks == {"the loop's centroids to 1e-6": True}  # from two processes
    assert {name: len(timing.seconds) for name, timing in case.works.items()} == {
        "library": 2, "limit": 2, "textbook": 1,
    }  # fmt: skip
    assert case.works["library"].peak_bytes is not None is not case.works["textbook"].peak_bytes
    assert case.works["limit"].peak_bytes is None
    assert said == [
        "32 × 16: library, limit, 2 times in turn",
        "32 × 16: textbook, once; this can take minutes",
        "32 × 16: memory of library",
    ]
    assert found.environment["threads"] == "1" and found.environment["cores"] == str(os.cpu_count())


def test_work_too_large_is_left_out() -> None:
    works = {"library": Work(len), "textbook": Work(len, largest=10)}
    made = stage(works=works)
    assert made.works_at(Size(10)) == ["library", "textbook"]
    assert made.works_at(Size(11)) == ["library"]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> object:
    """Make every process end with a status; its standard error is one line."""

    def make(status: int) -> None:
        done = runner.subprocess.CompletedProcess([], status, "", "ValueError: no such thing\n")
        monkeypatch.setattr(runner.subprocess, "run", lambda *_, **__: done)
        monkeypatch.setattr(runner, "machine", lambda threads: {})

    return make


def test_work_that_is_killed_is_noted(ends: object) -> None:
    ends(-signal.SIGKILL)  # type: ignore[operator]
    settings = runner.Settings(repeats=2, threads=1, quick=True)
    (case,) = runner.measure(stage(), [Size(2)], settings, lambda text: None).cases
    assert "SIGKILL" in case.works["library"].failed and "memory" in case.works["library"].failed
    assert case.works["library"].seconds == () and case.checks == {}


def test_work_that_fails_is_an_error(ends: object) -> None:
    ends(1)  # type: ignore[operator]
    settings = runner.Settings(repeats=2, threads=1, quick=True)
    with pytest.raises(RunError, match=r"(?s)stage memory, 2.*no such thing"):
        runner.measure(stage(), [Size(2)], settings, lambda text: None)


# The command


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stages measured from now on, without measuring."""
    names: list[str] = []

    def note(stage: Stage, sizes: list[Size], settings: object, say: object) -> Measurement:
        names.append(stage.name)
        if stage.name == "machine" and names.count("machine") > 1:
            raise KeyboardInterrupt
        cases = tuple(Case(s.n, "", stage.shape(s), {"library": Timing((1.0,))}) for s in sizes)
        return measured(stage=stage.name, cases=cases)

    monkeypatch.setattr(command_line, "measure", note)
    return names


def test_finished_stages_are_kept_and_skipped(
    quickly: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--quick", "--out", str(tmp_path), "--stages", "memory", "split"]
    assert command_line.main(arguments) == 0 and quickly == ["memory", "split"]
    assert command_line.main([*arguments, "neighbors"]) == 0
    assert quickly == ["memory", "split", "neighbors"]
    assert "--again measures anew" in capsys.readouterr().out
    assert command_line.main([*arguments, "--again"]) == 0
    assert quickly[3:] == ["memory", "split"]


def test_a_stopped_benchmark_keeps_what_it_finished(
    quickly: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = ["--stages", "memory", "machine", "machine", "split"]
    arguments = ["--quick", "--out", str(tmp_path), "--again", *stages]
    assert command_line.main(arguments) == 130
    assert sorted(load_measurements(tmp_path)) == ["machine", "memory"]
    assert "finished stages are kept" in capsys.readouterr().err


def test_other_sizes_never_replace_a_measurement_silently(
    quickly: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--quick", "--out", str(tmp_path), "--stages", "memory"]
    assert command_line.main(arguments) == 0
    assert command_line.main([*arguments, "--sizes", "48"]) == 1
    error = capsys.readouterr().err
    assert "holds other sizes (32 × 16; 64 × 16)" in error and "--again" in error
    assert command_line.main([*arguments, "--sizes", "48", "--again"]) == 0
    assert load_measurements(tmp_path)["memory"].cases[0].shape == "48 × 16"


def test_a_damaged_result_is_an_error_with_its_remedy(
    quickly: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory.json").write_text("{")
    assert command_line.main(["--quick", "--out", str(tmp_path), "--stages", "memory"]) == 1
    assert "make bench" in capsys.readouterr().err and quickly == []


def test_a_trial_never_replaces_the_stored_results(
    quickly: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path))
    assert command_line.main(["--quick"]) == 0
    assert quickly == [name for name in STAGES if name not in OPTIONAL]
    assert len(list((tmp_path / "bench-quick").glob("*.json"))) == len(quickly)


@pytest.mark.parametrize("arguments", [["--stages", "nothing"], ["--sizes", "0"], ["--what"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(arguments)


# What is measured


@pytest.mark.parametrize("name", LIGHT)
def test_the_library_returns_what_the_textbook_does(name: str) -> None:
    made = load_stage(name)
    assert made.name == name
    size = made.quick[-1]
    data = made.prepare(size)
    results = {}
    for work in made.works_at(size):
        result = made.works[work].run(data)
        if result is not None:
            results[work] = np.asarray(result).copy()
    if made.textbook:
        assert set(made.check(results).values()) == {True}
    if set(made.facts_need) <= set(made.works):
        assert all(np.isfinite(value) for value in made.facts(data, results).values())
    assert all(0 <= value <= 1 for value in made.compare(results).values())


def test_rendering_and_an_epoch_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    renderer = load_stage("renderer")
    data = renderer.prepare(renderer.quick[0])
    assert renderer.works["library"].run(data) is renderer.works["limit"].run(data) is None
    assert renderer.facts(data, {})["images"] == len(data["pictures"])
    embedded = load_stage("embedded")
    shares = embedded.facts(embedded.prepare(embedded.quick[0]), {})
    assert sum(shares.values()) == pytest.approx(1) and shares["convolution"] > 0


def test_features_have_market_1501s_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(features.METADATA, raising=False)
    features.plan.cache_clear()
    train = features.train_images(12_936)
    assert len(np.unique(train.ids)) == 751 and set(train.cameras) == {1, 2, 3, 4, 5, 6}
    queries, gallery = features.test_images(15_913)
    assert (len(queries), len(gallery)) == (3_368, 15_913)
    assert (gallery.ids == 0).sum() == 2_798 and (gallery.ids >= 0).all()
    assert len(np.unique(features.train_images(50_000).ids)) == pytest.approx(751 * 3.87, rel=0.02)
    queries, gallery = features.test_images(31_826)
    assert len(np.unique(queries.ids)) == 1_500 and len(gallery) == 31_826
    features.plan.cache_clear()


def test_features_are_unit_vectors_that_repeat() -> None:
    images = features.train_images(300)
    made = features.features_of(images, 64)
    assert made.dtype == np.float32 and made.shape == (300, 64)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(made, features.features_of(images, 64))
    cosine = made @ made.T
    alike = images.ids[:, None] == images.ids
    assert cosine[alike].mean() > cosine[~alike].mean() + 0.1
    assert features.attributes_of(features.train_images(30_000)).shape == (30_000, 27)


def test_queries_are_nearest_to_their_own_people_in_the_gallery() -> None:
    queries, gallery = features.test_images(2_000)
    left, right = features.features_of(queries, 256, 1), features.features_of(gallery, 256, 1)
    alike = queries.ids[:, None] == gallery.ids
    cosine = left @ right.T
    assert cosine[alike].mean() > cosine[~alike].mean() + 0.1
    strangers = cosine[:, gallery.ids == 0].mean()
    assert strangers == pytest.approx(cosine[~alike].mean(), abs=0.02)


# The paper's configuration on a GPU, here a small one on the CPU


@pytest.fixture
def config(tiny_market: Path) -> Config:
    """The trial's configuration on a tiny dataset."""
    return Config.preset("paper", method="supervised", weights=None, device="cpu",
                         data=str(tiny_market), **gpu.QUICK)  # fmt: skip


def test_the_gpu_benchmark_runs_on_a_cpu(tiny_market: Path, tmp_path: Path) -> None:
    arguments = ["--quick", "--device", "cpu", "--workers", "0", "--data", str(tiny_market),
                 "--out", str(tmp_path)]  # fmt: skip
    assert gpu.main(arguments) == 0
    found = load_measurements(tmp_path)["gpu"]
    facts = found.cases[0].facts
    assert all(np.isfinite(value) for value in facts.values())
    assert facts["share of the matrix rate"] > 0 and found.environment["device"] == "cpu"
    assert found.cases[0].ratio("textbook", "library") > 0


def test_the_gpu_benchmark_says_if_there_is_no_gpu(
    tiny_market: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert gpu.main(["--quick", "--data", str(tiny_market)]) == 1
    assert "no GPU" in capsys.readouterr().err


def test_the_plain_loop_trains_and_extracts(config: Config) -> None:
    dataset = load_market1501(config.data or "")
    device = gpu.find_device("cpu")
    assert all(s > 0 for s in train_steps(config, dataset, device, 2, 0))
    assert extraction_seconds(config, dataset, device, 5, 0) > 0
