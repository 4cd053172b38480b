"""Writes what a scan decided about files: new, moved, copied, changed, returned, missing. Owns the changes of `files`.

Every function runs inside the caller's transaction and leaves photos, pairs and columns in agreement with the files.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from photoarchive.catalog.database import Transaction
from photoarchive.catalog.files import refresh_photos
from photoarchive.catalog.identity import Candidate, Seen
from photoarchive.catalog.pairs import refresh_pairs
from photoarchive.catalog.splitting import split_off
from photoarchive.core.clock import now

CANDIDATES_PER_KEY = 32     # of many equal files the oldest decide; more would only repeat them

Stamp = tuple[int, int]     # size, mtime_ns


class KnownFile(msgspec.Struct):
    """A file the catalog has in a folder."""

    file_id: int
    stamp: Stamp
    unread: bool        # could not be read so far: tried again


class KnownFolder(msgspec.Struct):
    """What the catalog has in one folder. folder_id None: the folder is new."""

    folder_id: int | None
    present: dict[bytes, KnownFile] = msgspec.field(default_factory=dict)
    missing: dict[bytes, KnownFile] = msgspec.field(default_factory=dict)
    sidecars: dict[bytes, Stamp] = msgspec.field(default_factory=dict)


def read_folder(connection: sqlite3.Connection, source_id: int, relpath: bytes) -> KnownFolder:
    """What the catalog knows of a folder of a source."""
    row = connection.execute("SELECT id FROM folders WHERE source_id = ? AND relpath = ?",
                             (source_id, relpath)).fetchone()
    if row is None:
        return KnownFolder(None)
    folder = KnownFolder(row[0])
    for file_id, name, size, mtime_ns, state, unread in connection.execute(
        "SELECT id, name, size, mtime_ns, state, content_key IS NULL AND size > 0 FROM files WHERE folder_id = ?", row
    ):
        known = KnownFile(file_id, (size, mtime_ns), bool(unread))
        (folder.present if state == "present" else folder.missing)[name] = known
    sidecars = connection.execute("SELECT name, size, mtime_ns FROM sidecars WHERE folder_id = ?", row)
    folder.sidecars.update((name, (size, mtime_ns)) for name, size, mtime_ns in sidecars)
    return folder


def find_candidates(connection: sqlite3.Connection, key: bytes) -> list[Candidate]:
    """The files of the catalog with this content key, oldest first; those in the trash do not count."""
    rows = connection.execute(
        "SELECT f.id, f.photo_id, d.source_id, s.path, d.relpath, f.folder_id, f.name, f.size, f.mtime_ns, f.inode, "
        "f.full_hash, f.state = 'present', s.online FROM files f JOIN folders d ON d.id = f.folder_id "
        "JOIN sources s ON s.id = d.source_id WHERE f.content_key = ? AND s.state <> 'trash' ORDER BY f.id LIMIT ?",
        (key, CANDIDATES_PER_KEY))
    return [_candidate(row) for row in rows]


def _candidate(row: tuple[Any, ...]) -> Candidate:
    (file_id, photo_id, source_id, root, relpath, folder_id, name, size, mtime_ns, inode, full_hash, present,
     online) = row
    return Candidate(file_id, photo_id, source_id, root, os.path.join(relpath, name), folder_id, name, size, mtime_ns,
                     inode, full_hash, bool(present), bool(online))


def insert_new(tx: Transaction, scan_id: int, source_id: int, seen: Sequence[Seen]) -> list[int]:
    """A new photo for each file. Returns their ids, in the same order."""
    row = tx.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'photos'").fetchone()
    first_photo = int(row[0]) + 1
    row = tx.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'files'").fetchone()
    first_file = int(row[0]) + 1
    at = now()
    tx.executemany(
        "INSERT INTO photos (id, kind, created_at, file_id, source_id, folder_id, file_size, modified_at, ready, "
        "unreadable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((first_photo + i, s.kind, at, first_file + i, source_id, s.folder_id, s.size, s.mtime_ns / 1e9,
          s.error is not None, s.error) for i, s in enumerate(seen)))
    tx.executemany(
        "INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, inode, content_key, full_hash, "
        "hashed_at, error, seen_scan, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((first_file + i, first_photo + i, s.folder_id, s.name, s.size, s.mtime_ns, s.inode, s.key, s.full_hash,
          at if s.full_hash else None, s.error, scan_id, at) for i, s in enumerate(seen)))
    photo_ids = list(range(first_photo, first_photo + len(seen)))
    tx.changes.touch("photos", photo_ids)
    tx.changes.touch("text", photo_ids)
    return photo_ids


def add_copy(tx: Transaction, scan_id: int, photo_id: int, seen: Seen) -> None:
    """A further place of a photo; what was known at that place until now waits as missing."""
    displace(tx, seen.folder_id, seen.name)
    tx.execute(
        "INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, inode, content_key, full_hash, hashed_at, "
        "error, inspected, seen_scan, first_seen) "
        "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, coalesce(max(inspected), 0), ?, ? FROM files WHERE photo_id = ?",
        (photo_id, seen.folder_id, seen.name, seen.size, seen.mtime_ns, seen.inode, seen.key, seen.full_hash,
         now() if seen.full_hash else None, scan_id, now(), photo_id))
    _settle(tx, [photo_id])


def move_file(tx: Transaction, scan_id: int, candidate: Candidate, seen: Seen) -> bool:
    """Give a known file the place where it was seen now. False if the row is no longer as it was read."""
    row = tx.execute("SELECT photo_id, name FROM files WHERE id = ? AND folder_id = ? AND name = ?",
                     (candidate.file_id, candidate.folder_id, candidate.name)).fetchone()
    if row is None:
        return False
    displace(tx, seen.folder_id, seen.name, but=candidate.file_id)
    # The key only nominates: a full hash read before stays to be compared, unless it was read again just now.
    tx.execute(
        "UPDATE files SET folder_id = ?, name = ?, size = ?, mtime_ns = ?, inode = ?, state = 'present', error = NULL, "
        "missing_since = NULL, seen_scan = ?, full_hash = coalesce(?, full_hash), hashed_at = ? WHERE id = ?",
        (seen.folder_id, seen.name, seen.size, seen.mtime_ns, seen.inode, scan_id, seen.full_hash,
         now() if seen.full_hash else None, candidate.file_id))
    if row[1] != seen.name:
        _read_again_if_dated_by_name(tx, [candidate.file_id])
    _settle(tx, [row[0]])
    return True


def change_content(tx: Transaction, scan_id: int, file_id: int, seen: Seen) -> None:
    """The file at a known place has other content now: its photo keeps its id and is read again.

    Further places of the photo that still hold the old content become a photo of their own, with the same marks; if
    the changed file was not the one shown, it is the changed one that does.
    """
    photo_id, shown = tx.execute("SELECT f.photo_id, p.file_id = f.id FROM files f JOIN photos p ON p.id = f.photo_id "
                                 "WHERE f.id = ?", (file_id,)).fetchone()
    tx.execute(
        "UPDATE files SET size = ?, mtime_ns = ?, inode = ?, content_key = ?, full_hash = ?, hashed_at = ?, error = ?, "
        "inspected = 0, state = 'present', missing_since = NULL, seen_scan = ? WHERE id = ?",
        (seen.size, seen.mtime_ns, seen.inode, seen.key, seen.full_hash, now() if seen.full_hash else None, seen.error,
         scan_id, file_id))
    others = [row[0] for row in tx.execute("SELECT id FROM files WHERE photo_id = ? AND id <> ?", (photo_id, file_id))]
    changed = [photo_id]
    if others:
        changed.append(split_off(tx, photo_id, others if shown else [file_id]))
    kept = photo_id if shown or not others else changed[1]
    tx.execute("UPDATE photos SET unreadable = ?, ready = max(ready, ?) WHERE id = ?",
               (seen.error, seen.error is not None, kept))
    tx.changes.touch("photos", [kept])
    _settle(tx, changed)


def touch_file(tx: Transaction, file_id: int, seen: Seen) -> None:
    """Same place and content key, another mtime: note it, and have the full hash compared later."""
    tx.execute(
        "UPDATE files SET mtime_ns = ?, inode = ?, error = NULL, full_hash = coalesce(?, full_hash), "
        "hashed_at = CASE WHEN ? IS NOT NULL THEN ? WHEN full_hash IS NULL THEN NULL ELSE 0 END WHERE id = ?",
        (seen.mtime_ns, seen.inode, seen.full_hash, seen.full_hash, now(), file_id))
    _read_again_if_dated_by_name(tx, [file_id])
    _settle(tx, [row[0] for row in tx.execute("SELECT photo_id FROM files WHERE id = ?", (file_id,))])


def bring_back(tx: Transaction, scan_id: int, file_ids: Iterable[int]) -> int:
    """Missing files that are at their places again, unchanged. Returns how many."""
    photos = []
    for file_id in file_ids:
        photos += tx.execute("UPDATE files SET state = 'present', missing_since = NULL, seen_scan = ? "
                             "WHERE id = ? AND state = 'missing' RETURNING photo_id", (scan_id, file_id)).fetchall()
    _settle(tx, [row[0] for row in photos])
    return len(photos)


def mark_missing(tx: Transaction, scan_id: int, file_ids: Iterable[int]) -> int:
    """Files that are no longer at their places; their photos keep everything. Returns how many photos are missing."""
    photos = []
    for file_id in file_ids:
        photos += tx.execute("UPDATE files SET state = 'missing', missing_since = ?, seen_scan = ? WHERE id = ? "
                             "AND state = 'present' RETURNING photo_id", (now(), scan_id, file_id)).fetchall()
    ids = {row[0] for row in photos}
    _settle(tx, ids)
    return int(tx.execute("SELECT count(*) FROM photos WHERE state = 1 AND id IN (SELECT value FROM json_each(?))",
                          (json.dumps(list(ids)),)).fetchone()[0])


def displace(tx: Transaction, folder_id: int, name: bytes, but: int | None = None) -> None:
    """Make room at a place whose content now belongs to another photo: the file known there waits as missing."""
    photos = tx.execute(
        "UPDATE files SET state = 'missing', missing_since = ? WHERE folder_id = ? AND name = ? AND state = 'present' "
        "AND id IS NOT ? RETURNING photo_id", (now(), folder_id, name, but)).fetchall()
    _settle(tx, [row[0] for row in photos])


def note_sidecars(
    tx: Transaction, folder_id: int, gone: Iterable[bytes], there: dict[bytes, Stamp], described: Iterable[bytes]
) -> None:
    """Keep which side files a folder has. gone, there: what differs from before; described: photos to read again."""
    tx.executemany("DELETE FROM sidecars WHERE folder_id = ? AND name = ?", ((folder_id, name) for name in gone))
    tx.executemany("INSERT OR REPLACE INTO sidecars VALUES (?, ?, ?, ?)",
                   ((folder_id, name, *stamp) for name, stamp in there.items()))
    tx.executemany("UPDATE files SET inspected = 0 WHERE folder_id = ? AND name = ? AND state = 'present'",
                   ((folder_id, name) for name in described))


def note_full_hash(tx: Transaction, file_id: int, mtime_ns: int, full_hash: bytes) -> None:
    """Keep the hash of a whole file that was read for another reason, if the file is still as it was."""
    tx.execute("UPDATE files SET full_hash = ?, hashed_at = ? WHERE id = ? AND mtime_ns = ? AND state = 'present'",
               (full_hash, now(), file_id, mtime_ns))


def present_file_at(tx: Transaction, folder_id: int, name: bytes) -> int | None:
    """The file known at a place."""
    row = tx.execute("SELECT id FROM files WHERE folder_id = ? AND name = ? AND state = 'present'",
                     (folder_id, name)).fetchone()
    return None if row is None else int(row[0])


def missing_file_at(tx: Transaction, folder_id: int, name: bytes) -> int | None:
    """The file that was last at a place where nothing is known to be now."""
    row = tx.execute("SELECT id FROM files WHERE folder_id = ? AND name = ? AND state = 'missing' "
                     "ORDER BY missing_since DESC, id DESC LIMIT 1", (folder_id, name)).fetchone()
    return None if row is None else int(row[0])


def _settle(tx: Transaction, photo_ids: Iterable[int]) -> None:
    """Bring photos, their other folders, their names and their pairs in line with their files."""
    ids = list(photo_ids)
    tx.changes.touch("photos", ids)
    tx.changes.touch("text", ids)
    refresh_photos(tx, ids)
    refresh_pairs(tx, ids)


def _read_again_if_dated_by_name(tx: Transaction, file_ids: Iterable[int]) -> None:
    """A date taken from the name or the mtime (taken_origin 4, 5), or none at all, may be another one now."""
    tx.executemany(
        "UPDATE files SET inspected = 0 WHERE id = ? AND (SELECT taken_origin FROM photos WHERE id = files.photo_id) "
        "IN (0, 4, 5)", ((file_id,) for file_id in file_ids))
