"""UTC offsets of a time zone for very many moments at once. Pure; knows the rules of zones from geo.timezones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from photoarchive.catalog.column_layout import Array
from photoarchive.core.errors import Invalid
from photoarchive.geo.timezones import zone_of

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_FIRST_YEAR, _LAST_YEAR = 1850, 2100        # outside, the offset of the nearest year counts
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ZoneTable(msgspec.Struct, frozen=True):
    """The changes of one zone. at: instants (UTC ms) from which an offset holds; minutes: it, one more than `at`."""

    at: Array
    minutes: Array

    def of_instants(self, utc_ms: Array) -> Array:
        """Minutes east of UTC at these instants, int64."""
        found: Array = self.minutes[np.searchsorted(self.at, utc_ms, side="right")]
        return found

    def of_local(self, local_ms: Array) -> Array:
        """The same for what clocks of the zone showed.

        In the hour that is shown twice in autumn the first counts, in the hour that is skipped in spring the offset
        before it (PEP 495, fold = 0): both mean that a change counts once the later of the two clocks shows it.
        """
        seen = self.at + np.maximum(self.minutes[:-1], self.minutes[1:]) * MINUTE_MS
        found: Array = self.minutes[np.searchsorted(seen, local_ms, side="right")]
        return found


def zone_table(name: str, local_ms: Array) -> ZoneTable:
    """The table of a zone over the years of these times. Raises Invalid for an unknown zone."""
    zone = zone_of(name)
    if zone is None:
        raise Invalid(f"There is no time zone “{name[:60]}” here.", field="zone")
    if not len(local_ms):
        return ZoneTable(np.zeros(0, np.int64), np.zeros(1, np.int64))
    first, last = (_clamped(int(value)) for value in (local_ms.min() - 2 * DAY_MS, local_ms.max() + 2 * DAY_MS))
    at, minutes, before = [], [_minutes(zone, first)], first
    for now in (*range(first + DAY_MS, last, DAY_MS), last):
        if _minutes(zone, now) != minutes[-1]:
            at.append(_change(zone, before, now))
            minutes.append(_minutes(zone, now))
        before = now
    return ZoneTable(np.array(at, np.int64), np.array(minutes, np.int64))


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first minute of this day at which the offset is the later one, by halving."""
    after = _minutes(zone, high)
    while high - low > MINUTE_MS:
        middle = (low + high) // 2 // MINUTE_MS * MINUTE_MS
        if middle <= low:
            break
        low, high = (low, middle) if _minutes(zone, middle) == after else (middle, high)
    return high // MINUTE_MS * MINUTE_MS


def _minutes(zone: ZoneInfo, utc_ms: int) -> int:
    offset = (_EPOCH + timedelta(milliseconds=utc_ms)).astimezone(zone).utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0


def _clamped(utc_ms: int) -> int:
    first, last = ((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
                   for year in (_FIRST_YEAR, _LAST_YEAR))
    return max(first, min(last, utc_ms)) // MINUTE_MS * MINUTE_MS
