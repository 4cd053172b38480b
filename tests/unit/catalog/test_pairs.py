"""RAW+JPEG and live photos: which photos are shown as one, what a split restores, what undo takes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from new_catalog import bring_catalog
from photoarchive.catalog.actions import ActionLog
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database
from photoarchive.catalog.files import folder_id_of, refresh_photos
from photoarchive.catalog.pairs import IMAGE, LIVE_PHOTO, RAW, RAW_AND_JPEG, VIDEO, refresh_pairs
from photoarchive.catalog.sources import SourceTable
from photoarchive.core.errors import Conflict, NotFound
from photoarchive.core.events import Bus
from photoarchive.features.sources.pair_service import PairService

NOON = 1_560_000_000_000


class Album:
    """A catalog into which photos are written as the scan and the metadata job would."""

    def __init__(self, home: Path) -> None:
        self.db, self.bus = Database(bring_catalog(home)), Bus()
        self.columns = Columns(self.db, home / ".run")
        self.actions = ActionLog(self.db, self.bus)
        self.pairs = PairService(self.db, self.actions, self.bus)
        self.sources = SourceTable(self.db)
        self.source, self.other = (self.db.write(lambda tx, path=path: self.sources.insert_row(tx, path, "photos"))
                                   for path in (b"/photos", b"/clips"))

    def add(self, name: str, kind: int, taken: int | None = NOON, *, duration: float | None = None,
            identifier: str | None = None, folder: str = "2019", source: int | None = None) -> int:
        """One photo with its facts."""
        source = source or self.source

        def write(tx) -> int:
            folder_id = folder_id_of(tx, source, folder.encode())
            photo = tx.execute(
                "INSERT INTO photos (kind, created_at, source_id, folder_id, taken_local, duration, ready) "
                "VALUES (?, 1, ?, ?, ?, ?, 1) RETURNING id",
                (kind, source, folder_id, taken, duration)).fetchone()[0]
            tx.execute(
                "INSERT INTO files (photo_id, folder_id, name, size, mtime_ns, first_seen) VALUES (?, ?, ?, 9, 9, 1)",
                (photo, folder_id, name.encode()))
            if identifier:
                tx.execute("INSERT INTO details (photo_id, content_identifier) VALUES (?, ?)", (photo, identifier))
            refresh_photos(tx, [photo])
            refresh_pairs(tx, [photo])
            return photo
        return self.db.write(write)

    def refresh(self, *photos: int) -> list[int]:
        """Pair them again."""
        return self.db.write(lambda tx: refresh_pairs(tx, photos))

    def leader(self, photo: int) -> tuple[int | None, int]:
        """The leader and the kind of pair of a photo."""
        return self.db.read().execute("SELECT leader_id, pair_kind FROM photos WHERE id = ?", (photo,)).fetchone()

    def set(self, photo: int, **values: object) -> None:
        """Change columns of a photo."""
        names = ", ".join(f"{name} = ?" for name in values)
        self.db.write(lambda tx: tx.execute(f"UPDATE photos SET {names} WHERE id = ?", (*values.values(), photo)))


@pytest.fixture
def album(home: Path) -> Iterator[Album]:
    opened = Album(home)
    yield opened
    opened.db.close()


def test_raw_and_jpeg_of_one_exposure_are_one_photo_led_by_the_jpeg(album: Album):
    raw = album.add("IMG_1.CR2", RAW)
    jpeg = album.add("IMG_1.JPG", IMAGE, NOON + 2_000)
    assert album.leader(raw) == (jpeg, RAW_AND_JPEG)
    assert album.leader(jpeg) == (None, 0)
    assert album.columns["leader"][raw] == jpeg


@pytest.mark.parametrize("name,taken,folder", [
    ("IMG_1.JPG", NOON + 2_001, "2019"), ("IMG_2.JPG", NOON, "2019"), ("IMG_1.JPG", NOON, "2020"),
    ("IMG_1.JPG", None, "2019"), ("IMG_1.edit.JPG", NOON, "2019"),
])
def test_other_times_names_and_folders_make_no_pair(album: Album, name: str, taken: int | None, folder: str):
    raw = album.add("IMG_1.CR2", RAW)
    album.add(name, IMAGE, taken, folder=folder)
    assert album.leader(raw) == (None, 0)


def test_a_live_photo_is_joined_by_its_identifier_whatever_the_names(album: Album):
    picture = album.add("IMG_1.HEIC", IMAGE, identifier="A-B")
    clip = album.add("clip of 1.MOV", VIDEO, duration=9.0, identifier="A-B", folder="elsewhere")
    other = album.add("IMG_1.MOV", VIDEO, duration=2.0, identifier="C-D")
    assert album.leader(clip) == (picture, LIVE_PHOTO)
    assert album.leader(other) == (None, 0)


@pytest.mark.parametrize("duration,joined", [(2.9, True), (3.0, True), (3.1, False), (None, False)])
def test_a_short_clip_of_the_same_name_belongs_to_its_picture(album: Album, duration: float | None, joined: bool):
    picture = album.add("IMG_1.JPG", IMAGE)
    clip = album.add("IMG_1.mp4", VIDEO, duration=duration)
    assert album.leader(clip)[0] == (picture if joined else None)


def test_a_picture_leads_its_raw_file_and_its_clip(album: Album):
    clip = album.add("IMG_1.MOV", VIDEO, duration=2.0)
    raw = album.add("IMG_1.DNG", RAW)
    picture = album.add("IMG_1.HEIC", IMAGE)
    assert album.leader(raw) == (picture, RAW_AND_JPEG)
    assert album.leader(clip) == (picture, LIVE_PHOTO)


def test_pairing_again_changes_nothing(album: Album):
    raw, jpeg = album.add("IMG_1.CR2", RAW), album.add("IMG_1.JPG", IMAGE)
    assert album.refresh(raw, jpeg) == []
    assert album.refresh(jpeg) == []


def test_a_pair_ends_when_the_facts_no_longer_agree(album: Album):
    raw, jpeg = album.add("IMG_1.CR2", RAW), album.add("IMG_1.JPG", IMAGE)
    album.set(raw, taken_local=NOON + 60_000)
    assert set(album.refresh(raw)) == {raw, jpeg}
    assert album.leader(raw) == (None, 0)


def test_a_part_is_shown_while_its_leader_is_missing(album: Album):
    raw, jpeg = album.add("IMG_1.CR2", RAW), album.add("IMG_1.JPG", IMAGE)
    album.set(jpeg, state=1)
    album.refresh(jpeg)
    assert album.leader(raw) == (None, 0)
    album.set(jpeg, state=0)
    album.refresh(jpeg)
    assert album.leader(raw)[0] == jpeg


def test_a_pair_over_two_sources_ends_when_one_is_removed_and_returns_with_it(album: Album):
    picture = album.add("IMG_1.HEIC", IMAGE, identifier="A-B")
    clip = album.add("IMG_1.MOV", VIDEO, duration=2.0, identifier="A-B", source=album.other)
    assert album.leader(clip)[0] == picture
    album.db.write(lambda tx: album.sources.set_state_row(tx, album.source, "removed"))
    assert album.leader(clip)[0] is None
    album.db.write(lambda tx: album.sources.set_state_row(tx, album.source, "active"))
    assert album.leader(clip)[0] == picture


def test_a_split_shows_both_with_their_own_marks_and_lasts(album: Album):
    raw, jpeg = album.add("IMG_1.CR2", RAW), album.add("IMG_1.JPG", IMAGE)
    album.db.write(lambda tx: tx.execute("INSERT INTO marks (photo_id, stars) VALUES (?, 2), (?, 5)", (raw, jpeg)))
    assert album.pairs.split(jpeg, "w") == [raw]
    assert album.leader(raw) == (None, 0)
    album.refresh(raw, jpeg)
    assert album.leader(raw) == (None, 0)
    assert album.db.read().execute("SELECT stars FROM marks ORDER BY photo_id").fetchall() == [(2,), (5,)]


def test_a_split_can_be_joined_undone_and_redone(album: Album):
    raw, jpeg = album.add("IMG_1.CR2", RAW), album.add("IMG_1.JPG", IMAGE)
    album.pairs.split(raw, "w")
    album.actions.undo("w")
    assert album.leader(raw)[0] == jpeg
    album.actions.redo("w")
    assert album.leader(raw)[0] is None
    assert album.pairs.join(jpeg, "w") == [raw]
    assert album.leader(raw)[0] == jpeg
    assert album.actions.undo("w").changed == 1
    assert album.leader(raw)[0] is None


def test_what_is_no_pair_cannot_be_split_or_joined(album: Album):
    photo = album.add("IMG_1.JPG", IMAGE)
    with pytest.raises(Conflict, match="not part of a pair"):
        album.pairs.split(photo, "w")
    with pytest.raises(Conflict, match="no second file"):
        album.pairs.join(photo, "w")
    for call in (album.pairs.split, album.pairs.join):
        with pytest.raises(NotFound, match="no photo 999"):
            call(999, "w")
    assert album.actions.history(10, 0)[1] == 0


def test_a_thousand_pairs_are_found_at_once(album: Album):
    """Each photo looks at its own surroundings only: a batch of the metadata job stays linear."""
    pairs = [(album.add(f"P{n}.NEF", RAW, NOON + n * 10_000), album.add(f"P{n}.JPG", IMAGE, NOON + n * 10_000))
             for n in range(150)]
    album.db.write(lambda tx: tx.execute("UPDATE photos SET leader_id = NULL, pair_kind = 0"))
    album.refresh(*(photo for pair in pairs for photo in pair))
    assert [album.leader(raw)[0] for raw, _ in pairs] == [jpeg for _, jpeg in pairs]
