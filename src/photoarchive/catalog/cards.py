"""What a tile, a list row or an export line says of a photo. Values of columns, names from the dictionaries, file
names from SQLite; always in the order asked for.
"""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import (
    MISSING,
    NO_COORDINATE,
    NO_INTERVAL,
    NO_OFFSET,
    NO_STARS,
    NO_TIME,
    Array,
)
from photoarchive.catalog.query import FLAGS
from photoarchive.catalog.stars import NO_SUGGESTION
from photoarchive.catalog.view import Views
from photoarchive.core.facts import Kind
from photoarchive.core.paths import display_path

_ROWS = """
SELECT photos.id, files.name, photos.created_at, photos.modified_at, photos.lat, photos.lon,
  photos.unreadable, photos.damaged
FROM json_each(?) JOIN photos ON photos.id = json_each.value LEFT JOIN files ON files.id = photos.file_id
"""


class Card(msgspec.Struct, kw_only=True):
    """One photo in a list. Keys of the reference first, then ours."""

    id: int
    filename: str
    elo: float                          # one decimal
    comparisons: int
    propagated_updates: int
    status: str                         # "active" or "missing"
    flag: str
    aspect_ratio: float | None
    date_taken: str | None              # local, YYYY-MM-DD HH:MM:SS
    camera_make: str | None
    camera_model: str | None
    lens: str | None
    file_ext: str
    file_size: int
    file_modified_at: str | None        # UTC, YYYY-MM-DD HH:MM:SS
    width: int | None
    height: int | None
    latitude: float | None
    longitude: float | None
    created_at: str                     # UTC
    thumb_url: str
    kind: str
    stars: int | None
    suggested_stars: int | None
    elo_interval: float | None
    duration: float | None              # seconds
    offline: bool
    missing: bool
    colour: str                         # #rrggbb, average
    place: str | None
    source_id: int
    folder: str
    label: int
    taken_offset: int | None            # minutes east of UTC
    unreadable: str | None              # reason
    damaged: str | None                 # what is wrong with a file that is shown in part
    pair: str | None                    # "raw" or "live": what stands behind this photo
    stack: int | None = None            # the best of so many photos that look alike
    similarity: float | msgspec.UnsetType | None = msgspec.UNSET
    date_group: str | msgspec.UnsetType = msgspec.UNSET


