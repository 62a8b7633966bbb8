"""Datasets in Market-1501's format: reading one, checking one, rendering one."""

from aacpy.datasets.market1501 import ReidDataset, Split, load_market1501
from aacpy.datasets.pedestrians import render_pedestrians

__all__ = ["ReidDataset", "Split", "load_market1501", "render_pedestrians"]
