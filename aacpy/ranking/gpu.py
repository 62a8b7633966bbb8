"""Ranks counted on a GPU: similarities in float64, each match compared with the whole gallery."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from aacpy.ranking.pairs import Pairs

_COMPARED = 1 << 28  # comparisons held at a time, a byte each


@torch.no_grad()
def count_ranks_on_gpu(pairs: Pairs, device: torch.device | str) -> NDArray[np.int64]:
    """Ranks of all matches, ascending within a query, one query's after the other's."""
    query, gallery = (_unit(side.features, device) for side in (pairs.query, pairs.gallery))
    counts = np.diff(pairs.offsets)
    with_matches = np.flatnonzero(counts)
    position = torch.arange(len(gallery), device=device)
    size = max(1, _COMPARED // (len(gallery) * max(1, counts.max(initial=0))))
    ranks = np.empty(pairs.offsets[-1], np.int64)
    for start in range(0, len(with_matches), size):
        queries = with_matches[start : start + size]
        matches, own_camera = (torch.from_numpy(m).to(device) for m in _listed(pairs, queries))
        similarity = torch.round((query[torch.from_numpy(queries).to(device)] @ gallery.T) * 1e12)
        # Images of the query's camera stand behind all others; -1 pads and is cut off again.
        padded = functional.pad(similarity, (0, 1))
        padded.scatter_(1, own_camera % padded.shape[1], -2e12)
        similarity = padded[:, :-1].contiguous()
        value = similarity.gather(1, matches.clamp_min(0))[:, :, None]
        against = similarity[:, None, :]
        ahead = (against > value) | ((against == value) & (position < matches[:, :, None]))
        rank = torch.where(matches >= 0, ahead.sum(2) + 1, torch.iinfo(torch.int64).max)
        found = rank.sort(1).values.cpu().numpy()
        for at, row in zip(queries, found, strict=True):
            ranks[pairs.offsets[at] : pairs.offsets[at + 1]] = row[: counts[at]]
    return ranks


def _unit(features: Any, device: torch.device | str) -> Tensor:
    rows = features.on_gpu if features.on_gpu is not None else torch.from_numpy(features.rows)
    return functional.normalize(rows.to(device).double(), dim=1, eps=1e-300)


def _listed(pairs: Pairs, queries: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Each query's matches, and its identity's images of its own camera; padded with -1."""
    lists: tuple[list[NDArray[np.int64]], ...] = ([], [])
    for query in queries:
        images = pairs.order[pairs.first[query] : pairs.last[query]]
        own = pairs.gallery.cameras[images] == pairs.query.cameras[query]
        lists[0].append(images[~own])
        lists[1].append(images[own])
    padded = []
    for rows in lists:
        table = np.full((len(rows), max(1, *map(len, rows))), -1)
        for at, row in enumerate(rows):
            table[at, : len(row)] = row
        padded.append(table)
    return tuple(padded)
