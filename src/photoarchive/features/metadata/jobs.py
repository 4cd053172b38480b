"""The metadata job: reads every file the catalog knows nothing of, source by source in path order, in the pool.

A file that breaks its reader is found by halving the batch; it gets its reason and is left alone until it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.photos import store_inspections
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.catalog.unread import Unread, UnreadFile
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import Unavailable
from photoarchive.core.facts import Blame, InspectFailure, Inspection
from photoarchive.core.paths import Original
from photoarchive.imaging.beside import match_sidecars
from photoarchive.imaging.inspect import EXTRACTOR_VERSION, InspectItem, failure, inspect_batch
from photoarchive.work.job import Budget, JobError, Lane, Progress
from photoarchive.work.pool import Pool, TaskCrashed, TaskFailed, TaskTimedOut

BATCH = 48                  # files per task: small enough to yield within a second on a slow disk
LEAST_SECONDS = 30.0        # a task's limit; each file adds to it
SECONDS_PER_FILE = 1.0
COUNT_REST = 20.0           # a count of files to be read is reused for this many times as long as it took …
TOTAL_REST = 200.0          # … and one of all files, which takes long at a million and changes with scans

Result = Inspection | InspectFailure


class _Count(msgspec.Struct):
    """A number that costs time to find, kept while that is cheaper than asking again: `rest` times as long as it took.
    """

    rest: float
    value: int = 0
    until: float = 0.0
    sources: tuple[tuple[int, float | None], ...] = ()      # connected when it was counted, and when last scanned


class _Step(msgspec.Struct):
    """What one step gathers. away: the drive turned out not to be there."""

    source: Source
    results: list[Result] = msgspec.field(default_factory=list)
    away: bool = False


class MetadataJob:
    """Keeps the facts of all photos up to date with their files."""

    name, title, lane, builder = "metadata", "Metadata", Lane.SOURCE_DISK, False

    def __init__(self, db: Database, sources: SourceTable, pool: Pool) -> None:
        self._db, self._sources, self._pool = db, sources, pool
        self._unread = Unread(db)
        self._cursor: dict[int, bytes] = {}             # source → folder to go on from; only saves time
        self._vanished: dict[int, float | None] = {}    # file that was not there → last scan of its source then
        self._pending, self._total = _Count(COUNT_REST), _Count(TOTAL_REST)

    # ------------------------------------------------------------------ what is left

    def pending(self) -> int:
        """How many files of connected drives are to be read."""
        return self._counted(self._pending, self._count_pending)

    def total(self) -> int:
        """How many files there are."""
        return self._counted(self._total, self._count_total)

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Files that could not be read."""
        errors, total = self._unread.errors(limit, offset)
        return [JobError(one.photo_id, one.path, one.reason, one.at) for one in errors], total

    def _counted(self, count: _Count, find: Callable[[list[int]], int]) -> int:
        readable = self._readable()
        sources = tuple((source.id, source.last_scan_at) for source in readable)    # a scan that ended found more
        if monotonic() >= count.until or count.sources != sources:
            began = monotonic()
            count.value = find([source.id for source in readable])
            count.sources, count.until = sources, monotonic() + (monotonic() - began) * count.rest
        return count.value

    def _count_pending(self, readable: list[int]) -> int:
        self._forget_vanished()
        all_there = len(readable) == len(self._sources.all())
        count = self._unread.count(EXTRACTOR_VERSION, None if all_there else readable)
        return max(0, count - len(self._vanished))

    def _count_total(self, _readable: list[int]) -> int:
        return self._unread.total()

    def _readable(self) -> list[Source]:
        return [source for source in self._sources.active() if source.online]

    def _forget_vanished(self) -> None:
        """A scan since then has looked whether they are there."""
        scans = {source.last_scan_at for source in self._sources.all()}
        self._vanished = {file_id: at for file_id, at in self._vanished.items() if at in scans}

    # ------------------------------------------------------------------ one step

    def step(self, budget: Budget) -> Progress:
        """Read the next files of one source, at most two tasks of them at a time on a disk (one where it spins)."""
        self._pending.until = 0.0
        for source in self._readable():
            files = self._next_files(source, budget.items)
            if files:
                return self._read(source, files, max(1, min(budget.workers, self._sources.readers(source.id))))
        return Progress(0, reason=self._why_nothing())

    def _why_nothing(self) -> str:
        away = [source.display_name for source in self._sources.active() if not source.online]
        return f"waiting: {', '.join(away)} not connected" if away else ""

    def _next_files(self, source: Source, limit: int) -> list[UnreadFile]:
        folder = self._cursor.get(source.id, b"")
        files = self._unread.next(source.id, folder, EXTRACTOR_VERSION, limit, self._vanished)
        if not files and folder:
            files = self._unread.next(source.id, b"", EXTRACTOR_VERSION, limit, self._vanished)
        self._cursor[source.id] = files[-1].folder if files else b""
        return files

    def _read(self, source: Source, files: list[UnreadFile], at_once: int) -> Progress:
        step = _Step(source)
        items_to_read = self._items(source, files)
        waiting = [items_to_read[start:start + BATCH] for start in range(0, len(items_to_read), BATCH)]
        running: list[tuple[list[InspectItem], Future[list[Result]]]] = []
        try:
            while (waiting or running) and not step.away:
                while waiting and len(running) < at_once:
                    items = waiting.pop(0)
                    running.append((items, self._submit(source, items)))
                items, future = running.pop(0)
                waiting[:0] = self._collect(step, items, future)
        except Unavailable as error:        # the pool closes, or too many readers hang on this drive
            self._store(step)
            return Progress(len(step.results), reason=f"waiting: {error.sentence}")
        return self._store(step)

    def _items(self, source: Source, files: list[UnreadFile]) -> list[InspectItem]:
        """The files with their side files, as the last scan saw them."""
        beside: dict[int, dict[bytes, tuple[bytes, ...]]] = {}
        items = []
        for file in files:
            if file.folder_id not in beside:
                beside[file.folder_id] = dict(match_sidecars(self._unread.folder_names(file.folder_id)))
            sidecars = tuple(Original(source.path, file.folder + b"/" + name if file.folder else name)
                             for name in beside[file.folder_id].get(file.name, ()))
            items.append(InspectItem(file.file_id, Original(source.path, file.relpath), sidecars, file.mtime_ns))
        return items

    def _submit(self, source: Source, items: list[InspectItem]) -> Future[list[Result]]:
        return self._pool.submit(inspect_batch, items, timeout=LEAST_SECONDS + SECONDS_PER_FILE * len(items),
                                 device=self._sources.device_of(source.id))

    def _collect(
        self, step: _Step, items: list[InspectItem], future: Future[list[Result]]
    ) -> list[list[InspectItem]]:
        """Take the answers of a batch. Returns what to try next: its halves, if it broke its reader."""
        try:
            for result in future.result():
                self._take(step, result)
        except (TaskCrashed, TaskTimedOut, TaskFailed) as error:
            if len(items) > 1:
                return [items[:len(items) // 2], items[len(items) // 2:]]
            # A drive that goes away in the middle looks the same from here.
            self._take(step, failure(items[0], error.sentence, Blame.DRIVE))
        return []

    def _take(self, step: _Step, result: Result) -> None:
        if isinstance(result, InspectFailure) and result.blame != Blame.FILE:
            if step.away or self._sources.report_trouble(step.source.id):
                step.away = True
                return
            if result.blame == Blame.GONE:
                self._vanished[result.file_id] = step.source.last_scan_at
                return
        step.results.append(result)

    def _store(self, step: _Step) -> Progress:
        if step.results:
            self._db.write(lambda tx: store_inspections(tx, step.results, EXTRACTOR_VERSION))
        failed = sum(isinstance(result, InspectFailure) for result in step.results)
        reason = f"waiting: {step.source.display_name} is not connected" if step.away else ""
        return Progress(len(step.results) - failed, failed, reason)
