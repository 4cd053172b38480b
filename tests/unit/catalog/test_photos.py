"""Storing what was read: which file's facts count, imported marks, what the user's word outlives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from new_catalog import bring_catalog
from photoarchive.catalog.column_layout import UNREADABLE
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.imported_marks import label_number
from photoarchive.catalog.photos import store_inspections
from photoarchive.catalog.previews import content_version
from photoarchive.core.facts import Facts, InspectFailure, Inspection, Taken

VERSION = 3
STAMP = 500


class Shelf:
    """Four photos in one folder; photo 4 has a second place (file 5)."""

    def __init__(self, home: Path) -> None:
        self.db = Database(bring_catalog(home))
        self.columns = Columns(self.db, home / ".run")
        self.db.write(self._fill)

    @staticmethod
    def _fill(tx) -> None:
        tx.execute("INSERT INTO sources (id, path, display_name, added_at) VALUES (1, x'2f78', 'x', 0)")
        tx.execute("INSERT INTO folders (id, source_id, relpath) VALUES (1, 1, x'')")
        for n in range(1, 5):
            tx.execute("INSERT INTO photos (id, created_at, file_id, source_id, folder_id) VALUES (?, 0, ?, 1, 1)",
                       (n, n))
        for n, photo in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 4)):
            tx.execute("INSERT INTO files (id, photo_id, folder_id, name, size, mtime_ns, first_seen) "
                       "VALUES (?, ?, 1, ?, 10, ?, 0)", (n, photo, b"IMG_%d.jpg" % n, STAMP))
        tx.changes.touch("photos", range(1, 5))

    def store(self, *results: Inspection | InspectFailure) -> list[int]:
        return self.db.write(lambda tx: store_inspections(tx, results, VERSION))

    def row(self, table: str, key: int) -> dict[str, object]:
        name = "id" if table in ("photos", "files") else "photo_id"
        cursor = self.db.read().execute(f"SELECT * FROM {table} WHERE {name} = ?", (key,))
        values = cursor.fetchone()
        return dict(zip([column[0] for column in cursor.description], values, strict=True)) if values else {}

    def sql(self, query: str) -> list[tuple]:
        return self.db.read().execute(query).fetchall()


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    made = Shelf(home)
    yield made
    made.db.close()


def seen(file_id: int = 1, *, stamp: int = STAMP, colour: int | None = None, **facts: object) -> Inspection:
    shape = {"width": 300, "height": 200, "stored_width": 300, "stored_height": 200}
    return Inspection(file_id, 0, ".jpg", Facts(**(shape | facts)), colour=colour, stamp=stamp)


def test_facts_go_to_rows_and_columns(shelf: Shelf):
    assert shelf.store(seen(1, camera_make="Canon", camera_model="R5", lens="50mm", taken=Taken(86_400_000, 60),
                            lat=1.5, lon=2.5, colour=77), seen(2, camera_make="Canon", camera_model="R5")) == [1, 2]
    photo = shelf.row("photos", 1)
    assert (photo["ready"], photo["taken_local"], photo["taken_offset"], photo["colour"]) == (1, 86_400_000, 60, 77)
    assert shelf.sql("SELECT count(*) FROM cameras") == [(1,)] and shelf.sql("SELECT name FROM lenses") == [("50mm",)]
    assert shelf.row("files", 1)["inspected"] == VERSION
    assert shelf.columns["taken"][1] == 86_400_000 and shelf.columns["camera"][1] == shelf.columns["camera"][2] > 0


def test_reading_twice_changes_nothing(shelf: Shelf):
    one = seen(1, keywords=("a", "b"), rating=3, label="Red", title="x")
    shelf.store(one)
    before = [shelf.row(table, 1) for table in ("photos", "details", "marks")]
    words = shelf.sql("SELECT * FROM photo_keywords")
    shelf.store(one)
    assert before == [shelf.row(table, 1) for table in ("photos", "details", "marks")]
    assert words == shelf.sql("SELECT * FROM photo_keywords")


def test_reading_again_keeps_why_no_picture_can_be_made_of_this_content(shelf: Shelf):
    """The facts can be read, the picture cannot: a newer extractor changes nothing in that, changed content does."""
    shelf.store(seen(1))
    file = shelf.row("files", 1)
    version = content_version(file["content_key"], file["size"], file["mtime_ns"])
    shelf.db.write(lambda tx: (
        tx.execute("INSERT INTO preview_failures VALUES (1, ?, 'It is torn.', 0)", (version,)),
        tx.execute("UPDATE photos SET unreadable = 'It is torn.' WHERE id = 1"), tx.changes.touch("photos", [1])))
    shelf.store(seen(1))
    assert shelf.row("photos", 1)["unreadable"] == "It is torn."
    assert shelf.columns["bits"][1] & UNREADABLE
    shelf.db.write(lambda tx: tx.execute("UPDATE files SET content_key = randomblob(16) WHERE id = 1") and None)
    shelf.store(seen(1))
    assert shelf.row("photos", 1)["unreadable"] is None


def test_a_file_that_changed_while_it_was_read_is_read_again(shelf: Shelf):
    shelf.store(seen(1, stamp=STAMP - 1))
    assert shelf.row("files", 1)["inspected"] == 0


def test_a_file_deleted_meanwhile_is_passed_over(shelf: Shelf):
    assert shelf.store(seen(99), seen(1)) == [1]


def test_a_second_place_does_not_overrule_the_shown_file(shelf: Shelf):
    shelf.store(seen(4, iso=100), seen(5, iso=900))
    assert shelf.row("photos", 4)["iso"] == 100
    assert shelf.row("files", 5)["inspected"] == VERSION


@pytest.mark.parametrize("order", [(4, 5), (5, 4)])
def test_a_second_place_stands_in_for_a_broken_file(shelf: Shelf, order: tuple[int, int]):
    results = {4: InspectFailure(4, "It is broken.", ".jpg", stamp=STAMP), 5: seen(5, iso=900)}
    shelf.store(*(results[n] for n in order))
    photo = shelf.row("photos", 4)
    assert (photo["file_id"], photo["iso"], photo["unreadable"], photo["ready"]) == (5, 900, None, 1)


def test_a_second_place_that_was_only_noted_is_read_for_its_facts(shelf: Shelf):
    shelf.db.write(lambda tx: tx.execute("UPDATE files SET inspected = 3 WHERE id = 5") and None)
    shelf.store(InspectFailure(4, "It is broken.", ".jpg", stamp=STAMP))
    assert shelf.row("photos", 4)["file_id"] == 5
    assert shelf.row("files", 5)["inspected"] == 0


def test_a_broken_file_enters_the_grid_with_its_reason(shelf: Shelf):
    shelf.store(InspectFailure(1, "It is broken.", ".jpg", stamp=STAMP))
    photo = shelf.row("photos", 1)
    assert (photo["ready"], photo["unreadable"]) == (1, "It is broken.")
    assert shelf.row("files", 1)["error"] == "It is broken." and photo["format_id"] is not None
    shelf.store(seen(1))
    assert shelf.row("photos", 1)["unreadable"] is None and shelf.row("files", 1)["error"] is None


def test_the_place_name_is_looked_up_again_only_when_the_place_changes(shelf: Shelf):
    shelf.store(seen(1, lat=1.0, lon=2.0))
    shelf.db.write(lambda tx: tx.execute("UPDATE photos SET place_id = 5") and None)
    shelf.store(seen(1, lat=1.0, lon=2.0))
    assert shelf.row("photos", 1)["place_id"] == 5
    shelf.store(seen(1, lat=1.0, lon=3.0))
    assert shelf.row("photos", 1)["place_id"] is None


def test_a_colour_known_from_the_preview_is_kept_when_there_is_no_thumbnail(shelf: Shelf):
    shelf.store(seen(1, colour=5))
    shelf.store(seen(1, colour=None))
    assert shelf.row("photos", 1)["colour"] == 5


# ---------------------------------------------------------------------- imported marks


def marks(shelf: Shelf) -> tuple[object, ...]:
    row = shelf.row("marks", 1)
    return tuple(row.get(name) for name in ("flag", "stars", "label", "imported"))


@pytest.mark.parametrize(("facts", "expected"), [
    ({"rating": 4}, (0, 4, 0, 1)), ({"rating": 0}, ()), ({"rating": -1}, (2, None, 0, 2)),
    ({"picked": True}, (1, None, 0, 2)),
    ({"picked": False, "rating": 3}, (2, 3, 0, 3)), ({"label": "Grün"}, (0, None, 3, 4)), ({"label": "To print"}, ()),
])
def test_marks_found_in_files(shelf: Shelf, facts: dict[str, object], expected: tuple[object, ...]):
    shelf.store(seen(1, **facts))
    assert marks(shelf) == (expected or (None, None, None, None))


def set_by_user(shelf: Shelf, **values: object) -> None:
    names = ", ".join(f"{name} = ?" for name in values)

    def write(tx) -> None:
        tx.execute("INSERT OR IGNORE INTO marks (photo_id) VALUES (1)")
        tx.execute(f"UPDATE marks SET {names} WHERE photo_id = 1", tuple(values.values()))

    shelf.db.write(write)


def test_imported_marks_follow_the_file(shelf: Shelf):
    shelf.store(seen(1, rating=4, label="Red"))
    shelf.store(seen(1, rating=2))
    assert marks(shelf) == (0, 2, 0, 1)


def test_marks_of_the_user_stay_whatever_the_file_says(shelf: Shelf):
    shelf.store(seen(1, rating=4, label="Red"))
    set_by_user(shelf, stars=1, label=5, flag=1, imported=0)
    shelf.store(seen(1, rating=-1, label="Green"))
    assert marks(shelf) == (1, 1, 5, 0)


def test_stars_the_user_took_away_do_not_come_back(shelf: Shelf):
    shelf.store(seen(1, rating=4))
    set_by_user(shelf, stars=None, imported=0)
    shelf.store(seen(1, rating=4))
    assert marks(shelf) == (0, None, 0, 0)


def test_a_new_rating_in_the_file_fills_stars_nobody_set(shelf: Shelf):
    shelf.store(seen(1))
    shelf.store(seen(1, rating=3))
    assert marks(shelf) == (0, 3, 0, 1)


def test_labels_are_known_in_many_languages():
    assert [label_number(name) for name in ("Red", "GELB", "vert", "blu", "roxo", None, "", "later")] == [
        1, 2, 3, 4, 5, 0, 0, 0]


# ---------------------------------------------------------------------- keywords


def test_keywords_of_the_user_outlive_what_the_file_says(shelf: Shelf):
    shelf.store(seen(1, keywords=("sea", "boat", "gull")))
    of = "keyword_id = (SELECT id FROM keywords WHERE name = ?)"
    shelf.db.write(lambda tx: tx.executemany(f"UPDATE photo_keywords SET origin = ? WHERE {of}", [
        (1, "sea"), (2, "gull")]) and None)
    shelf.store(seen(1, keywords=("gull", "wind")))
    found = {(name, origin) for name, origin in shelf.sql(
        "SELECT k.name, p.origin FROM photo_keywords p JOIN keywords k ON k.id = p.keyword_id")}
    assert found == {("sea", 1), ("gull", 2), ("wind", 0)}


def test_facts_survive_the_way_through_a_worker():
    """They cross process borders: what is sent is what arrives."""
    import pickle

    one = msgspec.structs.replace(seen(1, keywords=("a",)), notes=("n",))
    assert pickle.loads(pickle.dumps(one)) == one
