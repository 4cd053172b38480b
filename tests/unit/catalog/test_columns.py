"""Columns: the same arrays from a rebuild, from a snapshot and from patches, and honest revisions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photoarchive.catalog.column_layout import ABSENT, COLUMNS, NO_COORDINATE, distinct
from photoarchive.catalog.database import Transaction
from small_catalog import SmallCatalog, fill, open_catalog


def arrays(catalog: SmallCatalog) -> dict[str, list[object]]:
    """Everything the columns hold, as lists."""
    columns = catalog.columns
    found = {column.name: columns[column.name].tolist() for column in COLUMNS} | {"aspect": columns["aspect"].tolist()}
    found["keywords"] = [part.tolist() for part in columns.keywords.pairs()]
    found["folders"] = [part.tolist() for part in columns.other_folders.pairs()]
    found["names"] = columns.names.ranks(columns.rows).tolist()
    return found


def rebuilt(home: Path, catalog: SmallCatalog) -> dict[str, list[object]]:
    """What a fresh read of all rows gives."""
    catalog.close()
    for old in (home / ".run").glob("columns-*"):
        old.unlink()
    fresh = open_catalog(home)
    found = arrays(fresh)
    fresh.close()
    return found


def change(tx: Transaction) -> None:
    """Touch every group, add a photo and delete one."""
    tx.execute("UPDATE marks SET flag = 2, stars = NULL WHERE photo_id IN (3, 4)")
    tx.execute("UPDATE photos SET taken_local = 5, lat = NULL, width = 1000, height = 10 WHERE id = 7")
    tx.execute("UPDATE files SET name = CAST('aaa.jpg' AS BLOB) WHERE id = 7")
    tx.execute("INSERT INTO photos (id, created_at, source_id, folder_id, ready) VALUES (900, 1, 1, 1, 1)")
    tx.execute("DELETE FROM photos WHERE id = 9")
    tx.execute("INSERT OR REPLACE INTO photo_keywords VALUES (7, 1, 1)")
    tx.changes.touch("marks", [3, 4, 9])
    tx.changes.touch("photos", [7, 9, 900])
    tx.changes.touch("ratings", [9])
    tx.changes.touch("keywords", [7, 9])
    tx.changes.touch("text", [7, 9, 900])


@pytest.mark.parametrize("snapshot", [False, True])
def test_patched_arrays_equal_a_fresh_read(home: Path, snapshot: bool) -> None:
    """Whatever a transaction touched, the arrays are as if all rows were read again, with and without a snapshot."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    arrays(catalog)
    if snapshot:
        catalog.columns.write_snapshot()
    catalog.db.write(change)
    patched = arrays(catalog)
    catalog.close()
    again = open_catalog(home)
    assert arrays(again) == patched
    assert again.columns["state"][9] == ABSENT
    assert again.columns["lat"][7] == NO_COORDINATE
    assert rebuilt(home, again) == patched


