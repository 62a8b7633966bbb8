"""A dataset of Market-1501's size from its published counts: exact totals, and who is seen where.

The plan is looked at, not 36,036 pictures; a few of its images are rendered and read back.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacpy.datasets.attributes import ATTRIBUTE_VALUES, read_attributes
from aacpy.datasets.check import check_market1501
from aacpy.datasets.layout import match_name
from aacpy.datasets.market1501 import load_market1501
from aacpy.datasets.pedestrians import render_images, render_market_size
from aacpy.datasets.renderer.market_names import Item, Plan
from aacpy.datasets.renderer.market_size import plan_market_size
from aacpy.errors import DatasetError

TRAIN, QUERY, GALLERY = SPLITS = ("bounding_box_train", "query", "bounding_box_test")
SIZES = {TRAIN: 12936, QUERY: 3368, GALLERY: 19732}
SEEDS = (0, 1, 2**32 - 1)


@pytest.fixture(scope="module", params=SEEDS)
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_market_size(seed=request.param, limit=None)


def part(plan: Plan, split: str) -> list[Item]:
    return [item for item in plan.items if item[0].startswith(f"{split}/")]


def persons(items: list[Item]) -> list[Item]:
    return [item for item in items if item[1] > 0]


def cameras_of(items: list[Item]) -> dict[int, set[int]]:
    """Identity -> the cameras that see it."""
    found: dict[int, set[int]] = {}
    for _, identity, camera in items:
        found.setdefault(identity, set()).add(camera)
    return found


def test_totals_are_those_of_market1501(plan: Plan) -> None:
    assert {split: len(part(plan, split)) for split in SPLITS} == SIZES
    assert len(plan.items) == 36036
    test = Counter(identity for _, identity, _ in part(plan, GALLERY))
    assert (test.pop(0), test.pop(-1), test.total()) == (2798, 3819, 13115)
    assert all(identity > 0 for split in (TRAIN, QUERY) for _, identity, _ in part(plan, split))
    for split in SPLITS:
        assert {camera for _, _, camera in part(plan, split)} == {1, 2, 3, 4, 5, 6}


def test_751_persons_to_train_on_and_750_others_to_test_with(plan: Plan) -> None:
    ids = {split: {identity for _, identity, _ in persons(part(plan, split))} for split in SPLITS}
    assert {split: len(found) for split, found in ids.items()} == {
        TRAIN: 751, QUERY: 750, GALLERY: 750,
    }  # fmt: skip
    assert ids[QUERY] == ids[GALLERY]
    assert ids[TRAIN] | ids[QUERY] == set(range(1, 1502))
    assert sorted(ids[TRAIN]) == plan.train.ids.tolist()
    assert sorted(ids[QUERY]) == plan.test.ids.tolist()
    for table in (plan.train, plan.test):
        assert table.values.shape == (len(table.ids), 27)
        assert not table.faults()
        for column, meanings in enumerate(ATTRIBUTE_VALUES.values()):
            assert set(table.values[:, column].tolist()) <= set(range(1, len(meanings) + 1))


def test_every_name_says_its_identity_and_camera_and_stands_once(plan: Plan) -> None:
    names = [name.partition("/")[2] for name, _, _ in plan.items]
    assert len(set(names)) == len(names)
    for name, (_, identity, camera) in zip(names, plan.items, strict=True):
        assert re.fullmatch(r"(-1|\d{4})_c[1-6]s[1-6]_\d{6}_\d{2}\.jpg", name), name
        parsed = match_name(name)
        assert parsed is not None
        assert (parsed.identity, parsed.camera) == (identity, camera)


def test_an_identity_has_2_to_72_images_from_2_to_6_cameras(plan: Plan) -> None:
    for split, mean in ((TRAIN, 12936 / 751), (GALLERY, 13115 / 750)):
        items = persons(part(plan, split))
        counts = Counter(identity for _, identity, _ in items)
        assert 2 <= min(counts.values()) < 6
        assert 50 < max(counts.values()) <= 72
        assert np.mean(list(counts.values())) == pytest.approx(mean)
        seen = Counter(len(cameras) for cameras in cameras_of(items).values())
        assert set(seen) == {2, 3, 4, 5, 6}
        assert min(seen.values()) >= 5


def test_there_is_one_query_an_identity_and_camera_and_each_has_a_match(plan: Plan) -> None:
    pairs = [(identity, camera) for _, identity, camera in part(plan, QUERY)]
    assert len(set(pairs)) == len(pairs) == 3368
    assert max(Counter(identity for identity, _ in pairs).values()) == 6
    gallery = cameras_of(persons(part(plan, GALLERY)))
    assert all(gallery[identity] - {camera} for identity, camera in pairs)
    assert {(identity, camera) for identity, cameras in gallery.items() for camera in cameras} == (
        set(pairs)
    )


def test_the_seed_decides_all_of_it() -> None:
    first = plan_market_size(seed=3, limit=None)
    assert plan_market_size(seed=3, limit=None).digest == first.digest
    other = plan_market_size(seed=4, limit=None)
    assert other.digest != first.digest
    assert not np.array_equal(other.train.ids, first.train.ids)


def test_a_limit_takes_the_first_images_of_each_split() -> None:
    whole = plan_market_size(seed=3, limit=None)
    few = plan_market_size(seed=3, limit=5)
    assert few.items == tuple(i for split in SPLITS for i in part(whole, split)[:5])
    assert np.array_equal(few.test.values, whole.test.values)
    assert plan_market_size(seed=3, limit=20000).items == whole.items


def test_a_limited_rendering_is_read_back(tmp_path: Path) -> None:
    root = render_market_size(tmp_path / "data", seed=3, limit=5, width=32, height=64,
                              progress=False)  # fmt: skip
    data = load_market1501(root)
    assert [len(part) for part in (data.train, data.query, data.gallery)] == [5, 5, 5]
    plan = plan_market_size(seed=3, limit=5)
    assert sorted(data.train.ids.tolist()) == [identity for _, identity, _ in plan.items[:5]]
    assert data.train.attributes is not None
    assert np.array_equal(data.train.attributes, plan.train.rows(data.train.ids))
    assert np.array_equal(read_attributes(root / "market_attribute.mat")["test"].ids, plan.test.ids)
    assert check_market1501(root, progress=False).splits["train"].images == 5
    # The same bytes as a part of anything else with this seed.
    (path,) = render_images(tmp_path, plan.items[:1], plan.train, seed=3, width=32, height=64)
    assert path.read_bytes() == (root / plan.items[0][0]).read_bytes()


def test_another_limit_is_another_dataset(tmp_path: Path) -> None:
    small: dict[str, Any] = {"width": 16, "height": 32, "progress": False}
    root = render_market_size(tmp_path / "data", limit=np.int64(1), **small)
    images = {path: path.stat().st_mtime_ns for path in root.rglob("*.jpg")}
    assert render_market_size(root, limit=1, **small) == root
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.jpg")} == images
    with pytest.raises(DatasetError, match="was rendered with limit = 1, not 2"):
        render_market_size(root, limit=2, **small)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1), ("seed", 2**32), ("seed", "1"), ("limit", 0), ("limit", 1.5),
        ("limit", True), ("height", 8), ("width", 1000), ("workers", 0),
    ],
)  # fmt: skip
def test_bad_input_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    arguments: dict[str, Any] = {"limit": 1, "progress": False, field: value}
    with pytest.raises(DatasetError, match=rf"{field}: got {value!r}"):
        render_market_size(tmp_path / "data", **arguments)
    assert not (tmp_path / "data").exists()


def test_a_foreign_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(DatasetError, match=r"already holds mine\.txt"):
        render_market_size(tmp_path, limit=1, progress=False)
