"""Copies of the catalog's facts, and the way back from them.

A backup is a SQLite file with everything that cannot be made again: photos, marks, ratings, actions, overlays. What
is derived (the text index, the column snapshot) is left out and made again by a restore. A backup is written under a
hidden name, checked, and only then gets its real name; a restore prepares the whole new file before it takes the
place of the old one, which is kept beside it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from photoarchive.catalog.columns import CURRENT, STALE, Columns
from photoarchive.catalog.database import APPLICATION_ID, Database, migrations, schema_version, split_statements
from photoarchive.catalog.fulltext import FullText
from photoarchive.core import clock
from photoarchive.core.atomic import sync_folder
from photoarchive.core.errors import Conflict, Invalid, NotFound, Unavailable

log = logging.getLogger(__name__)

DERIVED_TABLES = ("photo_text",)             # left out; a restore makes them again
EMPTY_TABLES = (                             # kept empty: they belong to what is made again
    "snapshot_dirty", "vector_models", "vectors", "vector_removals", "vector_failures", "guesses",
    "face_descriptors", "face_scans", "people_questions", "search_vectors", "search_results",
    "fingerprints", "fingerprint_details", "likenesses",
)
DAILY_KEPT = 7
DAY_SECONDS = 86_400.0
REVISION_LEAP = 1_000_000                    # after a restore no revision seen by a browser comes again

_NAME = re.compile(r"photoarchive-(\d{8}-\d{6})-(daily|manual)\.db")


class Backup(msgspec.Struct, frozen=True):
    """One finished backup."""

    name: str
    path: str
    bytes: int
    made_at: float
    kind: str           # "daily" or "manual"


class Restored(msgspec.Struct, frozen=True):
    """What a restore did."""

    photos: int
    schema: int         # of the backup
    set_aside: Path | None


class Backups:
    """Makes and lists the backups of one catalog. Thread-safe; one is made at a time."""

    def __init__(self, database_path: Path, folder: Path) -> None:
        self.database_path, self.folder = database_path, folder
        self._lock = threading.Lock()

    def make(self, kind: str = "manual") -> Backup:
        """Write and check a backup of the catalog as it is now; writers are not kept waiting.

        Raises Unavailable when the folder cannot be written or has no room, Conflict when one is being made.
        """
        if not self._lock.acquire(blocking=False):
            raise Conflict("A backup is being made already.")
        try:
            self._make_room()
            stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.now()))
            target = self._free_name(stamp, kind)
            partial = self.folder / f".{target.name}.partial"
            try:
                copy_facts(self.database_path, partial)
                check(partial)
                partial.chmod(0o600)
                _sync_file(partial)
                partial.rename(target)
            finally:
                partial.unlink(missing_ok=True)
            sync_folder(self.folder)
            self._drop_old_dailies()
            return _describe(target)
        except sqlite3.Error as error:
            raise Unavailable(f"The backup could not be made: {error}.") from error
        except OSError as error:
            raise Unavailable(f"The backup could not be written to {self.folder}: {error.strerror}.") from error
        finally:
            self._lock.release()

    def list(self) -> list[Backup]:
        """All backups, newest first."""
        try:
            found = [_describe(path) for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda backup: backup.name, reverse=True)

    def due_in(self) -> float:
        """Seconds until the next daily backup is due; 0 or less: now."""
        newest = max((backup.made_at for backup in self.list()), default=0.0)
        return newest + DAY_SECONDS - clock.now()

    def _make_room(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in self.folder.glob(".photoarchive-*.partial*"):
            left_over.unlink(missing_ok=True)
        needed, free = self.database_path.stat().st_size, shutil.disk_usage(self.folder).free
        if free < needed:
            raise Unavailable(f"There is no room for a backup in {self.folder}: it may need {needed / 1e6:,.0f} MB and "
                              f"{free / 1e6:,.0f} MB are free.")

    def _free_name(self, stamp: str, kind: str) -> Path:
        target = self.folder / f"photoarchive-{stamp}-{kind}.db"
        if target.exists():
            raise Conflict("A backup was made within this second.")
        return target

    def _drop_old_dailies(self) -> None:
        dailies = [backup for backup in self.list() if backup.kind == "daily"]
        for backup in dailies[DAILY_KEPT:]:
            Path(backup.path).unlink(missing_ok=True)


def _describe(path: Path) -> Backup:
    facts, match = path.stat(), _NAME.fullmatch(path.name)
    kind = match.group(2) if match else "manual"
    return Backup(path.name, str(path), facts.st_size, facts.st_mtime, kind)


# ---------------------------------------------------------------------- copying facts


def copy_facts(source: Path, target: Path) -> None:
    """Copy all facts of a catalog into a new SQLite file, as of one moment, without keeping writers waiting."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {10_000}")
        connection.execute("ATTACH ? AS backup", (f"{target.as_uri()}?mode=rwc",))
        version = int(connection.execute("PRAGMA main.user_version").fetchone()[0])
        connection.execute(f"PRAGMA backup.application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA backup.user_version = {version}")
        connection.execute("PRAGMA backup.journal_mode = OFF")
        connection.execute("PRAGMA backup.synchronous = OFF")
        connection.execute("BEGIN")
        tables, others = _schema(connection)
        for name, sql in tables:
            connection.execute(_in_backup(sql))
            if name not in EMPTY_TABLES:
                connection.execute(f'INSERT INTO backup."{name}" SELECT * FROM main."{name}"')
        connection.execute("DELETE FROM backup.sqlite_sequence")
        connection.execute("INSERT INTO backup.sqlite_sequence SELECT * FROM main.sqlite_sequence")
        connection.execute("DELETE FROM backup.meta WHERE key = ? OR key LIKE ?", (CURRENT, f"{STALE}%"))
        for sql in others:
            connection.execute(_in_backup(sql))
        connection.execute("COMMIT")


