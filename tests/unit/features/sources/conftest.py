"""A lab for scans: a catalog, a pool of real workers, and a tree of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from photoarchive.work.pool import Pool
from shared_pool import shared_pool
from source_lab import SourceLab


@pytest.fixture(scope="session")
def pool() -> Pool:
    """Two workers for all tests of the session."""
    return shared_pool()


@pytest.fixture
def lab(home: Path, pool: Pool) -> Iterator[SourceLab]:
    """An empty catalog with everything that scans."""
    opened = SourceLab(home, pool)
    yield opened
    opened.close()
