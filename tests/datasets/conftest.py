"""Fixtures of the dataset tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_market import write_market


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Root of a faultless tiny directory in Market-1501's layout."""
    return write_market(tmp_path / "market")
