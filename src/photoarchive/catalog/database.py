"""The one SQLite file: its single writer thread, its readers, its migrations. Knows no table by name but `meta`.

Writing: `db.write(fn)` runs `fn(Transaction)` in the writer thread inside one transaction; after the commit the
listeners (the columns) are patched, and only then does the caller get the answer. Reading: `db.read()` gives this
thread's own read-only connection.
"""

from __future__ import annotations

import fcntl
import functools
import importlib.resources
import logging
import os
import queue
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
import numpy as np

from photoarchive.core.errors import Conflict, Invalid, Unavailable

log = logging.getLogger(__name__)

APPLICATION_ID = 0x50416172     # "PAar" in the file's header: tells our file from another program's photoarchive.db
BUSY_TIMEOUT_MS = 10_000
READ_CACHE_KIB = 16_384
MMAP_BYTES = 1 << 30

T = TypeVar("T")


class Changes(msgspec.Struct):
    """What one transaction changed, by column group: photo ids to read again, or whole groups."""

    photos: dict[str, list[np.ndarray]] = msgspec.field(default_factory=dict)    # group → arrays of photo ids
    whole: set[str] = msgspec.field(default_factory=set)                         # groups to read again entirely

    def touch(self, group: str, photo_ids: Iterable[int] | np.ndarray) -> None:
        """Say that these photos changed in a group (see catalog.columns.GROUPS)."""
        ids = np.asarray(photo_ids if isinstance(photo_ids, np.ndarray) else list(photo_ids), dtype=np.uint32)
        if len(ids):
            self.photos.setdefault(group, []).append(ids)

    def touch_all(self, group: str) -> None:
        """Say that a whole group changed (a bulk action): cheaper than a million ids."""
        self.whole.add(group)

    def __bool__(self) -> bool:
        return bool(self.photos or self.whole)


