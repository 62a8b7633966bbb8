"""`aacpy.report.audit`: sentences of evidence, from the paper's numbers and from records."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from aacpy.files import project_root
from aacpy.records import Record
from aacpy.report import audit, audit_measured
from aacpy.report import reported as reported_module
from aacpy.report.reported import reported

Make = Callable[..., Record]


@pytest.fixture
def other_paper(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The paper's numbers, to be changed by a test."""
    content = copy.deepcopy(reported())
    for module in (audit, reported_module):
        monkeypatch.setattr(module, "reported", lambda: content)
    return content


def test_the_aac_row_is_two_rows() -> None:
    assert audit.aac_row() == (
        "Of Table 1's AAC row mAP 86.0 is that of δ = 5, rank-1 94.3 is that of δ = 4, rank-5 97.9 "
        "is that of δ = 4 and rank-10 98.5 is that of δ = 4 and 6 in Table 3; no row of Table 3 "
        "has all four."
    )


def test_the_aac_row_of_one_run_is_called_so(other_paper: dict[str, Any]) -> None:
    aac = next(r for r in other_paper["table1"]["rows"] if r["method"] == "aac")
    aac |= {k: v for k, v in other_paper["table3"]["rows"][1].items() if k != "delta"}
    assert audit.aac_row().endswith("δ = 5 has all four.")


def test_stated_gains_that_are_distances() -> None:
    words = audit.gains()
    assert words.startswith("Rank-5 is said to gain 0.4, but Table 1's rows differ by 1.0; 0.4 is")
    assert "Rank-10 is said to gain 0.6, but Table 1's rows differ by 0.9; 0.6 is" in words
    assert "mAP" not in words and "ank-1 " not in words


def test_late_starts_below_the_baseline() -> None:
    words = audit.late_starts()
    assert "mAP (baseline 82.1) from 40;" in words
    assert "rank-5 (baseline 96.9) from 20, 25, 30, 35 and 40" in words


def test_spread_leaves_the_disputed_row_out() -> None:
    words = audit.delta_spread()
    assert "between 85.4 and 86.0" in words and "δ = 5 beats δ = 4 by 0.1" in words


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("twin", "84.9 in its Table 2 and 83.0 in its Table 3"),
        ("twin", "Table 2's for a start in epoch 20"),
        ("bold", "δ = 9 has rank-10 98.7, above the bold 98.5"),
        ("gap_closed", "3.9 of the 5.1 points of mAP"),
        ("gap_closed", "76%"),
        ("schedule", "0.00055, 60 epochs, a tenth every 20"),
        ("schedule", "0.00035, 50 epochs"),
        ("unstated", "200 steps an epoch, τ = 0.05, m = 0.1, k1 = 30 and k2 = 6"),
        ("gpus", "59.1 mAP on one GPU and 82.6 on four"),
        ("pooling", "the paper's baseline has 82.1"),
        ("dagger", "the very same value"),
        ("rivals", "Of the 13 other methods in Table 1, 11 learn without labels; TJ-AIDL and A2G"),
        ("radius", "0.4 at first and 0.6 later; the paper has 0.6 and about 500 clusters for 751"),
        ("small_clusters", "16 images of each of 16 clusters, but with δ = 5 a new cluster may"),
        ("bits", "0.76 of 9.30 bits"),
        ("bits", "693 have more than δ = 5 images"),
    ],
)
def test_evidence_from_the_paper_and_settings(name: str, part: str) -> None:
    assert part in audit.evidence([])[name]


def test_without_records_every_measured_sentence_says_how_to_run() -> None:
    measured = audit_measured.measured([])
    assert all("`make reproduce` measures it" in words for words in measured.values())


def test_measured_sentences(make_record: Make) -> None:
    runs = [make_record(method, seed) for method in ("baseline", "aac") for seed in (0, 1)]
    words = audit.evidence(runs)
    # the fixture's mAP is the same on every seed and rises to its end
    assert "standard deviation of 0.0 points over 2 seeds" in words["seed_noise"]
    assert "0.0 points to the baseline's mAP and 0.0 points to AAC's" in words["best_epoch"]
    assert "purity from 0.60 to 0.70 and ARI from 0.60 to 0.70" in words["split_quality"]
    assert "on 2 of 2 seeds, in epoch 11.0 of 0 to 11" in words["convergence"]
    mean = [sum(c) / 2 for c in zip(*(r.series["clusters"] for r in runs[2:]), strict=True)]
    assert f"{mean[0]:.0f} clusters in epoch 0 and {mean[-1]:.0f}" in words["early_clusters"]
    assert f"epoch {mean.index(max(mean))} of 12" in words["early_clusters"]
    share = [
        sum(r.series["unclustered"][at] for r in runs[2:]) / 24 for at in (0, -1)
    ]  # of 1200 images, 2 runs
    assert (
        f"leaves {share[0]:.0f}% of the images out in epoch 0, {share[1]:.0f}%" in words["left_out"]
    )


def test_one_method_alone_is_no_comparison(make_record: Make) -> None:
    words = audit.evidence([make_record("aac", 0)])
    assert "Not run" in words["seed_noise"] and "Not run" in words["convergence"]
    assert words["best_epoch"].endswith("would add 0.0 points to AAC's mAP, on average.")


def test_aac_that_never_reaches_its_baseline(make_record: Make) -> None:
    slow, goal = make_record("aac", 0), make_record("baseline", 0)
    slow.series["mean_ap"][:] = [0.1] * slow.config.epochs
    assert audit_measured.convergence([slow, goal]) == (
        "In our runs AAC reaches its baseline's last mAP on 0 of 1 seeds."
    )


def test_the_page_places_every_sentence_once_and_no_other() -> None:
    page = (project_root() / "book" / "audit.md").read_text("utf-8")
    placed = re.findall(r"\{glue:md\}`(\w+)`", page)
    assert sorted(placed) == sorted(audit.evidence([]))


def test_findings_are_numbered_in_order_and_say_all_three() -> None:
    page = (project_root() / "book" / "audit.md").read_text("utf-8")
    findings = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    assert [int(f.split(".")[0]) for f in findings] == list(range(1, len(findings) + 1))
    for finding in findings:
        for lead in ("**Evidence.**", "**Consequence.**", "**What we do.**"):
            assert finding.count(lead) == 1
