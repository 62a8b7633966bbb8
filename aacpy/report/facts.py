"""Facts of a dataset that decide what attributes can do: how many people share a vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.report.markup import Cell, Table


@dataclass(frozen=True)
class CrowdFacts:
    """What the attributes of a training split leave open.

    Attributes
    ----------
    images, identities : counts.
    fewest, median, most : images of one identity.
    vectors : distinct attribute vectors.
    alone : identities whose vector nobody shares.
    largest : identities that share the most common vector.
    identity_bits : entropy of the identity of an image drawn at random, bits.
    open_bits : entropy of the identity once the vector is known, bits.
    shares : attribute -> share of identities that have it, in [0, 1]; age, with four values, is
        left out, and of a pair such as long and short hair the second is counted.
    """

    images: int
    identities: int
    fewest: int
    median: float
    most: int
    vectors: int
    alone: int
    largest: int
    identity_bits: float
    open_bits: float
    shares: Mapping[str, float]


def crowd_facts(ids: ArrayLike, attributes: ArrayLike) -> CrowdFacts:
    """Facts of the images with identities `ids`, (n,), and `attributes`, (n, 27), values from 1.

    Raises
    ------
    ValueError
        If the lengths differ or there are no images.
    """
    ids, attributes = np.asarray(ids), np.asarray(attributes)
    if not len(ids) or len(ids) != len(attributes):
        raise ValueError(f"need one attribute row an image, not {len(attributes)} for {len(ids)}")
    names, first = np.unique(ids, return_index=True)
    rows = attributes[first]
    _, of_identity, holders = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    of_identity = of_identity.reshape(-1)
    of_image = of_identity[np.searchsorted(names, ids)]
    each = np.bincount(np.searchsorted(names, ids))
    identity_bits = entropy(each)
    return CrowdFacts(
        images=len(ids),
        identities=len(names),
        fewest=int(each.min()),
        median=float(np.median(each)),
        most=int(each.max()),
        vectors=len(holders),
        alone=int((holders == 1).sum()),
        largest=int(holders.max()),
        identity_bits=identity_bits,
        open_bits=identity_bits - entropy(np.bincount(of_image)),
        shares={
            name: float(np.mean(rows[:, column] == 2))
            for column, name in enumerate(ATTRIBUTE_NAMES)
            if name != "age"
        },
    )


def first_images(ids: ArrayLike) -> NDArray[np.intp]:
    """Position of each identity's first image: picks one attribute row an identity."""
    return np.unique(np.asarray(ids), return_index=True)[1]


def entropy(counts: NDArray[np.int64]) -> float:
    """Entropy, bits, of a draw from values that occur `counts` times."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _span(facts: CrowdFacts) -> str:
    if facts.fewest == facts.most:
        return str(facts.most)
    return f"{facts.fewest} to {facts.most} ({facts.median:g})"


def facts_table(rendered: CrowdFacts, real: CrowdFacts) -> Table:
    """Rendered and real training split side by side."""
    lines = [
        ("training images", f"{rendered.images:,}", f"{real.images:,}"),
        ("identities", f"{rendered.identities:,}", f"{real.identities:,}"),
        ("images of an identity (median)", _span(rendered), _span(real)),
        ("distinct attribute vectors", f"{rendered.vectors:,}", f"{real.vectors:,}"),
        ("… for every 100 identities", *(f"{100 * f.vectors / f.identities:.0f}"
                                         for f in (rendered, real))),
        ("identities with a vector of their own", *(f"{100 * f.alone / f.identities:.0f}%"
                                                    for f in (rendered, real))),
        ("identities on the most common vector", str(rendered.largest), str(real.largest)),
        ("identity, bits", *(f"{f.identity_bits:.2f}" for f in (rendered, real))),
        ("identity once the vector is known, bits", *(f"{f.open_bits:.2f}"
                                                      for f in (rendered, real))),
    ]  # fmt: skip
    return Table(
        name="benchmark_facts",
        columns=["training split", "rendered", "Market-1501"],
        rows=[[Cell(text) for text in line] for line in lines],
        align="lrr",
        sortable=False,
    )
