"""Sigma's X3F RAW files, which exiv2 does not read: size and rotation from the header, the rest from the properties
or from the EXIF of the embedded JPEG. The layout is the one Sigma published (X3F file format 2.3).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from photoarchive.imaging.containers import Buffer
from photoarchive.imaging.metadata import MetadataError, read_tags
from photoarchive.imaging.tags import Tags

_ORIENTATIONS = {0: 1, 90: 6, 180: 3, 270: 8}
_MOST_SECTIONS = 64
_MOST_PROPERTIES = 500
# Property → EXIF key and what one unit is divided by.
_NUMBERS = {"ISO": ("Exif.Photo.ISOSpeedRatings", 1), "SHUTTER": ("Exif.Photo.ExposureTime", 1),
            "EXPTIME": ("Exif.Photo.ExposureTime", 1_000_000), "APERTURE": ("Exif.Photo.FNumber", 1),
            "FLENGTH": ("Exif.Photo.FocalLength", 1)}
_TEXTS = {"CAMMANUF": "Exif.Image.Make", "CAMMODEL": "Exif.Image.Model"}


def read_x3f(data: Buffer) -> tuple[Tags, int | None]:
    """The tags of an X3F file and the orientation its header tells; what is damaged stays empty."""
    tags = Tags()
    orientation = None
    with suppress(struct.error, IndexError):
        width, height, rotation = struct.unpack_from("<III", data, 28)
        jpeg, properties = b"", dict[str, str]()
        for kind, start, length in _sections(data):
            content = bytes(data[start:start + length])
            if kind == b"PROP":
                properties = dict(_properties(content))
            elif content[28:32] == b"\xff\xd8\xff\xe1" and not jpeg:
                jpeg = content[28:]
        if jpeg:
            with suppress(MetadataError):
                tags = read_tags(jpeg)
        orientation = None if "Exif.Image.Orientation" in tags.exif else _ORIENTATIONS.get(rotation)
        _apply(tags, properties)
        tags.width, tags.height = width, height
    return tags, orientation


def x3f_preview(data: Buffer, most_bytes: int) -> tuple[bytes, int] | None:
    """The smallest embedded JPEG of up to that many bytes, and the orientation it needs."""
    with suppress(struct.error, IndexError):
        found = [(start, length) for kind, start, length in _sections(data) if kind in (b"IMAG", b"IMA2")
                 and 28 < length <= most_bytes and bytes(data[start + 28:start + 31]) == b"\xff\xd8\xff"]
        if found:
            start, length = min(found, key=lambda one: one[1])
            return bytes(data[start + 28:start + length]), _ORIENTATIONS.get(struct.unpack_from("<I", data, 36)[0], 1)
    return None


def _sections(data: Buffer) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and length of each section, from the directory at the end of the file."""
    (directory,) = struct.unpack_from("<I", data, len(data) - 4)
    if bytes(data[directory:directory + 4]) != b"SECd":
        return
    (count,) = struct.unpack_from("<I", data, directory + 8)
    for n in range(min(count, _MOST_SECTIONS)):
        start, length, kind = struct.unpack_from("<II4s", data, directory + 12 + 12 * n)
        yield kind, start, length


def _properties(section: bytes) -> Iterator[tuple[str, str]]:
    (count,) = struct.unpack_from("<I", section, 8)
    texts = section[24 + 8 * min(count, _MOST_PROPERTIES):]
    for n in range(min(count, _MOST_PROPERTIES)):
        name, value = struct.unpack_from("<II", section, 24 + 8 * n)
        yield _text(texts, name), _text(texts, value)


def _text(texts: bytes, start: int) -> str:
    return texts[2 * start:2 * start + 512].decode("utf-16-le", "replace").split("\0", 1)[0]


def _apply(tags: Tags, properties: dict[str, str]) -> None:
    for name, (key, unit) in _NUMBERS.items():
        if properties.get(name):
            tags.exif.setdefault(key, f"{properties[name]}/{unit}")
    for name, key in _TEXTS.items():
        if properties.get(name):
            tags.exif.setdefault(key, properties[name])
    if properties.get("TIME", "").isdigit():        # seconds of the camera's own clock
        with suppress(OverflowError, OSError, ValueError):
            local = datetime.fromtimestamp(int(properties["TIME"]), UTC)
            tags.exif.setdefault("Exif.Photo.DateTimeOriginal", local.strftime("%Y:%m:%d %H:%M:%S"))
    tags.texts |= {f"X3F.{name}": value for name, value in properties.items() if value}
