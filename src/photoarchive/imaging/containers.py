"""The outer structure of picture files, as far as metadata needs it: where a JPEG's header ends, the boxes of
HEIF and CR3 files, the size of PNG, GIF, BMP and JPEG XL pictures. Reads bytes; knows no tags.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from photoarchive.imaging.metadata import Buffer

JPEG_FIRST_READ = 128 << 10         # holds EXIF, XMP and profile of nearly all JPEGs in one disk request
JPEG_MOST_HEADER = 32 << 20         # segments before the picture beyond this are an attack, not metadata
_SOS, _EOI = 0xDA, 0xD9
_SOF = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_MOST_BOXES = 4096
# HEIF rotation in quarter turns anticlockwise, then mirror axis, as the EXIF orientation with the same effect.
_TURNS = {0: 1, 1: 8, 2: 3, 3: 6}
_MIRRORED = {(0, 0): 4, (0, 1): 2, (1, 0): 5, (1, 1): 7, (2, 0): 2, (2, 1): 4, (3, 0): 7, (3, 1): 5}


ReadAt = Callable[[int, int], bytes]        # (offset, count) → bytes, fewer only at the end of the file


# ---------------------------------------------------------------------- JPEG


def jpeg_header(first: bytes, read_at: ReadAt) -> tuple[bytes, int, int]:
    """All of a JPEG before its picture data, width and height (0 if no frame was found). first: its beginning."""
    data = bytearray(first)
    width = height = 0
    at = 2
    while at + 4 <= JPEG_MOST_HEADER:
        if at + 9 > len(data) and not _read_more(data, at + 9, read_at):
            break
        if data[at] != 0xFF:
            at += 1                         # stray bytes between segments: look for the next marker
            continue
        marker = data[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (_SOS, _EOI):
            return bytes(data[:at + 2]) + b"\xff\xd9", width, height
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, at + 5)
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return bytes(data[:at]), width, height


def _read_more(data: bytearray, needed: int, read_at: ReadAt) -> bool:
    more = read_at(len(data), max(needed - len(data), JPEG_FIRST_READ))
    data += more
    return len(data) >= needed


# ---------------------------------------------------------------------- boxes of ISO media files


def boxes(data: Buffer, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the content of each box in a range. A box that is cut off ends the walk."""
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield kind, at + head, at + size
        at += size


def sound_lengths(data: Buffer) -> list[int]:
    """Where a damaged ISO media file could be cut to make it whole: after its last whole box, after its index."""
    ends = [(kind, end) for kind, _, end in boxes(data, 0, len(data))]
    lengths = [ends[-1][1]] if ends and ends[-1][1] < len(data) else []
    return lengths + [end for kind, end in ends if kind in (b"moov", b"meta")][:1]


@dataclass(frozen=True, slots=True)
class HeifPicture:
    """The main picture of a HEIF or AVIF file. orientation: EXIF 1–8, made of its rotation and mirror properties."""

    width: int
    height: int
    orientation: int
    profile: bytes


def heif_picture(data: Buffer) -> HeifPicture | None:
    """Stored size, rotation and profile of the primary item, or None if the boxes do not tell."""
    try:
        return _primary_picture(data)
    except (struct.error, IndexError):
        return None


def _primary_picture(data: Buffer) -> HeifPicture | None:
    meta = next(((start, end) for kind, start, end in boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return None
    parts = {kind: (start, end) for kind, start, end in boxes(data, meta[0] + 4, meta[1])}
    if b"pitm" not in parts or b"iprp" not in parts:
        return None
    primary = primary_item(data, parts[b"pitm"][0])
    properties: list[tuple[bytes, int, int]] = []
    wanted: list[int] = []
    for kind, first, last in boxes(data, *parts[b"iprp"]):
        if kind == b"ipco":
            properties = list(boxes(data, first, last))
        elif kind == b"ipma":
            wanted += associations(data, first, last).get(primary, [])
    return _described(data, [properties[index - 1] for index in wanted if 0 < index <= len(properties)])


def primary_item(data: Buffer, start: int) -> int:
    """The number of the main picture, from the content of the pitm box."""
    return int.from_bytes(data[start + 4:start + (8 if data[start] > 0 else 6)], "big")


def associations(data: Buffer, start: int, end: int) -> dict[int, list[int]]:
    """Item id → numbers of its properties (ISO 23008-12 §9.3.1), in the order they apply."""
    version, flags = data[start], data[start + 3]
    (count,) = struct.unpack_from(">I", data, start + 4)
    at, found = start + 8, dict[int, list[int]]()
    id_size, entry_size = (4 if version else 2), (2 if flags & 1 else 1)
    for _ in range(min(count, 65_536)):
        if at + id_size + 1 > end:
            break
        item = int.from_bytes(data[at:at + id_size], "big")
        n = data[at + id_size]
        at += id_size + 1
        mask = 0x7FFF if entry_size == 2 else 0x7F
        found[item] = [int.from_bytes(data[at + i * entry_size:at + (i + 1) * entry_size], "big") & mask
                       for i in range(n)]
        at += n * entry_size
    return found


def _described(data: Buffer, properties: list[tuple[bytes, int, int]]) -> HeifPicture | None:
    width = height = turns = 0
    mirror: int | None = None
    profile = b""
    for kind, start, end in properties:
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, start + 4)
        elif kind == b"irot":
            turns = data[start] & 3
        elif kind == b"imir":
            mirror = data[start] & 1
        elif kind == b"colr" and bytes(data[start:start + 4]) in (b"prof", b"rICC"):
            profile = bytes(data[start + 4:end])
    if not width or not height:
        return None
    orientation = _TURNS[turns] if mirror is None else _MIRRORED[turns, mirror]
    return HeifPicture(width, height, orientation, profile)


# ---------------------------------------------------------------------- sizes of simple formats


def simple_size(head: bytes, extension: str) -> tuple[int, int]:
    """Width and height of a PNG, GIF, BMP or PSD picture from its first bytes; (0, 0) if they are not there."""
    try:
        if extension == ".png":
            return struct.unpack_from(">II", head, 16) if head[12:16] == b"IHDR" else (0, 0)
        if extension == ".gif":
            return struct.unpack_from("<HH", head, 6)
        if extension == ".psd":
            height, width = struct.unpack_from(">II", head, 14)
            return width, height
        if extension == ".bmp":
            if head[14] == 12:
                return struct.unpack_from("<HH", head, 18)
            width, height = struct.unpack_from("<ii", head, 18)
            return abs(width), abs(height)
    except (struct.error, IndexError):
        pass
    return 0, 0
