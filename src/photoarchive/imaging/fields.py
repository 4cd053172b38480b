"""Tags → facts: what the camera did and what people wrote, each field from its best tag. Pure.

Time is in `field_time`, place in `field_place`, faces and keywords in `field_people`.
"""

from __future__ import annotations

import math
import struct

from photoarchive.core.facts import Facts
from photoarchive.imaging.field_people import face_regions, keywords
from photoarchive.imaging.field_place import place
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import decode, decode_utf16, readable

PROGRAMS = {1: "Manual", 2: "Program", 3: "Aperture priority", 4: "Shutter priority", 5: "Creative", 6: "Action",
            7: "Portrait", 8: "Landscape", 9: "Bulb"}
METERINGS = {1: "Average", 2: "Centre-weighted", 3: "Spot", 4: "Multi-spot", 5: "Multi-segment", 6: "Partial"}
WHITE_BALANCES = {0: "Auto", 1: "Manual"}
# What cameras write into the caption when nobody wrote anything.
_BOILERPLATE = frozenset((
    "olympus digital camera", "sony dsc", "minolta digital camera", "minolta dsc", "konica minolta digital camera",
    "samsung", "samsung digital camera", "digital camera", "dcim", "default", "exif_jpeg_picture", "kodak digital "
    "still camera", "jpeg", "image", "untitled", "picture", "dig", "<kenoxs1070 / samsung s1070>", "screenshot",
))
_NO_LENS = frozenset(("", "----", "---", "n/a", "none", "unknown", "no lens", "0.0 mm f/0.0", "0mm f/0", "manual lens"))
_NO_LENS_BEGIN = ("(", "unknown lens")
_UNKNOWN_ISO = 65_535       # EXIF's way to say "more than 16 bits hold"
_XP = {"title": "Exif.Image.XPTitle", "caption": "Exif.Image.XPComment", "creator": "Exif.Image.XPAuthor"}


def facts_of(tags: Tags, orientation: int | None = None) -> Facts:
    """All facts but time, shape and the video's own, from one file's tags (or one XMP sidecar's).

    orientation: how the picture is really turned, where that is known better than from these tags.
    """
    facts = Facts(orientation=orientation or _orientation(tags), colour_profile=_profile_name(tags))
    facts.camera_make, facts.camera_model = _camera(tags)
    facts.lens = _lens(tags)
    _read_exposure(tags, facts)
    facts.lat, facts.lon, facts.altitude, facts.direction = place(tags)
    _read_words(tags, facts)
    facts.keywords = keywords(tags)
    facts.faces = face_regions(tags, facts.orientation)
    facts.rating, facts.picked, facts.label = _rating(tags), _picked(tags), _label(tags)
    facts.content_identifier = tags.content_identifier
    return facts


# ---------------------------------------------------------------------- numbers


