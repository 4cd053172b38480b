"""The small picture inside a HEIC file, decoded alone: its few kilobytes are wrapped into a file of their own."""

from __future__ import annotations

import io
import struct

from photoarchive.imaging.heif import Property, read_items
from photoarchive.imaging.originals import OpenedOriginal

MOST_THUMBNAIL = 512 << 10
_TURNING = (b"irot", b"imir")
_DESCRIBING = frozenset((b"hvcC", b"ispe", b"colr", b"pixi"))


def heif_thumbnail(opened: OpenedOriginal) -> bytes | None:
    """The embedded thumbnail of a HEIC file as an upright JPEG, or None if it has none."""
    items = read_items(opened.read_at, opened.size)
    if items is None:
        return None
    thumbnail = next((item for item, pictures in items.thumbnails.items() if items.primary in pictures), None)
    if thumbnail is None:
        return None
    own = items.properties(thumbnail)
    if not any(kind == b"hvcC" for kind, _ in own):
        return None                 # AVIF: nothing here decodes AV1 alone
    turning = [one for one in own if one[0] in _TURNING] or [
        one for one in items.properties(items.primary) if one[0] in _TURNING]
    data = items.data(thumbnail)
    if not 0 < len(data) <= MOST_THUMBNAIL:
        return None
    return _jpeg(_file([*(one for one in own if one[0] in _DESCRIBING), *turning], data))


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _file(properties: list[Property], data: bytes) -> bytes:
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
