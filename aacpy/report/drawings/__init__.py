"""The paper's drawings again, in vector form: its Figures 3 and 5, and what Eq. 2 and 3 do.

What a drawing says about the method is computed by the library's own functions, so that it cannot
disagree with them.
"""

from __future__ import annotations

from aacpy.report.drawings.memory import angles_of, centroid_walk, on_circle
from aacpy.report.drawings.neighbours import neighbour_map
from aacpy.report.drawings.pipeline import pipeline
from aacpy.report.drawings.source import source
from aacpy.report.drawings.split import clusters_by_delta, split_steps, toy_cluster

__all__ = [
    "angles_of", "centroid_walk", "clusters_by_delta", "neighbour_map", "on_circle", "pipeline",
    "source", "split_steps", "toy_cluster",
]  # fmt: skip
