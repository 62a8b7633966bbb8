"""Files: read up to a bound, and written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import pytest

from aacpy.errors import StorageError
from aacpy.files import read_bounded, write_atomically


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_bounded(path, 4)
    path.write_bytes(b"")
    assert read_bounded(path, 0) == b""


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path / "pipe", "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path, "not a regular file"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(OSError, match=what):
            read_bounded(path, 10)


def test_a_write_is_flushed_before_its_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        order.append("flush folder" if is_folder else f"flush {os.fstat(descriptor).st_size}")
        sync(descriptor)

    def note_replace(self: Path, target: Path) -> Path:
        order.append(f"rename to {target.name}")
        return replace(self, target)

    monkeypatch.setattr("os.fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_atomically(tmp_path / "record.json", b"12345")
    assert order == ["flush 5", "rename to record.json", "flush folder"]


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "Free space"), (errno.EDQUOT, "quota"), (errno.EROFS, "can be written"),
     (errno.EFBIG, "ulimit"), (errno.EIO, "Make it writable")],
)  # fmt: skip
def test_a_write_that_fails_at_any_step_leaves_the_old_file_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, remedy: str
) -> None:
    path = tmp_path / "record.json"
    write_atomically(path, b"old")

    class Failing(io.FileIO):
        def write(self, content: object) -> int:
            raise OSError(number, os.strerror(number))

    def fail(*arguments: object, **settings: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        if step == "write":
            broken.setattr(Path, "open", lambda self, mode: Failing(self, mode))
        elif step == "fsync":
            broken.setattr("os.fsync", fail)
        else:
            broken.setattr(Path, step, fail)
        with pytest.raises(
            StorageError, match=rf"record\.json: cannot be written .*{remedy}.*kept"
        ):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_a_file_system_that_flushes_no_folder_is_one_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr("os.fsync", refuse_folders)
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
