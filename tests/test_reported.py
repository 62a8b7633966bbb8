"""`aacpy/data/reported.json` against a second transcription, and against the paper's own text.

The text is not part of the project: AACPY_PAPER_TEXT names a file with it, as plain text or
Markdown, where there is one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from aacpy.records import SCORES
from aacpy.report.reported import reported, reported_ablation, reported_scores

# Typed from the paper a second time: label, mAP, rank-1, rank-5, rank-10.
TABLE1 = """
LOMO 8.0 27.2 41.6 49.1 | BOW 14.8 35.8 52.4 60.3 | UDML 12.4 34.5 52.6 59.6
DECAMEL 32.4 60.2 76.0 81.1 | TJ-AIDL 26.5 58.2 74.8 81.1 | DBC 41.3 69.2 83.0 87.8
BUC 38.3 66.2 79.6 84.5 | MMCL 45.5 80.3 89.4 92.3 | SpCL 73.1 88.1 95.1 97.0
GCL 66.8 87.3 93.5 95.5 | CAP 79.2 91.4 96.3 97.7 | A2G 71.6 87.4 95.2 97.2
ClusterContrast 82.1 92.3 96.9 97.6 | AAC 86.0 94.3 97.9 98.5
Baseline-upper 87.2 95.0 98.3 99.1
"""
# First epoch, then the scores.
TABLE2 = """
0 84.9 93.6 97.3 98.2 | 5 84.6 93.6 97.4 98.3 | 10 84.2 93.8 97.5 98.2
15 83.2 92.9 96.9 97.8 | 20 83.0 92.6 96.7 97.7 | 25 82.7 92.7 96.7 97.6
30 82.6 92.4 96.6 97.7 | 35 82.2 92.3 96.5 97.5 | 40 82.0 92.3 96.5 97.6
"""
# Delta, then the scores.
TABLE3 = """
4 85.9 94.3 97.9 98.5 | 5 86.0 94.2 97.6 98.4 | 6 85.5 94.1 97.6 98.5
7 85.4 93.7 97.3 98.3 | 8 85.4 93.6 97.3 98.1 | 9 85.7 93.8 97.8 98.7
10 83.0 92.6 96.7 97.7
"""
GAINS = (3.9, 2.0, 0.4, 0.6)
SETTINGS = {
    "USL": "LOMO BOW UDML DECAMEL DBC BUC MMCL SpCL GCL CAP ClusterContrast",
    "weakly": "TJ-AIDL A2G AAC",
    "supervised": "Baseline-upper",
}
AUXILIARY = {
    "attributes": "TJ-AIDL A2G AAC",
    "camera identity": "CAP",
    "identities": "Baseline-upper",
}
PUBLISHED = """
CVPR 2015: LOMO. ICCV 2015: BOW. CVPR 2016: UDML. TPAMI 2018: DECAMEL. CVPR 2018: TJ-AIDL.
BMVC 2019: DBC. AAAI 2019: BUC. CVPR 2020: MMCL. NeurIPS 2020: SpCL. CVPR 2021: GCL. AAAI 2021: CAP.
IEEE Access 2021: A2G. ACCV 2022: ClusterContrast. the paper: AAC, Baseline-upper
"""

Rows = list[tuple[str, tuple[float, ...]]]


def typed(text: str) -> Rows:
    """A compact block as rows of a name and its numbers."""
    rows = [entry.split() for line in text.strip().splitlines() for entry in line.split("|")]
    return [(name, tuple(map(float, numbers))) for name, *numbers in rows]


def kept(table: str, name: str) -> Rows:
    """A table of `reported.json` in the same shape."""
    return [
        (str(row[name]), tuple(row[score] for score in SCORES)) for row in reported()[table]["rows"]
    ]


@pytest.fixture(scope="module")
def paper() -> str:
    path = os.environ.get("AACPY_PAPER_TEXT")
    if not path:
        pytest.skip("AACPY_PAPER_TEXT is not set")
    return re.sub(r"</?b>", "", Path(path).read_text("utf-8"))


def section(paper: str, start: str, end: str) -> str:
    """The text from the first `start` after which `end` follows."""
    return paper[paper.index(start) : paper.index(end, paper.index(start))]


@pytest.mark.parametrize(
    ("table", "name", "text"),
    [("table1", "label", TABLE1), ("table2", "start_epoch", TABLE2), ("table3", "delta", TABLE3)],
)
def test_tables_equal_a_second_transcription(table: str, name: str, text: str) -> None:
    assert kept(table, name) == typed(text)


def test_gains_equal_a_second_transcription() -> None:
    assert tuple(reported()["gains"][score] for score in SCORES) == GAINS


def test_what_else_table1_says_equals_a_second_transcription() -> None:
    rows = {row["label"]: row for row in reported()["table1"]["rows"]}
    assert {n: s for s, names in SETTINGS.items() for n in names.split()} == {
        label: row["setting"] for label, row in rows.items()
    }
    assert {n: a for a, names in AUXILIARY.items() for n in names.split()} == {
        label: row["auxiliary"] for label, row in rows.items() if row["auxiliary"] != "none"
    }
    published = dict(part.strip().split(": ") for part in PUBLISHED.replace("\n", " ").split(". "))
    assert {n.strip(): where for where, names in published.items() for n in names.split(",")} == {
        label: row["reference"] for label, row in rows.items()
    }
    methods = {"ClusterContrast": "baseline", "AAC": "aac", "Baseline-upper": "supervised"}
    assert methods == {label: row["method"] for label, row in rows.items() if row["method"]}


def test_scores_are_per_cent_and_grow_with_the_rank() -> None:
    for table in ("table1", "table2", "table3"):
        for row in reported()[table]["rows"]:
            scores = [row[name] for name in SCORES]
            assert scores == sorted(scores) and scores[0] > 0 and scores[-1] < 100


def test_readers_give_rows_of_the_file() -> None:
    assert reported_scores("attributes") is None
    assert reported_scores("aac") == dict(zip(SCORES, (86.0, 94.3, 97.9, 98.5), strict=True))
    assert list(reported_ablation("table3", "delta")) == [4, 5, 6, 7, 8, 9, 10]


def test_table1_stands_in_the_paper(paper: str) -> None:
    text = section(paper, "Method\tReference", "Baseline-upper\t") + section(
        paper, "Baseline-upper\t", "upper bound. For the left"
    )
    found = []
    for line in text.splitlines():
        cells = line.split("\t")
        numbers = [float(cell) for cell in cells[4:] if re.fullmatch(r"\d+\.\d", cell.strip())]
        if len(numbers) == 4:
            name = re.sub(r"†?\s*\[\d+\]|†", "", cells[0]).strip()
            found.append((name, tuple(numbers)))
    assert found == kept("table1", "label")


@pytest.mark.parametrize(
    ("table", "name", "start", "end"),
    [
        ("table2", "start_epoch", "Start Epoch\t", "**Fig. 8."),
        ("table3", "delta", "$\\delta$\tMarket-1501", "**Discussions"),
    ],
)
def test_ablations_stand_in_the_paper(
    paper: str, table: str, name: str, start: str, end: str
) -> None:
    rows = re.findall(r"^(\d+)\t([\d.\t]+)$", section(paper, start, end), re.MULTILINE)
    found = [(value, tuple(map(float, numbers.split()))) for value, numbers in rows]
    assert found == kept(table, name)


def test_what_the_text_says_stands_in_the_paper(paper: str) -> None:
    gains = re.search(r"surpasses the baseline \[3\] by ([\d.%, and]+)respectively", paper)
    assert gains is not None
    assert tuple(map(float, re.findall(r"\d\.\d", gains[1]))) == GAINS
    clusters = reported()["clusters"]
    text = " ".join(paper.split())
    assert f"into around {clusters['baseline']} clusters" in text
    assert f"with {clusters['identities']} identities in the training set" in text
    assert f"$\\delta={reported()['table2']['delta']}$ in this experiment" in text
