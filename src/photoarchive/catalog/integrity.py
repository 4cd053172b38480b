"""Full hashes of files: which are due, and what a new hash means. Reads no file.

A file is due when it was never hashed at its place, when its mtime changed, or when the last check is long ago.
`hashed_at` says which: NULL, 0, or the time of that check.
"""

from __future__ import annotations

import os
from enum import StrEnum

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.files import refresh_photos
from photoarchive.catalog.pairs import refresh_pairs
from photoarchive.catalog.splitting import split_off
from photoarchive.core.clock import now
from photoarchive.core.paths import display_path

CHECK_EVERY_S = 180 * 86_400.0      # half a year: a terabyte read twice a year
SILENT = "The content changed although size and time did not: the file or its disk may be damaged."


class Verdict(StrEnum):
    """What a full hash told."""

    FIRST = "first"             # nothing to compare with
    CONFIRMED = "confirmed"
    OTHER_PHOTO = "other"       # the quick key had taken it for a moved file: a photo of its own now
    CHANGED = "changed"         # edited where the quick key does not look
    SILENT = "silent"           # same size and mtime, other content: damaged


class Due(msgspec.Struct, frozen=True):
    """A file to be hashed."""

    file_id: int
    source_id: int
    root: bytes
    relpath: bytes
    size: int
    mtime_ns: int

    @property
    def shown(self) -> str:
        """The file's name for a person."""
        return display_path(self.relpath.rpartition(b"/")[2])


def count_due(db: Database) -> int:
    """How many files are due."""
    return int(db.read().execute(
        "SELECT (SELECT count(*) FROM files INDEXED BY files_to_hash WHERE hashed_at IS NULL AND state = 'present' "
        "AND content_key IS NOT NULL) + (SELECT count(*) FROM files INDEXED BY files_to_hash WHERE hashed_at < ? "
        "AND state = 'present' AND content_key IS NOT NULL)", (now() - CHECK_EVERY_S,)).fetchone()[0])


def count_checked(db: Database) -> int:
    """How many present files can be checked at all."""
    return int(db.read().execute(
        "SELECT count(*) FROM files WHERE state = 'present' AND content_key IS NOT NULL").fetchone()[0])


def next_due(db: Database, count: int, not_these: frozenset[int] = frozenset()) -> list[Due]:
    """Files to hash, in the order of their ids, so that a disk reads them in path order; only of online sources."""
    rows = db.read().execute(
        "SELECT f.id, d.source_id, s.path, d.relpath, f.name, f.size, f.mtime_ns FROM files f INDEXED BY files_to_hash "
        "JOIN folders d ON d.id = f.folder_id JOIN sources s ON s.id = d.source_id "
        "WHERE f.state = 'present' AND f.content_key IS NOT NULL AND (f.hashed_at IS NULL OR f.hashed_at < ?) "
        "AND s.online AND s.state = 'active' ORDER BY f.hashed_at, f.id LIMIT ?",
        (now() - CHECK_EVERY_S, count + len(not_these)))
    return [Due(file_id, source_id, root, os.path.join(relpath, name), size, mtime_ns)
            for file_id, source_id, root, relpath, name, size, mtime_ns in rows if file_id not in not_these][:count]


def damaged(db: Database, limit: int, offset: int) -> tuple[list[tuple[int, str, float]], int]:
    """Files whose content changed silently: (photo id, path, when found), and how many there are."""
    rows = db.read().execute(
        "SELECT f.photo_id, s.path, d.relpath, f.name, f.hashed_at FROM files f JOIN folders d ON d.id = f.folder_id "
        "JOIN sources s ON s.id = d.source_id WHERE f.error = ? AND f.state = 'present' ORDER BY f.id LIMIT ? OFFSET ?",
        (SILENT, limit, offset)).fetchall()
    total = db.read().execute("SELECT count(*) FROM files WHERE error = ? AND state = 'present'", (SILENT,)).fetchone()
    return [(photo_id, display_path(os.path.join(root, relpath, name)), at or 0.0)
            for photo_id, root, relpath, name, at in rows], int(total[0])


