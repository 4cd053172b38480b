"""Raw tags of pictures, RAW files and XMP through exiv2. The only module that imports exiv2 (GPL-3), so it can be
replaced; loaded in worker processes only. Gives text and numbers as stored; `fields` turns them into facts.

exiv2 gets bytes or a mapping of the open file, never a path.
"""

from __future__ import annotations

import logging
from typing import Any, Literal

import exiv2
import msgspec

from photoarchive.imaging.containers import Buffer
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.text import readable

log = logging.getLogger(__name__)

MAX_VALUES = 64             # longer arrays are binary to a person: curves, colour tables, maker notes
MAX_TEXT = 4_000            # characters of one value in the dictionary
# EXIF values that `fields` reads as stored; every other tag is only kept as readable text.
STORED_EXIF = frozenset(
    [f"Exif.Image.{tag}" for tag in (
        "Make", "Model", "UniqueCameraModel", "Orientation", "DateTime", "DateTimeOriginal", "ImageDescription",
        "Artist", "Copyright", "Rating", "RatingPercent", "ImageWidth", "ImageLength", "DefaultCropSize",
        "XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject", "FNumber", "ExposureTime", "FocalLength",
        "ISOSpeedRatings", "NewSubfileType")]
    + [f"Exif.Photo.{tag}" for tag in (
        "DateTimeOriginal", "DateTimeDigitized", "SubSecTimeOriginal", "SubSecTimeDigitized", "SubSecTime",
        "OffsetTimeOriginal", "OffsetTimeDigitized", "OffsetTime", "ExposureTime", "ShutterSpeedValue", "FNumber",
        "ApertureValue", "ISOSpeedRatings", "RecommendedExposureIndex", "StandardOutputSensitivity", "ISOSpeed",
        "ExposureProgram", "ExposureBiasValue", "MeteringMode", "WhiteBalance", "Flash", "FocalLength",
        "FocalLengthIn35mmFilm", "LensModel", "LensMake", "LensSpecification", "PixelXDimension", "PixelYDimension",
        "ColorSpace", "MakerNote")]
    + [f"Exif.GPSInfo.GPS{tag}" for tag in (
        "Latitude", "LatitudeRef", "Longitude", "LongitudeRef", "Altitude", "AltitudeRef", "ImgDirection",
        "DateStamp", "TimeStamp", "Status", "MeasureMode")]
    + [f"Exif.SubImage{n}.{tag}" for n in range(1, 10)
       for tag in ("NewSubfileType", "ImageWidth", "ImageLength", "DefaultCropSize")]
    + ["Exif.Iop.InteroperabilityIndex", "Exif.PanasonicRaw.SensorWidth", "Exif.PanasonicRaw.SensorHeight",
       "Exif.PanasonicRaw.SensorTopBorder", "Exif.PanasonicRaw.SensorLeftBorder",
       "Exif.PanasonicRaw.SensorBottomBorder", "Exif.PanasonicRaw.SensorRightBorder", "Exif.Canon.LensModel",
       "Exif.Canon.FocalLength", "Exif.CanonCs.Lens"]
)
_JPEG = b"\xff\xd8"
_JPEG_COMPRESSION, _YCBCR = (6, 7), 6
_APPLE_HEADER = b"Apple iOS\0"
_APPLE_CONTENT_IDENTIFIER = 0x0011
_READABLE_BYTES = frozenset((
    "Exif.Photo.UserComment", "Exif.Image.XPTitle", "Exif.Image.XPComment", "Exif.Image.XPAuthor",
    "Exif.Image.XPKeywords", "Exif.Image.XPSubject", "Exif.GPSInfo.GPSProcessingMethod",
    "Exif.GPSInfo.GPSAreaInformation",
))

_EXIV2_ERRORS = (exiv2.Exiv2Error, OverflowError, ValueError, RuntimeError, MemoryError)

exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)


class MetadataError(Exception):
    """The container cannot be read as the format it claims; the text says why."""


