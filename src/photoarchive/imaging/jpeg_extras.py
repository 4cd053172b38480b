"""What a JPEG says outside EXIF: extended XMP, Canon's CIFF of the 1990s, thermal cameras' FLIR segments, APP12 text.

Each is turned into the EXIF keys that the fields are read from, and only where EXIF itself is silent.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from photoarchive.imaging.metadata import MetadataError, read_tags, read_xmp
from photoarchive.imaging.sidecars import clean_packet
from photoarchive.imaging.tags import Tags

_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MOST_EXTENDED = 16 << 20
_PICTURE_INFO = re.compile(rb"(?P<name>TimeDate|Shutter|Fnumber)\s*=\s*F?(?P<value>[\d.]+)", re.IGNORECASE)
_FLIR_CAMERA_INFO = 0x20
_DATE = "Exif.Photo.DateTimeOriginal"


def complete(tags: Tags, header: bytes) -> None:
    """Add to the tags what other segments of the JPEG's header say."""
    if "Xmp.xmpNote.HasExtendedXMP" in tags.xmp:
        _read_extended_xmp(tags, header)
    make = tags.exif.get("Exif.Image.Make", "")
    if not make:
        _read_ciff(tags, header)
        _read_app12(tags, header)
    elif make.startswith("FLIR"):
        _read_flir(tags, header)


def segments(header: bytes, number: int) -> Iterator[bytes]:
    """The contents of the APPn segments of that number."""
    at = 2
    while at + 4 <= len(header) and header[at] == 0xFF:
        length = int.from_bytes(header[at + 2:at + 4], "big")
        if header[at + 1] == 0xE0 + number:
            yield header[at + 4:at + 2 + length]
        at += 2 + max(length, 2)


def _read_extended_xmp(tags: Tags, header: bytes) -> None:
    """The part of a large XMP block that did not fit into one segment (XMP specification, part 3, §1.1.3.1)."""
    wanted = (tags.first("Xmp.xmpNote.HasExtendedXMP") or "").encode()
    start = len(_EXTENDED_XMP)
    packet = bytearray()
    for content in segments(header, 1):
        if not content.startswith(_EXTENDED_XMP) or content[start:start + 32] != wanted:
            continue
        whole, offset = struct.unpack_from(">II", content, start + 32)
        if whole > _MOST_EXTENDED or offset > whole:
            return
        packet = packet or bytearray(whole)
        part = content[start + 40:]
        packet[offset:offset + len(part)] = part
    with suppress(MetadataError, ValueError):
        more = read_xmp(clean_packet(bytes(packet)))
        tags.xmp = more.xmp | tags.xmp
        tags.texts = more.texts | tags.texts


def _read_ciff(tags: Tags, header: bytes) -> None:
    """The first PowerShots put a Canon RAW directory into the JPEG: read as the RAW file it is."""
    for content in segments(header, 0):
        if content[6:14] == b"HEAPJPGM":
            with suppress(MetadataError):
                found = read_tags(content[:6] + b"HEAPCCDR" + content[14:], wants_thumbnail=False)
                tags.exif = found.exif | tags.exif
                tags.texts = found.texts | tags.texts
            return


def _read_app12(tags: Tags, header: bytes) -> None:
    """"Picture info" lines of early Olympus, Agfa and Polaroid cameras; the shutter is in microseconds."""
    for content in segments(header, 12):
        found = {match["name"].lower(): float(match["value"]) for match in _PICTURE_INFO.finditer(content)
                 if match["value"].count(b".") < 2}
        if seconds := found.get(b"timedate"):
            with suppress(OverflowError, OSError, ValueError):
                tags.exif.setdefault(_DATE, datetime.fromtimestamp(seconds, UTC).strftime("%Y:%m:%d %H:%M:%S"))
        if shutter := found.get(b"shutter"):
            tags.exif.setdefault("Exif.Photo.ExposureTime", f"{shutter}/1000000")
        if stop := found.get(b"fnumber"):
            tags.exif.setdefault("Exif.Photo.FNumber", f"{stop}/1")


def _read_flir(tags: Tags, header: bytes) -> None:
    """Lens and time zone of thermal cameras, from the camera record of their FFF block (as ExifTool documents it)."""
    block = b"".join(content[8:] for content in segments(header, 1) if content.startswith(b"FLIR\0"))
    with suppress(struct.error, ValueError, OverflowError):
        order = ">" if struct.unpack_from(">I", block, 0x14)[0] < 200 else "<"
        index, count = struct.unpack_from(order + "II", block, 0x18)
        for entry in range(min(count, 100)):
            at = index + 0x20 * entry
            if struct.unpack_from(order + "H", block, at)[0] != _FLIR_CAMERA_INFO:
                continue
            start, _ = struct.unpack_from(order + "II", block, at + 12)
            _read_flir_camera(tags, block[start:])
            return


def _read_flir_camera(tags: Tags, record: bytes) -> None:
    order = "<" if record[0] == 2 else ">"
    lens = record[0x170:0x190].split(b"\0")[0].decode("ascii", "replace").strip()
    if lens:
        tags.exif.setdefault("Exif.Photo.LensModel", lens)
    seconds, milli, zone = struct.unpack_from(order + "IIh", record, 0x384)
    local = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=-zone)))
    if seconds and local.strftime("%Y:%m:%d %H:%M") == tags.exif.get(_DATE, "")[:16]:
        tags.exif.setdefault("Exif.Photo.OffsetTimeOriginal", local.strftime("%z"))
        tags.exif.setdefault("Exif.Photo.SubSecTimeOriginal", f"{milli & 0xFFFF:03}")
