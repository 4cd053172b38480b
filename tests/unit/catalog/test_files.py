"""Which file stands for a photo, and what the known files of a source are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from new_catalog import bring_catalog
from photoarchive.catalog.database import Database
from photoarchive.catalog.files import (
    Files,
    count_photos,
    count_present,
    folder_id_of,
    known_files,
    refresh_photos,
)
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import NotFound
from photoarchive.core.events import Bus, Event


class Shelf:
    """Two sources and the files of one photo."""

    def __init__(self, home: Path) -> None:
        self.db, self.bus = Database(bring_catalog(home)), Bus()
        self.sources, self.files = SourceTable(self.db, self.bus), Files(self.db)
        self.first, self.second = (self.db.write(lambda tx, path=path: self.sources.insert_row(tx, path, path.decode()))
                                   for path in (b"/first", b"/second"))

    def photo(self) -> int:
        """A photo without files."""
        return self.db.write(lambda tx: tx.execute(
            "INSERT INTO photos (created_at, source_id, folder_id) VALUES (1, 0, 0) RETURNING id").fetchone()[0])

    def file(self, photo: int, source: int, path: str, *, state: str = "present", error: str | None = None) -> int:
        """A file of it."""
        folder, _, name = path.rpartition("/")

        def write(tx) -> int:
            file_id = tx.execute(
                "INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, first_seen, state, error) "
                "VALUES (?, ?, ?, 7, 8, 1, ?, ?) RETURNING id",
                (photo, folder_id_of(tx, source, folder.encode()), name.encode(), state, error)).fetchone()[0]
            refresh_photos(tx, [photo])
            return file_id
        return self.db.write(write)

    def shown(self, photo: int) -> tuple[int, int, int, str | None]:
        """File, source, state and reason of a photo."""
        return self.db.read().execute("SELECT file_id, source_id, state, unreadable FROM photos WHERE id = ?",
                                      (photo,)).fetchone()


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    opened = Shelf(home)
    yield opened
    opened.db.close()


def test_the_present_readable_file_known_longest_stands_for_its_photo(shelf: Shelf):
    photo = shelf.photo()
    missing = shelf.file(photo, shelf.first, "a.jpg", state="missing")
    assert shelf.shown(photo) == (missing, shelf.first, 1, None)
    broken = shelf.file(photo, shelf.first, "b.jpg", error="broken")
    assert shelf.shown(photo) == (broken, shelf.first, 0, "broken")
    good = shelf.file(photo, shelf.second, "c.jpg")
    shelf.file(photo, shelf.second, "d.jpg")
    assert shelf.shown(photo) == (good, shelf.second, 0, None)
    places = [place.original.relpath for place in shelf.files.locations(photo)]
    assert places == [b"c.jpg", b"d.jpg", b"b.jpg", b"a.jpg"]
    assert [place.relpath for place in shelf.files.locate(photo)] == [b"c.jpg", b"d.jpg", b"b.jpg"]


def test_an_offline_source_gives_way_and_takes_over_again(shelf: Shelf):
    photo = shelf.photo()
    first, second = shelf.file(photo, shelf.first, "x/a.jpg"), shelf.file(photo, shelf.second, "y/a.jpg")
    heard: list[Event] = []
    shelf.bus.on("sources", heard.append)
    assert shelf.sources.set_online(shelf.first, False) is True
    assert shelf.shown(photo)[:3] == (second, shelf.second, 0)
    assert shelf.sources.set_online(shelf.first, False) is False
    assert shelf.sources.offline_ids() == [shelf.first]
    shelf.sources.set_online(shelf.first, True)
    assert shelf.shown(photo)[:3] == (first, shelf.first, 0)
    assert len(heard) == 2


@pytest.mark.parametrize("state,code", [("removed", 2), ("trash", 3), ("active", 0)])
def test_photos_follow_the_state_of_their_source(shelf: Shelf, state: str, code: int):
    alone, shared, lost = shelf.photo(), shelf.photo(), shelf.photo()
    shelf.file(alone, shelf.first, "alone.jpg")
    shelf.file(shared, shelf.first, "shared.jpg")
    elsewhere = shelf.file(shared, shelf.second, "shared.jpg")
    shelf.file(lost, shelf.first, "lost.jpg", state="missing")
    shelf.db.write(lambda tx: shelf.sources.set_state_row(tx, shelf.first, "removed"))
    shelf.db.write(lambda tx: shelf.sources.set_state_row(tx, shelf.first, state))
    assert shelf.shown(alone)[2] == code
    assert shelf.shown(lost)[2] == (code or 1)
    assert shelf.shown(shared)[2] == 0
    assert (shelf.shown(shared)[0] == elsewhere) is (state != "active")
    assert shelf.sources.get(shelf.first).state == state


def test_a_photo_that_does_not_exist_has_no_places(shelf: Shelf):
    with pytest.raises(NotFound, match="There is no photo 77"):
        shelf.files.locate(77)


def test_refreshing_an_unchanged_photo_writes_nothing(shelf: Shelf):
    photo = shelf.photo()
    shelf.file(photo, shelf.first, "a.jpg")
    assert shelf.db.write(lambda tx: refresh_photos(tx, [photo])) == []


def test_refreshing_one_photo_does_not_read_all_files(shelf: Shelf):
    """The plan must begin with the wanted photos: at a million files the other way round takes seconds."""
    from photoarchive.catalog import files

    def plan(tx) -> list[str]:
        refresh_photos(tx, [1])
        return [row[3] for row in tx.execute("EXPLAIN QUERY PLAN " + files._REFRESH)]
    steps = shelf.db.write(plan)
    assert not [step for step in steps if step.startswith("SCAN f ") or step == "SCAN f"]


def test_known_files_are_spread_over_the_folders_and_stay_the_same(shelf: Shelf):
    for folder in range(50):
        for number in range(3):
            shelf.file(shelf.photo(), shelf.first, f"{folder:02d}/{number}.jpg")
    found = known_files(shelf.db.read(), shelf.first, 32)
    assert len(found) == 32
    assert len({path.split(b"/")[0] for path, _, _ in found}) == 32
    assert found == known_files(shelf.db.read(), shelf.first, 32)
    assert {(size, mtime) for _, size, mtime in found} == {(7, 8)}
    assert known_files(shelf.db.read(), shelf.second, 32) == []


def test_counting_what_would_go_missing_leaves_out_photos_with_another_copy(shelf: Shelf):
    photos = [shelf.photo() for _ in range(4)]
    ids = [shelf.file(photo, shelf.first, f"{photo}.jpg") for photo in photos]
    shelf.file(photos[0], shelf.second, "copy.jpg")
    assert count_photos(shelf.db.read(), shelf.first, ids[:2]) == (1, 4)
    assert count_present(shelf.db.read(), shelf.first) == 4
    assert count_present(shelf.db.read(), shelf.first, b"none") == 0


def test_folders_beneath_do_not_include_names_that_begin_alike(shelf: Shelf):
    for path in ("a/1.jpg", "a/b/2.jpg", "a b/3.jpg", "ab/4.jpg"):
        shelf.file(shelf.photo(), shelf.first, path)
    assert count_present(shelf.db.read(), shelf.first, b"a") == 2


def test_the_guard_knows_the_roots_of_all_sources_also_removed_ones(shelf: Shelf):
    shelf.db.write(lambda tx: shelf.sources.set_state_row(tx, shelf.first, "trash"))
    assert set(shelf.sources.roots()) == {b"/first", b"/second"}
    assert [source.id for source in shelf.sources.active()] == [shelf.second]
    with pytest.raises(NotFound, match="There is no source 9"):
        shelf.sources.root(9)


def test_trouble_without_anybody_to_look_means_offline(shelf: Shelf):
    assert shelf.sources.report_trouble(shelf.first) is True
    assert not shelf.sources.is_online(shelf.first)
    shelf.sources.set_online(shelf.first, True)
    shelf.sources.check_with(lambda source_id: True)
    assert shelf.sources.report_trouble(shelf.first) is False
    assert shelf.sources.is_online(shelf.first)
