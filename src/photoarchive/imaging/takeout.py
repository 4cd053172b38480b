"""The JSON that Google Takeout puts beside a photo: when, where, and the caption. `beside` finds it."""

from __future__ import annotations

import msgspec

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Facts
from photoarchive.core.paths import Original
from photoarchive.imaging.dates import Moment, utc_moment
from photoarchive.imaging.field_place import DIGITS
from photoarchive.imaging.originals import open_original
from photoarchive.imaging.text import readable

MOST_JSON = 1 << 20


class _Time(msgspec.Struct):
    timestamp: str | int | float | None = None


class _Geo(msgspec.Struct):
    latitude: float = 0.0
    longitude: float = 0.0
    altitude: float = 0.0

    def is_place(self) -> bool:
        """Zeros are Google's way to say that it knows no place."""
        return bool(self.latitude or self.longitude) and abs(self.latitude) <= 90 and abs(self.longitude) <= 180


class _Json(msgspec.Struct, rename="camel"):
    title: str | None = None
    description: str | None = None
    photo_taken_time: _Time | None = None
    geo_data: _Geo | None = None
    geo_data_exif: _Geo | None = None


class TakeoutFacts(msgspec.Struct, frozen=True):
    """What Google knew. The moment is UTC: Takeout tells no time zone."""

    facts: Facts
    moment: Moment | None
    texts: dict[str, str]


def read_takeout(original: Original) -> TakeoutFacts | None:
    """The facts of a Takeout JSON; None if the JSON is another program's. Raises Unreadable with the reason."""
    with open_original(original) as opened:
        return parse_takeout(opened.read_all(MOST_JSON))


def parse_takeout(data: bytes) -> TakeoutFacts | None:
    """Like read_takeout, of the content."""
    try:
        said = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"The Takeout file cannot be read: {error}.") from error
    if said.photo_taken_time is None:
        return None
    facts = Facts(caption=readable(said.description or "").strip() or None)
    for geo in (said.geo_data, said.geo_data_exif):
        if geo is not None and geo.is_place():
            facts.lat, facts.lon = round(geo.latitude, DIGITS), round(geo.longitude, DIGITS)
            facts.altitude = round(geo.altitude, 2) if geo.altitude else None
            break
    moment = _moment(said.photo_taken_time.timestamp)
    texts = {"Takeout.title": said.title, "Takeout.description": facts.caption,
             "Takeout.photoTakenTime": str(said.photo_taken_time.timestamp or "")}
    return TakeoutFacts(facts, moment, {key: readable(value) for key, value in texts.items() if value})


def _moment(timestamp: str | float | None) -> Moment | None:
    """Google writes 0 for photos it knows no date of."""
    try:
        seconds = float(timestamp) if timestamp not in (None, "") else 0.0
    except ValueError:
        return None
    return utc_moment(seconds) if seconds else None
