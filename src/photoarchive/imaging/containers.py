"""The outer structure of picture files, as far as metadata needs it: where a JPEG's header ends, the boxes of ISO media
files, the size of PNG, GIF, BMP, PSD and JPEG XL pictures. Reads bytes; knows no tags.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator

JPEG_FIRST_READ = 128 << 10         # holds EXIF, XMP and profile of nearly all JPEGs in one disk request
JPEG_MOST_HEADER = 32 << 20         # segments before the picture beyond this are an attack, not metadata
_SOS, _EOI = 0xDA, 0xD9
_SOF = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_MOST_BOXES = 4096
_MOST_OUTER_BOXES = 1000            # one read each
MOST_INDEX = 64 << 20               # bytes of a moov box that are searched
Buffer = bytes | bytearray | memoryview | mmap.mmap
ReadAt = Callable[[int, int], bytes]        # (offset, count) → bytes, fewer only at the end of the file
Box = tuple[bytes, int, int]                # type, where its content starts and ends


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


def boxes(data: Buffer, start: int, end: int) -> Iterator[Box]:
    """The boxes in a range of bytes. A box that is cut off ends the walk."""
    at = start
    for _ in range(_MOST_BOXES):
        head = _box_head(data, at, end - at)
        if head is None:
            return
        kind, skip, size = head
        if at + size > end:
            return
        yield kind, at + skip, at + size
        at += size


def file_boxes(read_at: ReadAt, size: int) -> Iterator[Box]:
    """The outer boxes of a file of that many bytes, one small read each. The last ends where the file ends, whatever
    it claims; what is no name ends the walk.
    """
    at = 0
    for _ in range(_MOST_OUTER_BOXES):
        read = read_at(at, min(16, size - at)) if size - at >= 8 else b""
        head = _box_head(read, 0, size - at) if len(read) == min(16, size - at) else None
        if head is None or not head[0].isalnum():
            return
        kind, skip, length = head
        yield kind, at + skip, min(at + length, size)
        at += length


def _box_head(data: Buffer, at: int, left: int) -> tuple[bytes, int, int] | None:
    """Type, bytes of the head and of the whole box that begins there, `left` bytes before the end; None: none does."""
    if left < 8:
        return None
    size, kind = struct.unpack_from(">I4s", data, at)
    skip = 8
    if size == 1 and left >= 16:
        (size,), skip = struct.unpack_from(">Q", data, at + 8), 16
    elif size == 0:
        size = left             # it reaches to the end
    return (kind, skip, size) if size >= skip else None


def index_box(read_at: ReadAt, size: int) -> bytes:
    """The content of the moov box of a film of that many bytes, at most MOST_INDEX; empty for other containers."""
    for kind, start, end in file_boxes(read_at, size):
        if kind == b"moov":
            return read_at(start, min(end - start, MOST_INDEX))
    return b""


def is_picture_track(index: Buffer, start: int, end: int) -> bool:
    """Whether the mdia box in this range is one of moving pictures."""
    media = boxes(index, start, end)
    return any(kind == b"hdlr" and index[first + 8:first + 12] == b"vide" for kind, first, _ in media)


def picture_codec(index: Buffer) -> str | None:
    """How the moving picture of a film is coded, four letters, by the content of its moov box; None: it has none."""
    for kind, start, end in boxes(index, 0, len(index)):
        media = _inside(index, b"mdia", start, end) if kind == b"trak" else None
        if media is not None and is_picture_track(index, *media):
            for name in (b"minf", b"stbl", b"stsd"):
                media = None if media is None else _inside(index, name, *media)
            if media is not None and media[1] - media[0] >= 16:
                return bytes(index[media[0] + 12:media[0] + 16]).decode("ascii", "replace").lower()
    return None


def _inside(data: Buffer, name: bytes, start: int, end: int) -> tuple[int, int] | None:
    return next(((first, last) for kind, first, last in boxes(data, start, end) if kind == name), None)


def sound_lengths(data: Buffer) -> list[int]:
    """Where a damaged ISO media file could be cut to make it whole: after its last whole box, after its index."""
    ends = [(kind, end) for kind, _, end in boxes(data, 0, len(data))]
    lengths = [ends[-1][1]] if ends and ends[-1][1] < len(data) else []
    return lengths + [end for kind, end in ends if kind in (b"moov", b"meta")][:1]


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


# ---------------------------------------------------------------------- JPEG XL

_JXL_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


class _Bits:
    """Reads numbers of any bit length, lowest bit first, as JPEG XL writes them."""

    def __init__(self, data: bytes) -> None:
        self._number, self._left = int.from_bytes(data, "little"), len(data) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise IndexError("the header is cut off")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value


def jxl_picture(data: Buffer) -> tuple[int, int, int] | None:
    """Stored width, height and orientation (EXIF 1–8) of a JPEG XL picture (ISO 18181-1, SizeHeader, ImageMetadata)."""
    codestream = bytes(data[:64]) if bytes(data[:2]) == b"\xff\x0a" else b""
    if not codestream:
        for kind, start, end in _leading_boxes(data):
            if kind in (b"jxlc", b"jxlp"):
                first = start + (4 if kind == b"jxlp" else 0)       # a part begins with its number
                codestream = bytes(data[first:min(first + 64, end)])
                break
    try:
        return _jxl_header(_Bits(codestream[2:])) if codestream[:2] == b"\xff\x0a" else None
    except IndexError:
        return None


def _leading_boxes(data: Buffer) -> Iterator[Box]:
    """Like boxes, but the last one may be cut off: a truncated picture still has its header."""
    last = 0
    for kind, start, end in boxes(data, 0, len(data)):
        last = end
        yield kind, start, end
    if last + 8 <= len(data):
        yield bytes(data[last + 4:last + 8]), last + 8, len(data)


def _jxl_header(bits: _Bits) -> tuple[int, int, int]:
    small = bits.take(1)
    height = _jxl_length(bits, small)
    ratio = bits.take(3)
    width = height * _JXL_RATIOS[ratio][0] // _JXL_RATIOS[ratio][1] if ratio else _jxl_length(bits, small)
    all_default = bits.take(1)
    extra_fields = 0 if all_default else bits.take(1)
    return width, height, bits.take(3) + 1 if extra_fields else 1


def _jxl_length(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1
