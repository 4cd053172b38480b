"""Copies one original: read in a worker, written and hashed here, read back, compared, then given its name.

In slices, so that a job can rest or stop between them. Nothing in the target is ever overwritten but a sidecar that
is byte for byte one of ours.
"""

# Names of files are bytes here, which pathlib cannot hold.
# ruff: noqa: PTH105, PTH108, PTH112, PTH120

from __future__ import annotations

import contextlib
import errno
import functools
import os
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

import blake3

from photoarchive.catalog.copies import Copies, Copy, CopyResult, CopyTask, ItemState
from photoarchive.catalog.database import Database
from photoarchive.catalog.files import Files, Location
from photoarchive.catalog.sidecar_facts import sidecar_facts
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import NotFound, PhotoArchiveError, Unavailable, Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import display_path
from photoarchive.features.export.placing import (
    give_name,
    make_folders,
    name_in_target,
    numbered,
    regular_file,
    sidecar_name,
)
from photoarchive.features.export.xmp import sidecar
from photoarchive.imaging.originals import DRIVE_IS_AWAY
from photoarchive.imaging.pieces import Piece, read_piece
from photoarchive.work.pool import Pool, TaskTimedOut

PIECE_BYTES = 8 << 20       # a sixth of a second on a spinning disk
READ_TIMEOUT_S = 60.0
FULL_DISK = frozenset((errno.ENOSPC, errno.EDQUOT))
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
READ_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
CHANGED = "The file changed while it was copied. Try again after the next scan."
DIFFERS = "The copy did not read back as it was written: the drive it was written to may be failing."
OTHER_SIDECAR = "The photo was copied, but another sidecar lies beside it already and was left as it is."

T = TypeVar("T")
Steps = Generator[None, None, T]        # work in slices: yields between them, returns its result


