"""When Deep Search may work, and which terms it answers. Pure: takes the time, the settings and the texts as they are.

The schedule is a window of wall-clock time on chosen days, in a time zone. A window that ends at or before its
beginning ends on the next day; it belongs to the day it begins on. Where the clocks change, a time they skip stands for
the moment they jump (a window wholly within the skipped hour falls away), and of a time they show twice the first one
counts: no window opens twice.
"""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

import msgspec

from photoarchive.core.setting_rules import DAYS
from photoarchive.core.settings import Settings

LOCAL_TIME = Path("/etc/localtime")
DAYS_AHEAD = 8              # every chosen day of the week comes within these
USED_TERMS = 300            # used searches that are answered besides the saved ones


class Window(msgspec.Struct, frozen=True):
    """A span of time, in seconds since 1970: begin ≤ t < end."""

    begin: float
    end: float


class Schedule(msgspec.Struct, frozen=True):
    """When the schedule lets Deep Search work."""

    enabled: bool
    days: tuple[str, ...]       # mon … sun: the days on which windows begin
    start: str                  # HH:MM
    end: str
    zone: str                   # "local" or an IANA name

    @classmethod
    def of(cls, settings: Settings) -> Schedule:
        """The schedule the settings describe."""
        return cls(settings.deep_search_schedule_enabled, tuple(settings.deep_search_schedule_days),
                   settings.deep_search_schedule_start, settings.deep_search_schedule_end,
                   settings.deep_search_schedule_timezone)

    def window_at(self, at: float) -> Window | None:
        """The window that is open at this time; None: closed."""
        return next((window for window in self._windows(at) if window.begin <= at < window.end), None)

    def next_window(self, at: float) -> Window | None:
        """The first window that begins after this time; None: there is none."""
        return next((window for window in self._windows(at) if window.begin > at), None)

    def _windows(self, at: float) -> list[Window]:
        """The windows around a time, from the day before on, in order."""
        if not self.enabled:
            return []
        zone = zone_named(self.zone)
        today = datetime.fromtimestamp(at, zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(-1, DAYS_AHEAD))
        windows = [self._window(day, zone) for day in days if DAYS[day.weekday()] in self.days]
        return [window for window in windows if window.begin < window.end]

    def _window(self, day: date, zone: tzinfo) -> Window:
        start, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        last = day if start < end else day + timedelta(days=1)
        return Window(_instant(datetime.combine(day, start), zone), _instant(datetime.combine(last, end), zone))


def zone_named(name: str) -> tzinfo:
    """The time zone of a setting: "local" is the machine's."""
    if name != "local":
        return zoneinfo.ZoneInfo(name)
    named = os.environ.get("TZ", "").lstrip(":")
    try:
        if named:
            return zoneinfo.ZoneInfo(named)
        with LOCAL_TIME.open("rb") as file:
            return zoneinfo.ZoneInfo.from_file(file, "local")
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return datetime.now().astimezone().tzinfo or UTC


def _instant(wall: datetime, zone: tzinfo) -> float:
    """When a clock in this zone first shows a time, or passes over it."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (1, 0))
    if early >= late:
        return late             # an ordinary time (both are equal), or one that comes twice: fold 0 is the first
    return _jump(early, late, wall, zone)


def _jump(low: float, high: float, wall: datetime, zone: tzinfo) -> float:
    """The moment the clocks jump over a time: the first second at which they show a later one."""
    before, after = int(low) - 1, int(high)
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return float(after)


def fold_term(text: str) -> str:
    """A term as it is saved: white space folded."""
    return " ".join(text.split())


def terms_to_answer(saved: Iterable[str], used: Sequence[str], most_used: int = USED_TERMS) -> list[str]:
    """Saved terms first, then used ones, each once whatever its letter case."""
    chosen: dict[str, str] = {}
    for text in (*saved, *used[:most_used]):
        folded = fold_term(text)
        if folded:
            chosen.setdefault(folded.casefold(), folded)
    return list(chosen.values())
