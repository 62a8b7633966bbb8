"""The explorer's numbers and its three small charts, as HTML.

What depends on δ is an element
with `data-k`; `frame` says what it shows, so that a page can go from one δ to the next by itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from aacpy.report.delta.story import DELTAS, Clustering, Stage
from aacpy.report.delta.svg import (
    LEFT,
    WIDTH,
    Frame,
    axes,
    dot,
    element,
    ends,
    level,
    marker_line,
    number,
    path,
    svg,
    ticks,
    ticks_delta,
    x_delta,
    y_scale,
)
from aacpy.report.style import INK, METHOD_STYLES

#: Clusters below this size are counted as tiny: DBSCAN wants as many in a neighbourhood
#: (min_samples of either preset).
TINY = 4

_BASELINE, _AAC = METHOD_STYLES["baseline"], METHOD_STYLES["aac"]
_ROWS = ("clusters", f"of fewer than {TINY} images", "purity, %", "ARI", "AMI")


def view(stage: Stage, people: int, index: int) -> str:
    """The table and the charts of a stage, as they are at the δ at `index` of its story."""
    state = frame(stage, people, index)
    charts = (_clusters_chart, _agreement_chart, _sizes_chart)
    drawn = "".join(chart(stage, people, state) for chart in charts)
    return f'<div class="aacx-view">{_table(stage, state)}{drawn}</div>'


def frame(stage: Stage, people: int, index: int) -> Frame:
    """What the elements that depend on δ show."""
    split = stage.story[index]
    x = x_delta(index)
    count, unit = y_scale(_top(stage, people)), y_scale(1.0)
    return {
        **{f"cell{i}": {"text": text} for i, text in enumerate(_cells(split))},
        "head": {"text": f"δ = {split.delta}"},
        "line": {"x1": f"{x:.1f}", "x2": f"{x:.1f}"},
        "count": {"cx": f"{x:.1f}", "cy": f"{count(split.quality.n_clusters):.1f}"},
        "purity": {"cx": f"{x:.1f}", "cy": f"{unit(number(split.quality.purity)):.1f}"},
        "ari": {"cx": f"{x:.1f}", "cy": f"{unit(number(split.quality.ari)):.1f}"},
        "bars": {"d": _steps(_binned(stage, split), stage)},
    }


def sentence(stage: Stage, index: int) -> str:
    """What δ does to a stage's clusters, for a reader who does not see the charts."""
    before, split = stage.before, stage.story[index]
    if split.quality.n_clusters == before.quality.n_clusters:
        return f"δ = {split.delta}: no cluster is split; {_counts(before)}."
    return f"δ = {split.delta}: {_counts(before)} become {_counts(split)}."


def _counts(found: Clustering) -> str:
    n, purity = found.quality.n_clusters, found.quality.purity
    with_purity = "" if math.isnan(purity) else f" with {_percent(purity)}% purity"
    return f"{n} cluster{'' if n == 1 else 's'}{with_purity}"


def _cells(found: Clustering) -> list[str]:
    quality = found.quality
    ari, ami = (
        "–" if math.isnan(v) else f"{v:.2f}".replace("-", "−") for v in (quality.ari, quality.ami)
    )
    return [
        str(quality.n_clusters), str(found.smaller_than(TINY)), _percent(quality.purity), ari, ami
    ]  # fmt: skip


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.0f}"


