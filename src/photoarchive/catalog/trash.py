"""Empties the trash: rows of sources whose catalog data were deleted more than 30 days ago. Never touches a file."""

from __future__ import annotations

import json

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.files import refresh_photos
from photoarchive.catalog.pairs import keep_faces, refresh_pairs
from photoarchive.core.clock import now

KEPT_S = 30 * 86_400.0


def expired_sources(db: Database) -> list[int]:
    """Sources that have been in the trash for longer than they are kept."""
    rows = db.read().execute("SELECT id FROM sources WHERE state = 'trash' AND removed_at < ? ORDER BY id",
                             (now() - KEPT_S,))
    return [row[0] for row in rows]


def count_files(db: Database, source_id: int) -> int:
    """How many rows of files a source still has."""
    return int(db.read().execute(
        "SELECT count(*) FROM folders d JOIN files f ON f.folder_id = d.id WHERE d.source_id = ?",
        (source_id,)).fetchone()[0])


def empty_some(tx: Transaction, source_id: int, limit: int) -> int:
    """Delete up to so many files of a source, and photos that have no other; at the end the source itself.

    Returns how many files went. A photo with a file in another source stays with it.
    """
    rows = tx.execute(
        "SELECT f.id, f.photo_id FROM folders d JOIN files f ON f.folder_id = d.id WHERE d.source_id = ? LIMIT ?",
        (source_id, limit)).fetchall()
    if not rows:
        tx.execute("DELETE FROM sources WHERE id = ? AND state = 'trash'", (source_id,))
        return 0
    tx.executemany("DELETE FROM files WHERE id = ?", ((file_id,) for file_id, _ in rows))
    photos = json.dumps(sorted({photo_id for _, photo_id in rows}))
    lost = [row[0] for row in tx.execute(
        "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM files WHERE photo_id = value)", (photos,))]
    bereft = [row[0] for row in tx.execute(
        "SELECT id FROM photos WHERE leader_id IN (SELECT value FROM json_each(?))", (json.dumps(lost),))]
    keep_faces(tx, set(bereft).difference(lost))
    tx.executemany("DELETE FROM photos WHERE id = ?", ((photo_id,) for photo_id in lost))
    for group in ("photos", "marks", "ratings", "keywords", "text"):
        tx.changes.touch(group, lost)
    refresh_photos(tx, {photo_id for _, photo_id in rows}.difference(lost))
    refresh_pairs(tx, set(bereft).difference(lost))
    return len(rows)