class Cards:
    """Makes cards. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def of(self, ids: Array, *, tier: str = "sm", grouped: bool = False) -> list[Card]:
        """Cards of these photos in the order given; ids that no longer exist are left out.

        tier: of thumb_url. grouped: with date_group, the month of date views.
        """
        rows = self._rows(ids)
        columns = self._views.columns
        with columns.lock:
            known = [int(i) for i in ids.tolist() if i in rows and i < columns.rows]
            chosen = np.array(known, np.int64)
            values = {name: columns[name][chosen].tolist() for name in _USED}
            suggested = self._views.stars.suggested()[chosen].tolist()
            pairs = self._views.derived.pair()[chosen].tolist()
        names, stacks = _Names(self._views), self._views.stacks(chosen)
        cards = []
        for place, photo_id in enumerate(known):
            row = {name: array[place] for name, array in values.items()}
            card = _card(photo_id, rows[photo_id], row, names, tier)
            card.suggested_stars = _suggested(row["stars"], suggested[place])
            card.pair, card.stack = PAIR_NAMES[pairs[place]], stacks.get(photo_id)
            if grouped:
                card.date_group = (card.date_taken or "")[:7]
            cards.append(card)
        return cards

    def _rows(self, ids: Array) -> dict[int, tuple[object, ...]]:
        asked = msgspec.json.encode(ids.tolist()).decode()
        connection: sqlite3.Connection = self._views.columns.db.read()
        return {row[0]: row for row in connection.execute(_ROWS, (asked,))}


PAIR_NAMES = (None, "raw", "live")      # by code of derived.pair
_USED = (
    "kind", "format", "source", "folder", "size", "taken", "taken_offset", "width", "height", "colour", "camera",
    "lens", "place", "lat", "state", "duration", "flag", "stars", "label", "elo", "interval", "comparisons",
    "propagated",
)


class _Names:
    """Dictionaries of one answer."""

    def __init__(self, views: Views) -> None:
        known = views.dictionaries
        self.cameras, self.lenses, self.formats = known.cameras(), known.lenses(), known.formats()
        self.folders, self.offline = known.folders(), set(known.offline())
        self.places = known.places()

    def place(self, code: float, lat: float) -> str | None:
        """“Reine, Nordland, Norway” of a photo that has a location."""
        place = self.places.get(int(code))
        return place.label or None if place is not None and lat != NO_COORDINATE else None


def _card(photo_id: int, row: tuple[object, ...], v: dict[str, float], names: _Names, tier: str) -> Card:
    _, name, created, modified, lat, lon, unreadable, damaged = row
    camera, folder = names.cameras.get(int(v["camera"])), names.folders.get(int(v["folder"]))
    width, height = int(v["width"]), int(v["height"])
    return Card(
        id=photo_id, filename=display_path(name) if isinstance(name, bytes) else "", elo=round(v["elo"], 1),
        comparisons=int(v["comparisons"]), propagated_updates=int(v["propagated"]),
        status="missing" if v["state"] == MISSING else "active", flag=FLAGS[int(v["flag"])],
        aspect_ratio=round(width / height, 4) if width and height else None, date_taken=local_time(int(v["taken"])),
        camera_make=camera.make if camera else None, camera_model=camera.model if camera else None,
        lens=names.lenses.get(int(v["lens"])), file_ext=names.formats.get(int(v["format"]), ""),
        file_size=int(v["size"]), file_modified_at=utc_time(modified), width=width or None, height=height or None,
        latitude=_number(lat), longitude=_number(lon), created_at=utc_time(created) or "",
        thumb_url=f"/api/thumb/{tier}/{photo_id}", kind=Kind(int(v["kind"])).name.lower(),
        stars=None if v["stars"] == NO_STARS else int(v["stars"]), suggested_stars=None,
        elo_interval=None if v["interval"] == NO_INTERVAL else round(v["interval"], 1),
        duration=round(v["duration"], 2) or None, offline=int(v["source"]) in names.offline,
        missing=v["state"] == MISSING, colour=colour_text(int(v["colour"])),
        place=names.place(v["place"], v["lat"]), source_id=int(v["source"]),
        folder=folder.path if folder else "", label=int(v["label"]),
        taken_offset=None if v["taken_offset"] == NO_OFFSET else int(v["taken_offset"]),
        unreadable=_text(unreadable), damaged=_text(damaged), pair=None,
    )


def _suggested(own: int, suggested: int) -> int | None:
    return None if own != NO_STARS or suggested == NO_SUGGESTION else int(suggested)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not math.isnan(value) else None


def local_time(taken: int) -> str | None:
    """Local ms → "YYYY-MM-DD HH:MM:SS"; None when undated."""
    if taken == NO_TIME:
        return None
    return str(np.datetime64(taken // 1000, "s")).replace("T", " ")


def utc_time(seconds: object) -> str | None:
    """Seconds since 1970 → "YYYY-MM-DD HH:MM:SS" in UTC."""
    if not isinstance(seconds, (int, float)):
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")[:19]


def colour_text(rgb565: int) -> str:
    """RGB565 → #rrggbb."""
    red, green, blue = rgb565 >> 11 & 31, rgb565 >> 5 & 63, rgb565 & 31
    return f"#{red * 255 // 31:02x}{green * 255 // 63:02x}{blue * 255 // 31:02x}"


def degrees(value: int) -> float | None:
    """Column lat or lon → degrees."""
    return None if value == NO_COORDINATE else value / 1e7
