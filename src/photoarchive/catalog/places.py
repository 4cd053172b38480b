"""Places of photos: which are to be looked up, what was found, and the filters `place` and `bbox`.

Owns the table `places` and the columns photos.place_id and photos.offset_from_place. Looking places up is not here
(geo.gazetteer), nor is setting coordinates (overlays).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import ABSENT, NO_COORDINATE, NO_OFFSET, REMOVED, Array
from photoarchive.catalog.columns import Columns
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.dictionaries import Dictionaries, Place
from photoarchive.catalog.facet_values import FacetValue
from photoarchive.catalog.fulltext import take_in_later
from photoarchive.catalog.joined import numbers
from photoarchive.catalog.targets import as_text
from photoarchive.core.errors import Conflict, Invalid

PLACE, BOUNDS = "place", "bbox"     # names of the filters
LEVELS = ("country_code", "region", "city")
MOST_LISTED = 400                   # regions and towns a facet lists, the most frequent ones
RULES_KEY = "places_rules"          # in `meta`: the gazetteer that the places are looked up with
AGAIN_KEY = "places_again"          # in `meta`: photos from this id on still have what an earlier gazetteer said
FEW = 500               # up to here the words of photos follow at once; of more the job for words takes them in

Name = tuple[str, str, str, str]    # country code, country, region, town


class Unplaced(msgspec.Struct, frozen=True):
    """Located photos to be looked up: ids, ascending, degrees × 1e7, local times in ms or NO_TIME (n,)."""

    ids: Array
    lat: Array
    lon: Array
    taken: Array


class Places:
    """Reads and writes places. Thread-safe."""

    def __init__(self, db: Database, columns: Columns) -> None:
        self._db, self._columns = db, columns
        self._codes: dict[Name, int] = {}       # ids of places met in this look-up: rows of `places` are only added
        self._counted: tuple[Hashable, tuple[int, int]] = ((), (0, 0))
        self._again: int | None = None          # the value of AGAIN_KEY; None: nothing is to be looked up anew

    def follow_rules(self, rules: str) -> None:
        """Have every photo looked up anew, in order of id, if the last look-up was by other rules or data; go on with
        that if it was interrupted. Until its turn comes a photo keeps the place it has.
        """
        known = self._db.meta(RULES_KEY)
        if known == rules:
            self._again = self._db.meta(AGAIN_KEY)
            return
        again = None if known is None else self._renewed_from(0)

        def begin(tx: Transaction) -> None:
            tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (RULES_KEY, rules))
            note_again(tx, again)

        self._db.write(begin)
        self._again = again

    def counts(self) -> tuple[int, int]:
        """(photos to be looked up, located photos). Remembered until something changes."""
        with self._columns.lock:
            key = (self._columns.revision("lat", "place", "state"), self._columns.rows, self._again)
            if self._counted[0] != key:
                due = self._due()
                self._counted = (key, (int(np.count_nonzero(due)), int(np.count_nonzero(due | self._located()))))
            return self._counted[1]

    def next_unplaced(self, limit: int) -> Unplaced:
        """Some of the photos to be looked up."""
        columns = self._columns
        with columns.lock:
            ids = np.flatnonzero(self._due())[:limit]
            return Unplaced(ids, columns["lat"][ids], columns["lon"][ids], columns["taken"][ids])

    def _located(self) -> Array:
        columns = self._columns
        return np.asarray((columns["lat"] != NO_COORDINATE) & (columns["state"] <= REMOVED))

    def _due(self) -> Array:
        """(rows,) photos to be looked up: located ones without a place, all with coordinates of those still to be
        looked up anew. The columns are locked."""
        due = np.asarray(self._located() & (self._columns["place"] == 0))
        if self._again is not None:
            due[self._again:] |= self._known(self._again)
        return due

    def _known(self, first: int) -> Array:
        """(rows - first,) photos with coordinates, whatever became of them: one in the trash may come back."""
        columns = self._columns
        return np.asarray((columns["lat"][first:] != NO_COORDINATE) & (columns["state"][first:] != ABSENT))

    def _renewed_from(self, first: int) -> int | None:
        """The first photo from an id on that is to be looked up anew; None: none is."""
        with self._columns.lock:
            left = np.flatnonzero(self._known(first))
        return first + int(left[0]) if len(left) else None

    def store(self, photos: Unplaced, names: list[Name], index: Array, offsets: Array) -> None:
        """Write what was found. index (n,): which of the names each photo has; offsets (n,): minutes east of UTC,
        NO_OFFSET unknown. A photo whose coordinates or time changed meanwhile is left to be looked up again."""
        fresh = [name for name in names if name not in self._codes]

        def write(tx: Transaction) -> tuple[dict[Name, int], int | None]:
            found = dict(zip(fresh, place_ids(tx, fresh), strict=True))
            codes = np.array([self._codes.get(name) or found[name] for name in names], np.int64)
            unchanged = self._unchanged(photos)
            same = np.flatnonzero(unchanged)
            self._write(tx, photos.ids[same], codes[index[same]], offsets[same])
            if self._again is None:
                return found, None
            again = self._again_after(self._again, photos.ids, unchanged)
            note_again(tx, again)
            return found, again

        found, self._again = self._db.write(write)
        self._codes |= found

    def _again_after(self, again: int, ids: Array, unchanged: Array) -> int | None:
        """From which photo on the look-up anew goes on after these: the first that changed meanwhile, or the next."""
        with self._columns.lock:
            late = ids[~unchanged & (ids >= again) & (self._columns["state"][ids] != ABSENT)]
        return self._renewed_from(max(again, int(late[0] if len(late) else ids[-1] + 1)))

    def forget_codes(self) -> None:
        """Nothing is left to look up: let go of the names that were met."""
        self._codes = {}

    def _unchanged(self, photos: Unplaced) -> Array:
        """(n,) photos that are as they were. Within the writer thread the columns are what the tables say."""
        columns, ids = self._columns, photos.ids
        with columns.lock:
            return np.asarray((columns["lat"][ids] == photos.lat) & (columns["lon"][ids] == photos.lon)
                              & (columns["taken"][ids] == photos.taken))

    def _write(self, tx: Transaction, ids: Array, codes: Array, offsets: Array) -> None:
        """Write what is new of it, in one statement: the interpreter, and whoever else needs it, is free meanwhile."""
        if len(ids) and (int(ids[-1]) >= 1 << ID_BITS or int(codes.max()) >= 1 << CODE_BITS):
            raise Conflict("The catalog holds more photos or places than can be numbered.")
        follows = np.isin(ids, numbers(tx.execute(_FOLLOWING, (as_text(ids),)).fetchone()[0]), assume_unique=True)
        with self._columns.lock:
            before = self._columns["taken_offset"][ids]
            new = np.flatnonzero((self._columns["place"][ids] != codes) | (follows & (before != offsets)))
        ids, codes, offsets, follows, before = (one[new] for one in (ids, codes, offsets, follows, before))
        clocks = np.where(follows, np.where(offsets == NO_OFFSET, CLOCK_UNKNOWN, offsets + CLOCK_ZERO), CLOCK_STAYS)
        packed = (ids << (CODE_BITS + CLOCK_BITS)) | (codes << CLOCK_BITS) | clocks
        tx.execute(_STORE, (as_text(packed),))
        if len(ids) <= FEW:
            tx.changes.touch("photos", ids)
            tx.changes.touch("text", ids)
            return
        self._columns.stage(tx, ids, {"place": codes.astype(np.int32),
                                      "taken_offset": np.where(follows, offsets, before).astype(np.int16)})
        take_in_later(tx, ids)


# A photo, its place and what becomes of its UTC offset travel as one number: a list of them is read by one statement.
ID_BITS, CODE_BITS, CLOCK_BITS = 31, 20, 12
CLOCK_STAYS, CLOCK_UNKNOWN, CLOCK_ZERO = 0, 1, 2048     # otherwise CLOCK_ZERO + minutes east of UTC

# What the file or the user says of the offset stands; what came from the place follows it, also behind a correction.
_FOLLOWING = """
SELECT group_concat(id, ' ') FROM photos WHERE id IN (SELECT value FROM json_each(?))
  AND (taken_offset IS NULL OR offset_from_place)
  AND NOT EXISTS (SELECT 1 FROM overlays WHERE photo_id = photos.id AND field = 'taken_offset')
