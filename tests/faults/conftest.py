"""The lab of sources, for faults of drives and processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from photoarchive.work.pool import Pool
from source_lab import SourceLab


@pytest.fixture(scope="session")
def source_pool() -> Iterator[Pool]:
    """Two workers for all tests of the session."""
    workers = Pool(2)
    yield workers
    workers.close()


@pytest.fixture
def lab(home: Path, source_pool: Pool) -> Iterator[SourceLab]:
    """An empty catalog with everything that scans."""
    opened = SourceLab(home, source_pool)
    yield opened
    opened.close()
