"""Where the photos of a view lie on the map: all of them as points, or clusters of what a window shows.

Owns no SQL and no HTTP. The world is a square: x and y in [0, 1), Web Mercator, x from 180° west, y from the north.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import NO_COORDINATE, NO_TIME, UNREADABLE, Array
from photoarchive.catalog.query import Query
from photoarchive.catalog.view import View, Views
from photoarchive.features.map.clusters import Window, cluster
from photoarchive.features.map.views import Cluster, Clusters

MAX_POINTS = 200_000        # more are clustered here: the browser would have to be sent and hold them all
MOST_IDS = 120              # photos of a window that are named: a strip of them is shown
KEPT = 3                    # views whose points stay ready
MAGIC = b"PAM1"
UNDATED_DAY = -(2**31)
MS_PER_DAY = 86_400_000
EDGE_LATITUDE = 85.051128779806604      # where Mercator's square ends: places nearer to a pole lie on its edge


class Points(msgspec.Struct, frozen=True):
    """The located photos of a view, in its order (n,): ids, degrees × 1e7, days since 1970, places in the square, and
    which of them have no picture because they cannot be read."""

    ids: Array
    lon: Array
    lat: Array
    day: Array
    x: Array
    y: Array
    unreadable: Array
    total: int              # photos of the view, those without location included
    revision: str


class MapService:
    """Points and clusters of views. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Points] = OrderedDict()

    def points_of(self, query: Query) -> Points:
        """The located photos of a view, kept for the next question about it."""
        view = self.views.glance(query)
        key = (view.revision, self.views.columns.revision("lat", "lon", "taken", "bits"))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        points = self._read(view, f"{key[0]}-{key[1]}")
        with self._lock:
            self._kept[key] = points
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return points

    def encode(self, points: Points) -> bytes:
        """The points as the browser reads them; without the columns when there are more than MAX_POINTS.

        Little-endian: "PAM1", u32 n, u32 m; m bytes of JSON {total, located, clustered, bounds, years, unreadable}
        padded with spaces to 4; n × u32 ids; n × i32 longitude and n × i32 latitude in degrees × 1e7; n × i32 days
        since 1970 of local time (-2147483648 undated). bounds: [west, south, east, north] or null, see `bounds_of`;
        years: [[year, count], …] ascending; unreadable: ids of the photos sent that have no picture.
        """
        clustered = len(points.ids) > MAX_POINTS
        meta = msgspec.json.encode({
            "total": points.total, "located": len(points.ids), "clustered": clustered,
            "bounds": bounds_of(points), "years": years_of(points.day),
            "unreadable": points.ids[points.unreadable].tolist() if not clustered else [],
        })
        meta += b" " * (-len(meta) % 4)
        sent = slice(0, 0) if clustered else slice(None)
        ids = points.ids[sent]
        columns = (ids.astype("<u4"), points.lon[sent].astype("<i4"), points.lat[sent].astype("<i4"),
                   points.day[sent].astype("<i4"))
        head = MAGIC + np.array([len(ids), len(meta)], "<u4").tobytes() + meta
        return b"".join([head, *(column.tobytes() for column in columns)])

    def clusters(self, query: Query, window: Window, year: int | None = None) -> Clusters:
        """What a window of the map shows; of one year, if one is given."""
        points = self.points_of(query)
        x, y, ids, unreadable = points.x, points.y, points.ids, points.unreadable
        if year is not None:
            chosen = np.flatnonzero(of_year(points.day, year))
            x, y, ids, unreadable = x[chosen], y[chosen], ids[chosen], unreadable[chosen]
        found, inside = cluster(x, y, window)
        named = np.concatenate([inside[:MOST_IDS], np.array([one.first for one in found], np.int64)])
        return Clusters(
            [Cluster(round(one.lng, 6), round(one.lat, 6), one.count, int(ids[one.first]),
                     [round(edge, 6) for edge in one.bounds]) for one in found],
            len(inside), ids[inside[:MOST_IDS]].tolist(), len(points.ids),
            np.unique(ids[named[unreadable[named]]]).tolist())

    def _read(self, view: View, revision: str) -> Points:
        columns = self.views.columns
        with columns.lock:
            lat = columns["lat"][view.ids]
            located = lat != NO_COORDINATE
            ids = view.ids[located]
            lat, lon, taken = lat[located], columns["lon"][ids], columns["taken"][ids]
            unreadable = columns["bits"][ids] & UNREADABLE != 0
        day = np.where(taken == NO_TIME, UNDATED_DAY, taken // MS_PER_DAY)
        return Points(ids, lon, lat, np.clip(day, UNDATED_DAY, 2**31 - 1).astype(np.int32),
                      mercator_x(lon / 1e7), mercator_y(lat / 1e7), unreadable, view.count, revision)


def mercator_x(lon: Array) -> Array:
    """Degrees east → [0, 1), float32; -180 and 180 are the same."""
    x: Array = ((lon + 180) / 360 % 1.0).astype(np.float32)
    x[x >= 1] = 0               # rounding to 32 bits
    return x


def mercator_y(lat: Array) -> Array:
    """Degrees north → [0, 1], float32, from the north; the poles lie on the edge."""
    sine = np.sin(np.radians(np.clip(lat, -EDGE_LATITUDE, EDGE_LATITUDE)))
    return np.asarray(np.clip(0.5 - np.arctanh(sine) / (2 * np.pi), 0, 1).astype(np.float32))


def bounds_of(points: Points) -> list[float] | None:
    """[west, south, east, north] of the smallest box around all points; east may be beyond 180, null without any."""
    if not len(points.ids):
        return None
    occupied = np.flatnonzero(np.bincount((points.x * 360).astype(np.int64), minlength=360))
    gaps = np.diff(np.append(occupied, occupied[0] + 360))
    widest = int(gaps.argmax())                             # the box begins after the widest stretch without photos
    start = int(occupied[(widest + 1) % len(occupied)])
    lon = points.lon / 1e7
    turned = np.where(lon + 180 < start, lon + 360, lon)
    lat = points.lat / 1e7
    return [float(turned.min()), float(lat.min()), float(turned.max()), float(lat.max())]


def of_year(day: Array, year: int) -> Array:
    """(n,) which days lie in a year."""
    first, after = (int(np.datetime64(f"{one:04d}-01-01", "D").astype(np.int64)) for one in (year, year + 1))
    return np.asarray((day >= first) & (day < after))


def years_of(day: Array) -> list[tuple[int, int]]:
    """(year, photos) of every year that has some, ascending. day (n,): since 1970, UNDATED_DAY left out."""
    dated = day[day != UNDATED_DAY].astype("datetime64[D]")
    years, counts = np.unique(dated.astype("datetime64[Y]").astype(np.int64) + 1970, return_counts=True)
    return list(zip(years.tolist(), counts.tolist(), strict=True))
