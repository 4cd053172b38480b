"""Questions about places of a view. Owns no SQL and no HTTP. Brings the filters `place` and `bbox` to all views."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from photoarchive.catalog.column_layout import NO_COORDINATE, NO_TIME, UNREADABLE, Array
from photoarchive.catalog.dictionaries import Place
from photoarchive.catalog.places import BOUNDS, PLACE, BoundsFilter, PlaceFilter
from photoarchive.catalog.query import DATE_SORTS, Query
from photoarchive.catalog.view import View, Views
from photoarchive.features.places.views import DayPlaces, PlaceCount, PlaceList

MAX_PLACES = 2_000
MOST = 0.5                  # a name stands over a day if this share of its located photos was taken there
MS_PER_DAY = 86_400_000


class PlaceService:
    """Lists places. Thread-safe."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self._days: tuple[object, DayPlaces] | None = None      # of the view that was asked about last
        views.register_filter(PLACE, PlaceFilter(views.columns, views.dictionaries))
        views.register_filter(BOUNDS, BoundsFilter(views.columns))

    def counts(self, query: Query) -> PlaceList:
        """The places of a view by how many of its photos were taken there."""
        view = self.views.glance(query)
        known = self.views.dictionaries.places()
        codes, located = self._codes(view)
        counts = np.bincount(codes[located], minlength=1)
        blind = self._unreadable(view)
        first = np.full(len(counts), -1, np.int64)
        at = np.flatnonzero(located)[::-1]
        at = np.concatenate([at[blind[at]], at[~blind[at]]])
        first[codes[at]] = at                               # the first photo of the view in each place that can be seen
        places: list[PlaceCount] = []
        for code in np.argsort(-counts, kind="stable").tolist():
            place = known.get(code)
            if counts[code] and place is not None and place.code and len(places) < MAX_PLACES:
                photo_id, seen = int(view.ids[first[code]]), not blind[first[code]]
                places.append(PlaceCount(
                    path_of(place), place.city or place.region or place.country, place.country, place.region,
                    int(counts[code]), photo_id, f"/api/thumb/sm/{photo_id}" if seen else ""))
        named = sum(int(counts[code]) for code, place in known.items() if code < len(counts) and place.code)
        found, waiting = int(np.count_nonzero(located)), int(counts[0])
        return PlaceList(places, found, found - named - waiting, waiting, view.count)

    def of_days(self, token: str) -> DayPlaces:
        """What to write over the days of a pinned view in order of time; empty for other views. Raises Gone."""
        view = self.views.get(token)
        if view.query.order[0] not in DATE_SORTS or not view.count:
            return DayPlaces([], [])
        columns, kept = self.views.columns, self._days
        key = (token, columns.revision("taken", "place", "lat", "lon"))     # a page asks again as places are looked up
        if kept is None or kept[0] != key:
            kept = self._days = (key, self._of_days(view))
        return kept[1]

    def _of_days(self, view: View) -> DayPlaces:
        columns = self.views.columns
        with columns.lock:
            taken = columns["taken"][view.ids]
        days = np.where(taken == NO_TIME, NO_TIME, taken // MS_PER_DAY)
        section = np.cumsum(np.concatenate([[0], days[1:] != days[:-1]]))
        codes, located = self._codes(view)
        names = day_names(section[located], codes[located], int(section[-1]) + 1, self.views.dictionaries.places())
        known = list(dict.fromkeys(name for name in names if name))
        position = {name: place for place, name in enumerate(known)}
        return DayPlaces(known, [position.get(name, -1) for name in names])

    def _unreadable(self, view: View) -> Array:
        """(n,) photos of a view that have no picture."""
        with self.views.columns.lock:
            return np.asarray(self.views.columns["bits"][view.ids] & UNREADABLE != 0)

    def _codes(self, view: View) -> tuple[Array, Array]:
        """(n,) the place of each photo of a view, and whether it has a location at all."""
        columns = self.views.columns
        with columns.lock:
            return columns["place"][view.ids], columns["lat"][view.ids] != NO_COORDINATE


def path_of(place: Place) -> str:
    """The value of the filter `place` that shows exactly this place and what lies in it."""
    if place.city:
        return f"{place.code}|{place.region}|{place.city}"
    return f"{place.code}|{place.region}" if place.region else place.code


def day_names(section: Array, codes: Array, sections: int, known: Mapping[int, Place]) -> list[str]:
    """A name for each section: its town and region if most photos were taken there, else its region and country, else
    its country, else "". section, codes (n,): of each located photo."""
    names = [""] * sections
    totals = np.bincount(section, minlength=sections)
    size = max(max(known, default=0), int(codes.max(initial=0))) + 1
    pairs, counts = np.unique(section.astype(np.int64) * size + codes, return_counts=True)      # few of many photos
    section, codes = pairs // size, pairs % size
    for level in range(3):                                  # the widest first: a narrower one replaces it
        texts = ["", *sorted({_level(place, level) for place in known.values()} - {""})]
        index = {text: place for place, text in enumerate(texts)}
        table = np.zeros(size, np.int64)
        for code, place in known.items():
            table[code] = index[_level(place, level)]
        keys, inverse = np.unique(section * len(texts) + table[codes], return_inverse=True)
        where, text = keys // len(texts), keys % len(texts)
        most = np.bincount(inverse, weights=counts, minlength=len(keys)) >= MOST * totals[where]
        chosen = most & (text > 0)
        for day, name in zip(where[chosen].tolist(), text[chosen].tolist(), strict=True):
            names[day] = texts[name]
    return names


def _level(place: Place, level: int) -> str:
    parts = ((place.country,), (place.region, place.country), (place.city, place.region or place.country))[level]
    return ", ".join(dict.fromkeys(parts)) if all(parts) else ""
