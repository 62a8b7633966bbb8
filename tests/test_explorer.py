"""The δ explorer: its data, the page that needs no kernel, the widget, the book's words."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from aacpy import split_clusters
from aacpy.config import Config
from aacpy.datasets import ReidDataset
from aacpy.errors import ConfigError, RecordError
from aacpy.evaluation import cluster_quality
from aacpy.explorer import DeltaExplorer, find_runs
from aacpy.loading import load_data
from aacpy.records import Record, pack_labels
from aacpy.report.delta import page, story
from aacpy.report.delta.fragment import DeltaFragment
from aacpy.report.delta.panels import frame, sentence, view
from aacpy.report.delta.story import DELTAS, Explorable, Stage, clustering, explorable, stages_of
from aacpy.report.delta.svg import ends, ticks
from aacpy.report.delta.thumbnails import (
    HEIGHT,
    WIDTH,
    Sprite,
    counted,
    letter,
    open_cluster,
    parts_html,
    whole_html,
)
from aacpy.training import train

Maker = Callable[..., Record]

#: One cluster of 4 + 3 images of two people with vectors of their own, one of 4 + 2 images of two
#: people who share a vector, and 3 images un-clustered.
BEFORE = np.array([0] * 7 + [1] * 6 + [-1] * 3)
IDS = np.array([1] * 4 + [2] * 3 + [3] * 4 + [4] * 2 + [3] * 2 + [4])
ATTRIBUTES = np.array([[1, 1], [1, 2], [2, 1], [2, 1]])[IDS - 1]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> ReidDataset:
    """The 16 images, a grey of their own each; only what the explorer reads of a dataset."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("images")
    paths = [folder / f"{i:02d}.png" for i in range(len(IDS))]
    for i, path in enumerate(paths):
        Image.new("RGB", (64, 128), (10 * i, 10 * i, 10 * i)).save(path)
    training = SimpleNamespace(paths=tuple(paths), ids=IDS, attributes=ATTRIBUTES)
    found = SimpleNamespace(
        train=training, require_attributes=lambda: ATTRIBUTES, fingerprint=lambda: "0" * 64
    )
    return cast(ReidDataset, found)


def stage(before: Any = BEFORE, name: str = "AAC, last epoch") -> Stage:
    return Stage(name, clustering(before, IDS),
                 story.delta_story(before, ATTRIBUTES, IDS))  # fmt: skip


def with_labels(record: Record, last: Any = BEFORE, first: Any = BEFORE) -> Record:
    """`record` with DBSCAN's labels of its first and last epoch."""
    labels = {"0": first, str(record.config.epochs - 1): last}
    return dataclasses.replace(
        record, labels={e: {"before": pack_labels(np.asarray(v))} for e, v in labels.items()}
    )


# Data


@pytest.mark.parametrize(
    ("delta", "clusters", "purity", "sizes"),
    [
        (0, 3, 11 / 13, {3: 1, 4: 1, 6: 1}),
        (2, 3, 11 / 13, {3: 1, 4: 1, 6: 1}),
        (3, 3, 11 / 13, {3: 1, 4: 1, 6: 1}),  # the four leave, the three stay
        (4, 2, 8 / 13, {6: 1, 7: 1}),
    ],
)
def test_story_of_a_small_case(
    delta: int, clusters: int, purity: float, sizes: dict[int, int]
) -> None:
    (found,) = story.delta_story(BEFORE, ATTRIBUTES, IDS, [delta])
    assert (found.delta, found.quality.n_clusters) == (delta, clusters)
    assert found.quality.purity == pytest.approx(purity)
    assert found.quality.n_unclustered == 3
    assert {i: n for i, n in enumerate(found.sizes) if n} == sizes
    assert found.smaller_than(4) == sizes.get(3, 0)


def test_story_is_the_split_and_its_quality_at_every_delta() -> None:
    rng = np.random.default_rng(0)
    before, ids = rng.integers(-1, 6, 300), rng.integers(0, 20, 300)
    attributes = rng.integers(1, 3, (20, 3))[ids]
    found = story.delta_story(before, attributes, ids)
    assert [f.delta for f in found] == list(range(21))
    for each in found:
        labels = split_clusters(before, attributes, cast(int, each.delta))
        assert np.array_equal(each.labels, labels)
        assert each.quality == cluster_quality(labels, ids)
        assert each.sizes.sum() == each.quality.n_clusters
        assert np.arange(len(each.sizes)) @ each.sizes == 300 - each.quality.n_unclustered


