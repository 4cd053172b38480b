"""A lab for reading metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metadata_lab import MetadataLab
from photoarchive.work.pool import Pool
from shared_pool import shared_pool


@pytest.fixture(scope="session")
def pool() -> Pool:
    """Two workers for all tests of the session."""
    return shared_pool()


@pytest.fixture
def lab(home: Path, pool: Pool) -> Iterator[MetadataLab]:
    """An empty catalog with everything that scans and reads."""
    opened = MetadataLab(home, pool)
    yield opened
    opened.close()
