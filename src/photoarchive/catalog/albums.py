"""Albums: named sets of photos in an order of their own. Owns the tables `albums` and `album_photos`.

Every change is one undoable action. Who is in an album is kept in memory as one array each, in the album's order, so
that the filter, its counts and the sort by album cost nothing.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import numpy as np

from photoarchive.catalog.actions import ActionLog, Direction, Outcome
from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.targets import (
    as_text,
    leaders_of,
    once_each,
    packed,
    photos_of,
    unpacked,
    with_parts,
)
from photoarchive.core.clock import now
from photoarchive.core.errors import Conflict, Invalid, NotFound

MAX_NAME = 120
GROUP = "albums"            # what changes are told as: a group without columns

_ADD = """
INSERT OR IGNORE INTO album_photos (album_id, photo_id, place)
SELECT :album, given.value, :first + given.key FROM json_each(:ids) given JOIN photos ON photos.id = given.value
"""


class Album(msgspec.Struct, frozen=True):
    """One album. count: its photos that are in the library; cover: the first of them, or null."""

    id: int
    name: str
    count: int
    cover: int | None
    created_at: float


class AlbumChange(msgspec.Struct, frozen=True):
    """What a change did. changed: photos or albums; action_id: null when nothing had to be done."""

    album_id: int
    name: str
    changed: int
    action_id: int | None


class AlbumMembers:
    """Which photos are in which album, in memory. Thread-safe; read anew when an album changed."""

    def __init__(self, db: Database, columns: Columns) -> None:
        self._db, self.columns = db, columns
        self._lock = threading.Lock()
        self._names: dict[int, str] | None = None
        self._members: dict[int, Array] = {}
        self._revision = columns.revision_now
        db.after_commit(self._forget)

    def revision(self) -> int:
        """Rises whenever an album changed."""
        return self._revision

    def names(self) -> dict[int, str]:
        """The albums there are, by id, in the order of the alphabet."""
        with self._lock:
            if self._names is None:
                rows = self._db.read().execute(
                    "SELECT id, name FROM albums WHERE deleted_at IS NULL ORDER BY lower(name), id")
                self._names = dict(rows.fetchall())
            return self._names

    def of(self, album_id: int) -> Array:
        """The photos of an album in its order (n,) uint32; hidden and removed ones too."""
        with self._lock:
            found = self._members.get(album_id)
            if found is None:
                row = self._db.read().execute(
                    "SELECT group_concat(photo_id, ' ') FROM (SELECT photo_id FROM album_photos WHERE album_id = ? "
                    "ORDER BY place, photo_id)", (album_id,)).fetchone()
                found = self._members[album_id] = np.fromstring(row[0] or "", dtype=np.uint32, sep=" ")
            return found

    def shown(self, album_id: int) -> Array:
        """Like `of`, each as it is shown: a part that is in the album counts as its leader, once."""
        ids = self.of(album_id)
        with self.columns.lock:
            ids = ids[ids < self.columns.rows]
            leader = self.columns["leader"][ids]
            if not leader.any():
                return ids
        return once_each(np.where(leader > 0, leader, ids))

    def _forget(self, tx: Transaction) -> None:
        """After a commit: what changed is read when somebody asks."""
        if GROUP in tx.changes.whole or GROUP in tx.changes.photos:
            with self._lock:
                self._names, self._members = None, {}
                self._revision = self.columns.revision_now


class Albums:
    """Makes, changes and lists albums. Thread-safe."""

    def __init__(self, db: Database, columns: Columns, actions: ActionLog) -> None:
        self._db, self._columns, self._actions = db, columns, actions
        self.members = AlbumMembers(db, columns)
        for kind, revert in (("create", self._revert_existence), ("delete", self._revert_existence),
                             ("rename", self._revert_name), ("add", self._revert_add), ("remove", self._revert_remove)):
            actions.register(f"album.{kind}", revert)

    # ------------------------------------------------------------------ what there is

    def all(self, visible: Array) -> list[Album]:
        """By name. visible (rows,) bool: the photos of the library."""
        created = dict(self._db.read().execute("SELECT id, created_at FROM albums").fetchall())
        found = []
        for album_id, name in self.members.names().items():
            ids = self.members.shown(album_id)
            ids = ids[ids < len(visible)]
            ids = ids[visible[ids]]
            cover = int(ids[0]) if len(ids) else None
            found.append(Album(album_id, name, len(ids), cover, created.get(album_id, 0.0)))
        return found

    # ------------------------------------------------------------------ albums

    def create(self, name: str, photo_ids: Array | None, window: str = "") -> AlbumChange:
        """Make an album, with these photos in their order. Raises Invalid for a bad name, Conflict for one in use."""
        name = _checked(name)
        ids = leaders_of(self._columns, photo_ids) if photo_ids is not None else np.zeros(0, np.uint32)

        def write(tx: Transaction) -> AlbumChange:
            _refuse_taken(tx, name)
            album_id = int(tx.execute("INSERT INTO albums (name, created_at) VALUES (?, ?) RETURNING id",
                                      (name, now())).fetchone()[0])
            added = _add(tx, album_id, ids)
            label = f"Made the album “{name}”" + (f" with {photos_of(added)}" if added else "")
            action = self._actions.record(tx, "album.create", label, window, added, {"album": album_id, "there": True})
            tx.changes.touch_all(GROUP)
            return AlbumChange(album_id, name, added, action)

        return self._db.write(write, durable=True)

    def rename(self, album_id: int, name: str, window: str = "") -> AlbumChange:
        """Give an album another name. Raises like create, and NotFound."""
        name = _checked(name)

        def write(tx: Transaction) -> AlbumChange:
            old = _name_of(tx, album_id)
            if old == name:
                return AlbumChange(album_id, name, 0, None)
            _refuse_taken(tx, name, but=album_id)
            tx.execute("UPDATE albums SET name = ? WHERE id = ?", (name, album_id))
            action = self._actions.record(tx, "album.rename", f"Renamed the album “{old}” to “{name}”", window, 0,
                                          {"album": album_id, "old": old, "new": name})
            tx.changes.touch_all(GROUP)
            return AlbumChange(album_id, name, 1, action)

        return self._db.write(write, durable=True)

    def delete(self, album_id: int, window: str = "") -> AlbumChange:
        """Delete an album; its photos stay in the library. Raises NotFound."""

        def write(tx: Transaction) -> AlbumChange:
            name = _name_of(tx, album_id)
            count = tx.execute("SELECT count(*) FROM album_photos WHERE album_id = ?", (album_id,)).fetchone()[0]
            tx.execute("UPDATE albums SET deleted_at = ? WHERE id = ?", (now(), album_id))
            label = f"Deleted the album “{name}” with {photos_of(count)}"
            action = self._actions.record(tx, "album.delete", label, window, count, {"album": album_id, "there": False})
            tx.changes.touch_all(GROUP)
            return AlbumChange(album_id, name, 1, action)

        return self._db.write(write, durable=True)

    # ------------------------------------------------------------------ photos

    def add(self, album_id: int, photo_ids: Array, window: str = "") -> AlbumChange:
        """Put photos at the end of an album, in the order given; those in it already stay where they are."""
        ids = leaders_of(self._columns, photo_ids)

        def write(tx: Transaction) -> AlbumChange:
            name = _name_of(tx, album_id)
            new = ids[~np.isin(ids, self.members.of(album_id))]
            if not len(new):
                return AlbumChange(album_id, name, 0, None)
            first = _end(tx, album_id)
            _add(tx, album_id, new)
            action = self._actions.record(
                tx, "album.add", f"Added {photos_of(len(new))} to the album “{name}”", window, len(new),
                {"album": album_id, "ids": packed(new), "first": first})
            tx.changes.touch_all(GROUP)
            return AlbumChange(album_id, name, len(new), action)

        return self._db.write(write, durable=True)

    def remove(self, album_id: int, photo_ids: Array, window: str = "") -> AlbumChange:
        """Take photos out of an album, with the parts behind them; they stay in the library."""
        ids = with_parts(self._columns, leaders_of(self._columns, photo_ids))

        def write(tx: Transaction) -> AlbumChange:
            name = _name_of(tx, album_id)
            inside = np.intersect1d(ids, self.members.of(album_id), assume_unique=True)
            if not len(inside):
                return AlbumChange(album_id, name, 0, None)
            rows = tx.execute("DELETE FROM album_photos WHERE album_id = ? AND photo_id IN "
                              "(SELECT value FROM json_each(?)) RETURNING photo_id, place",
                              (album_id, as_text(inside))).fetchall()
            gone = np.array(sorted(rows, key=lambda row: row[1]), np.int64)
            action = self._actions.record(
                tx, "album.remove", f"Took {photos_of(len(rows))} out of the album “{name}”", window, len(rows),
                {"album": album_id, "ids": packed(gone[:, 0]), "places": gone[:, 1].astype("<i8").tobytes()})
            tx.changes.touch_all(GROUP)
            return AlbumChange(album_id, name, len(rows), action)

        return self._db.write(write, durable=True)

    # ------------------------------------------------------------------ undo, redo

    def _revert_existence(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        """Of `create` and `delete`: an album that comes back under a taken name gets a number."""
        back = payload["there"] is (direction is Direction.REDO)
        row = tx.execute("SELECT name, deleted_at IS NULL FROM albums WHERE id = ?", (payload["album"],)).fetchone()
        if row is None or bool(row[1]) is back:
            return Outcome(0, 1)
        if back:
            tx.execute("UPDATE albums SET deleted_at = NULL, name = ? WHERE id = ?",
                       (_free_name(tx, row[0]), payload["album"]))
        else:
            tx.execute("UPDATE albums SET deleted_at = ? WHERE id = ?", (now(), payload["album"]))
        tx.changes.touch_all(GROUP)
        return Outcome(1)

    def _revert_name(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        held, wanted = payload["new"], payload["old"]
        if direction is Direction.REDO:
            held, wanted = wanted, held
        row = tx.execute("SELECT name FROM albums WHERE id = ? AND deleted_at IS NULL", (payload["album"],)).fetchone()
        if row is None or row[0] != held or _holder(tx, wanted) not in (None, payload["album"]):
            return Outcome(0, 1)
        tx.execute("UPDATE albums SET name = ? WHERE id = ?", (wanted, payload["album"]))
        tx.changes.touch_all(GROUP)
        return Outcome(1)

    def _revert_add(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        ids = unpacked(payload["ids"])
        places = np.arange(payload["first"], payload["first"] + len(ids))
        return _take_out(tx, payload["album"], ids, places) if direction is Direction.UNDO else _put_back(
            tx, payload["album"], ids, places)

    def _revert_remove(self, tx: Transaction, payload: dict[str, Any], direction: Direction) -> Outcome:
        ids, places = unpacked(payload["ids"]), np.frombuffer(payload["places"], "<i8")
        return _put_back(tx, payload["album"], ids, places) if direction is Direction.UNDO else _take_out(
            tx, payload["album"], ids, places)


# ---------------------------------------------------------------------- rows


def _add(tx: Transaction, album_id: int, ids: Array) -> int:
    if not len(ids):
        return 0
    return tx.execute(_ADD, {"album": album_id, "first": _end(tx, album_id), "ids": as_text(ids)}).rowcount


def _end(tx: Transaction, album_id: int) -> int:
    """The place behind the last photo."""
    return int(tx.execute("SELECT coalesce(max(place), -1) + 1 FROM album_photos WHERE album_id = ?",
                          (album_id,)).fetchone()[0])


def _take_out(tx: Transaction, album_id: int, ids: Array, places: Array) -> Outcome:
    """Photos that still stand where the action put them."""
    done = tx.executemany("DELETE FROM album_photos WHERE album_id = ? AND photo_id = ? AND place = ?",
                          ((album_id, *pair) for pair in zip(ids.tolist(), places.tolist(), strict=True))).rowcount
    tx.changes.touch_all(GROUP)
    return Outcome(done, len(ids) - done)


def _put_back(tx: Transaction, album_id: int, ids: Array, places: Array) -> Outcome:
    """Photos that are not in the album and still exist."""
    done = tx.executemany(
        "INSERT OR IGNORE INTO album_photos (album_id, photo_id, place) SELECT ?, id, ? FROM photos WHERE id = ?",
        ((album_id, place, photo_id) for photo_id, place in zip(ids.tolist(), places.tolist(), strict=True))).rowcount
    tx.changes.touch_all(GROUP)
    return Outcome(done, len(ids) - done)


# ---------------------------------------------------------------------- names


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise Invalid(f"An album's name has 1 to {MAX_NAME} visible characters.", field="name")
    return name


def _name_of(tx: Transaction, album_id: int) -> str:
    row = tx.execute("SELECT name FROM albums WHERE id = ? AND deleted_at IS NULL", (album_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no album {album_id}.")
    return str(row[0])


def _holder(tx: Transaction, name: str) -> int | None:
    row = tx.execute("SELECT id FROM albums WHERE name = ? COLLATE NOCASE AND deleted_at IS NULL", (name,)).fetchone()
    return None if row is None else int(row[0])


def _refuse_taken(tx: Transaction, name: str, but: int | None = None) -> None:
    if _holder(tx, name) not in (None, but):
        raise Conflict(f"There is already an album called “{name}”.", field="name")


def _free_name(tx: Transaction, name: str) -> str:
    """The name itself, or with the first free number."""
    free, number = name, 1
    while _holder(tx, free) is not None:
        number += 1
        free = f"{name} ({number})"
    return free
