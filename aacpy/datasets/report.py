"""What `aacpy check` found in a directory, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aacpy.datasets.layout import FOLDERS, printable


@dataclass(frozen=True)
class Problem:
    """One thing wrong: `file` relative to the root where it is inside, `what`, and `remedy`."""

    file: str
    what: str
    remedy: str


@dataclass(frozen=True)
class SplitCounts:
    """What one split holds.

    Attributes
    ----------
    files : image files in the folder.
    images : images that are used: names that parse, junk left out, distractors included.
    identities : persons among them; junk and distractors are none.
    cameras : cameras among the images used.
    junk, distractors : images of identity -1 and of identity 0.
    """

    files: int
    images: int
    identities: int
    cameras: int
    junk: int
    distractors: int


#: Counts of the published Market-1501, read off its file lists.
MARKET1501: Mapping[str, SplitCounts] = {
    "train": SplitCounts(12936, 12936, 751, 6, 0, 0),
    "query": SplitCounts(3368, 3368, 750, 6, 0, 0),
    "gallery": SplitCounts(19732, 15913, 750, 6, 3819, 2798),
}


@dataclass
class Report:
    """What a check of `root` found.

    Attributes
    ----------
    root : the directory.
    splits : counts of every split whose folder could be read.
    attributes : identities in each half of the attribute file; None without a readable one.
    problems : everything that keeps the data from being used or makes results wrong.
    notes : what is unusual, yet harmless or wanted.
    """

    root: Path
    splits: dict[str, SplitCounts] = field(default_factory=dict)
    attributes: dict[str, int] | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no problem was found."""
        return not self.problems

    @property
    def usable(self) -> bool:
        """Whether there was anything to check: at least one image file."""
        return any(counts.files for counts in self.splits.values())

    @property
    def like_market1501(self) -> bool:
        """Whether some split has at least half as many image files as Market-1501's."""
        return any(2 * self.splits[s].files >= MARKET1501[s].files for s in self.splits)

    def add(self, file: str, what: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(printable(file), printable(what), remedy))

    def note(self, text: str) -> None:
        """Add a note."""
        self.notes.append(printable(text))

    def differences(self) -> list[str]:
        """How the counts differ from Market-1501's, one phrase a count."""
        found = []
        for split, published in MARKET1501.items():
            if split not in self.splits:
                found.append(f"{split} is missing")
                continue
            counts = asdict(self.splits[split])
            found += [
                f"{split} has {counts[name]:,} {_LABELS[name]}, not {expected:,}"
                for name, expected in asdict(published).items()
                if counts[name] != expected
            ]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return everything found, JSON-ready."""
        return {
            "root": printable(self.root),
            "ok": self.ok,
            "splits": {split: asdict(counts) for split, counts in self.splits.items()},
            "attributes": self.attributes,
            "like_market1501": self.like_market1501,
            "differences": self.differences() if self.like_market1501 else [],
            "problems": [asdict(problem) for problem in self.problems],
            "notes": self.notes,
        }

    def text(self) -> str:
        """Return the report for a terminal: counts, notes, then problems under their remedies."""
        lines = [printable(self.root)]
        if self.splits:
            lines += ["", *_table(self.splits)]
        if self.attributes is not None:
            halves = ", ".join(f"{n:,} {half}" for half, n in self.attributes.items())
            lines += ["", f"Identities in the attribute file: {halves}."]
        if self.like_market1501:
            differences = self.differences()
            verdict = f"differs: {'; '.join(differences)}" if differences else "matches Market-1501"
            lines += ["", f"Beside Market-1501's published counts: {verdict}."]
        if self.notes:
            lines += ["", "Notes", *(f"  {note}" for note in self.notes)]
        return "\n".join([*lines, "", *_problem_lines(self.problems)])


_LABELS: Mapping[str, str] = {
    "files": "files",
    "images": "images used",
    "identities": "identities",
    "cameras": "cameras",
    "junk": "junk",
    "distractors": "distractors",
}


def _table(splits: Mapping[str, SplitCounts]) -> list[str]:
    rows = [["split", "folder", *_LABELS.values()]]
    for split, counts in splits.items():
        numbers = [f"{getattr(counts, name):,}" for name in _LABELS]
        rows.append([split, FOLDERS[split], *numbers])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if position < 2 else cell.rjust(width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _problem_lines(problems: list[Problem]) -> list[str]:
    if not problems:
        return ["No problem found."]
    lines = ["1 problem found." if len(problems) == 1 else f"{len(problems):,} problems found."]
    by_remedy: dict[str, list[Problem]] = {}
    for problem in problems:
        by_remedy.setdefault(problem.remedy, []).append(problem)
    for remedy, group in by_remedy.items():
        lines += ["", *(f"  {problem.file}: {problem.what}" for problem in group)]
        lines.append(f"    Remedy: {remedy}")
    return lines
