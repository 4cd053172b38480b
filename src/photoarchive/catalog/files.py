"""Files of photos: where they lie and which one stands for its photo. Owns the reading of `files` and `folders`.

What a scan finds out about files is decided in `catalog.identity`; this module never opens one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import deque
from collections.abc import Iterable

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.core.errors import NotFound
from photoarchive.core.paths import Original

# Best first: in an active source and present, then missing there, then removed with its source, then in the trash;
# among those online before offline, readable before broken, and the file known longest.
_STANDING = """CASE WHEN s.state = 'trash' THEN 3 WHEN s.state = 'removed' THEN 2
                    WHEN f.state = 'missing' THEN 1 ELSE 0 END"""
_BEST_FIRST = f"{_STANDING}, s.online DESC, f.error IS NOT NULL, f.id"

MANY = 50_000               # from here on reading the whole columns again is faster than photo by photo

# Photos with a file in a source and another elsewhere.
_SHARED = """
SELECT DISTINCT f.photo_id FROM folders d JOIN files f ON f.folder_id = d.id
WHERE d.source_id = ? AND EXISTS (SELECT 1 FROM files g JOIN folders e ON e.id = g.folder_id
                                  WHERE g.photo_id = f.photo_id AND e.source_id <> d.source_id)
"""

# The state of photos that lie in one source only, after that source's own state changed.
_FOLLOW_SOURCE = """
WITH target AS (SELECT p.id, CASE (SELECT state FROM sources WHERE id = ?) WHEN 'trash' THEN 3 WHEN 'removed' THEN 2
                  ELSE (SELECT f.state = 'missing' FROM files f WHERE f.id = p.file_id) END AS state
                FROM photos p WHERE p.source_id = ? AND p.id NOT IN (SELECT id FROM temp.photos_to_refresh))
UPDATE photos SET state = target.state FROM target WHERE target.id = photos.id AND photos.state <> target.state
RETURNING photos.id
"""

_LOCATIONS = f"""
SELECT f.id, d.source_id, s.path, d.relpath, f.name, f.size, f.mtime_ns, f.state = 'present', s.online, {_STANDING},
       f.error
FROM files f JOIN folders d ON d.id = f.folder_id JOIN sources s ON s.id = d.source_id
WHERE f.photo_id = ? ORDER BY {_BEST_FIRST}
"""

# The rows of the chosen file, written only where they differ, so that an unchanged photo costs no write.
_REFRESH = f"""
WITH ranked AS (
  SELECT f.photo_id, f.id AS file_id, d.source_id, f.folder_id, f.size, f.mtime_ns / 1e9 AS modified_at, f.error,
         {_STANDING} AS standing,
         row_number() OVER (PARTITION BY f.photo_id ORDER BY {_BEST_FIRST}) AS place
  FROM temp.photos_to_refresh t CROSS JOIN files f ON f.photo_id = t.id   -- CROSS: by photo, never all files
  JOIN folders d ON d.id = f.folder_id JOIN sources s ON s.id = d.source_id
)
UPDATE photos SET file_id = r.file_id, source_id = r.source_id, folder_id = r.folder_id, file_size = r.size,
  modified_at = r.modified_at, state = r.standing,
  unreadable = CASE WHEN r.error IS NOT NULL THEN r.error WHEN photos.file_id IS NOT r.file_id THEN NULL
               ELSE photos.unreadable END
FROM (SELECT * FROM ranked WHERE place = 1) r
WHERE photos.id = r.photo_id AND (photos.file_id IS NOT r.file_id OR photos.source_id <> r.source_id
  OR photos.folder_id <> r.folder_id OR photos.file_size <> r.size OR photos.modified_at IS NOT r.modified_at
  OR photos.state <> r.standing OR (r.error IS NOT NULL AND photos.unreadable IS NOT r.error))
RETURNING photos.id
"""


class Location(msgspec.Struct, frozen=True):
    """One place where a photo lies."""

    file_id: int
    source_id: int
    original: Original
    size: int
    mtime_ns: int
    present: bool
    online: bool
    removed: bool           # its source was removed from the catalog
    error: str | None


class Files:
    """Questions about the files of photos. Thread-safe: every call reads through this thread's connection."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def locations(self, photo_id: int) -> list[Location]:
        """All places of a photo, best first, missing and offline ones too. Raises NotFound for an unknown photo."""
        found = locations(self._db.read(), photo_id)
        if not found:
            raise NotFound(f"There is no photo {photo_id}.")
        return found

    def locate(self, photo_id: int) -> list[Original]:
        """Where a photo may be read, best first: present files of online sources. Empty if all are away.

        Raises NotFound for an unknown photo.
        """
        return [place.original for place in self.locations(photo_id)
                if place.present and place.online and not place.removed]


def locations(connection: sqlite3.Connection, photo_id: int) -> list[Location]:
    """Like Files.locations for a given connection; empty for an unknown photo."""
    return [
        Location(file_id, source_id, Original(root, os.path.join(relpath, name)), size, mtime_ns, bool(present),
                 bool(online), standing >= 2, error)
        for file_id, source_id, root, relpath, name, size, mtime_ns, present, online, standing, error
        in connection.execute(_LOCATIONS, (photo_id,))
    ]


