"""What the page on the supervision shows: words, a table and figures of `Supervision`.

Filled marks are the rendered benchmark, hollow ones Market-1501.
"""

from __future__ import annotations

import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aacpy.report.curves import HALF, label_ends
from aacpy.report.markup import Cell, Table
from aacpy.report.reported import PAPER_DELTA
from aacpy.report.style import (
    GROUND,
    INK,
    JOIN,
    METHOD_STYLES,
    SOFT,
    drawing,
    new_figure,
    plain_axes,
)
from aacpy.report.supervision import Supervision

_LOOK = METHOD_STYLES["attributes"]


def headline(real: Supervision) -> str:
    """What the page says first: how much of an identity the attributes give away."""
    facts = real.facts
    given = facts.identity_bits - facts.open_bits
    strength = "Hardly weak: to know the attributes is nearly to know the person."
    if real.known < 0.75:
        strength = "Weak: the attributes leave much of the identity open."
    return (
        f"**{strength}** Market-1501's {len(real.bits)} attributes, annotated once for each "
        f"identity, give {given:.2f} of the {facts.identity_bits:.2f} bits that say who is in a "
        f"training image: {100 * real.known:.0f}%. {facts.identities} people have {facts.vectors} "
        f"different vectors, and {facts.alone} people share theirs with nobody."
    )


def labels_words(real: Supervision, rendered: Supervision) -> str:
    """How good the bare vectors are as cluster labels."""
    here, there = rendered.labels, real.labels
    return (
        f"Take the bare vectors as cluster labels of all {real.facts.images:,} images, with no "
        f"network and no clustering: {there.n_clusters} clusters, {100 * there.purity:.0f}% of the "
        "images are of their cluster's most frequent person (purity), and the adjusted Rand index "
        f"(ARI) is {there.ari:.2f}. In the rendered benchmark: {here.n_clusters} clusters, "
        f"{100 * here.purity:.0f}%, {here.ari:.2f}."
    )


def delta_words(real: Supervision, rendered: Supervision) -> str:
    """What the paper's δ leaves out, and from which δ on the rendered benchmark notices it."""
    chosen = next(row for row in real.deltas if row.delta == PAPER_DELTA)
    return (
        f"With the paper's δ = {PAPER_DELTA}, {chosen.identities} of Market-1501's "
        f"{real.facts.identities} people have enough images to split off at all; they hold "
        f"{100 * chosen.covered:.0f}% of the images. A rendered person has at least "
        f"{rendered.facts.fewest} images, so no δ below {rendered.facts.fewest} rules anybody out "
        "there: the two benchmarks need not prefer the same δ."
    )


def bits_words(real: Supervision) -> str:
    """Which attribute says most, and what losing one would cost."""
    most = max(real.bits, key=lambda name: real.bits[name].alone)
    dearest = max(real.bits, key=lambda name: real.bits[name].only)
    useless = [name for name, bits in real.bits.items() if bits.only < 5e-4]
    words = (
        f"No attribute says much by itself: the most informative, {most}, gives "
        f"{real.bits[most].alone:.2f} bits. None is indispensable either: leaving out the one "
        f"that is missed most, {dearest}, costs {real.bits[dearest].only:.2f} bits."
    )
    if useless:
        words += f" Leaving out {' or, instead, '.join(useless)} costs nothing."
    return words


def delta_table(real: Supervision, rendered: Supervision) -> Table:
    """Each δ: who can split off, and how good labels from attributes alone are."""
    rows = []
    for place, found in (("Market-1501", real), ("rendered", rendered)):
        for row in found.deltas:
            rows.append(
                [Cell(place), Cell(str(row.delta)), Cell(str(row.identities)),
                 Cell(f"{100 * row.covered:.0f}%"), Cell(str(row.vectors)), Cell(str(row.clusters)),
                 Cell(f"{100 * row.purity:.0f}%"), Cell(f"{row.ari:.2f}")]
            )  # fmt: skip
    return Table(
        name="supervision_by_delta",
        columns=["", "δ", "people", "their images", "vectors", "clusters", "purity", "ARI"],
        rows=rows,
        groups=[0, len(real.deltas)],
        align="l" + "r" * 7,
        emphasis=[i for i, row in enumerate(rows) if row[1].main == str(PAPER_DELTA)],
        notes=[
            "People, vectors: with more than δ images. Clusters, purity, ARI: all images in one "
            "cluster, split by Eq. 4, so that whatever is right comes from the attributes.",
            "This is no upper limit of AAC: a clustering that keeps apart who shares a vector goes "
            "beyond it, and clusters that are right already are left alone, whatever δ is.",
        ],
    )


