"""What must be known of a photo to show it or to make its previews: one row, read when it is needed."""

from __future__ import annotations

from typing import Any

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.previews import content_version
from photoarchive.core.facts import Kind

ACTIVE, MISSING, REMOVED, TRASH = range(4)      # photos.state


class Subject(msgspec.Struct, frozen=True):
    """A photo as the media routes and the preview job see it."""

    photo_id: int
    kind: Kind
    state: int
    source_id: int
    source_name: str
    extension: str              # by content once it was inspected, else by name; lower case with the dot
    size: int                   # of the original, bytes
    version: bytes | None       # its content; None: no file is known
    failure: str | None         # why no preview can be made of this content
    codec: str | None           # of a video, or of the clip inside a motion photo
    width: int | None           # as displayed
    height: int | None

    @property
    def is_gone(self) -> bool:
        """No present file."""
        return self.state == MISSING or self.version is None


_SUBJECT = """
SELECT p.kind, p.state, p.source_id, s.display_name, fm.ext, f.name, f.size, f.mtime_ns, f.content_key, f.id,
       pf.version, pf.reason, d.codec, p.width, p.height
FROM photos p
LEFT JOIN files f ON f.id = p.file_id
LEFT JOIN sources s ON s.id = p.source_id
LEFT JOIN formats fm ON fm.id = p.format_id
LEFT JOIN preview_failures pf ON pf.photo_id = p.id
LEFT JOIN details d ON d.photo_id = p.id
WHERE p.id = ?
"""


class Subjects:
    """Reads subjects and writes back what rendering taught us."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, photo_id: int) -> Subject | None:
        """One photo, or None if there is none with that id."""
        row = self._db.read().execute(_SUBJECT, (photo_id,)).fetchone()
        return _subject(photo_id, row) if row else None

    def note(self, photo_id: int, colour: int, damaged: str) -> None:
        """What rendering saw: the average colour (RGB565) for its tile, and what is wrong with the file ("": nothing).

        Does not wait.
        """
        def work(tx: Transaction) -> None:
            changed = tx.execute(
                "UPDATE photos SET colour = ?1, damaged = ?2 WHERE id = ?3 AND (colour IS NOT ?1 OR damaged IS NOT ?2)",
                (colour, damaged or None, photo_id))
            if changed.rowcount:
                tx.changes.touch("photos", [photo_id])

        self._db.submit(work)

    def path(self, photo_id: int) -> str:
        """Where the photo's first file lies, for a person."""
        row = self._db.read().execute(
            "SELECT s.path, fo.relpath, f.name FROM photos p JOIN files f ON f.id = p.file_id "
            "JOIN folders fo ON fo.id = f.folder_id JOIN sources s ON s.id = fo.source_id WHERE p.id = ?",
            (photo_id,)).fetchone()
        return b"/".join(part for part in row if part).decode("utf-8", "replace") if row else ""


def _subject(photo_id: int, row: tuple[Any, ...]) -> Subject:
    (kind, state, source_id, source_name, ext, name, size, mtime_ns, key, file_id,
     failed_version, reason, codec, width, height) = row
    version = None if file_id is None else content_version(key, size, mtime_ns)
    named = "." + name.rpartition(b".")[2].decode("ascii", "replace").lower() if name and b"." in name else ""
    return Subject(
        photo_id=photo_id, kind=Kind(kind), state=state, source_id=source_id, source_name=source_name or "",
        extension=ext or named, size=size or 0, version=version,
        failure=reason if failed_version is not None and failed_version == version else None,
        codec=codec, width=width, height=height)
