"""Attributes as a run is given them: folded, chosen, wrong, missing, of some identities alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aacpy import Config
from aacpy.aac import vector_codes
from aacpy.datasets import ReidDataset, Split
from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.datasets.pedestrians import sample_attributes
from aacpy.errors import ConfigError, DatasetError
from aacpy.studies.annotations import annotate, fold_columns, with_errors
from aacpy.study_settings import ATTRIBUTES, attributes_named


@pytest.fixture(scope="module")
def dataset() -> ReidDataset:
    return crowd(40, 5)


def crowd(people: int, images: int, *, attributes: bool = True) -> ReidDataset:
    table = sample_attributes(people, np.random.default_rng(3))
    ids = np.repeat(np.arange(people) + 7, images)
    rows = np.repeat(table, images, axis=0)
    split = Split(tuple(Path(f"{i}.jpg") for i in range(len(ids))), ids, np.ones(len(ids), int),
                  rows if attributes else None)  # fmt: skip
    return ReidDataset(Path("crowd"), split, split, split)


def config(**settings) -> Config:
    return Config.preset("pedestrians", method="aac", **settings)


def test_twelve_attributes_say_what_the_27_columns_say(dataset):
    given = annotate(config(), dataset)
    assert given.names == ATTRIBUTES and given.values.shape == (200, 12)
    columns, folded = vector_codes(dataset.train.attributes), vector_codes(given.values)
    assert len(set(zip(columns, folded, strict=True))) == len(set(columns)) == len(set(folded))
    assert given.right == 1 and given.labelled.all() and (given.identities == -1).all()


def test_folds_by_name_in_any_order_of_columns():
    rows = np.full((3, 27), 1)
    at = {name: i for i, name in enumerate(ATTRIBUTE_NAMES)}
    rows[0, at["upred"]] = rows[1, at["upblue"]] = rows[2, at["upblue"]] = 2
    rows[2, at["up"]] = 2
    order = np.random.default_rng(0).permutation(27)
    names = tuple(ATTRIBUTE_NAMES[i] for i in order)
    folded = fold_columns(rows[:, order], names)
    colour, sleeve = ATTRIBUTES.index("up_colour"), ATTRIBUTES.index("up")
    assert len(set(folded[:, colour])) == 2 and folded[1, colour] == folded[2, colour]
    assert folded[:, sleeve].tolist() == [0, 0, 1]


def test_chosen_attributes_keep_their_order(dataset):
    given = annotate(config(attributes_used="hat age"), dataset)
    assert given.names == ("age", "hat")
    assert annotate(config(attributes_used="all but hat"), dataset).names == tuple(
        name for name in ATTRIBUTES if name != "hat"
    )


def test_top_three_are_the_most_informative(dataset):
    given = annotate(config(attributes_used="top3"), dataset)
    everything = annotate(config(), dataset)
    alone = [len(set(column)) for column in everything.truth.T]
    assert len(given.names) == 3
    assert {"up_colour", "down_colour"} <= set(given.names)
    assert len(set(vector_codes(given.values))) > max(alone)


@pytest.mark.parametrize("text", ["", "all but", "hatt", "top0", "top13", "all hat", "all but all"])
def test_unknown_choices_are_refused(text):
    with pytest.raises(ConfigError, match="attributes_used must"):
        config(attributes_used=text)


def test_all_but_every_attribute_is_refused():
    with pytest.raises(ConfigError, match="must leave an attribute"):
        attributes_named("all but " + " ".join(ATTRIBUTES))


def test_errors_of_images_are_as_many_as_asked_for(dataset):
    given = annotate(config(attribute_error=0.25), dataset)
    varied = given.truth.max(0) > 0
    wrong = (given.values != given.truth)[:, varied].mean()
    assert abs(wrong - 0.25) < 4 * np.sqrt(0.25 * 0.75 / (200 * varied.sum()))
    assert (given.values >= 0).all() and (given.values <= given.truth.max(0)).all()


def test_errors_of_identities_are_shared_by_their_images(dataset):
    given = annotate(config(attribute_error=0.3, error_unit="identity"), dataset)
    rows = given.values.reshape(40, 5, 12)
    assert (rows == rows[:, :1]).all() and (given.values != given.truth).any()


def test_an_error_is_any_other_value_evenly():
    values = np.ones((6000, 1), np.int64)
    values[0] = 3  # values 0 to 3
    found = with_errors(values, 1.0, np.arange(6000), np.random.default_rng(0))
    counts = np.bincount(found[1:, 0], minlength=4)
    assert counts[1] == 0 and np.abs(counts[[0, 2, 3]] - 2000).max() < 150


def test_an_attribute_with_one_value_cannot_be_wrong():
    values = np.zeros((5, 2), np.int64)
    assert not with_errors(values, 1.0, np.arange(5), np.random.default_rng(0)).any()


def test_hidden_identities_lose_every_value(dataset):
    given = annotate(config(attributes_missing=0.25), dataset)
    hidden = (given.values == -1).all(1)
    assert (given.values[~hidden] >= 0).all()
    assert len(set(dataset.train.ids[hidden])) == 10 and hidden.sum() == 50
    assert given.right == 0.75
    assert (given.codes[hidden] == -1).all() and (given.codes[~hidden] >= 0).all()


@pytest.mark.parametrize(("share", "people"), [(0.05, 2), (0.06, 3), (0.25, 10), (1.0, 40)])
def test_a_labelled_share_is_of_identities(dataset, share, people):
    given = annotate(config(attributes_labelled=share), dataset)
    assert len(set(dataset.train.ids[given.labelled])) == people
    assert given.labelled.sum() == 5 * people
    known = annotate(config(identities_labelled=share), dataset).identities
    assert np.array_equal(known >= 0, given.labelled)  # the same people, however labels are spent


def test_the_seed_draws(dataset):
    one, same, other = (
        annotate(config(attribute_error=0.1, seed=seed), dataset).values for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_method_without_attributes_needs_none():
    bare = crowd(4, 2, attributes=False)
    given = annotate(Config.preset(method="baseline", identities_labelled=0.5), bare)
    assert given.names == () and len(set(given.identities)) == 3
    with pytest.raises(DatasetError, match="needs attributes"):
        annotate(config(attribute_error=0.1), bare)
