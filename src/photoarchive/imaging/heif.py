"""The boxes of HEIF files (HEIC, AVIF): the main picture's size and rotation, where EXIF and XMP lie, the thumbnail.

Reads the tables of items (ISO 23008-12, ISO 14496-12 §8.11) from the front of the file; decodes nothing.
"""

from __future__ import annotations

import struct

import msgspec

from photoarchive.imaging.containers import ReadAt, boxes, file_boxes

MOST_META = 8 << 20
MOST_ITEM = 16 << 20
_MOST_ITEMS = 65_536
# Rotation in quarter turns anticlockwise, then mirror axis, as the EXIF orientation with the same effect.
_TURNS = {0: 1, 1: 8, 2: 3, 3: 6}
_MIRRORED = {(0, 0): 4, (0, 1): 2, (1, 0): 5, (1, 1): 7, (2, 0): 2, (2, 1): 4, (3, 0): 7, (3, 1): 5}

Property = tuple[bytes, bytes]      # type and content


class HeifPicture(msgspec.Struct, frozen=True):
    """The main picture. orientation: EXIF 1–8, made of its rotation and mirror properties."""

    width: int
    height: int
    orientation: int
    profile: bytes


class HeifItems(msgspec.Struct):
    """The item tables of one file. Damaged tables are simply shorter."""

    read_at: ReadAt
    primary: int = 0
    types: dict[int, bytes] = msgspec.field(default_factory=dict)               # b"Exif", b"mime", b"hvc1" …
    content_types: dict[int, bytes] = msgspec.field(default_factory=dict)       # of mime items
    extents: dict[int, list[tuple[int, int]]] = msgspec.field(default_factory=dict)    # (offset, length) in the file
    thumbnails: dict[int, list[int]] = msgspec.field(default_factory=dict)      # thumbnail → pictures it stands for
    linked: dict[int, list[int]] = msgspec.field(default_factory=dict)          # item → numbers of its properties
    all_properties: list[Property] = msgspec.field(default_factory=list)

    def properties(self, item: int) -> list[Property]:
        """The properties of an item in the order they apply."""
        known = len(self.all_properties)
        return [self.all_properties[number - 1] for number in self.linked.get(item, ()) if 0 < number <= known]

    def data(self, item: int) -> bytes:
        """The bytes of an item; empty if they are not there or too many."""
        extents = self.extents.get(item, [])
        if not 0 < sum(length for _, length in extents) <= MOST_ITEM:
            return b""
        return b"".join(self.read_at(offset, length) for offset, length in extents)

    def exif(self) -> bytes:
        """The EXIF block as a bare TIFF; empty without one."""
        item = next((item for item, kind in self.types.items() if kind == b"Exif"), None)
        block = self.data(item) if item is not None else b""
        start = 4 + int.from_bytes(block[:4], "big")            # the item begins with the way to its TIFF header
        return block[start:] if block[start:start + 2] in (b"II", b"MM") else b""

    def xmp(self) -> bytes:
        """The XMP packet; empty without one."""
        item = next((item for item, kind in self.content_types.items() if b"rdf+xml" in kind), None)
        return self.data(item) if item is not None else b""

    def picture(self) -> HeifPicture | None:
        """Stored size, rotation and profile of the primary item."""
        width = height = turns = 0
        mirror: int | None = None
        profile = b""
        for kind, content in self.properties(self.primary):
            if kind == b"ispe" and len(content) >= 12:
                width, height = struct.unpack_from(">II", content, 4)
            elif kind == b"irot" and content:
                turns = content[0] & 3
            elif kind == b"imir" and content:
                mirror = content[0] & 1
            elif kind == b"colr" and content[:4] in (b"prof", b"rICC"):
                profile = content[4:]
        if not width or not height:
            return None
        return HeifPicture(width, height, _TURNS[turns] if mirror is None else _MIRRORED[turns, mirror], profile)


def read_items(read_at: ReadAt, size: int) -> HeifItems | None:
    """The item tables of a HEIF file of that many bytes, or None if it has none."""
    meta = _meta(read_at, size)
    if meta is None:
        return None
    items = HeifItems(read_at)
    readers = {b"pitm": _read_primary, b"iinf": _read_types, b"iloc": _read_extents, b"iref": _read_references,
               b"iprp": _read_properties}
    for kind, start, end in boxes(meta, 0, len(meta)):
        if kind in readers:
            try:
                readers[kind](items, meta[start:end])
            except (struct.error, IndexError):
                continue            # the rest of this table is lost, the others may be whole
    return items


