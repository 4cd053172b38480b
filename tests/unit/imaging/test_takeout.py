"""What a Google Takeout JSON says."""

from __future__ import annotations

import pytest

from photoarchive.core.errors import Unreadable
from photoarchive.imaging.takeout import parse_takeout

JSON = ('{"title": "IMG_0001.jpg", "description": "Sunset ünïcode 🌇", "photoTakenTime": {"timestamp": "1560001000"}, '
        '"geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}, '
        '"geoDataExif": {"latitude": 43.7696, "longitude": 11.2558, "altitude": 50.5}}')


def test_date_place_and_caption():
    found = parse_takeout(JSON.encode())
    assert found is not None and found.moment is not None
    assert (found.moment.local_ms, found.moment.from_utc) == (1_560_001_000_000, True)
    assert (found.facts.lat, found.facts.lon, found.facts.altitude) == (43.7696, 11.2558, 50.5)
    assert found.facts.caption == "Sunset ünïcode 🌇"
    assert found.texts["Takeout.title"] == "IMG_0001.jpg"


def test_dates_before_1970_and_missing_ones():
    old = parse_takeout(b'{"photoTakenTime": {"timestamp": "-34560000"}}')
    assert old is not None and old.moment is not None and old.moment.local_ms == -34_560_000_000
    unknown = parse_takeout(b'{"photoTakenTime": {"timestamp": "0"}, "description": ""}')
    assert unknown is not None and unknown.moment is None and unknown.facts.caption is None


@pytest.mark.parametrize("data", [b'{"title": "Trip to Italy"}', b"{}"])
def test_other_json_says_nothing(data: bytes):
    assert parse_takeout(data) is None


@pytest.mark.parametrize("data", [
    b"", b"not json", b"[1, 2]", b'{"photoTakenTime": "yesterday"}', b"\xff\xfe", b"[" * 99_999,
])
def test_broken_json_has_a_reason(data: bytes):
    with pytest.raises(Unreadable, match="Takeout file cannot be read"):
        parse_takeout(data)
