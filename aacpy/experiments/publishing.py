"""The published records: written whole, with checksums, and with what they say in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from aacpy.config_values import shown
from aacpy.datasets.layout import printable
from aacpy.errors import RecordError
from aacpy.files import read_bounded, write_atomically
from aacpy.records import LARGEST, Record, load_records, reason
from aacpy.report.claims import claims_markdown

CHECKSUMS = "SHA256SUMS"
_LARGEST_LIST = 2**22  # bytes of the checksums, and of the README beside them
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")

#: What stands between these lines of `README.md` is computed from the records.
BEGIN, END = "<!-- computed from the records -->", "<!-- end -->"


def publish(records: Iterable[Record], root: str | Path) -> list[Path]:
    """Write records over the published ones, as `ROOT/PRESET/RUN-NAME.json`; return the paths.

    The checksums are written anew, and so is what `ROOT/README.md` says of the paper's claims.

    Raises
    ------
    RecordError
        If a record's source has no revision or uncommitted changes, so that nobody could trace
        its numbers; nothing is written then.
    """
    records = list(records)
    for record in records:
        if not record.revision or record.revision.endswith("+changes"):
            source = record.revision or "unknown"
            raise RecordError(
                f"{record.name}: made from source that cannot be traced (revision {source}). "
                "Commit, delete the run's directory, run it again, then publish."
            )
    paths = [Path(root) / r.config.preset_name / f"{r.name}.json" for r in records]
    for record, path in zip(records, paths, strict=True):
        record.write(path)
    write_checksums(root)
    write_claims(root)
    return paths


def write_checksums(root: str | Path) -> None:
    """Write `SHA256SUMS` over every record in `root`, as `sha256sum --check` reads it."""
    root = Path(root)
    lines = []
    for path in record_files(root):
        name = path.relative_to(root).as_posix()
        try:
            digest = _digest(path)
        except OSError as error:
            raise RecordError(f"{printable(path)}: cannot be read ({error.strerror})") from error
        if name != printable(name):
            raise RecordError(f"{printable(path)}: a record's name is plain text. Rename it.")
        lines.append(f"{digest}  {name}\n")
    write_atomically(root / CHECKSUMS, "".join(lines).encode())


def changed_files(root: str | Path) -> dict[str, str]:
    """Records in `root` that are not as published: path below `root` -> what is wrong.

    Raises
    ------
    RecordError
        If there are no checksums, or they cannot be read.
    """
    root = Path(root)
    try:
        lines = read_bounded(root / CHECKSUMS, _LARGEST_LIST).decode().split("\n")
        listed = dict(_listed(line) for line in lines if line)
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{printable(root / CHECKSUMS)}: cannot be read ({reason(error)}). It is written when "
            "records are published; restore it from the repository."
        ) from error
    found = {printable(path.relative_to(root).as_posix()): path for path in record_files(root)}
    wrong = {name: "missing" for name in listed if name not in found}
    wrong |= {name: "not listed in the checksums" for name in found if name not in listed}
    for name, path in found.items():
        try:
            if name in listed and _digest(path) != listed[name]:
                wrong[name] = "changed since it was published"
        except OSError as error:
            wrong[name] = f"cannot be read ({error.strerror})"
    return dict(sorted(wrong.items()))


def write_claims(root: str | Path) -> None:
    """Put what the records in `root` say of the paper's claims into its `README.md`, if it asks.

    Raises
    ------
    RecordError
        If a record or the `README.md` cannot be read.
    """
    path = Path(root) / "README.md"
    if not path.exists():
        return
    try:
        text = read_bounded(path, _LARGEST_LIST).decode()
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{printable(path)}: cannot be read ({reason(error)}). Restore it from the repository."
        ) from error
    write_atomically(path, with_claims(text, load_records(root)).encode())


def with_claims(text: str, records: Iterable[Record]) -> str:
    """`text` with the claims, as `records` judge them, between its two marks, if it has them."""
    if BEGIN not in text or END not in text:
        return text
    head, rest = text.split(BEGIN, 1)
    return f"{head}{BEGIN}\n\n{claims_markdown(records)}\n\n{END}{rest.split(END, 1)[1]}"


def record_files(root: Path) -> list[Path]:
    """Every record's file in `root`, sorted."""
    return sorted(root.rglob("*.json"))


def _digest(path: Path) -> str:
    return hashlib.sha256(read_bounded(path, LARGEST)).hexdigest()


def _listed(line: str) -> tuple[str, str]:
    """(name, digest) of a line of the checksums; the name is compared, never opened."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{shown(line)} is no digest and name")
    return printable(match[2]), match[1]
