"""The small picture inside a HEIC file, decoded alone: its few kilobytes are wrapped into a file of their own.

Owns the item tables of HEIF (iinf, iloc, iref) as far as one thumbnail needs them (ISO 23008-12, ISO 14496-12 §8.11).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from photoarchive.imaging.containers import associations, boxes, primary_item
from photoarchive.imaging.originals import OpenedOriginal

MOST_META = 4 << 20
MOST_THUMBNAIL = 512 << 10
_TURNING = (b"irot", b"imir")
_DESCRIBING = frozenset((b"hvcC", b"ispe", b"colr", b"pixi"))


@dataclass(frozen=True, slots=True)
class _Extent:
    offset: int
    length: int


def heif_thumbnail(opened: OpenedOriginal, head: bytes) -> bytes | None:
    """The embedded thumbnail of a HEIC file as an upright JPEG, or None if it has none. head: its first bytes."""
    meta = _meta(opened, head)
    if meta is None:
        return None
    try:
        wrapped = _wrapped(opened, meta)
    except (struct.error, IndexError):
        return None
    return _jpeg(wrapped) if wrapped is not None else None


def _meta(opened: OpenedOriginal, head: bytes) -> bytes | None:
    """The content of the meta box after its version."""
    at = 0
    for _ in range(16):
        if at + 8 > len(head):
            return None
        size, kind = struct.unpack_from(">I4s", head, at)
        if kind == b"meta":
            data = opened.read_at(at + 12, size - 12) if 12 < size <= MOST_META else b""
            return data if len(data) == size - 12 else None
        if size < 8:
            return None
        at += size
    return None


def _wrapped(opened: OpenedOriginal, meta: bytes) -> bytes | None:
    parts = {kind: (start, end) for kind, start, end in boxes(meta, 0, len(meta))}
    if not {b"pitm", b"iref", b"iloc", b"iprp"} <= parts.keys():
        return None
    primary = primary_item(meta, parts[b"pitm"][0])
    thumbnail = _thumbnail_of(meta, parts[b"iref"], primary)
    extent = _extent(meta, parts[b"iloc"], thumbnail) if thumbnail is not None else None
    if thumbnail is None or extent is None or not 0 < extent.length <= MOST_THUMBNAIL:
        return None
    properties: list[tuple[bytes, bytes]] = []
    linked: dict[int, list[int]] = {}
    for kind, start, end in boxes(meta, *parts[b"iprp"]):
        if kind == b"ipco":
            properties = [(name, bytes(meta[first:last])) for name, first, last in boxes(meta, start, end)]
        elif kind == b"ipma":
            linked |= associations(meta, start, end)
    own = _properties(properties, linked.get(thumbnail, ()))
    if not any(name == b"hvcC" for name, _ in own):
        return None
    chosen = [one for one in own if one[0] in _DESCRIBING]
    turning = [one for one in own if one[0] in _TURNING] or [
        one for one in _properties(properties, linked.get(primary, ())) if one[0] in _TURNING]
    return _file([*chosen, *turning], opened.read_at(extent.offset, extent.length))


def _properties(properties: list[tuple[bytes, bytes]], numbers: list[int] | tuple[()]) -> list[tuple[bytes, bytes]]:
    return [properties[number - 1] for number in numbers if 0 < number <= len(properties)]


def _thumbnail_of(meta: bytes, iref: tuple[int, int], primary: int) -> int | None:
    """The item that is a thumbnail (`thmb`) of the primary item."""
    form = ">I" if meta[iref[0]] else ">H"
    step = struct.calcsize(form)
    for kind, start, end in boxes(meta, iref[0] + 4, iref[1]):
        if kind != b"thmb":
            continue
        (item,) = struct.unpack_from(form, meta, start)
        (count,) = struct.unpack_from(">H", meta, start + step)
        first = start + step + 2
        targets = [struct.unpack_from(form, meta, first + step * n)[0] for n in range(count) if first + step * n < end]
        if primary in targets:
            return int(item)
    return None


def _extent(meta: bytes, iloc: tuple[int, int], wanted: int) -> _Extent | None:
    """Where an item's bytes lie in the file, if they lie in one piece."""
    at, end = iloc
    version = meta[at]
    sizes = meta[at + 4] >> 4, meta[at + 4] & 15, meta[at + 5] >> 4, (meta[at + 5] & 15) if version else 0
    offset_size, length_size, base_size, index_size = sizes
    wide = version == 2
    count = int.from_bytes(meta[at + 6:at + (10 if wide else 8)], "big")
    at += 10 if wide else 8
    for _ in range(min(count, 65_536)):
        item = int.from_bytes(meta[at:at + (4 if wide else 2)], "big")
        at += 4 if wide else 2
        method = meta[at + 1] & 15 if version else 0
        at += 4 if version else 2
        base = int.from_bytes(meta[at:at + base_size], "big")
        extents = int.from_bytes(meta[at + base_size:at + base_size + 2], "big")
        at += base_size + 2
        if item == wanted:
            if extents != 1 or method != 0:
                return None
            at += index_size
            offset = int.from_bytes(meta[at:at + offset_size], "big")
            length = int.from_bytes(meta[at + offset_size:at + offset_size + length_size], "big")
            return _Extent(base + offset, length)
        at += extents * (index_size + offset_size + length_size)
        if at >= end:
            break
    return None


# ---------------------------------------------------------------------- a file with one picture


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _file(properties: list[tuple[bytes, bytes]], data: bytes) -> bytes:
    """A HEIC file whose only item (number 1) has these properties and this data."""
    linked = bytes(number | (0x80 if name in (b"hvcC", *_TURNING) else 0)     # 0x80: a reader must understand it
                   for number, (name, _) in enumerate(properties, 1))
    ftyp = _box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(offset: int) -> bytes:
        return _box(
            b"meta", bytes(4),
            _box(b"hdlr", bytes(8), b"pict", bytes(13)),
            _box(b"pitm", bytes(4), b"\0\1"),
            _box(b"iloc", bytes(4), b"\x44\0\0\1\0\1\0\0\0\1", struct.pack(">II", offset, len(data))),
            _box(b"iinf", bytes(4), b"\0\1", _box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")),
            _box(b"iprp", _box(b"ipco", *(_box(name, content) for name, content in properties)),
                 _box(b"ipma", bytes(4), b"\0\0\0\1\0\1", bytes([len(linked)]), linked)),
        )

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + _box(b"mdat", data)


def _jpeg(heic: bytes) -> bytes | None:
    import pi_heif

    try:
        picture = pi_heif.open_heif(io.BytesIO(heic)).to_pillow()       # upright already
    except (ValueError, OSError, RuntimeError, EOFError, SyntaxError):
        return None
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
