"""What the clocks of a time zone showed. Pure; the zones come from the system or the package tzdata."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1)        # local wall time has no zone, that is the point


@functools.lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a name such as "Europe/Oslo"; None when this system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def offset_minutes(name: str, local_ms: int) -> int | None:
    """Minutes east of UTC that a clock in the zone was set to when it showed this local time (ms as if it were UTC).

    In the hour that is shown twice in autumn the first counts, in the hour that is skipped in spring the time before
    it. None for unknown zones and for years that no calendar has.
    """
    zone = zone_of(name)
    if zone is None:
        return None
    try:
        offset = (EPOCH + timedelta(milliseconds=local_ms)).replace(tzinfo=zone).utcoffset()
    except OverflowError:
        return None
    return None if offset is None else round(offset.total_seconds() / 60)
