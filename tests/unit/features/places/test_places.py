"""Places of photos in the catalog: looked up once, in step with coordinates and clocks, found by name and by area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.catalog.column_layout import NO_OFFSET
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.corrections import Compute, Corrections
from photoarchive.catalog.database import Transaction
from photoarchive.catalog.facets import FacetCounter
from photoarchive.catalog.places import RULES_KEY, Bounds, Places, parse_bounds, place_ids
from photoarchive.core.errors import Invalid
from photoarchive.features.corrections import changes
from photoarchive.features.library.jobs import SearchWordsJob
from photoarchive.features.map.clusters import Window
from photoarchive.features.map.service import MapService
from photoarchive.features.places import jobs
from photoarchive.features.places.jobs import PlacesJob, distinct_names
from photoarchive.features.places.service import PlaceService
from photoarchive.geo.gazetteer import VERSION, gazetteer
from photoarchive.retrieval.language import Typed
from photoarchive.retrieval.parts import Parts
from photoarchive.work.job import Budget
from small_catalog import SmallCatalog, open_catalog

REINE, PARIS, SEA = (67.9331, 13.088), (48.8534, 2.3488), (30, -40)
FIJI_EAST, FIJI_WEST = (-16.85, 179.99), (-16.85, -179.99)
SUMMER = 1_563_105_600_000          # 14 July 2019, 12:00 local
DAY_MS = 86_400_000

# id → place, local time, offset the file says
PHOTOS = {
    1: (REINE, SUMMER, None), 2: (REINE, SUMMER + 1, 0), 3: (PARIS, SUMMER + DAY_MS, None), 4: (FIJI_EAST, None, None),
    5: (FIJI_WEST, SUMMER, None), 6: (SEA, SUMMER, None), 7: (None, SUMMER, None), 8: (REINE, SUMMER + DAY_MS, None),
    9: (REINE, SUMMER + DAY_MS + 5, None),
}


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    """Nine photos, their places not looked up."""
    opened = open_catalog(home)

    def write(tx: Transaction) -> None:
        tx.execute("INSERT INTO sources (id, path, display_name, added_at) VALUES (1, x'2f', 'Photos', 0)")
        tx.execute("INSERT INTO folders VALUES (1, 1, x'')")
        for photo_id, (place, taken, offset) in PHOTOS.items():
            lat, lon = place or (None, None)
            tx.execute("INSERT INTO photos (id, created_at, source_id, folder_id, ready, width, height, taken_local, "
                       "taken_offset, lat, lon) VALUES (?, 0, 1, 1, 1, 3, 2, ?, ?, ?, ?)",
                       (photo_id, taken, offset, lat, lon))
        tx.changes.touch_all("photos")
        tx.changes.touch_all("text")

    opened.db.write(write)
    yield opened
    opened.close()


def look_up(catalog: SmallCatalog) -> PlacesJob:
    """Run the job to its end."""
    job = PlacesJob(Places(catalog.db, catalog.columns))
    while job.step(Budget(items=3, workers=1)).done:
        pass
    assert job.pending() == 0
    return job


def ids(catalog: SmallCatalog, **params: str) -> list[int]:
    return sorted(catalog.views.glance(catalog.views.query(params)).ids.tolist())


def offsets(catalog: SmallCatalog) -> dict[int, int | None]:
    found = {photo: int(catalog.columns["taken_offset"][photo]) for photo in PHOTOS}
    return {photo: None if offset == NO_OFFSET else offset for photo, offset in found.items()}


def test_places_are_filters_text_and_facets(catalog):
    service = PlaceService(catalog.views)
    assert look_up(catalog).total() == 8
    for value in ("NO", "norway", "NO|Nordland|Reine", "reine"):
        assert ids(catalog, place=value) == [1, 2, 8, 9]
    assert ids(catalog, place="ile-de-france") == [3]
    assert ids(catalog, place="FJ") == [4, 5]
    assert ids(catalog, place="Atlantis") == []
    assert ids(catalog, q="nordland") == [1, 2, 8, 9]
    facet = FacetCounter(catalog.views).count(catalog.views.query({})).facets["place"]
    assert [(one.value, one.label, one.count) for one in facet[:2]] == [("NO", "Norway", 4), ("FJ", "Fiji", 2)]
    assert ("NO|Nordland|Reine", "Reine", 4) in [(one.value, one.label, one.count) for one in facet]
    listed = service.counts(catalog.views.query({}))
    assert (listed.total, listed.located, listed.nameless, listed.waiting) == (9, 8, 1, 0)
    assert sum(place.count for place in listed.places) == 7


def test_places_that_are_not_listed_are_counted_found_without_accents_and_known_to_the_search(catalog, monkeypatch):
    """A list of all towns of the world would be endless: it has all countries and the towns with most photos."""
    PlaceService(catalog.views)
    look_up(catalog)
    counter, query = FacetCounter(catalog.views), catalog.views.query({})
    whole = counter.count(query)
    assert whole.more == {}
    every = whole.facets["place"]
    lower = [one for one in every if "|" in one.value]
    monkeypatch.setattr("photoarchive.catalog.places.MOST_LISTED", 1)
    listed = FacetCounter(catalog.views).count(query)
    assert listed.facets["place"] == [one for one in every if "|" not in one.value] + lower[:1]
    assert listed.more == {"place": len(lower) - 1}
    found = counter.find(query, "place", "ile-DE", 5)
    assert [one.label for one in found.values] == ["Île-de-France"]
    assert counter.find(query, "place", "", 3).total == len(every)
    assert not Parts(catalog.views, lambda: False).resolve((Typed("place", "paris", False, 0, 0),)).hints


def test_a_clock_is_set_by_the_place_only_where_the_file_is_silent(catalog):
    look_up(catalog)
    assert offsets(catalog) == {1: 120, 2: 0, 3: 120, 4: None, 5: 720, 6: None, 7: None, 8: 120, 9: 120}


def test_many_at_once_are_written_as_few_are_and_their_words_follow(catalog, monkeypatch):
    """Of more than a few photos the columns are handed over and the words wait for their job; nothing else differs."""
    monkeypatch.setattr("photoarchive.catalog.places.FEW", 2)
    PlaceService(catalog.views)
    look_up(catalog)
    assert offsets(catalog) == {1: 120, 2: 0, 3: 120, 4: None, 5: 720, 6: None, 7: None, 8: 120, 9: 120}
    assert ids(catalog, place="NO|Nordland|Reine") == [1, 2, 8, 9]
    fresh = Columns(catalog.db, catalog.run_dir)
    for name in ("place", "taken_offset"):
        assert fresh[name].tolist() == catalog.columns[name].tolist()
    derived = catalog.db.read().execute("SELECT group_concat(id) FROM photos WHERE offset_from_place").fetchone()[0]
    assert derived == "1,3,5,8,9"
    assert ids(catalog, q="nordland") == []
    words = SearchWordsJob(catalog.text)
    assert words.step(Budget(items=10, workers=1)).done == 8
    assert ids(catalog, q="nordland") == [1, 2, 8, 9]


def test_a_photo_that_moved_during_the_look_up_is_looked_up_again(catalog):
    """The answer to the old question is not kept for a photo with other coordinates, another time, or none at all."""
    places = Places(catalog.db, catalog.columns)
    asked = places.next_unplaced(100)
    found = gazetteer().find(asked.lat / 1e7, asked.lon / 1e7)

    def meanwhile(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET lat = 40.0, lon = 116.4 WHERE id = 1")
        tx.execute("UPDATE photos SET taken_local = taken_local - ? WHERE id = 3", (180 * DAY_MS,))
        tx.execute("DELETE FROM photos WHERE id = 9")
        tx.changes.touch("photos", [1, 3, 9])

    catalog.db.write(meanwhile)
    places.store(asked, *distinct_names(gazetteer(), found), jobs.offsets(gazetteer(), found, asked))
    assert places.next_unplaced(100).ids.tolist() == [1, 3]
    PlaceService(catalog.views)
    look_up(catalog)
    assert (ids(catalog, place="CN"), ids(catalog, place="Reine")) == ([1], [2, 8])
    assert offsets(catalog)[3] == 60


def test_a_moved_photo_is_looked_up_again_with_its_clock(catalog):
    PlaceService(catalog.views)
    job = look_up(catalog)

    def move(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET lat = ?, lon = ?, place_id = NULL WHERE id IN (1, 2)", (40.0, 116.4))
        tx.changes.touch("photos", [1, 2])

    catalog.db.write(move)
    assert job.pending() == 2
    job.step(Budget(items=10, workers=1))
    assert ids(catalog, place="CN") == [1, 2]
    assert ids(catalog, q="reine") == [8, 9]
    assert (offsets(catalog)[1], offsets(catalog)[2]) == (480, 0)


def test_a_clock_set_by_the_place_follows_corrected_times_and_places_and_their_undo(catalog):
    """Into the winter, to another zone, to another place, to none; what the file says or the user set stays."""
    look_up(catalog)
    corrections = Corrections(catalog.db, catalog.columns, catalog.actions)
    start, winter = offsets(catalog), changes.shift(-180 * DAY_MS)
    photos = np.array(list(PHOTOS))

    def correct(compute: Compute, chosen: np.ndarray = photos) -> dict[int, int | None]:
        corrections.apply(chosen, compute, str, "w")
        look_up(catalog)
        return offsets(catalog)

    def undo() -> dict[int, int | None]:
        catalog.actions.undo("w")
        look_up(catalog)
        return offsets(catalog)

    assert correct(winter) == start | {1: 60, 3: 60, 8: 60, 9: 60}
    assert undo() == start
    assert correct(changes.other_zone("UTC", "Asia/Tokyo"))[1] == 540
    assert correct(winter)[1] == 540
    assert correct(changes.place_at(*FIJI_EAST, None), photos[:1])[1] == 540
    assert correct(changes.read_again("time"))[1] == 720
    assert correct(changes.no_place, photos[:2])[1] is None
    for _ in range(5):
        undo()
    assert offsets(catalog) == start
    fresh = Columns(catalog.db, catalog.run_dir)
    assert [fresh[name].tolist() for name in ("place", "taken_offset")] == [
        catalog.columns[name].tolist() for name in ("place", "taken_offset")]


def test_other_rules_have_everything_looked_up_again_and_nothing_is_without_a_place_meanwhile(catalog, monkeypatch):
    """In steps, those behind that are not done keep the old names; what an earlier gazetteer said ends nowhere."""
    PlaceService(catalog.views)
    look_up(catalog)
    wrong = renamed(catalog)
    monkeypatch.setattr(jobs, "BATCH", 3)
    job = PlacesJob(Places(catalog.db, catalog.columns))
    assert (job.pending(), job.total()) == (8, 8)
    assert ids(catalog, place="Atlantis") == wrong
    assert job.step(Budget(items=3, workers=1)).done == 3
    assert ids(catalog, place="Atlantis") == [4, 5, 6, 8, 9]
    assert ids(catalog, place="Reine") == [1, 2]
    again = PlacesJob(Places(catalog.db, catalog.columns))
    assert again.pending() == 5, "a restart goes on where it was"
    while again.step(Budget(items=3, workers=1)).done:
        pass
    assert ids(catalog, place="Atlantis") == []
    assert ids(catalog, place="NO|Nordland|Reine") == ids(catalog, q="reine") == [1, 2, 8, 9]
    assert offsets(catalog) == {1: 120, 2: 0, 3: 120, 4: None, 5: 720, 6: None, 7: None, 8: 120, 9: 120}
    assert PlacesJob(Places(catalog.db, catalog.columns)).pending() == 0


def test_where_the_writer_is_slow_the_next_batch_is_smaller_and_grows_again():
    assert jobs.fitting(jobs.BATCH, 0.05) == jobs.BATCH
    assert jobs.fitting(jobs.BATCH, 0.6) == pytest.approx(jobs.BATCH / 10, abs=1)
    assert jobs.fitting(300, 5.0) == jobs.LEAST_BATCH
    assert jobs.fitting(1_000, 0.001) == 1_250


def test_a_photo_that_moved_while_all_are_looked_up_again_is_not_left_with_an_old_place(catalog):
    look_up(catalog)
    renamed(catalog)
    places = Places(catalog.db, catalog.columns)
    places.follow_rules(f"gazetteer {VERSION}")
    asked = places.next_unplaced(4)
    found = gazetteer().find(asked.lat / 1e7, asked.lon / 1e7)

    def meanwhile(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET taken_local = taken_local - ? WHERE id = 3", (180 * DAY_MS,))
        tx.execute("DELETE FROM photos WHERE id = 1")
        tx.changes.touch("photos", [1, 3])

    catalog.db.write(meanwhile)
    places.store(asked, *distinct_names(gazetteer(), found), jobs.offsets(gazetteer(), found, asked))
    assert places.next_unplaced(100).ids.tolist() == [3, 4, 5, 6, 8, 9]
    look_up(catalog)
    assert offsets(catalog)[3] == 60, "winter, by its new time"


def test_looking_up_again_reaches_the_trash_and_writes_only_what_is_new(catalog):
    """A photo that comes back from the trash has the new names; of equal ones neither columns nor words are touched."""
    look_up(catalog)
    catalog.db.write(lambda tx: (tx.execute("UPDATE photos SET state = 3 WHERE id = 9"),
                                 tx.changes.touch("photos", [9])))
    renamed(catalog, only=9)
    changed: list[int] = []
    catalog.columns.watch(lambda changes, _: changed.extend(
        photo for group in changes.photos.values() for part in group for photo in part.tolist()))
    look_up(catalog)
    assert set(changed) == {9}
    assert catalog.columns["place"][9] == catalog.columns["place"][8]


def renamed(catalog, only: int | None = None) -> list[int]:
    """As if an earlier gazetteer had called places Atlantis. Returns the photos there."""
    def write(tx: Transaction) -> None:
        place, = place_ids(tx, [("NO", "Norway", "", "Atlantis")])
        tx.execute("UPDATE photos SET place_id = ? WHERE place_id IS NOT NULL AND coalesce(?, id) = id", (place, only))
        tx.execute("UPDATE meta SET value = 'gazetteer 0' WHERE key = ?", (RULES_KEY,))
        tx.changes.touch_all("photos")

    catalog.db.write(write)
    return [1, 2, 3, 4, 5, 6, 8, 9] if only is None else [only]


def test_an_area_is_a_filter_also_across_the_antimeridian(catalog):
    PlaceService(catalog.views)
    assert ids(catalog, bbox="170,-30,-170,0") == [4, 5]
    assert ids(catalog, bbox="170,-30,190,0") == [4, 5]
    assert ids(catalog, bbox="-180,-90,180,90") == [1, 2, 3, 4, 5, 6, 8, 9]
    assert ids(catalog, bbox="0,60,20,70") == [1, 2, 8, 9]
    for text in ("1,2,3", "a,b,c,d", "0,10,5,-10", "0,-95,1,1", "9999,0,1,1", "nan,0,1,1", ""):
        if text:
            with pytest.raises(Invalid):
                ids(catalog, bbox=text)


@given(st.floats(-180, 180), st.floats(0, 359), st.floats(-180, 180))
def test_an_area_holds_what_lies_east_of_its_west_and_west_of_its_east(west, width, lon):
    bounds = parse_bounds(f"{west:.6f},-10,{west + width:.6f},10")
    west, east = round(west, 6), round(west + width, 6)
    expected = any(west - 1e-5 <= lon + turn <= east + 1e-5 for turn in (-360, 0, 360))
    surely = any(west + 1e-5 <= lon + turn <= east - 1e-5 for turn in (-360, 0, 360))
    got = bool(bounds.contains(np.array([0]), np.array([round(lon * 1e7)]))[0])
    assert surely <= got <= expected
    assert isinstance(bounds, Bounds)


def test_the_days_of_a_view_are_named_where_most_photos_agree(catalog):
    service = PlaceService(catalog.views)
    look_up(catalog)
    view = catalog.views.open(catalog.views.query({"sort": "date_taken_asc"}))
    days = service.of_days(view.token)
    names = [days.names[place] if place >= 0 else "" for place in days.sections]
    assert names[:2] == ["Reine, Nordland", "Reine, Nordland"]         # one of them with a photo of Paris among three
    assert len(names) == 3                                              # and the undated one
    by_rating = catalog.views.open(catalog.views.query({}))
    assert service.of_days(by_rating.token).sections == []


def test_the_map_gets_every_located_photo_in_the_order_of_the_view(catalog):
    service = MapService(catalog.views)
    points = service.points_of(catalog.views.query({"sort": "date_taken_asc"}))
    assert points.ids.tolist()[-1] == 4
    assert sorted(points.ids.tolist()) == [1, 2, 3, 4, 5, 6, 8, 9]
    data = service.encode(points)
    count, meta_bytes = np.frombuffer(data, "<u4", 2, 4)
    columns = np.frombuffer(data, "<i4", int(count) * 4, 12 + int(meta_bytes)).reshape(4, -1)
    assert data[:4] == b"PAM1"
    assert columns[0].tolist() == points.ids.tolist()
    assert columns[1][columns[0] == 1].tolist() == [round(REINE[1] * 1e7)]
    assert columns[2][columns[0] == 1].tolist() == [round(REINE[0] * 1e7)]
    assert columns[3][columns[0] == 4].tolist() == [-(2**31)]


def test_photos_that_cannot_be_read_are_named_so_that_nobody_asks_for_their_pictures(catalog):
    service, places = MapService(catalog.views), PlaceService(catalog.views)
    look_up(catalog)

    def spoil(tx: Transaction) -> None:
        tx.execute("UPDATE photos SET unreadable = 'It is torn.' WHERE id IN (1, 3)")
        tx.changes.touch("photos", [1, 3])

    assert service.points_of(catalog.views.query({})).unreadable.sum() == 0
    catalog.db.write(spoil)
    data = service.encode(service.points_of(catalog.views.query({})))
    size = int(np.frombuffer(data, "<u4", 1, 8)[0])
    assert sorted(msgspec.json.decode(data[12:12 + size])["unreadable"]) == [1, 3]
    assert service.clusters(catalog.views.query({}), Window(-180, -90, 180, 90, 2)).unreadable == [1, 3]
    assert service.clusters(catalog.views.query({}), Window(10, 60, 20, 70, 2)).unreadable == [1]
    seen = {place.label: place for place in places.counts(catalog.views.query({})).places}
    assert seen["Reine"].image_id in {2, 8, 9}
    assert (seen["Paris"].image_id, seen["Paris"].thumb_url) == (3, "")
