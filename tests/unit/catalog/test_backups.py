"""Backups: all facts, nothing derived, checked; and the way back from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from photoarchive.catalog import health
from photoarchive.catalog.backups import DAILY_KEPT, Backups, check, restore
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction, schema_version
from photoarchive.catalog.fulltext import FullText
from photoarchive.core.config import Config
from photoarchive.core.errors import Conflict, Invalid, NotFound, Unavailable

PHOTOS = 50


def fill(tx: Transaction, first: int = 1, count: int = PHOTOS) -> None:
    """Photos in one folder of one source, every third picked."""
    tx.execute("INSERT OR IGNORE INTO sources (id, path, display_name, added_at) VALUES (1, x'2f70', 'Photos', 0)")
    tx.execute("INSERT OR IGNORE INTO folders (id, source_id, relpath) VALUES (1, 1, x'')")
    for number in range(first, first + count):
        tx.execute("INSERT INTO photos (id, created_at, source_id, folder_id, ready) VALUES (?, 0, 1, 1, 1)", (number,))
        tx.execute("INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) "
                   "VALUES (?, ?, 1, ?, 10, 0, 0)", (number, number, b"lofoten_%04d.jpg" % number))
        tx.execute("UPDATE photos SET file_id = ? WHERE id = ?", (number, number))
        tx.execute("INSERT INTO marks (photo_id, flag) VALUES (?, ?)", (number, int(number % 3 == 0)))
    ids = range(first, first + count)
    tx.changes.touch("photos", ids)
    tx.changes.touch("marks", ids)
    tx.changes.touch("text", ids)


class Home:
    """An open catalog in a home, with its columns and words."""

    def __init__(self, home: Path) -> None:
        self.config = Config(home=home)
        self.db = Database(self.config.database_path)
        self.columns = Columns(self.db, self.config.run_dir)
        self.text = FullText(self.db, self.columns)
        self.backups = Backups(self.config.database_path, home / "backups")

    def count(self, sql: str) -> int:
        return int(self.db.read().execute(sql).fetchone()[0])


@pytest.fixture
def filled(home: Path) -> Iterator[Home]:
    made = Home(home)
    made.db.write(fill)
    yield made
    made.db.close()


def facts(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables that hold facts."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if not name.startswith(("photo_text", "sqlite_", "snapshot_", "meta"))]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(kept)}


def test_a_backup_holds_all_facts_and_nothing_derived(filled: Home) -> None:
    made = filled.backups.make()
    assert facts(Path(made.path)) == facts(filled.config.database_path)
    with closing(sqlite3.connect(made.path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert not [name for name in tables if name.startswith("photo_text")]
        assert "files_photo" in tables and "previews_deleted" in tables, "indexes and triggers belong to it"
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert check(Path(made.path)) == schema_version()
    assert Path(made.path).stat().st_mode & 0o077 == 0
    assert [entry.name for entry in filled.backups.folder.iterdir()] == [made.name], "no half file is left"


def test_a_backup_is_of_one_moment_while_the_catalog_is_written(filled: Home) -> None:
    """Each photo is written together with its file; a backup never has one without the other."""
    writes = [filled.db.submit(lambda tx, n=n: fill(tx, 1000 + n * 20, 20)) for n in range(30)]
    made = filled.backups.make()
    for write in writes:
        write.result()
    with closing(sqlite3.connect(made.path)) as connection:
        photos, files, marks = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                                for name in ("photos", "files", "marks"))
    assert photos == files == marks
    assert photos % 10 == 0


def test_seven_dailies_are_kept_and_all_made_by_hand(filled: Home) -> None:
    folder = filled.backups.folder
    folder.mkdir()
    for day in range(1, 12):
        (folder / f"photoarchive-202001{day:02}-120000-daily.db").write_bytes(b"old")
    for day in range(1, 10):
        (folder / f"photoarchive-202001{day:02}-130000-manual.db").write_bytes(b"old")
    (folder / "my own file.db").write_bytes(b"mine")
    newest = filled.backups.make("daily")
    kinds = [backup.kind for backup in filled.backups.list()]
    assert (kinds.count("daily"), kinds.count("manual")) == (DAILY_KEPT, 9)
    assert newest.name in {backup.name for backup in filled.backups.list()}
    assert (folder / "my own file.db").exists()


def test_the_next_daily_is_due_a_day_after_the_newest_backup(filled: Home) -> None:
    assert filled.backups.due_in() < 0
    filled.backups.make()
    assert 86_000 < filled.backups.due_in() <= 86_400


def test_a_folder_that_cannot_be_written_is_said(filled: Home) -> None:
    filled.backups.folder.write_text("a file is in the way")
    with pytest.raises(Unavailable, match="could not be written"):
        filled.backups.make()


def test_restoring_brings_everything_back_and_keeps_the_replaced_catalog(home: Path, filled: Home) -> None:
    made = filled.backups.make()
    filled.db.write(lambda tx: fill(tx, 500, 10))
    filled.db.write(lambda tx: tx.execute("UPDATE marks SET flag = 2"))
    filled.columns.write_snapshot()
    revision = filled.columns.revision_now
    filled.db.close()
    done = restore(Path(made.path), filled.config.database_path)
    assert (done.photos, done.schema) == (PHOTOS, schema_version())
    assert done.set_aside is not None and len(facts(done.set_aside)["photos"]) == PHOTOS + 10
    again = Home(home)
    try:
        assert again.count("SELECT count(*) FROM photos") == PHOTOS
        assert again.count("SELECT count(*) FROM marks WHERE flag = 1") == PHOTOS // 3
        assert int((again.columns["flag"] == 1).sum()) == PHOTOS // 3, "columns follow the restored catalog"
        assert int(again.text.mask("lofoten_0007").sum()) == 1, "words are indexed again"
        assert again.columns.revision_now > revision, "no browser takes an old answer for a new one"
        new = again.db.write(lambda tx: tx.execute(
            "INSERT INTO photos (created_at, source_id, folder_id) VALUES (0, 1, 1)").lastrowid)
        assert new == 510, "ids the replaced catalog had given are not given again"
    finally:
        again.db.close()
    assert health.check_catalog(filled.config.database_path) == ""


def test_restoring_into_an_empty_home(filled: Home, tmp_path: Path) -> None:
    made = filled.backups.make()
    target = tmp_path / "other"
    target.mkdir()
    assert restore(Path(made.path), target / "photoarchive.db").set_aside is None
    other = Home(target)
    assert other.count("SELECT count(*) FROM photos") == PHOTOS
    other.db.close()


def test_restoring_over_a_damaged_catalog_keeps_the_damaged_one(home: Path, filled: Home) -> None:
    made = filled.backups.make()
    filled.db.close()
    path = filled.config.database_path
    damaged = path.read_bytes()[:4096] + b"\xaa" * 8192
    path.write_bytes(damaged)
    done = restore(Path(made.path), path)
    assert done.set_aside is not None and done.set_aside.read_bytes() == damaged
    assert health.check_catalog(path) == ""


def test_a_home_in_use_is_not_touched(filled: Home) -> None:
    made = filled.backups.make()
    with pytest.raises(Conflict, match="is running"):
        restore(Path(made.path), filled.config.database_path)
    assert filled.count("SELECT count(*) FROM photos") == PHOTOS


def test_a_backup_of_a_newer_schema_is_refused(filled: Home, tmp_path: Path) -> None:
    made = Path(filled.backups.make().path)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute(f"PRAGMA user_version = {schema_version() + 1}")
    filled.db.close()
    before = filled.config.database_path.read_bytes()
    with pytest.raises(Conflict, match="newer photoArchive"):
        restore(made, filled.config.database_path)
    assert filled.config.database_path.read_bytes() == before


def test_what_is_no_backup_is_refused(bare_home: Path, tmp_path: Path) -> None:
    target = bare_home / "photoarchive.db"
    with pytest.raises(NotFound):
        restore(tmp_path / "missing.db", target)
    (tmp_path / "text.db").write_text("this is no database, however long it may be" * 100)
    with pytest.raises(Invalid, match="cannot be read"):
        restore(tmp_path / "text.db", target)
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(Invalid, match="not a backup of photoArchive"):
        restore(tmp_path / "foreign.db", target)
    assert not target.exists()


def test_a_damaged_backup_is_refused(filled: Home) -> None:
    filled.db.write(lambda tx: fill(tx, 1000, 2000))
    made = Path(filled.backups.make().path)
    filled.db.close()
    raw = bytearray(made.read_bytes())
    raw[20_000:60_000] = b"\x55" * 40_000
    made.write_bytes(raw)
    with pytest.raises(Invalid, match=r"damaged|cannot be read"):
        restore(made, filled.config.database_path)



def test_the_doctor_sees_a_damaged_catalog(filled: Home) -> None:
    path = filled.config.database_path
    assert health.check_catalog(path) == "", "also while it is open"
    filled.db.write(lambda tx: fill(tx, 1000, 2000))
    filled.db.close()
    raw = bytearray(path.read_bytes())
    raw[20_000:60_000] = b"\x55" * 40_000
    path.write_bytes(raw)
    assert "damaged" in health.check_catalog(path) or "cannot be read" in health.check_catalog(path)
    assert health.sqlite_features()[1] == []
