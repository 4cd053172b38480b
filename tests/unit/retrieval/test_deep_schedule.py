"""The schedule of Deep Search over time zones, nights, single days and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from photoarchive.core.setting_rules import DAYS
from photoarchive.retrieval.deep import Schedule, terms_to_answer

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


def at(zone: str, text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def nightly(zone: str, start: str = "22:00", end: str = "07:00", days: tuple[str, ...] = DAYS) -> Schedule:
    return Schedule(True, days, start, end, zone)


def hours(schedule: Schedule, moment: float) -> float:
    window = schedule.window_at(moment)
    assert window is not None
    return (window.end - window.begin) / 3600


@pytest.mark.parametrize("zone", ZONES)
def test_a_night_is_open_from_start_to_end_and_closed_by_day(zone):
    schedule = nightly(zone)
    for time, is_open in (("21:59", False), ("22:00", True), ("23:59", True)):
        assert (schedule.window_at(at(zone, f"2026-01-14 {time}")) is not None) == is_open
    for time, is_open in (("00:00", True), ("06:59", True), ("07:00", False), ("12:00", False)):
        assert (schedule.window_at(at(zone, f"2026-01-15 {time}")) is not None) == is_open
    assert schedule.next_window(at(zone, "2026-01-15 12:00")).begin == at(zone, "2026-01-15 22:00")


def test_a_window_belongs_to_the_day_it_begins_on():
    schedule = nightly("Europe/Berlin", days=("fri",))
    assert schedule.window_at(at("Europe/Berlin", "2026-01-16 23:00")) is not None       # Friday
    assert schedule.window_at(at("Europe/Berlin", "2026-01-17 06:00")) is not None       # still Friday's night
    assert schedule.window_at(at("Europe/Berlin", "2026-01-16 06:00")) is None           # Thursday's night
    assert schedule.window_at(at("Europe/Berlin", "2026-01-17 23:00")) is None
    following = schedule.next_window(at("Europe/Berlin", "2026-01-17 08:00"))
    assert following.begin == at("Europe/Berlin", "2026-01-23 22:00")


def test_a_window_within_a_day_and_one_of_a_whole_day():
    lunch = nightly("Asia/Kathmandu", "12:15", "13:45")
    assert lunch.window_at(at("Asia/Kathmandu", "2026-06-01 12:15")) is not None
    assert lunch.window_at(datetime(2026, 6, 1, 6, 29, tzinfo=UTC).timestamp()) is None      # 12:14 at +05:45
    assert lunch.window_at(at("Asia/Kathmandu", "2026-06-01 13:45")) is None
    always = nightly("Europe/Berlin", "00:00", "00:00")
    assert hours(always, at("Europe/Berlin", "2026-06-01 00:00")) == 24
    sundays = nightly("Europe/Berlin", "00:00", "00:00", ("sun",))
    assert sundays.window_at(at("Europe/Berlin", "2026-06-08 00:00")) is None                # Monday


@pytest.mark.parametrize(("zone", "spring", "autumn"), [
    ("Europe/Berlin", "2026-03-28", "2026-10-24"), ("America/New_York", "2026-03-07", "2026-10-31"),
])
def test_nights_with_a_change_of_the_clocks_are_an_hour_shorter_or_longer(zone, spring, autumn):
    schedule = nightly(zone)
    assert hours(schedule, at(zone, f"{spring} 23:00")) == 8
    assert hours(schedule, at(zone, f"{autumn} 23:00")) == 10
    assert schedule.window_at(at(zone, f"{autumn} 23:00")).end == at(
        zone, f"{datetime.fromisoformat(autumn) + timedelta(days=1):%Y-%m-%d} 07:00")


def test_a_time_the_clocks_skip_stands_for_the_moment_they_jump():
    schedule = nightly("Europe/Berlin", "02:30", "05:00")
    jump = at("Europe/Berlin", "2026-03-29 03:00")
    window = schedule.window_at(at("Europe/Berlin", "2026-03-29 04:00"))
    assert (window.begin, hours(schedule, jump)) == (jump, 2)
    skipped = nightly("America/New_York", "02:10", "02:50")
    day = at("America/New_York", "2026-03-08 12:00")
    assert skipped.next_window(day - 36 * 3600).begin == at("America/New_York", "2026-03-07 02:10")
    assert skipped.next_window(at("America/New_York", "2026-03-07 03:00")).begin == at("America/New_York",
                                                                                        "2026-03-09 02:10")


def test_a_time_the_clocks_show_twice_opens_once():
    schedule = nightly("America/New_York", "01:15", "01:45")
    assert schedule.window_at(at("America/New_York", "2026-11-01 01:30", fold=0)) is not None
    assert schedule.window_at(at("America/New_York", "2026-11-01 01:30", fold=1)) is None
    assert hours(schedule, at("America/New_York", "2026-11-01 01:30")) == 0.5


def test_the_local_zone_is_the_machines(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    schedule = nightly("local")
    assert schedule.window_at(at("Asia/Kathmandu", "2026-06-01 22:00")) is not None
    assert schedule.window_at(at("Asia/Kathmandu", "2026-06-01 21:59")) is None
    monkeypatch.setenv("TZ", "Nowhere/At-All")
    assert schedule.next_window(0.0) is not None


def test_a_schedule_that_is_off_never_opens():
    schedule = Schedule(False, DAYS, "00:00", "00:00", "UTC")
    assert (schedule.window_at(0.0), schedule.next_window(0.0)) == (None, None)


@limits(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), moment=st.integers(1_767_225_600, 1_798_761_600),
       start=st.integers(0, 1439), end=st.integers(0, 1439), days=st.sets(st.sampled_from(DAYS), min_size=1))
def test_windows_are_in_order_and_the_clock_shows_start_at_each_beginning(zone, moment, start, end, days):
    schedule = nightly(zone, f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}",
                       tuple(day for day in DAYS if day in days))
    following = schedule.next_window(moment)
    assert following is not None and moment < following.begin < moment + 15 * 86400
    assert schedule.window_at(following.begin).begin <= following.begin
    shown = datetime.fromtimestamp(following.begin, ZoneInfo(zone))
    late = shown.hour * 60 + shown.minute - start
    assert 0 <= late <= 60 and DAYS[shown.weekday()] in days
    assert 0 < following.end - following.begin <= 25 * 3600


def test_saved_terms_come_first_and_each_once():
    assert terms_to_answer(["Old  boats", "snow"], ["SNOW", "red door", " "]) == ["Old boats", "snow", "red door"]
    assert len(terms_to_answer([], [str(number) for number in range(1000)], most_used=5)) == 5
