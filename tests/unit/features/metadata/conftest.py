"""A lab for reading metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metadata_lab import MetadataLab
from photoarchive.work.pool import Pool


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Two workers for all tests of the session."""
    workers = Pool(2)
    yield workers
    workers.close()


@pytest.fixture
def lab(home: Path, pool: Pool) -> Iterator[MetadataLab]:
    """An empty catalog with everything that scans and reads."""
    opened = MetadataLab(home, pool)
    yield opened
    opened.close()
