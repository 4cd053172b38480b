"""The single writer, its transactions, its migrations."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from photoarchive.catalog import database as module
from photoarchive.catalog.database import APPLICATION_ID, Database, Transaction, split_statements
from photoarchive.core.errors import Conflict, Invalid, Unavailable


@pytest.fixture
def db(bare_home: Path) -> Iterator[Database]:
    database = Database(bare_home / "photoarchive.db")
    yield database
    database.close()


def add_source(tx: Transaction, path: bytes = b"/photos") -> None:
    tx.execute("INSERT INTO sources (path, display_name, added_at) VALUES (?, 'Photos', 0)", (path,))


def count_sources(db: Database) -> int:
    return int(db.read().execute("SELECT COUNT(*) FROM sources").fetchone()[0])


def test_a_new_catalog_carries_our_mark_and_the_newest_schema(db: Database) -> None:
    """Another program can tell our file, and a second open finds nothing to migrate."""
    assert db.read().execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert db.read().execute("PRAGMA user_version").fetchone()[0] == module.schema_version()
    assert len(db.meta("catalog_uuid")) == 32


def test_a_failed_write_changes_nothing_and_reaches_its_caller(db: Database) -> None:
    """The exception arrives where write was called, and the transaction is gone."""
    def fail(tx: Transaction) -> None:
        add_source(tx)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        db.write(fail)
    assert count_sources(db) == 0


def test_writes_of_many_threads_are_all_there(db: Database) -> None:
    """Eight threads write at once; the writer takes them one by one and loses none."""
    def work(number: int) -> None:
        for index in range(20):
            path = f"/p/{number}/{index}".encode()
            db.write(partial(add_source, path=path))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_sources(db) == 160


def test_the_caller_is_answered_after_the_listeners_have_seen_the_commit(db: Database) -> None:
    """Columns are patched before anyone can ask them about what he just wrote."""
    seen: list[tuple[list[int], int]] = []
    db.after_commit(lambda tx: seen.append((tx.changes.photos["marks"][0].tolist(), count_sources(db))))

    def work(tx: Transaction) -> None:
        add_source(tx)
        tx.changes.touch("marks", [3, 4])

    db.write(work)
    assert seen == [([3, 4], 1)]


def test_a_failing_listener_before_the_commit_rolls_back(db: Database) -> None:
    """Rows, revisions and full text change together or not at all."""
    def refuse(tx: Transaction) -> None:
        raise RuntimeError("text index")

    db.before_commit(refuse)

    def work(tx: Transaction) -> None:
        add_source(tx)
        tx.changes.touch_all("marks")

    with pytest.raises(RuntimeError, match="text index"):
        db.write(work)
    assert count_sources(db) == 0


def test_a_failing_listener_after_the_commit_does_not_deny_what_was_written(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller hears of success, the log of the failure, and the other listeners go on."""
    seen: list[int] = []

    def fail(tx: Transaction) -> None:
        raise RuntimeError("columns")

    db.after_commit(fail)
    db.after_commit(lambda tx: seen.append(count_sources(db)))

    def work(tx: Transaction) -> None:
        add_source(tx)
        tx.changes.touch("marks", [1])

    db.write(work)
    assert seen == [1]
    assert "Following a committed change failed" in caplog.text


def test_readers_cannot_write(db: Database) -> None:
    """A reading connection is read-only for real."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.read().execute("DELETE FROM sources")


def test_writing_inside_a_writing_function_is_refused_instead_of_hanging(db: Database) -> None:
    """It would wait for itself for ever."""
    with pytest.raises(RuntimeError, match="transaction it has"):
        db.write(lambda tx: db.write(add_source))


def test_one_process_per_home(db: Database) -> None:
    """A second open of the same home says who is in the way."""
    with pytest.raises(Conflict, match="already using"):
        Database(db.path)


def test_a_foreign_database_is_left_untouched_and_said(bare_home: Path) -> None:
    """The reference's own photoarchive.db keeps every byte."""
    path = bare_home / "photoarchive.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE images (id INTEGER)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Conflict, match="belongs to another program"):
        Database(path)
    assert path.read_bytes() == before
    assert not (bare_home / ".run" / "lock").read_text()
    with pytest.raises(Conflict, match="belongs to another program"):
        Database(path)


def test_a_catalog_of_a_newer_program_is_refused(bare_home: Path) -> None:
    """Downgrading must not eat a catalog."""
    Database(bare_home / "photoarchive.db").close()
    with sqlite3.connect(bare_home / "photoarchive.db") as raw:
        raw.execute("PRAGMA user_version = 9999")
    raw.close()
    with pytest.raises(Conflict, match="newer photoArchive"):
        Database(bare_home / "photoarchive.db")


def test_a_migration_that_fails_leaves_the_catalog_as_it_was(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration never stays, and the copy made before it does."""
    path = bare_home / "photoarchive.db"
    first = Database(path)
    first.write(add_source)
    first.close()
    steps = module.migrations()
    number = steps[-1][0] + 1
    broken = "CREATE TABLE extra (x);\nCREATE TABLE meta (x);\n"
    monkeypatch.setattr(module, "migrations", lambda: [*steps, (number, broken)])
    with pytest.raises(sqlite3.OperationalError):
        Database(path)
    monkeypatch.setattr(module, "migrations", lambda: steps)
    again = Database(path)
    assert count_sources(again) == 1
    assert again.read().execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'extra'").fetchone()[0] == 0
    assert path.with_name(f"photoarchive.db.before-schema-{steps[-1][0]}").stat().st_size > 0
    again.close()


def test_a_read_only_home_gives_a_sentence(tmp_path: Path) -> None:
    """The data folder that cannot be made is named."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(Unavailable, match="cannot be written"):
        Database(blocked / "home" / "photoarchive.db")


def test_statements_are_split_where_sql_ends_not_at_every_semicolon() -> None:
    """Semicolons in strings, comments and triggers belong to their statement."""
    text = "CREATE TABLE a (x TEXT DEFAULT ';'); -- one;\n"
    text += "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n DELETE FROM a; END;\n"
    assert len(split_statements(text)) == 2
    with pytest.raises(Invalid, match="middle of a statement"):
        split_statements("CREATE TABLE a (x")


def test_a_closed_catalog_says_so(bare_home: Path) -> None:
    """Late writers get a sentence, not a hang."""
    database = Database(bare_home / "photoarchive.db")
    database.close()
    with pytest.raises(Unavailable, match="closed"):
        database.write(add_source)


def test_a_write_that_meets_the_end_is_refused_and_never_waits(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog closes in the middle of `write`: the caller hears of it instead of waiting for ever."""
    class Late(module.Future):      # type: ignore[type-arg, name-defined]
        def __init__(self) -> None:
            super().__init__()
            db.close()

    monkeypatch.setattr(module, "Future", Late)
    outcome: list[BaseException] = []

    def write() -> None:
        try:
            db.write(add_source)
        except Unavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(10)
    assert len(outcome) == 1
