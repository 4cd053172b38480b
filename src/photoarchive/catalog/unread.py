"""Which files still have to be read for their metadata, in the order they lie on the disk. Owns no writing."""

from __future__ import annotations

import os
from collections.abc import Collection

import msgspec

from photoarchive.catalog.database import Database
from photoarchive.catalog.keywords import as_json
from photoarchive.core.paths import display_path

_NEXT = """
SELECT f.id, d.id, d.relpath, f.name, f.mtime_ns
FROM folders d JOIN files f ON f.folder_id = d.id
WHERE d.source_id = ? AND d.relpath >= ? AND f.state = 'present' AND f.inspected < ?
  AND f.id NOT IN (SELECT value FROM json_each(?))
ORDER BY d.relpath, f.name LIMIT ?
"""
_COUNT_OF_SOURCES = """
SELECT count(*) FROM files f JOIN folders d ON d.id = f.folder_id
WHERE f.state = 'present' AND f.inspected < ? AND d.source_id IN (SELECT value FROM json_each(?))
"""


class UnreadFile(msgspec.Struct, frozen=True):
    """A file whose metadata the catalog lacks."""

    file_id: int
    folder_id: int
    folder: bytes           # path beneath the source, b"" for the source itself
    name: bytes
    mtime_ns: int

    @property
    def relpath(self) -> bytes:
        """Path beneath the source."""
        return os.path.join(self.folder, self.name)


class ReadError(msgspec.Struct, frozen=True):
    """A file that could not be read."""

    photo_id: int
    path: str
    reason: str
    at: float


class Unread:
    """Questions about files that were not read yet, or by an older extractor. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def count(self, version: int, source_ids: Collection[int] | None = None) -> int:
        """How many present files were read by an older extractor than `version`, or not at all.

        source_ids: only those of these sources; None: of all, which is faster.
        """
        connection = self._db.read()
        if source_ids is None:
            row = connection.execute("SELECT count(*) FROM files WHERE state = 'present' AND inspected < ?", (version,))
        else:
            row = connection.execute(_COUNT_OF_SOURCES, (version, as_json(source_ids)))
        return int(row.fetchone()[0])

    def total(self) -> int:
        """How many present files there are."""
        return int(self._db.read().execute("SELECT count(*) FROM files WHERE state = 'present'").fetchone()[0])

    def next(
        self, source_id: int, from_folder: bytes, version: int, limit: int, but: Collection[int] = ()
    ) -> list[UnreadFile]:
        """The next files of a source in path order, from a folder on."""
        rows = self._db.read().execute(_NEXT, (source_id, from_folder, version, as_json(but), limit)).fetchall()
        return [UnreadFile(*row) for row in rows]

    def folder_names(self, folder_id: int) -> list[bytes]:
        """Names of the present files and of the side files in a folder, if it has side files; else empty."""
        connection = self._db.read()
        sidecars = connection.execute("SELECT name FROM sidecars WHERE folder_id = ?", (folder_id,)).fetchall()
        if not sidecars:
            return []
        files = connection.execute("SELECT name FROM files WHERE folder_id = ? AND state = 'present'", (folder_id,))
        return [row[0] for row in (*files, *sidecars)]

    def errors(self, limit: int, offset: int) -> tuple[list[ReadError], int]:
        """A page of the files that could not be read, and how many there are."""
        connection = self._db.read()
        rows = connection.execute(
            "SELECT f.photo_id, s.path, d.relpath, f.name, f.error, f.first_seen FROM files f "
            "JOIN folders d ON d.id = f.folder_id JOIN sources s ON s.id = d.source_id "
            "WHERE f.error IS NOT NULL AND f.state = 'present' ORDER BY s.id, d.relpath, f.name LIMIT ? OFFSET ?",
            (limit, offset)).fetchall()
        total = connection.execute(
            "SELECT count(*) FROM files WHERE error IS NOT NULL AND state = 'present'").fetchone()[0]
        errors = [ReadError(photo_id, display_path(os.path.join(root, relpath, name)), reason, at)
                  for photo_id, root, relpath, name, reason, at in rows]
        return errors, int(total)
