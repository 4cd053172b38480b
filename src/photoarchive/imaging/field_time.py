"""When a picture was taken, from its EXIF, XMP, IPTC and GPS tags. Pure."""

from __future__ import annotations

from photoarchive.imaging.dates import DAY_MS, Moment, gps_moment, parse_date, utc_moment, with_gps_offset
from photoarchive.imaging.tags import Tags

# Best first: (date, sub-seconds, offset). The moment of exposure, then of digitising.
_EXIF_CAPTURE = (
    ("Exif.Photo.DateTimeOriginal", "Exif.Photo.SubSecTimeOriginal", "Exif.Photo.OffsetTimeOriginal"),
    ("Exif.Image.DateTimeOriginal", "", ""),
)
_EXIF_DIGITIZED = (
    ("Exif.Photo.DateTimeDigitized", "Exif.Photo.SubSecTimeDigitized", "Exif.Photo.OffsetTimeDigitized"),
)
_EXIF_CHANGED = (("Exif.Image.DateTime", "Exif.Photo.SubSecTime", "Exif.Photo.OffsetTime"),)


def taken_moment(tags: Tags) -> Moment | None:
    """The best date of a picture's tags; an unknown offset is filled from the GPS time stamp where it explains it."""
    gps = gps_time(tags)
    candidates = (
        _exif(tags, _EXIF_CAPTURE),
        _xmp(tags, "Xmp.exif.DateTimeOriginal"),
        _exif(tags, _EXIF_DIGITIZED),
        _xmp(tags, "Xmp.photoshop.DateCreated"),
        _iptc(tags),
        _xmp(tags, "Xmp.exif.DateTimeDigitized", "Xmp.xmp.CreateDate", "Xmp.pdf.CreationDate"),
    )
    moment = _best(candidates)
    if moment is None:
        moment = gps or _exif(tags, _EXIF_CHANGED) or (utc_moment(tags.made_utc) if tags.made_utc else None)
    return with_gps_offset(moment, gps) if moment is not None else None


def _best(candidates: tuple[Moment | None, ...]) -> Moment | None:
    """The first date; a later one of the same day if the first has no time of day and the later one has."""
    dates = [moment for moment in candidates if moment is not None]
    if not dates:
        return None
    first = dates[0]
    if first.local_ms % DAY_MS == 0:
        day = first.local_ms // DAY_MS
        return next((one for one in dates if one.local_ms % DAY_MS and one.local_ms // DAY_MS == day), first)
    return first


def corrected_moment(tags: Tags) -> Moment | None:
    """The capture date an XMP sidecar tells, by the tags that people's corrections are written to."""
    return _xmp(tags, "Xmp.exif.DateTimeOriginal", "Xmp.photoshop.DateCreated", "Xmp.exif.DateTimeDigitized",
                "Xmp.xmp.CreateDate")


def gps_time(tags: Tags) -> Moment | None:
    """The UTC time the GPS receiver wrote."""
    parts = []
    for text in tags.exif.get("Exif.GPSInfo.GPSTimeStamp", "").split()[:3]:
        above, _, below = text.partition("/")
        try:
            parts.append(float(above) / float(below or 1))
        except (ValueError, ZeroDivisionError):
            return None
    if len(parts) != 3:
        return None
    return gps_moment(tags.exif.get("Exif.GPSInfo.GPSDateStamp"), parts[0], parts[1], parts[2])


def _exif(tags: Tags, candidates: tuple[tuple[str, str, str], ...]) -> Moment | None:
    for date, subsec, offset in candidates:
        # Many cameras write one offset for all three dates.
        zone = tags.exif.get(offset) or tags.exif.get("Exif.Photo.OffsetTime")
        moment = parse_date(tags.exif.get(date), tags.exif.get(subsec), zone)
        if moment is not None:
            return moment
    return None


def _xmp(tags: Tags, *keys: str) -> Moment | None:
    for key in keys:
        moment = parse_date(tags.first(key))
        if moment is not None:
            return moment
    return None


def _iptc(tags: Tags) -> Moment | None:
    date = tags.first("Iptc.Application2.DateCreated")
    if date is None:
        return None
    return parse_date(f"{date} {tags.first('Iptc.Application2.TimeCreated') or ''}") or parse_date(date)
