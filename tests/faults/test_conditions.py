"""Full and read-only disks, company, cut files and a jumping clock, in short."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from aacpy.config import Config
from aacpy.records import Record
from faults import damage, storage
from faults.conditions import CONDITIONS
from faults.ends import equal, refused
from faults.kills import Undisturbed, run_undisturbed
from faults.sandbox import Sandbox

SHORT = {
    **CONDITIONS,
    "full disk": functools.partial(storage.full_disk, every=3),
    "full disk of data": functools.partial(storage.full_data_disk, every=2),
    "cut checkpoint": functools.partial(damage.cut_checkpoint, most=200, resumed=2),
    "cut record": functools.partial(damage.cut_record, most=200),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Undisturbed]:
    """A run on a small rendered benchmark, and its config."""
    config = Config.preset(
        "pedestrians", identities=6, images_per_camera=2, height=32, width=16, epochs=4,
        iterations=4, batch_size=16, instances=4, k1=6, k2=2, delta=1, warmup_batches=2,
    )  # fmt: skip
    return config, run_undisturbed(config, tmp_path_factory.mktemp("undisturbed"), anew=False)


@pytest.mark.parametrize("name", SHORT)
def test_a_run_goes_on_or_says_what_to_do(
    name: str, undisturbed: tuple[Config, Undisturbed], tmp_path: Path
) -> None:
    config, ours = undisturbed
    sandbox = Sandbox(tmp_path, config, ours.data, anew=False)
    before = sandbox.surroundings()
    try:
        tried = list(SHORT[name](sandbox, ours.record))
    except storage.NotHereError as error:
        pytest.skip(str(error))
    assert tried
    assert [(what, problem) for what, problem in tried if problem] == []
    assert sandbox.surroundings() == before


@pytest.mark.parametrize(
    ("status", "said", "wrong"),
    [
        (2, "error: PLACE: cannot be written. Free space there.", ""),
        (1, "error: PLACE: cannot be written. Free space there.", "status 1"),
        (2, "error: PLACE: cannot be written.", "no remedy"),
        (2, "Traceback ...\nerror: Free space", "status 2"),
        (2, "Free space", "status 2"),
        (0, "", "status 0"),
    ],
)
def test_an_error_without_a_remedy_is_a_problem(status: int, said: str, wrong: str) -> None:
    found = refused(status, said, "Free space")
    assert found.startswith(wrong) if wrong else found == ""
    assert refused(0, "", "Free space", allow_success=True) == ""


def test_a_record_that_differs_or_is_missing_is_a_problem(tmp_path: Path, make_record: Any) -> None:
    record: Record = make_record()
    sandbox = Sandbox(tmp_path, record.config, tmp_path)
    assert "cannot be read" in equal(sandbox, record)
    record.write(sandbox.run / "record.json")
    assert equal(sandbox, record) == ""
    assert equal(sandbox, make_record(seed=1)).startswith("the record differs: config")
