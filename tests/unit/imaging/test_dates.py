"""Dates as EXIF, XMP, GPS and file names write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.imaging.dates import (
    REAL_OFFSETS,
    Moment,
    gps_moment,
    mtime_moment,
    offset_between,
    parse_date,
    parse_offset,
    utc_moment,
    with_gps_offset,
)
from photoarchive.imaging.name_dates import date_from_name

EPOCH = dt.datetime(1970, 1, 1)
WALLS = st.datetimes(dt.datetime(1826, 1, 1), dt.datetime(2100, 12, 31, 23, 59, 59))
OFFSETS = st.integers(-14 * 60, 14 * 60)


def ms(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - EPOCH) // dt.timedelta(milliseconds=1)


@given(WALLS, st.none() | OFFSETS)
def test_what_exif_writes_is_read_back(wall: dt.datetime, offset: int | None):
    sign = "-" if (offset or 0) < 0 else "+"
    zone = None if offset is None else f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    milli = wall.microsecond // 1000
    moment = parse_date(wall.strftime("%Y:%m:%d %H:%M:%S"), f"{milli:03}", zone)
    assert moment == Moment((wall.replace(microsecond=0) - EPOCH) // dt.timedelta(milliseconds=1) + milli, offset)


@given(WALLS, OFFSETS)
def test_iso_dates_of_xmp_are_read_back(wall: dt.datetime, offset: int):
    aware = wall.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(minutes=offset)))
    moment = parse_date(aware.isoformat())
    assert moment is not None
    assert moment.offset == offset
    assert moment.instant_ms() == round(aware.timestamp() * 1000)


@given(st.text(max_size=40), st.text(max_size=6) | st.none(), st.text(max_size=8) | st.none())
def test_no_text_can_break_the_reading_of_dates(text: str, subsec: str | None, offset: str | None):
    moment = parse_date(text, subsec, offset)
    assert moment is None or ms("1826-01-01") <= moment.local_ms < ms("2101-01-01")


@pytest.mark.parametrize(("text", "wall", "offset"), [
    ("2015/06/07 08:09:10", "2015-06-07T08:09:10", None),
    ("2015-06-07T08:09:10", "2015-06-07T08:09:10", None),
    ("2007-06-05 04:03:02+02:00", "2007-06-05T04:03:02", 120),
    ("2019-07-14T12:00Z", "2019-07-14T12:00:00", 0),
    ("2019:01:02 03:04:05\0", "2019-01-02T03:04:05", None),
    ("2021-08-09T12:11:12-0330", "2021-08-09T12:11:12", -210),
    ("1931:04:05 00:00:00", "1931-04-05T00:00:00", None),
    ("2016:02:29 23:59:60", "2016-02-29T23:59:59", None),
    ("2019", "2019-01-01T00:00:00", None),
    ("2019-07", "2019-07-01T00:00:00", None),
])
def test_the_forms_that_programs_write(text: str, wall: str, offset: int | None):
    assert parse_date(text) == Moment(ms(wall), offset)


@pytest.mark.parametrize("text", [
    "0000:00:00 00:00:00", "    :  :     :  :  ", "", None, "2019:13:01 00:00:00", "2019:02:30 10:00:00",
    "2019:01:01 25:00:00", "garbage", "1825:12:31 00:00:00", "2101:01:01 00:00:00", "-2019:01:01 00:00:00",
])
def test_absurd_dates_are_no_dates(text: str | None):
    assert parse_date(text) is None


@pytest.mark.parametrize(("text", "minutes"), [
    ("+09:00", 540), ("-03:30", -210), ("Z", 0), ("+5", 300), ("0530", None), ("+99:00", None), ("+05:75", None),
    ("", None), ("   :  ", None),
])
def test_offsets(text: str, minutes: int | None):
    assert parse_offset(text) == minutes


@given(WALLS, st.sampled_from(sorted(REAL_OFFSETS)), st.integers(-170_000, 170_000))
def test_a_gps_time_tells_the_offset_of_a_clock_that_drifts(wall: dt.datetime, offset: int, drift_ms: int):
    local = (wall - EPOCH) // dt.timedelta(milliseconds=1)
    gps = Moment(local - offset * 60_000 + drift_ms, 0, from_utc=True)
    assert with_gps_offset(Moment(local), gps).offset == offset


def test_a_stale_gps_time_tells_nothing():
    gps = Moment(0, 0, from_utc=True)
    assert with_gps_offset(Moment(7 * 60_000), gps).offset is None          # seven minutes are no time zone
    assert with_gps_offset(Moment(40 * 3_600_000), gps).offset is None      # neither are 40 hours
    assert with_gps_offset(Moment(0, 60), gps).offset == 60                 # what the file says stays
    assert offset_between(Moment(15 * 60_000), gps) is None                 # no place is at UTC+00:15


def test_a_gps_stamp_of_nonsense_is_none():
    assert gps_moment("2016:03:04", 5, 6, 7) == Moment(ms("2016-03-04T05:06:07"), 0, from_utc=True)
    assert gps_moment("2016:03:04", 25, 0, 0) is None
    assert gps_moment(None, 5, 6, 7) is None


def test_instants_outside_of_photography_are_none():
    assert utc_moment(-2_082_844_800) is not None          # 1904
    assert utc_moment(1e18) is None and utc_moment(-1e12) is None
    assert mtime_moment(2**62) is None


@pytest.mark.parametrize(("name", "wall"), [
    ("IMG_20180304_050607.jpg", "2018-03-04T05:06:07"),
    ("IMG_20180304_050607123_BURST001.jpg", "2018-03-04T05:06:07.123"),
    ("Screenshot 2020-09-10 at 11.12.13.jpg", "2020-09-10T11:12:13"),
    ("Screen Shot 2020-09-10 at 1.12.13 PM.png", "2020-09-10T13:12:13"),
    ("Screenshot_20190102-030405_Chrome.png", "2019-01-02T03:04:05"),
    ("WhatsApp Image 2017-08-09 at 10.11.12.jpg", "2017-08-09T10:11:12"),
    ("IMG-20160708-WA0009.jpg", "2016-07-08T00:00:00"),
    ("signal-2022-02-03-040506.jpg", "2022-02-03T04:05:06"),
    ("signal-2022-02-03-04-05-06-789.jpg", "2022-02-03T04:05:06.789"),
    ("2019-01-02 03.04.05.jpg", "2019-01-02T03:04:05"),
    ("DJI_20230405060708_0001_D.JPG", "2023-04-05T06:07:08"),
    ("MVIMG_20210102_030405.jpg", "2021-01-02T03:04:05"),
    ("scan 1931-04-05.tif", "1931-04-05T00:00:00"),
])
def test_dates_in_file_names(name: str, wall: str):
    assert date_from_name(name) == Moment(ms(wall))


def test_pixel_phones_and_unix_times_count_in_utc():
    assert date_from_name("PXL_20210203_040506789.jpg") == Moment(ms("2021-02-03T04:05:06.789"), 0, from_utc=True)
    assert date_from_name("FB_IMG_1560001000123.jpg") == Moment(1_560_001_000_123, 0, from_utc=True)


@pytest.mark.parametrize("name", ["20131415_999999.jpg", "12345678.jpg", "DSC_0001.jpg", "IMG_20181340_101010.jpg",
                                  "invoice 44123-20.jpg", "2999-01-01 10.00.00.jpg", "", ".jpg"])
def test_other_numbers_are_no_dates(name: str):
    assert date_from_name(name) is None


@given(st.text(max_size=60))
def test_no_name_can_break_the_search_for_dates(name: str):
    date_from_name(name)
