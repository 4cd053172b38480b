"""Tags → facts: units, best sources, and which file's word counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoarchive.core.facts import Facts, Origin
from photoarchive.imaging.dates import Moment
from photoarchive.imaging.field_place import iso6709, place, xmp_degrees
from photoarchive.imaging.field_time import taken_moment
from photoarchive.imaging.fields import facts_of, number, profile_description, without_make
from photoarchive.imaging.merge import Source, merge
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import decode_utf16, readable

HOUR = 3_600_000


def tags(**exif: str) -> Tags:
    """EXIF tags by short name: Photo_FNumber="28/10"."""
    return Tags(exif={f"Exif.{name.replace('_', '.', 1)}": value for name, value in exif.items()})


@pytest.mark.parametrize(("make", "model", "shown"), [
    ("Canon", "Canon EOS 350D", "EOS 350D"), ("NIKON CORPORATION", "NIKON D70", "D70"),
    ("Apple", "iPhone 12", "iPhone 12"),
    ("OLYMPUS IMAGING CORP.", "E-M5", "E-M5"), ("Canon", "Canon", "Canon"), ("FLIR Systems", "FLIR_i7", "FLIR_i7"),
    ("LEICA CAMERA AG", "LEICA Q (Typ 116)", "Q (Typ 116)"), (None, "X100", "X100"), ("Sony", None, None),
    ("hp", "HP PhotoSmart 618", "PhotoSmart 618"), ("Can", "Canon", "Canon"),
])
def test_the_make_is_not_repeated_in_the_model(make: str | None, model: str | None, shown: str | None):
    assert without_make(make, model) == shown


def test_exposure_in_units_of_people():
    facts = facts_of(tags(
        Photo_ExposureTime="1/250", Photo_FNumber="28/10", Photo_ISOSpeedRatings="400", Photo_FocalLength="500/10",
        Photo_FocalLengthIn35mmFilm="75", Photo_ExposureBiasValue="-1/3", Photo_ExposureProgram="3",
        Photo_MeteringMode="5", Photo_WhiteBalance="1", Photo_Flash="25"))
    assert (facts.shutter, facts.aperture, facts.iso, facts.focal, facts.focal35) == (0.004, 2.8, 400, 50, 75)
    assert facts.exposure_bias == -0.333
    assert (facts.exposure_program, facts.metering) == ("Aperture priority", "Multi-segment")
    assert facts.white_balance == "Manual"
    assert facts.flash == "Fired, auto"


def test_apex_values_stand_in_for_missing_ones():
    facts = facts_of(tags(Photo_ShutterSpeedValue="8/1", Photo_ApertureValue="3/1"))
    assert facts.shutter == pytest.approx(1 / 256) and facts.aperture == 2.83


def test_a_high_iso_beyond_16_bits_comes_from_its_second_tag():
    assert facts_of(tags(Photo_ISOSpeedRatings="65535", Photo_RecommendedExposureIndex="102400")).iso == 102_400
    assert facts_of(tags(Photo_ISOSpeedRatings="100 0")).iso == 100
    assert facts_of(Tags(iso=250.0)).iso == 250


@pytest.mark.parametrize(("bits", "words"), [
    ("0", "Did not fire"), ("1", "Fired"), ("16", "Did not fire, off"), ("24", "Did not fire, auto"),
    ("32", "No flash"), ("73", "Fired, forced, red-eye reduction"), ("", None),
])
def test_flash_in_words(bits: str, words: str | None):
    assert facts_of(tags(Photo_Flash=bits)).flash == words


@pytest.mark.parametrize(("text", "value"), [
    ("28/10", 2.8), ("0/0", None), ("1/0", None), ("100 0", 100), ("F2", None), ("", None), (None, None), ("nan", None),
    ("1e999", None), ("-1/3", -1 / 3),
])
def test_numbers(text: str | None, value: float | None):
    assert number(text) == value


@pytest.mark.parametrize("lens", ["----", "0.0 mm f/0.0", "Unknown Lens (7)", "(65535)", "  \0", "Manual lens"])
def test_a_lens_that_is_none(lens: str):
    assert facts_of(tags(Photo_LensModel=lens)).lens is None


def test_captions_that_cameras_write_by_themselves_are_none():
    assert facts_of(tags(Image_ImageDescription="OLYMPUS DIGITAL CAMERA         ")).caption is None
    assert facts_of(tags(Image_ImageDescription="SONY DSC")).caption is None
    assert facts_of(tags(Image_ImageDescription="On the beach")).caption == "On the beach"


def test_orientation_is_one_of_eight():
    values = ("6", "0", "9", "x", "")
    assert [facts_of(tags(Image_Orientation=value)).orientation for value in values] == [6, 1, 1, 1, 1]


def test_ratings_of_windows_are_percent():
    for percent, stars in (("1", 1), ("25", 2), ("50", 3), ("75", 4), ("99", 5)):
        assert facts_of(tags(Image_RatingPercent=percent)).rating == stars
    assert facts_of(Tags(xmp={"Xmp.xmp.Rating": "3.0"})).rating == 3
    assert facts_of(Tags(xmp={"Xmp.xmp.Rating": "7"})).rating is None


def test_wrong_charsets_are_mended():
    assert readable("Z\udcfcrich") == "Zürich"
    assert readable("plain\0 text\x07") == "plain text"
    assert decode_utf16("90 0 252 0 114 0 0 0") == "Zür"
    assert decode_utf16("nonsense") == ""


@given(st.text(max_size=50))
def test_readable_text_can_always_be_stored(text: str):
    readable(text).encode("utf-8")
    readable(text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")).encode("utf-8")


def test_icc_names_of_both_versions():
    version2 = bytes(128) + (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + (30).to_bytes(4, "big") \
        + b"desc\0\0\0\0" + (11).to_bytes(4, "big") + b"Display P3\0\0\0\0"
    assert profile_description(version2) == "Display P3"
    text = "Adobe RGB".encode("utf-16-be")
    version4 = bytes(128) + (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + (60).to_bytes(4, "big") \
        + b"mluc" + bytes(4) + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"enUS" \
        + len(text).to_bytes(4, "big") + (28).to_bytes(4, "big") + text
    assert profile_description(version4) == "Adobe RGB"
    assert profile_description(b"short") is None


# ---------------------------------------------------------------------- place


def gps(lat: str, lon: str, lat_ref: str = "N", lon_ref: str = "E", **more: str) -> Tags:
    return tags(GPSInfo_GPSLatitude=lat, GPSInfo_GPSLongitude=lon, GPSInfo_GPSLatitudeRef=lat_ref,
                GPSInfo_GPSLongitudeRef=lon_ref, **more)


def test_degrees_minutes_seconds_with_six_decimals():
    found = place(gps("33/1 52/1 768/25", "151/1 12/1 3348/100", "S", "E", GPSInfo_GPSAltitude="430/1",
                      GPSInfo_GPSAltitudeRef="1", GPSInfo_GPSImgDirection="12345/100"))
    assert found == (-33.875200, 151.209300, -430, 123.45)


def test_null_island_is_no_place_unless_the_receiver_had_a_fix():
    zero = ("0/1 0/1 0/1", "0/1 0/1 0/1")
    assert place(gps(*zero))[:2] == (None, None)
    assert place(gps(*zero, GPSInfo_GPSStatus="A"))[:2] == (0, 0)


@pytest.mark.parametrize("lat", ["0/0 0/0 0/0", "91/1 0/1 0/1", "", "x"])
def test_impossible_coordinates_are_no_place(lat: str):
    assert place(gps(lat, "10/1 0/1 0/1"))[:2] == (None, None)


def test_places_of_xmp_and_videos():
    assert xmp_degrees("47,22.614N", 90) == 47.3769
    assert xmp_degrees("8,32,30.12W", 180) == -8.5417
    assert xmp_degrees("-12.5", 90) == -12.5
    assert xmp_degrees("1.2.3N", 90) is None and xmp_degrees("200,0E", 180) is None
    assert iso6709("+43.7696+011.2558+50.000/") == (43.7696, 11.2558, 50, None)
    assert iso6709("-33.8688+151.2093/")[:2] == (-33.8688, 151.2093)
    assert iso6709("+00.0000+000.0000/")[0] is None and iso6709("nowhere")[0] is None


# ---------------------------------------------------------------------- time


def test_the_moment_of_exposure_is_the_original_date_not_a_later_one():
    moment = taken_moment(tags(
        Photo_DateTimeOriginal="2010:01:01 10:00:00", Photo_DateTimeDigitized="2013:01:01 10:00:00",
        Image_DateTime="2020:01:01 10:00:00", Photo_SubSecTimeOriginal="25"))
    assert moment == Moment(1_262_340_000_250, None)


def test_gps_time_fills_the_offset():
    moment = taken_moment(tags(Photo_DateTimeOriginal="2019:07:14 12:00:00", GPSInfo_GPSDateStamp="2019:07:14",
                               GPSInfo_GPSTimeStamp="10/1 0/1 30/1"))
    assert moment is not None and moment.offset == 120


def test_a_date_without_a_time_takes_it_from_another_tag_of_that_day():
    found = taken_moment(Tags(xmp={"Xmp.photoshop.DateCreated": "2006-10-29"}, iptc={
        "Iptc.Application2.DateCreated": ["2006-10-29"], "Iptc.Application2.TimeCreated": ["06:27:51-05:00"]}))
    assert found is not None and (found.local_ms % 86_400_000, found.offset) == (23_271_000, -300)


# ---------------------------------------------------------------------- precedence


def merged(embedded: Facts, sidecar: Facts | None = None, takeout: Facts | None = None) -> Facts:
    return merge(Source(embedded, None), [Source(sidecar, None)] if sidecar else [],
                 [Source(takeout, None)] if takeout else [], None, None)


def test_cameras_are_believed_before_sidecars_but_people_are_not():
    facts = merged(Facts(iso=100, title="embedded", keywords=("a",), rating=1),
                   Facts(iso=999, lens="50mm", title="sidecar", keywords=("b",), rating=5),
                   Facts(title="Takeout", caption="Takeout", iso=1))
    assert (facts.iso, facts.lens) == (100, "50mm")
    assert (facts.title, facts.keywords, facts.rating, facts.caption) == ("sidecar", ("b",), 5, "Takeout")


def test_a_corrected_place_wins_whole():
    facts = merged(Facts(lat=1.0, lon=2.0, altitude=3.0), Facts(lat=5.0, lon=6.0))
    assert (facts.lat, facts.lon, facts.altitude) == (5, 6, None)


def taken(embedded=None, sidecar=None, takeout=None, name=None, mtime=None, duration=0.0):
    facts = merge(Source(Facts(duration=duration), embedded), [Source(Facts(), sidecar)], [Source(Facts(), takeout)],
                  name, mtime)
    return facts.taken and (facts.taken.local_ms, facts.taken.offset, facts.taken.origin)


def test_the_order_of_dates():
    file, card, google, name, mtime = (Moment(n * 1_000_000, None) for n in range(1, 6))
    assert taken(file, None, google, name, mtime) == (1_000_000, None, Origin.EMBEDDED)
    assert taken(None, card, google, name, mtime) == (2_000_000, None, Origin.SIDECAR)
    assert taken(None, None, google, name, mtime) == (3_000_000, None, Origin.TAKEOUT)
    assert taken(None, None, None, name, mtime) == (4_000_000, None, Origin.FILE_NAME)
    assert taken(None, None, None, None, mtime) == (5_000_000, None, Origin.MTIME)
    assert taken() is None


def test_a_sidecar_that_repeats_the_time_only_adds_its_offset():
    assert taken(Moment(10 * HOUR + 250), Moment(10 * HOUR, 120)) == (10 * HOUR + 250, 120, Origin.EMBEDDED)
    assert taken(Moment(10 * HOUR, 120), Moment(8 * HOUR, 0)) == (10 * HOUR, 120, Origin.EMBEDDED)   # the same instant
    assert taken(Moment(10 * HOUR), Moment(8 * HOUR, 0)) == (10 * HOUR, 120, Origin.EMBEDDED)        # written in UTC


def test_a_sidecar_with_another_time_is_a_correction():
    assert taken(Moment(10 * HOUR), Moment(11 * HOUR)) == (11 * HOUR, None, Origin.SIDECAR)


def test_a_video_in_utc_gets_the_local_clock_of_its_name():
    utc, local = Moment(10 * HOUR, 0, from_utc=True), Moment(12 * HOUR - 40_000)
    assert taken(utc, name=local) == (12 * HOUR, 120, Origin.EMBEDDED)
    assert taken(utc, name=Moment(12 * HOUR - 600_000), duration=600) == (12 * HOUR, 120, Origin.EMBEDDED)
    assert taken(utc, name=Moment(10 * HOUR + 7 * 60_000)) == (10 * HOUR, 0, Origin.EMBEDDED)
