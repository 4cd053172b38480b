"""The integrity job: reads every file whole now and then, gently, and compares its hash with the one it had."""

from __future__ import annotations

import functools

import blake3
import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.integrity import SILENT, Due, count_checked, count_due, damaged, next_due, store_hash
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError, Unavailable
from photoarchive.features.sources.reading import read_full_hash
from photoarchive.imaging.pieces import read_piece
from photoarchive.work.job import Budget, JobError, Lane, Progress
from photoarchive.work.pool import Pool

STEP_SECONDS = 0.6          # a step ends with the file or piece at which this is over
PIECE_BYTES = 16 << 20      # a third of a second on a spinning disk: larger files are hashed piece by piece
READ_TIMEOUT_S = 60.0
RECOUNT_S = 30.0            # counting a million rows takes 50 ms


class _Unfinished(msgspec.Struct):
    """A large file that is being hashed over several steps."""

    item: Due
    hasher: blake3.blake3 = msgspec.field(default_factory=blake3.blake3)
    offset: int = 0


class IntegrityJob:
    """Full BLAKE3 of files: confirms copies, notices silent damage, parts what the quick key joined wrongly."""

    name, title, lane, builder = "integrity", "Integrity", Lane.SOURCE_DISK, True

    def __init__(self, db: Database, sources: SourceTable, pool: Pool) -> None:
        self._db, self._sources, self._pool = db, sources, pool
        self._left: set[int] = set()            # could not be hashed: the next scan tells why
        self._unfinished: _Unfinished | None = None
        self._last_scan: float | None = None
        self._counted_at = float("-inf")
        self._pending = self._total = 0

    def pending(self) -> int:
        """Files due."""
        last_scan = max((source.last_scan_at or 0.0 for source in self._sources.all()), default=0.0)
        if last_scan != self._last_scan:
            self._last_scan = last_scan
            self.forget_failures()
        if monotonic() - self._counted_at > RECOUNT_S:
            self._counted_at = monotonic()
            self._pending, self._total = max(0, count_due(self._db) - len(self._left)), count_checked(self._db)
        return self._pending

    def total(self) -> int:
        """Files that can be checked."""
        self.pending()
        return max(self._total, self._pending)

    def step(self, budget: Budget) -> Progress:
        """Hash some files, one after the other; a large one a few pieces at a time."""
        started, done, failed = monotonic(), 0, 0
        due = next_due(self._db, max(1, budget.items), frozenset(self._left)) if self._unfinished is None else []
        if not due and self._unfinished is None:
            self._counted_at = float("-inf")
            return Progress(0, reason="waiting: the drives are not connected")
        while monotonic() - started < STEP_SECONDS and (self._unfinished or (due and done + failed < budget.items)):
            outcome = self._go_on(self._unfinished) if self._unfinished else self._begin(due.pop(0))
            done, failed = done + (outcome is True), failed + (outcome is False)
        self._pending = max(0, self._pending - done - failed)
        return Progress(done, failed, reason=f"reading {self._unfinished.item.shown}" if self._unfinished else "")

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """Files found damaged."""
        found, total = damaged(self._db, limit, offset)
        return [JobError(photo_id, path, SILENT, at) for photo_id, path, at in found], total

    def forget_failures(self) -> None:
        """A scan has ended: what could not be hashed may be tried again."""
        self._left.clear()
        self._counted_at = float("-inf")

    # ------------------------------------------------------------------ one file

    def _begin(self, item: Due) -> bool | None:
        if item.size > PIECE_BYTES:
            self._unfinished = _Unfinished(item)
            return None
        try:
            reading = self._pool.submit(read_full_hash, item.root, item.relpath, timeout=READ_TIMEOUT_S,
                                        device=self._sources.device_of(item.source_id)).result()
        except PhotoArchiveError as error:
            return self._set_aside(item, error)
        same = (reading.size, reading.mtime_ns) == (item.size, item.mtime_ns)
        return self._store(item, reading.full_hash if same else None)

    def _go_on(self, unfinished: _Unfinished) -> bool | None:
        """The next piece. None: there is more; True or False: hashed or set aside."""
        item = unfinished.item
        try:
            piece = self._pool.submit(read_piece, item.root, item.relpath, unfinished.offset, PIECE_BYTES,
                                      timeout=READ_TIMEOUT_S, device=self._sources.device_of(item.source_id)).result()
        except PhotoArchiveError as error:
            self._unfinished = None
            return self._set_aside(item, error)
        if (piece.size, piece.mtime_ns) != (item.size, item.mtime_ns) or not piece.data:
            self._unfinished = None
            return self._store(item, None)
        unfinished.hasher.update(piece.data)
        unfinished.offset += len(piece.data)
        if unfinished.offset < item.size:
            return None
        self._unfinished = None
        return self._store(item, unfinished.hasher.digest())

    def _store(self, item: Due, found: bytes | None) -> bool:
        """found None, or the row changed meanwhile: the next scan reads the file."""
        if found is not None and self._db.write(functools.partial(store_hash, due=item, found=found)) is not None:
            return True
        self._left.add(item.file_id)
        return False

    def _set_aside(self, item: Due, error: PhotoArchiveError) -> bool:
        if isinstance(error, Unavailable) and error.details.get("offline"):
            self._sources.report_trouble(item.source_id)
        self._left.add(item.file_id)        # gone or not permitted now: the next scan records why
        return False