def number(text: str | None) -> float | None:
    """The first number of a stored value: "28/10" → 2.8, "100 0" → 100; None for "0/0" and words."""
    first = text.split(" ", 1)[0] if text else None
    if not first:
        return None
    try:
        if "/" in first:
            above, below = first.split("/", 1)
            value = float(above) / float(below)
        else:
            value = float(first)
    except (ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


def _positive(tags: Tags, *keys: str, most: float = 1e9) -> float | None:
    """The first of these tags with a number above zero and up to `most`."""
    for key in keys:
        value = number(tags.first(key))
        if value is not None and 0 < value <= most:
            return value
    return None


def _whole(tags: Tags, *keys: str) -> int | None:
    for key in keys:
        value = number(tags.first(key))
        if value is not None:
            return int(value)
    return None


def _read_exposure(tags: Tags, facts: Facts) -> None:
    facts.iso = _iso(tags)
    facts.aperture = _aperture(tags)
    facts.shutter = _shutter(tags)
    facts.focal = _rounded(
        _positive(tags, "Exif.Photo.FocalLength", "Exif.Image.FocalLength", "Xmp.exif.FocalLength", most=20_000)
        or _canon_focal(tags), 2)
    facts.focal35 = _positive(tags, "Exif.Photo.FocalLengthIn35mmFilm", "Xmp.exif.FocalLengthIn35mmFilm", most=20_000)
    facts.exposure_program = PROGRAMS.get(
        _whole(tags, "Exif.Photo.ExposureProgram", "Exif.Image.ExposureProgram", "Xmp.exif.ExposureProgram") or 0)
    facts.metering = METERINGS.get(_whole(tags, "Exif.Photo.MeteringMode", "Xmp.exif.MeteringMode") or 0)
    white = _whole(tags, "Exif.Photo.WhiteBalance", "Xmp.exif.WhiteBalance")
    facts.white_balance = WHITE_BALANCES.get(white) if white is not None else None
    bias = number(tags.first("Exif.Photo.ExposureBiasValue", "Xmp.exif.ExposureBiasValue"))
    facts.exposure_bias = round(bias, 3) if bias is not None and abs(bias) <= 20 else None
    facts.flash = _flash(_whole(tags, "Exif.Photo.Flash"))


def _iso(tags: Tags) -> int | None:
    value = _positive(tags, "Exif.Photo.ISOSpeedRatings", "Exif.Image.ISOSpeedRatings", "Xmp.exif.ISOSpeedRatings")
    if value is None or value == _UNKNOWN_ISO:
        value = _positive(tags, "Exif.Photo.RecommendedExposureIndex", "Exif.Photo.StandardOutputSensitivity",
                          "Exif.Photo.ISOSpeed", "Xmp.exif.PhotographicSensitivity") or tags.iso or value
    return round(value) if value else None


def _aperture(tags: Tags) -> float | None:
    value = _positive(tags, "Exif.Photo.FNumber", "Exif.Image.FNumber", "Xmp.exif.FNumber", most=1000)
    if value is None:
        apex = number(tags.first("Exif.Photo.ApertureValue"))
        value = 2 ** (apex / 2) if apex is not None and 0 < apex <= 20 else None
    return _rounded(value, 2)


def _shutter(tags: Tags) -> float | None:
    value = _positive(tags, "Exif.Photo.ExposureTime", "Exif.Image.ExposureTime", "Xmp.exif.ExposureTime", most=1e6)
    if value is None:
        apex = number(tags.first("Exif.Photo.ShutterSpeedValue"))
        value = 2 ** -apex if apex is not None and apex != 0 and -20 <= apex <= 20 else None
    return value


def _canon_focal(tags: Tags) -> float | None:
    """Canon's own record, in units that its lens record tells: for CRW files, which have no EXIF."""
    record = tags.exif.get("Exif.Canon.FocalLength", "").split()
    lens = tags.exif.get("Exif.CanonCs.Lens", "").split()
    units = number(lens[2]) if len(lens) > 2 else None
    length = number(record[1]) if len(record) > 1 else None
    return length / (units or 1) if length else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _flash(bits: int | None) -> str | None:
    """The flash byte in words (EXIF 2.32, tag 0x9209)."""
    if bits is None:
        return None
    if bits & 0x20:
        return "No flash"
    words = ["Fired" if bits & 1 else "Did not fire"]
    mode = (bits >> 3) & 3
    if mode:
        words.append({1: "forced", 2: "off", 3: "auto"}[mode])
    if bits & 0x40:
        words.append("red-eye reduction")
    return ", ".join(words)


def _orientation(tags: Tags) -> int:
    value = _whole(tags, "Exif.Image.Orientation", "Xmp.tiff.Orientation")
    return value if value is not None and 1 <= value <= 8 else 1


# ---------------------------------------------------------------------- camera and lens


def _camera(tags: Tags) -> tuple[str | None, str | None]:
    make = tidy(tags.first("Exif.Image.Make", "Xmp.tiff.Make"))
    model = tidy(tags.first("Exif.Image.Model", "Xmp.tiff.Model", "Exif.Image.UniqueCameraModel"))
    return make, without_make(make, model)


def without_make(make: str | None, model: str | None) -> str | None:
    """The model without its maker in front: ("NIKON CORPORATION", "NIKON D70") → "D70"."""
    if make is None or model is None:
        return model
    for prefix in (make, make.split(" ", 1)[0]):
        rest = model[len(prefix):]
        if model.lower().startswith(prefix.lower()) and rest[:1] in (" ", "-") and rest.strip(" -"):
            return rest.strip(" -")
    return model


def tidy(text: str | None) -> str | None:
    """One line without padding, or None if nothing is left."""
    return " ".join(readable(text.split("\0", 1)[0]).split()) or None if text else None


def _lens(tags: Tags) -> str | None:
    for name in (tags.first("Exif.Photo.LensModel"), tags.first("Exif.Canon.LensModel"),
                 tags.first("Xmp.aux.Lens", "Xmp.exifEX.LensModel"), tags.lens):
        lens = tidy(name)
        if lens is not None and lens.lower() not in _NO_LENS and not lens.lower().startswith(_NO_LENS_BEGIN):
            return lens.split(" *OR* ")[0]
    return None


# ---------------------------------------------------------------------- words of people


def _read_words(tags: Tags, facts: Facts) -> None:
    facts.title = _text(tags, "Xmp.dc.title", "Iptc.Application2.ObjectName", _XP["title"])
    facts.caption = _text(tags, "Xmp.dc.description", "Iptc.Application2.Caption", "Exif.Image.ImageDescription",
                          "Xmp.exif.UserComment", _XP["caption"])
    if facts.caption is not None and facts.caption.lower() in _BOILERPLATE:
        facts.caption = None
    facts.creator = _text(tags, "Xmp.dc.creator", "Iptc.Application2.Byline", "Exif.Image.Artist", _XP["creator"])
    facts.copyright = _text(tags, "Xmp.dc.rights", "Iptc.Application2.Copyright", "Exif.Image.Copyright")


def _text(tags: Tags, *keys: str) -> str | None:
    for key in keys:
        value = tags.get(key)
        if isinstance(value, list):
            value = ", ".join(part for part in value if part)
        if value and key.startswith("Exif.Image.XP"):
            value = decode_utf16(value)
        value = readable((value or "").rstrip("\0").replace("\0", " ")).strip()
        if value:
            return value
    return None


def _rating(tags: Tags) -> int | None:
    stars = number(tags.first("Xmp.xmp.Rating", "Exif.Image.Rating"))
    if stars is not None and -1 <= stars <= 5:
        return round(stars)
    percent = number(tags.first("Xmp.MicrosoftPhoto.Rating", "Exif.Image.RatingPercent"))
    if percent is None or not 0 < percent <= 100:
        return None
    return 1 + sum(percent > limit for limit in (12, 37, 62, 87))       # Windows: 1, 25, 50, 75, 99


def _picked(tags: Tags) -> bool | None:
    """Lightroom's and digiKam's pick flags."""
    pick = number(tags.first("Xmp.xmpDM.pick"))
    if pick in (1, -1):
        return pick == 1
    return {3: True, 1: False}.get(_whole(tags, "Xmp.digiKam.PickLabel") or 0)


def _label(tags: Tags) -> str | None:
    """The colour label by name; darktable and digiKam number theirs."""
    if label := tidy(tags.first("Xmp.xmp.Label")):
        return label
    darktable = tags.get("Xmp.darktable.colorlabels")
    if isinstance(darktable, list) and darktable:
        return {"0": "Red", "1": "Yellow", "2": "Green", "3": "Blue", "4": "Purple"}.get(darktable[0])
    return {1: "Red", 2: "Orange", 3: "Yellow", 4: "Green", 5: "Blue", 6: "Magenta"}.get(
        _whole(tags, "Xmp.digiKam.ColorLabel") or 0)


# ---------------------------------------------------------------------- colour profile


def _profile_name(tags: Tags) -> str | None:
    if tags.profile:
        return profile_description(tags.profile) or "unnamed profile"
    space = _whole(tags, "Exif.Photo.ColorSpace", "Xmp.exif.ColorSpace")
    if space == 1:
        return "sRGB"
    adobe = (tags.first("Exif.Iop.InteroperabilityIndex") or "").startswith("R03")
    return "Adobe RGB (1998)" if space == 2 or adobe else None


def profile_description(profile: bytes) -> str | None:
    """The name of an ICC profile: its `desc` tag, of type desc (version 2) or mluc (version 4)."""
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        for at in range(132, 132 + 12 * min(count, 100), 12):
            name, start, size = struct.unpack_from(">4sII", profile, at)
            if name == b"desc":
                return _description(profile[start:start + min(size, 4096)])
    except struct.error:
        pass
    return None


def _description(tag: bytes) -> str | None:
    if tag[:4] == b"desc":
        (length,) = struct.unpack_from(">I", tag, 8)
        return tidy(decode(tag[12:12 + length].split(b"\0", 1)[0]))
    if tag[:4] == b"mluc":
        length, start = struct.unpack_from(">II", tag, 20)
        return tidy(tag[start:start + length].decode("utf-16-be", "replace"))
    return None