"""
_CLOCK = f"(one.value & {(1 << CLOCK_BITS) - 1})"
_STORE = f"""
UPDATE photos SET place_id = (one.value >> {CLOCK_BITS}) & {(1 << CODE_BITS) - 1},
  offset_from_place = CASE {_CLOCK} WHEN {CLOCK_STAYS} THEN offset_from_place ELSE {_CLOCK} != {CLOCK_UNKNOWN} END,
  taken_offset = CASE {_CLOCK} WHEN {CLOCK_STAYS} THEN taken_offset WHEN {CLOCK_UNKNOWN} THEN NULL
    ELSE {_CLOCK} - {CLOCK_ZERO} END
FROM json_each(?) AS one WHERE photos.id = one.value >> {CODE_BITS + CLOCK_BITS}
"""


def note_again(tx: Transaction, first: int | None) -> None:
    """Note from which photo on places are to be looked up anew; None: that is done."""
    if first is None:
        tx.execute("DELETE FROM meta WHERE key = ?", (AGAIN_KEY,))
    else:
        tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (AGAIN_KEY, first))


def place_ids(tx: Transaction, names: Iterable[Name]) -> list[int]:
    """The ids of places, new ones added, in the order given."""
    found = []
    for code, country, region, city in names:
        tx.execute("INSERT OR IGNORE INTO places (country_code, country, region, city) VALUES (?, ?, ?, ?)",
                   (code, country, region, city))
        found.append(tx.execute("SELECT id FROM places WHERE country_code = ? AND region = ? AND city = ?",
                                (code, region, city)).fetchone()[0])
    return found


# ---------------------------------------------------------------------- filters


class PlaceFilter:
    """Filter and facet `place`. A value is a path “NO”, “NO|Nordland”, “NO|Nordland|Reine”, or any one name."""

    def __init__(self, columns: Columns, dictionaries: Dictionaries) -> None:
        self._columns, self._dictionaries = columns, dictionaries

    def revision(self) -> int:
        """Rises whenever a photo got another place."""
        return self._columns.revision("place")

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos taken in any of the places."""
        places = self._dictionaries.places()
        column = columns["place"]
        table = np.zeros(max(max(places, default=0), int(column.max(initial=0))) + 1, bool)
        for value in values:
            table[[key for key, place in places.items() if matches(place, value)]] = True
        return np.asarray(table[column] & (columns["lat"] != NO_COORDINATE))

    def facet(self, mask: Array) -> list[FacetValue]:
        """Countries, then regions and towns, both by their count: a path as value, its last name as label."""
        return self._values(mask, None)[0]

    def listed(self, mask: Array) -> tuple[list[FacetValue], int]:
        """All countries with the regions and towns that have most photos, and how many of these are left out."""
        return self._values(mask, MOST_LISTED)

    def folded(self, name: str) -> str:
        """A name without letter case and accents."""
        return plain(name)

    def _values(self, mask: Array, most: int | None) -> tuple[list[FacetValue], int]:
        """The values of `facet`, of regions and towns so many at most, and how many are left out."""
        codes = self._columns["place"][mask & (self._columns["lat"] != NO_COORDINATE)]
        counts = np.bincount(codes)
        places = self._dictionaries.places()
        found: dict[tuple[str, ...], int] = {}
        labels: dict[tuple[str, ...], str] = {}
        for code in np.flatnonzero(counts).tolist():
            place = places.get(code)
            if place is None or not place.code:
                continue
            for path, label in levels(place):
                found[path] = found.get(path, 0) + int(counts[code])
                labels[path] = label
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        countries = [item for item in ordered if len(item[0]) == 1]
        lower = [item for item in ordered if len(item[0]) > 1]
        shown = (*countries, *lower[:most])
        return [FacetValue("|".join(path), labels[path], count) for path, count in shown], len(ordered) - len(shown)


