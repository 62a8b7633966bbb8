"""The pseudo-labels of each epoch, found in turn or, on a GPU, beside the evaluation before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.evaluation import cluster_quality
from aacpy.pseudo_labels import PseudoLabels, make_pseudo_labels
from aacpy.studies.annotations import Annotations
from aacpy.studies.diagnosis import diagnose
from aacpy.timer import Timer

_QUALITY = ("purity", "ari", "ami")


class EpochLabels:
    """Extracts the training images' features and clusters them, once an epoch.

    Where `clusters_ahead`, `begin` leaves the clustering to the worker thread and `take` waits for
    it, so that the device can be at something else between them; elsewhere `take` clusters.

    Parameters
    ----------
    config, dataset, annotations : see `make_pseudo_labels`.
    extract : gives the features, (n, d) float32 on `device`.
    device : that extracts.
    worker : has a thread.
    timer : counts "extract" and "cluster", the latter as the time that `take` waits.
    """

    def __init__(
        self,
        config: Config,
        dataset: ReidDataset,
        extract: Callable[[], Tensor],
        device: torch.device,
        worker: Executor,
        timer: Timer,
        annotations: Annotations | None = None,
    ) -> None:
        self.config, self.dataset, self.extract = config, dataset, extract
        self.annotations = annotations
        self.ahead, self.worker, self.timer = clusters_ahead(device), worker, timer
        self._begun: tuple[Tensor, Callable[[], PseudoLabels]] | None = None

    def begin(self, epoch: int) -> None:
        """Extract features now, and cluster them for `epoch` now or later."""
        with self.timer("extract"):
            features = self.extract()
            given = as_input(features)
        find = partial(
            make_pseudo_labels, self.config, epoch, given, self.dataset, self.annotations
        )
        self._begun = features, self.worker.submit(find).result if self.ahead else find

    def take(self, epoch: int) -> tuple[Tensor, PseudoLabels]:
        """The features, (n, d), and the labels of `epoch`, which `begin` may have begun.

        What the clustering raises is raised here.
        """
        if self._begun is None:
            self.begin(epoch)
        assert self._begun is not None
        (features, find), self._begun = self._begun, None
        with self.timer("cluster"):
            return features, find()


def clusters_ahead(device: torch.device) -> bool:
    """Whether the next epoch is clustered in a thread beside the evaluation: on a GPU.

    There the device evaluates while the CPU clusters; on the CPU both would want the same cores.
    """
    return device.type == "cuda"


def as_input(features: Tensor) -> Any:
    """Features as clustering and evaluation take them: where they are on a GPU, else NumPy's."""
    return features if features.is_cuda else features.numpy()


def label_columns(found: PseudoLabels, ids: NDArray[np.int64]) -> dict[str, float | None]:
    """The columns of a record's series that say what and how good an epoch's labels are."""
    after = cluster_quality(found.labels, ids)
    row: dict[str, float | None] = {
        "clusters": after.n_clusters,
        "unclustered": after.n_unclustered,
        "neighbor_recall": found.neighbor_recall,
        **{name: _finite(getattr(after, name)) for name in _QUALITY},
    }
    if found.before is not None:
        before = cluster_quality(found.before, ids)
        row["clusters_before"] = before.n_clusters
        row |= {f"{name}_before": _finite(getattr(before, name)) for name in _QUALITY}
    return row


def study_columns(
    found: PseudoLabels, ids: NDArray[np.int64], annotations: Annotations
) -> dict[str, float | None]:
    """The columns of `STUDY_SERIES`: how the clusters err, and how right the attributes are."""
    row: dict[str, float | None] = dict(diagnose(found.labels, ids))
    if found.before is not None:
        row |= {f"{k}_before": v for k, v in diagnose(found.before, ids).items()}
    return row | {"attributes_right": annotations.right if annotations.names else None}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
