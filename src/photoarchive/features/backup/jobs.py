"""The daily backup, as a job: due once a day, made when nothing else presses."""

from __future__ import annotations

from collections.abc import Callable

from photoarchive.catalog.backups import Backups
from photoarchive.core import clock
from photoarchive.work.job import Budget, JobError, Lane, Progress

AFTER_START_SECONDS = 300.0       # the first minutes after a start belong to the user


class DailyBackupJob:
    """Makes one backup a day of a catalog that holds something. has_content: whether it does."""

    name = "backup"
    title = "Daily backup"
    lane = Lane.CACHE_DISK
    builder = False         # it guards what the user did: the work mode Browse must not stop it for weeks

    def __init__(self, backups: Backups, has_content: Callable[[], bool]) -> None:
        self._backups, self._has_content = backups, has_content
        self._due_at = clock.monotonic() + max(AFTER_START_SECONDS, backups.due_in())

    def pending(self) -> int:
        """1 when a backup is due."""
        return int(clock.monotonic() >= self._due_at and self._has_content())

    def total(self) -> int:
        """One a day."""
        return 1

    def step(self, budget: Budget) -> Progress:
        """Make it, unless one was made by hand meanwhile."""
        if self._backups.due_in() <= 0:
            self._backups.make("daily")
        self._due_at = clock.monotonic() + self._backups.due_in()
        return Progress(done=1)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """A failed backup shows on the job itself and is tried again."""
        return [], 0
