"""Dates as files write them: EXIF, XMP, IPTC, QuickTime and file names → wall time, offset. Pure text and numbers.

A moment is wall time in milliseconds plus minutes east of UTC where known. What cannot be a date is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

EARLIEST_YEAR = 1826        # the oldest surviving photograph
LATEST_YEAR = 2100          # a date written into a file is believed so far; one in a name only to next year
QUARTER_HOUR = 15
_EPOCH = datetime(1970, 1, 1)
DAY_MS = 86_400_000
_MINUTE_MS = 60_000
# Offsets that clocks on earth have or had since 1970, minutes; nothing else is inferred from a time difference.
_HALF_HOURS = (-570, -210, -150, 210, 270, 330, 390, 570, 630)
_QUARTERS = (345, 525, 765, 825)
REAL_OFFSETS = frozenset((*range(-720, 841, 60), *_HALF_HOURS, *_QUARTERS))
GPS_TOLERANCE_MS = 3 * _MINUTE_MS       # camera clocks drift; a GPS fix may be a little old

_DATE = re.compile(
    r"\s*(?P<year>\d{4})(?:[:/.\-](?P<month>\d{1,2})(?:[:/.\-](?P<day>\d{1,2})"
    r"(?:[T\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
    r"\s*(?P<zone>Z|[+\-]\d{1,2}(?::?\d{2})?(?::\d{2})?)?)?)?\s*",
    re.ASCII,
)
_OFFSET = re.compile(r"\s*(?:(?P<utc>Z|UTC|GMT)|(?P<sign>[+\-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?::\d{2})?)\s*")


class Moment(msgspec.Struct, frozen=True):
    """One reading of a clock. from_utc: only the instant is known; local_ms is UTC and offset is 0."""

    local_ms: int
    offset: int | None = None
    from_utc: bool = False

    def instant_ms(self) -> int | None:
        """Milliseconds since 1970 UTC, if the offset is known."""
        return None if self.offset is None else self.local_ms - self.offset * _MINUTE_MS

    def at_offset(self, offset: int) -> Moment:
        """The same instant on a clock that is `offset` minutes east of UTC. Needs a known offset."""
        return Moment(self.local_ms + (offset - (self.offset or 0)) * _MINUTE_MS, offset)


def wall_ms(
    date: tuple[int, int, int], time: tuple[int, int, int] = (0, 0, 0), milli: int = 0, *, latest: int = LATEST_YEAR
) -> int | None:
    """A wall time in milliseconds, or None if there is no such time or no photograph can be that old or new."""
    if not EARLIEST_YEAR <= date[0] <= latest:
        return None
    hour, minute, second = time
    try:
        moment = datetime(*date, hour, minute, 59 if second == 60 else second)   # a leap second is no second of ours
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1) + milli


def fraction_ms(digits: str | None) -> int:
    """Sub-seconds as EXIF and XMP write them, the digits after the point: "678" → 678, "5" → 500."""
    digits = (digits or "").strip(" \0")
    return int((digits + "00")[:3]) if digits.isascii() and digits.isdigit() else 0


def parse_offset(text: str | None) -> int | None:
    """Minutes east of UTC: "+09:00" → 540, "Z" → 0, nonsense → None."""
    match = _OFFSET.fullmatch(text.rstrip("\0")) if text else None
    if match is None:
        return None
    if match["utc"]:
        return 0
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    if int(match["minutes"] or 0) > 59 or minutes > 15 * 60:
        return None
    return -minutes if match["sign"] == "-" else minutes


def parse_date(text: str | None, subsec: str | None = None, offset: str | None = None) -> Moment | None:
    """A date in EXIF ("2019:01:02 03:04:05"), XMP/ISO or slashed form, with the separate EXIF sub-seconds and offset.

    A date without a time is midnight, a bare year or month its first day. Raises nothing.
    """
    match = _DATE.fullmatch(text.rstrip("\0")) if text else None
    if match is None:
        return None
    milli = fraction_ms(match["fraction"]) if match["fraction"] else fraction_ms(subsec)
    local = wall_ms(
        (int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)),
        (int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0)), milli,
    )
    if local is None:
        return None
    zone = parse_offset(match["zone"]) if match["zone"] else parse_offset(offset)
    return Moment(local, zone if match["hour"] else None)


def utc_moment(seconds: float) -> Moment | None:
    """An instant of which nothing but the time since 1970 UTC is known (QuickTime, Takeout, GPS)."""
    local = round(seconds * 1000)
    try:
        year = (_EPOCH + timedelta(milliseconds=local)).year
    except OverflowError:
        return None
    return Moment(local, 0, from_utc=True) if EARLIEST_YEAR <= year <= LATEST_YEAR else None


def as_utc(moment: Moment | None) -> Moment | None:
    """A date that its format defines as UTC: the wall clock of the place is unknown."""
    return None if moment is None else Moment(moment.local_ms, 0, from_utc=True)


def gps_moment(date: str | None, hours: float, minutes: float, seconds: float) -> Moment | None:
    """The GPS time stamp of a photo (always UTC) from GPSDateStamp and the three numbers of GPSTimeStamp."""
    day = parse_date(date)
    if day is None or not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61):
        return None
    midnight = day.local_ms // DAY_MS * DAY_MS
    return Moment(midnight + round((hours * 3600 + minutes * 60 + seconds) * 1000), 0, from_utc=True)


def offset_between(wall: Moment, utc: Moment, tolerance_ms: int = GPS_TOLERANCE_MS) -> int | None:
    """The offset that explains why a wall clock and UTC differ, if a real time zone has it."""
    difference = wall.local_ms - utc.local_ms
    step = QUARTER_HOUR * _MINUTE_MS
    offset = round(difference / step) * QUARTER_HOUR
    close = abs(difference - offset * _MINUTE_MS) <= tolerance_ms
    return offset if close and offset in REAL_OFFSETS else None


def with_gps_offset(wall: Moment, gps: Moment | None) -> Moment:
    """Fill an unknown offset from the GPS time stamp of the same photo."""
    if wall.offset is not None or gps is None:
        return wall
    return msgspec.structs.replace(wall, offset=offset_between(wall, gps))


def mtime_moment(mtime_ns: int) -> Moment | None:
    """The file's modification time on this machine's clock: the last resort, shown as estimated."""
    try:
        local = datetime.fromtimestamp(mtime_ns / 1e9, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return None
    offset = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    wall = (local.replace(tzinfo=None) - _EPOCH) // timedelta(milliseconds=1)
    return Moment(wall, offset) if EARLIEST_YEAR <= local.year <= LATEST_YEAR else None
