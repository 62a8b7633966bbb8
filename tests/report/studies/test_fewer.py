"""Fewer attributes: which arm is which, bits from the attribute table, and what is concluded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacpy import figures
from aacpy.config import Config
from aacpy.loading import load_data
from aacpy.records import Record
from aacpy.report.studies import fewer, identity_bits
from aacpy.studies.annotations import columns_used, fold_columns
from aacpy.studies.information import row_entropy
from aacpy.study_settings import ATTRIBUTES

Maker = Callable[..., Record]

BASELINE, ALL = 0.5, 0.7
COUNTS = {2: 0.6, 3: 0.66, 4: 0.69, 6: 0.699}
ALONE = {"up_colour": 0.6, "down_colour": 0.59, "gender": 0.55}
WITHOUT = {"up_colour": 0.65, "down_colour": 0.66, "gender": 0.69}


def invent(
    make: Maker, *, baseline: float = BASELINE, counts: dict[int, float] = COUNTS,
    noise: float = 0.001, seeds: int = 3,
) -> list[Record]:  # fmt: skip
    """Every arm of the study with the given mAP; seeds differ in level, and by `noise` in gaps."""
    cells: list[tuple[dict[str, Any], float]] = [({"method": "baseline"}, baseline), ({}, ALL)]
    cells += [({"attributes_used": f"top{n}"}, score) for n, score in counts.items()]
    cells += [({"attributes_used": name}, score) for name, score in ALONE.items()]
    cells += [({"attributes_used": f"all but {name}"}, score) for name, score in WITHOUT.items()]
    return [
        scored(make, score + 0.05 * seed + noise * ((seed + place) % 3 - 1), seed=seed, **settings)
        for seed in range(seeds)
        for place, (settings, score) in enumerate(cells)
    ]


def scored(make: Maker, mean_ap: float, **settings: Any) -> Record:
    record = make(**settings)
    series = {**record.series, "mean_ap": [*record.series["mean_ap"][:-1], mean_ap]}
    return dataclasses.replace(record, series=series, scores={**record.scores, "mean_ap": mean_ap})


def test_the_table_s_attributes_are_the_rendered_data_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACPY_DATA", str(tmp_path))
    small = {"identities": 5, "cameras": 2, "cameras_per_identity": 2, "images_per_camera": 1}
    original = Config.preset

    def preset(name: str, **settings: Any) -> Config:
        return original(name, **{**small, **settings})

    monkeypatch.setattr(Config, "preset", preset)
    dataset = load_data(Config.preset("pedestrians", seed=3), progress=False)
    people = np.unique(dataset.train.ids, return_index=True, return_counts=True)
    values = fold_columns(dataset.require_attributes(), dataset.attribute_names)
    assert len(set(people[2].tolist())) == 1  # equally many images each
    found = identity_bits.crowd.__wrapped__(3)
    assert np.array_equal(found, values[people[1]])
    assert row_entropy(found) == pytest.approx(row_entropy(values))


def test_bits_are_those_of_the_attributes_that_a_run_used(make_record: Maker) -> None:
    values = identity_bits.crowd(1)
    assert values.shape == (100, 12)
    assert identity_bits.bits(make_record("baseline", 1)) == 0
    assert identity_bits.bits(make_record(seed=1)) == row_entropy(values)
    gender = row_entropy(values[:, [ATTRIBUTES.index("gender")]])
    assert identity_bits.bits(make_record(seed=1, attributes_used="gender")) == gender
    two = identity_bits.bits(make_record(seed=1, attributes_used="top2"))
    assert two == row_entropy(values[:, columns_used(values, "top2")])
    assert 0 < gender < two < row_entropy(values)


def test_the_fewest_with_nine_tenths_of_the_gain_are_named(make_record: Maker) -> None:
    found = fewer.finding(invent(make_record))
    assert found.answer == "Yes"
    assert "The 4 attributes that say most together are the fewest" in found.verdict
    assert "95% of AAC's gain" in found.verdict
    assert "1.0 points below all 12" in found.verdict
    assert "Alone, upper colour gives most: with it AAC is 10.0 points above" in found.verdict
    assert "Missed most is upper colour" in found.verdict
    assert "Bits tell the order of mAP" in found.verdict
    assert found.advice.startswith("annotate the 4 that say most together; ")
    assert "upper colour" in found.advice and "lower colour" in found.advice
    assert found.evidence.endswith("for 4 attributes against all 12")


def test_a_yes_names_a_set_that_is_surely_enough(make_record: Maker) -> None:
    records = invent(make_record, counts={**COUNTS, 4: 0.682})
    wide = {0: 0.72, 1: 0.745, 2: 0.78}  # near all twelve on average, but each seed its own way
    records = [
        scored(make_record, wide[r.seed], seed=r.seed, attributes_used="top3")
        if r.config.attributes_used == "top3" else r
        for r in records
    ]  # fmt: skip
    arms = fewer.fewer_arms(records)
    assert arms.share(arms.by_count[3]) > 0.9
    assert not arms.beyond(arms.by_count[3]).low > 0
    found = fewer.finding(records)
    assert found.answer == "Yes"
    assert "beyond the noise of the seeds" in found.verdict
    assert "The 3 attributes" not in found.verdict


def test_none_is_enough_where_all_fall_short(make_record: Maker) -> None:
    found = fewer.finding(invent(make_record, counts=dict.fromkeys(COUNTS, 0.6)))
    assert found.answer == "No"
    assert (
        "No smaller set that was tried gives 90% of the gain; the largest, the 6" in found.verdict
    )
    assert found.advice.startswith("annotate them all")


def test_a_share_near_nine_tenths_settles_nothing(make_record: Maker) -> None:
    found = fewer.finding(invent(make_record, counts=dict.fromkeys(COUNTS, 0.6801), noise=0.01))
    assert found.answer == "Not settled"
    assert "90% of the gain or more on average" in found.verdict
    assert found.advice.startswith("begin with upper colour")


def test_without_a_gain_there_is_nothing_to_share(make_record: Maker) -> None:
    found = fewer.finding(invent(make_record, baseline=ALL))
    assert found.answer == "Not settled"
    assert "no settled gain of which fewer could give a part" in found.verdict
    assert found.advice == "not settled: with all of them AAC shows no gain"
    cells = fewer.arms_in_numbers(invent(make_record, baseline=ALL + 0.1)).rows
    assert all(row[-1].missing for row in cells)


def test_without_the_runs_it_says_so(make_record: Maker) -> None:
    records = invent(make_record)
    part = [r for r in records if r.config.attributes_used != "top3"]
    for some in ([], part, [r for r in records if r.seed == 0]):
        found = fewer.finding(some)
        assert (found.answer, found.advice, found.evidence) == ("Not run", "not run", "not run")
        assert "make reproduce-studies" in found.verdict


def test_a_share_is_of_the_seeds_that_all_three_have(make_record: Maker) -> None:
    records = invent(make_record, noise=0)
    records.append(scored(make_record, 0.9, method="baseline", seed=7))
    records.append(scored(make_record, 0.95, seed=7))
    arms = fewer.fewer_arms(records)
    assert arms.share(arms.by_count[4]) == pytest.approx(0.95)
    assert arms.share(arms.full) == pytest.approx(1)
    assert arms.beyond(arms.by_count[4]).mean == pytest.approx(1)
    assert arms.beyond(arms.by_count[4]).n == 3


def test_the_table_s_rows(make_record: Maker) -> None:
    table = fewer.arms_in_numbers(invent(make_record, noise=0))
    assert len(table.rows) == 6 + 3 + 3
    first, second = table.rows[0], table.rows[1]
    assert [c.main for c in first[:4]] == ["none (baseline)", "3", "55.0", "−20.0"]
    assert [c.main for c in first[-2:]] == ["0.00", "0%"]
    assert [c.main for c in second[:4]] == ["the 2 that say most", "3", "65.0", "−10.0"]
    assert second[-1].main == "50%"
    assert 0 < float(second[-2].main) < float(table.rows[5][-2].main)


def test_attributes_are_sorted_by_their_bits(make_record: Maker) -> None:
    table = fewer.attributes_table(invent(make_record))
    said = [float(row[1].main) for row in table.rows]
    assert said == sorted(said, reverse=True)
    assert [row[0].main for row in table.rows[:2]] == ["upper colour", "lower colour"]
    assert table.rows[0][2].main == "1"
    assert table.rows[0][3].missing
    assert len(fewer.attributes_table([]).rows) == 12


@pytest.mark.parametrize("draw", [fewer.bits_figure, fewer.which_figure])
def test_figures_draw_all_some_and_no_records(draw: Any, make_record: Maker) -> None:
    records = invent(make_record)
    some = [r for r in records if r.config.attributes_used in ("all", "top2", "gender")]
    for shown in (records, some, [r for r in records if r.seed == 0], records[:2]):
        assert "<svg" in figures.show(draw(shown), alt="x").html()
    assert "make reproduce-studies" in figures.show(draw([]), alt="x").html()
    fewer.arms_in_numbers(some).to_html()
    assert "make reproduce-studies" in fewer.arms_in_numbers([]).to_text()


def test_marks_stand_at_their_bits(make_record: Maker) -> None:
    (ax,) = fewer.bits_figure(invent(make_record, noise=0)).axes
    (line,) = [line for line in ax.lines if line.get_marker() == "o"]
    x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    assert (np.diff(x) > 0).all()
    assert y == pytest.approx([-10, -4, -1, -0.1, 0])


def test_the_gain_is_that_of_every_seed(make_record: Maker) -> None:
    few = invent(make_record, baseline=ALL)
    more = [
        dataclasses.replace(r, config=r.config.replace(seed=r.seed + 10))
        for r in invent(make_record)
        if r.config.attributes_used == "all"
    ]
    assert fewer.fewer_arms(few).gain.n == 3
    assert fewer.fewer_arms([*few, *more]).gain.n == 6
    assert {len(one.runs) for one in fewer.fewer_arms([*few, *more]).every} == {3}
