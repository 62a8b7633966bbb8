"""`python -m aacpy results`: tables from records; fresh records beside published ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from aacpy.datasets.layout import printable
from aacpy.experiments.grids import TABLE_NAMES
from aacpy.files import results_root, runs_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the arguments of `aacpy results`."""
    parser.description = "Print tables from records, mean and 95% interval over seeds."
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        help="folder of records (default: results/, the published ones)",
    )
    parser.add_argument(
        "--table",
        metavar="NAME",
        dest="names",
        nargs="+",
        choices=TABLE_NAMES,
        default=["table1"],
        help=f"which tables, of {', '.join(TABLE_NAMES)} (default: table1)",
    )
    parser.add_argument("--csv", action="store_true", help="print the tables as CSV")
    parser.add_argument(
        "--compare",
        metavar=("FRESH", "PUBLISHED"),
        type=Path,
        nargs=2,
        help="compare two folders of records, run by run",
    )
    parser.add_argument(
        "--publish",
        metavar="TO",
        type=Path,
        help="copy FOLDER's records over the published ones in TO",
    )


def main(values: argparse.Namespace) -> int:
    """Run `aacpy results` on parsed arguments; return the exit status."""
    from aacpy.experiments.publishing import publish
    from aacpy.experiments.reproduction import compare_records
    from aacpy.records import load_records

    if values.compare is not None:
        fresh, published = values.compare
        print(compare_records(_records(fresh), load_records(published)))
        return 0
    folder = results_root() if values.folder is None else values.folder
    records = _records(folder)
    if values.publish is not None:
        for path in publish(records, values.publish):
            print(printable(path))
        return 0

    from aacpy.tables import TABLES

    tables = [TABLES[name](records) for name in values.names]
    print("\n".join(table.to_csv() if values.csv else table.to_text() for table in tables), end="")
    return 0


def _records(folder: Path) -> list[Any]:
    """The records in `folder`; an error that says how to make some where there is none."""
    from aacpy.errors import RecordError
    from aacpy.records import load_records

    records = load_records(folder)
    if not records:
        raise RecordError(
            f"{printable(folder)}: holds no record. `make reproduce` runs the experiments and "
            f"leaves their records in {printable(runs_root())}."
        )
    return records
