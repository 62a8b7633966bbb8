"""Fixtures of the tests of experiments."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for runs and data."""
    monkeypatch.setenv("AACPY_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("AACPY_DATA", str(tmp_path / "data"))
    return tmp_path