def _table(stage: Stage, state: Frame) -> str:
    columns = [("no split", _cells(stage.before))]
    if stage.reference is not None:
        columns.insert(0, ("baseline", _cells(stage.reference)))
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in columns)
    head = f"<tr><td></td>{head}{element('th', 'head', state, scope='col')}</tr>"
    rows = [
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cells[i]}</td>" for _, cells in columns)}'
        f"{element('td', f'cell{i}', state)}</tr>"
        for i, name in enumerate(_ROWS)
    ]
    return (
        f'<table class="aacx-numbers"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _clusters_chart(stage: Stage, people: int, state: Frame) -> str:
    top = _top(stage, people)
    y = y_scale(top)
    counts = [float(s.quality.n_clusters) for s in stage.story]
    before = float(stage.before.quality.n_clusters)
    parts = [
        axes("δ, images", "clusters", ticks_delta(), [(v, f"{v:.0f}") for v in ticks(top)], y),
        level(y(before), _BASELINE.color), level(y(people), INK, "2 3"), marker_line(state),
        f'<path d="{path(counts, y)}" fill="none" stroke="{_AAC.color}" stroke-width="2"/>',
        dot("count", state),
        ends([(y(before), "no split", _BASELINE.text), (y(people), "people", INK),
               (y(counts[-1]), "split", _AAC.text)]),
    ]  # fmt: skip
    alt = (
        f"Clusters by δ: {counts[0]:.0f} at δ = {DELTAS[0]}, {counts[-1]:.0f} at "
        f"δ = {DELTAS[-1]}, {before:.0f} without a split; {people} people."
    )
    return svg(parts, alt)


def _agreement_chart(stage: Stage, people: int, state: Frame) -> str:
    y = y_scale(1.0)
    parts = [
        axes("δ, images", "agreement with identities", ticks_delta(),
              [(v / 4, f"{v / 4:g}") for v in range(5)], y),
        marker_line(state),
    ]  # fmt: skip
    labels = []
    for name, label, dash in (("purity", "purity", ""), ("ari", "ARI", "5 3")):
        values = [number(getattr(s.quality, name)) for s in stage.story]
        parts += [
            level(y(number(getattr(stage.before.quality, name))), _BASELINE.color, dash),
            f'<path d="{path(values, y)}" fill="none" stroke="{_AAC.color}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>',
            dot(name, state),
        ]
        labels.append((y(values[-1]), label, _AAC.text))
    first, last = stage.story[0].quality, stage.story[-1].quality
    alt = (
        f"Purity and adjusted Rand index by δ: {number(first.purity):.2f} and "
        f"{number(first.ari):.2f} at δ = {DELTAS[0]}, {number(last.purity):.2f} and "
        f"{number(last.ari):.2f} at δ = {DELTAS[-1]}."
    )
    return svg([*parts, ends(labels)], alt)


def _sizes_chart(stage: Stage, people: int, state: Frame) -> str:
    y, lows = y_scale(_tallest(stage)), _edges(stage)
    marks = [(_x_bin(i, stage), f"{edge}") for i, edge in enumerate(lows[:-2]) if i % 2 == 0]
    marks.append((_x_bin(len(lows) - 1, stage), f"{lows[-1]}+"))
    outline = _steps(_binned(stage, stage.before), stage)
    parts = [
        axes("images in the cluster", "clusters", marks,
              [(v, f"{v:.0f}") for v in ticks(_tallest(stage))], y),
        element("path", "bars", state, fill=_AAC.color, fill_opacity=".25", stroke=_AAC.color,
                 stroke_width="1.6"),
        f'<path d="{outline}" fill="none" stroke="{_BASELINE.color}" stroke-width="1.6"/>',
        f'<text x="{WIDTH - 4}" y="26" text-anchor="end" fill="{_BASELINE.text}">no split</text>',
        f'<text x="{WIDTH - 4}" y="42" text-anchor="end" fill="{_AAC.text}">split</text>',
    ]  # fmt: skip
    largest = len(stage.before.sizes) - 1
    alt = f"Clusters by their size. Without a split the largest holds {largest} images."
    return svg(parts, alt)


def _top(stage: Stage, people: int) -> float:
    most = max(s.quality.n_clusters for s in (stage.before, *stage.story))
    return float(max(most, people, 1)) * 1.04


def _edges(stage: Stage) -> list[int]:
    """Lower ends of the bins of sizes; the last one is open. Tiny clusters have the first."""
    return list(range(0, 12 * TINY, TINY))


def _binned(stage: Stage, found: Clustering) -> list[int]:
    edges = [*_edges(stage), len(found.sizes)]
    return [int(found.sizes[a:b].sum()) for a, b in itertools.pairwise(edges)]


def _tallest(stage: Stage) -> float:
    return max(1.0, *(max(_binned(stage, s)) for s in (stage.before, *stage.story))) * 1.04


def _steps(counts: Sequence[int], stage: Stage) -> str:
    y = y_scale(_tallest(stage))
    steps = "".join(f"V{y(count):.1f}H{_x_bin(i + 1, stage):.1f}" for i, count in enumerate(counts))
    return f"M{_x_bin(0, stage):.1f} {y(0):.1f}{steps}V{y(0):.1f}Z"


def _x_bin(i: int, stage: Stage) -> float:
    return LEFT + i * (WIDTH - LEFT - 14) / len(_edges(stage))