def _schema(connection: sqlite3.Connection) -> tuple[list[tuple[str, str]], list[str]]:
    """(name, SQL) of the tables to copy, and the SQL of their indexes and triggers."""
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    tables, others = [], []
    for kind, name, table, sql in rows.fetchall():
        if _is_derived(table) or name.startswith("sqlite_"):
            continue
        if kind == "table":
            tables.append((name, sql))
        else:
            others.append(sql)
    return tables, others


def _is_derived(table: str) -> bool:
    """A derived table, or one that its full-text index keeps for itself ("photo_text_data")."""
    return any(table == name or table.startswith(f"{name}_") for name in DERIVED_TABLES)


def _in_backup(sql: str) -> str:
    """CREATE … of the main file as CREATE … in the backup. SQLite keeps the words and one blank between them."""
    return re.sub(r"^(CREATE (?:UNIQUE )?(?:TABLE|INDEX|TRIGGER)) ", r"\1 backup.", sql, count=1)


def check(path: Path) -> int:
    """Check that a file is a whole backup of ours that this program can read. Returns its schema version.

    Raises NotFound, Invalid (not ours, damaged) or Conflict (from a newer photoArchive).
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if application != APPLICATION_ID or not version:
                raise Invalid(f"{path} is not a backup of photoArchive.")
            if version > schema_version():
                raise Conflict(f"{path} was made by a newer photoArchive (schema {version}); this one knows "
                               f"{schema_version()}. Update photoArchive first.")
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Invalid(f"{path} cannot be read as a backup: {error}.") from error
    if verdict != "ok":
        raise Invalid(f"{path} is damaged: {verdict}.")
    return version


# ---------------------------------------------------------------------- restoring


def restore(backup: Path, database_path: Path) -> Restored:
    """Put a backup in the place of the catalog. The server of this home must not run.

    The new file is made whole first (derived tables, migrations, text index), then takes the old one's place in one
    rename; the old one stays beside it. Raises what `check` raises, Conflict when the home is in use.
    """
    version = check(backup)
    home = database_path.parent
    with _home_locked(home):
        workshop = home / ".run" / "restore"
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True, mode=0o700)
        try:
            prepared = workshop / database_path.name
            shutil.copyfile(backup, prepared)
            _add_derived_tables(prepared, version)
            photos = _make_whole(prepared, workshop / "columns", database_path)
            _sync_file(prepared)
            set_aside = _set_aside(database_path)
            prepared.replace(database_path)
            sync_folder(home)
        except OSError as error:
            raise Unavailable(f"The backup could not be restored: {error.strerror}. Nothing was changed.") from error
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return Restored(photos, version, set_aside)


@contextmanager
def _home_locked(home: Path) -> Iterator[None]:
    """Hold the same lock as a running catalog does."""
    run = home / ".run"
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"photoArchive is running on {home}. Stop it first, then restore.") from None
        yield


def _add_derived_tables(path: Path, version: int) -> None:
    """Create, empty, what a backup leaves out, as it was in that schema version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        for number, text in migrations():
            if number <= version:
                for statement in split_statements(text):
                    model.execute(statement)
        wanted = model.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, sql in wanted:
            if name in DERIVED_TABLES:
                connection.execute(sql)


def _make_whole(path: Path, run_dir: Path, replaced: Path) -> int:
    """Migrate the prepared file, index its words, and lift its counters above the replaced catalog's. Counts photos."""
    run_dir.mkdir()
    highest_id, revision = _counters(replaced)
    db = Database(path)
    try:
        FullText(db, Columns(db, run_dir))
        db.write(lambda tx: tx.changes.touch_all("text"))
        own = int(db.meta("revision", 0))
        leap = max(own, revision) + REVISION_LEAP
        db.write(lambda tx: tx.execute("UPDATE meta SET value = ? WHERE key = 'revision'", (leap,)))
        if highest_id:
            db.write(lambda tx: tx.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'photos'", (highest_id,)))
        photos = int(db.read().execute("SELECT count(*) FROM photos").fetchone()[0])
    finally:
        db.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")      # one file, without companions, for the rename
    return photos


def _counters(path: Path) -> tuple[int, int]:
    """Highest photo id ever given and revision of the catalog to be replaced; zeros when it cannot be read.

    Ids of photos that only the replaced catalog knew stay unused: cached pictures of them lie under those ids.
    """
    if not path.exists():
        return 0, 0
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            highest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'photos'").fetchone()
            revision = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    except sqlite3.Error:
        return 0, 0
    return int(highest[0]) if highest else 0, int(revision[0]) if revision else 0


def _set_aside(path: Path) -> Path | None:
    """Keep the old catalog beside the new one. It keeps its own name too until the new file takes it over."""
    if not path.exists():
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.now()))
    aside = path.with_name(f"{path.name}.before-restore-{stamp}")
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        for suffix in ("-wal", "-shm"):      # a damaged catalog keeps its journal, under the new name
            companion = path.with_name(path.name + suffix)
            if companion.exists():
                companion.rename(aside.with_name(aside.name + suffix))
        log.warning("The replaced catalog was damaged (%s); it is kept as %s.", error, aside.name)
    try:
        aside.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, aside)         # a file system without links
    return aside


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
