"""Many-to-many facts of photos in memory: (photo, keyword) and (photo, further folder) as two sorted arrays."""

from __future__ import annotations

import sqlite3
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database
from photoarchive.catalog.pending import Pending
from photoarchive.catalog.snapshot import Snapshot

REREAD_SHARE = 4        # more than a quarter of the photos changed: read everything again
FEW = 4_000             # so many are looked up one by one in any case


class Links:
    """Pairs (photo id, target id), sorted by photo. Read from SQL when first asked, repaired when photos changed.

    sql selects the pairs and ends in its WHERE clause; key is the SQL name of the photo id in it. Thread-safe.
    """

    def __init__(self, db: Database, name: str, sql: str, key: str) -> None:
        self._db, self._name, self._sql, self._key = db, name, sql, key
        self._lock = threading.Lock()
        self._pending = Pending()
        self._pairs: tuple[Array, Array] = (np.zeros(0, np.uint32), np.zeros(0, np.int32))

    def pairs(self) -> tuple[Array, Array]:
        """(photo ids, target ids), both (n,), sorted by photo and target."""
        with self._lock:
            due = self._pending.take()
            try:
                if due.everything or len(due.photo_ids) * REREAD_SHARE > max(len(self._pairs[0]), FEW):
                    self._pairs = self._read("ORDER BY 1, 2", ())
                elif len(due.photo_ids):
                    self._pairs = self._repaired(self._pairs, due.photo_ids)
            except sqlite3.Error:
                self._pending.note_everything()             # nothing of it was read: it stays due
                raise
            return self._pairs

    def refresh_later(self, photo_ids: Array) -> None:
        """The pairs of these photos changed; they are read when somebody asks."""
        self._pending.note(photo_ids)

    def forget(self) -> None:
        """Everything may have changed."""
        self._pending.note_everything()

    def adopt(self, found: Snapshot) -> None:
        """Take the pairs of a snapshot, if it has them."""
        if f"{self._name}.photo" in found.header.sections:
            with self._lock:
                self._pairs = (found.array(f"{self._name}.photo"), found.array(f"{self._name}.target"))
                self._pending.clear()

    def sections(self) -> dict[str, Array]:
        """The pairs as arrays of a snapshot."""
        photos, targets = self.pairs()
        return {f"{self._name}.photo": photos, f"{self._name}.target": targets}

    def _read(self, ending: str, parameters: tuple[str, ...]) -> tuple[Array, Array]:
        rows = self._db.read().execute(f"{self._sql} {ending}", parameters).fetchall()
        photos = np.fromiter((row[0] for row in rows), np.uint32, len(rows))
        return photos, np.fromiter((row[1] for row in rows), np.int32, len(rows))

    def _repaired(self, pairs: tuple[Array, Array], ids: Array) -> tuple[Array, Array]:
        chosen = msgspec.json.encode(ids.tolist()).decode()
        photos, targets = self._read(f"AND {self._key} IN (SELECT value FROM json_each(?))", (chosen,))
        keep = ~np.isin(pairs[0], ids)
        photos = np.concatenate([pairs[0][keep], photos])
        targets = np.concatenate([pairs[1][keep], targets])
        order = np.lexsort((targets, photos))
        return photos[order], targets[order]
