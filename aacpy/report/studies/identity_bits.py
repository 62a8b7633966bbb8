"""What attributes say about who is in a training image, from the benchmark's attribute table."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from aacpy.config import Config
from aacpy.datasets.attributes import ATTRIBUTE_NAMES
from aacpy.datasets.renderer.market_names import plan_benchmark
from aacpy.records import Record
from aacpy.report.markup import NONE, Cell, Table, number
from aacpy.report.statistics import mean_interval
from aacpy.report.supervision import market1501_supervision
from aacpy.studies.annotations import Values, columns_used, fold_columns
from aacpy.studies.information import greedy_order, row_entropy
from aacpy.study_settings import ATTRIBUTES

_WORDS = {"up": "sleeves", "up_colour": "upper colour", "down": "lower length",
          "down_colour": "lower colour"}  # fmt: skip


def word(name: str) -> str:
    """An attribute of `ATTRIBUTES` in words."""
    return _WORDS.get(name, name)


def bits(run: Record) -> float:
    """Mutual information of the attributes that a run was given and the identity, bits."""
    if run.method == "baseline":
        return 0.0
    values = crowd(run.seed)
    return row_entropy(values[:, columns_used(values, run.config.attributes_used)])


def always_among(seeds: Sequence[int], attributes_used: str) -> list[str]:
    """The attributes that a setting such as "top4" asks for with every seed, in words."""
    used = [set(columns_used(crowd(seed), attributes_used)) for seed in seeds]
    return [word(ATTRIBUTES[column]) for column in sorted(set.intersection(*used))]


@functools.cache
def crowd(seed: int) -> Values:
    """Attributes of the benchmark's training identities, (100, 12), without rendering an image.

    Each identity has equally many images, so that bits over identities are those over images.
    """
    config = Config.preset("pedestrians", seed=seed)
    plan = plan_benchmark(
        identities=config.identities, images_per_camera=config.images_per_camera,
        cameras=config.cameras, cameras_per_identity=config.cameras_per_identity,
        distractors=0, junk=0, seed=seed,
    )  # fmt: skip
    return fold_columns(plan.train.values, ATTRIBUTE_NAMES)


def attributes_table(seeds: Sequence[int]) -> Table:
    """What each attribute says alone, and its place in the greedy order, over `seeds`."""
    crowds = [crowd(seed) for seed in seeds]
    orders = [greedy_order(values).tolist() for values in crowds]
    real = market1501_supervision().bits
    alone = {
        name: mean_interval([row_entropy(values[:, [column]]) for values in crowds])
        for column, name in enumerate(ATTRIBUTES)
    }
    rows = []
    for name in sorted(ATTRIBUTES, key=lambda name: -alone[name].mean) if seeds else ATTRIBUTES:
        places = {1 + order.index(ATTRIBUTES.index(name)) for order in orders}
        rows.append([
            Cell(word(name)),
            number(alone[name], digits=2),
            Cell(" to ".join(map(str, sorted({min(places), max(places)})))) if places else NONE,
            Cell(f"{real[name].alone:.2f}") if name in real else NONE,
        ])  # fmt: skip
    return Table(
        name="fewer_bits",
        columns=["attribute", "bits alone", "place", "bits in Market-1501"],
        rows=rows,
        align="lrrr",
        notes=[
            "Bits about the identity of a training image, mean ± 95% interval over seeds.",
            "Place among attributes of which each adds most bits to those before, over seeds.",
            "A garment's colours are one attribute here; Market-1501's are known one by one.",
        ],
    )
