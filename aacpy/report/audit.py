"""Evidence of the audit: sentences computed from the paper's numbers, from settings and records.

What ClusterContrast's code and its users say is in `UPSTREAM`, with the places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aacpy.config import Config
from aacpy.records import Record
from aacpy.report.audit_measured import measured
from aacpy.report.claims import paper_conflict
from aacpy.report.comparison import main_runs
from aacpy.report.reported import (
    PAPER_DELTA,
    reported,
    reported_ablation,
    reported_gains,
    reported_table1,
)
from aacpy.report.score_rows import SCORE_LABELS
from aacpy.report.supervision import kept_supervision
from aacpy.report.words import listed

#: ClusterContrast's repository, github.com/alibaba/cluster-contrast-reid: defaults of its training
#: script, the Market-1501 command of its README at first and later (November 2021), and the mAP
#: that users report in the issues named.
UPSTREAM: Mapping[str, float] = {
    "learning_rate": 3.5e-4,
    "epochs": 50,
    "lr_step": 20,
    "eps_before": 0.4,
    "eps_after": 0.6,
    "evaluate_every": 10,
    "one_gpu_issue16": 59.1,
    "four_gpus_issue16": 82.6,
    "one_gpu_issue14": 63.1,
    "average_issue22": 73.6,
    "gem_issue22": 83.6,
    "average_issue23": 80.9,
    "published_issue23": 82.1,
}

#: A log of ClusterContrast's Market-1501 run that its authors gave out, as quoted to us; we have
#: not found it in their repository. Four RTX 2080 Ti, clustering included.
UPSTREAM_LOG: Mapping[str, int] = {
    "gpus": 4,
    "epochs": 50,
    "iterations": 400,
    "batch_size": 256,
    "seconds": 2 * 3600 + 44 * 60,
}


def evidence(records: Iterable[Record]) -> dict[str, str]:
    """Name -> sentence, for the page to place."""
    found = {name: make() for name, make in _REPORTED.items()}
    return found | measured(main_runs(records))


def aac_row() -> str:
    """Which rows of Table 3 Table 1's AAC row is made of."""
    row, rows = reported_table1()["aac"], reported_ablation("table3", "delta")
    parts = []
    for name, label in SCORE_LABELS.items():
        same = [str(delta) for delta, scores in rows.items() if scores[name] == row[name]]
        parts.append(f"{label} {row[name]:.1f} is that of δ = {listed(same)}")
    whole = [delta for delta, scores in rows.items() if scores == row]
    end = "no row of Table 3 has all four" if not whole else f"δ = {whole[0]} has all four"
    return f"Of Table 1's AAC row {listed(parts)} in Table 3; {end}."


def gains() -> str:
    """What the text's gains are differences of."""
    rows, parts = reported_table1(), []
    for name, (stated, gain) in reported_gains().items():
        label = SCORE_LABELS[name]
        if abs(gain - stated) < 0.05:
            continue
        left = rows["supervised"][name] - rows["aac"][name]
        what = f"; {left:.1f} is how far AAC stays below the supervised upper bound"
        parts.append(
            f"{label} is said to gain {stated:.1f}, but Table 1's rows differ by {gain:.1f}"
            + (what if abs(left - stated) < 0.05 else "")
        )
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def late_starts() -> str:
    """Where Table 2 falls below the baseline of Table 1."""
    base, rows = reported_table1()["baseline"], reported_ablation("table2", "start_epoch")
    parts = []
    for name, label in SCORE_LABELS.items():
        below = [str(epoch) for epoch, scores in rows.items() if scores[name] < base[name]]
        if below:
            parts.append(f"{label} (baseline {base[name]:.1f}) from {listed(below)}")
    return f"Started late, AAC falls below Table 1's baseline. First epochs: {'; '.join(parts)}."


def delta_spread() -> str:
    """How far apart Table 3's values are, the disputed row left out."""
    rows = reported_ablation("table3", "delta")
    largest = max(rows)
    kept = {delta: scores["mean_ap"] for delta, scores in rows.items() if delta != largest}
    best, second = sorted(kept, key=lambda delta: -kept[delta])[:2]
    return (
        f"From δ = {min(kept)} to {max(kept)} Table 3's mAP lies between {min(kept.values()):.1f} "
        f"and {max(kept.values()):.1f}; δ = {best} beats δ = {second} by "
        f"{kept[best] - kept[second]:.1f}."
    )


def bold() -> str:
    """A score in Table 3 above the one that Table 1 sets in bold."""
    row, rows = reported_table1()["aac"], reported_ablation("table3", "delta")
    higher = [
        f"δ = {delta} has {label} {scores[name]:.1f}, above the bold {row[name]:.1f}"
        for name, label in SCORE_LABELS.items()
        for delta, scores in rows.items()
        if scores[name] > row[name]
    ]
    return f"In Table 3 {listed(higher)} of Table 1."


