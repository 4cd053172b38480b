"""Countries, regions, towns and zones of points, against facts that are not the gazetteer's own."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoarchive.bench.places import city_accuracy, country_accuracy
from photoarchive.core.errors import Invalid
from photoarchive.geo.cells import Cells
from photoarchive.geo.gazetteer import LEVELS, NO_REGION, NO_TOWN, NO_ZONE, NOWHERE, Gazetteer, gazetteer, reach
from photoarchive.geo.timezones import zone_table

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def known() -> Gazetteer:
    return gazetteer()


def named(known: Gazetteer, lat: float, lon: float) -> tuple[str, str, str, str]:
    """(country code, region, town, zone) of one point, "" where there is none."""
    found = known.find(np.array([lat]), np.array([lon]))
    country, region, town, zone = (int(part[0]) for part in (found.country, found.region, found.town, found.zone))
    return (known.codes[country], known.regions[region] if region != NO_REGION else "",
            known.town_name(town) if town != NO_TOWN else "", known.zones[zone] if zone != NO_ZONE else "")


@pytest.mark.parametrize(("lat", "lon", "expected"), [
    (67.9331, 13.0880, ("NO", "Nordland", "Reine", "Europe/Oslo")),
    (48.8534, 2.3488, ("FR", "Île-de-France", "Paris", "Europe/Paris")),
    (47.6645, 9.1712, ("DE", "Baden-Wurttemberg", "Konstanz", "Europe/Berlin")),
    (4.9350, -52.3290, ("GF", "Guyane", "Cayenne", "America/Cayenne")),
    (78.2210, 15.6420, ("SJ", "Svalbard", "Longyearbyen", "Arctic/Longyearbyen")),
    (-18.1390, 178.4400, ("FJ", "Central", "Suva", "Pacific/Fiji")),
])
def test_a_point_has_its_country_region_town_and_zone(known, lat, lon, expected):
    assert named(known, lat, lon) == expected


@pytest.mark.slow
def test_two_hundred_towns_and_twenty_thousand_border_checked_points_reach_the_bars(known):
    share, wrong = city_accuracy(known)
    assert share >= 0.90, wrong
    assert country_accuracy(known) >= 0.97


def test_the_open_sea_and_the_poles_are_nowhere_or_antarctica(known):
    for lat, lon in ((0.0, 0.0), (30.0, -40.0), (-45.0, -120.0), (90.0, 0.0)):
        assert named(known, lat, lon) == ("", "", "", ""), (lat, lon)
    assert named(known, -90.0, 12.0)[0] == "AQ"


def test_both_sides_of_the_antimeridian_belong_to_fiji(known):
    """Taveuni lies on the 180th meridian: 179.99 east and 179.99 west are two kilometres apart."""
    assert {named(known, -16.85, 179.99)[0], named(known, -16.85, -179.99)[0]} == {"FJ"}
    same = known.find(np.array([-16.85, -16.85]), np.array([180.0, -180.0]))
    assert same.country[0] == same.country[1]
    assert same.town[0] == same.town[1]


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_points_have_answers_that_agree_with_themselves(points):
    """Looked up together or one by one, and with the country of their own town and region."""
    known = gazetteer()
    lat, lon = np.array(points).T
    found = known.find(lat, lon)
    alone = [known.find(lat[place:place + 1], lon[place:place + 1]) for place in range(len(lat))]
    assert found.town.tolist() == [int(one.town[0]) for one in alone]
    assert found.country.tolist() == [int(one.country[0]) for one in alone]
    with_town, with_region = found.town != NO_TOWN, found.region != NO_REGION
    assert (known.town_country[found.town[with_town]] == found.country[with_town]).all()
    assert (known.region_country[found.region[with_region]] == found.country[with_region]).all()
    assert (found.country[with_town] != NOWHERE).all()


def test_the_nearest_town_by_distance_minus_reach_wins_also_against_plain_search(known):
    """Against all towns at once, without cells and borders, for points of one country far from its borders."""
    chance = np.random.default_rng(5)
    lat, lon = chance.uniform(46.2, 47.5, 200), chance.uniform(2.0, 4.0, 200)       # the middle of France
    found = known.find(lat, lon)
    french = np.flatnonzero(known.town_country == known.codes.index("FR"))
    for place in range(len(lat)):
        north = (known.lat[french] - lat[place]) * 111.195
        east = (known.lon[french] - lon[place]) * 111.195 * np.cos(np.radians(lat[place]))
        scores = np.hypot(north, east) - reach(known.population[french])
        best = french[int(scores.argmin())]
        assert known.town_name(int(found.town[place])) == known.town_name(int(best))


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(LEVELS), st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=150, deadline=None)
def test_what_is_near_lies_in_the_cells_around(lat, lon, degrees, up, right):
    """A second point within one cell's height is in the neighbourhood, across the antimeridian too."""
    cells = Cells(degrees)
    other_lat = float(np.clip(lat + up * cells.degrees * 0.99, -90, 90))
    widest = np.cos(np.radians(min(89.99, max(abs(lat), abs(other_lat)))))
    other_lon = (lon + right * min(90.0, cells.degrees * 0.99 / max(widest, 1e-3)) * 0.99 + 180) % 360 - 180
    if max(abs(lat), abs(other_lat)) > 90 - 2 * cells.degrees:
        return                                              # around a pole everything is near in longitude
    first, after = cells.around(np.array([lat]), np.array([lon]))
    here = set(cells.cell_of(np.array([other_lat]), np.array([other_lon])).tolist())
    here |= set(cells.twins(np.array([other_lat]), np.array([other_lon]))[1].tolist())
    assert any(start <= cell < end for cell in here for start, end in zip(first[0], after[0], strict=True))


@pytest.mark.parametrize(("zone", "local", "minutes"), [
    ("Europe/Oslo", "2019-07-14T12:00", 120), ("Europe/Oslo", "2019-01-14T12:00", 60),
    ("Europe/Oslo", "2019-10-27T02:30", 120),       # shown twice: the first counts
    ("Asia/Kathmandu", "2019-07-14T12:00", 345), ("America/St_Johns", "2019-01-14T12:00", -210),
])
def test_clocks_follow_their_zone_and_its_summer_time(zone, local, minutes):
    when = np.array([local], "datetime64[ms]").astype(np.int64)
    assert zone_table(zone, when).of_local(when).tolist() == [minutes]


def test_an_unknown_zone_is_refused_and_far_years_are_like_the_nearest():
    with pytest.raises(Invalid):
        zone_table("Middle/Earth", np.zeros(1, np.int64))
    far = np.array([-(10**15), 10**15])
    assert zone_table("Europe/Oslo", far).of_local(far).tolist() == [43, 60]


@pytest.mark.parametrize(("zone", "year"), [
    ("America/Recife", 2000), ("Africa/Cairo", 2014), ("Europe/Vienna", 1945), ("Asia/Gaza", 2011),
    ("Europe/Lisbon", 1992),
])
def test_no_change_of_a_zone_is_stepped_over(zone, year):
    """Every hour of years in which clocks were changed several times, against the calendar."""
    begin = np.datetime64(f"{year}-01-01", "h")
    hours = (begin + np.arange(366 * 24)).astype("datetime64[ms]").astype(np.int64)
    epoch, calendar = dt.datetime(1970, 1, 1), ZoneInfo(zone)
    said = [(epoch + dt.timedelta(milliseconds=ms)).replace(tzinfo=calendar).utcoffset() for ms in hours.tolist()]
    assert zone_table(zone, hours).of_local(hours).tolist() == [one.total_seconds() / 60 for one in said]
