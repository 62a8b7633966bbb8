"""The cluster memory: centroids, the ClusterNCE loss and the momentum update (Eq. 1 to 3)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from aacpy.machine import send


def cluster_centroids(features: Tensor, labels: Tensor) -> Tensor:
    """L2-normalised mean feature of each cluster (Eq. 2): (n, d), (n,) -> (K, d).

    Labels run from 0 to K-1 without gaps; -1 = un-clustered, left out.

    Raises
    ------
    ValueError
        If there is no cluster or a label between 0 and K-1 has no sample.
    """
    kept = labels >= 0
    if not bool(kept.any()):
        raise ValueError("there is no cluster: all labels are -1")
    labels, features = labels[kept], features[kept]
    sizes = torch.bincount(labels)
    if bool((sizes == 0).any()):
        raise ValueError(f"labels must have no gaps, but no sample has {int(sizes.argmin())}")
    sums = features.new_zeros(len(sizes), features.shape[1]).index_add_(0, labels, features)
    return functional.normalize(sums / sizes[:, None], dim=1)


class ClusterMemory(nn.Module):
    """One representation vector a cluster, the loss against them, and their update.

    Calling the memory computes the loss and changes nothing. `update` is a separate step for
    after the backward pass: mutation is explicit.

    Parameters
    ----------
    centroids : (K, d) float
        Cluster representations phi, used as given; see `cluster_centroids` for Eq. 2.
    momentum : float
        m of Eq. 3, in [0, 1]: 0 replaces a centroid by the newest query, 1 never moves it.
    temperature : float
        tau of Eq. 1, above 0.

    Attributes
    ----------
    centroids : (K, d), buffer
    """

    centroids: Tensor

    def __init__(self, centroids: Tensor, momentum: float = 0.1, temperature: float = 0.05) -> None:
        super().__init__()
        if centroids.ndim != 2 or not len(centroids) or not centroids.is_floating_point():
            raise ValueError(
                f"centroids must be a float tensor of shape (K, d) with K > 0, not "
                f"{tuple(centroids.shape)} {centroids.dtype}"
            )
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be in [0, 1], not {momentum!r}")
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, not {temperature!r}")
        self.momentum = momentum
        self.temperature = temperature
        self.register_buffer("centroids", centroids.detach().clone())

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Mean ClusterNCE loss (Eq. 1) of a batch, in nats, a scalar.

        Parameters
        ----------
        features : (b, d) float, L2-normalised queries.
        labels : (b,) int64, each query's cluster, 0 to K-1; -1 is an error here, since
            un-clustered samples are not trained on. Labels on the CPU spare a GPU the waiting.
        """
        self._check(features, labels)
        logits = features @ self.centroids.T / self.temperature
        return functional.cross_entropy(logits, send(labels, features.device))

    @torch.no_grad()
    def update(self, features: Tensor, labels: Tensor) -> None:
        """Move the centroids towards the queries (Eq. 3), in place.

        Equal to going through the batch in order, phi <- m phi + (1 - m) q and then L2
        normalisation, sample by sample. Clusters do not touch each other, so the t-th samples
        of all clusters move together: as many steps as the largest cluster has samples.
        Arguments as when called.
        """
        self._check(features, labels)
        if not len(labels):
            return
        clusters, turns, counts = _turns(labels.cpu().numpy())
        clusters, turns = send(clusters, features.device), send(turns, features.device)
        moved = self.centroids.index_select(0, clusters)
        # The clusters with most samples stand first and move longest.
        for queries in torch.split(features.index_select(0, turns), counts):
            live = moved if len(queries) == len(moved) else moved[: len(queries)]
            queries.lerp_(live, self.momentum)  # a copy of the batch's, from index_select
            length = torch.linalg.vector_norm(queries, dim=1, keepdim=True).clamp_min_(1e-12)
            torch.div(queries, length, out=live)
        self.centroids.index_copy_(0, clusters, moved)

    def _check(self, features: Tensor, labels: Tensor) -> None:
        n_clusters, dim = self.centroids.shape
        if features.ndim != 2 or features.shape[1] != dim:
            raise ValueError(f"features must have shape (b, {dim}), not {tuple(features.shape)}")
        if labels.shape != features.shape[:1] or labels.dtype != torch.int64:
            raise ValueError(
                f"labels must be {len(features)} int64 values, not {tuple(labels.shape)} "
                f"{labels.dtype}"
            )
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < n_clusters:
            raise ValueError(f"labels must be in 0..{n_clusters - 1}, the memory's clusters")


def _turns(labels: NDArray[np.int64]) -> tuple[Tensor, Tensor, list[int]]:
    """The order in which samples move their clusters.

    Returns
    -------
    clusters : the labels that occur, those with most samples first.
    turns : indices of the samples: the first of each cluster, then the second of each, and so on;
        within a turn in the order of `clusters`.
    counts : samples of each turn.
    """
    by_label = np.argsort(labels, kind="stable")
    clusters, first, sizes = np.unique(labels[by_label], return_index=True, return_counts=True)
    by_size = np.argsort(-sizes, kind="stable")
    turn = np.arange(len(labels)) - np.repeat(first, sizes)
    order = np.lexsort((np.repeat(np.argsort(by_size), sizes), turn))
    counts: list[int] = np.bincount(turn).tolist()
    return torch.from_numpy(clusters[by_size]), torch.from_numpy(by_label[order]), counts
