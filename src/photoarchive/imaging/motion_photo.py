"""Where the clip of a motion photo lies inside its file: Google's MicroVideo and MotionPhoto, Samsung's trailer.

The film follows the picture in the same file. What the tags claim is believed only where a film begins.
"""

from __future__ import annotations

import re
import struct

from photoarchive.core.facts import Clip
from photoarchive.imaging.containers import index_box, picture_codec
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.tags import Tags

FROM_THE_END = ("Xmp.GCamera.MicroVideoOffset", "Xmp.GCamera.MotionPhotoOffset")
MARKS = ("Xmp.GCamera.MicroVideo", "Xmp.GCamera.MotionPhoto", "Xmp.Container.Directory")
_ITEM = re.compile(r"Xmp\.Container\.Directory\[(\d+)\]/Container:Item/Item:(Semantic|Length|Padding)")
_TRAILER = re.compile(rb"SEFH.{4}(.{4})", re.DOTALL)
MOST_TRAILER = 4096             # bytes of Samsung's directory
SAMSUNGS_CLIP = 0x0A30          # the type of its entry in that directory
LEAST_BYTES = 64
_CODECS = {"hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc", "avc1": "h264", "avc3": "h264",
           "av01": "av1", "vp09": "vp9", "mp4v": "mpeg4", "s263": "h263"}
BEGINS = 12                     # bytes that show whether a film begins: the length and the name of its first box


def find_clip(opened: OpenedOriginal, tags: Tags) -> Clip | None:
    """The clip inside a picture; None if it has none, or none is where the tags say. May raise like a read."""
    if any(key.startswith(MARKS) for key in tags.xmp):
        for clip in _claimed(tags, opened.size):
            if is_film(opened, clip):
                return clip
    if "samsung" in (tags.first("Exif.Image.Make") or "").lower():
        last = _samsungs(opened)
        if last is not None and is_film(opened, last):
            return last
    return None


def is_film(opened: OpenedOriginal, clip: Clip) -> bool:
    """Whether a film begins where the clip is said to lie, and the file is long enough for it."""
    if clip.start <= 0 or clip.size < LEAST_BYTES or clip.start + clip.size > opened.size:
        return False
    return opened.read_at(clip.start, BEGINS)[4:8] == b"ftyp"


def clip_codec(opened: OpenedOriginal, clip: Clip) -> str | None:
    """How the clip is coded, by FFmpeg's names ("hevc"); None if it does not say. May raise like a read."""
    film = opened.part(clip.start, clip.size)
    code = picture_codec(index_box(film.read_at, film.size))
    return None if code is None else _CODECS.get(code, code.strip())


def _claimed(tags: Tags, size: int) -> list[Clip]:
    """What Google's tags say: bytes from the end, or a list of what follows the picture, with lengths."""
    found = []
    items: dict[int, dict[str, str]] = {}
    for key, value in tags.xmp.items():
        if (match := _ITEM.fullmatch(key)) and isinstance(value, str):
            items.setdefault(int(match[1]), {})[match[2]] = value
    end = size
    for _, item in sorted(items.items(), reverse=True):
        length, padding = _count(item.get("Length")), _count(item.get("Padding"))
        if item.get("Semantic") == "MotionPhoto":
            found.append(Clip(end - length, length))
            break
        end -= length + padding
    for key in FROM_THE_END:
        length = _count(tags.first(key))
        if length:
            found.append(Clip(size - length, length))
    return found


def _samsungs(opened: OpenedOriginal) -> Clip | None:
    """Samsung's trailer: blocks, a directory of them counted back from itself, its length, "SEFT"."""
    tail = opened.read_at(max(0, opened.size - MOST_TRAILER), MOST_TRAILER)
    if len(tail) < 20 or tail[-4:] != b"SEFT":
        return None
    length = struct.unpack_from("<I", tail, len(tail) - 8)[0]
    begin = len(tail) - 8 - length
    if begin < 0 or not (head := _TRAILER.match(tail, begin)):
        return None
    for place in range(min(int.from_bytes(head[1], "little"), (length - 12) // 12)):
        _, kind, back, size = struct.unpack_from("<HHII", tail, begin + 12 + 12 * place)
        if kind == SAMSUNGS_CLIP:
            block = opened.size - 8 - length - back
            name = int.from_bytes(opened.read_at(block + 4, 4), "little") if block > 0 else 0
            return Clip(block + 8 + name, size - 8 - name)
    return None


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 12 else 0
