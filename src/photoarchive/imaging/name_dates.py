"""Dates in file names, as phones, messengers and screenshot tools write them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from photoarchive.imaging.dates import Moment, fraction_ms, utc_moment, wall_ms

_OLDEST_BARE_YEAR = 1990        # eight digits in a row are only believed to be a date of the digital age
_OLDEST_UNIX_MS = 1_000_000_000_000     # 2001-09-09

# 20190102_030405, 2019-01-02 03.04.05, 2019-01-02 at 11.12.13 PM, 2022-02-03-040506, 20210203_040506789
_DATE_AND_TIME = re.compile(
    r"(?<!\d)(?P<year>(?:18|19|20)\d\d)(?P<s>[-_.: ]?)(?P<month>\d\d)(?P=s)(?P<day>\d\d)"
    r"(?:[-_. T]+|\s+at\s+|\s+um\s+|\s+à\s+)?"
    r"(?P<hour>\d\d?)(?P<t>[-_.:h ]?)(?P<minute>\d\d)(?:(?P=t)|m)(?P<second>\d\d)"
    r"(?:[._\-]?(?P<fraction>\d{3})(?!\d))?(?P<half>[ \u202f]?[AP]M)?(?!\d)",
    re.IGNORECASE,
)
_SEPARATED_DATE = re.compile(r"(?<!\d)(?P<year>(?:18|19|20)\d\d)(?P<s>[-_.])(?P<month>\d\d)(?P=s)(?P<day>\d\d)(?!\d)")
_BARE_DATE = re.compile(r"(?<![0-9A-Za-z])(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?![0-9A-Za-z])")
_UNIX_MS = re.compile(r"(?<!\d)1\d{12}(?!\d)")


def date_from_name(name: str) -> Moment | None:
    """The moment a file name tells, or None. Names of Pixel phones (PXL_…) count in UTC, all others in local time."""
    stem = name.rsplit(".", 1)[0]
    next_year = datetime.now(UTC).year + 1
    if match := _DATE_AND_TIME.search(stem):
        return _with_time(match, next_year, in_utc=stem.upper().startswith("PXL_"))
    for pattern, oldest in ((_SEPARATED_DATE, 0), (_BARE_DATE, _OLDEST_BARE_YEAR)):
        match = pattern.search(stem)
        if match is not None and int(match["year"]) >= oldest:
            local = wall_ms((int(match["year"]), int(match["month"]), int(match["day"])), latest=next_year)
            if local is not None:
                return Moment(local)
    return _from_unix_ms(stem)


def _with_time(match: re.Match[str], latest: int, in_utc: bool) -> Moment | None:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].strip().upper() == "PM" else 0)
    date = (int(match["year"]), int(match["month"]), int(match["day"]))
    time = (hour, int(match["minute"]), int(match["second"]))
    local = wall_ms(date, time, fraction_ms(match["fraction"]), latest=latest)
    if local is None:
        return None
    return Moment(local, 0, from_utc=True) if in_utc else Moment(local)


def _from_unix_ms(stem: str) -> Moment | None:
    """FB_IMG_1560001000123: thirteen digits that are a time since 1970 in milliseconds."""
    match = _UNIX_MS.search(stem)
    if match is None:
        return None
    value = int(match[0])
    return utc_moment(value / 1000) if _OLDEST_UNIX_MS <= value <= datetime.now(UTC).timestamp() * 1000 else None
