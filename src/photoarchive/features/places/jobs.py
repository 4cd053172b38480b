"""The places job: looks up where every located photo was taken, and sets clocks that the files say nothing of."""

from __future__ import annotations

import numpy as np

from photoarchive.catalog.column_layout import NO_OFFSET, NO_TIME, Array
from photoarchive.catalog.places import Name, Places, Unplaced
from photoarchive.core.clock import monotonic
from photoarchive.geo.gazetteer import NO_REGION, NO_TOWN, VERSION, Found, Gazetteer, gazetteer
from photoarchive.geo.timezones import zone_of, zone_table
from photoarchive.work.job import Budget, JobError, Lane, Progress

BATCH = 8_192               # an eighth of a second, half of it the writer's: others wait for no longer …
LEAST_BATCH = 256
WRITE_SECONDS = 0.06        # … and where the writer needs more than this, the next batch is smaller
GROWTH = 1.25               # of a batch that took less


class PlacesJob:
    """Keeps places and worked-out UTC offsets up to date with the photos' coordinates and times."""

    name, title, lane, builder = "places", "Places", Lane.CPU, False

    def __init__(self, places: Places) -> None:
        self._places, self._batch = places, BATCH
        places.follow_rules(f"gazetteer {VERSION}")

    def pending(self) -> int:
        """How many located photos have no place yet."""
        return self._places.counts()[0]

    def total(self) -> int:
        """How many photos have a location."""
        return self._places.counts()[1]

    def step(self, budget: Budget) -> Progress:
        """Look up some photos."""
        batch = self._batch
        photos = self._places.next_unplaced(batch)
        if not len(photos.ids):
            return Progress(0)
        known = gazetteer()
        found = known.find(photos.lat / 1e7, photos.lon / 1e7)
        names, index = distinct_names(known, found)
        clocks, begun = offsets(known, found, photos), monotonic()
        self._places.store(photos, names, index, clocks)
        self._batch = fitting(batch, monotonic() - begun)
        if len(photos.ids) < batch:
            self._places.forget_codes()
        return Progress(len(photos.ids))

    def errors(self, limit: int, offset: int) -> tuple[list[JobError], int]:
        """None: wherever a photo was taken, there is an answer."""
        return [], 0


def fitting(batch: int, seconds: float) -> int:
    """How many photos come next after writing so many took so long."""
    return int(min(BATCH, GROWTH * batch, max(LEAST_BATCH, batch * WRITE_SECONDS / max(seconds, 1e-6))))


def distinct_names(known: Gazetteer, found: Found) -> tuple[list[Name], Array]:
    """The places that occur, and for each point (n,) which of them it has."""
    packed = (found.country.astype(np.int64) << 44) | ((found.region + 1).astype(np.int64) << 24) | (found.town + 1)
    keys, firsts, index = np.unique(packed, return_index=True, return_inverse=True)
    names = []
    for place in firsts[: len(keys)].tolist():
        country, region, town = int(found.country[place]), int(found.region[place]), int(found.town[place])
        names.append((known.codes[country], known.countries[country],
                      known.regions[region] if region != NO_REGION else "",
                      known.town_name(town) if town != NO_TOWN else ""))
    return names, index


def offsets(known: Gazetteer, found: Found, photos: Unplaced) -> Array:
    """(n,) minutes east of UTC at each photo's place and time, NO_OFFSET where either is unknown."""
    minutes = np.full(len(photos.ids), NO_OFFSET, np.int64)
    dated = np.flatnonzero((found.zone >= 0) & (photos.taken != NO_TIME))
    zones = found.zone[dated]
    for zone in np.unique(zones).tolist():
        if zone_of(known.zones[zone]) is not None:
            chosen = dated[zones == zone]
            taken = photos.taken[chosen]
            minutes[chosen] = zone_table(known.zones[zone], taken).of_local(taken)
    return minutes
