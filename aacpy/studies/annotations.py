"""The attributes that a run is given: all and right as in the paper, or fewer, wrong, missing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.aac import vector_codes
from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.random_streams import Stream, numpy_stream
from aacpy.studies.information import greedy_order
from aacpy.study_settings import ATTRIBUTES, attributes_named

Values = NDArray[np.int64]

_COLOURS = ("up", "down")


@dataclass(frozen=True)
class Annotations:
    """What is known of the training images beside their pixels.

    Attributes
    ----------
    values : (n, u) int64, each attribute's value from 0; -1 = unknown.
    truth : (n, u) int64, the right values.
    names : of the u attributes.
    labelled : (n,) bool, images of the identities that are annotated; all of them unless
        `attributes_labelled` says otherwise.
    identities : (n,) int64, identities of the images whose identity is known, from 0; else -1.
    """

    values: Values
    truth: Values
    names: tuple[str, ...]
    labelled: NDArray[np.bool_]
    identities: Values

    @property
    def codes(self) -> Values:
        """The attribute vectors numbered, (n,) int64; -1 where nothing is known."""
        codes = vector_codes(self.values)
        codes[(self.values < 0).all(1)] = -1
        return codes

    @property
    def right(self) -> float:
        """Share of images whose attributes are all known and right."""
        return float((self.values == self.truth).all(1).mean())

    def with_values(self, values: Values) -> Annotations:
        """The same images with other values, (n, u)."""
        return replace(self, values=values)


def annotate(config: Config, dataset: ReidDataset) -> Annotations:
    """The attributes of `dataset`'s training images as the settings of the studies leave them.

    Which identities are annotated or known, and which values are wrong, follows from the seed. A
    wrong value is drawn evenly from the attribute's other values among these images. With fewer
    identities labelled than there are, the others' values are still their own here: the caller
    puts predictions in their place.
    """
    truth, names = _right_values(config, dataset)
    people = np.unique(dataset.train.ids, return_inverse=True)[1]
    rng = numpy_stream(config.seed, Stream.ANNOTATE)
    order = rng.permutation(int(people.max()) + 1)  # the first of it are the ones labelled
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    rank = rank[people]

    def first(share: float) -> NDArray[np.bool_]:
        return np.asarray(rank < np.ceil(share * len(order) - 1e-9))

    units = people if config.error_unit == "identity" else np.arange(len(people))
    values = with_errors(truth, config.attribute_error, units, rng)
    values[~first(1 - config.attributes_missing)] = -1
    known = first(config.identities_labelled)
    return Annotations(
        values=values,
        truth=truth,
        names=names,
        labelled=first(config.attributes_labelled),
        identities=np.where(known, people, -1).astype(np.int64),
    )


def _right_values(config: Config, dataset: ReidDataset) -> tuple[Values, tuple[str, ...]]:
    """The attributes in use, (n, u), and their names; none if a method that needs none has none."""
    if dataset.train.attributes is None and not config.needs_attributes:
        return np.empty((len(dataset.train), 0), np.int64), ()
    values = fold_columns(dataset.require_attributes(), dataset.attribute_names)
    columns = columns_used(values, config.attributes_used)
    return values[:, columns], tuple(ATTRIBUTES[column] for column in columns)


def columns_used(values: ArrayLike, attributes_used: str) -> list[int]:
    """The columns of `values`, (n, 12) int as of `fold_columns`, that the setting asks for."""
    wanted = attributes_named(attributes_used)
    if isinstance(wanted, int):
        return sorted(greedy_order(values)[:wanted].tolist())
    return [ATTRIBUTES.index(name) for name in wanted]


def fold_columns(attributes: ArrayLike, names: tuple[str, ...]) -> Values:
    """The attribute columns `names`, (n, 27) int, as the attributes of `ATTRIBUTES`, (n, 12).

    The columns of a garment's colours become one attribute. Values count from 0.
    """
    attributes = np.asarray(attributes)
    columns: dict[str, list[int]] = {name: [] for name in ATTRIBUTES}
    for at, name in enumerate(names):
        garment = next((g for g in _COLOURS if name.startswith(g) and name != g), None)
        columns[f"{garment}_colour" if garment else name].append(at)
    return np.column_stack([vector_codes(attributes[:, columns[name]]) for name in ATTRIBUTES])


def with_errors(
    values: Values, probability: float, units: NDArray[np.intp], rng: np.random.Generator
) -> Values:
    """A copy of `values`, (n, u) from 0, in which each is wrong with `probability`.

    Parameters
    ----------
    units : (n,) int from 0; rows of one unit, which have equal values, share their errors.
    rng : draws which are wrong, and what stands in their place: another value of the column.
    """
    shape = (int(units.max()) + 1, values.shape[1])
    sizes = values.max(0) + 1
    is_wrong = rng.random(shape) < probability
    shift = 1 + np.floor(rng.random(shape) * np.maximum(sizes - 1, 1)).astype(np.int64)
    shift = np.where(is_wrong & (sizes > 1), shift, 0)
    return np.asarray((values + shift[units]) % sizes)
