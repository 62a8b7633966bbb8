"""How weak attribute supervision is: what the vectors alone say about who is in an image.

Market-1501's own figures are aggregates, kept in `data/market1501_supervision.json`;
`market_supervision` makes them from the published attribute file and list of images.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from aacpy.aac import split_clusters, vector_codes
from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.datasets.layout import ATTRIBUTE_FILE, read_names
from aacpy.datasets.market1501 import checked_attributes
from aacpy.errors import DatasetError
from aacpy.evaluation import ClusterQuality, cluster_quality
from aacpy.report.delta.story import DELTAS
from aacpy.report.facts import CrowdFacts, crowd_facts, entropy, first_images

#: Environment variable that names the folder with Market-1501's attribute file and list of images.
METADATA = "AACPY_MARKET1501_METADATA"


@dataclass(frozen=True)
class DeltaRow:
    """What a threshold leaves of the supervision.

    Attributes
    ----------
    delta : a group splits off if it has more images than this.
    identities : identities with more images than δ.
    covered : share of all images that are theirs, in [0, 1].
    vectors : attribute vectors with more images than δ.
    clusters, purity, ari : of one cluster with every image in it, split by Eq. 4: what the
        attributes supply without any clustering.
    """

    delta: int
    identities: int
    covered: float
    vectors: int
    clusters: int
    purity: float
    ari: float


@dataclass(frozen=True)
class Bits:
    """What one attribute says about the identity of an image drawn at random, in bits.

    Attributes
    ----------
    alone : mutual information of the attribute and the identity.
    only : what would be lost if this attribute alone were not annotated.
    """

    alone: float
    only: float


@dataclass(frozen=True)
class Supervision:
    """Attribute vectors of a training split, used as labels.

    Attributes
    ----------
    facts : counts and entropies.
    sharing : how many vectors 1, 2, 3, ... identities have.
    labels : the vectors as cluster labels, compared with the identities over all images.
    deltas : one row a threshold, ascending from 0.
    bits : attribute -> what it says.
    """

    facts: CrowdFacts
    sharing: tuple[int, ...]
    labels: ClusterQuality
    deltas: tuple[DeltaRow, ...]
    bits: Mapping[str, Bits]

    @property
    def known(self) -> float:
        """Share of the identity's bits that the vector gives, in [0, 1]."""
        return 1 - self.facts.open_bits / self.facts.identity_bits


def supervision(
    ids: ArrayLike, attributes: ArrayLike, deltas: Sequence[int] = DELTAS
) -> Supervision:
    """How much of the identities `ids`, (n,) int, the `attributes`, (n, 27) int from 1, give away.

    Every image of an identity is taken to have the identity's one vector, as in Market-1501.

    Raises
    ------
    ValueError
        If the lengths differ, there are no images, or an identity has two vectors.
    """
    ids, attributes = np.asarray(ids), np.asarray(attributes)
    facts = crowd_facts(ids, attributes)
    people = np.unique(ids, return_inverse=True)[1].reshape(-1)
    if not np.array_equal(attributes, attributes[first_images(ids)][people]):
        raise ValueError("an identity has two attribute vectors, but they are given per identity")
    vectors = vector_codes(attributes)
    holders = np.bincount(vectors[first_images(ids)])
    left = facts.open_bits
    return Supervision(
        facts=facts,
        sharing=tuple(int(n) for n in np.bincount(holders)[1:]),
        labels=cluster_quality(vectors, ids),
        deltas=tuple(_delta_row(people, vectors, attributes, delta) for delta in deltas),
        bits={
            name: Bits(
                alone=_row_entropy(attributes[:, column]),
                only=facts.identity_bits - _row_entropy(np.delete(attributes, column, 1)) - left,
            )
            for column, name in enumerate(ATTRIBUTE_NAMES)
        },
    )


def _delta_row(
    people: NDArray[np.int64], vectors: NDArray[np.int64], attributes: NDArray[np.int64], delta: int
) -> DeltaRow:
    images, of_vector = np.bincount(people), np.bincount(vectors)
    split = split_clusters(np.zeros(len(people), int), attributes, delta)
    shared = contingency_matrix(people, split, sparse=True)
    return DeltaRow(
        delta=int(delta),
        identities=int((images > delta).sum()),
        covered=float(images[images > delta].sum() / len(people)),
        vectors=int((of_vector > delta).sum()),
        clusters=shared.shape[1],
        purity=float(shared.max(axis=0).sum() / len(people)),
        ari=float(adjusted_rand_score(people, split)),
    )


def _row_entropy(values: NDArray[np.int64]) -> float:
    """Entropy of the rows of `values`, bits: of an identity's attributes all is information."""
    return entropy(np.unique(values, axis=0, return_counts=True)[1])


def market_supervision(folder: str | Path) -> Supervision:
    """Market-1501's training split, from `market_attribute.mat` and `bounding_box_train.txt`.

    Raises
    ------
    DatasetError
        If one of them cannot be read, or they do not belong together.
    """
    folder = Path(folder)
    names = read_names(folder / "bounding_box_train.txt")
    ids = np.array([name.identity for name in names.values()], np.int64)
    path = folder / ATTRIBUTE_FILE
    table = checked_attributes(path)["train"]
    try:
        return supervision(ids, table.rows(ids))
    except DatasetError as error:  # a table does not know its file
        raise DatasetError(f"{path}: train: {error}") from error


def market1501_supervision() -> Supervision:
    """Market-1501's training split: from the folder that `METADATA` names, else as kept."""
    folder = os.environ.get(METADATA)
    return market_supervision(folder) if folder else kept_supervision()


@functools.cache
def kept_supervision() -> Supervision:
    """Market-1501's training split as kept in the package, rounded."""
    text = (resources.files("aacpy") / "data" / "market1501_supervision.json").read_text("utf-8")
    kept: dict[str, Any] = json.loads(text)["supervision"]
    return Supervision(
        facts=CrowdFacts(**kept["facts"]),
        sharing=tuple(kept["sharing"]),
        labels=ClusterQuality(**kept["labels"]),
        deltas=tuple(DeltaRow(**row) for row in kept["deltas"]),
        bits={name: Bits(**both) for name, both in kept["bits"].items()},
    )


def supervision_json(found: Supervision) -> str:
    """`data/market1501_supervision.json`: aggregates with their source, no attribute rows."""
    source = (
        "aggregates over Market-1501's training split: attributes of Lin et al. (Pattern "
        "Recognition 95, 2019), file names of Zheng et al. (ICCV 2015)"
    )
    content = _rounded(asdict(found))
    lines = {name: json.dumps(content.pop(name)) for name in ("facts", "sharing", "labels")}
    rows = ",\n   ".join(json.dumps(row) for row in content["deltas"])
    bits = ",\n   ".join(f'"{name}": {json.dumps(both)}' for name, both in content["bits"].items())
    head = ",\n  ".join(f'"{name}": {text}' for name, text in lines.items())
    return (
        f'{{\n "source": {json.dumps(source)},\n "supervision": {{\n  {head},\n'
        f'  "deltas": [\n   {rows}\n  ],\n  "bits": {{\n   {bits}\n  }}\n }}\n}}\n'
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list | tuple) else value