def levels(place: Place) -> list[tuple[tuple[str, ...], str]]:
    """The paths a place lies in with the name of each, the country first. A town without a region has its own."""
    found: list[tuple[tuple[str, ...], str]] = [((place.code,), place.country)]
    if place.region:
        found.append(((place.code, place.region), place.region))
    if place.city:
        found.append(((place.code, place.region, place.city), place.city))
    return found


def matches(place: Place, value: str) -> bool:
    """Whether a place is, or lies in, what a value of the filter names."""
    parts = value.split("|")
    if len(parts) > 1:
        return (place.code, place.region, place.city)[: len(parts)] == tuple(parts)
    return bool(place.code) and (
        value == place.code or plain(value) in (plain(place.country), plain(place.region), plain(place.city)))


def plain(text: str) -> str:
    """A name for comparing: “Tromsø” and “tromso” are the same."""
    text = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in text if not unicodedata.combining(letter)).strip()


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})


class Bounds(msgspec.Struct, frozen=True):
    """A box in degrees; west > east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lat: Array, lon: Array) -> Array:
        """(n,) which points lie inside; lat and lon in degrees × 1e7."""
        south, north = round(self.south * 1e7), round(self.north * 1e7)
        west, east = round(self.west * 1e7), round(self.east * 1e7)
        inside = (lat >= south) & (lat <= north)
        across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
        return np.asarray(inside & across & (lat != NO_COORDINATE))


def parse_bounds(text: str, name: str = BOUNDS) -> Bounds:
    """“west,south,east,north” in degrees. Longitudes beyond ±180 are turned back, a turn or more means all of them.

    Raises Invalid.
    """
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*-?[0-9]{1,4}(\.[0-9]{1,15})?\s*", part) for part in parts):
        raise Invalid(f"{name} must be west,south,east,north in degrees, not “{text}”.", field=name)
    west, south, east, north = (float(part) for part in parts)
    if not (-90 <= south <= north <= 90):
        raise Invalid(f"{name} needs a south and a north from -90 to 90, the south first.", field=name)
    if not (-720 <= west <= 720 and -720 <= east <= 720):
        raise Invalid(f"{name} needs a west and an east from -180 to 180.", field=name)
    if east - west >= 360:
        return Bounds(-180.0, south, 180.0, north)
    return Bounds(_turned(west), south, _turned(east), north)


def _turned(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


class BoundsFilter:
    """Filter `bbox`: photos in a box on the map; several mean any of them."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def revision(self) -> int:
        """Rises whenever a photo got another location."""
        return self._columns.revision("lat", "lon")

    def mask(self, values: tuple[str, ...], columns: Columns) -> Array:
        """(rows,) photos inside. Raises Invalid."""
        mask = np.zeros(columns.rows, bool)
        for value in values:
            mask |= parse_bounds(value).contains(columns["lat"], columns["lon"])
        return mask
