"""Reads the tags and the shape of one open picture or RAW file, touching as little of the disk as its format allows.

JPEG: one read of its beginning. Everything else is mapped, so only the pages with metadata are fetched. A mapping can
fault when the drive goes away; that costs this worker process, never the server.
"""

from __future__ import annotations

import mmap
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Facts, Kind
from photoarchive.imaging.containers import Buffer, boxes, jpeg_header, jxl_picture, simple_size, sound_lengths
from photoarchive.imaging.fields import number
from photoarchive.imaging.heif import creation_seconds, read_items
from photoarchive.imaging.jpeg_extras import complete
from photoarchive.imaging.metadata import MetadataError, read_tags, read_xmp
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.probe import Format
from photoarchive.imaging.sidecars import clean_packet
from photoarchive.imaging.tags import Tags
from photoarchive.imaging.x3f import read_x3f

MOST_MAPPED = 1 << 30           # address space a worker spends on one file; metadata lies at the front of larger ones
MOST_COPIED = 256 << 20
MOST_XMP = 16 << 20
SECONDS_1904_TO_1970 = 2_082_844_800
_WITHOUT_TAGS = frozenset((".gif", ".bmp"))


class Picture(msgspec.Struct, frozen=True):
    """What was read of one picture. orientation: set where the container turns the picture and EXIF does not count."""

    tags: Tags
    orientation: int | None = None


def read_picture(opened: OpenedOriginal, head: bytes, form: Format) -> Picture:
    """The tags of a picture or RAW file, its stored size in them; what cannot be read stays empty.

    head: the first bytes of the file (JPEG_FIRST_READ of them or the whole file).
    """
    if form.extension == ".jpg":
        return Picture(_read_jpeg(opened, head))
    if form.extension in (".heic", ".avif"):
        return _read_heif(opened)
    with mapped(opened) as data:
        if form.extension == ".jxl":
            return _read_jxl(data)
        if form.extension == ".x3f":
            return Picture(*read_x3f(data))
        tags = Tags() if form.extension in _WITHOUT_TAGS else _read_whole(data)
        size = _size(tags, data, form)
    tags.width, tags.height = size if all(size) else _size_by_pillow(opened)
    return Picture(tags)


@contextmanager
def mapped(opened: OpenedOriginal) -> Iterator[Buffer]:
    """The file's content as a buffer; pages come from the disk when they are looked at."""
    length = min(opened.size, MOST_MAPPED)
    try:
        data = mmap.mmap(opened.fd, length, access=mmap.ACCESS_READ)
    except OSError:                         # a file system that cannot map
        yield opened.read_all(MOST_COPIED)
        return
    try:
        yield data
    finally:
        with suppress(BufferError):         # an error on its way may still hold a view; the mapping ends with it
            data.close()


def _read_jpeg(opened: OpenedOriginal, head: bytes) -> Tags:
    data, width, height = jpeg_header(head, opened.read_at)
    try:
        tags = read_tags(data)
    except MetadataError:
        tags = _tags_of_segments(data)
    complete(tags, data)
    tags.width, tags.height = width, height
    return tags


def _tags_of_segments(data: bytes) -> Tags:
    """What EXIF and XMP say when exiv2 refuses the JPEG around them."""
    exif = data.find(b"Exif\0\0", 0, 1 << 20)
    xmp = data.find(b"http://ns.adobe.com/xap/1.0/\0")
    blocks = [data[exif + 6:]] if exif >= 0 else []
    end = data.find(b"</x:xmpmeta>", xmp)
    return _tags_of_blocks(blocks, [data[xmp + 29:end + 12]] if 0 <= xmp < end else [])


def _read_whole(data: Buffer) -> Tags:
    """Through exiv2; a file that is cut off is read up to its last whole part."""
    try:
        return read_tags(data)
    except MetadataError:
        pass
    view = memoryview(data)
    try:
        for length in sound_lengths(data):
            with suppress(MetadataError):
                return read_tags(bytes(view[:length]))
    finally:
        view.release()
    return Tags()


def _read_heif(opened: OpenedOriginal) -> Picture:
    items = read_items(opened.read_at, opened.size)
    if items is None:
        return Picture(Tags())
    tags = _tags_of_blocks([items.exif()], [items.xmp()])
    if not tags.texts:
        seconds = creation_seconds(opened.read_at, opened.size)
        if seconds:
            tags.made_utc = seconds - SECONDS_1904_TO_1970
    picture = items.picture()
    if picture is None:
        tags.width, tags.height = _size_by_pillow(opened)
        return Picture(tags)
    tags.width, tags.height, tags.profile = picture.width, picture.height, picture.profile or tags.profile
    return Picture(tags, picture.orientation)