class Transaction:
    """What a writing function gets: the connection and the note of what it changed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.changes = Changes()
        self.after_commit: list[Callable[[], None]] = []

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """One statement."""
        return self.connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        """One statement for many rows."""
        return self.connection.executemany(sql, rows)


Listener = Callable[[Transaction], None]


class _Order(msgspec.Struct):
    work: Callable[[Transaction], Any]
    durable: bool
    future: Future[Any]


class Database:
    """The open catalog. One process per home holds its lock; close() releases it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_file = _lock_home(path.parent)
        try:
            _refuse_foreign(path)
            self._writer = _connect(path)
            self.migrated_from = migrate(self._writer, path)
        except BaseException:
            self._lock_file.close()
            raise
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        self._before_commit: list[Listener] = []
        self._after_commit: list[Listener] = []
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._closed = False
        self._queueing = threading.Lock()       # nothing is queued behind the end, where nobody would answer it
        self._thread = threading.Thread(target=self._serve, name="catalog-writer", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------ reading

    def read(self) -> sqlite3.Connection:
        """This thread's read-only connection. Use it and let go: hold no cursor open across slow work."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self.path, read_only=True)
            self._local.connection = connection
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    def meta(self, key: str, default: Any = None) -> Any:
        """A value of the `meta` table."""
        row = self.read().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else row[0]

    # ------------------------------------------------------------------ writing

    def write(self, work: Callable[[Transaction], T], *, durable: bool = False) -> T:
        """Run `work` in the writer thread inside a transaction and wait for its result.

        durable: a user's action, synchronised to the disk before it is answered; otherwise the last moments before a
        power cut may be lost (never corrupted). An exception of `work` rolls back and is raised here.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a writing function must not call Database.write: use the transaction it has")
        return self.submit(work, durable=durable).result()

    def submit(self, work: Callable[[Transaction], T], *, durable: bool = False) -> Future[T]:
        """Like write, without waiting."""
        future: Future[T] = Future()
        with self._queueing:
            if self._closed:
                raise Unavailable("The catalog is closed.")
            self._orders.put(_Order(work, durable, future))
        return future

    def before_commit(self, listener: Listener) -> None:
        """Run in every transaction that changed something, before its commit (may still write)."""
        self._before_commit.append(listener)

    def after_commit(self, listener: Listener) -> None:
        """Run after every commit that changed something, before the caller is answered."""
        self._after_commit.append(listener)

    def close(self) -> None:
        """Finish what is queued, close all connections, release the home."""
        with self._queueing:
            if self._closed:
                return
            self._closed = True
            self._orders.put(None)
        self._thread.join()
        with self._readers_lock:
            for connection in self._readers:
                connection.close()
        self._writer.close()
        self._lock_file.close()

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            if not order.future.set_running_or_notify_cancel():
                continue
            try:
                order.future.set_result(self._run(order))
            except BaseException as error:   # noqa: BLE001 – handed to the caller, who raises it
                order.future.set_exception(error)

    def _run(self, order: _Order) -> Any:
        connection = self._writer
        connection.execute(f"PRAGMA synchronous = {'FULL' if order.durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        transaction = Transaction(connection)
        try:
            result = order.work(transaction)
            if transaction.changes:
                for listener in self._before_commit:
                    listener(transaction)
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise _plain(error) from error
        following: list[Callable[[], None]] = []
        if transaction.changes:
            following += [functools.partial(listener, transaction) for listener in self._after_commit]
        for follow in [*following, *transaction.after_commit]:
            try:
                follow()
            except Exception:
                # What is committed is committed: its caller must not hear otherwise. Memory that fell behind is
                # listed in the catalog (snapshot_dirty) and right again after the next start.
                log.exception("Following a committed change failed")
        return result


def _plain(error: BaseException) -> BaseException:
    """SQLite's own words for a full or read-only disk, as sentences for a person."""
    if isinstance(error, sqlite3.OperationalError):
        text = str(error)
        if "disk is full" in text:
            return Unavailable("The disk with the catalog is full. Nothing was lost; free some space and try again.")
        if "readonly" in text or "read-only" in text:
            return Unavailable("The folder with the catalog cannot be written. Check its permissions.")
    return error


def _lock_home(home: Path) -> IO[str]:
    run = home / ".run"
    try:
        run.mkdir(parents=True, exist_ok=True)
        lock = (run / "lock").open("a+")
    except OSError as error:
        raise Unavailable(f"The data folder {home} cannot be written ({error.strerror}). photoArchive needs it for its "
                          "catalog; choose another with PHOTOARCHIVE_HOME.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Conflict(f"Another photoArchive is already using {home}.") from None
    return lock


def _refuse_foreign(path: Path) -> None:
    """Leave another program's database of the same name untouched."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        header = file.read(72)
    foreign = header[:16] != b"SQLite format 3\0" or int.from_bytes(header[68:72], "big") != APPLICATION_ID
    if foreign:
        raise Conflict(f"{path} belongs to another program and was left untouched. Move it away, or choose another "
                       "folder with PHOTOARCHIVE_HOME.")


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    fresh = not read_only and (not path.exists() or path.stat().st_size == 0)
    try:
        connection = sqlite3.connect(
            f"file:{_uri(path)}?mode={'ro' if read_only else 'rwc'}", uri=True, isolation_level=None,
            check_same_thread=False, cached_statements=512,
        )
        if fresh:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
        connection.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error as error:
        raise Unavailable(f"The catalog {path} cannot be opened: {error}.") from error
    return connection


def _uri(path: Path) -> str:
    return os.fspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


# ---------------------------------------------------------------------- migrations


def migrations() -> list[tuple[int, str]]:
    """All numbered SQL files, as (number, text), lowest first."""
    folder = importlib.resources.files("photoarchive.catalog") / "migrations"
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted((int(entry.name[:4]), entry.read_text("utf-8")) for entry in files)


def schema_version() -> int:
    """The newest schema this program knows."""
    return migrations()[-1][0]


def migrate(connection: sqlite3.Connection, path: Path) -> int:
    """Bring the file to the newest schema, each step in a transaction, after a copy of the file as it was. A new file
    is made in one: every transaction waits for the disk.

    Returns the version found (0: a new file). Raises Conflict for a file from a newer program.
    """
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = migrations()
    if found > known[-1][0]:
        raise Conflict(f"{path} was written by a newer photoArchive (schema {found}); this one knows {known[-1][0]}.")
    pending = [(number, text) for number, text in known if number > found]
    if found and pending:
        _copy_before_migration(connection, path, found)
    for steps in [[step] for step in pending] if found else [pending]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for number, text in steps:
                _take_step(connection, number, text)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return found


def _take_step(connection: sqlite3.Connection, number: int, text: str) -> None:
    for statement in split_statements(text):
        connection.execute(statement)
    if number == 1:
        connection.execute("INSERT INTO meta VALUES ('catalog_uuid', ?)", (uuid.uuid4().hex,))
    connection.execute(f"PRAGMA user_version = {number}")


def split_statements(text: str) -> list[str]:
    """The statements of an SQL file; unlike executescript this keeps them inside our transaction."""
    statements, buffer = [], ""
    for line in text.splitlines(keepends=True):
        buffer += line
        if sqlite3.complete_statement(buffer):
            statements.append(buffer)
            buffer = ""
    if buffer.strip() and not all(line.strip().startswith("--") or not line.strip() for line in buffer.splitlines()):
        raise Invalid("A migration ends in the middle of a statement.")
    return statements


def _copy_before_migration(connection: sqlite3.Connection, path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.before-schema-{version}")
    copy.unlink(missing_ok=True)
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
    finally:
        target.close()
