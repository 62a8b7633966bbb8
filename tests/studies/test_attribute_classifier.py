"""Attributes predicted from those of a share of identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.images import channel_statistics
from aacpy.studies import attribute_classifier
from aacpy.studies.attribute_classifier import attribute_accuracy, predict_attributes

CPU = torch.device("cpu")


class ToyStore:
    """80 images of 32 x 16, red or blue above, bright or dark below, with noise."""

    device = CPU

    def __init__(self):
        rng = np.random.default_rng(0)
        self.values = np.stack([np.arange(80) % 2, np.arange(80) // 2 % 2], 1)
        pixels = np.full((80, 3, 32, 16), 60.0)
        pixels[np.arange(80), self.values[:, 0] * 2, :16] = 180
        pixels[self.values[:, 1] == 1, :, 16:] = 200
        noisy = pixels + rng.normal(0, 10, pixels.shape)
        self.images = torch.from_numpy(np.clip(noisy, 0, 255).astype(np.uint8))

    def __len__(self):
        return len(self.images)

    def batches(self, indices):
        for index in indices:
            rows = torch.from_numpy(index)
            images = self.images[rows]
            yield rows, images, channel_statistics(images, "imagenet")

    def in_order(self, size):
        yield from self.batches(np.array_split(np.arange(len(self)), -(-len(self) // size)))


@pytest.fixture(scope="module")
def store():
    return ToyStore()


CONFIG = Config.preset("pedestrians", height=32, width=16, seed=100, warmup_batches=4)
KNOWN = np.arange(80) < 16


def predict(config, store, values, known):
    return predict_attributes(config, store, values, known, CPU, "float32", progress=False)


def test_easy_attributes_are_learnt(store):
    predicted = predict(CONFIG, store, store.values, KNOWN)
    assert predicted.dtype == np.int64 and predicted.shape == (80, 2)
    assert attribute_accuracy(predicted, store.values, KNOWN).values > 0.95


def test_unlabelled_rows_are_never_read(store):
    poisoned = np.where(KNOWN[:, None], store.values, np.iinfo(np.int64).min)
    expected = predict(CONFIG, store, store.values, KNOWN)
    assert (predict(CONFIG, store, poisoned, KNOWN) == expected).all()


def test_labelled_rows_come_back_unchanged_also_where_they_are_wrong(store):
    given = store.values.copy()
    given[:8] = 1 - given[:8]
    before = given.copy()
    predicted = predict(CONFIG, store, given, KNOWN)
    assert (predicted[KNOWN] == before[KNOWN]).all() and (given == before).all()


def test_the_same_seed_gives_the_same_and_torchs_generator_is_left_alone(store):
    noise = np.random.default_rng(1).integers(0, 3, (80, 4))  # many values are near ties
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = predict(CONFIG, store, noise, KNOWN)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(6)
    assert (predict(CONFIG, store, noise, KNOWN) == first).all()
    other = predict(CONFIG.replace(seed=101), store, noise, KNOWN)
    assert (other != first).any()


def test_a_value_that_no_labelled_image_has_is_never_predicted(store):
    values = np.stack([np.where(KNOWN, 3, 0), store.values[:, 0] * 2, np.arange(80) % 4], 1)
    known = KNOWN & (values[:, 2] != 2)
    predicted = predict(CONFIG, store, values, known)[~known]
    assert set(predicted[:, 0]) == {3}
    assert set(predicted[:, 1]) <= {0, 2}
    assert set(predicted[:, 2]) <= {0, 1, 3}


def test_where_all_is_known_nothing_is_predicted(store, monkeypatch):
    monkeypatch.setattr(attribute_classifier, "fresh_encoder", None)
    known = np.ones(80, bool)
    assert (predict(CONFIG, store, store.values, known) == store.values).all()


def test_features_that_are_not_finite_are_told(store, monkeypatch):
    monkeypatch.setattr(
        attribute_classifier, "extract_features", lambda *_, **__: torch.full((80, 4), math.nan)
    )
    with pytest.raises(RunError, match="not finite"):
        predict(CONFIG, store, store.values, KNOWN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": np.zeros((79, 2), np.int64)}, "values must be integers of shape"),
        ({"values": np.zeros(80, np.int64)}, "values must be integers of shape"),
        ({"values": np.zeros((80, 2))}, "values must be integers of shape"),
        ({"values": np.full((80, 2), -1)}, "at least 0"),
        ({"known": np.zeros(80, bool)}, "nothing to learn from"),
        ({"known": np.ones(79, bool)}, "known must be bool of shape"),
        ({"known": np.ones(80, np.int64)}, "known must be bool of shape"),
    ],
)
def test_bad_input_is_told(store, change, message):
    arguments = {"values": store.values, "known": KNOWN, **change}
    with pytest.raises(ValueError, match=message):
        predict(CONFIG, store, **arguments)


def test_accuracy_counts_unlabelled_images_alone():
    true = np.array([[0, 1], [2, 3], [4, 5], [6, 7]])
    predicted = np.array([[9, 9], [2, 3], [4, 0], [0, 0]])
    known = np.array([True, False, False, False])
    assert attribute_accuracy(predicted, true, known) == (0.5, 1 / 3)
    assert all(map(math.isnan, attribute_accuracy(predicted, true, np.ones(4, bool))))
    with pytest.raises(ValueError, match="predicted must have shape"):
        attribute_accuracy(predicted[:, :1], true, known)
