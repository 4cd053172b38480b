"""Finds out for each file a scan has read which photo it is, and writes that. Decides nothing about missing files.

What needs no second look is written at once. A file at a known place with other content, and a copy of a large file,
wait for the end of the walk: its old content may still turn up elsewhere, and that match goes first.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from photoarchive.catalog import arrivals
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.identity import Candidate, Place, Seen, choose_moved, nominate_copies
from photoarchive.catalog.scans import ScanCounts
from photoarchive.core.errors import PhotoArchiveError
from photoarchive.features.sources.disk_tasks import DiskTasks, Steps
from photoarchive.features.sources.reading import Readings, look_at, read_full_hash

MAX_WAITING = 100_000       # files kept for the end of the walk (about 35 MB); beyond that they are decided early
BATCH = 500                 # files decided in one transaction
LOOK_TIMEOUT_S = 60.0
HASH_BYTES_PER_S = 2 << 20  # the slowest drive worth waiting for

T = TypeVar("T")
Matches = list[tuple[Seen, list[Candidate]]]
Judged = list[tuple[Candidate, Place]]


class Matcher:
    """The files of one scan on their way into the catalog."""

    def __init__(self, db: Database, tasks: DiskTasks, root: bytes, scan_id: int, counts: ScanCounts) -> None:
        self._db, self._tasks, self._root, self._scan_id, self._counts = db, tasks, root, scan_id, counts
        self.moved: set[int] = set()        # file ids that have a new place
        self._copies: list[Seen] = []       # to be compared by full hash
        self._by_place: list[Seen] = []     # no content match: decided by their place, last

    def settle(self, batch: Sequence[Seen]) -> Steps[None]:
        """Write what is new, moved or a copy beyond doubt; keep the rest for `finish`."""
        waiting = list(batch)
        while waiting:
            part, waiting = waiting[:BATCH], waiting[BATCH:]
            matches, again = yield from self._write(functools.partial(self._write_plain, batch=part))
            judged = yield from self._judge(matches)
            if judged:
                again += yield from self._write(functools.partial(self._write_matches, judged=judged))
            waiting += again
        if len(self._copies) + len(self._by_place) > MAX_WAITING:
            yield from self.finish()

    def finish(self) -> Steps[None]:
        """Decide what was kept: copies by their full hash, then everything else by its place."""
        copies, self._copies = self._copies, []
        for start in range(0, len(copies), BATCH):
            part = copies[start:start + BATCH]
            found = [(seen, arrivals.find_candidates(self._db.read(), seen.key)) for seen in part if seen.key]
            judged = yield from self._judge(found)
            for seen, candidates in judged:
                yield from self._compare_fully(seen, candidates)
        kept, self._by_place = self._by_place, []
        for start in range(0, len(kept), BATCH):
            yield from self._write(functools.partial(self._write_by_place, batch=kept[start:start + BATCH]))

    def _write(self, work: Callable[[Transaction], T]) -> Steps[T]:
        return self._tasks.finish(self._db.submit(work))

    # ------------------------------------------------------------------ what is written at once

    def _write_plain(self, tx: Transaction, batch: Sequence[Seen]) -> tuple[Matches, list[Seen]]:
        """New files and touched ones. Returns those with candidates, and those to be asked about again."""
        new: list[Seen] = []
        keys: set[bytes] = set()
        matches: Matches = []
        again: list[Seen] = []
        for seen in batch:
            if seen.key in keys:
                again.append(seen)                  # equal to one that is inserted below
                continue
            if seen.known_id is not None and self._is_same(tx, seen):
                continue
            candidates = arrivals.find_candidates(tx.connection, seen.key) if seen.key else []
            if candidates:
                matches.append((seen, candidates))
            elif seen.known_id is not None or arrivals.missing_file_at(tx, seen.folder_id, seen.name) is not None:
                self._by_place.append(seen)
            else:
                new.append(seen)
                if seen.key:
                    keys.add(seen.key)
        self._insert(tx, new)
        return matches, again

    def _is_same(self, tx: Transaction, seen: Seen) -> bool:
        """Whether a known file was only touched, or is as unreadable as before; notes it."""
        key, error, stamp = tx.execute("SELECT content_key, error, mtime_ns FROM files WHERE id = ?",
                                       (seen.known_id,)).fetchone()
        if seen.key is None:
            return key is None and error == seen.error and stamp == seen.mtime_ns
        if key != seen.key or seen.known_id is None:
            return False
        arrivals.touch_file(tx, seen.known_id, seen)
        return True

    def _insert(self, tx: Transaction, new: Sequence[Seen]) -> None:
        if new:
            arrivals.insert_new(tx, self._scan_id, self._tasks.source_id, new)
            self._counts.new += len(new)

    def _write_matches(self, tx: Transaction, judged: Sequence[tuple[Seen, Judged]]) -> list[Seen]:
        """Moves, and copies whose full hashes are known. Returns files whose candidates changed meanwhile."""
        again, touched = [], set[int]()
        for seen, candidates in judged:
            if touched & {candidate.file_id for candidate, _ in candidates}:
                again.append(seen)
                continue
            moved = choose_moved(seen, candidates)
            if moved is not None:
                touched.add(moved.file_id)
                if self._move(tx, moved, seen):
                    continue
                again.append(seen)
            elif (photo_id := _equal_by_known_hash(seen, candidates)) is not None:
                self._add_copy(tx, photo_id, seen)
            elif nominate_copies(seen, candidates):
                self._copies.append(seen)
            else:
                self._leave_to_place(tx, seen)
        return again

    def _move(self, tx: Transaction, candidate: Candidate, seen: Seen) -> bool:
        if not arrivals.move_file(tx, self._scan_id, candidate, seen):
            return False
        self.moved.add(candidate.file_id)
        if candidate.present:
            self._counts.moved += 1
        else:
            self._counts.returned += 1
        return True

    def _add_copy(self, tx: Transaction, photo_id: int, seen: Seen) -> None:
        arrivals.add_copy(tx, self._scan_id, photo_id, seen)
        self._counts.copies += 1

    def _leave_to_place(self, tx: Transaction, seen: Seen) -> None:
        if seen.known_id is None and arrivals.missing_file_at(tx, seen.folder_id, seen.name) is None:
            self._insert(tx, [seen])
        else:
            self._by_place.append(seen)

    # ------------------------------------------------------------------ second looks

    def _judge(self, matches: Matches) -> Steps[list[tuple[Seen, Judged]]]:
        """What is at the places of the candidates now."""
        wanted = {candidate.file_id: candidate for seen, candidates in matches for candidate in candidates
                  if candidate.present and candidate.online and candidate.file_id != seen.known_id}
        places: dict[int, Place] = {}
        by_root: dict[bytes, list[Candidate]] = {}
        for candidate in wanted.values():
            by_root.setdefault(candidate.root, []).append(candidate)
        for root, there in by_root.items():
            for start in range(0, len(there), BATCH):
                yield from self._look(root, there[start:start + BATCH], places)
        return [(seen, [(candidate, self._place(seen, candidate, places)) for candidate in candidates
                        if candidate.file_id != seen.known_id]) for seen, candidates in matches]

    def _look(self, root: bytes, there: Sequence[Candidate], places: dict[int, Place]) -> Steps[None]:
        relpaths = [candidate.relpath for candidate in there]
        try:
            looked: Readings = yield from self._tasks.run(look_at, root, relpaths, timeout=LOOK_TIMEOUT_S)
        except PhotoArchiveError:
            return                                  # another source that does not answer: its places stay unknown
        if looked.trouble and there[0].source_id == self._tasks.source_id:
            self._tasks.look_after(looked.trouble)
        for candidate, reading in zip(there, looked.files, strict=False):
            if reading.error is None:
                same = not reading.gone and (reading.size, reading.mtime_ns) == (candidate.size, candidate.mtime_ns)
                places[candidate.file_id] = Place.THERE if same else Place.VACATED

    def _place(self, seen: Seen, candidate: Candidate, places: dict[int, Place]) -> Place:
        same_file = os.path.join(candidate.root, candidate.relpath) == os.path.join(self._root, seen.relpath)
        if not candidate.present or same_file:      # the same path, once through a source that was removed
            return Place.VACATED
        return places.get(candidate.file_id, Place.UNKNOWN)

    # ------------------------------------------------------------------ full hashes

    def _compare_fully(self, seen: Seen, candidates: Judged) -> Steps[None]:
        """Read whole files where that decides whether `seen` is a copy."""
        moved = choose_moved(seen, candidates)
        if moved is not None and self._db.write(lambda tx: self._move(tx, moved, seen)):
            return
        for candidate in nominate_copies(seen, candidates):
            if seen.full_hash is None:
                seen = msgspec.structs.replace(seen, full_hash=(yield from self._hash_seen(seen)))
            if seen.full_hash is None:
                break
            known = candidate.full_hash or (yield from self._hash_candidate(candidate))
            if known == seen.full_hash:
                self._db.write(functools.partial(self._add_copy, photo_id=candidate.photo_id, seen=seen))
                return
        self._db.write(functools.partial(self._leave_to_place, seen=seen))

    def _hash_seen(self, seen: Seen) -> Steps[bytes | None]:
        return (yield from self._hash(self._root, seen.relpath, seen.size, seen.mtime_ns))

    def _hash_candidate(self, candidate: Candidate) -> Steps[bytes | None]:
        found = yield from self._hash(candidate.root, candidate.relpath, candidate.size, candidate.mtime_ns)
        if found is not None:
            self._db.write(lambda tx: arrivals.note_full_hash(tx, candidate.file_id, candidate.mtime_ns, found))
        return found

    def _hash(self, root: bytes, relpath: bytes, size: int, mtime_ns: int) -> Steps[bytes | None]:
        """The full hash of a file that is still as it was seen, else None."""
        try:
            reading = yield from self._tasks.run(read_full_hash, root, relpath, timeout=60 + size / HASH_BYTES_PER_S)
        except PhotoArchiveError:
            return None
        return reading.full_hash if (reading.size, reading.mtime_ns) == (size, mtime_ns) else None

    # ------------------------------------------------------------------ by place

    def _write_by_place(self, tx: Transaction, batch: Iterable[Seen]) -> None:
        new = []
        for seen in batch:
            file_id = arrivals.present_file_at(tx, seen.folder_id, seen.name)
            if file_id is None:
                file_id = arrivals.missing_file_at(tx, seen.folder_id, seen.name)
            if file_id is None:
                new.append(seen)
                continue
            arrivals.change_content(tx, self._scan_id, file_id, seen)
            self.moved.add(file_id)         # it has a present file: never to be called missing by this scan
            self._counts.changed += 1
        self._insert(tx, new)


def _equal_by_known_hash(seen: Seen, candidates: Judged) -> int | None:
    """The photo of which `seen` is a copy by hashes already known."""
    for candidate, _ in candidates:
        if seen.full_hash is not None and candidate.full_hash == seen.full_hash:
            return candidate.photo_id
    return None