def _read_jxl(data: Buffer) -> Picture:
    exif, xmp = [], []
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"Exif" and end - start > 12:
            exif.append(bytes(data[start + 4 + int.from_bytes(data[start:start + 4], "big"):end]))
        elif kind == b"xml " and end - start <= MOST_XMP:
            xmp.append(bytes(data[start:end]))
    tags = _tags_of_blocks(exif, xmp)
    header = jxl_picture(data)
    tags.width, tags.height = header[:2] if header else (0, 0)
    return Picture(tags, header[2] if header else None)


def _tags_of_blocks(exif: list[bytes], xmp: list[bytes]) -> Tags:
    """Tags of bare EXIF (a TIFF without a picture) and XMP blocks."""
    tags = Tags()
    for block in filter(None, exif):
        with suppress(MetadataError):
            tags = read_tags(block)
            break
    for packet in filter(None, xmp):
        with suppress(MetadataError, ValueError):
            more = read_xmp(clean_packet(packet))
            tags.xmp.update(more.xmp)
            tags.texts.update(more.texts)
    return tags


# ---------------------------------------------------------------------- size


def _size(tags: Tags, data: Buffer, form: Format) -> tuple[int, int]:
    """Stored width and height; zeros if the format's own header does not tell."""
    if form.kind == Kind.RAW:
        return raw_size(tags)
    if form.extension == ".tif":
        return _main_directory(tags) or (tags.width, tags.height)
    simple = simple_size(bytes(data[:64]), form.extension)
    return simple if all(simple) else (tags.width, tags.height)


def raw_size(tags: Tags) -> tuple[int, int]:
    """The size of a RAW file's finished picture, before it is turned upright.

    A DNG says it (DefaultCropSize), Panasonic gives the borders of the sensor, the others the size of their JPEG.
    """
    crops = [_pair(tags.exif.get(f"{group}.DefaultCropSize")) for group in _groups()]
    largest = max((crop for crop in crops if crop), key=lambda size: size[0] * size[1], default=None)
    main = _main_directory(tags)
    if largest is not None and main is not None and largest[0] <= main[0] and largest[1] <= main[1]:
        return largest
    borders = [number(tags.exif.get(f"Exif.PanasonicRaw.Sensor{side}Border")) for side in
               ("Right", "Left", "Bottom", "Top")]
    if None not in borders:
        right, left, bottom, top = (int(border or 0) for border in borders)
        return right - left, bottom - top
    said = (_whole(tags, "Exif.Photo.PixelXDimension"), _whole(tags, "Exif.Photo.PixelYDimension"))
    return main or (said if all(said) else (tags.width, tags.height))


def _groups() -> list[str]:
    return ["Exif.Image", *(f"Exif.SubImage{n}" for n in range(1, 10))]


def _main_directory(tags: Tags) -> tuple[int, int] | None:
    """The largest picture among a TIFF's directories that are not marked as reduced versions."""
    sizes = []
    for group in _groups():
        size = (_whole(tags, f"{group}.ImageWidth"), _whole(tags, f"{group}.ImageLength"))
        if all(size) and not _whole(tags, f"{group}.NewSubfileType") & 1:
            sizes.append(size)
            if group == "Exif.Image":
                break               # further directories of a TIFF are further pages, not the picture
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _whole(tags: Tags, key: str) -> int:
    return int(number(tags.exif.get(key)) or 0)


def _pair(text: str | None) -> tuple[int, int] | None:
    parts = [number(part) for part in (text or "").split()]
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and parts[0] and parts[1] else None


def _size_by_pillow(opened: OpenedOriginal) -> tuple[int, int]:
    """The last resort: the decoder that will make the preview reads the header."""
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(opened.file()) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return 0, 0


def set_shape(facts: Facts, tags: Tags) -> None:
    """Write stored and displayed size into the facts. Raises Unreadable if there is no size."""
    if tags.width <= 0 or tags.height <= 0:
        raise Unreadable("The file is damaged: not even the size of the picture can be read.")
    facts.stored_width, facts.stored_height = tags.width, tags.height
    swapped = facts.orientation >= 5
    facts.width, facts.height = (tags.height, tags.width) if swapped else (tags.width, tags.height)
