"""The scan job: works off the queue of scans, one source after the other, in slices of under a second."""

from __future__ import annotations

import logging
import threading

import msgspec

from photoarchive.catalog.scans import Scan, ScanCounts, Scans
from photoarchive.catalog.sources import SOURCES_CHANGED
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.core.events import Bus, Event
from photoarchive.features.sources.disk_tasks import DriveAway
from photoarchive.features.sources.questions import Asks
from photoarchive.features.sources.scan_run import Cancelled, ScanRun, ScanTools
from photoarchive.work.job import Budget, JobError, Lane, Progress

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.7
SCAN = "scan"               # event: what GET /api/scan/status answers has changed
PHOTOS_ADDED = "catalog.photos"


class ScanStatus(msgspec.Struct, frozen=True):
    """How the running scan stands, or how the last one ended."""

    scanning: bool
    source_id: int | None
    counts: ScanCounts
    unread: int
    expected: int
    done: bool
    error: str | None


class ScanJob:
    """Confirms known files and finds new, moved, changed and missing ones."""

    name, title, lane, builder = "scan", "Scan", Lane.SOURCE_DISK, False

    def __init__(self, tools: ScanTools, scans: Scans, bus: Bus) -> None:
        self._tools, self._scans, self._bus = tools, scans, bus
        self._lock = threading.Lock()           # guards _run and _last against the request threads
        self._run: ScanRun | None = None
        self._last = ScanStatus(False, None, ScanCounts(), 0, 0, False, None)

    # ------------------------------------------------------------------ the job

    def pending(self) -> int:
        """Files to look at, as far as known. Scans that wait for their drive do not count."""
        run = self._run
        waiting = sum(1 for scan in self.ready() if run is None or scan.id != run.scan.id)
        return waiting + (run.backlog if run else 0)

    def total(self) -> int:
        """Files looked at and to look at; after a scan what it found."""
        run = self._run
        return self.pending() + (run.counts.found if run else self._last.counts.found)

    def step(self, budget: Budget) -> Progress:
        """Continue the running scan, or start the next one."""
        run = self._run or self._start_next()
        if run is None:
            return Progress(0, reason="waiting: the drive is not connected" if self._scans.waiting() else "")
        found, new = run.counts.found, run.counts.new
        try:
            finished = run.advance(SLICE_SECONDS)
        except Exception as error:              # noqa: BLE001 – every way a scan can end is recorded on it
            self._end_early(run, error)
        else:
            if finished:
                self._complete(run)
        if run.counts.new > new:
            self._bus.publish(Event(PHOTOS_ADDED, {"added": run.counts.new - new}))
        self._bus.publish(Event(SCAN))
        return Progress(max(1, run.counts.found - found))

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Folders and side files that cannot be read; photos are told by the job that reads them."""
        rows, total = self._scans.walk_errors(limit, offset)
        return [JobError(None, path, reason, at) for path, reason, at in rows], total

    # ------------------------------------------------------------------ from the requests

    def status(self) -> ScanStatus:
        """The running scan, or the last one."""
        with self._lock:
            run = self._run
            if run is None:
                waiting = self.ready()
                if not waiting:
                    return self._last
                return ScanStatus(True, waiting[0].source_id, ScanCounts(), 0, 0, False, None)
            return ScanStatus(True, run.source.id, run.counts, run.unread, run.expected, False, None)

    def running_source(self) -> int | None:
        """The source that is scanned now."""
        run = self._run
        return run.source.id if run else None

    def ready(self) -> list[Scan]:
        """Scans that can run now: not those that wait for a drive or belong to a removed source."""
        active = {source.id: source for source in self._tools.sources.active()}
        return [scan for scan in self._scans.waiting()
                if scan.source_id in active and (active[scan.source_id].online or scan.accepted)]

    def cancel(self, source_id: int) -> bool:
        """Cancel the running and the queued scans of a source. False if there are none."""
        cancelled = self._scans.cancel(source_id)
        run = self._run
        if run is not None and run.source.id == source_id:
            run.cancel()
        self._bus.publish(Event(SCAN))
        return bool(cancelled)

    # ------------------------------------------------------------------ beginning and end

    def _start_next(self) -> ScanRun | None:
        waiting = self.ready()
        if not waiting:
            return None
        if self._tools.sources.get(waiting[0].source_id).question is not None:
            self._tools.sources.update(waiting[0].source_id, question=None)
        self._scans.start(waiting[0])
        run = ScanRun(self._tools, waiting[0])
        with self._lock:
            self._run = run
        self._bus.publish(Event(SOURCES_CHANGED))
        return run

    def _complete(self, run: ScanRun) -> None:
        run.counts.errors = self._scans.error_counts().get(run.source.id, 0)
        self._scans.finish(run.scan, "done", run.counts)
        self._close(run, None)

    def _end_early(self, run: ScanRun, error: Exception) -> None:
        sources = self._tools.sources
        if isinstance(error, Cancelled):
            self._scans.finish(run.scan, "cancelled", run.counts)
            self._close(run, None)
        elif isinstance(error, DriveAway):
            sources.set_online(run.source.id, False)
            self._scans.put_back(run.scan)
            self._close(run, str(error))
        elif isinstance(error, Asks):
            self._scans.finish(run.scan, "stopped", run.counts)
            if error.question["kind"] in ("empty", "other_drive"):
                sources.set_online(run.source.id, False)
            sources.update(run.source.id, question=error.question)
            self._close(run, str(error))
        elif self._tools.pool.closed:
            self._close(run, None)              # the server stops; the scan goes on at the next start
        else:
            if not isinstance(error, PhotoArchiveError):
                log.error("A scan of %s ended", run.source.shown_path, exc_info=error)
            sentence = error.sentence if isinstance(error, PhotoArchiveError) else f"{type(error).__name__}: {error}"
            self._close(run, sentence)
            self._scans.finish(run.scan, "failed", run.counts)

    def _close(self, run: ScanRun, error: str | None) -> None:
        with self._lock:
            self._run = None
            self._last = ScanStatus(False, run.source.id, run.counts, 0, run.expected, True, error)
        self._tools.sources.changed()