def test_story_of_nothing_clustered() -> None:
    found = story.delta_story(np.full(16, -1), ATTRIBUTES, IDS, [0, 5])
    assert [f.quality.n_clusters for f in found] == [0, 0]
    assert math.isnan(found[0].quality.purity) and found[0].sizes.tolist() == [0]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ((BEFORE[:3], ATTRIBUTES, IDS, [1]), ValueError),
        ((BEFORE, ATTRIBUTES, IDS[:3], [1]), ValueError),
        ((BEFORE, ATTRIBUTES, IDS, [-1]), ValueError),
        ((BEFORE, ATTRIBUTES, IDS, [1.5]), TypeError),
    ],
)
def test_story_of_bad_input(bad: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        story.delta_story(*bad)


def test_clusters_are_listed_by_how_many_people_they_mix() -> None:
    before = np.array([2] * 5 + [7] * 2 + [0] * 6 + [-1] * 3)
    # 7: two images of one person; 2: two people; 0: two people on more images
    assert stage(before).mixed(IDS) == [0, 2, 7]
    assert stage(before).mixed(IDS, largest=5) == [2, 7]


def test_stages_are_last_epochs_first_and_equal_clusters_once(
    make_record: Maker, dataset: ReidDataset
) -> None:
    other = np.where(BEFORE == 1, -1, BEFORE)
    baseline = with_labels(make_record("baseline"), last=other)
    found = stages_of([baseline, with_labels(make_record("aac"))], dataset)
    assert [s.name for s in found] == [
        "baseline, last epoch", "AAC, last epoch", "baseline and AAC, first epoch"
    ]  # fmt: skip
    assert found[0].reference is None and found[2].reference is None
    assert found[1].reference is found[0].before
    alone = stages_of([baseline], dataset)
    assert [s.name for s in alone] == ["baseline, last epoch", "baseline, first epoch"]


def test_stages_need_clusters_and_labels(make_record: Maker, dataset: ReidDataset) -> None:
    with pytest.raises(ValueError, match="supervised-seed0 does not cluster"):
        stages_of([make_record("supervised")], dataset)
    with pytest.raises(RecordError, match="not of epoch 11"):
        stages_of([dataclasses.replace(make_record(), labels={})], dataset)


def test_the_split_is_made_again_as_the_run_made_it(
    tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    config = tiny_config()
    record = train(config, tmp_path / "run")
    last, first = stages_of([record], load_data(config))
    for epoch, found in ((config.epochs - 1, last), (0, first)):
        kept = record.pseudo_labels(epoch)["after"]
        assert np.array_equal(found.story[config.delta].labels, kept)
        assert found.before.quality.n_clusters == record.series["clusters_before"][epoch]


# Which runs


def test_explorable_takes_the_lowest_seed_that_ran_both(
    make_record: Maker, dataset: ReidDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "record_dataset", lambda record: dataset)
    records = [with_labels(make_record(m, s))
               for m, s in (("aac", 0), ("aac", 3), ("baseline", 3), ("baseline", 4))]  # fmt: skip
    assert len(explorable(records).stages) == 2  # equal clusters, whatever the method
    assert explorable(records).note == ""
    assert "baseline: not run; make reproduce" in explorable(records[:1]).note
    assert "make reproduce" in explorable([make_record("supervised")]).missing


def test_explorable_says_why_there_are_no_pictures(
    make_record: Maker, dataset: ReidDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(record: Record) -> ReidDataset:
        raise RecordError("no pictures.")

    monkeypatch.setattr(story, "record_dataset", missing)
    assert explorable([make_record()]).missing == "no pictures."
    paper = dataclasses.replace(make_record(), config=Config.preset("paper", data="X", seed=2))
    assert "-p preset paper -p data ROOT -p seed 2" in explorable([paper]).missing
    monkeypatch.setattr(story, "record_dataset", lambda record: dataset)
    changed = with_labels(make_record())
    changed = dataclasses.replace(changed, dataset={**changed.dataset, "fingerprint": "1"})
    assert "not, byte for byte" in explorable([changed]).note


def test_find_runs(make_record: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("AACPY_RESULTS", str(tmp_path / "results"))
    config = Config.preset("pedestrians", delta=7)
    assert find_runs(config) == []
    baseline = make_record("baseline")
    baseline.write(tmp_path / "results" / "baseline-seed0.json")
    assert find_runs(config) == []
    own = make_record(delta=7)
    own.write(tmp_path / "here" / "record.json")
    assert find_runs(config) == []
    assert [r.name for r in find_runs(config, tmp_path / "here")] == [own.name, baseline.name]
    own.write(tmp_path / "runs" / "pedestrians" / own.name / "record.json")
    assert [r.name for r in find_runs(config)] == [own.name, baseline.name]
    assert [r.name for r in find_runs(baseline.config)] == [baseline.name]
    with pytest.raises(ConfigError, match=r"baseline or aac\), not 'supervised'"):
        find_runs(Config.preset("pedestrians", method="supervised"))


# Pictures


def test_sprite_holds_each_picture_once(dataset: ReidDataset) -> None:
    import base64
    import io

    from PIL import Image

    sprite = Sprite(dataset.train.paths, [3, 15, 3])
    assert sprite.place == {3: 0, 15: 1}
    data = re.search(r"base64,([^\"]+)", sprite.css())
    assert data is not None
    sheet = Image.open(io.BytesIO(base64.b64decode(data[1])))
    assert sheet.size == (20 * WIDTH, HEIGHT)
    pixels = np.asarray(sheet.convert("L")).astype(int)
    assert abs(pixels[36, WIDTH // 2] - 30) < 4 and abs(pixels[36, WIDTH * 3 // 2] - 150) < 4
    assert sprite.thumbnail(15, 0) == (
        '<b class="aacx-t aacx-t0" style="--x:1;--y:0" data-l="A"></b>'
    )
    assert 'class="aacx-t aacx-t4 aacx-other"' in sprite.thumbnail(3, 9)


def test_open_cluster_ranks_people_and_draws_evenly() -> None:
    opened = open_cluster(BEFORE, IDS, 0)
    assert opened.people == 2 and opened.members.tolist() == list(range(7))
    assert opened.places == {0: 0, 1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 1}
    assert open_cluster(BEFORE, IDS, 0, most=3).shown == {0, 3, 6}
    with pytest.raises(ValueError, match="no image has the label 5"):
        open_cluster(BEFORE, IDS, 5)


def test_parts_say_who_is_in_them(dataset: ReidDataset) -> None:
    opened = open_cluster(BEFORE, IDS, 0)
    sprite = Sprite(dataset.train.paths, opened.members)
    whole = whole_html(opened, sprite)
    assert 'aria-label="7 images, 2 people: 4 of A, 3 of B"' in whole
    parts = parts_html(opened, stage().story[2].labels, sprite)
    assert re.findall(r'aria-label="([^"]*)"', parts) == [
        "4 images, 1 person: 4 of A", "3 images, 1 person: 3 of B"
    ]  # fmt: skip
    assert parts.count("<b ") == 7 and parts.count("aacx-other") == 3


def test_words() -> None:
    assert (counted(1, 1), counted(2, 2)) == ("1 image, 1 person", "2 images, 2 people")
    assert (letter(0), letter(25), letter(26)) == ("A", "Z", "…")


# Charts


def test_sentence_and_frame_follow_delta() -> None:
    assert sentence(stage(), 2) == (
        "δ = 2: 2 clusters with 62% purity become 3 clusters with 85% purity."
    )
    assert sentence(stage(), 20) == ("δ = 20: no cluster is split; 2 clusters with 62% purity.")
    few, many = frame(stage(), 4, 20), frame(stage(), 4, 2)
    assert (few["head"]["text"], many["head"]["text"]) == ("δ = 20", "δ = 2")
    assert [few[f"cell{i}"]["text"] for i in range(3)] == ["2", "0", "62"]
    assert [many[f"cell{i}"]["text"] for i in range(3)] == ["3", "1", "85"]
    assert float(few["count"]["cy"]) > float(many["count"]["cy"])  # lower on the page
    assert float(few["line"]["x1"]) > float(many["line"]["x1"])
    assert few["bars"] != many["bars"]


def test_view_shows_the_frame_and_the_baseline_beside_it() -> None:
    drawn = view(stage(), 4, 2)
    for key, values in frame(stage(), 4, 2).items():
        element = re.search(rf'<(\w+) data-k="{key}"([^>]*)>([^<]*)</\1>', drawn)
        assert element is not None
        for name, value in values.items():
            assert element[3] == value if name == "text" else f' {name}="{value}"' in element[2]
    assert drawn.count("<svg") == 3 and ">baseline<" not in drawn
    plain = clustering(np.full(16, 0), IDS)
    assert ">baseline<" in view(dataclasses.replace(stage(), reference=plain), 4, 2)


def test_view_of_an_epoch_without_clusters() -> None:
    nothing = stage(np.full(16, -1))
    assert "nan" not in view(nothing, 4, 5) + str(frame(nothing, 4, 5))
    assert sentence(nothing, 5) == "δ = 5: no cluster is split; 0 clusters."


def test_ticks_and_labels() -> None:
    assert ticks(104) == [0, 25, 50, 75, 100]
    assert ticks(1.04) == [0, 1] and ticks(30) == [0, 10, 20, 30]
    ys = [float(y) for y in re.findall(r' y="([\d.]+)"', ends([(50, "a", "x"), (52, "b", "x")]))]
    assert ys == [54, 68]


# The piece of HTML


class _Whole(HTMLParser):
    """Whether every element that opens closes in its turn; collects scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self.open[-1], []).append(data)


@pytest.fixture(scope="module")
def fragment(dataset: ReidDataset) -> str:
    return DeltaFragment([stage(), stage(np.zeros(16, int), "first")], dataset).html()


def test_fragment_is_whole_and_asks_for_nothing(fragment: str) -> None:
    parsed = _Whole(fragment)
    assert "http" not in fragment.replace("http-", "")
    assert re.findall(r"url\(\"(?!data:)", fragment) == []
    assert ("hidden", None) in parsed.attributes  # the controls, until the script shows them
    assert ("aria-live", "polite") in parsed.attributes
    assert len(fragment) < 300_000


def test_fragment_holds_every_delta(fragment: str) -> None:
    data, _ = _Whole(fragment).text["script"]
    stages = json.loads(data)["stages"]
    assert len(stages) == 2
    for found in stages:
        assert len(found["frames"]) == len(found["said"]) == len(DELTAS)
        assert [f["head"]["text"] for f in found["frames"]] == [f"δ = {d}" for d in DELTAS]
        keys = set(re.findall(r'data-k="(\w+)"', found["view"]))
        assert all(set(f) == keys for f in found["frames"])
        for cluster in found["clusters"]:
            assert len(cluster["at"]) == len(DELTAS)
            assert set(cluster["at"]) == set(range(len(cluster["after"])))
    first = stages[0]
    assert [c["name"] for c in first["clusters"]] == ["7 images, 2 people", "6 images, 2 people"]
    assert first["clusters"][0]["at"] == [0] * 4 + [1] * 17


def test_fragment_shows_the_papers_delta_without_a_script(fragment: str) -> None:
    still = fragment.partition('<script type="application/json"')[0]
    assert "δ = 5: no cluster is split; 2 clusters with 62% purity." in still
    assert still.count("<svg") == 3 and 'value="5"' in still
    assert "Shown: AAC, last epoch, δ = 5, opened: the cluster of 7 images, 2 people." in still


def test_fragment_without_clusters(dataset: ReidDataset) -> None:
    found = DeltaFragment([stage(np.full(16, -1))], dataset)
    _Whole(found.html())
    assert found._repr_mimebundle_()["text/plain"].startswith("δ = 5")


@pytest.fixture
def browser_page(browser: Any, fragment: str) -> Iterator[Any]:
    """The piece of HTML in a browser, on a phone."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(f"<!doctype html><body>{fragment}</body>")
    yield page
    page.close()


@pytest.mark.slow
def test_the_slider_moves_by_keyboard_in_a_browser(browser_page: Any) -> None:
    slider, said = (browser_page.locator(f".aacx-{name}") for name in ("delta", "said"))
    assert slider.is_visible() and browser_page.locator(".aacx-still").is_hidden()
    slider.focus()
    for delta in (4, 3, 2):
        browser_page.keyboard.press("ArrowLeft")
        assert said.inner_text() == sentence(stage(), delta)
        assert slider.get_attribute("aria-valuetext") == said.inner_text()
        values = frame(stage(), 4, delta)
        for key in ("count", "bars", "cell0", "head"):
            element = browser_page.locator(f"[data-k={key}]")
            for name, value in values[key].items():
                shown = element.inner_text() if name == "text" else element.get_attribute(name)
                assert shown == value
    assert browser_page.locator(".aacx-after .aacx-part").count() == 2
    browser_page.select_option(".aacx-cluster", "1")
    assert browser_page.locator(".aacx-after .aacx-part").count() == 1
    browser_page.select_option(".aacx-stage", "1")
    assert browser_page.locator(".aacx-before b").count() == 16
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 390


# The widget


def test_the_widget_moves(dataset: ReidDataset) -> None:
    shown = DeltaExplorer([stage(), stage(np.zeros(16, int), "first")], dataset)
    assert shown.delta.value == 5 and "2 clusters with 62%" in shown.numbers.value
    assert shown.opened.value.count('class="aacx-part"') == 2  # before; after, in one part
    shown.delta.value = 2
    assert "2 clusters with 62% purity become 3 clusters with 85%" in shown.numbers.value
    assert shown.opened.value.count('class="aacx-part"') == 3
    assert "4 images, 1 person: 4 of A" in shown.opened.value
    assert [name for name, _ in shown.cluster.options] == [
        "1. 7 images, 2 people", "2. 6 images, 2 people"
    ]  # fmt: skip
    shown.cluster.value = (0, 1)
    assert "6 images, 2 people: 4 of A, 2 of B" in shown.opened.value
    shown.stage.value = 1
    assert "1 clusters" not in shown.numbers.value and "1 cluster with" in shown.numbers.value
    assert "16 images, 4 people" in shown.opened.value
    shown.stage.value = 0
    assert shown.delta.value == 2 and "7 images, 2 people" in shown.opened.value


def test_every_move_shows_what_the_page_shows(dataset: ReidDataset) -> None:
    shown = DeltaExplorer([stage()], dataset)
    for delta in DELTAS:
        shown.delta.value = delta
        assert view(stage(), 4, delta) in shown.numbers.value


def test_the_widget_without_clusters(dataset: ReidDataset) -> None:
    shown = DeltaExplorer([stage(), stage(np.full(16, -1), "nothing")], dataset)
    shown.stage.value = 1
    assert "No clusters in this epoch" in shown.opened.value
    assert shown.cluster.options == () and shown.cluster.value is None
    shown.delta.value = 3
    shown.stage.value = 0
    assert "7 images" in shown.opened.value


def test_the_widget_is_displayed_as_one_and_its_controls_are_named(dataset: ReidDataset) -> None:
    shown = DeltaExplorer([stage()], dataset)
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()
    for control in (shown.stage, shown.delta, shown.cluster):
        assert control.description and control in shown.box.children


# The page's words


def found(dataset: ReidDataset) -> Explorable:
    return Explorable([stage()], dataset, note="A note.")


def test_summary_and_limits(dataset: ReidDataset) -> None:
    assert page.summary(found(dataset)) == (
        "AAC, last epoch: δ = 5 makes **2 clusters** of 2, for 4 people, and purity goes from 62% "
        "to **62%**. With δ = 0 there are 3, 1 of them with fewer than 4 images; "
        "with δ = 20 there are 2."
    )
    limits = page.limits(found(dataset))
    assert limits.startswith("The 4 people have 3 different attribute vectors, so some share")
    assert "never parts a person's images within a cluster. What a small δ costs" in limits
    assert "1 of fewer than 4 images with δ = 0, 0 with δ = 20 (AAC, last epoch)." in limits
    assert "No person has more than 6 images, so from δ = 6 on" in limits
    assert page.legend(found(dataset)).endswith("A note.")


def test_sheet_counts_what_stays_mixed(dataset: ReidDataset) -> None:
    shown = page.sheet(found(dataset), 2)
    assert shown.caption.startswith("δ = 2, AAC, last epoch: 1 of 3 clusters hold more than one")
    assert "<svg" in shown.html()


def test_page_without_records_says_what_to_type() -> None:
    nothing = explorable([])
    for shown in (page.explorer(nothing), page.sheet(nothing, 5)):
        assert "make reproduce" in shown._repr_mimebundle_()["text/html"]
    assert "make reproduce" in page.summary(nothing)
    assert page.limits(nothing) == nothing.missing
    assert page.legend(nothing).endswith("dashed for others.")
