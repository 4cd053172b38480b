"""What the catalog knows of videos beside their facts: copies that were asked for, what failed, clips of live photos.

Owns the tables `proxy_wishes` and `video_failures`.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.pairs import LIVE_PHOTO
from photoarchive.core import clock
from photoarchive.core.facts import Clip


class Made(IntEnum):
    """What is made of a video."""

    STRIP = 0
    PROXY = 1


class VideoFailure(msgspec.Struct, frozen=True):
    """Why something could not be made of a video's content."""

    photo_id: int
    reason: str
    at: float


class Videos:
    """The tables. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ------------------------------------------------------------------ facts

    def duration(self, photo_id: int) -> float | None:
        """Seconds; None if they are not known."""
        return self.length_and_rate(photo_id)[0]

    def length_and_rate(self, photo_id: int) -> tuple[float | None, float | None]:
        """Seconds, and frames a second; None where they are not known."""
        row = self._db.read().execute("SELECT duration, frame_rate FROM photos LEFT JOIN details ON photo_id = id "
                                      "WHERE id = ?", (photo_id,)).fetchone()
        return (None, None) if row is None else (row[0], row[1])

    def clip_of(self, photo_id: int) -> int | None:
        """The clip of a live photo; None for anything else."""
        row = self._db.read().execute("SELECT id FROM photos WHERE leader_id = ? AND pair_kind = ? ORDER BY id LIMIT 1",
                                      (photo_id, LIVE_PHOTO)).fetchone()
        return None if row is None else int(row[0])

    def clip_inside(self, photo_id: int) -> Clip | None:
        """Where the clip of a motion photo lies inside its file; None for anything else."""
        row = self._db.read().execute("SELECT clip_start, clip_size FROM photos WHERE id = ?", (photo_id,)).fetchone()
        return None if row is None or row[1] is None else Clip(*row)

    # ------------------------------------------------------------------ copies that are asked for

    def wish(self, photo_id: int) -> None:
        """Ask for a copy; an earlier failure is forgotten."""
        def work(tx: Transaction) -> None:
            tx.execute("INSERT OR IGNORE INTO proxy_wishes VALUES (?, ?)", (photo_id, clock.now()))
            tx.execute("DELETE FROM video_failures WHERE photo_id = ? AND what = ?", (photo_id, int(Made.PROXY)))

        self._db.write(work, durable=True)

    def grant(self, photo_id: int) -> None:
        """The copy is there, or not wanted any more."""
        self._db.write(lambda tx: tx.execute("DELETE FROM proxy_wishes WHERE photo_id = ?", (photo_id,)) and None)

    def wished(self) -> list[int]:
        """The videos whose copies are asked for, first come first served."""
        rows = self._db.read().execute("SELECT photo_id FROM proxy_wishes ORDER BY asked_at, photo_id")
        return [row[0] for row in rows]

    # ------------------------------------------------------------------ failures

    def fail(self, photo_id: int, what: Made, version: bytes, reason: str) -> None:
        """Set a video aside until its content changes; a wish for it is over."""
        def work(tx: Transaction) -> None:
            tx.execute("INSERT OR REPLACE INTO video_failures SELECT id, ?, ?, ?, ? FROM photos WHERE id = ?",
                       (int(what), version, reason, clock.now(), photo_id))
            if what is Made.PROXY:
                tx.execute("DELETE FROM proxy_wishes WHERE photo_id = ?", (photo_id,))

        self._db.write(work)

    def failure(self, photo_id: int, what: Made, version: bytes | None) -> str | None:
        """Why this content could not be made into that; None if nothing is known against it."""
        row = self._db.read().execute(
            "SELECT reason FROM video_failures WHERE photo_id = ? AND what = ? AND version = ?",
            (photo_id, int(what), version)).fetchone()
        return None if row is None else str(row[0])

    def failed(self, what: Made) -> dict[int, bytes]:
        """Photo → content that failed."""
        return dict(self._db.read().execute(
            "SELECT photo_id, version FROM video_failures WHERE what = ?", (int(what),)).fetchall())

    def failures(self, what: Made, limit: int, offset: int) -> tuple[list[VideoFailure], int]:
        """A page of failures, newest first, and how many there are."""
        connection = self._db.read()
        rows = connection.execute("SELECT photo_id, reason, at FROM video_failures WHERE what = ? "
                                  "ORDER BY at DESC, photo_id LIMIT ? OFFSET ?", (int(what), limit, offset)).fetchall()
        total = connection.execute("SELECT count(*) FROM video_failures WHERE what = ?", (int(what),)).fetchone()[0]
        return [VideoFailure(*row) for row in rows], int(total)