def test_a_snapshot_is_used_and_what_changed_since_is_read_again(home: Path) -> None:
    """The second start maps the file; a flag set after the snapshot is there."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    catalog.columns.write_snapshot()
    assert catalog.columns.unsaved == 0
    assert not catalog.columns["size"].flags.owndata
    catalog.db.write(change)
    assert catalog.columns.unsaved > 0
    catalog.close()
    again = open_catalog(home)
    assert isinstance(again.columns["size"].base, np.ndarray | memoryview) or again.columns["size"].base is not None
    assert not again.columns["size"].flags.owndata
    assert again.columns["flag"][3] == 2
    again.close()


def test_a_snapshot_of_another_catalog_or_a_torn_one_is_not_used(home: Path) -> None:
    """A copied or cut file gives no wrong answers: everything is read from SQL."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    catalog.columns.write_snapshot()
    expected = arrays(catalog)
    catalog.close()
    (file,) = (home / ".run").glob("columns-*.snapshot")
    whole = file.read_bytes()
    for broken in (whole[: len(whole) // 2], b"something else" * 100, b"", whole.replace(b"catalog", b"cutalog", 1)):
        file.write_bytes(broken)
        again = open_catalog(home)
        assert arrays(again) == expected
        again.close()


def test_a_bulk_change_without_a_snapshot_afterwards_is_read_again_at_the_next_start(home: Path) -> None:
    """A whole group that changed is noted as such, not photo by photo."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    catalog.columns.write_snapshot()

    def all_rejected(tx: Transaction) -> None:
        tx.execute("UPDATE marks SET flag = 2")
        tx.changes.touch_all("marks")

    catalog.db.write(all_rejected)
    patched = arrays(catalog)
    assert catalog.db.read().execute("SELECT count(*) FROM snapshot_dirty").fetchone()[0] == 0
    catalog.close()
    again = open_catalog(home)
    assert arrays(again) == patched
    again.close()


def test_what_changes_while_a_snapshot_is_written_stays_listed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit between copying the arrays and making the file current is read again at the next start."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    sections = catalog.columns.names.sections

    def commit_meanwhile() -> dict[str, np.ndarray]:
        catalog.db.write(change)
        return sections()

    monkeypatch.setattr(catalog.columns.names, "sections", commit_meanwhile)
    catalog.columns.write_snapshot()
    patched = arrays(catalog)
    catalog.close()
    again = open_catalog(home)
    assert arrays(again) == patched
    assert rebuilt(home, again) == patched


def test_only_columns_that_changed_get_a_new_revision(home: Path) -> None:
    """A flag leaves dates alone, so a view by date stays valid; setting the same flag again changes nothing."""
    catalog = open_catalog(home)
    fill(catalog, 30)
    columns = catalog.columns
    before = {name: columns.revision(name) for name in ("flag", "stars", "taken", "elo")}

    def flag(tx: Transaction) -> None:
        tx.execute("INSERT INTO marks (photo_id, flag) VALUES (5, 1) ON CONFLICT DO UPDATE SET flag = (flag + 1) % 3")
        tx.changes.touch("marks", [5])

    catalog.db.write(flag)
    after = {name: columns.revision(name) for name in before}
    assert after["flag"] == columns.revision_now > before["flag"]
    assert {name: after[name] for name in ("taken", "elo", "stars")} == {
        n: before[n] for n in ("taken", "elo", "stars")
    }
    assert columns.changed_since(["flag"], before["flag"]) is not None
    assert columns.changed_since(["flag"], before["flag"]).tolist() == [5]
    assert columns.changed_since(["taken"], before["taken"]).tolist() == []
    catalog.close()


def test_what_leaves_names_alone_leaves_their_order_alone(home: Path) -> None:
    """A place, photo by photo, handed over or for the whole catalog: a view by file name stays as it is."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    columns, by_name = catalog.columns, catalog.views.query({"sort": "filename_asc"})
    before, names = catalog.views.open(by_name), columns.revision("names")

    def place(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET place_id = 7, taken_offset = 60 WHERE id <= 20")
        tx.changes.touch("photos", range(1, 21))

    def place_many(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET place_id = 8 WHERE id <= 40")
        columns.stage(tx, np.arange(1, 41), {"place": np.full(40, 8, np.int32)})

    def forget(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET place_id = NULL")
        tx.changes.touch_all("photos")

    for write in (place, place_many, forget):
        revision = columns.revision_now
        catalog.db.write(write)
        assert columns.revision("place") == columns.revision_now > revision
        assert columns.names.current and columns.revision("names") == names
        assert catalog.views.open(by_name).token == before.token
    patched = arrays(catalog)
    assert rebuilt(home, catalog) == patched


@pytest.mark.parametrize("renamed", [False, True])
def test_after_a_kill_places_handed_over_are_read_and_the_order_of_names_is_not_made_anew(
    home: Path, renamed: bool
) -> None:
    """The snapshot is older than the places, and than a name that changed with them: only that name is put in order."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    columns = catalog.columns
    columns.write_snapshot()

    def write(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET place_id = 8 WHERE id <= 40")
        columns.stage(tx, np.arange(1, 41), {"place": np.full(40, 8, np.int32)})
        if renamed:
            tx.execute("UPDATE files SET name = CAST('aaa.jpg' AS BLOB) WHERE id = 7")

    catalog.db.write(write)
    written = arrays(catalog)
    catalog.close()
    restarted = open_catalog(home)
    due = restarted.columns.names._pending.take()
    assert (due.everything, due.photo_ids.tolist()) == (False, [7] if renamed else [])
    restarted.columns.names.refresh_later(due.photo_ids)
    assert arrays(restarted) == written
    assert rebuilt(home, restarted) == written


@pytest.mark.parametrize(("photo", "statement"), [
    (7, "UPDATE files SET name = CAST('aaa.jpg' AS BLOB) WHERE id = 7"),
    (7, "UPDATE photos SET file_id = 8 WHERE id = 7"),
    (7, "DELETE FROM files WHERE id = 7"),
    (7, "DELETE FROM photos WHERE id = 7"),
    (61, "INSERT INTO photos (id, created_at, file_id, source_id, folder_id, ready) VALUES (61, 1, 9, 1, 1, 1)"),
])
@pytest.mark.parametrize("whole", [False, True])
def test_names_that_change_are_in_order_however_they_changed(
    home: Path, photo: int, statement: str, whole: bool
) -> None:
    """A new name, another file, a photo that came or went; a rollback of it makes nothing due."""
    catalog = open_catalog(home)
    fill(catalog, 60)
    columns = catalog.columns
    arrays(catalog)

    def write(tx: Transaction) -> None:
        tx.execute(statement)
        for group in ("photos", "marks", "ratings", "keywords"):
            if whole:
                tx.changes.touch_all(group)
            else:
                tx.changes.touch(group, [photo])

    def fail(tx: Transaction) -> None:
        write(tx)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        catalog.db.write(fail)
    names = columns.revision("names")
    catalog.db.write(lambda tx: tx.changes.touch("photos", [3]))
    assert columns.names.current and columns.revision("names") == names
    catalog.db.write(write)
    assert columns.revision("names") == columns.revision_now > names
    patched = arrays(catalog)
    assert rebuilt(home, catalog) == patched


def test_the_revision_survives_a_restart(home: Path) -> None:
    """ETags made before a restart are not given to other contents after it."""
    catalog = open_catalog(home)
    fill(catalog, 5)
    revision = catalog.columns.revision_now
    assert revision > 0
    catalog.close()
    again = open_catalog(home)
    assert again.columns.revision_now == again.columns.revision("flag") == revision
    again.close()


def test_a_failed_transaction_changes_no_array(home: Path) -> None:
    """A rollback leaves arrays, revisions and the list of changed photos as they were."""
    catalog = open_catalog(home)
    fill(catalog, 30)
    catalog.columns.write_snapshot()
    before = arrays(catalog)

    def fail(tx: Transaction) -> None:
        change(tx)
        catalog.columns.stage(tx, np.array([1, 2]), {"flag": np.array([1, 1], np.uint8)})
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        catalog.db.write(fail)
    assert arrays(catalog) == before
    assert catalog.columns.unsaved == 0
    catalog.close()


def test_arrays_grow_with_the_catalog(home: Path) -> None:
    """Far more photos than there was room for: old values stay, gaps are absent."""
    catalog = open_catalog(home)
    fill(catalog, 30)
    old = arrays(catalog)

    def add(tx: Transaction) -> None:
        tx.execute("INSERT INTO photos (id, created_at, source_id, folder_id, ready) VALUES (70000, 1, 1, 1, 1)")
        tx.changes.touch("photos", [70000])

    catalog.db.write(add)
    columns = catalog.columns
    assert columns.rows == 70001
    assert columns["state"][70000] == 0
    assert (columns["state"][31:70000] == ABSENT).all()
    assert columns["taken"][:31].tolist() == old["taken"]
    catalog.close()


def test_distinct_ids_are_ascending_and_once_each() -> None:
    """Any arrays of ids, empty ones too."""
    assert distinct().tolist() == []
    assert distinct(np.array([5, 1, 5]), np.array([], np.uint32), np.array([2], np.uint32)).tolist() == [1, 2, 5]
