"""Attribute auxiliary clustering for person re-identification: an executable companion.

The names below are the public ones. They are imported when first used, so that
`from aacpy.aac import split_clusters` needs NumPy alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aacpy.aac import split_clusters
    from aacpy.clustering import cluster_features
    from aacpy.config import Config
    from aacpy.datasets import ReidDataset, load_market1501
    from aacpy.datasets.pedestrians import render_pedestrians
    from aacpy.encoder import build_encoder
    from aacpy.estimator import AttributeAuxiliaryClustering
    from aacpy.evaluation import cluster_quality, evaluate_retrieval
    from aacpy.jaccard import jaccard_distance
    from aacpy.memory import ClusterMemory
    from aacpy.records import Record, load_records
    from aacpy.training import train

__version__ = "0.1.0"

_HOMES = {
    "AttributeAuxiliaryClustering": "estimator",
    "ClusterMemory": "memory",
    "Config": "config",
    "Record": "records",
    "ReidDataset": "datasets",
    "build_encoder": "encoder",
    "cluster_features": "clustering",
    "cluster_quality": "evaluation",
    "evaluate_retrieval": "evaluation",
    "jaccard_distance": "jaccard",
    "load_market1501": "datasets",
    "load_records": "records",
    "render_pedestrians": "datasets.pedestrians",
    "split_clusters": "aac",
    "train": "training",
}

__all__ = [
    "AttributeAuxiliaryClustering",
    "ClusterMemory",
    "Config",
    "Record",
    "ReidDataset",
    "build_encoder",
    "cluster_features",
    "cluster_quality",
    "evaluate_retrieval",
    "jaccard_distance",
    "load_market1501",
    "load_records",
    "render_pedestrians",
    "split_clusters",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
