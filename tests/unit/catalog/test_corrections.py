"""Corrected times and places: in columns at once, exactly undone, kept when a file is read again, DST-correct."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import photoarchive.catalog.corrections as corrections_module
from photoarchive.catalog.actions import Outcome
from photoarchive.catalog.cards import Cards
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.corrections import Corrections
from photoarchive.catalog.photo_facts import PhotoFacts
from photoarchive.catalog.photos import store_inspections
from photoarchive.catalog.sidecar_facts import sidecar_facts
from photoarchive.core.errors import Invalid
from photoarchive.core.facts import Facts, Inspection, Taken
from photoarchive.features.corrections import changes
from photoarchive.geo.timezones import zone_table
from picture_catalog import eventually
from small_catalog import SmallCatalog, fill, open_catalog

EPOCH = dt.datetime(1970, 1, 1)
HOUR = 3_600_000
SHOWN = ("taken", "taken_offset", "taken_origin", "lat", "lon")


@pytest.fixture
def catalog(home: Path) -> Iterator[SmallCatalog]:
    opened = open_catalog(home)
    fill(opened, 60)
    yield opened
    opened.close()


@pytest.fixture
def corrections(catalog: SmallCatalog) -> Corrections:
    return Corrections(catalog.db, catalog.columns, catalog.actions)


def ms(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - EPOCH) // dt.timedelta(milliseconds=1)


def text(local_ms: int) -> str:
    return (EPOCH + dt.timedelta(milliseconds=local_ms)).isoformat(" ")


def view(catalog: SmallCatalog, **params: str) -> np.ndarray:
    return catalog.views.glance(catalog.views.query(params)).ids


def read(catalog: SmallCatalog, photo: int, **values: object) -> None:
    """The photo's file is read: it says these facts."""
    one = Inspection(photo, 0, ".jpg", Facts(width=600, height=400, **values), stamp=1)
    catalog.db.write(lambda tx: store_inspections(tx, [one], 1))


def shown(catalog: SmallCatalog, photo: int) -> list[int]:
    return [int(catalog.columns[name][photo]) for name in SHOWN]


def everything(catalog: SmallCatalog) -> list[list[int]]:
    return [catalog.columns[name].tolist() for name in (*SHOWN, "place")]


def label(count: int) -> str:
    return f"Changed {count}"


def test_a_corrected_time_and_place_count_everywhere_and_survive_reading_again(catalog, corrections):
    """Columns, filters, details with the file's own values, sidecars."""
    photo = int(view(catalog)[0])
    read(catalog, photo, taken=Taken(ms("2001-09-09T01:46:40"), 60), lat=1.5, lon=2.5, altitude=9.0)
    ids = np.array([photo])
    to_june = changes.set_to(ms("2019-06-08T13:20:00"), ms("2001-09-09T01:46:40"), "Europe/Oslo")
    corrections.apply(ids, to_june, label, "w")
    corrections.apply(ids, changes.place_at(67.9, 13.1, None), label, "w")
    for _ in range(2):
        assert shown(catalog, photo) == [ms("2019-06-08T13:20:00"), 120, 6, 679_000_000, 131_000_000]
        assert photo in view(catalog, date_taken="2019-06")
        details = PhotoFacts(catalog.views, Cards(catalog.views)).of(photo)
        assert details["corrected"] == {"date_taken": "2001-09-09 01:46:40", "taken_offset": 60, "latitude": 1.5,
                                        "longitude": 2.5, "altitude": 9.0}
        assert (details["latitude"], details["altitude"], details["taken_origin"]) == (67.9, None, "user")
        facts = sidecar_facts(catalog.db.read(), photo)
        assert (facts.taken.local_ms, facts.taken.offset, facts.lat) == (ms("2019-06-08T13:20:00"), 120, 67.9)
        read(catalog, photo, taken=Taken(ms("2001-09-09T01:46:40"), 60), lat=1.5, lon=2.5, altitude=9.0)


def test_a_reset_shows_what_the_file_says_now_without_reading_it(catalog, corrections):
    """Also what it said after it was read again behind the correction."""
    photo = int(view(catalog)[0])
    read(catalog, photo, taken=Taken(ms("2001-09-09T01:46:40"), 60), lat=1.5, lon=2.5)
    ids = np.array([photo])
    corrections.apply(ids, changes.shift(HOUR), label)
    corrections.apply(ids, changes.no_place, label)
    assert photo in view(catalog, has="-gps")
    read(catalog, photo, taken=Taken(ms("2002-02-02T02:02:02"), None), lat=3.5, lon=4.5)
    corrections.apply(ids, changes.read_again("time"), label)
    corrections.apply(ids, changes.read_again("place"), label)
    assert shown(catalog, photo) == [ms("2002-02-02T02:02:02"), -(2**15), 1, 35_000_000, 45_000_000]
    assert catalog.db.read().execute("SELECT count(*) FROM overlays").fetchone() == (0,)
    assert corrections.apply(ids, changes.read_again("time"), label).action_id is None


