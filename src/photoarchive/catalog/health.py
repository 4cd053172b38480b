"""Whether SQLite and the catalog file are sound, looked at from outside, without opening the archive."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from photoarchive.catalog.database import APPLICATION_ID, schema_version

_FEATURES = {
    "full-text search (FTS5)": "CREATE VIRTUAL TABLE probe.words USING fts5 (text)",
    "strict tables": "CREATE TABLE probe.strict_table (id INTEGER PRIMARY KEY) STRICT",
    "RETURNING": "INSERT INTO probe.plain VALUES (1) RETURNING id",
    "JSON": "SELECT value FROM json_each('[1]')",
}


def sqlite_features() -> tuple[str, list[str]]:
    """SQLite's version and which of the needed features it lacks."""
    missing = []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("ATTACH ':memory:' AS probe")
        connection.execute("CREATE TABLE probe.plain (id INTEGER)")
        for feature, sql in _FEATURES.items():
            try:
                connection.execute(sql).fetchall()
            except sqlite3.OperationalError:
                missing.append(feature)
    return sqlite3.sqlite_version, missing


def check_catalog(path: Path) -> str:
    """What is wrong with a catalog file, in a sentence; "" when it is sound. Works beside a running server."""
    try:
        with _open(path) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                return f"{path} belongs to another program"
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > schema_version():
                return f"{path} was written by a newer photoArchive (schema {version})"
            verdict = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        return f"{path} cannot be read: {error}"
    if verdict != "ok":
        return f"{path} is damaged: {verdict}; restore a backup with `photoarchive restore`"
    return "" if orphan is None else f"{path} has rows of table {orphan[0]} that belong to nothing"


def source_paths(path: Path) -> list[bytes]:
    """The folders of all sources in use, read from the file."""
    try:
        with _open(path) as connection:
            return [row[0] for row in connection.execute("SELECT path FROM sources WHERE state = 'active' ORDER BY id")]
    except sqlite3.Error:
        return []


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection
