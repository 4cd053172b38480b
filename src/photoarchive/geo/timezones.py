"""What the clocks of a time zone showed, for very many moments at once. Pure; the zones come from the system or the
package tzdata."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from photoarchive.core.errors import Invalid
from photoarchive.geo.cells import Array

MINUTE_MS = 60_000
DAY_MS = 86_400_000
STEP_MS = 6 * DAY_MS                        # no zone ever changed twice in less (Recife in October 2000: 6.96 days)
_FIRST_YEAR, _LAST_YEAR = 1850, 2109        # outside, the offset of the nearest year counts
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@functools.lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a name such as "Europe/Oslo"; None when this system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


class ZoneTable(msgspec.Struct, frozen=True):
    """The changes of one zone. at: instants (UTC ms) from which an offset holds; minutes: it, one more than `at`."""

    at: Array
    minutes: Array

    def of_instants(self, utc_ms: Array) -> Array:
        """Minutes east of UTC at these instants, int64."""
        found: Array = self.minutes[np.searchsorted(self.at, utc_ms, side="right")]
        return found

    def of_local(self, local_ms: Array) -> Array:
        """The same for what clocks of the zone showed (ms as if it were UTC).

        In the hour that is shown twice in autumn the first counts, in the hour that is skipped in spring the offset
        before it (PEP 495, fold = 0): both mean that a change counts once the later of the two clocks shows it.
        """
        seen = self.at + np.maximum(self.minutes[:-1], self.minutes[1:]) * MINUTE_MS
        found: Array = self.minutes[np.searchsorted(seen, local_ms, side="right")]
        return found


def zone_table(name: str, local_ms: Array) -> ZoneTable:
    """The table of a zone over the years of these times. Raises Invalid for an unknown zone."""
    if zone_of(name) is None:
        raise Invalid(f"There is no time zone “{name[:60]}” here.", field="zone")
    if not len(local_ms):
        return ZoneTable(np.zeros(0, np.int64), np.zeros(1, np.int64))
    first, last = (_decade(int(value)) for value in (local_ms.min(), local_ms.max()))
    return _table(name, first, last)


@functools.lru_cache(maxsize=1024)
def _table(name: str, first_decade: int, last_decade: int) -> ZoneTable:
    """The table of whole decades: many photos share it. A decade takes about a millisecond."""
    zone = ZoneInfo(name)
    first, last = _begin(first_decade) - 2 * DAY_MS, _begin(last_decade + 1) + 2 * DAY_MS
    at, minutes, before = [], [_minutes(zone, first)], first
    for now in (*range(first + STEP_MS, last, STEP_MS), last):
        if _minutes(zone, now) != minutes[-1]:
            at.append(_change(zone, before, now))
            minutes.append(_minutes(zone, now))
        before = now
    return ZoneTable(np.array(at, np.int64), np.array(minutes, np.int64))


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first minute of this step at which the offset is the later one, by halving."""
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


def _decade(local_ms: int) -> int:
    """Decades since 1970 of a time, within the years that are known of."""
    first, last = ((year - 1970) // 10 for year in (_FIRST_YEAR, _LAST_YEAR))
    year = int(np.datetime64(local_ms, "ms").astype("datetime64[Y]").astype(np.int64))      # since 1970
    return max(first, min(last, year // 10))


def _begin(decade: int) -> int:
    return (datetime(1970 + 10 * decade, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