@pytest.mark.parametrize("part", [7, 20_000])
def test_many_corrections_are_one_action_and_undone_and_redone_exactly(catalog, corrections, monkeypatch, part):
    """Part by part or at once; photos changed since are left; parts behind a photo move with it."""
    monkeypatch.setattr(corrections_module, "PART", part)
    monkeypatch.setattr(corrections_module, "REVERT_SECONDS", 0.0)
    ids, start = view(catalog), everything(catalog)
    done = corrections.apply(ids, changes.shift(-25 * HOUR), label, "w")
    after = everything(catalog)
    dated = [photo for photo in ids.tolist() if start[0][photo] > -(2**62)]
    assert done.changed == len(dated) < len(ids)
    assert all(after[0][photo] == start[0][photo] - 25 * HOUR for photo in dated)
    leader = catalog.columns["leader"]
    assert any(after[0][part] == start[0][part] - 25 * HOUR for part in np.flatnonzero(leader) if leader[part] in dated)
    catalog.actions.undo("w")
    catalog.db.write(lambda tx: None)
    settled(catalog)
    assert everything(catalog) == start
    catalog.actions.redo("w")
    settled(catalog)
    assert everything(catalog) == after
    corrections.apply(ids[:1] if ids[0] in dated else np.array(dated[:1]), changes.shift(HOUR), label, "other")
    undone = catalog.actions.undo("w")
    settled(catalog)
    differing = [photo for photo in dated if everything(catalog)[0][photo] != start[0][photo]]
    assert len(differing) == 1
    assert undone.skipped <= 1


def settled(catalog: SmallCatalog) -> None:
    """What is left of an undo is done."""
    for _ in range(100):
        rest = catalog.db.write(lambda tx: tx.execute(
            "SELECT count(*) FROM correction_parts p JOIN corrections c ON c.id = p.correction_id "
            "WHERE p.undone != c.undone").fetchone()[0])
        if not rest:
            return
    raise AssertionError("an undo does not end")


def test_an_undo_that_a_kill_cut_short_is_finished_at_the_next_start(catalog, corrections, monkeypatch):
    monkeypatch.setattr(corrections_module, "PART", 7)
    monkeypatch.setattr(corrections_module, "REVERT_SECONDS", 0.0)
    start = everything(catalog)
    corrections.apply(view(catalog), changes.shift(HOUR), label, "w")
    monkeypatch.setattr(Corrections, "_go_on", lambda *_: Outcome(0))    # the process ends here
    catalog.actions.undo("w")
    assert everything(catalog) != start
    monkeypatch.undo()
    Corrections(catalog.db, catalog.columns, catalog.actions)
    assert eventually(lambda: everything(catalog) == start)


def test_columns_handed_over_are_what_a_new_start_reads(catalog, corrections, monkeypatch):
    """The way of many photos, which reads nothing back."""
    monkeypatch.setattr("photoarchive.catalog.correction_rows.FEW", 0)
    corrections.apply(view(catalog), changes.set_to(ms("2020-03-29T02:30:00"), None, "Europe/Berlin"), label)
    corrections.apply(view(catalog), changes.place_at(-33.868801, 151.209299, 12.5), label)
    fresh = Columns(catalog.db, catalog.run_dir)
    for name in (*SHOWN, "place"):
        assert fresh[name].tolist() == catalog.columns[name].tolist(), name


@pytest.mark.parametrize(("camera", "place", "before", "after", "offset"), [
    ("Europe/Berlin", "America/New_York", "2019-07-14 12:00:00", "2019-07-14 06:00:00", -240),
    ("Europe/Berlin", "America/New_York", "2019-03-20 12:00:00", "2019-03-20 07:00:00", -240),   # only there is summer
    ("Europe/Berlin", "Asia/Tokyo", "2019-10-27 02:30:00", "2019-10-27 09:30:00", 540),     # shown twice: the first
    ("Europe/Berlin", "UTC", "2019-03-31 02:30:00", "2019-03-31 01:30:00", 0),                   # never shown
    ("UTC", "Europe/Berlin", "2019-10-27 01:30:00", "2019-10-27 02:30:00", 60),
])
def test_another_zone_keeps_the_instant_over_summer_time(catalog, corrections, camera, place, before, after, offset):
    photo = int(view(catalog)[0])
    read(catalog, photo, taken=Taken(ms(before.replace(" ", "T")), None))
    corrections.apply(np.array([photo]), changes.other_zone(camera, place), label)
    assert (text(shown(catalog, photo)[0]), shown(catalog, photo)[1]) == (after, offset)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
       st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=20))
def test_zone_tables_say_what_the_calendar_says(name, seconds):
    zone, local = ZoneInfo(name), np.array(seconds, np.int64) * 1000
    table = zone_table(name, local)
    walls = [(EPOCH + dt.timedelta(seconds=one)).replace(tzinfo=zone).utcoffset() for one in seconds]
    assert table.of_local(local).tolist() == [wall.total_seconds() / 60 for wall in walls]
    instants = [dt.datetime.fromtimestamp(one, dt.UTC).astimezone(zone).utcoffset() for one in seconds]
    assert table.of_instants(local).tolist() == [instant.total_seconds() / 60 for instant in instants]


def test_what_makes_no_sense_is_refused(catalog, corrections):
    ids = view(catalog)
    for make in (lambda: changes.place_at(91, 0, None), lambda: changes.place_at(float("nan"), 0, None),
                 lambda: changes.shift(10**15),
                 lambda: corrections.apply(ids, changes.other_zone("Mars/Olympus", "UTC"), label),
                 lambda: corrections.apply(ids, changes.set_to(ms("9999-12-31T00:00:00") + 10**12, None, None), label)):
        with pytest.raises(Invalid):
            make()
    assert catalog.db.read().execute("SELECT count(*) FROM overlays").fetchone() == (0,)
