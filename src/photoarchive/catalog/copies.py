"""Copies of originals into folders: what is to be copied and what became of each. Owns `copies` and `copy_items`.

A copy is a list of photos worked off in reading order; a kill loses nothing but the file that was under way.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import msgspec

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.targets import as_text
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, NotFound
from photoarchive.core.paths import display_path

KEPT_COPIES = 20            # finished ones whose lists are kept
PART = 5_000                # rows read at a time while a drive is looked at

# The chosen photos with the parts behind them, and where the file of each lies.
_CHOSEN = """
FROM photos p JOIN files f ON f.id = p.file_id JOIN folders d ON d.id = f.folder_id
JOIN sources s ON s.id = d.source_id
WHERE p.state <= 1 AND (p.id IN (SELECT value FROM json_each(:ids))
  OR p.leader_id IN (SELECT value FROM json_each(:ids)))
"""
_PLAN = f"""
INSERT INTO copy_items (copy_id, place, photo_id, size)
SELECT :copy, row_number() OVER (ORDER BY s.id, d.relpath, f.name) - 1, p.id, p.file_size {_CHOSEN}
"""
_FIELDS = ("id, target, structure, sidecars, state, started_at, finished_at, files, bytes, copied, present, failed, "
           "offline, copied_bytes")
# Files of this copy whose name begins alike and that have a RAW file's sidecar.
_RAW_BESIDE = """
SELECT 1 FROM copy_items i JOIN photos p ON p.id = i.photo_id
WHERE i.copy_id = ? AND i.name >= ? AND i.name < ? AND i.place <> ? AND p.kind = 1 LIMIT 1
"""


class ItemState(IntEnum):
    """What became of one original; stored in copy_items.state."""

    WAITING = 0
    COPIED = 1
    PRESENT = 2         # the same bytes were there already
    FAILED = 3
    OFFLINE = 4         # its drive is not connected


class Copy(msgspec.Struct, frozen=True):
    """One copy. files: originals in all; copied, present, failed, offline: what became of those worked off."""

    id: int
    target: str
    structure: str
    sidecars: bool
    state: str          # running, done, cancelled
    started_at: float
    finished_at: float | None
    files: int
    bytes: int
    copied: int
    present: int
    failed: int
    offline: int
    copied_bytes: int

    @property
    def waiting(self) -> int:
        """Originals not yet worked off."""
        return self.files - self.copied - self.present - self.failed - self.offline


class CopyTask(msgspec.Struct, frozen=True):
    """One original to be copied."""

    copy_id: int
    place: int
    photo_id: int


class CopyResult(msgspec.Struct, frozen=True):
    """What became of one original. name: its path beneath the target."""

    place: int
    state: ItemState
    name: bytes | None = None
    sidecar_hash: bytes | None = None
    reason: str | None = None
    size: int = 0           # bytes that were written


class Trouble(msgspec.Struct, frozen=True):
    """An original that was not copied, and why."""

    photo_id: int
    path: str
    reason: str
    offline: bool


class Copies:
    """Plans copies and keeps count of them. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._waiting: tuple[int, int] | None = None

    # ------------------------------------------------------------------ planning

    def plan(self, target: bytes, structure: str, photo_ids: Array, *, sidecars: bool) -> int:
        """Note a copy of these photos with the parts behind them; `begin` hands it to the job. Returns its id."""
        ids = as_text(photo_ids)

        def write(tx: Transaction) -> int:
            tx.execute("DELETE FROM copies WHERE state = 'planned' OR (state <> 'running' AND id NOT IN "
                       "(SELECT id FROM copies ORDER BY id DESC LIMIT ?))", (KEPT_COPIES - 1,))
            row = tx.execute(
                "INSERT INTO copies (target, structure, sidecars, started_at, files, bytes) VALUES (?, ?, ?, ?, 0, 0) "
                "RETURNING id", (target, structure, sidecars, now())).fetchone()
            tx.execute(_PLAN, {"copy": row[0], "ids": ids})
            tx.execute("UPDATE copies SET (files, bytes) = (SELECT count(*), coalesce(sum(size), 0) FROM copy_items "
                       "WHERE copy_id = copies.id) WHERE id = ?", row)
            return int(row[0])

        return self._db.write(write, durable=True)

    def begin(self, copy_id: int) -> Copy:
        """Hand a planned copy to the job; it begins when those before are done."""
        self._db.write(lambda tx: tx.execute("UPDATE copies SET state = 'running' WHERE id = ?", (copy_id,)),
                       durable=True)
        self._forget()
        return self.get(copy_id)

    def discard(self, copy_id: int) -> None:
        """Forget a planned copy that cannot begin."""
        self._db.write(lambda tx: tx.execute("DELETE FROM copies WHERE id = ? AND state = 'planned'", (copy_id,)))

    def places_of(self, copy_id: int) -> Iterator[tuple[str, bytes, bytes, int]]:
        """(source name, folder, name, size) of every file of a copy."""
        total = self.get(copy_id).files
        for start in range(0, total, PART):
            rows = self._db.read().execute(
                "SELECT s.display_name, d.relpath, f.name, i.size FROM copy_items i JOIN photos p ON p.id = i.photo_id "
                "JOIN files f ON f.id = p.file_id JOIN folders d ON d.id = f.folder_id JOIN sources s "
                "ON s.id = d.source_id WHERE i.copy_id = ? AND i.place >= ? AND i.place < ?",
                (copy_id, start, start + PART)).fetchall()
            yield from rows

    # ------------------------------------------------------------------ what there is

    def all(self) -> list[Copy]:
        """Newest first."""
        rows = self._db.read().execute(f"SELECT {_FIELDS} FROM copies WHERE state <> 'planned' ORDER BY id DESC")
        return [_copy(row) for row in rows]

    def get(self, copy_id: int) -> Copy:
        """One copy. Raises NotFound."""
        row = self._db.read().execute(f"SELECT {_FIELDS} FROM copies WHERE id = ?", (copy_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no copy {copy_id}.")
        return _copy(row)

    def target_of(self, copy_id: int) -> bytes:
        """Its folder as the file system has it."""
        row = self._db.read().execute("SELECT target FROM copies WHERE id = ?", (copy_id,)).fetchone()
        return bytes(row[0])

    def current(self) -> Copy | None:
        """The copy whose turn it is: the oldest unfinished."""
        row = self._db.read().execute(
            f"SELECT {_FIELDS} FROM copies WHERE state = 'running' ORDER BY id LIMIT 1").fetchone()
        return None if row is None else _copy(row)

    def unfinished(self) -> tuple[int, int]:
        """(originals waiting, originals in all) of the unfinished copies."""
        with self._lock:
            if self._waiting is None:
                row = self._db.read().execute(
                    "SELECT coalesce(sum(files - copied - present - failed - offline), 0), coalesce(sum(files), 0) "
                    "FROM copies WHERE state = 'running'").fetchone()
                self._waiting = (int(row[0]), int(row[1]))
            return self._waiting

    def troubles(self, copy_id: int | None, limit: int, offset: int) -> tuple[list[Trouble], int]:
        """A page of what one copy (None: the unfinished or newest one) could not copy, and how many there are."""
        connection = self._db.read()
        if copy_id is None:
            row = connection.execute(
                "SELECT id FROM copies ORDER BY state = 'running' DESC, id DESC LIMIT 1").fetchone()
            if row is None:
                return [], 0
            copy_id = int(row[0])
        rows = connection.execute(
            "SELECT i.photo_id, i.reason, i.state, s.path, d.relpath, f.name FROM copy_items i "
            "LEFT JOIN photos p ON p.id = i.photo_id LEFT JOIN files f ON f.id = p.file_id "
            "LEFT JOIN folders d ON d.id = f.folder_id LEFT JOIN sources s ON s.id = d.source_id "
            "WHERE i.copy_id = ? AND i.state > 2 ORDER BY i.place LIMIT ? OFFSET ?", (copy_id, limit, offset))
        found = [Trouble(row[0], display_path(os.path.join(*row[3:])) if row[5] else "", row[1] or "",
                         row[2] == ItemState.OFFLINE) for row in rows]
        total = connection.execute("SELECT count(*) FROM copy_items WHERE copy_id = ? AND state > 2",
                                   (copy_id,)).fetchone()[0]
        return found, int(total)

    # ------------------------------------------------------------------ working off

    def next_tasks(self, copy_id: int, count: int) -> list[CopyTask]:
        """The next originals to copy, in reading order."""
        rows = self._db.read().execute(
            "SELECT place, photo_id FROM copy_items WHERE copy_id = ? AND state = 0 ORDER BY place LIMIT ?",
            (copy_id, count))
        return [CopyTask(copy_id, *row) for row in rows]

    def is_taken(self, copy_id: int, name: bytes) -> bool:
        """Whether another original of this copy has this place already."""
        return self._db.read().execute("SELECT 1 FROM copy_items WHERE copy_id = ? AND name = ?",
                                       (copy_id, name)).fetchone() is not None

    def has_raw_beside(self, task: CopyTask, stem: bytes) -> bool:
        """Whether another RAW file of this copy has the same stem, so that one sidecar cannot serve both."""
        return self._db.read().execute(
            _RAW_BESIDE, (task.copy_id, stem + b".", stem + b"/", task.place)).fetchone() is not None

    def wrote_sidecar(self, content_hash: bytes) -> bool:
        """Whether a sidecar is, byte for byte, one that an earlier copy wrote."""
        return self._db.read().execute("SELECT 1 FROM copy_items WHERE sidecar_hash = ?",
                                       (content_hash,)).fetchone() is not None

    def store(self, copy_id: int, results: list[CopyResult]) -> None:
        """Note what became of some originals, and the end of the copy when none is left."""
        counts = {state: sum(result.state is state for result in results) for state in ItemState}
        copied_bytes = sum(result.size for result in results if result.state is ItemState.COPIED)

        def write(tx: Transaction) -> None:
            tx.executemany(
                "UPDATE copy_items SET state = ?, name = ?, sidecar_hash = ?, reason = ? "
                "WHERE copy_id = ? AND place = ?",
                ((int(one.state), one.name, one.sidecar_hash, one.reason, copy_id, one.place) for one in results))
            tx.execute(
                "UPDATE copies SET copied = copied + ?, present = present + ?, failed = failed + ?, "
                "offline = offline + ?, copied_bytes = copied_bytes + ? WHERE id = ?",
                (*(counts[state] for state in tuple(ItemState)[1:]), copied_bytes, copy_id))
            tx.execute(
                "UPDATE copies SET state = 'done', finished_at = ? WHERE id = ? AND state = 'running' AND NOT EXISTS "
                "(SELECT 1 FROM copy_items WHERE copy_id = copies.id AND state = 0)", (now(), copy_id))

        self._db.write(write)
        self._forget()

    # ------------------------------------------------------------------ what a person can do

    def cancel(self, copy_id: int) -> Copy:
        """Stop a copy; what is copied stays. Raises NotFound, Conflict when it is over."""
        self.get(copy_id)
        done = self._db.write(lambda tx: tx.execute(
            "UPDATE copies SET state = 'cancelled', finished_at = ? WHERE id = ? AND state = 'running'",
            (now(), copy_id)).rowcount, durable=True)
        if not done:
            raise Conflict("This copy is over already.")
        self._forget()
        return self.get(copy_id)

    def go_on(self, copy_id: int) -> Copy:
        """Try again what failed or was offline, and go on with what a cancelled copy left. Raises NotFound."""
        self.get(copy_id)

        def write(tx: Transaction) -> None:
            tx.execute("UPDATE copy_items SET state = 0, reason = NULL, name = NULL WHERE copy_id = ? AND state > 2",
                       (copy_id,))
            tx.execute(
                "UPDATE copies SET failed = 0, offline = 0, state = 'running', finished_at = NULL WHERE id = ? "
                "AND EXISTS (SELECT 1 FROM copy_items WHERE copy_id = copies.id AND state = 0)", (copy_id,))

        self._db.write(write, durable=True)
        self._forget()
        return self.get(copy_id)

    def _forget(self) -> None:
        with self._lock:
            self._waiting = None


def _copy(row: tuple[Any, ...]) -> Copy:
    copy_id, target, structure, sidecars, *rest = row
    return Copy(copy_id, display_path(target), structure, bool(sidecars), *rest)