def gap_closed() -> str:
    """How much of the way from baseline to upper bound AAC goes."""
    base, ours, top = (reported_table1()[m]["mean_ap"] for m in ("baseline", "aac", "supervised"))
    return (
        f"AAC goes {ours - base:.1f} of the {top - base:.1f} points of mAP from the baseline to "
        f"the supervised upper bound, {100 * (ours - base) / (top - base):.0f}%."
    )


def schedule() -> str:
    """Optimiser settings beside ClusterContrast's."""
    paper = reported()["settings"]
    return (
        f"The paper: learning rate {paper['learning_rate']:g}, {paper['epochs']} epochs, a tenth "
        f"every {paper['lr_step']}. ClusterContrast's code: {UPSTREAM['learning_rate']:g}, "
        f"{UPSTREAM['epochs']:g} epochs, a tenth every {UPSTREAM['lr_step']:g}."
    )


def unstated() -> str:
    """Settings that the paper does not state, with what is used here."""
    paper = Config.preset("paper")
    values = [
        f"{paper.iterations} steps an epoch", f"τ = {paper.temperature:g}",
        f"m = {paper.momentum:g}", f"k1 = {paper.k1}", f"k2 = {paper.k2}",
    ]  # fmt: skip
    return f"The preset `paper` takes ClusterContrast's: {listed(values)}."


def gpus() -> str:
    """What users of ClusterContrast report of one GPU and four."""
    return (
        f"ClusterContrast's issue 16 reports {UPSTREAM['one_gpu_issue16']:.1f} mAP on one GPU and "
        f"{UPSTREAM['four_gpus_issue16']:.1f} on four; in issue 14 somebody gets "
        f"{UPSTREAM['one_gpu_issue14']:.1f} on one. A batch of 256 on four GPUs under "
        "DataParallel is normalised in four parts of 64."
    )


def pooling() -> str:
    """What users of ClusterContrast report of average pooling."""
    return (
        "The paper says global average pooling; ClusterContrast's code uses generalised-mean "
        f"pooling unless told otherwise. Its issue 22 reports {UPSTREAM['average_issue22']:.1f} "
        f"mAP with average pooling and {UPSTREAM['gem_issue22']:.1f} with the default, issue 23 "
        f"{UPSTREAM['average_issue23']:.1f} with average; the paper's baseline has "
        f"{reported_table1()['baseline']['mean_ap']:.1f}."
    )


def dagger() -> str:
    """What ClusterContrast's own paper is said to report, beside the baseline's row."""
    ours, theirs = reported_table1()["baseline"]["mean_ap"], UPSTREAM["published_issue23"]
    same = "the very same" if ours == theirs else "not the same"
    return (
        f"Table 1 gives the baseline {ours:.1f} mAP, marked as tested with the paper's own "
        f"implementation. ClusterContrast's issue 23 quotes {theirs:.1f} from ClusterContrast's "
        f"paper: {same} value, though the schedule differs."
    )


def rivals() -> str:
    """What kind of labels Table 1's other methods get."""
    others = [r for r in reported()["table1"]["rows"] if r["reference"] != "the paper"]
    weakly = [r["label"] for r in others if r["setting"] == "weakly"]
    return (
        f"Of the {len(others)} other methods in Table 1, {len(others) - len(weakly)} learn without "
        f"labels; {listed(weakly)} use attributes."
    )


def radius() -> str:
    """DBSCAN's radius in ClusterContrast's command, before and after."""
    known, paper = reported()["clusters"], reported()["settings"]
    return (
        f"ClusterContrast's command for Market-1501 had eps {UPSTREAM['eps_before']:g} at first "
        f"and {UPSTREAM['eps_after']:g} later; the paper has {paper['eps']:g} and about "
        f"{known['baseline']} clusters for {known['identities']} people."
    )


def small_clusters() -> str:
    """Clusters that the split may make, against a batch's images of one cluster."""
    paper = Config.preset("paper")
    return (
        f"A batch takes {paper.instances} images of each of {paper.identities_per_batch} clusters, "
        f"but with δ = {paper.delta} a new cluster may hold {paper.delta + 1}."
    )


def bits() -> str:
    """How much of the identity the attributes give away."""
    real = kept_supervision()
    chosen = next(row for row in real.deltas if row.delta == PAPER_DELTA)
    return (
        f"Given the attributes, {real.facts.open_bits:.2f} of {real.facts.identity_bits:.2f} bits "
        f"of identity stay open; {real.facts.alone} of {real.facts.identities} people have a "
        f"vector of their own, and {chosen.identities} have more than δ = {PAPER_DELTA} images."
    )


_REPORTED: Mapping[str, Callable[[], str]] = {
    "twin": paper_conflict,
    **{make.__name__: make for make in (
        aac_row, gains, late_starts, delta_spread, bold, gap_closed, schedule, unstated, gpus,
        pooling, dagger, rivals, radius, small_clusters, bits,
    )},
}  # fmt: skip