def known_files(connection: sqlite3.Connection, source_id: int, count: int) -> list[tuple[bytes, int, int]]:
    """Some present files of a source, spread over its folders: (path beneath the source, size, mtime_ns).

    Always the same ones while nothing changes: they tell whether a drive is the one that was added.
    """
    folders = connection.execute(
        "SELECT id, relpath FROM folders WHERE source_id = ? ORDER BY id", (source_id,)).fetchall()
    found: list[tuple[bytes, int, int]] = []
    picks = min(count, len(folders))
    waiting = deque(folders[i * len(folders) // picks] for i in range(picks))
    waiting.extend(folders)     # folders without files leave room for more of the others
    seen: set[int] = set()
    per_folder = max(1, -(-count // max(1, len(folders))))
    while waiting and len(found) < count:
        folder_id, relpath = waiting.popleft()
        if folder_id not in seen:
            seen.add(folder_id)
            found += [(os.path.join(relpath, name), size, mtime_ns) for name, size, mtime_ns in connection.execute(
                "SELECT name, size, mtime_ns FROM files WHERE folder_id = ? AND state = 'present' LIMIT ?",
                (folder_id, per_folder))]
    return found[:count]


def count_present(connection: sqlite3.Connection, source_id: int, folder: bytes = b"") -> int:
    """How many present files the catalog has in a source, or in one of its folders and those beneath."""
    beneath, parameters = folders_beneath(source_id, folder)
    return int(connection.execute(
        f"SELECT count(*) FROM folders d JOIN files f ON f.folder_id = d.id WHERE {beneath} AND f.state = 'present'",
        parameters).fetchone()[0])


def count_photos(connection: sqlite3.Connection, source_id: int, gone: list[int]) -> tuple[int, int]:
    """How many photos would be left without a present file if these files were gone, and how many the source has."""
    going = connection.execute(
        "WITH gone AS (SELECT value AS id FROM json_each(?)) "
        "SELECT count(DISTINCT f.photo_id) FROM files f WHERE f.id IN gone AND f.state = 'present' AND NOT EXISTS "
        "(SELECT 1 FROM files g WHERE g.photo_id = f.photo_id AND g.state = 'present' AND g.id NOT IN gone)",
        (json.dumps(gone),)).fetchone()[0]
    total = connection.execute(
        "SELECT count(DISTINCT f.photo_id) FROM folders d JOIN files f ON f.folder_id = d.id "
        "WHERE d.source_id = ? AND f.state = 'present'", (source_id,)).fetchone()[0]
    return int(going), int(total)


def folders_beneath(source_id: int, folder: bytes) -> tuple[str, tuple[int | bytes, ...]]:
    """Condition (on `folders d`) and parameters for a folder of a source and all beneath it; b"" is the whole source.

    "0" is the character after "/", so the paths between them are those beneath the folder.
    """
    if not folder:
        return "d.source_id = ?", (source_id,)
    return ("d.source_id = ? AND (d.relpath = ? OR (d.relpath > ? AND d.relpath < ?))",
            (source_id, folder, folder + b"/", folder + b"0"))


def refresh_photos(tx: Transaction, photo_ids: Iterable[int]) -> list[int]:
    """Choose again which file stands for each photo, and copy its place, size, mtime and state to the photo.

    Returns the ids whose row changed; their columns and text are marked to be read again.
    """
    _collect(tx, "SELECT ?", ((photo_id,) for photo_id in set(photo_ids)))
    changed = _refresh_collected(tx)
    tx.changes.touch("text", changed)
    return changed


def refresh_photos_of_source(tx: Transaction, source_id: int, *, only_shared: bool = False) -> list[int]:
    """Refresh every photo with a file in a source; only_shared: only those with a file in another source too."""
    _collect(tx, _SHARED, ((source_id,),))
    changed = _refresh_collected(tx)
    tx.changes.touch("text", changed)
    if not only_shared:     # photos that lie here only keep their file, so nothing but their state can change
        alone = [row[0] for row in tx.execute(_FOLLOW_SOURCE, (source_id, source_id))]
        _touch(tx, alone)
        changed += alone
    return changed


def _collect(tx: Transaction, select: str, rows: Iterable[tuple[int]]) -> None:
    tx.execute("CREATE TEMP TABLE IF NOT EXISTS photos_to_refresh (id INTEGER PRIMARY KEY)")
    tx.execute("DELETE FROM temp.photos_to_refresh")
    tx.executemany(f"INSERT INTO temp.photos_to_refresh {select}", rows)


def _refresh_collected(tx: Transaction) -> list[int]:
    changed = [row[0] for row in tx.execute(_REFRESH)]
    _touch(tx, changed)
    return changed


def _touch(tx: Transaction, changed: list[int]) -> None:
    if len(changed) > MANY:
        tx.changes.touch_all("photos")
    else:
        tx.changes.touch("photos", changed)


def folder_id_of(tx: Transaction, source_id: int, relpath: bytes) -> int:
    """The id of a folder of a source, made if it is new."""
    row = tx.execute("SELECT id FROM folders WHERE source_id = ? AND relpath = ?", (source_id, relpath)).fetchone()
    if row is None:
        row = tx.execute("INSERT INTO folders (source_id, relpath) VALUES (?, ?) RETURNING id",
                         (source_id, relpath)).fetchone()
    return int(row[0])
