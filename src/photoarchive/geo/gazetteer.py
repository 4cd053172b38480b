"""Where a point on earth is: its country, region and town, and its time zone. Pure, over bundled data, no network.

Owns the format of data/gazetteer.npz (made by scripts/build-gazetteer from GeoNames and Natural Earth):
- towns: `town_lat`, `town_lon` (i4, degrees × 1e5), `town_population`, `town_region`, `town_zone`, `town_names`;
- `region_country`, `region_names`, `zone_names`; `country_codes`, `country_names`, `country_group` (the country whose
  polygon holds it: French Guiana lies in France's); names are UTF-8, separated by line breaks; country 0 is none;
- borders: along each of ROWS lines of latitude, the columns at which the country changes (`border_keys`, differences
  of row << COLUMN_BITS | column) and to which country (`border_countries`).
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import numpy as np

from photoarchive.geo.cells import KM_PER_DEGREE, Array, CellIndex, distances

DATA = Path(__file__).parent / "data" / "gazetteer.npz"
VERSION = 1                 # raise it with the data or the rules: all photos are then looked up again

ROWS = 10_800               # one line of latitude a minute: borders are known to 0.9 km north to south
COLUMN_BITS = 17
COLUMNS = 1 << COLUMN_BITS  # 305 m at the equator

LEVELS = (0.125, 0.5, 2.0, 10.0)    # degrees: most photos are near a town, so the first cells are small
SMALL_REACH = 2.0           # kilometres a small town may stand for (see `reach`); the 1,800 larger ones …
LARGE_CELLS = 0.5           # … are looked for in cells this large by themselves
CANDIDATES = 200_000        # town distances computed at a time: they stay in the processor's cache
TOWN_KM = 40.0              # farther away nobody says “near”
REGION_KM = 250.0
COAST_KM = 25.0             # a photo this far from a country's towns, off its coast, still counts as taken there
BORDER_KM = 1.5             # how far drawn borders are off: so near to one, a foreign town may be the right one
FOREIGN_KM = 1.0            # … if it is nearer by this much
FAR_KM = 10_000.0

NOWHERE = 0                 # country of the high seas
NO_TOWN = -1
NO_REGION = -1
NO_ZONE = -1


class Found(msgspec.Struct, frozen=True):
    """Where n points are: indexes of countries, regions, towns and zones (n,), int32."""

    country: Array
    region: Array
    town: Array
    zone: Array


class Gazetteer:
    """All towns and borders. Thread-safe: nothing in it changes."""

    def __init__(self, path: Path = DATA) -> None:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        self.lat, self.lon = arrays["town_lat"] / 1e5, arrays["town_lon"] / 1e5
        self.population = arrays["town_population"]
        self.town_region = arrays["town_region"].astype(np.int32)
        self.town_zone = arrays["town_zone"].astype(np.int32)
        self.reach = reach(self.population)
        self.region_country = arrays["region_country"].astype(np.int32)
        self.town_country = self.region_country[self.town_region]
        self.group = arrays["country_group"].astype(np.int32)
        self._town_group = self.group[self.town_country].astype(np.uint8)
        self.codes = _texts(arrays["country_codes"])
        self.countries = _texts(arrays["country_names"])
        self.regions = _texts(arrays["region_names"])
        self.zones = _texts(arrays["zone_names"])
        self._names = arrays["town_names"].tobytes()
        self._ends = np.append(np.flatnonzero(arrays["town_names"] == ord("\n")), len(self._names))
        self._border_keys = np.cumsum(arrays["border_keys"], dtype=np.int64).astype(np.int32)
        self._border_countries = arrays["border_countries"]
        self._indexes = [CellIndex(degrees, self.lat, self.lon) for degrees in LEVELS]
        self._large = CellIndex(LARGE_CELLS, self.lat, self.lon, np.flatnonzero(self.reach > SMALL_REACH))

    def town_name(self, town: int) -> str:
        """The name of a town."""
        start = int(self._ends[town - 1]) + 1 if town else 0
        return str(self._names[start : int(self._ends[town])], "utf-8")

    def polygon(self, lat: Array, lon: Array) -> Array:
        """(n,) the country whose drawn borders hold each point, NOWHERE at sea."""
        row = np.clip(((lat + 90) * (ROWS / 180)).astype(np.int64), 0, ROWS - 1)
        column = np.clip(((lon + 180) * (COLUMNS / 360)).astype(np.int64), 0, COLUMNS - 1)
        key = (row << COLUMN_BITS | column).astype(np.int32)
        found = np.searchsorted(self._border_keys, key, "right") - 1
        return np.asarray(self._border_countries[found].astype(np.int32))

    def find(self, lat: Array, lon: Array) -> Found:
        """Look up points: degrees north and east (n,), on earth."""
        lat, lon = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
        drawn = self.group[self.polygon(lat, lon)]
        town, km = self._nearest(lat, lon, drawn)
        has_town = town >= 0
        own = np.where(has_town, self.town_country[town], NOWHERE)
        at_home = has_town & ((self.group[own] == drawn) | (drawn == NOWHERE))
        near_border = has_town & ~at_home                   # a foreign town won: only near a border (see _nearest)
        country = np.where(near_border | (at_home & (km <= REGION_KM)), own, drawn)
        country = np.where((drawn == NOWHERE) & (km > COAST_KM), NOWHERE, country)
        belongs = has_town & (own == country) & (country != NOWHERE)
        return Found(
            country=country.astype(np.int32),
            region=np.where(belongs & (km <= REGION_KM), self.town_region[town], NO_REGION).astype(np.int32),
            town=np.where(belongs & (km <= TOWN_KM), town, NO_TOWN).astype(np.int32),
            zone=np.where(has_town & (country != NOWHERE), self.town_zone[town], NO_ZONE).astype(np.int32),
        )

    # ------------------------------------------------------------------ towns

    def _nearest(self, lat: Array, lon: Array, drawn: Array) -> tuple[Array, Array]:
        """(n,) the town each point belongs to, -1 for none within about 1,000 km, and the kilometres to it."""
        town, km = self._nearest_with(lat, lon, drawn, FOREIGN_KM)
        winner = np.where(town >= 0, self.group[self.town_country[town]], drawn)
        foreign = np.flatnonzero((winner != drawn) & (drawn != NOWHERE))
        deep = foreign[self._deep_inside(lat[foreign], lon[foreign], drawn[foreign])]
        if len(deep):
            town[deep], km[deep] = self._nearest_with(lat[deep], lon[deep], drawn[deep], FAR_KM)
        return town, km

    def _deep_inside(self, lat: Array, lon: Array, drawn: Array) -> Array:
        """(n,) whether the country is the same BORDER_KM away in all four directions (or the sea begins there)."""
        north = BORDER_KM / 111.2
        east = north / np.maximum(np.cos(np.radians(lat)), 0.01)
        deep = np.ones(len(lat), bool)
        for up, right in ((north, 0), (-north, 0), (0, east), (0, -east)):
            there = self.group[self.polygon(lat + up, (lon + right + 180) % 360 - 180)]
            deep &= (there == drawn) | (there == NOWHERE)
        return deep

    def _nearest_with(self, lat: Array, lon: Array, drawn: Array, foreign_km: float) -> tuple[Array, Array]:
        town, score = self._best_around(self._large, lat, lon, (drawn, foreign_km))
        open_points = np.arange(len(lat))
        for index in self._indexes:
            borders = drawn[open_points], foreign_km
            found, scores = self._best_around(index, lat[open_points], lon[open_points], borders)
            better = scores < score[open_points]
            town[open_points[better]], score[open_points[better]] = found[better], scores[better]
            certain = index.cells.km - SMALL_REACH          # no small town beyond the neighbourhood has a lower score
            open_points = open_points[score[open_points] > certain]
        found = town >= 0
        town[found & (score > FAR_KM / 2)] = -1             # only towns of other countries around
        km = np.full(len(lat), np.inf)
        known = np.flatnonzero(town >= 0)
        at = town[known]
        km[known] = distances(lat[known], lon[known], self.lat[at], self.lon[at])
        return town, km

    def _best_around(
        self, index: CellIndex, lat: Array, lon: Array, borders: tuple[Array, float]
    ) -> tuple[Array, Array]:
        """(n,) the town with the least score in the neighbourhood (-1: none) and its score.

        borders: the country drawn around each point (n,), and what a town of another one is put back by.
        """
        drawn, foreign_km = borders
        start, end = index.runs(lat, lon)
        town, score = np.full(len(lat), -1, np.int64), np.full(len(lat), np.inf, np.float32)
        done, running = 0, np.cumsum((end - start).sum(axis=1))
        while done < len(lat):
            before = running[done - 1] if done else 0
            part = slice(done, max(done + 1, int(np.searchsorted(running, before + CANDIDATES, "right"))))
            done = part.stop
            point, at = _pairs(start[part], end[part])
            if not len(point):
                continue
            near = lat[part].astype(np.float32), lon[part].astype(np.float32)
            scores = _distances(near, point, index.lat[at], index.lon[at])
            towns = index.points[at]
            scores -= self.reach[towns]
            scores += (self._town_group[towns] != drawn[part].astype(np.uint8)[point]) * np.float32(foreign_km)
            firsts = np.flatnonzero(np.diff(point, prepend=-1))
            least = np.minimum.reduceat(scores, firsts)
            best = np.flatnonzero(scores == np.repeat(least, np.diff(firsts, append=len(point))))[::-1]
            town[part.start + point[best]] = towns[best]    # of equal ones the first, the most populous of its cell
            score[part.start + point[firsts]] = least
        score[drawn == NOWHERE] -= np.float32(foreign_km)   # at sea every town is of another country
        return town, score


def reach(population: Array) -> Array:
    """Kilometres around its centre that a town stands for: 4.2 for a million people, 8 for nine (float32).

    A point belongs to the town with the least (distance - reach): in the middle of Paris that is Paris, not its
    fourth district, and at the heart of a suburb it is the suburb.
    """
    people = np.maximum(population, 300).astype(np.float64)
    return (4.2 * np.minimum((people / 1e6) ** 0.5, (people / 1e6) ** 0.3)).astype(np.float32)


def _pairs(start: Array, end: Array) -> tuple[Array, Array]:
    """Runs (n, 3) → (row, element) of everything in them, rows ascending."""
    counts = (end - start).ravel()
    offsets = np.cumsum(counts, dtype=np.int32) - counts
    at = np.repeat(start.ravel() - offsets, counts)
    at += np.arange(len(at), dtype=np.int32)
    return np.repeat(np.arange(len(start), dtype=np.int32), counts.reshape(-1, 3).sum(axis=1)), at


def _distances(points: tuple[Array, Array], point: Array, lat: Array, lon: Array) -> Array:
    """Kilometres (float32) from points[point] to lat, lon, which are given on the same side of the antimeridian."""
    scale = np.cos(np.radians(points[0])) * np.float32(KM_PER_DEGREE)
    lon -= points[1][point]
    lon *= scale[point]
    lat -= points[0][point]
    lat *= np.float32(KM_PER_DEGREE)
    lon *= lon
    lat *= lat
    lat += lon
    return np.asarray(np.sqrt(lat, out=lat))


def _texts(packed: Array) -> list[str]:
    return str(packed.tobytes(), "utf-8").split("\n")


_lock = threading.Lock()
_loaded: list[Gazetteer] = []


def gazetteer() -> Gazetteer:
    """The bundled gazetteer, read at its first use (about 0.3 s, 25 MB)."""
    with _lock:
        if not _loaded:
            _loaded.append(Gazetteer())
        return _loaded[0]