class Copier:
    """Copies originals of one catalog. Not thread-safe: one job drives it."""

    def __init__(self, db: Database, copies: Copies, files: Files, *, sources: SourceTable, pool: Pool) -> None:
        self._db, self._copies, self._files, self._sources, self._pool = db, copies, files, sources, pool

    def run(self, copy: Copy, task: CopyTask, staging: bytes, is_taken: Callable[[bytes], bool]) -> Steps[CopyResult]:
        """Copy the original of a task, from the first place where it can be read.

        staging: our own folder in the target. is_taken: whether another original has a name beneath the target.
        Raises Unavailable when the target is full or away; all else is told in the result.
        """
        reachable, refusal = self._places(task)
        for location in reachable:
            target = _Target(copy, task, staging, is_taken)
            try:
                return (yield from self._copy(target, location))
            except NotFound as error:
                refusal = CopyResult(task.place, ItemState.FAILED, reason=error.sentence)
            except OSError as error:
                _raise_target_trouble(error, target.root)
                return CopyResult(task.place, ItemState.FAILED, reason=_why_not_written(error))
            except PhotoArchiveError as error:
                if isinstance(error, Unavailable) and not error.details.get("offline"):
                    raise
                refusal = self._refused(task, location, error)
        return refusal

    def _places(self, task: CopyTask) -> tuple[list[Location], CopyResult]:
        """Where the original can be read, best first; and what to say if that is nowhere."""
        try:
            places = [place for place in self._files.locations(task.photo_id) if place.present and not place.removed]
        except NotFound:
            return [], CopyResult(task.place, ItemState.FAILED, reason="The photo is no longer in the catalog.")
        if not places:
            return [], CopyResult(task.place, ItemState.FAILED, reason="The original is missing from its folder.")
        online = [place for place in places if self._sources.is_online(place.source_id)]
        return online, self._away(task, places[0])

    def _away(self, task: CopyTask, location: Location) -> CopyResult:
        name = self._sources.get(location.source_id).display_name
        return CopyResult(task.place, ItemState.OFFLINE, reason=f"The drive of {name} is not connected.")

    def _refused(self, task: CopyTask, location: Location, error: PhotoArchiveError) -> CopyResult:
        asleep = error.details.get("offline") or isinstance(error, TaskTimedOut)
        if asleep and self._sources.report_trouble(location.source_id):
            return self._away(task, location)
        return CopyResult(task.place, ItemState.FAILED, reason=error.sentence)

    # ------------------------------------------------------------------ one file

    def _copy(self, target: _Target, location: Location) -> Steps[CopyResult]:
        wanted = name_in_target(location, self._sources.get(location.source_id).display_name, target.copy.structure)
        make_folders(target.path(wanted))
        content_hash: bytes | None = None
        staged = False
        for name in numbered(wanted):
            if target.is_taken(name):
                continue
            try:
                found = regular_file(target.path(name))
            except FileNotFoundError:
                if not staged:
                    content_hash, staged = (yield from self._stage(target, location)), True
                try:
                    give_name(target.staged, target.path(name))
                except FileExistsError:
                    continue                    # somebody else's file has just appeared there
                result = CopyResult(target.task.place, ItemState.COPIED, name, size=location.size)
                return self._with_sidecar(target, result)
            if found is not None and found.st_size == location.size:
                if content_hash is None:
                    content_hash = yield from self._hash_original(location)
                if (yield from _hash_file(target.path(name))) == content_hash:
                    return self._with_sidecar(target, CopyResult(target.task.place, ItemState.PRESENT, name))
        raise Unreadable("There are too many files of this name in the folder.")

    def _stage(self, target: _Target, location: Location) -> Steps[bytes]:
        """Write the whole content into the staging folder and prove it. Returns its hash."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(target.staged)
        hasher = blake3.blake3()
        descriptor = os.open(target.staged, NEW_FILE, 0o666)
        try:
            stamp = 0
            for piece in self._pieces(location):
                _write_all(descriptor, piece.data)
                hasher.update(piece.data)
                stamp = piece.mtime_ns
                yield
            os.utime(descriptor, ns=(stamp, stamp))
            os.fsync(descriptor)
            if hasattr(os, "posix_fadvise"):    # read back from the drive, not from memory
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
        if (yield from _hash_file(target.staged)) != hasher.digest():
            raise Unreadable(DIFFERS)
        return hasher.digest()

    def _hash_original(self, location: Location) -> Steps[bytes]:
        hasher = blake3.blake3()
        for piece in self._pieces(location):
            hasher.update(piece.data)
            yield
        return hasher.digest()

    def _pieces(self, location: Location) -> Iterator[Piece]:
        """The content in order; the next piece is read while one is worked on. Raises Unreadable if it changes."""
        read = functools.partial(
            self._pool.submit, read_piece, location.original.root, location.original.relpath,
            timeout=READ_TIMEOUT_S, device=self._sources.device_of(location.source_id))
        ahead, offset, stamp = read(0, PIECE_BYTES), 0, None
        while True:
            piece = ahead.result()
            offset += len(piece.data)
            stamp = stamp or (piece.size, piece.mtime_ns)
            if stamp != (piece.size, piece.mtime_ns) or (not piece.data and offset < piece.size):
                raise Unreadable(CHANGED)
            if offset < piece.size:
                ahead = read(offset, PIECE_BYTES)
            yield piece
            if offset >= piece.size:
                return

    # ------------------------------------------------------------------ sidecars

    def _with_sidecar(self, target: _Target, result: CopyResult) -> CopyResult:
        """The result, after the sidecar beside the copy was written if it is wanted."""
        if not target.copy.sidecars or result.name is None:
            return result
        facts = sidecar_facts(self._db.read(), target.task.photo_id)
        data = sidecar(facts)
        content_hash = blake3.blake3(data).digest()
        shared = facts.kind is Kind.RAW and self._copies.has_raw_beside(target.task, os.path.splitext(result.name)[0])
        path = target.path(sidecar_name(result.name, facts.kind, shared_stem=shared))
        if not self._put_sidecar(target, path, data, content_hash):
            return CopyResult(result.place, ItemState.FAILED, result.name, reason=OTHER_SIDECAR)
        return CopyResult(result.place, result.state, result.name, content_hash, size=result.size)

    def _put_sidecar(self, target: _Target, path: bytes, data: bytes, content_hash: bytes) -> bool:
        """False if there is another one that we did not write."""
        staged = target.staged + b".xmp"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(staged)
        try:
            there = regular_file(path)
        except FileNotFoundError:
            _write_new(staged, data)
            give_name(staged, path)
            return True
        existing = None if there is None else _hash_small(path)
        if existing == content_hash:
            return True
        if existing is None or not self._copies.wrote_sidecar(existing):
            return False
        _write_new(staged, data)
        os.replace(staged, path)
        return True


class _Target:
    """One original's place in a target folder."""

    def __init__(self, copy: Copy, task: CopyTask, staging: bytes, is_taken: Callable[[bytes], bool]) -> None:
        self.copy, self.task, self.is_taken = copy, task, is_taken
        self.root = os.path.dirname(staging)
        self.staged = os.path.join(staging, b"part")

    def path(self, name: bytes) -> bytes:
        """The full path of a name beneath the target."""
        return os.path.join(self.root, name)


# ---------------------------------------------------------------------- files of the target


def _hash_file(path: bytes) -> Steps[bytes]:
    """BLAKE3 of a file in the target."""
    hasher = blake3.blake3()
    descriptor = os.open(path, READ_FILE)
    try:
        while data := os.read(descriptor, PIECE_BYTES):
            hasher.update(data)
            yield
    finally:
        os.close(descriptor)
    return hasher.digest()


def _hash_small(path: bytes) -> bytes:
    steps = _hash_file(path)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bytes(end.value)


def _write_new(path: bytes, data: bytes) -> None:
    descriptor = os.open(path, NEW_FILE, 0o666)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def _raise_target_trouble(error: OSError, root: bytes) -> None:
    """Raise Unavailable if the trouble is the whole target's: the job then waits instead of failing file by file."""
    shown = display_path(root)
    if error.errno in FULL_DISK:
        raise Unavailable(f"The drive of {shown} is full. Free some space there; the copy then goes on.") from error
    if error.errno in DRIVE_IS_AWAY or error.errno == errno.EROFS or not os.path.isdir(root):
        raise Unavailable(f"{shown} cannot be written now ({error.strerror or error}). The copy goes on when it "
                          "can.") from error


def _why_not_written(error: OSError) -> str:
    return f"It could not be written: {error.strerror or error}."
