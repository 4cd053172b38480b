"""Invents the rows of a synthetic library: twenty years of events with their cameras, places, times and marks.

Pure: numbers in, arrays out, the same for the same size. Nothing is written here.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.facts import Kind, Origin
from photoarchive.demo.world import CAMERAS, OCCASIONS, TOWNS
from photoarchive.imaging import scenery

Array = npt.NDArray[Any]

FIRST_YEAR, YEARS = 2005, 20
EVENT_PHOTOS = 55           # photos of an event on average
DAY_MS = 86_400_000
RAW_SHARE, PAIR_SHARE, VIDEO_SHARE = 0.10, 0.05, 0.04
GPS_SHARE, UNDATED_SHARE, ESTIMATED_SHARE = 0.62, 0.003, 0.01
MISSING_SHARE, BROKEN_SHARE = 0.001, 0.0005


class Events(msgspec.Struct, frozen=True):
    """What happened: one element per event, in order of time."""

    start_ms: Array         # local midnight of the first day
    days: Array
    town: Array
    camera: Array           # of most photos; index into CAMERAS
    source: Array           # index of the source, 0–2
    occasion: Array

    def folder(self, event: int) -> str:
        """Path beneath its source: “2019/2019-07-14 Reine Hiking”."""
        day = np.datetime64(int(self.start_ms[event]), "ms").astype("datetime64[D]")
        return f"{str(day)[:4]}/{day} {TOWNS[self.town[event]].name} {OCCASIONS[self.occasion[event]]} {event % 97}"


class Photos(msgspec.Struct, frozen=True):
    """Columns of the photos, one element each; names as in the table, plus what files need."""

    event: Array
    number: Array           # within the event: makes file names unique
    camera: Array
    lens: Array             # index into the camera's lenses
    kind: Array
    taken: Array            # local ms, -1 undated
    origin: Array
    width: Array
    height: Array
    size: Array
    lat: Array              # degrees, NaN unknown
    lon: Array
    colour: Array
    duration: Array         # seconds, 0 for pictures
    paired: Array           # bool: a RAW file lies beside it
    missing: Array          # bool: its file is gone
    broken: Array           # bool: its file cannot be read


def invent_events(photos: int, chance: np.random.Generator) -> Events:
    """Enough events for so many photos, more of them in later years."""
    count = max(3, photos // EVENT_PHOTOS)
    years = np.sqrt(chance.random(count)) * YEARS
    begin = np.datetime64(f"{FIRST_YEAR}-01-01", "ms").astype(np.int64)
    start = np.sort(begin + (years * 365.25).astype(np.int64) * DAY_MS)
    year = start.astype("datetime64[ms]").astype("datetime64[Y]").astype(np.int64) + 1970
    camera = np.zeros(count, np.int64)
    draw = chance.random(count)
    for one in np.unique(year):
        usable = [index for index, camera_ in enumerate(CAMERAS) if camera_.years[0] <= one <= camera_.years[1]]
        here = year == one
        camera[here] = np.array(usable)[(draw[here] * len(usable)).astype(np.int64)]
    phone = np.array([camera_.make in ("Apple", "Google") for camera_ in CAMERAS])[camera]
    return Events(
        start_ms=start, days=1 + chance.geometric(0.45, count) % 12, town=chance.integers(0, len(TOWNS), count),
        camera=camera, source=np.where(phone, 2, (year >= 2015).astype(np.int64)),
        occasion=chance.integers(0, len(OCCASIONS), count),
    )


def invent_photos(photos: int, events: Events, chance: np.random.Generator) -> Photos:
    """The photos of all events, in order of time."""
    weights = chance.gamma(1.2, 1.0, len(events.start_ms))
    event = np.sort(chance.choice(len(weights), photos, p=weights / weights.sum()))
    firsts = np.searchsorted(event, np.arange(len(weights)))
    camera = np.where(chance.random(photos) < 0.85, events.camera[event], events.camera[event[::-1]])
    writes_raw = np.array([bool(camera_.raw) for camera_ in CAMERAS])[camera]
    draw = chance.random(photos)
    raw = writes_raw & (draw < VIDEO_SHARE + RAW_SHARE * 2)     # half of the cameras write RAW
    kind = np.where(draw < VIDEO_SHARE, Kind.VIDEO, np.where(raw, Kind.RAW, Kind.IMAGE))
    width, height = _shapes(camera, kind, chance)
    lat, lon = _places(events.town[event], chance)
    pictures = kind != Kind.VIDEO
    duration = np.where(pictures, 0.0, np.round(3 + chance.gamma(1.5, 14.0, photos), 2))
    taken, origin = _times(events, event, chance)
    return Photos(
        event=event, number=np.arange(photos) - firsts[event], camera=camera,
        lens=np.where(pictures, chance.integers(0, 6, photos), 0), kind=kind, taken=taken, origin=origin, width=width,
        height=height, size=_sizes(kind, width * height, duration, chance), lat=lat, lon=lon,
        colour=_colours(photos), duration=duration,
        missing=chance.random(photos) < MISSING_SHARE, broken=chance.random(photos) < BROKEN_SHARE,
        paired=(kind == Kind.IMAGE) & writes_raw & (chance.random(photos) < PAIR_SHARE * 2),
    )


def _times(events: Events, event: Array, chance: np.random.Generator) -> tuple[Array, Array]:
    """Local wall time by day and daylight, ascending within the event; some unknown, some estimated."""
    count = len(event)
    day = (chance.random(count) * events.days[event]).astype(np.int64)
    hour = np.clip(chance.normal(14.5, 3.4, count), 0, 23.99)
    taken = events.start_ms[event] + day * DAY_MS + (hour * 3_600_000).astype(np.int64)
    taken = taken[np.lexsort((taken, event))]
    draw = chance.random(count)
    origin = np.where(draw < ESTIMATED_SHARE, Origin.MTIME, Origin.EMBEDDED)
    undated = chance.random(count) < UNDATED_SHARE
    return np.where(undated, -1, taken), np.where(undated, Origin.NONE, origin)


def _shapes(camera: Array, kind: Array, chance: np.random.Generator) -> tuple[Array, Array]:
    count = len(camera)
    sizes = np.array([camera_.size for camera_ in CAMERAS])[camera]
    width, height = sizes[:, 0].copy(), sizes[:, 1].copy()
    video = kind == Kind.VIDEO
    width[video], height[video] = 1920, 1080
    wide = (chance.random(count) < 0.01) & ~video
    width[wide] = height[wide] * 3
    square = (chance.random(count) < 0.015) & ~video
    width[square] = height[square]
    upright = (chance.random(count) < 0.27) & ~wide
    return np.where(upright, height, width), np.where(upright, width, height)


def _sizes(kind: Array, pixels: Array, duration: Array, chance: np.random.Generator) -> Array:
    per_pixel = np.where(kind == Kind.RAW, 1.3, 0.32) * chance.uniform(0.6, 1.4, len(kind))
    return np.where(kind == Kind.VIDEO, duration * 2_100_000, pixels * per_pixel).astype(np.int64) + 20_000


def _places(town: Array, chance: np.random.Generator) -> tuple[Array, Array]:
    count = len(town)
    known = chance.random(count) < GPS_SHARE
    spread = 0.05
    lat = np.array([town_.lat for town_ in TOWNS])[town] + chance.normal(0, spread, count)
    lon = np.array([town_.lon for town_ in TOWNS])[town] + chance.normal(0, spread, count)
    return np.where(known, np.round(lat, 6), np.nan), np.where(known, np.round(lon, 6), np.nan)


def _colours(photos: int) -> Array:
    """The colour of each photo's placeholder; photos have ids from 1."""
    averages = np.array([scenery.average_colour(palette) for palette in range(len(scenery.PALETTES))])
    return averages[[scenery.palette_of(photo_id) for photo_id in range(1, photos + 1)]]
