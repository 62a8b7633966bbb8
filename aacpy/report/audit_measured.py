"""Evidence of the audit that was measured here: sentences computed from records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aacpy.records import Record, select
from aacpy.report.cells import benchmark_words
from aacpy.report.comparison import RUN_ALL, verdict
from aacpy.report.escaping import markdown_text
from aacpy.report.statistics import mean_interval
from aacpy.report.words import listed

_NOT_RUN = f"Not run yet: `{RUN_ALL}` measures it."


def measured(runs: Sequence[Record]) -> dict[str, str]:
    """Name -> sentence, from the runs of the main comparison."""
    return {name: make(runs) for name, make in _MEASURED.items()}


def control(runs: Sequence[Record]) -> str:
    """Where the attributes-only control falls."""
    return verdict(runs).control or _NOT_RUN


def seed_noise(runs: Sequence[Record]) -> str:
    """How much a method's mAP varies from seed to seed."""
    values = [100 * r.scores["mean_ap"] for r in select(runs, method="baseline")]
    if len(values) < 2:
        return _NOT_RUN
    return (
        f"On {markdown_text(benchmark_words(runs))} the baseline's mAP alone varies with a "
        f"standard deviation of {np.std(values, ddof=1):.1f} points over {len(values)} seeds, "
        "which draw the data too."
    )


def best_epoch(runs: Sequence[Record]) -> str:
    """What picking the best epoch on the test set adds."""
    parts = []
    for method, label in (("baseline", "the baseline"), ("aac", "AAC")):
        extra = [
            100 * (r.best["mean_ap"] - r.scores["mean_ap"]) for r in select(runs, method=method)
        ]
        if extra:
            parts.append(f"{np.mean(extra):.1f} points to {label}'s mAP")
    if not parts:
        return _NOT_RUN
    return f"Picking the best epoch on the test set would add {listed(parts)}, on average."


def early_clusters(runs: Sequence[Record]) -> str:
    """Whether the number of clusters after the split rises at first and falls later."""
    counts = [r.series["clusters"] for r in select(runs, method="aac")]
    if not counts:
        return _NOT_RUN
    mean = np.array(counts, float).mean(axis=0)
    top = int(np.argmax(mean))
    return (
        f"In our runs AAC trains on {mean[0]:.0f} clusters in epoch 0 and {mean[-1]:.0f} in the "
        f"last; the most, {mean[top]:.0f}, are in epoch {top} of {len(mean)}, means over "
        f"{len(counts)} seeds."
    )


def left_out(runs: Sequence[Record]) -> str:
    """Images that DBSCAN leaves without a label."""
    chosen = [r for r in select(runs, method="aac") if r.series["unclustered"]]
    if not chosen:
        return _NOT_RUN
    share = np.mean(
        [[100 * (r.series["unclustered"][at] or 0) / r.dataset["train_images"] for at in (0, -1)]
         for r in chosen], axis=0,
    )  # fmt: skip
    return (
        f"In our runs DBSCAN leaves {share[0]:.0f}% of the images out in epoch 0, "
        f"{share[1]:.0f}% in the last."
    )


def split_quality(runs: Sequence[Record]) -> str:
    """Quality of AAC's clusters before and after the split, last epoch."""
    parts = []
    for name, label in (("purity", "purity"), ("ari", "ARI")):
        pairs = [(r.series[f"{name}_before"][-1], r.series[name][-1])
                 for r in select(runs, method="aac")]  # fmt: skip
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        if known:
            before, after = np.mean(known, axis=0)
            parts.append(f"{label} from {before:.2f} to {after:.2f}")
    return f"In our runs the last epoch's split takes {listed(parts)}." if parts else _NOT_RUN


def convergence(runs: Sequence[Record]) -> str:
    """The epoch in which AAC reaches its baseline's last mAP, same seed."""
    last = {r.seed: r.scores["mean_ap"] for r in select(runs, method="baseline")}
    pairs = [(r, last[r.seed]) for r in select(runs, method="aac") if r.seed in last]
    if not pairs:
        return _NOT_RUN
    reached = [
        next((e for e, v in enumerate(r.series["mean_ap"]) if v is not None and v >= goal), None)
        for r, goal in pairs
    ]
    there = [float(epoch) for epoch in reached if epoch is not None]
    words = f"In our runs AAC reaches its baseline's last mAP on {len(there)} of {len(pairs)} seeds"
    if not there:
        return f"{words}."
    epochs = pairs[0][0].config.epochs
    return f"{words}, in epoch {mean_interval(there).mean:.1f} of 0 to {epochs - 1} on average."


_MEASURED: Mapping[str, Callable[[Sequence[Record]], str]] = {
    make.__name__: make
    for make in (
        control,
        seed_noise,
        best_epoch,
        early_clusters,
        left_out,
        split_quality,
        convergence,
    )
}