def sharing_figure(real: Supervision, rendered: Supervision) -> Figure:
    """Share of identities by how many people have their vector."""
    with drawing():
        figure = new_figure(*HALF)
        ax = figure.add_subplot()
        plain_axes(ax, "people with one vector", "share of people, %")
        longest = max(len(real.sharing), len(rendered.sharing))
        for found, shift, filled in ((rendered, -0.19, True), (real, 0.19, False)):
            people = np.zeros(longest)
            people[: len(found.sharing)] = found.sharing
            people *= np.arange(1, longest + 1)
            ax.bar(
                np.arange(1, longest + 1) + shift, 100 * people / people.sum(), 0.34,
                facecolor=INK if filled else GROUND, edgecolor=INK, lw=1,
                label="rendered" if filled else "Market-1501",
            )  # fmt: skip
        ax.set_xticks(range(1, longest + 1))
        ax.legend(frameon=False, loc="upper right", handlelength=1.2)
    return figure


def above_figure(real: Supervision, rendered: Supervision) -> Figure:
    """Share of identities that have more than δ images, a step for each δ."""
    with drawing():
        figure = new_figure(*HALF)
        ax = figure.add_subplot()
        plain_axes(ax, "δ, images", "people with more than δ images, %")
        ends = []
        for found, name, dashes in ((rendered, "rendered", "-"), (real, "Market-1501", "--")):
            at = [row.delta for row in found.deltas]
            share = [100 * row.identities / found.facts.identities for row in found.deltas]
            ax.step(at, share, where="mid", color=INK, lw=1.6, ls=dashes)
            ends.append((share[-1], name, INK))
        _mark_delta(ax)
        ax.set_ylim(0, 106)
        label_ends(ax, ends)
    return figure


def labels_figure(real: Supervision, rendered: Supervision, kind: str = "ari") -> Figure:
    """ARI of the labels that attributes alone make, by δ; with `kind` "clusters", their number."""
    with drawing():
        figure = new_figure(*HALF)
        ax = figure.add_subplot()
        plain_axes(
            ax, "δ, images", "adjusted Rand index" if kind == "ari" else "clusters for 100 people"
        )
        ends = []
        for found, name, filled in ((rendered, "rendered", True), (real, "Market-1501", False)):
            scale = 1 if kind == "ari" else 100 / found.facts.identities
            values = [scale * getattr(row, kind) for row in found.deltas]
            ax.plot(
                [row.delta for row in found.deltas], values, _LOOK.marker, color=_LOOK.color,
                ms=4.5, ls="-" if filled else "--", lw=1.2, mfc=_LOOK.color if filled else GROUND,
                mew=1.2,
            )  # fmt: skip
            ends.append((values[-1], name, _LOOK.text))
        _mark_delta(ax)
        ax.set_ylim(0, 1.06 if kind == "ari" else 106)
        label_ends(ax, ends)
    return figure


def _mark_delta(ax: Axes) -> None:
    """The paper's δ as a line, and whole numbers on the axis."""
    ax.axvline(PAPER_DELTA, color=SOFT, lw=0.8, ls=(0, (1, 2)))
    ax.annotate(
        f"paper: {PAPER_DELTA}", (PAPER_DELTA, 0.03), xycoords=("data", "axes fraction"),
        xytext=(4, 0), textcoords="offset points", color=SOFT,
    )  # fmt: skip
    ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5, integer=True))


def bits_figure(real: Supervision, rendered: Supervision) -> Figure:
    """What each attribute says about the identity: alone, and beyond all the others."""
    names = sorted(real.bits, key=lambda name: -real.bits[name].alone)
    with drawing():
        figure = new_figure(720, 40 + 17 * len(names))
        left, right = figure.subplots(1, 2, sharey=True)
        for ax, kind, title in ((left, "alone", "alone"), (right, "only", "beyond the others")):
            plain_axes(ax, f"{title}, bits", "", grid="x")
            for y, name in enumerate(names):
                here, there = (getattr(found.bits[name], kind) for found in (rendered, real))
                ax.plot([here, there], [y, y], color=JOIN, lw=1.2)
                ax.plot(there, y, "o", mfc=GROUND, mec=INK, mew=1.3, ms=6)
                ax.plot(here, y, "o", color=INK, ms=4)
            ax.tick_params(axis="y", length=0)
            ax.spines["left"].set_visible(False)
            ax.set_xlim(left=-0.02)
        left.set_yticks(range(len(names)), names)
        left.set_ylim(len(names) - 0.4, -0.6)
    return figure
