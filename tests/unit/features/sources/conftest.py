"""A lab for scans: a catalog, a pool of real workers, and a tree of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from photoarchive.work.pool import Pool
from source_lab import SourceLab


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Two workers for all tests of the session."""
    workers = Pool(2)
    yield workers
    workers.close()


@pytest.fixture
def lab(home: Path, pool: Pool) -> Iterator[SourceLab]:
    """An empty catalog with everything that scans."""
    opened = SourceLab(home, pool)
    yield opened
    opened.close()
