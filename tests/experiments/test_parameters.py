"""A notebook's parameters, where they are not what a notebook takes."""

from __future__ import annotations

import pytest

from aacpy.errors import ConfigError
from aacpy.experiments.parameters import ablation, parameters


@pytest.mark.parametrize("run_dir", [3, 1.5, True, ["a"], {"a": 1}, "a\0b"])
def test_a_run_s_directory_is_a_path(run_dir: object) -> None:
    with pytest.raises(ConfigError, match="run_dir must be a path or None, not "):
        parameters({"run_dir": run_dir})


@pytest.mark.parametrize("preset", [["paper"], {"paper": 1}, 3, "papr"])
def test_a_preset_is_one_of_the_presets(preset: object) -> None:
    for read in (parameters, lambda given: ablation({**given, "deltas": [4]}, "delta")):
        with pytest.raises(ConfigError, match="preset must be one of paper, pedestrians, not "):
            read({"preset": preset})


@pytest.mark.parametrize("jobs", [0, -1, 1.5, "x", [2], True])
def test_jobs_are_a_number(jobs: object) -> None:
    with pytest.raises(ConfigError, match="jobs must be a number from 1, not "):
        ablation({"deltas": "[4, 5]", "jobs": jobs}, "delta")


def test_jobs_may_be_text_as_papermill_passes_them() -> None:
    assert ablation({"deltas": "[4, 5]", "jobs": "2"}, "delta").jobs == 2
    assert ablation({"deltas": "[4, 5]"}, "delta").jobs is None


def test_values_that_make_too_many_runs_are_refused() -> None:
    with pytest.raises(ConfigError, match="make 10002 runs; give shorter ones"):
        ablation({"deltas": list(range(10_001)), "seeds": [0]}, "delta")
