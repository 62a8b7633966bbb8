"""Config: presets, names, types, ranges, and their messages."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

import numpy as np
import pytest

from aacpy import Config
from aacpy.config import PRESETS, check_names, describe
from aacpy.config_values import LARGEST_INTEGER, nearest, shown
from aacpy.errors import ConfigError
from aacpy.paper_settings import PaperSettings


def test_paper_preset_is_section_4_1():
    config = Config.preset("paper")
    assert (config.height, config.width, config.backbone) == (256, 128, "resnet50")
    assert (config.weights, config.pooling) == ("imagenet", "avg")
    assert (config.batch_size, config.instances, config.identities_per_batch) == (256, 16, 16)
    assert (config.learning_rate, config.weight_decay) == (5.5e-4, 5e-4)
    assert (config.epochs, config.lr_step, config.lr_gamma) == (60, 20, 0.1)
    assert (config.eps, config.min_samples, config.k1, config.k2) == (0.6, 4, 30, 6)
    assert (config.delta, config.start_epoch) == (5, 0)
    assert (config.temperature, config.momentum) == (0.05, 0.1)
    assert config.bn_groups == 4


@pytest.mark.parametrize("name", PRESETS)
def test_round_trip(name):
    config = Config.preset(name, seed=3, delta=9)
    assert Config.from_dict(config.to_dict()) == config


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config.preset().delta = 3


def test_values_take_the_field_type():
    config = Config.preset(
        "pedestrians", eps=np.float64(0.5), seed=np.int64(4), delta=6.0, flip=0, data=Path("x")
    )
    assert (config.eps, config.seed, config.delta, config.flip) == (0.5, 4, 6, 0.0)
    assert [type(v) for v in (config.seed, config.delta, config.flip)] == [int, int, float]
    assert config.data == "x"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"detla": 7}, "unknown setting 'detla'; did you mean 'delta'?"),
        ({"learning-rate": 1}, "did you mean 'learning_rate'?"),
        ({"zzz": 7}, "unknown setting 'zzz'"),
        ({"delta": -1}, "delta must be >= 0, not -1"),
        ({"delta": 2.5}, "delta must be int, not 2.5"),
        ({"delta": "5"}, "delta must be int, not '5'"),
        ({"delta": None}, "delta must be int, not None"),
        ({"seed": True}, "seed must be int, not True"),
        ({"eps": 0}, "eps must be > 0, not 0.0"),
        ({"eps": 1}, "eps must be < 1, not 1.0"),
        ({"eps": float("nan")}, "eps must be finite, not nan"),
        ({"k1": 0}, "k1 must be >= 1, not 0"),
        ({"k2": 21}, "k2 must be at most k1=20, not 21"),
        ({"momentum": 1.5}, "momentum must be <= 1, not 1.5"),
        ({"temperature": 0}, "temperature must be > 0, not 0.0"),
        ({"batch_size": 65}, "batch_size must be P x K, a multiple of instances=4, not 65"),
        ({"bn_groups": 3}, "batch_size must be a multiple of bn_groups=3, not 64"),
        ({"method": "acc"}, "did you mean 'aac'?"),
        ({"backbone": "resnet5"}, "did you mean 'resnet50'?"),
        ({"weights": "imagenet"}, "the small backbone has no ImageNet weights"),
        ({"device": "gpu"}, "device must be 'auto', 'cpu', 'cuda' or 'cuda:N', not 'gpu'"),
        ({"precision": "float16"}, "did you mean 'bfloat16'?"),
        ({"store": "gpu"}, "store must be one of auto, device, host, disk, not 'gpu'"),
        ({"neighbors": "aprox"}, "did you mean 'approximate'?"),
        ({"compile": 1}, "compile must be bool, not 1"),
        ({"cameras": 3}, "cameras_per_identity must be at most cameras=3, not 4"),
        ({"preset_name": "x"}, "preset_name must be one of paper, pedestrians"),
        ({"eps": 10**400}, "eps must be finite, not an integer of about 401 digits"),
        ({"seed": 2**32}, "seed must be <= 4294967295, not 4294967296"),
        ({"seed": 10**5000}, "seed must be <= 4294967295, not an integer of about 5,001 digits"),
        ({"delta": 1e300}, "delta must be <= 2147483647, not an integer of about"),
        ({"delta": float("inf")}, "delta must be int, not inf (float)"),
        ({"identities": 5000}, "identities must be <= 4999, not 5000"),
        ({"images_per_camera": 100}, "images_per_camera must be <= 99, not 100"),
        ({"height": 4097}, "height must be <= 4096, not 4097"),
        ({"threads": 10**6}, "threads must be <= 1024, not 1000000"),
        ({"device": "cuda:"}, "device must be 'auto', 'cpu', 'cuda' or 'cuda:N', not 'cuda:'"),
        ({"device": "cuda:x"}, "not 'cuda:x'"),
        ({"device": "cuda:0\n"}, "device must be text without control characters"),
        ({"device": "cuda:100"}, "not 'cuda:100'"),
        ({"data": "a\0b"}, r"data must be text without control characters and broken encoding"),
        ({"data": "\udcff"}, r"not '\udcff'; rename what it names"),
        ({"data": Path("\udcff")}, r"not '\udcff'; rename what it names"),
        ({"weights": "x" * 5000}, "weights must have at most 4096 characters, not 5,000: 'xxx"),
        ({"method": "x" * 10**6}, "supervised, not 'xxx"),
        ({"data": [1] * 10**6}, "data must be str or none, not [1, 1, 1, 1, 1, 1, 1, 1, ...]"),
        ({"x" * 10**6: 1}, "unknown setting 'xxx"),
    ],
)
def test_bad_settings_name_the_field(overrides, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        Config.preset("pedestrians", **overrides)


def test_unknown_preset():
    with pytest.raises(ConfigError, match="did you mean 'pedestrians'"):
        Config.preset("pedestrian")


def test_replace_checks_names():
    assert Config.preset().replace(delta=9).delta == 9
    with pytest.raises(ConfigError, match="did you mean 'delta'"):
        Config.preset().replace(dleta=9)


def test_from_dict_wants_every_field():
    values = Config.preset().to_dict()
    del values["k1"]
    with pytest.raises(ConfigError, match="config lacks k1"):
        Config.from_dict(values)


def test_extra_names():
    check_names(["delta", "run_dir"], extra=["run_dir"])
    with pytest.raises(ConfigError, match="did you mean 'run_dir'"):
        check_names(["run_dri"], extra=["run_dir"])


def test_every_field_is_described():
    rows = describe()
    assert [row[0] for row in rows] == [f.name for f in dataclasses.fields(Config)]
    assert all(help_text for *_, help_text in rows)
    assert {row[0]: row[1] for row in rows}["weights"] == "str or none"


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:15"])
def test_devices(device):
    assert Config.preset(device=device).device == device


def test_every_integer_has_a_bound():
    bounds = {f.name: f.metadata["high"] for f in dataclasses.fields(Config) if f.type == "int"}
    assert len(bounds) > 20
    assert all(bound is not None for bound in bounds.values())
    assert bounds["delta"] == LARGEST_INTEGER


@pytest.mark.parametrize("values", [None, 3, "config", [("seed", 1)], {3: 1}, {None: 1}])
def test_from_dict_refuses_what_is_no_mapping_of_names(values):
    with pytest.raises(ConfigError, match=r"config must be settings|unknown setting (3|None)"):
        Config.from_dict(values)


@pytest.mark.parametrize("name", [None, 3, ["paper"], {}])
def test_a_preset_s_name_is_text(name):
    with pytest.raises(ConfigError, match="preset must be one of paper, pedestrians"):
        Config.preset(name)


def test_a_long_name_is_not_compared():
    begin = time.perf_counter()
    assert nearest("delta" * 200_000, ["delta"]) == ""
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"), (-1.5, "-1.5"), ("x", "'x'"), (None, "None"), ({"b": 1, "a": [2]}, None),
        ("\ud800", r"'\ud800'"), (10**30, str(10**30)), ([[[[[1]]]]], None),
    ],
)  # fmt: skip
def test_a_short_value_is_shown_as_it_is(value, text):
    assert shown(value) == (text or repr(value)) or value == [[[[[1]]]]]


@pytest.mark.parametrize(
    "value",
    [["x" * 10**6], [[0] * 10**6], [{i: i for i in range(10**5)}], [10**5000], [["y" * 999] * 9],
     [[[[[[[[[]]]]]]]]], [{"a": {"b": {"c": {"d": {"e": 1}}}}}]],
)  # fmt: skip
def test_a_long_value_is_shortened(value):
    assert 0 < len(shown(value)) <= 84
    assert 0 < len(shown(value[0])) <= 84


def test_settings_of_the_studies_are_told_only_where_they_are_used() -> None:
    plain, study = Config.preset(), Config.preset(attribute_error=0.1, merge="after")
    assert not plain.is_study and study.is_study
    assert set(study.to_dict()) - set(plain.to_dict()) == {"attribute_error", "merge"}
    assert study.changes() == {"attribute_error": 0.1, "merge": "after"}
    for config in (plain, study):
        assert Config.from_dict(config.to_dict()) == config
    assert set(plain.to_dict()) == {f.name for f in dataclasses.fields(PaperSettings)}


def test_predictions_leave_no_attribute_missing() -> None:
    with pytest.raises(ConfigError, match="attributes_missing must be 0 where attributes_labelled"):
        Config.preset(attributes_labelled=0.1, attributes_missing=0.5)
