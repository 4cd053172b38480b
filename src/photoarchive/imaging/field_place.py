"""Where a photo was taken: GPS tags of EXIF and XMP, ISO 6709 of videos → degrees and metres. Pure."""

from __future__ import annotations

import math
import re

from photoarchive.imaging.tags import Tags

Place = tuple[float | None, float | None, float | None, float | None]    # latitude, longitude, altitude, direction

DIGITS = 6                  # 0.1 m: more than any receiver knows
_LOWEST, _HIGHEST = -12_000, 100_000        # metres: the deepest trench, the edge of space
_XMP_DEGREES = re.compile(r"\s*(?P<numbers>[\d.]+(?:,[\d.]+){0,2})\s*(?P<ref>[NSEW])?\s*", re.IGNORECASE)
_ISO_6709 = re.compile(r"(?P<lat>[+\-]\d+(?:\.\d+)?)(?P<lon>[+\-]\d+(?:\.\d+)?)(?P<alt>[+\-]\d+(?:\.\d+)?)?")


def place(tags: Tags) -> Place:
    """Latitude, longitude (6 decimals), altitude (metres), direction (degrees from true north or magnetic north).

    Without a hemisphere letter the numbers count as north and east, as other programs do. (0, 0) is what devices write
    that have no fix; it is believed only when the file also says that the measurement was active.
    """
    lat = _exif_degrees(tags, "Latitude", "S", 90)
    lon = _exif_degrees(tags, "Longitude", "W", 180)
    if lat is None or lon is None:
        lat = xmp_degrees(tags.first("Xmp.exif.GPSLatitude"), 90)
        lon = xmp_degrees(tags.first("Xmp.exif.GPSLongitude"), 180)
    direction = _rational(tags.first("Exif.GPSInfo.GPSImgDirection", "Xmp.exif.GPSImgDirection"))
    heading = round(direction, 2) if direction is not None and 0 <= direction <= 360 else None
    if lat is None or lon is None or (lat == 0 and lon == 0 and not _is_measured(tags)):
        return None, None, None, heading
    return lat, lon, _altitude(tags), heading


def iso6709(text: str | None) -> Place:
    """The location of a video: "+43.7696+011.2558+050/" (degrees with decimals, as phones write it)."""
    match = _ISO_6709.match(text or "")
    if match is None:
        return None, None, None, None
    lat, lon = _within(float(match["lat"]), 90), _within(float(match["lon"]), 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None, None, None
    return lat, lon, round(float(match["alt"]), 2) if match["alt"] else None, None


def xmp_degrees(text: str | None, limit: int) -> float | None:
    """XMP's "47,22.614N" or "47,22,36.8N", and the plain decimal degrees that some tools write."""
    if not text:
        return None
    try:
        return _within(float(text), limit)
    except ValueError:
        pass
    match = _XMP_DEGREES.fullmatch(text)
    if match is None:
        return None
    try:
        parts = [float(part) for part in match["numbers"].split(",")]
    except ValueError:
        return None
    degrees = sum(part / 60**index for index, part in enumerate(parts))
    return _within(-degrees if (match["ref"] or "").upper() in ("S", "W") else degrees, limit)


def _exif_degrees(tags: Tags, name: str, negative: str, limit: int) -> float | None:
    text = tags.exif.get(f"Exif.GPSInfo.GPS{name}")
    if not text:
        return None
    parts = [_rational(part) for part in text.split()[:3]]
    if not parts or parts[0] is None:
        return None
    degrees = sum((part or 0) / 60**index for index, part in enumerate(parts))
    ref = tags.exif.get(f"Exif.GPSInfo.GPS{name}Ref", "").strip(" \0").upper()
    return _within(-degrees if ref.startswith(negative) and degrees > 0 else degrees, limit)


def _within(degrees: float, limit: int) -> float | None:
    return round(degrees, DIGITS) + 0.0 if math.isfinite(degrees) and abs(degrees) <= limit else None


def _is_measured(tags: Tags) -> bool:
    return tags.exif.get("Exif.GPSInfo.GPSStatus", "").startswith("A")


def _altitude(tags: Tags) -> float | None:
    for family in ("Exif.GPSInfo.", "Xmp.exif."):
        value = _rational(tags.first(family + "GPSAltitude"))
        if value is None:
            continue
        if (tags.first(family + "GPSAltitudeRef") or "").strip() == "1" and value > 0:
            value = -value
        return round(value, 2) if _LOWEST <= value <= _HIGHEST else None
    return None


def _rational(text: str | None) -> float | None:
    if not text:
        return None
    above, _, below = text.strip().partition("/")
    try:
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None
