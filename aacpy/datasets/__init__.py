"""Datasets in Market-1501's format: reading one, checking one, rendering one."""

from aacpy.datasets.market1501 import ReidDataset, Split, load_market1501

__all__ = ["ReidDataset", "Split", "load_market1501"]
