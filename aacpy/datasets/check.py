"""`python -m aacpy check ROOT`: find everything that is wrong with a Market-1501 directory.

Where `load_market1501` stops at the first fault, this goes on, decodes every image, and says for
each fault which file it is in and what to do about it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from aacpy.datasets.consistency import check_attributes, check_overlap, check_queries
from aacpy.datasets.integrity import ImageFacts, inspect_image
from aacpy.datasets.layout import (
    ATTRIBUTE_FILE,
    DISTRACTOR,
    DISTRACTOR_FAULT,
    FOLDERS,
    JUNK,
    NAME_FAULT,
    NO_FILE_FAULT,
    UNREADABLE,
    Fault,
    ImageName,
    expanded,
    is_folder,
    layout_remedy,
    list_images,
    match_name,
)
from aacpy.datasets.report import MARKET1501, Problem, Report, SplitCounts

__all__ = ["Problem", "Report", "SplitCounts", "check_market1501", "configure", "main"]

#: File name -> what it says, None where it does not parse.
_Names = Mapping[str, ImageName | None]


def check_market1501(
    root: str | Path, attributes: str | Path | None = None, *, progress: bool = True
) -> Report:
    """Check a directory in Market-1501's layout, every image and attribute included.

    Parameters
    ----------
    root, attributes : as for `load_market1501`.
    progress : show a progress bar on a terminal while images are decoded.

    Returns
    -------
    Report : counts, problems and notes. Faults of the data never raise.
    """
    root = expanded(root)
    report = Report(root)
    if not is_folder(root):
        report.add(str(root), "no such directory", layout_remedy(root))
        return report
    listed = {split: names for split in FOLDERS if (names := _check_folder(report, split))}
    _check_images(report, listed, progress)
    persons = {split: _persons(split, listed.get(split, {})) for split in FOLDERS}
    check_overlap(report, persons)
    check_queries(report, persons)
    check_attributes(report, persons, attributes)
    if report.like_market1501:
        for split, counts in report.splits.items():
            if counts.files < MARKET1501[split].files:
                report.add(
                    FOLDERS[split],
                    f"{counts.files:,} image files; Market-1501 has {MARKET1501[split].files:,}",
                    "Unpack or copy the folder again, unless it is meant to be a part.",
                )
    return report


def _check_folder(report: Report, split: str) -> _Names:
    folder = report.root / FOLDERS[split]
    if not is_folder(folder):
        report.add(folder.name, "the folder is missing", layout_remedy(report.root))
        return {}
    try:
        listing = list_images(folder)
    except OSError:
        report.add(folder.name, *UNREADABLE)
        return {}
    names = {name: match_name(name) for name in listing.images}
    counts = report.splits[split] = _count(names)
    if not counts.images:
        report.add(folder.name, "no images that can be used", layout_remedy(report.root))
    for name in listing.no_files:
        report.add(f"{folder.name}/{name}", *NO_FILE_FAULT)
    for name, parsed in names.items():
        if parsed is None:
            report.add(f"{folder.name}/{name}", *NAME_FAULT)
        elif parsed.identity == DISTRACTOR and split != "gallery":
            report.add(f"{folder.name}/{name}", *DISTRACTOR_FAULT)
    if counts.junk and split != "gallery":
        report.note(f"{folder.name}: {counts.junk:,} junk images are left out.")
    if listing.others:
        shown = ", ".join(listing.others[:3])
        report.note(
            f"{folder.name}: {len(listing.others):,} entries that are no images are passed over "
            f"({shown}{', ...' if len(listing.others) > 3 else ''})."
        )
    return names


def _count(names: _Names) -> SplitCounts:
    parsed = [p for p in names.values() if p is not None]
    used = [p for p in parsed if p.identity != JUNK]
    return SplitCounts(
        files=len(names),
        images=len(used),
        identities=len({p.identity for p in used} - {DISTRACTOR}),
        cameras=len({p.camera for p in used}),
        junk=len(parsed) - len(used),
        distractors=sum(p.identity == DISTRACTOR for p in used),
    )


def _persons(split: str, names: _Names) -> dict[str, ImageName]:
    """The images that show an identity, no junk or distractor, by their path inside the root."""
    return {
        f"{FOLDERS[split]}/{name}": parsed
        for name, parsed in names.items()
        if parsed is not None and parsed.identity not in (JUNK, DISTRACTOR)
    }


def _check_images(report: Report, listed: Mapping[str, _Names], progress: bool) -> None:
    total = sum(len(names) for names in listed.values())
    # disable=None: a bar on a terminal, nothing in a log.
    with tqdm(
        total=total, desc="decoding", unit=" images", disable=None if progress else True
    ) as bar:
        for split, names in listed.items():
            facts = {}
            for name in names:
                found = inspect_image(report.root / FOLDERS[split] / name)
                if isinstance(found, Fault):
                    report.add(f"{FOLDERS[split]}/{name}", *found)
                else:
                    facts[name] = found
                bar.update()
            _note_oddities(report, FOLDERS[split], facts)


def _note_oddities(report: Report, folder: str, facts: Mapping[str, ImageFacts]) -> None:
    """Note images of another mode than RGB, and those of another size than most."""
    modes = Counter(fact.mode for fact in facts.values() if fact.mode != "RGB")
    if modes:
        example = next(name for name, fact in facts.items() if fact.mode != "RGB")
        kinds = ", ".join(f"{count:,} {mode}" for mode, count in sorted(modes.items()))
        report.note(f"{folder}: not all images are RGB ({kinds}, such as {example}).")
    sizes = Counter((fact.width, fact.height) for fact in facts.values())
    if len(sizes) > 1:
        (width, height), count = sizes.most_common(1)[0]
        name, odd = next((n, f) for n, f in facts.items() if f[1:] != (width, height))
        report.note(
            f"{folder}: images differ in size ({count:,} of {len(facts):,} are {width} x {height} "
            f"pixels; {name} is {odd.width} x {odd.height})."
        )


def configure(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the arguments of `aacpy check`."""
    parser.description = "Check a directory in Market-1501's layout, every image included."
    parser.epilog = "Exit status: 0 no problem, 1 problems, 2 no image to check in ROOT."
    parser.add_argument(
        "root",
        metavar="ROOT",
        type=Path,
        help=f"directory that holds {', '.join(FOLDERS.values())}",
    )
    parser.add_argument(
        "--attributes",
        metavar="FILE",
        type=Path,
        help=f"attribute file (default: ROOT/{ATTRIBUTE_FILE}, if it is there)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def main(args: argparse.Namespace) -> int:
    """Run `aacpy check` on parsed arguments; return the exit status."""
    report = check_market1501(args.root, args.attributes)
    text = json.dumps(report.to_dict(), indent=2) if args.json else report.text()
    # A file name may hold letters that the terminal's encoding lacks.
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
    if not report.usable:
        return 2
    return 0 if report.ok else 1
