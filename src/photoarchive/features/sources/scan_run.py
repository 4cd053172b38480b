"""One scan of a source: walk, compare, read keys, match, and at the very end say what is missing.

A scan is a generator that yields while the disk works, so a job can run it in slices and cancel it between them. It
keeps nothing that the catalog does not have: after a kill it starts again, and what was written is known then.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future

import msgspec

from photoarchive.catalog import arrivals
from photoarchive.catalog.arrivals import KnownFile, Stamp
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.files import count_present, folder_id_of
from photoarchive.catalog.identity import Seen
from photoarchive.catalog.scans import Scan, ScanCounts, record_errors
from photoarchive.catalog.sources import Source, SourceTable
from photoarchive.core.clock import monotonic
from photoarchive.core.errors import PhotoArchiveError, Unavailable
from photoarchive.features.sources.absences import Absences
from photoarchive.features.sources.disk_tasks import DiskTasks, DriveAway
from photoarchive.features.sources.drives import Drive, Problem
from photoarchive.features.sources.matching import BATCH, Matcher
from photoarchive.features.sources.probes import Prober
from photoarchive.features.sources.questions import Asks, drive_question
from photoarchive.features.sources.reading import KEY_FILES, KEY_TIMEOUT_S, Reading, Readings, read_keys
from photoarchive.features.sources.walking import (
    SLICE_FILES,
    WALK_TIMEOUT_S,
    FolderListing,
    Row,
    TreeSlice,
    about_a_folder,
    list_tree,
)
from photoarchive.imaging.beside import match_sidecars
from photoarchive.imaging.probe import kind_of_name
from photoarchive.work.pool import Pool, TaskCrashed, TaskTimedOut

MAX_UNWRITTEN = 8 * BATCH   # files read, but not written yet: beyond that reading waits
_END = object()
_AGREED = {Problem.EMPTY: "missing", Problem.OTHER_DRIVE: "drive"}      # the answer that makes a problem none
MAX_QUEUED = 20_000         # files listed but not read yet: beyond that the walk waits


class Cancelled(Exception):
    """The user does not want this scan any more."""


class ScanTools(msgspec.Struct, frozen=True):
    """What every scan needs."""

    db: Database
    sources: SourceTable
    pool: Pool
    prober: Prober


class ToRead(msgspec.Struct):
    """A listed file whose content is new to the catalog."""

    folder_id: int
    relpath: bytes
    row: Row
    known: KnownFile | None


class ScanRun:
    """A running scan. `advance` is called by one thread at a time; `cancel` and the numbers by any."""

    def __init__(self, tools: ScanTools, scan: Scan) -> None:
        self.scan, self.counts = scan, ScanCounts()
        self.source: Source = tools.sources.get(scan.source_id)
        self._db, self._sources, self._prober = tools.db, tools.sources, tools.prober
        self._tasks = DiskTasks(tools.pool, tools.sources, scan.source_id)
        self._matcher = Matcher(tools.db, self._tasks, self.source.path, scan.id, self.counts)
        self._absences = Absences(tools.db, self.source, scan)
        self._queue: deque[ToRead] = deque()
        self._read: list[Seen] = []
        self._unwalked = [scan.subfolder]
        self._listing: Future[TreeSlice] | None = None
        self._singly = False            # folders are listed one by one, since listing several failed
        self._reading: dict[Future[Readings], list[ToRead]] = {}
        self._settling: Generator[None] | None = None
        self._retries = 0
        self._cancelled = False
        self.expected = count_present(tools.db.read(), scan.source_id, scan.subfolder)
        self._steps = self._run()
        self._seconds = 0.0

    # ------------------------------------------------------------------ from outside

    def advance(self, seconds: float) -> bool:
        """Work for about so long. True when the scan is complete.

        Raises Cancelled, DriveAway, Asks, or the PhotoArchiveError that ended it.
        """
        started = monotonic()
        try:
            for _ in self._steps:
                if self._cancelled:
                    raise Cancelled
                if monotonic() - started >= seconds:
                    return False
            return True
        except BaseException:
            self._tasks.cancel()
            raise
        finally:
            self._seconds += monotonic() - started
            self.counts.seconds = self._seconds

    def cancel(self) -> None:
        """Stop at the next border between batches. What was found so far stays."""
        self._cancelled = True

    @property
    def backlog(self) -> int:
        """Files still to be looked at, as far as known; at least one while the scan runs."""
        return max(1, self.expected - self.counts.found, self.unread)

    @property
    def unread(self) -> int:
        """Files listed, but not read yet."""
        return len(self._queue) + len(self._read) + sum(map(len, list(self._reading.values())))

    # ------------------------------------------------------------------ the scan

    def _run(self) -> Generator[None]:
        self._check_drive()
        yield from self._walk()
        yield from self._matcher.finish()
        self._check_drive()             # a drive that went away in the middle leaves an empty folder behind
        yield from self._absences.apply(self._matcher.moved, self.counts)

    def _check_drive(self) -> None:
        finding = self._prober.examine(self.source)
        agreed = _AGREED.get(finding.problem) if finding.problem else self.scan.accepted
        if finding.drive is not None and agreed == self.scan.accepted:
            self._keep_identity(finding.drive)
            return
        question = drive_question(self.source, finding, count_present(self._db.read(), self.source.id))
        if question is None:
            raise DriveAway(finding.sentence)
        raise Asks(question)

    def _keep_identity(self, drive: Drive) -> None:
        """Note which drive it is: the first time, after a restart without a lasting identity, or by agreement."""
        if drive.identity and drive.identity != self.source.fs_uuid:
            self._sources.update(self.source.id, fs_uuid=drive.identity, fs_path=drive.inner_path,
                                 rotational=drive.rotational)
            self.source = self._sources.get(self.source.id)
        self._sources.set_online(self.source.id, True)

    def _walk(self) -> Generator[None]:
        while self._unwalked or self._listing or self._queue or self._reading or self._read or self._settling:
            if self._settling and next(self._settling, _END) is _END:
                self._settling = None
            self._start_tasks()
            self._tasks.collect()
            if self._listing and self._listing.done():
                self._take_listing()
            for future in [future for future in self._reading if future.done()]:
                self._take_readings(future)
            last = not self._queue and not self._reading
            if self._settling is None and (len(self._read) >= BATCH or (self._read and last)):
                batch, self._read = self._read, []
                self._settling = self._matcher.settle(batch)
            yield

    def _start_tasks(self) -> None:
        """Keep the disk busy: reading goes before listing, so that little is kept in between."""
        if len(self._read) > MAX_UNWRITTEN:
            return
        while self._tasks.free > 0 and self._queue:
            part = [self._queue.popleft() for _ in range(min(KEY_FILES, len(self._queue)))]
            self._submit(part)
        if self._tasks.free > 0 and self._unwalked and not self._listing and len(self._queue) < MAX_QUEUED:
            self._listing = self._tasks.submit(
                list_tree, self.source.path, self._unwalked, self.source.exclude, 1 if self._singly else SLICE_FILES,
                timeout=WALK_TIMEOUT_S)

    def _submit(self, part: list[ToRead]) -> None:
        paths = [item.relpath for item in part]
        self._reading[self._tasks.submit(read_keys, self.source.path, paths, timeout=KEY_TIMEOUT_S)] = part

    # ------------------------------------------------------------------ listings

    def _take_listing(self) -> None:
        future, self._listing = self._listing, None
        if future is None:
            return
        try:
            found = self._tasks.result_of(future)
        except (TaskCrashed, TaskTimedOut) as error:
            if not self._singly:        # one of the folders of this slice is to blame: go on one by one until it shows
                self._singly = True
                return
            self._singly = False
            found = TreeSlice([FolderListing(self._unwalked[-1], error=about_a_folder(error.sentence))],
                              self._unwalked[:-1])
        self._unwalked = found.pending
        if found.trouble:
            self._tasks.look_after(found.trouble)
            found.folders.append(FolderListing(self._unwalked.pop(), error=found.trouble))
        compared = [self._compare(listing) for listing in found.folders]
        if any(folder.needs_writing for folder in compared):
            self._db.write(lambda tx: self._write_folders(tx, compared))
        for folder in compared:
            parent = folder.listing.relpath
            self._queue.extend(ToRead(folder.folder_id or 0, os.path.join(parent, row[0]), row, known)
                               for row, known in folder.to_read)

    def _compare(self, listing: FolderListing) -> _Compared:
        known = arrivals.read_folder(self._db.read(), self.source.id, listing.relpath)
        folder = _Compared(listing, known.folder_id, known.sidecars)
        if listing.error is not None:
            self._absences.leave_out(listing.relpath)
            self.counts.errors += 1
            return folder
        self.counts.found += len(listing.files)
        for row in listing.files:
            name, stamp = row[0], (row[1], row[2])
            file = known.present.pop(name, None)
            if file is not None and file.stamp == stamp and not file.unread:
                continue
            gone = known.missing.get(name) if file is None else None
            if gone is not None and gone.stamp == stamp and not gone.unread:
                folder.returned.append(gone.file_id)
            else:
                folder.to_read.append((row, file))
        self._absences.add_folder(known.folder_id, [file.file_id for file in known.present.values()])
        return folder

    def _write_folders(self, tx: Transaction, compared: list[_Compared]) -> None:
        for folder in compared:
            if folder.listing.error is not None:
                record_errors(tx, self.source.id, [(folder.listing.relpath, folder.listing.error)])
                continue
            if folder.folder_id is None and (folder.to_read or folder.listing.sidecars):
                folder.folder_id = folder_id_of(tx, self.source.id, folder.listing.relpath)
                self._absences.add_folder(folder.folder_id, ())
            self.counts.returned += arrivals.bring_back(tx, self.scan.id, folder.returned)
            if folder.folder_id is not None and folder.sidecars != folder.known_sidecars:
                arrivals.note_sidecars(tx, folder.folder_id, folder.known_sidecars.keys() - folder.sidecars.keys(),
                                       folder.changed_sidecars, folder.described_anew())

    # ------------------------------------------------------------------ readings

    def _take_readings(self, future: Future[Readings]) -> None:
        part = self._reading.pop(future)
        try:
            found = self._tasks.result_of(future)
        except Unavailable as error:
            if not error.details.get("offline") or self._retries >= 3:
                raise
            self._retries += 1              # the drive answers again
            self._queue.extendleft(reversed(part))
            return
        except PhotoArchiveError as error:
            self._set_aside(part, error)
            return
        for item, reading in zip(part, found.files, strict=False):
            self._note(item, reading)
        if found.trouble:
            self._tasks.look_after(found.trouble)
            broken, *rest = part[len(found.files):]
            self._note(broken, Reading(broken.row[1], broken.row[2], broken.row[3], error=found.trouble))
            self._queue.extendleft(reversed(rest))

    def _set_aside(self, part: list[ToRead], error: PhotoArchiveError) -> None:
        """A worker died or hung on one of these files: find out which by halves."""
        if len(part) == 1:
            self._note(part[0], Reading(*part[0].row[1:], error=error.sentence))
            return
        half = len(part) // 2
        for piece in (part[:half], part[half:]):
            self._submit(piece)

    def _note(self, item: ToRead, reading: Reading) -> None:
        if reading.gone:
            if item.known is not None:
                self._absences.add_files([item.known.file_id])
            return
        self.counts.errors += reading.error is not None
        name, size, mtime_ns, inode = item.row
        if reading.size:
            size, mtime_ns, inode = reading.size, reading.mtime_ns, reading.inode
        self._read.append(Seen(
            item.folder_id, item.relpath, name, int(kind_of_name(name) or 0), size, mtime_ns, inode, reading.key,
            reading.full_hash, reading.error, item.known.file_id if item.known else None))


class _Compared:
    """A folder as listed beside the folder as known."""

    def __init__(self, listing: FolderListing, folder_id: int | None, known_sidecars: dict[bytes, Stamp]) -> None:
        self.listing, self.folder_id, self.known_sidecars = listing, folder_id, known_sidecars
        self.sidecars = {row[0]: (row[1], row[2]) for row in listing.sidecars}
        self.to_read: list[tuple[Row, KnownFile | None]] = []
        self.returned: list[int] = []

    @property
    def changed_sidecars(self) -> dict[bytes, Stamp]:
        """Side files that are new or differ from what is known."""
        return {name: stamp for name, stamp in self.sidecars.items() if self.known_sidecars.get(name) != stamp}

    def described_anew(self) -> list[bytes]:
        """Photos whose side files came, changed or went."""
        differing = self.changed_sidecars.keys() | (self.known_sidecars.keys() - self.sidecars.keys())
        names = [row[0] for row in self.listing.files]
        return [photo for photo, beside in match_sidecars([*names, *self.sidecars, *self.known_sidecars]).items()
                if not differing.isdisjoint(beside)]

    @property
    def needs_writing(self) -> bool:
        """Whether the catalog changes before any file is read."""
        if self.listing.error is not None:
            return True
        new_folder = bool(self.to_read) and self.folder_id is None
        return bool(self.returned) or self.sidecars != self.known_sidecars or new_folder

