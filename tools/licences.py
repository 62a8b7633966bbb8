"""Write LICENCES.md from the metadata of what is installed: python -m tools.licences.

It lists the direct requirements, counts what else is installed by licence, and keeps the section
on what the built book carries, which is written by hand. Needs Python 3.11 or later, where every
direct requirement is installed.
"""

from __future__ import annotations

import platform
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions

from tools.requirements import ROOT, direct

PAGE = ROOT / "LICENCES.md"
BY_HAND = "## What the built book carries"
UNKNOWN = "unknown"
NVIDIA = "proprietary (NVIDIA)"
#: Labels under which packages name their address, the best first.
HOMEPAGES = ("homepage", "repository", "source", "github")

#: How packages begin to say it in words of their own, and the licence's name in SPDX's.
NAMES = (
    (r"MPL-2\.0 AND MIT", "MPL-2.0 AND MIT"),
    (r"(the )?MIT(?!-)|Expat", "MIT"),
    (r"Apache", "Apache-2.0"),
    (r"BSD[ -]2", "BSD-2-Clause"),
    (r"BSD[ -]3", "BSD-3-Clause"),
    (r"BSD", "BSD"),
    (r"ISC", "ISC"),
    (r"MPL|Mozilla", "MPL-2.0"),
    (r"PSF|Python Software Foundation", "PSF-2.0"),
    (r"Public Domain", "public domain"),
    (r"GNU|GPL", "GPL"),
    (r"(LicenseRef-)?NVIDIA", NVIDIA),
)


def named(text: str) -> str | None:
    """The licence that a text's beginning names, or None."""
    text = text.strip()
    return next((name for pattern, name in NAMES if re.match(pattern, text, re.IGNORECASE)), None)


def licence(package: Distribution) -> str:
    """A package's licence: its SPDX expression, else its field, classifiers or file, in this order.

    "A or B" where classifiers name several, "unknown" where nothing names one.
    """
    metadata = package.metadata
    expression = metadata["License-Expression"]
    if expression:
        return str(NVIDIA if expression.startswith("LicenseRef-NVIDIA") else expression)
    classifiers = [
        named(classifier.rpartition(" :: ")[2])
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("License :: ")
    ]
    files = [
        named(file.read_text())
        for file in package.files or []
        if re.match(r"LICEN[CS]E", file.name) and ".dist-info" in str(file)
    ]
    several = " or ".join(filter(None, classifiers))
    return named(metadata["License"] or "") or several or next(filter(None, files), UNKNOWN)


def homepage(package: Distribution) -> str | None:
    """Where a package lives: its homepage, else its repository; None where it states neither."""
    entries = [entry.partition(", ") for entry in package.metadata.get_all("Project-URL") or []]
    urls = {label.lower(): url for label, _, url in entries}
    stated = (package.metadata["Home-page"], *map(urls.get, HOMEPAGES))
    return next(filter(None, stated), None)


def linked(name: str, package: Distribution) -> str:
    """A package's name in Markdown, linked to where it lives."""
    address = homepage(package)
    return f"[{name}]({address})" if address else name


def normal(name: str) -> str:
    """A distribution's name as PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(by_hand: str) -> str:
    """The text of LICENCES.md: what is generated, then what is written by hand."""
    topics = {requirement.name: requirement.topic for requirement in direct()}
    packages = {name: distribution(name) for name in topics}
    required = table(
        ("package", "licence", "what for"),
        ((linked(name, package), licence(package), topics[name].lower())
         for name, package in packages.items()),
    )  # fmt: skip
    ours = {normal(name) for name in (*topics, "aacpy", "pip")}
    others = {normal(p.name): p for p in distributions() if normal(p.name) not in ours}
    counts = Counter(map(licence, others.values()))
    silent = sorted(package.name for package in others.values() if licence(package) == UNKNOWN)
    counted = table(
        ("licence", "packages"),
        ((name, str(count)) for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))),
    )
    said = f"Without a stated licence: {', '.join(silent)}." if silent else "Each states its own."
    python = ".".join(platform.python_version_tuple()[:2])
    parts = (
        "# Licences of what this project uses",
        "The project's own source is under BSD-3-Clause, see [LICENSE](LICENSE). It contains none "
        "of the packages below: `make` fetches them from PyPI, each under its own licence. "
        "`make licences` writes the first two tables anew from the packages' metadata.",
        "## Direct requirements",
        required,
        "## What these require in turn",
        f"{len(others)} packages on {platform.system()} with Python {python}. NVIDIA's come with "
        f"torch's default build. {said}",
        counted,
        by_hand,
    )
    return "\n\n".join(parts)


if __name__ == "__main__":
    _, heading, section = PAGE.read_text("utf-8").partition(BY_HAND)
    try:
        PAGE.write_text(page(heading + section), "utf-8")
    except PackageNotFoundError as error:
        sys.exit(f"error: {error.name} is not installed; make licences needs Python 3.11 or later")