def creation_seconds(read_at: ReadAt, size: int) -> int | None:
    """Seconds since 1904 UTC at which an image sequence says it was made (its movie header)."""
    for kind, start, end in file_boxes(read_at, size):
        if kind == b"moov":
            head = read_at(start, min(end - start, 64))
            for name, first, _ in boxes(head + bytes(256), 0, len(head) + 256):
                if name == b"mvhd":
                    wide = head[first] == 1
                    return int.from_bytes(head[first + 4:first + (12 if wide else 8)], "big")
                break
    return None


def _meta(read_at: ReadAt, size: int) -> bytes | None:
    """The content of the meta box after its version."""
    for kind, start, end in file_boxes(read_at, size):
        if kind == b"meta":
            return read_at(start + 4, end - start - 4) if 4 < end - start <= MOST_META else None
    return None


def _read_primary(items: HeifItems, box: bytes) -> None:
    items.primary = int.from_bytes(box[4:8 if box[0] else 6], "big")


def _read_types(items: HeifItems, box: bytes) -> None:
    for kind, start, end in boxes(box, 8 if box[0] else 6, len(box)):
        if kind != b"infe" or box[start] < 2:
            continue
        wide = box[start] > 2
        at = start + (8 if wide else 6)
        item = int.from_bytes(box[start + 4:at], "big")
        items.types[item] = box[at + 2:at + 6]
        if items.types[item] == b"mime":
            items.content_types[item] = box[at + 6:end].split(b"\0")[1] if b"\0" in box[at + 6:end] else b""


def _read_extents(items: HeifItems, box: bytes) -> None:
    version = box[0]
    offset_size, length_size, base_size = box[4] >> 4, box[4] & 15, box[5] >> 4
    index_size = box[5] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    count = int.from_bytes(box[6:6 + id_size], "big")
    at = 6 + id_size
    for _ in range(min(count, _MOST_ITEMS)):
        item = int.from_bytes(box[at:at + id_size], "big")
        at += id_size
        in_file = not version or box[at + 1] & 15 == 0      # else the data lie in this box, as derived pictures' do
        at += 4 if version else 2
        base = int.from_bytes(box[at:at + base_size], "big")
        extents = int.from_bytes(box[at + base_size:at + base_size + 2], "big")
        at += base_size + 2
        found = []
        for _ in range(extents):
            at += index_size
            offset = int.from_bytes(box[at:at + offset_size], "big")
            length = int.from_bytes(box[at + offset_size:at + offset_size + length_size], "big")
            at += offset_size + length_size
            found.append((base + offset, length))
        if at > len(box):
            break
        if in_file:
            items.extents[item] = found


def _read_references(items: HeifItems, box: bytes) -> None:
    form = ">I" if box[0] else ">H"
    step = struct.calcsize(form)
    for kind, start, _ in boxes(box, 4, len(box)):
        if kind == b"thmb":
            (item,) = struct.unpack_from(form, box, start)
            (count,) = struct.unpack_from(">H", box, start + step)
            first = start + step + 2
            items.thumbnails[item] = [struct.unpack_from(form, box, first + step * n)[0] for n in range(count)]


def _read_properties(items: HeifItems, box: bytes) -> None:
    for kind, start, end in boxes(box, 0, len(box)):
        if kind == b"ipco":
            items.all_properties = [(name, box[first:last]) for name, first, last in boxes(box, start, end)]
        elif kind == b"ipma":
            _read_links(items, box[start:end])


def _read_links(items: HeifItems, box: bytes) -> None:
    version, wide = box[0], box[3] & 1
    (count,) = struct.unpack_from(">I", box, 4)
    at, id_size, entry_size = 8, (4 if version else 2), (2 if wide else 1)
    mask = 0x7FFF if wide else 0x7F         # the highest bit: a reader must understand this property
    for _ in range(min(count, _MOST_ITEMS)):
        item, n = int.from_bytes(box[at:at + id_size], "big"), box[at + id_size]
        at += id_size + 1
        items.linked[item] = [
            int.from_bytes(box[at + i * entry_size:at + (i + 1) * entry_size], "big") & mask for i in range(n)]
        at += n * entry_size