def read_tags(data: Buffer, *, wants_thumbnail: bool = True) -> Tags:
    """All tags of a picture or RAW file. Raises MetadataError if exiv2 cannot make sense of it."""
    try:
        image = exiv2.ImageFactory.open(data)
        image.readMetadata()
        tags = Tags(width=image.pixelWidth(), height=image.pixelHeight())
        exif = image.exifData()
        _read_exif(exif, tags)
        _read_iptc(image.iptcData(), tags)
        _read_xmp(image.xmpData(), tags)
        if image.iccProfileDefined():
            tags.profile = bytes(image.iccProfile().data())
        if wants_thumbnail and not exif.empty():
            tags.thumbnail = _exif_thumbnail(exif)
    except _EXIV2_ERRORS as error:
        raise MetadataError(_sentence(error)) from error
    return tags


def read_xmp(packet: bytes) -> Tags:
    """The tags of an XMP packet, UTF-8, beginning with its <?xpacket or <x:xmpmeta. Raises MetadataError."""
    tags = Tags()
    try:
        image = exiv2.ImageFactory.open(packet)
        image.readMetadata()
        _read_xmp(image.xmpData(), tags)
    except _EXIV2_ERRORS as error:
        raise MetadataError(_sentence(error)) from error
    return tags


class Thumbnail(msgspec.Struct, frozen=True):
    """A JPEG that lies ready inside a file, and the EXIF orientation it needs to be upright."""

    data: bytes
    orientation: int


def read_thumbnail(data: Buffer) -> Thumbnail | None:
    """The EXIF thumbnail alone, without reading the tags. Raises MetadataError."""
    try:
        image = exiv2.ImageFactory.open(data)
        image.readMetadata()
        exif = image.exifData()
        picture = _exif_thumbnail(exif) if not exif.empty() else b""
        return Thumbnail(picture, _orientation(exif)) if picture else None
    except _EXIV2_ERRORS as error:
        raise MetadataError(_sentence(error)) from error


def embedded_preview(data: Buffer, least_side: int, most_bytes: int) -> Thumbnail | None:
    """The smallest embedded JPEG with a long side of at least `least_side`, if it has at most `most_bytes`.

    Raises MetadataError.
    """
    try:
        image = exiv2.ImageFactory.open(data)
        image.readMetadata()
        exif = image.exifData()
        manager = exiv2.PreviewManager(image)
        found = _strip_previews(exif) + [
            _Found(one.width_, one.height_, one.size_, one) for one in manager.getPreviewProperties()
            if one.mimeType_ == "image/jpeg"]
        fitting = [one for one in found if 0 < one.size <= most_bytes and max(one.width, one.height) >= least_side]
        for one in sorted(fitting, key=lambda one: one.width * one.height):
            picture = (bytes(data[one.at:one.at + one.size]) if isinstance(one.at, int)
                       else bytes(manager.getPreviewImage(one.at).data()))
            if picture.startswith(_JPEG):
                return Thumbnail(picture, _orientation(exif))
        return None
    except _EXIV2_ERRORS as error:
        raise MetadataError(_sentence(error)) from error


class _Found(msgspec.Struct, frozen=True):
    """An embedded JPEG that was not read yet. at: its offset in the file, or exiv2's own handle."""

    width: int
    height: int
    size: int
    at: Any


def _strip_previews(exif: Any) -> list[_Found]:
    """JPEG previews that DNG files keep as the one strip of a directory, which the PreviewManager passes over."""
    found = []
    for group in ("Exif.Image", *(f"Exif.SubImage{n}" for n in range(1, 10))):
        if (_integer(exif, f"{group}.Compression") in _JPEG_COMPRESSION
                and _integer(exif, f"{group}.PhotometricInterpretation") == _YCBCR):
            found.append(_Found(*(_integer(exif, f"{group}.{tag}") for tag in
                                  ("ImageWidth", "ImageLength", "StripByteCounts", "StripOffsets"))))
    return found


def _orientation(exif: Any) -> int:
    value = _integer(exif, "Exif.Image.Orientation")
    return value if 1 <= value <= 8 else 1


