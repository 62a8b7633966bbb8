"""A rendered dataset's manifest and directory, damaged or made by someone else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aacpy.datasets import pedestrians
from aacpy.datasets.renderer.manifest import MANIFEST, RENDERER_VERSION
from aacpy.errors import DatasetError

SMALL = {"identities": 2, "cameras": 2, "cameras_per_identity": 2, "images_per_camera": 1}


def render(root: Path) -> Path:
    return pedestrians.render_pedestrians(root, seed=1, progress=False, **SMALL)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("rendered") / "data")


def version(parameters: str) -> str:
    return f'{{"renderer_version": {RENDERER_VERSION}, "parameters": {parameters}}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "not JSON (nested too deeply). Delete"),
        ("9" * 5000, "not JSON (Exceeds the limit"),
        ('{"a": 1, "a": 2}', "not JSON (the key 'a' stands twice)"),
        ("[1]", "not a JSON object. Delete"),
        ("#" * (2**20 + 1), "cannot be read (larger than 1,048,576 bytes). Delete"),
        ("{}", "rendered by version None of the renderer"),
        ('{"renderer_version": "' + "x" * 9999 + '"}', "rendered by version 'xxx"),
        (version("[]"), "its note of the parameters was changed. Delete it or give another"),
        (version('"seed"'), "its note of the parameters was changed. Delete it or give another"),
        (version("{}"), "= None, not"),
        (version('{"kind": "' + "x" * 9999 + '"}'), "was rendered with kind = 'xxx"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(DatasetError) as raised:
        render(tmp_path)
    said = str(raised.value)
    assert str(tmp_path) in said and message in said
    assert len(said) < 2 * len(str(tmp_path)) + 300


def test_a_manifest_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / MANIFEST)
    with pytest.raises(DatasetError, match=r"cannot be read \(not a regular file\)"):
        render(tmp_path)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path, rendered: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot be used .*Give another directory"):
        render(tmp_path / ("a" * 300))
    state = json.loads((rendered / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(state))
    (tmp_path / "query").write_text("")  # where a folder must be
    with pytest.raises(DatasetError, match=r"query: cannot be used \(File exists\)\. Delete it"):
        render(tmp_path)


def test_an_image_that_is_a_pipe_is_not_waited_for(tmp_path: Path, rendered: Path) -> None:
    state = json.loads((rendered / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(state))
    first = min((rendered / "query").iterdir()).name
    (tmp_path / "query").mkdir()
    os.mkfifo(tmp_path / "query" / first)
    with pytest.raises(DatasetError, match=rf"{first}: cannot be used \(not a regular file\)"):
        render(tmp_path)
