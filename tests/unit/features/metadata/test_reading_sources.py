"""From a folder of files to facts in the catalog: the scan, the metadata job in real workers, the columns."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pytest

import trees
from deadly_reader import read_unless_deadly
from metadata_lab import BUDGET, MetadataLab
from photoarchive.catalog.column_layout import READY, UNREADABLE
from photoarchive.core.errors import NotFound
from photoarchive.core.facts import Origin

pytestmark = pytest.mark.slow

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmp:Rating="{rating}" xmp:Label="{label}"><dc:subject><rdf:Bag><rdf:li>{word}</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
LATER = (1_700_000_000, 1_700_000_000)


def write_sidecar(path: Path, rating: int = 4, label: str = "Red", word: str = "Boats", age: int = 0) -> None:
    path.write_text(XMP.format(rating=rating, label=label, word=word))
    os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))


def test_every_photo_of_a_new_folder_gets_its_facts(lab: MetadataLab, photos: Path):
    """24 photos: date, camera, lens, shape, colour, place, and all of them enter the grid."""
    before = trees.fingerprint(photos)
    lab.add_and_read(photos)

    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    wanted = int((trees.EPOCH - dt.datetime(1970, 1, 1)).total_seconds() * 1000)
    assert (one["taken_local"], one["taken_origin"]) == (wanted, Origin.EMBEDDED)
    assert (one["make"], one["model"], one["lens"]) == ("Canon", "EOS R5", "RF24-70mm F2.8 L IS USM")
    assert (one["width"], one["height"], one["iso"], one["aperture"], one["focal"]) == (320, 240, 400, 2.8, 50)
    assert (one["lat"], one["lon"]) == pytest.approx((67.93, 13.09), abs=1e-4)
    assert one["ext"] == ".jpg" and one["colour"] is not None
    assert lab.sql("SELECT count(*) FROM photos WHERE ready = 1 AND unreadable IS NULL") == [(24,)]
    ids = np.array(sorted(lab.ids().values()))
    assert (lab.columns["bits"][ids] & READY).all()
    assert lab.columns["width"][lab.ids()["2019 Lofoten/IMG_0001.jpg"]] == 320
    assert lab.sql("SELECT count(*) FROM photo_text WHERE photo_text MATCH 'canon'") == [(24,)]
    assert trees.fingerprint(photos) == before


def test_an_unreadable_file_enters_the_grid_with_its_reason_and_is_not_tried_again(lab: MetadataLab, photos: Path):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(300))
    (photos / "letter.png").write_text("no picture at all")
    lab.add_and_read(photos)

    broken, letter = lab.photo("broken.jpg"), lab.photo("letter.png")
    assert broken["ready"] == letter["ready"] == 1
    assert "damaged" in broken["unreadable"] and "no picture or video" in letter["unreadable"]
    assert lab.columns["bits"][lab.ids()["letter.png"]] & UNREADABLE
    assert letter["ext"] == ".png"
    assert lab.metadata.pending() == 0
    errors, total = lab.metadata.errors(10, 0)
    assert total == 2 and {Path(one.path).name for one in errors} == {"broken.jpg", "letter.png"}


def test_a_mended_file_is_read_again(lab: MetadataLab, photos: Path):
    path = photos / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(300))
    source = lab.add_and_read(photos)
    photo_id = lab.ids()["broken.jpg"]

    path.write_bytes(trees.jpeg(trees.Shot(seed=99)))
    lab.rescan_and_read(source)

    mended = lab.photo("broken.jpg")
    assert mended["id"] == photo_id
    assert mended["unreadable"] is None and mended["width"] == 320


def test_an_empty_file_has_a_reason(lab: MetadataLab, photos: Path):
    (photos / "empty.jpg").touch()
    lab.add_and_read(photos)
    assert "empty" in lab.photo("empty.jpg")["unreadable"]


def test_a_sidecar_gives_stars_label_and_keywords(lab: MetadataLab, photos: Path):
    write_sidecar(photos / "2019 Lofoten" / "IMG_0001.xmp")
    lab.add_and_read(photos)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["stars"], one["label"], one["imported"], one["rating"]) == (4, 1, 5, 4)
    assert lab.keywords("2019 Lofoten/IMG_0001.jpg") == {"Boats"}
    assert lab.columns["stars"][one["id"]] == 4
    assert lab.sql("SELECT count(*) FROM photo_text WHERE photo_text MATCH 'boats'") == [(1,)]


def test_a_changed_sidecar_is_read_again(lab: MetadataLab, photos: Path):
    """Whatever the user did not touch follows the sidecar; a vanished keyword vanishes."""
    sidecar = photos / "2019 Lofoten" / "IMG_0001.jpg.xmp"
    write_sidecar(sidecar)
    source = lab.add_and_read(photos)
    write_sidecar(sidecar, rating=2, label="Green", word="Sea", age=60)
    lab.rescan_and_read(source)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["stars"], one["label"]) == (2, 3)
    assert lab.keywords("2019 Lofoten/IMG_0001.jpg") == {"Sea"}

    sidecar.unlink()
    lab.rescan_and_read(source)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["stars"], one["label"], one["imported"]) == (None, 0, 0)
    assert lab.keywords("2019 Lofoten/IMG_0001.jpg") == set()


def test_a_mark_of_the_user_outlives_what_the_sidecar_says(lab: MetadataLab, photos: Path):
    sidecar = photos / "2019 Lofoten" / "IMG_0001.jpg.xmp"
    source = lab.add_and_read(photos)
    lab.pick(lab.ids()["2019 Lofoten/IMG_0001.jpg"])           # picked, five stars
    write_sidecar(sidecar, rating=-1)
    lab.rescan_and_read(source)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["stars"], one["flag"]) == (5, 1)


def test_a_rejected_rating_becomes_the_flag(lab: MetadataLab, photos: Path):
    write_sidecar(photos / "2019 Lofoten" / "IMG_0001.jpg.xmp", rating=-1)
    lab.add_and_read(photos)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["flag"], one["stars"], one["imported"] & 2) == (2, None, 2)


def test_a_hostile_sidecar_costs_only_itself(lab: MetadataLab, photos: Path):
    bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">" + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)) + "]><x>&j;</x>"
    (photos / "2019 Lofoten" / "IMG_0001.jpg.xmp").write_text(bomb)
    lab.add_and_read(photos)
    assert lab.photo("2019 Lofoten/IMG_0001.jpg")["unreadable"] is None


def test_a_correction_of_the_user_wins_over_every_reading(lab: MetadataLab, photos: Path):
    source = lab.add_and_read(photos)
    path = photos / "2019 Lofoten" / "IMG_0001.jpg"
    photo_id = lab.ids()["2019 Lofoten/IMG_0001.jpg"]
    lab.db.write(lambda tx: tx.executemany("INSERT INTO overlays (photo_id, field, value) VALUES (?, ?, ?)", [
        (photo_id, "taken_local", 1_000), (photo_id, "lat", 1.5), (photo_id, "lon", 2.5)]))
    path.write_bytes(trees.jpeg(trees.Shot(seed=77, iso=6400)))
    os.utime(path, LATER)
    lab.rescan_and_read(source)
    one = lab.photo("2019 Lofoten/IMG_0001.jpg")
    assert (one["taken_local"], one["taken_origin"], one["lat"], one["lon"]) == (1_000, Origin.USER, 1.5, 2.5)
    assert one["iso"] == 6400


def test_keywords_the_user_removed_stay_removed(lab: MetadataLab, photos: Path):
    sidecar = photos / "2019 Lofoten" / "IMG_0001.jpg.xmp"
    write_sidecar(sidecar)
    source = lab.add_and_read(photos)
    lab.db.write(lambda tx: tx.execute("UPDATE photo_keywords SET origin = 2") and None)
    write_sidecar(sidecar, rating=1, age=60)
    lab.rescan_and_read(source)
    assert lab.keywords("2019 Lofoten/IMG_0001.jpg") == set()


def test_takeout_dates_photos_that_have_none(lab: MetadataLab, photos: Path):
    folder = photos / "Takeout"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(trees.jpeg(trees.Shot(taken=None, gps=None, seed=50)))
    (folder / "holiday.jpg.supplemental-metada.json").write_text(
        '{"title": "holiday.jpg", "description": "On the beach", "photoTakenTime": {"timestamp": "1560001000"},'
        ' "geoData": {"latitude": 43.7696, "longitude": 11.2558, "altitude": 50.0}}')
    lab.add_and_read(photos)
    one = lab.photo("Takeout/holiday.jpg")
    assert (one["taken_local"], one["taken_offset"], one["taken_origin"]) == (1_560_001_000_000, 0, Origin.TAKEOUT)
    assert (one["lat"], one["lon"], one["caption"]) == (43.7696, 11.2558, "On the beach")


def test_raw_and_jpeg_of_one_exposure_are_paired_when_they_are_read(lab: MetadataLab, photos: Path):
    shot = trees.jpeg(trees.Shot(seed=60))
    (photos / "DSC_1.jpg").write_bytes(shot)
    (photos / "DSC_1.dng").write_bytes(_tiff_of(shot))
    lab.add_and_read(photos)
    ids = lab.ids()
    assert lab.photo("DSC_1.dng")["kind"] == 1
    assert lab.photo("DSC_1.dng")["leader_id"] == ids["DSC_1.jpg"]


def _tiff_of(jpeg: bytes) -> bytes:
    """The EXIF of a JPEG as a DNG without a picture: enough to be read as one."""
    start = jpeg.index(b"Exif\0\0") + 6
    length = int.from_bytes(jpeg[start - 8:start - 6], "big")
    tiff = bytearray(jpeg[start:start + length - 8])
    order = "little" if tiff[:2] == b"II" else "big"
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first:first + 2], order)
    entries = bytes(tiff[first + 2:first + 2 + 12 * count])

    def entry(tag: int, kind: int, value: bytes) -> bytes:
        size = {1: 1, 4: 4}[kind]
        return tag.to_bytes(2, order) + kind.to_bytes(2, order) + (len(value) // size).to_bytes(4, order) + value

    added = (entry(0x0100, 4, (320).to_bytes(4, order)) + entry(0x0101, 4, (240).to_bytes(4, order)), entries,
             entry(0xC612, 1, bytes((1, 4, 0, 0))))
    at = len(tiff)
    tiff += (count + 3).to_bytes(2, order) + b"".join(added) + bytes(4)
    tiff[4:8] = at.to_bytes(4, order)
    return bytes(tiff)


def test_a_copy_stands_in_for_a_file_that_broke(lab: MetadataLab, tmp_path: Path):
    """Two places of one photo; the file of one is destroyed: the photo is still readable."""
    first, second = tmp_path / "a", tmp_path / "b"
    shot = trees.jpeg(trees.Shot(seed=5))
    for folder in (first, second):
        folder.mkdir()
        (folder / "x.jpg").write_bytes(shot)
        os.utime(folder / "x.jpg", LATER)
    lab.add_and_read(first)
    lab.add_and_read(second)
    assert len(set(lab.ids().values())) == 1 and lab.sql("SELECT count(*) FROM files") == [(2,)]
    assert lab.metadata.pending() == 0
    assert lab.sql("SELECT unreadable, ready FROM photos") == [(None, 1)]


def test_a_drive_that_is_away_is_waited_for_and_nothing_is_held_against_its_files(lab: MetadataLab, photos: Path):
    lab.add(photos)
    away = photos.rename(photos.with_name("elsewhere"))
    progress = lab.metadata.step(BUDGET)
    assert progress.done == 0 and "not connected" in progress.reason
    assert lab.metadata.pending() == 0
    assert lab.sql("SELECT count(*) FROM files WHERE error IS NOT NULL") == [(0,)]

    away.rename(photos)
    lab.sources.set_online(1, True)
    lab.read()
    assert lab.sql("SELECT count(*) FROM photos WHERE ready = 1") == [(24,)]


def test_a_file_that_vanished_since_the_scan_is_left_to_the_next_scan(lab: MetadataLab, photos: Path):
    lab.add(photos)
    (photos / "2019 Lofoten" / "IMG_0001.jpg").unlink()
    lab.read()
    assert lab.sql("SELECT count(*) FROM photos WHERE ready = 1") == [(23,)]
    assert lab.sql("SELECT count(*) FROM files WHERE error IS NOT NULL") == [(0,)]


def test_a_file_that_kills_its_reader_is_found_by_halving(lab: MetadataLab, photos: Path, monkeypatch):
    """One of the photos ends the worker process (as a crashing C library does): only that one is set aside."""
    monkeypatch.setattr("photoarchive.features.metadata.jobs.inspect_batch", read_unless_deadly)
    lab.add_and_read(photos)
    errors, total = lab.metadata.errors(10, 0)
    assert total == 1 and errors[0].path.endswith("Roll 1/IMG_0008.jpg")
    assert lab.sql("SELECT count(*) FROM photos WHERE unreadable IS NULL AND width > 0") == [(23,)]


def test_all_tags_are_read_from_the_file_and_from_the_catalog_when_it_is_away(lab: MetadataLab, photos: Path):
    lab.add_and_read(photos)
    photo_id = lab.ids()["2019 Lofoten/IMG_0001.jpg"]
    live = lab.service_of_tags.exif(photo_id)
    assert live.live and live.exif["Exif.Photo.LensModel"] == "RF24-70mm F2.8 L IS USM"

    photos.rename(photos.with_name("elsewhere"))
    stored = lab.service_of_tags.exif(photo_id)
    assert not stored.live and stored.reason
    assert stored.exif == live.exif
    with pytest.raises(NotFound):
        lab.service_of_tags.exif(999_999)