def store_hash(tx: Transaction, due: Due, found: bytes) -> Verdict | None:
    """Keep the full hash of a file and draw the consequences. None if the file is no longer as it was hashed."""
    row = tx.execute("SELECT photo_id, full_hash, hashed_at, error FROM files "
                     "WHERE id = ? AND state = 'present' AND size = ? AND mtime_ns = ?",
                     (due.file_id, due.size, due.mtime_ns)).fetchone()
    if row is None:
        return None
    photo_id, known, hashed_at, error = row
    verdict = _judge(known, hashed_at, found)
    if verdict is Verdict.SILENT:       # the hash of the good content is kept: a repaired file is recognised
        _set(tx, due.file_id, known, SILENT)
    elif verdict is Verdict.OTHER_PHOTO:
        _set(tx, due.file_id, found, None)
        _make_own_photo(tx, photo_id, due.file_id, known)
    else:
        _set(tx, due.file_id, found, None if error == SILENT else error)
        if verdict is Verdict.CHANGED:  # the key says which content previews show, so it must change too
            tx.execute("UPDATE files SET inspected = 0, content_key = ? WHERE id = ?", (found[:16], due.file_id))
        _part_unequal_places(tx, photo_id, due.file_id, found)
    refresh_photos(tx, [photo_id])
    if (error == SILENT) != (verdict is Verdict.SILENT):
        tx.execute("UPDATE photos SET unreadable = NULL WHERE id = ? AND unreadable = ?", (photo_id, SILENT))
    tx.changes.touch("photos", [photo_id])
    return verdict


def _judge(known: bytes | None, hashed_at: float | None, found: bytes) -> Verdict:
    if known is None:
        return Verdict.FIRST
    if known == found:
        return Verdict.CONFIRMED
    if hashed_at is None:
        return Verdict.OTHER_PHOTO
    return Verdict.CHANGED if hashed_at == 0 else Verdict.SILENT


def _set(tx: Transaction, file_id: int, full_hash: bytes | None, error: str | None) -> None:
    tx.execute("UPDATE files SET full_hash = ?, hashed_at = ?, error = ? WHERE id = ?",
               (full_hash, now(), error, file_id))


def _make_own_photo(tx: Transaction, photo_id: int, file_id: int, known: bytes | None) -> None:
    """A file taken for a moved one by its quick key is another: the first photo waits for its content, as missing."""
    tx.execute(
        "INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, content_key, full_hash, state, inspected, "
        "seen_scan, first_seen, missing_since) SELECT photo_id, folder_id, name, size, mtime_ns, content_key, ?, "
        "'missing', inspected, seen_scan, first_seen, ? FROM files WHERE id = ?", (known, now(), file_id))
    new_id = split_off(tx, photo_id, [file_id])
    tx.execute("UPDATE files SET inspected = 0 WHERE id = ?", (file_id,))
    for table in ("marks", "photo_keywords", "overlays"):       # what the user said was about the other picture
        tx.execute(f"DELETE FROM {table} WHERE photo_id = ?", (new_id,))
    refresh_pairs(tx, [photo_id, new_id])


def _part_unequal_places(tx: Transaction, photo_id: int, file_id: int, found: bytes) -> None:
    """Places of one photo with different full hashes hold two pictures: the ones that differ become another photo."""
    differing = [row[0] for row in tx.execute(
        "SELECT id FROM files WHERE photo_id = ? AND id <> ? AND state = 'present' AND full_hash IS NOT NULL "
        "AND full_hash <> ?", (photo_id, file_id, found))]
    if not differing:
        return
    shown = tx.execute("SELECT file_id FROM photos WHERE id = ?", (photo_id,)).fetchone()[0]
    new_id = split_off(tx, photo_id, [file_id] if shown in differing else differing)
    refresh_pairs(tx, [photo_id, new_id])
