"""Runs reading tasks of one source in the pool, never more at once than its disk bears, and tells dead drives from
broken files."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import PhotoArchiveError, Unavailable
from photoarchive.work.pool import Pool, TaskTimedOut

POLL_S = 0.05       # how long a step waits for the disk before it looks whether somebody cancelled

T = TypeVar("T")
Steps = Generator[None, None, T]        # work in slices: yields while it waits, returns its result


class DriveAway(Exception):
    """The drive of the source is gone: the scan waits until it is back."""


class DiskTasks:
    """Tasks that read one source."""

    def __init__(self, pool: Pool, sources: SourceTable, source_id: int) -> None:
        self._pool, self._sources, self.source_id = pool, sources, source_id
        self.readers = sources.readers(source_id)
        self._device = sources.device_of(source_id)
        self._running: set[Future[Any]] = set()
        self._writing: set[Future[Any]] = set()

    @property
    def free(self) -> int:
        """How many more tasks the disk bears now."""
        return self.readers - len(self._running)

    def submit(self, function: Callable[..., T], *arguments: Any, timeout: float) -> Future[T]:
        """Start a task; the caller has looked at `free`."""
        future = self._pool.submit(function, *arguments, timeout=timeout, device=self._device)
        self._running.add(future)
        return future

    def collect(self) -> None:
        """Make room for what has ended; waits a moment if nothing has."""
        if self._running or self._writing:
            done = wait(self._running | self._writing, POLL_S, FIRST_COMPLETED).done
            self._running -= done
            self._writing -= done

    def finish(self, writing: Future[T]) -> Steps[T]:
        """The result of a transaction that was submitted; tasks go on reading meanwhile."""
        self._writing.add(writing)
        while not writing.done():
            self.collect()
            yield
        return writing.result()

    def run(self, function: Callable[..., T], *arguments: Any, timeout: float) -> Steps[T]:
        """One task and its result. Raises what the task raised, DriveAway for a dead drive."""
        while self.free <= 0:
            self.collect()
            yield
        future = self.submit(function, *arguments, timeout=timeout)
        while not future.done():
            self.collect()
            yield
        return self.result_of(future)

    def result_of(self, future: Future[T]) -> T:
        """The result of an ended task. Raises DriveAway if the drive is gone, else what the task raised."""
        try:
            return future.result()
        except Unavailable as error:
            if error.details.get("offline"):
                self.look_after(error)
            raise
        except TaskTimedOut as error:
            self.look_after(error)      # a file that takes for ever, or a drive that died without a word?
            raise

    def look_after(self, error: PhotoArchiveError | str) -> None:
        """The drive did not answer. Raises DriveAway if it is gone; returns if the trouble is only the file's."""
        reason = error if isinstance(error, str) else error.sentence
        if self._sources.report_trouble(self.source_id):
            raise DriveAway(reason)

    def cancel(self) -> None:
        """Drop the tasks that have not started."""
        for future in self._running:
            future.cancel()
        self._running.clear()
