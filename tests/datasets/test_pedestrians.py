"""The rendered benchmark: its layout, its bytes, its people, and what it refuses."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

from aacpy.datasets.attributes import (
    ATTRIBUTE_NAMES,
    ATTRIBUTE_VALUES,
    AttributeTable,
    read_attributes,
    write_attributes,
)
from aacpy.datasets.market1501 import load_market1501, parse_name
from aacpy.datasets.pedestrians import (
    contact_sheet,
    render_images,
    render_like,
    render_pedestrians,
    sample_attributes,
)
from aacpy.datasets.renderer import manifest, rendering
from aacpy.datasets.renderer.market_names import market_twin
from aacpy.errors import DatasetError

SPLITS = ("bounding_box_train", "query", "bounding_box_test")
SMALL: dict[str, Any] = {"identities": 3, "images_per_camera": 2, "cameras": 3}
SMALL |= {"cameras_per_identity": 2, "distractors": 3, "junk": 2, "progress": False}
GRAMMAR = re.compile(r"(-1|\d{4})_c([1-9])s([1-6])_(\d{6})_(\d{2})\.jpg")


def person(**values: int) -> NDArray[np.int64]:
    """An attribute record: a teenage boy in short sleeves and long trousers, with changes."""
    usual = dict.fromkeys(ATTRIBUTE_NAMES, 1) | {"age": 2, "up": 2, "clothes": 2}
    return np.array([(usual | values)[name] for name in ATTRIBUTE_NAMES])


def files(root: Path) -> dict[str, bytes]:
    """Content of every image by its relative name."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.jpg"))}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete small dataset, not to be changed."""
    return render_pedestrians(tmp_path_factory.mktemp("small") / "data", seed=5, **SMALL)


def views(**values: int) -> NDArray[np.float64]:
    """Six images each of three people, (18, 128, 64, 3) in [0, 1]; only the record varies."""
    sheet = contact_sheet([person(**values)] * 3, views=6, seed=5)
    return sheet.reshape(3, 128, 6, 64, 3).swapaxes(1, 2).reshape(18, 128, 64, 3) / 255


# Layout


def test_names_follow_market_grammar_and_counts_are_as_asked(small: Path) -> None:
    names = {split: [p.name for p in (small / split).iterdir()] for split in SPLITS}
    assert {split: len(found) for split, found in names.items()} == {
        "bounding_box_train": 3 * 2 * 2,
        "query": 3 * 2,
        "bounding_box_test": 3 * 2 * 1 + 3 + 2,
    }
    everything = [name for found in names.values() for name in found]
    assert len(set(everything)) == len(everything)
    for name in everything:
        match = GRAMMAR.fullmatch(name)
        assert match is not None
        assert 1 <= int(match[2]) <= 3
    prefixes = Counter(name.split("_")[0] for name in names["bounding_box_test"])
    assert (prefixes["0000"], prefixes["-1"]) == (3, 2)


def test_images_are_jpeg_of_the_size_asked(small: Path, tmp_path: Path) -> None:
    with Image.open(next((small / "query").iterdir())) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 128))
    (path,) = render_images(tmp_path, [("a.jpg", 1, 1)], {1: person()}, height=50, width=31)
    with Image.open(path) as image:
        assert image.size == (31, 50)


def test_the_loader_reads_it_back(small: Path) -> None:
    data = load_market1501(small)
    assert len(data.train.paths) == 12
    assert len(data.gallery.paths) == 6 + 3
    assert set(data.train.ids).isdisjoint(data.query.ids)
    assert set(np.unique(data.query.ids)) <= set(data.gallery.ids)
    tables = read_attributes(small / "market_attribute.mat")
    assert np.array_equal(tables["train"].ids, np.unique(data.train.ids))
    assert np.array_equal(data.train.attributes, tables["train"].rows(data.train.ids))


def test_every_identity_is_seen_by_as_many_cameras_as_asked(small: Path) -> None:
    data = load_market1501(small)
    for identity in np.unique(data.train.ids):
        cameras = Counter(data.train.cameras[data.train.ids == identity].tolist())
        assert sorted(cameras.values()) == [2, 2]
    for identity in np.unique(data.query.ids):
        mine = data.query.cameras[data.query.ids == identity]
        assert len(set(mine.tolist())) == len(mine) == 2


# Bytes


def test_same_seed_same_bytes_other_seed_other_bytes(small: Path, tmp_path: Path) -> None:
    again = files(render_pedestrians(tmp_path / "again", seed=5, **SMALL))
    assert again == files(small)
    other = files(render_pedestrians(tmp_path / "other", seed=6, **SMALL))
    assert set(other.values()).isdisjoint(again.values())


def test_workers_do_not_change_bytes(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_CHUNK", 6)
    root = render_pedestrians(tmp_path / "data", seed=5, workers=2, **SMALL)
    assert files(root) == files(small)
    stated = [json.loads((r / "pedestrians.json").read_text()) for r in (root, small)]
    assert stated[0] == stated[1]


def test_a_subset_in_another_order_has_the_same_bytes(small: Path, tmp_path: Path) -> None:
    tables = read_attributes(small / "market_attribute.mat").values()
    table = AttributeTable(
        np.concatenate([t.ids for t in tables]), np.concatenate([t.values for t in tables])
    )
    wanted = list(files(small))[::-3]
    parts = [GRAMMAR.fullmatch(Path(name).name) for name in wanted]
    items = [(n, int(m[1]), int(m[2])) for n, m in zip(wanted, parts, strict=True) if m]
    paths = render_images(tmp_path / "part", items, table, seed=5)
    assert [p.read_bytes() for p in paths] == [files(small)[name] for name in wanted]


def test_a_rendering_killed_before_its_first_note_can_be_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", die)
        with pytest.raises(KeyboardInterrupt):
            render_pedestrians(tmp_path / "data", **SMALL)
    # A kill leaves the half-written note too, which an exception tidies up.
    (tmp_path / "data" / ".pedestrians.begun.json.1.tmp").write_text("{")
    assert (render_pedestrians(tmp_path / "data", **SMALL) / "pedestrians.json").exists()


def test_a_killed_rendering_continues(small: Path, tmp_path: Path) -> None:
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    # What a kill leaves: no manifest, the note of what was begun, some images, half a write.
    manifest = json.loads((root / "pedestrians.json").read_text())
    begun = {key: manifest[key] for key in ("renderer_version", "parameters")}
    (root / "pedestrians.json").unlink()
    (root / "pedestrians.begun.json").write_text(json.dumps(begun))
    (root / "market_attribute.mat").unlink()
    images = sorted(root.rglob("*.jpg"))
    for path in images[::2]:
        path.unlink()
    kept = images[1].stat().st_mtime_ns
    (root / "query" / ".0001_c1s1_000001_01.jpg.99.partial").write_bytes(b"half")
    render_pedestrians(root, seed=5, **SMALL)
    assert files(root) == files(small)
    assert images[1].stat().st_mtime_ns == kept
    assert json.loads((root / "pedestrians.json").read_text()) == manifest
    assert not list(root.rglob("*.partial"))
    assert not (root / "pedestrians.begun.json").exists()


def test_asking_again_does_nothing_and_a_lost_image_comes_back(tmp_path: Path) -> None:
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}
    render_pedestrians(root, seed=5, **SMALL)
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()} == before
    lost = next((root / "query").iterdir())
    content = lost.read_bytes()
    lost.unlink()
    render_pedestrians(root, seed=5, **SMALL)
    assert lost.read_bytes() == content


def test_a_changed_image_is_found_when_another_is_lost(tmp_path: Path) -> None:
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    lost, changed, *_ = sorted((root / "query").iterdir())
    lost.unlink()
    changed.write_bytes(changed.read_bytes() + b"x")
    with pytest.raises(DatasetError, match="changed since"):
        render_pedestrians(root, seed=5, **SMALL)


def test_other_parameters_or_another_version_are_refused(tmp_path: Path) -> None:
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    with pytest.raises(DatasetError, match=r"seed = 5, not 6"):
        render_pedestrians(root, seed=6, **SMALL)
    manifest = json.loads((root / "pedestrians.json").read_text())
    (root / "pedestrians.json").write_text(json.dumps(manifest | {"renderer_version": 0}))
    with pytest.raises(DatasetError, match="version 0"):
        render_pedestrians(root, seed=5, **SMALL)
    (root / "pedestrians.json").write_text("{")
    with pytest.raises(DatasetError, match="not JSON"):
        render_pedestrians(root, seed=5, **SMALL)


def test_foreign_files_are_never_touched(tmp_path: Path) -> None:
    (tmp_path / "query").mkdir()
    (tmp_path / "query" / "0001_c1s1_000001_01.jpg").write_bytes(b"a real photograph")
    with pytest.raises(DatasetError, match="was not rendered by aacpy"):
        render_pedestrians(tmp_path, **SMALL)
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="is a file"):
        render_pedestrians(tmp_path / "file", **SMALL)
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    (root / "pedestrians.json").unlink()
    (root / "pedestrians.begun.json").write_text(json.dumps({"renderer_version": 0}))
    with pytest.raises(DatasetError, match="version 0"):
        render_pedestrians(root, seed=5, **SMALL)


def test_a_stray_file_among_the_images_is_named(tmp_path: Path) -> None:
    root = render_pedestrians(tmp_path / "data", seed=5, **SMALL)
    (root / "query" / "9999_c1s1_000001_01.jpg").write_bytes(b"stray")
    with pytest.raises(DatasetError, match=r"9999_c1s1_000001_01\.jpg: does not belong"):
        render_pedestrians(root, seed=5, **SMALL)


# The crowd


def test_attribute_frequencies_follow_the_real_ones() -> None:
    values = sample_attributes(6000, np.random.default_rng(0))
    share = {name: values[:, c] for c, name in enumerate(ATTRIBUTE_NAMES)}
    for name, expected in {
        "backpack": 0.265, "bag": 0.246, "handbag": 0.115, "gender": 0.426, "hat": 0.027,
        "up": 0.948, "down": 0.609, "hair": 0.326, "clothes": 0.854, "upwhite": 0.304,
        "upblack": 0.150, "upred": 0.104, "downblack": 0.390, "downblue": 0.164,
    }.items():  # fmt: skip
        assert np.mean(share[name] == 2) == pytest.approx(expected, abs=0.03), name
    uppers = [n for n in ATTRIBUTE_NAMES if n.startswith("up") and n != "up"]
    lowers = [n for n in ATTRIBUTE_NAMES if n.startswith("down") and n != "down"]
    for names, unmarked in ((uppers, 78 / 751), (lowers, 30 / 751)):
        marked = np.sum([share[name] == 2 for name in names], axis=0)
        assert marked.max() == 1
        assert np.mean(marked == 0) == pytest.approx(unmarked, abs=0.03)
    female = share["gender"] == 2
    assert not np.any((share["clothes"] == 1) & ~female)
    assert np.mean(share["hair"][female] == 2) > 0.6 > 0.1 > np.mean(share["hair"][~female] == 2)
    carried = np.sum([share[name] == 2 for name in ("backpack", "bag", "handbag")], axis=0)
    assert carried.max() == 1


def test_attribute_values_are_in_range_and_vectors_are_shared() -> None:
    for seed in range(8):
        values = sample_attributes(100, np.random.default_rng(seed))
        assert values.shape == (100, 27)
        for column, meanings in enumerate(ATTRIBUTE_VALUES.values()):
            assert set(values[:, column]) <= set(range(1, len(meanings) + 1))
        _, counts = np.unique(values, axis=0, return_counts=True)
        assert 58 <= len(counts) <= 74
        assert counts.max() <= 12


@pytest.mark.parametrize("count", [0, -3, 1.5, True, "7"])
def test_a_bad_count_of_attributes_is_refused(count: Any) -> None:
    with pytest.raises(DatasetError, match="count: got"):
        sample_attributes(count, np.random.default_rng(0))


# What people look like


def hue_share(images: NDArray[np.float64], channel: int) -> float:
    """Share of a colour channel in the light of the chest, mean over images."""
    chest = images[:, 32:52, 24:40]
    return float((chest[..., channel] / chest.sum(axis=-1)).mean())


def test_upper_colours_colour_the_chest() -> None:
    red, blue = views(upred=2), views(upblue=2)
    assert hue_share(red, 0) > hue_share(blue, 0) + 0.1
    assert hue_share(blue, 2) > hue_share(red, 2) + 0.1
    white, black = views(upwhite=2), views(upblack=2)
    assert white[:, 32:52, 26:38].mean() > black[:, 32:52, 26:38].mean() + 0.15


def test_lower_colours_colour_the_legs() -> None:
    white, black = views(downwhite=2), views(downblack=2)
    assert white[:, 66:80, 26:38].mean() > black[:, 66:80, 26:38].mean() + 0.15


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("age", 1), ("age", 4), ("backpack", 2), ("bag", 2), ("handbag", 2), ("clothes", 1),
        ("down", 2), ("up", 1), ("hair", 2), ("hat", 2), ("gender", 2), ("downpink", 2),
        ("upgreen", 2),
    ],
)  # fmt: skip
def test_every_kind_of_attribute_changes_the_picture(attribute: str, value: int) -> None:
    usual = {"upwhite": 2, "downblue": 2}
    if attribute == "downpink":
        usual.pop("downblue")
    if attribute == "upgreen":
        usual.pop("upwhite")
    difference = np.abs(views(**usual) - views(**(usual | {attribute: value})))
    assert difference.max(axis=(1, 2, 3)).min() > 0.15


def test_short_sleeves_and_shorts_show_skin() -> None:
    long, short = views(up=1, upblue=2), views(up=2, upblue=2)
    # Skin is redder than it is blue, a blue sleeve is not.
    warm = [float((v[..., 0] - v[..., 2] > 0.12).mean()) for v in (long, short)]
    assert warm[1] > warm[0]
    trousers, shorts = views(downblack=2, upblue=2), views(downblack=2, upblue=2, down=2)
    lower = [
        float((v[:, 80:116, ..., 0] - v[:, 80:116, ..., 2] > 0.1).mean())
        for v in (trousers, shorts)
    ]
    assert lower[1] > lower[0]


def test_equal_records_give_different_people() -> None:
    same = np.stack([person(upred=2, downblue=2)] * 4)
    sheet = contact_sheet(same, views=6, seed=5).astype(float)
    people = sheet.reshape(4, 128, 6, 64, 3).mean(axis=2)
    for first in range(4):
        for second in range(first):
            assert np.abs(people[first] - people[second])[20:110, 16:48].mean() > 4


# Lists of images


def test_distractors_and_junk_need_no_attributes(tmp_path: Path) -> None:
    items = [(f"x/{i}_{c}.jpg", i, c) for i in (0, -1) for c in (1, 2, 9)]
    paths = render_images(tmp_path, items, {})
    assert all(path.is_file() for path in paths)
    assert len({path.read_bytes() for path in paths}) == 6


@pytest.mark.parametrize(
    ("items", "attributes", "message"),
    [
        ([("../a.jpg", 1, 1)], {1: person()}, "relative path"),
        ([("/a.jpg", 1, 1)], {1: person()}, "relative path"),
        ([("a.png", 1, 1)], {1: person()}, r"\.jpg"),
        ([("a.jpg", 1, 0)], {1: person()}, "camera of a.jpg: got 0"),
        ([("a.jpg", -2, 1)], {1: person()}, "identity of a.jpg: got -2"),
        ([("a.jpg", 2, 1)], {1: person()}, "identity 2 has no entry"),
        ([("a.jpg", 1, 1)], {1: person()[:26]}, "got 26 values"),
        ([("a.jpg", 1, 1)], {1: person(hat=3)}, "hat of identity 1 is 3"),
        ([("a.jpg", 1, 1), ("a.jpg", 1, 2)], {1: person()}, "stands twice"),
        ([("a.jpg", 2, 1)], AttributeTable(np.array([1]), person()[None]), "0002"),
    ],
)
def test_bad_lists_are_refused(
    tmp_path: Path, items: list[tuple[str, int, int]], attributes: Any, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        render_images(tmp_path, items, attributes)
    assert not list(tmp_path.rglob("*.jpg"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identities", 0), ("identities", 5000), ("identities", 2.0), ("images_per_camera", 0),
        ("cameras", 10), ("cameras", 1), ("cameras_per_identity", 1), ("cameras_per_identity", 4),
        ("distractors", -1), ("junk", -1), ("seed", -1), ("seed", "1"), ("height", 8),
        ("width", 1000), ("workers", 0), ("workers", True), ("camera_gap", -0.1),
        ("camera_gap", 4.1), ("camera_gap", float("nan")), ("camera_gap", True),
        ("camera_gap", "2"),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(DatasetError, match=rf"{field}: got {value!r}"):
        render_pedestrians(tmp_path / "data", **(SMALL | {field: value}))
    assert not (tmp_path / "data").exists()


# The twin of Market-1501


def test_twin_of_real_metadata(market1501_metadata: Path, tmp_path: Path) -> None:
    root = render_like(market1501_metadata, tmp_path / "twin", limit=8, progress=False)
    real = (market1501_metadata / "bounding_box_train.txt").read_text().split()[:8]
    assert sorted(p.name for p in (root / "bounding_box_train").iterdir()) == sorted(real)
    for split, stem in (("query", "query"), ("bounding_box_test", "test")):
        from scipy.io import loadmat

        ids = loadmat(market1501_metadata / f"{stem}ID.mat")[f"{stem}ID"].ravel()[:8]
        found = [p.name.split("_")[0] for p in (root / split).iterdir()]
        assert Counter(map(int, found)) == Counter(ids.tolist())
    ours, theirs = (
        read_attributes(f / "market_attribute.mat") for f in (root, market1501_metadata)
    )
    assert np.array_equal(ours["train"].values, theirs["train"].values)


NAMES = ("0002_c1s1_000451_03.jpg", "0007_c2s1_000001_01.jpg")


def write_metadata(folder: Path, **files: Any) -> Path:
    """Metadata of two training images, two queries and three test images, with changes."""
    folder.mkdir()
    people = np.tile(person(), (2, 1))
    write_attributes(
        folder / "market_attribute.mat",
        AttributeTable(np.array([2, 7]), people),
        AttributeTable(np.array([1, 3]), people),
    )
    contents = {"queryID": [1, 3], "queryCam": [1, 2], "testID": [-1, 0, 3], "testCam": [3, 9, 1]}
    for stem, content in (contents | files).items():
        savemat(folder / f"{stem}.mat", content if isinstance(content, dict) else {stem: content})
    (folder / "bounding_box_train.txt").write_text("\n".join(NAMES))
    return folder


def test_twin_of_small_metadata(tmp_path: Path) -> None:
    plan = market_twin(write_metadata(tmp_path / "meta"), limit=None)
    assert [item[1:] for item in plan.items] == [
        (2, 1), (7, 2), (1, 1), (3, 2), (-1, 3), (0, 9), (3, 1)
    ]  # fmt: skip
    assert plan.items[0][0] == f"bounding_box_train/{NAMES[0]}"
    assert [len(market_twin(tmp_path / "meta", limit=n).items) for n in (1, 2)] == [3, 6]
    for name, identity, camera in plan.items:
        assert parse_name(name.split("/")[1])[:2] == (identity, camera)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"queryID": [1.5, 3]}, r"queryID\.mat: not .* vector \(values that are no integers\)"),
        ({"queryID": [np.nan, 3]}, r"queryID\.mat: not .* vector \(values that are no integers"),
        ({"queryID": [1e300, 3]}, r"queryID\.mat: not .* vector \(values that are no integers"),
        ({"queryID": "no"}, r"queryID\.mat: not .* vector \(values that are no integers"),
        ({"queryID": np.ones((2, 2))}, r"queryID\.mat: not .* vector \(no vector"),
        ({"queryID": {}}, r"queryID\.mat: not .* vector \(it holds 0 variables"),
        ({"queryID": {"a": [1], "b": [2]}}, r"queryID\.mat: not .* \(it holds 2 variables"),
        ({"queryID": [1, -2]}, r"queryID\.mat: -2 is not from -1 to 999,999,999"),
        ({"testID": [2**40, 1, 3]}, r"testID\.mat: 1099511627776 is not from -1"),
        ({"queryCam": [1, 10]}, r"queryCam\.mat: 10 is not from 1 to 9"),
        ({"testCam": [0, 1, 1]}, r"testCam\.mat: 0 is not from 1 to 9"),
        ({"testCam": [1, 1]}, r"testID\.mat has 3 entries but testCam\.mat 2"),
        ({"testID": -np.ones(70_000, "i1")}, r"testID\.mat: 70,000 images, more than 65,536"),
    ],
)
def test_twin_of_wrong_vectors(tmp_path: Path, files: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        market_twin(write_metadata(tmp_path / "meta", **files), limit=None)


@pytest.mark.parametrize(
    "name",
    [
        "../../0002_c1s1_000451_03.jpg",
        "0002_c1s1_000451_03/../../../x.jpg",
        "/etc/0002_c1s1_000451_03.jpg",
        "-1_c1s1_000451_03.jpg",
        "0000_c1s1_000451_03.jpg",
        "0002_c10s1_000451_03.jpg",
        "0002_c1s1_000451_03.png",
        "0002_c1.jpg",
        NAMES[0],
    ],
)
def test_twin_of_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    meta = write_metadata(tmp_path / "meta")
    (meta / "bounding_box_train.txt").write_text("\n".join([*NAMES, name]))
    with pytest.raises(DatasetError, match=r"bounding_box_train\.txt: .*Get it again from GitHub"):
        render_like(meta, tmp_path / "twin", progress=False)
    assert not (tmp_path / "twin").exists()


def test_twin_of_damaged_files(tmp_path: Path) -> None:
    meta = write_metadata(tmp_path / "meta")
    for name in ("queryID.mat", "market_attribute.mat", "bounding_box_train.txt"):
        whole = (meta / name).read_bytes()
        for damaged in (b"", whole[: len(whole) // 3], b"\xff" * 200, b"<html>"):
            (meta / name).write_bytes(damaged)
            with pytest.raises(DatasetError, match=f"{re.escape(name)}: "):
                market_twin(meta, limit=None)
        (meta / name).unlink()
        with pytest.raises(DatasetError, match=f"{re.escape(name)}: "):
            market_twin(meta, limit=None)
        (meta / name).symlink_to("/dev/zero")
        with pytest.raises(DatasetError, match=f"{re.escape(name)}: "):
            market_twin(meta, limit=None)
        (meta / name).unlink()
        (meta / name).write_bytes(whole)


def test_twin_of_attributes_out_of_range(tmp_path: Path) -> None:
    meta = write_metadata(tmp_path / "meta")
    table = AttributeTable(np.array([1, 3]), np.tile(person(hat=3), (2, 1)))
    write_attributes(meta / "market_attribute.mat", table, table)
    with pytest.raises(DatasetError, match=r"market_attribute\.mat: train identity 0001: hat is 3"):
        market_twin(meta, limit=None)


def test_twin_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such directory"):
        render_like(tmp_path / "nowhere", tmp_path / "twin")
    (tmp_path / "meta").mkdir()
    with pytest.raises(DatasetError, match=r"market_attribute\.mat"):
        render_like(tmp_path / "meta", tmp_path / "twin")
    with pytest.raises(DatasetError, match="limit: got 0"):
        render_like(tmp_path / "meta", tmp_path / "twin", limit=0)


def test_images_that_a_power_cut_left_damaged_are_rendered_again(tmp_path: Path) -> None:
    settings = {"identities": 2, "cameras": 2, "cameras_per_identity": 2, "images_per_camera": 1}
    whole = render_pedestrians(tmp_path / "whole", **settings, progress=False)
    cut = render_pedestrians(tmp_path / "cut", **settings, progress=False)
    (cut / "pedestrians.json").rename(cut / "pedestrians.begun.json")
    images = sorted(cut.rglob("*.jpg"))
    images[0].write_bytes(b"")
    images[1].write_bytes(images[1].read_bytes()[:300])
    images[2].write_bytes(images[2].read_bytes()[:-200] + bytes(200))
    assert render_pedestrians(cut, **settings, progress=False) == cut
    for path in sorted(p for p in whole.rglob("*") if p.is_file()):
        assert (cut / path.relative_to(whole)).read_bytes() == path.read_bytes()


def test_images_are_flushed_before_the_manifest_says_that_they_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, write = os.fsync, manifest.write_atomically

    def note_sync(descriptor: int) -> None:
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    def note_write(path: Path, content: bytes) -> None:
        order.append(f"write {path.name}")
        write(path, content)

    monkeypatch.setattr("os.fsync", note_sync)
    monkeypatch.setattr(manifest, "write_atomically", note_write)
    root = render_pedestrians(
        tmp_path / "new", identities=1, cameras=2, cameras_per_identity=2, images_per_camera=2,
        progress=False,
    )  # fmt: skip
    done = order.index("write pedestrians.json")
    flushed = set(order[:done])
    assert {path.name for path in root.rglob("*.jpg")} <= flushed
    assert {"bounding_box_train", "query", "bounding_box_test"} <= flushed
