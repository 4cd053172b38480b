"""The alphabetical order of file names. Names stay in SQLite; memory holds one number per photo, kept by repair.

Letter case of a–z is ignored; otherwise names are compared byte by byte. Most of what is written about a photo leaves
its name alone, and whoever writes need not know: triggers of the writer's connection list the photos that got another
name, and the columns show which came or went. (Measured: triggers for new photos would cost a scan 13 µs each.)
"""

from __future__ import annotations

import sqlite3
import threading

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.pending import Pending
from photoarchive.catalog.snapshot import Snapshot

GROUP = "names"             # of catalog.database.Changes: photos that came, went or have another file name
MOST_REPAIRED = 3_000       # changed photos that are moved one by one; more: everything is ordered anew

_IN_ORDER = """
SELECT group_concat(id, ' '), group_concat(fresh, ' ') FROM (
  SELECT id, name IS NOT lag(name) OVER (ORDER BY name, id) AS fresh FROM (
    SELECT photos.id AS id, lower(CAST(files.name AS TEXT)) AS name
    FROM photos JOIN files ON files.id = photos.file_id
  ) ORDER BY name, id
)
"""
_NAMES = """
SELECT photos.id, files.name FROM json_each(?) JOIN photos ON photos.id = json_each.value
JOIN files ON files.id = photos.file_id
"""
_LIST = "CREATE TEMP TABLE IF NOT EXISTS renamed_photos (id INTEGER PRIMARY KEY)"
_TRIGGER = """
CREATE TEMP TRIGGER IF NOT EXISTS renamed_{number} AFTER {event} BEGIN
  INSERT OR IGNORE INTO renamed_photos VALUES ({photo});
END
"""
_EVENTS = (
    ("UPDATE OF file_id ON main.photos WHEN old.file_id IS NOT new.file_id", "new.id"),
    ("DELETE ON main.files", "old.photo_id"),
    ("UPDATE OF name ON main.files WHEN old.name IS NOT new.name", "new.photo_id"),
)


class NameOrder:
    """Photos in the order of their file names. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        db.write(_listen)
        self._lock = threading.Lock()
        self._pending = Pending()
        self._ids: Array = np.zeros(0, np.uint32)   # in order, photos without a file left out
        self._fresh: Array = np.zeros(0, np.uint8)  # 1: another name than the photo before
        self._ranks: Array | None = None

    @property
    def current(self) -> bool:
        """Whether ranks() answers at once."""
        return self._pending.empty and not self._lock.locked()

    def ranks(self, rows: int) -> Array:
        """(rows,) int32: 1 for the first name, equal names alike, 0 without a file. May take seconds the first time."""
        with self._lock:
            due = self._pending.take()
            try:
                if due.everything or len(due.photo_ids) > MOST_REPAIRED:
                    self._read()
                elif len(due.photo_ids):
                    self._repair(self._ids, due.photo_ids)
            except sqlite3.Error:
                self._pending.note_everything()             # nothing of it was read: it stays due
                raise
            if self._ranks is None or len(self._ranks) < rows:
                self._ranks = self._number(rows)
            return self._ranks[:rows]

    def tell(self, tx: Transaction) -> None:
        """Before a commit: say in its changes which photos have other names."""
        ids = [row[0] for row in tx.execute("SELECT id FROM temp.renamed_photos")]
        if ids:
            tx.changes.touch(GROUP, ids)
            tx.execute("DELETE FROM temp.renamed_photos")

    def refresh_later(self, photo_ids: Array) -> None:
        """These photos may have other names, be new or gone."""
        self._pending.note(photo_ids)

    def forget(self) -> None:
        """Everything may have changed."""
        self._pending.note_everything()

    def adopt(self, found: Snapshot) -> None:
        """Take the order of a snapshot, if it has one."""
        if "names.ids" in found.header.sections:
            with self._lock:
                self._ids, self._fresh = found.array("names.ids"), found.array("names.fresh")
                self._ranks = None
                self._pending.clear()

    def sections(self) -> dict[str, Array]:
        """The order as arrays of a snapshot; changes that are not worked in yet stay listed by the catalog."""
        self.ranks(1)
        with self._lock:
            return {"names.ids": self._ids, "names.fresh": self._fresh}

    def _number(self, rows: int) -> Array:
        ranks = np.zeros(max(rows, int(self._ids.max(initial=0)) + 1), np.int32)
        ranks[self._ids] = np.cumsum(self._fresh, dtype=np.int32)
        return ranks

    def _read(self) -> None:
        ids, fresh = self._db.read().execute(_IN_ORDER).fetchone()
        self._ids = np.fromstring(ids or "", dtype=np.uint32, sep=" ")
        self._fresh = np.fromstring(fresh or "", dtype=np.uint8, sep=" ")
        self._ranks = None

    def _repair(self, ids: Array, changed: Array) -> None:
        """Take the changed photos out and put them in again where their names belong."""
        gone = np.isin(ids, changed)
        after_gap = np.concatenate([[False], gone[:-1]])        # their predecessor changes
        rest, doubtful = ids[~gone], after_gap[~gone]
        fresh = self._fresh[~gone]
        names = self._names(changed)
        arriving = sorted(names, key=lambda photo_id: (names[photo_id], photo_id))
        places = self._places(rest, [(names[photo_id], photo_id) for photo_id in arriving])
        self._ids = np.insert(rest, places, arriving).astype(np.uint32)
        fresh = np.insert(fresh, places, 1)
        doubtful = np.insert(doubtful, places, True)
        doubtful[1:] |= np.isin(self._ids[:-1], changed)        # those behind an arrival
        self._fresh = self._compared(self._ids, fresh, np.flatnonzero(doubtful))
        self._ranks = None

    def _places(self, rest: Array, keys: list[tuple[bytes, int]]) -> Array:
        """Where each key belongs in `rest`, by a binary search of all keys side by side: few statements, not many."""
        low, high = np.zeros(len(keys), np.int64), np.full(len(keys), len(rest), np.int64)
        while (open_ := np.flatnonzero(low < high)).size:
            middle = (low[open_] + high[open_]) // 2
            names = self._names(rest[middle])
            behind = np.array([
                keys[key] > (names.get(int(rest[at]), b""), int(rest[at]))
                for key, at in zip(open_.tolist(), middle.tolist(), strict=True)
            ], bool)
            low[open_] = np.where(behind, middle + 1, low[open_])
            high[open_] = np.where(behind, high[open_], middle)
        return low

    def _compared(self, ids: Array, fresh: Array, places: Array) -> Array:
        """`fresh` with the doubtful places looked up."""
        names = self._names(np.concatenate([ids[places], ids[np.maximum(places - 1, 0)]]))
        for place in places.tolist():
            fresh[place] = place == 0 or names.get(int(ids[place])) != names.get(int(ids[place - 1]))
        return fresh

    def _names(self, ids: Array) -> dict[int, bytes]:
        asked = msgspec.json.encode(ids.tolist()).decode()
        return {row[0]: row[1].lower() for row in self._db.read().execute(_NAMES, (asked,))}


def _listen(tx: Transaction) -> None:
    tx.execute(_LIST)
    for number, (event, photo) in enumerate(_EVENTS):
        tx.execute(_TRIGGER.format(number=number, event=event, photo=photo))
