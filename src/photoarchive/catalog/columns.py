"""The catalog's fields that filters, sorts, facets and the grid need, as numpy arrays indexed by photo id.

Owns the arrays, their revisions and their snapshot. SQLite stays the truth: every committed transaction says which
photos it changed (`Transaction.touch`), and the arrays are patched before its caller is answered. Computes nothing
about photos (see view, order, facets).
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np

from photoarchive.catalog import snapshot
from photoarchive.catalog.change_log import ChangeLog
from photoarchive.catalog.column_layout import (
    ABSENT,
    BY_NAME,
    COLUMNS,
    GROUPS,
    LAYOUT_VERSION,
    TABLES,
    Array,
    Column,
    columns_of,
    distinct,
    from_texts,
    select,
    select_joined,
    to_arrays,
)
from photoarchive.catalog.database import Changes, Database, Transaction, schema_version
from photoarchive.catalog.links import Links
from photoarchive.catalog.names import GROUP as NAMES
from photoarchive.catalog.names import NameOrder
from photoarchive.core.errors import PhotoArchiveError

log = logging.getLogger(__name__)

READ_ROWS = 50_000          # rows turned into arrays at a time: bounds the memory of a rebuild
LOOKUP_IDS = 4_000          # ids of one lookup by key
MANY = 20_000               # from here on a change is noted as "the whole group", not photo by photo
STAGED = "staged "          # prefix of a group whose new values the changer hands over itself
STALE = "columns_stale "    # prefix of a meta key: this group of the snapshot must be read again
CURRENT = "column_snapshot"  # meta key: file name of the snapshot the list of changed photos belongs to

KEYWORDS = "SELECT photo_id, keyword_id FROM photo_keywords WHERE origin != 2"
OTHER_FOLDERS = (           # folders in which a photo lies too, beside the file shown first
    "SELECT files.photo_id, files.folder_id FROM files JOIN photos ON photos.id = files.photo_id "
    "WHERE files.state = 'present' AND files.id IS NOT photos.file_id"
)

Watcher = Callable[[Changes, int], None]


class Columns:
    """All columns of one catalog. Thread-safe: hold `lock` while several columns must agree with each other."""

    def __init__(self, db: Database, run_dir: Path) -> None:
        self.lock = threading.RLock()
        self.db = db
        self.catalog_uuid = str(db.meta("catalog_uuid", ""))
        self.revision_now = 0               # of the whole catalog, kept in `meta`; rises with every change
        self.rows = 1                       # highest photo id + 1
        self.keywords = Links(db, "keywords", KEYWORDS, "photo_id")
        self.other_folders = Links(db, "other_folders", OTHER_FOLDERS, "files.photo_id")
        self.names = NameOrder(db)
        self._run_dir = run_dir
        self._capacity = 0
        self._arrays: dict[str, Array] = {}
        self._revisions: dict[str, int] = {}
        self._changes = ChangeLog()
        self._watchers: list[Watcher] = []
        self._pending_revision = 0
        self._unsaved = 0                   # photos changed since the snapshot; MANY for a whole group
        self._snapshot_lock = threading.Lock()
        self._since: Changes | None = None  # what changed while a snapshot is being written
        self._load()
        db.before_commit(self._record)
        db.after_commit(self._patch)

    # ------------------------------------------------------------------ reading

    def __getitem__(self, name: str) -> Array:
        """The array of a column, one element per id from 0 to rows - 1. Read it, never write to it."""
        return self._arrays[name][: self.rows]

    def revision(self, *names: str) -> int:
        """The newest revision at which one of these columns or groups changed (no name: the whole catalog).

        Takes no lock: it may be asked holding any. Arrays read after it, under `lock`, are of that revision or later.
        """
        return max((self._revisions.get(name, 0) for name in names), default=self.revision_now)

    def changed_since(self, names: Iterable[str], revision: int) -> Array | None:
        """Ids of photos whose value in one of these columns changed after `revision`; None: too many to name."""
        with self.lock:
            return self._changes.since(tuple(names), revision)

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher(changes, revision)` after the arrays show a commit. It runs in the writer thread: be quick."""
        self._watchers.append(watcher)

    # ------------------------------------------------------------------ changing

    def stage(self, tx: Transaction, photo_ids: Array, values: dict[str, Array]) -> None:
        """Hand over what a bulk statement of `tx` wrote, so that a million rows are not read back.

        photo_ids (n,) without repeats; values: column → (n,). The arrays change after the commit; a rollback
        forgets it all. Call it instead of `tx.changes.touch`.
        """
        for group in {BY_NAME[name].group for name in values}:
            tx.changes.touch_all(STAGED + group)
        tx.after_commit.append(lambda: self._apply(photo_ids, values, tx.changes))

    def _apply(self, photo_ids: Array, values: dict[str, Array], changes: Changes) -> None:
        with self.lock:
            for name, new in values.items():
                self._set(BY_NAME[name], photo_ids, new)
        self._tell(changes)

    def _record(self, tx: Transaction) -> None:
        """Before a commit: note, in the same transaction, what the snapshot no longer shows, and count up."""
        row = tx.execute(
            "INSERT INTO meta VALUES ('revision', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value"
        ).fetchone()
        self._pending_revision = int(row[0])
        self.names.tell(tx)
        for group, parts in tx.changes.photos.items():
            if group in TABLES or group in ("keywords", NAMES):
                ids = distinct(*parts)
                if len(ids) > MANY and group != "keywords":
                    self._note_stale(tx, "photos" if group == NAMES else group)
                else:
                    tx.executemany("INSERT OR IGNORE INTO snapshot_dirty VALUES (?)", zip(ids.tolist(), strict=True))
                    self._note(ids)
        for name in tx.changes.whole:
            if name.removeprefix(STAGED) in TABLES or name == "keywords":
                self._note_stale(tx, name)

    def _note(self, ids: Array) -> None:
        self._unsaved += len(ids)
        if self._since is not None:
            self._since.touch("photos", ids)

    def _note_stale(self, tx: Transaction, name: str) -> None:
        """A group, or a staged one: then its arrays are stale, the order of names and what else hangs on it is not."""
        tx.execute("INSERT OR REPLACE INTO meta VALUES (?, 1)", (STALE + name,))
        self._unsaved += MANY
        if self._since is not None:
            self._since.touch_all(name)

    def _patch(self, tx: Transaction) -> None:
        """After a commit, in the writer thread, before its caller is answered."""
        changes = tx.changes
        with self.lock:
            self.revision_now = self._pending_revision
            for group in GROUPS:
                if group in changes.whole:
                    self._read_whole(tx.connection, group)
                elif group in changes.photos:
                    self._read_photos(tx.connection, group, distinct(*changes.photos[group]))
            self._patch_links(changes)
            for group in (*changes.photos, *changes.whole):
                self._revisions[group.removeprefix(STAGED)] = self.revision_now
        if not any(name.startswith(STAGED) for name in changes.whole):
            self._tell(changes)

    def _patch_links(self, changes: Changes) -> None:
        for kept, group in self._kept_by_group():
            if group in changes.whole:
                kept.forget()
            for ids in changes.photos.get(group, ()):
                kept.refresh_later(ids)
        for group in ("photos", "keywords", "captions", NAMES):
            if group in changes.whole or group in changes.photos:
                touched = None if group in changes.whole else distinct(*changes.photos[group])
                self._changes.add(group, self.revision_now, touched)

    def _kept_by_group(self) -> tuple[tuple[Links | NameOrder, str], ...]:
        return (self.keywords, "keywords"), (self.other_folders, "photos"), (self.names, NAMES)

    def _tell(self, changes: Changes) -> None:
        for watcher in self._watchers:
            watcher(changes, self.revision_now)

    # ------------------------------------------------------------------ rows into arrays

    def _read_photos(self, connection: sqlite3.Connection, group: str, ids: Array) -> None:
        table, key = TABLES[group]
        sql = f"{select(group)} WHERE {table}.{key} IN (SELECT value FROM json_each(?))"
        for start in range(0, len(ids), LOOKUP_IDS):
            part = ids[start : start + LOOKUP_IDS].astype(np.int64)
            rows = connection.execute(sql, (msgspec.json.encode(part.tolist()).decode(),)).fetchall()
            found, values = to_arrays(group, rows)
            gone = np.setdiff1d(part, found, assume_unique=True)
            self._make_room(int(part[-1]) + 1)
            for column, new in zip(columns_of(group), values, strict=True):
                blanks = np.full(len(gone), column.absent, dtype=new.dtype)
                self._set(column, np.concatenate([found, gone]), np.concatenate([new, blanks]))
            if group == "photos":
                self._fill_aspect(part)

    def _read_whole(self, connection: sqlite3.Connection, group: str) -> None:
        columns = columns_of(group)
        old = {column.name: self[column.name].copy() for column in columns}
        for column in columns:
            self._arrays[column.name][: self.rows] = column.absent
        table, key = TABLES[group]
        newest = connection.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()[0]
        self._make_room(newest + 1)
        for start in range(0, newest + 1, READ_ROWS):
            texts = connection.execute(select_joined(group), (start, start + READ_ROWS - 1)).fetchone()
            if texts[0] is None:
                continue
            ids, values = from_texts(group, texts)
            for column, new in zip(columns, values, strict=True):
                self._arrays[column.name][ids] = new
            if group == "photos":
                self._fill_aspect(ids)
        if group == "photos":
            was = np.full(self.rows, ABSENT, np.uint8)
            was[: len(old["state"])] = old["state"]
            self._came_or_went(np.flatnonzero((was == ABSENT) != (self["state"] == ABSENT)))
        for column in columns:
            before = old[column.name]
            if len(before) != self.rows or not np.array_equal(before, self[column.name]):
                self._mark_changed(column.name, None)

    def _set(self, column: Column, ids: Array, new: Array) -> None:
        array = self._arrays[column.name]
        differs = array[ids] != new
        if differs.any():
            if column.name == "state":
                self._came_or_went(ids[differs & ((array[ids] == ABSENT) | (new == ABSENT))])
            array[ids] = new
            self._mark_changed(column.name, ids[differs])

    def _came_or_went(self, ids: Array) -> None:
        if len(ids):
            self.names.refresh_later(ids)
            self._mark_changed(NAMES, ids)

    def _mark_changed(self, name: str, ids: Array | None) -> None:
        self._revisions[name] = self.revision_now
        self._changes.add(name, self.revision_now, ids)

    def _fill_aspect(self, ids: Array) -> None:
        """Column "aspect": ratio w/h as a byte b with ratio = 2 ** ((b - 128) / 32); 128 (square) when unknown."""
        width, height = self._arrays["width"][ids], self._arrays["height"][ids]
        known = (width > 0) & (height > 0)
        ratio = np.where(known, width, 1) / np.where(known, height, 1)
        self._arrays["aspect"][ids] = np.clip(np.rint(np.log2(ratio) * 32 + 128), 0, 255).astype(np.uint8)

    def _make_room(self, rows: int) -> None:
        if rows <= self.rows and self._arrays:
            return
        if rows > self._capacity:
            self._capacity = max(1024, rows, self._capacity * 2)
            for name, dtype in _all_dtypes().items():
                grown = np.empty(self._capacity, dtype=dtype)   # pages beyond `rows` stay untouched: they cost nothing
                if name in self._arrays:
                    grown[: self.rows] = self._arrays[name][: self.rows]
                self._arrays[name] = grown
        start = self.rows if self.rows > 1 else 0
        for name, array in self._arrays.items():
            array[start:rows] = 128 if name == "aspect" else BY_NAME[name].absent
        self.rows = rows

    # ------------------------------------------------------------------ start

    def _load(self) -> None:
        connection = self.db.read()
        connection.execute("BEGIN")             # one consistent picture of the catalog for everything read here
        try:
            self.revision_now = int(self.db.meta("revision", 0))
            if not self._load_snapshot(connection):
                self._rebuild(connection)
        finally:
            connection.execute("ROLLBACK")
        names = (*_all_dtypes(), *GROUPS, "keywords", "text", NAMES)
        self._revisions = dict.fromkeys(names, self.revision_now)
        self._changes = ChangeLog(self.revision_now)

    def _load_snapshot(self, connection: sqlite3.Connection) -> bool:
        name = self.db.meta(CURRENT)
        if not isinstance(name, str) or "/" in name:
            return False
        found = self._mapped(self._run_dir / name)
        if found is None:
            return False
        self._arrays = {column: found.array(column) for column in _all_dtypes()}
        self.rows, self._capacity = found.header.rows, len(self._arrays["state"])
        for kept, _ in self._kept_by_group():
            kept.adopt(found)
        changed = connection.execute("SELECT photo_id FROM snapshot_dirty ORDER BY photo_id").fetchall()
        dirty = np.array([row[0] for row in changed], np.int64)
        noted = connection.execute("SELECT key FROM meta WHERE key LIKE ?", (STALE + "%",)).fetchall()
        stale = [row[0].removeprefix(STALE) for row in noted]
        for group in GROUPS:
            if group in stale or STAGED + group in stale:
                self._read_whole(connection, group)
            elif len(dirty):
                self._read_photos(connection, group, dirty)
        for kept, group in self._kept_by_group():
            if group in stale or (group == NAMES and "photos" in stale):
                kept.forget()
            if len(dirty):
                kept.refresh_later(dirty)
        self._unsaved = len(dirty) + MANY * len(stale)
        newest = connection.execute("SELECT coalesce(max(id), 0) FROM photos").fetchone()[0]
        return bool(newest < self.rows)

    def _rebuild(self, connection: sqlite3.Connection) -> None:
        self.rows, self._capacity, self._arrays = 1, 0, {}
        for kept, _ in self._kept_by_group():
            kept.forget()
        newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM photos").fetchone()[0])
        self._make_room(newest + 1)
        for group in GROUPS:
            self._read_whole(connection, group)
        self._unsaved = self.rows

    # ------------------------------------------------------------------ snapshot

    @property
    def unsaved(self) -> int:
        """About how many photos the snapshot shows no longer as they are."""
        return self._unsaved

    def write_snapshot(self) -> None:
        """Write all arrays for the next start. Other threads go on; what they change meanwhile stays listed."""
        with self._snapshot_lock:
            name = f"columns-{secrets.token_hex(6)}.snapshot"
            path = self._run_dir / name
            with self.lock:
                self._since = Changes()
                rows, revision = self.rows, self.revision_now
                arrays = {column: array[:rows] for column, array in self._arrays.items()}
            try:
                for kept, _ in self._kept_by_group():
                    arrays |= kept.sections()
                snapshot.write(
                    path, arrays, padded=frozenset(self._arrays), catalog=self.catalog_uuid, schema=schema_version(),
                    layout=LAYOUT_VERSION, revision=revision, rows=rows,
                )
                self.db.write(lambda tx: self._make_current(tx, name))
                self._adopt(path)
            except (OSError, sqlite3.Error, PhotoArchiveError):
                path.unlink(missing_ok=True)
                raise
            finally:
                self._since = None
            for old in self._run_dir.glob("columns-*.snapshot"):
                if old.name != name:
                    old.unlink(missing_ok=True)

    def _adopt(self, path: Path) -> None:
        """Use the file just written: its pages cost no memory of ours, those of a rebuild do."""
        with self.lock:
            found = self._mapped(path)
            since = self._since or Changes()
            if found is None or self.rows > found.header.rows + snapshot.SPARE_ROWS:
                return
            rows = found.header.rows
            changed = distinct(*since.photos.get("photos", ()))
            changed = changed[changed < rows]
            for name, old in self._arrays.items():
                array = found.array(name)
                if since.whole:
                    array[: self.rows] = old[: self.rows]
                else:
                    array[rows : self.rows] = old[rows : self.rows]
                    array[changed] = old[changed]
                self._arrays[name] = array
            self._capacity = rows + snapshot.SPARE_ROWS

    def _mapped(self, path: Path) -> snapshot.Snapshot | None:
        found = snapshot.load(path, catalog=self.catalog_uuid, schema=schema_version(), layout=LAYOUT_VERSION)
        return found if found is not None and set(_all_dtypes()) <= set(found.header.sections) else None

    def _make_current(self, tx: Transaction, name: str) -> None:
        since = self._since or Changes()
        tx.execute("DELETE FROM snapshot_dirty")
        tx.execute("DELETE FROM meta WHERE key LIKE ?", (STALE + "%",))
        ids = distinct(*since.photos.get("photos", ()))
        tx.executemany("INSERT INTO snapshot_dirty VALUES (?)", zip(ids.tolist(), strict=True))
        tx.executemany("INSERT INTO meta VALUES (?, 1)", [(STALE + group,) for group in since.whole])
        tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (CURRENT, name))
        self._unsaved = len(ids) + MANY * len(since.whole)


def _all_dtypes() -> dict[str, str]:
    return {column.name: column.dtype for column in COLUMNS} | {"aspect": "u1"}
