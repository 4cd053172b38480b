"""What a correction makes of times and places: pure arithmetic over many photos at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.catalog.corrections import Known, NewValues, as_read, kept, none, value
from photoarchive.core.errors import Invalid
from photoarchive.geo.timezones import MINUTE_MS, zone_table

Compute = Callable[[Known], NewValues]

EARLIEST_MS, LATEST_MS = -62_135_596_800_000, 253_402_300_799_999      # the years 1 to 9999
MOST_SHIFT_MS = 200 * 366 * 86_400_000


def shift(milliseconds: int) -> Compute:
    """The clock was wrong by so much. Undated photos stay undated; the UTC offset stays."""
    if abs(milliseconds) > MOST_SHIFT_MS:
        raise Invalid("Times can be shifted by at most 200 years.", field="seconds")

    def compute(known: Known) -> NewValues:
        return {"taken_local": kept(known.dated, within_calendar(known.taken + milliseconds, known.dated))}

    return compute


def other_zone(camera: str, place: str) -> Compute:
    """The clock showed the time of zone `camera`, the photo was taken in zone `place`: the same instant, shown there.

    Summer time counts in both, for each photo by its own date.
    """
    def compute(known: Known) -> NewValues:
        local = known.taken[known.dated]
        instants = local - zone_table(camera, local).of_local(local) * MINUTE_MS
        offsets = zone_table(place, instants).of_instants(instants)
        return {"taken_local": kept(known.dated, _spread(known, instants + offsets * MINUTE_MS)),
                "taken_offset": kept(known.dated, _spread(known, offsets))}

    return compute


def same_wall_clock(place: str) -> Compute:
    """The clock showed the right time of zone `place`: only the UTC offset was missing or wrong."""
    def compute(known: Known) -> NewValues:
        local = known.taken[known.dated]
        return {"taken_offset": kept(known.dated, _spread(known, zone_table(place, local).of_local(local)))}

    return compute


def set_to(local_ms: int, first_local_ms: int | None, zone: str | None) -> Compute:
    """The first photo was taken at this local time; the others keep their distance to it, undated ones get the time.

    first_local_ms: what the first photo says now; None if it is undated: then all get the time. zone: its UTC offset
    is noted too.
    """
    distance = None if first_local_ms is None else local_ms - first_local_ms

    def compute(known: Known) -> NewValues:
        everything = np.ones(len(known.ids), bool)
        moved = known.taken + distance if distance is not None else np.full(len(known.ids), local_ms, np.int64)
        moved = within_calendar(np.where(known.dated, moved, local_ms), everything)
        found: NewValues = {"taken_local": value(moved)}
        if zone is not None:
            found["taken_offset"] = value(zone_table(zone, moved).of_local(moved))
        return found

    return compute


def place_at(latitude: float, longitude: float, altitude: float | None) -> Compute:
    """One place for all. Raises Invalid for what is not on Earth."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid("Latitude goes from −90 to 90, longitude from −180 to 180.", field="latitude")

    def compute(known: Known) -> NewValues:
        count = len(known.ids)
        return {"lat": value(np.full(count, round(latitude, 6))), "lon": value(np.full(count, round(longitude, 6))),
                "altitude": none(count) if altitude is None else value(np.full(count, altitude))}

    return compute


def no_place(known: Known) -> NewValues:
    """They were taken nowhere that is known, whatever the files say."""
    return {field: none(len(known.ids)) for field in ("lat", "lon", "altitude")}


def read_again(what: Literal["time", "place"]) -> Compute:
    """What the files say counts again."""
    fields = ("taken_local", "taken_offset") if what == "time" else ("lat", "lon", "altitude")
    return lambda known: {field: as_read(len(known.ids)) for field in fields}


def within_calendar(local: Array, chosen: Array) -> Array:
    """Raises Invalid when a chosen time leaves the years 1 to 9999."""
    times = local[chosen]
    if len(times) and (times.min() < EARLIEST_MS or times.max() > LATEST_MS):
        raise Invalid("That would give years that no calendar has.", field="seconds")
    return local


def _spread(known: Known, of_dated: Array) -> Array:
    """Values of the dated photos as values of all."""
    everything = np.zeros(len(known.ids), np.int64)
    everything[known.dated] = of_dated
    return everything
