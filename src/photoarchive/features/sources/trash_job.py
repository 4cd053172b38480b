"""The clean-up job: takes what has been in the trash for 30 days out of the catalog, a little at a time."""

from __future__ import annotations

import functools

from photoarchive.catalog.database import Database
from photoarchive.catalog.sources import SourceTable
from photoarchive.catalog.trash import count_files, empty_some, expired_sources
from photoarchive.core.clock import monotonic
from photoarchive.work.job import Budget, JobError, Lane, Progress

BATCH = 500
STEP_SECONDS = 0.5
LOOK_EVERY_S = 600.0


class TrashJob:
    """Deletes rows, never files."""

    name, title, lane, builder = "cleanup", "Clean-up", Lane.CACHE_DISK, True

    def __init__(self, db: Database, sources: SourceTable) -> None:
        self._db, self._sources = db, sources
        self._looked_at = float("-inf")
        self._expired: list[int] = []
        self._pending = self._total = 0

    def pending(self) -> int:
        """Files of expired sources."""
        if monotonic() - self._looked_at > LOOK_EVERY_S:
            self._look()
        return self._pending

    def total(self) -> int:
        """Files of expired sources at the last look."""
        return max(self._total, self._pending)

    def step(self, budget: Budget) -> Progress:
        """Delete some."""
        started, done = monotonic(), 0
        while self._expired and monotonic() - started < STEP_SECONDS:
            went = self._db.write(functools.partial(empty_some, source_id=self._expired[0], limit=BATCH))
            done += went
            if not went:
                self._expired.pop(0)
                self._sources.changed()
        self._pending = max(0, self._pending - done) if self._expired else 0
        return Progress(max(1, done))

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """None: rows can be deleted, or the job says why not."""
        return [], 0

    def _look(self) -> None:
        self._looked_at = monotonic()
        self._expired = expired_sources(self._db)
        # One more for each source: its own row.
        self._pending = self._total = sum(count_files(self._db, source_id) + 1 for source_id in self._expired)
