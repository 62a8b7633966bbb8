"""The images of a dataset as large as Market-1501, drawn from its published counts alone.

Every total is Market-1501's, exactly. What is drawn: how many of the six cameras see an identity
(2 to 6, in the mean the 3,368 / 750 that one query an identity and camera implies, in train too),
which ones, and how many images they take (2 to 72 an identity in train, 12,936 / 751 in the mean).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aacpy.datasets.renderer.market_names import (
    GALLERY,
    QUERY,
    TRAIN,
    Item,
    Namer,
    Plan,
    draw_crowd,
    draw_strangers,
    draw_visit,
)
from aacpy.datasets.report import MARKET1501

_CAMERAS = MARKET1501["train"].cameras

#: A query needs a match from another camera.
_FEWEST_CAMERAS = 2

#: Images of an identity, a test identity's queries included.
_MOST_IMAGES = 72

#: Standard deviation of the logarithm of how long identities stay in view. At 0.7 the train
#: identities' counts spread as Market-1501's: standard deviation near 11, median near 15.
_SPREAD = 0.7


def plan_market_size(*, seed: int, limit: int | None) -> Plan:
    """Draw the crowd and who is seen where; see `pedestrians.render_market_size`."""
    rng = np.random.default_rng([seed, 0xB3])
    namer = Namer(np.random.default_rng([seed, 0xB4]))
    sizes, queries, gallery = (MARKET1501[split] for split in ("train", "query", "gallery"))
    train, test = draw_crowd(sizes.identities, queries.identities, rng)
    visits = round(sizes.identities * queries.images / queries.identities)
    items = _draw_half(train.ids, visits, sizes.images, test=False, namer=namer, rng=rng)
    images = queries.images + gallery.images - gallery.distractors
    items += _draw_half(test.ids, queries.images, images, test=True, namer=namer, rng=rng)
    items += draw_strangers(
        gallery.distractors, gallery.junk, cameras=_CAMERAS, namer=namer, rng=rng
    )
    # Cut at the end: a part of the dataset has the names and so the bytes of the whole.
    kept: list[Item] = []
    for folder in (TRAIN, QUERY, GALLERY):
        kept += [item for item in items if item[0].startswith(f"{folder}/")][:limit]
    return Plan(tuple(kept), train, test)


def _draw_half(
    ids: NDArray[np.int64], visits: int, images: int, *, test: bool, namer: Namer,
    rng: np.random.Generator,
) -> list[Item]:  # fmt: skip
    """All images of the identities: `images` of them in `visits` pairs of identity and camera."""
    fewest = 2 if test else 1  # of a visit: in test a query, and a match for the other queries
    cameras = _share_cameras(len(ids), visits, rng)
    counts = _share_images(images, fewest * cameras, cameras, rng)
    items: list[Item] = []
    for identity, seen, count in zip(ids.tolist(), cameras, counts, strict=True):
        seen_by = np.sort(rng.choice(_CAMERAS, seen, replace=False)) + 1
        taken = fewest + rng.multinomial(count - fewest * seen, rng.dirichlet(np.ones(seen)))
        for camera, number in zip(seen_by.tolist(), taken.tolist(), strict=True):
            items += draw_visit(identity, camera, number, test=test, namer=namer, rng=rng)
    return items


def _share_cameras(identities: int, visits: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many cameras see each identity, (identities,), `visits` in all.

    Beyond the first two, every pair of identity and further camera is as likely as any other.
    """
    further = np.full(identities, _CAMERAS - _FEWEST_CAMERAS)
    drawn = visits - _FEWEST_CAMERAS * identities
    return _FEWEST_CAMERAS + rng.multivariate_hypergeometric(further, drawn)


def _share_images(
    images: int, fewest: NDArray[np.int64], cameras: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many images each identity has, (identities,) from `fewest` on, `images` in all.

    More cameras see more of an identity, and some stay in view for long (log-normal). What would
    go to one beyond the most that there may be is drawn again among the others.
    """
    weights = cameras * rng.lognormal(sigma=_SPREAD, size=len(cameras))
    counts = fewest
    while left := images - int(counts.sum()):
        open_to = weights * (counts < _MOST_IMAGES)
        counts = counts + rng.multinomial(left, open_to / open_to.sum())
        counts = np.minimum(counts, _MOST_IMAGES)
    return counts