def _integer(exif: Any, key: str) -> int:
    """The only number of a tag; 0 if there is none or several."""
    found = exif.findKey(exiv2.ExifKey(key))
    return int(found.toInt64()) if found != exif.end() and found.count() == 1 else 0


def _sentence(error: BaseException) -> str:
    return readable(str(error)).strip().rstrip(".") or type(error).__name__


def _read_exif(exif: Any, tags: Tags) -> None:
    texts, stored = tags.texts, tags.exif
    for datum in exif:
        key = datum.key()
        if key in STORED_EXIF and key not in stored:
            if key == "Exif.Photo.MakerNote":
                tags.content_identifier = _apple_content_identifier(datum)
                continue
            stored[key] = readable(datum.toString())
        if datum.count() > MAX_VALUES and (
            datum.typeId() != exiv2.TypeId.asciiString and key not in _READABLE_BYTES
        ):
            continue
        texts[key] = readable(datum.print(exif)[:MAX_TEXT])
    if not exif.empty():
        _read_maker_notes(exif, tags)


def _read_maker_notes(exif: Any, tags: Tags) -> None:
    """Lens and ISO that only the maker note tells; exiv2 knows the cameras' tables."""
    if "Exif.Photo.LensModel" not in tags.exif:
        tags.lens = _easy(exiv2.lensName, exif)
    if "Exif.Photo.ISOSpeedRatings" not in tags.exif or tags.exif["Exif.Photo.ISOSpeedRatings"] in ("0", "65535"):
        tags.iso = _number(_easy(exiv2.isoSpeed, exif))


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else 0.0
    except ValueError:
        return None
    return value if 0 < value < 1e8 else None       # not NaN, not infinite


def _easy(access: Any, exif: Any) -> str | None:
    found = access(exif)
    if found is None or found == exif.end():
        return None
    return str(found.print(exif)).strip() or None


def _apple_content_identifier(datum: Any) -> str | None:
    """The identifier an iPhone gives the photo and the clip of a live photo (maker note tag 0x0011)."""
    if datum.count() < 32 or datum.count() > 1 << 20:
        return None
    note = bytes(datum.value().data())
    if not note.startswith(_APPLE_HEADER):
        return None
    order: Literal["little", "big"] = "little" if note[12:14] == b"II" else "big"
    count = int.from_bytes(note[14:16], order)
    for at in range(16, 16 + 12 * min(count, 200), 12):
        if int.from_bytes(note[at:at + 2], order) != _APPLE_CONTENT_IDENTIFIER:
            continue
        length, start = int.from_bytes(note[at + 4:at + 8], order), int.from_bytes(note[at + 8:at + 12], order)
        return note[start:start + length].split(b"\0")[0].decode("ascii", "replace") or None
    return None


def _read_iptc(iptc: Any, tags: Tags) -> None:
    for datum in iptc:
        if datum.size() > MAX_TEXT:
            continue
        key, text = datum.key(), readable(datum.print())
        tags.iptc.setdefault(key, []).append(readable(datum.toString()))
        tags.texts[key] = f"{tags.texts[key]}; {text}" if key in tags.texts else text


def _read_xmp(xmp: Any, tags: Tags) -> None:
    for datum in xmp:
        key = readable(datum.key())
        value = datum.value()
        stored: str | list[str]
        if isinstance(value, exiv2.LangAltValue):
            stored = text = readable(_default_language(dict(value)))
        elif isinstance(value, exiv2.XmpArrayValue):
            stored = [readable(part) for part in value]
            text = "; ".join(stored)
        else:
            stored = text = readable(datum.toString())
            if text.startswith('type="'):
                continue            # the frame of a structure; its parts follow
        tags.xmp[key] = stored
        tags.texts[key] = text[:MAX_TEXT]


def _default_language(texts: dict[str, str]) -> str:
    return texts.get("x-default") or next((text for text in texts.values() if text), "")


def _exif_thumbnail(exif: Any) -> bytes:
    buffer = exiv2.ExifThumbC(exif).copy()
    data = bytes(buffer.data()) if buffer is not None and not buffer.empty() else b""
    return data if data.startswith(_JPEG) else b""
