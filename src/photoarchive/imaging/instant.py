"""Instant pictures: the small picture that a camera put into the file, shown until the preview is made.

A JPEG that a browser shows upright. Never a decode of the whole picture.
"""

from __future__ import annotations

import io
import struct

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.imaging.containers import JPEG_FIRST_READ, jpeg_header
from photoarchive.imaging.heif_thumbnail import heif_thumbnail
from photoarchive.imaging.metadata import MetadataError, Thumbnail, embedded_preview, read_thumbnail
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.pictures import mapped
from photoarchive.imaging.probe import probe

LEAST_SIDE = 160            # a grid tile of the smallest size; smaller pictures are icons
MOST_BYTES = 200 << 10
MOST_EMBEDDED = 4 << 20     # a larger preview is shrunk if nothing smaller is there
SHRUNK_SIDE = 640
ASPECT_TOLERANCE = 0.04     # thumbnails are rounded to whole blocks
_BAR_BRIGHTNESS = 24        # letter-box bars are black, give or take JPEG noise


def instant_picture(original: Original, kind: int) -> bytes | None:
    """A JPEG to show at once, or None if the file holds none that is true. Raises Unreadable, NotFound, Unavailable."""
    if kind == Kind.VIDEO:
        return None
    with open_original(original) as opened:
        head = opened.read_at(0, JPEG_FIRST_READ)
        form = probe(head, original.relpath)
        if form is None or form.kind == Kind.VIDEO:
            return None
        try:
            if form.extension == ".jpg":
                return _of_jpeg(opened, head)
            if form.extension in (".heic", ".avif"):
                return heif_thumbnail(opened)
            return _of_raw(opened) if form.kind == Kind.RAW or form.extension == ".tif" else None
        except MetadataError as error:
            raise Unreadable(f"The file's own small picture cannot be read: {error}.") from error


def _of_jpeg(opened: OpenedOriginal, head: bytes) -> bytes | None:
    data, width, height = jpeg_header(head, opened.read_at)
    found = read_thumbnail(data)
    return None if found is None else true_thumbnail(found, width, height)


def _of_raw(opened: OpenedOriginal) -> bytes | None:
    with mapped(opened) as data:
        preview = embedded_preview(data, LEAST_SIDE, MOST_BYTES) or embedded_preview(data, SHRUNK_SIDE, MOST_EMBEDDED)
    if preview is None:
        return None
    picture = preview.data if len(preview.data) <= MOST_BYTES else _shrunk(preview.data)
    return with_orientation(picture, preview.orientation) if picture else None


def true_thumbnail(found: Thumbnail, width: int, height: int) -> bytes | None:
    """The thumbnail if it shows the picture it lies in, letter-box bars cut off, marked with its orientation.

    width and height: of the stored picture. An editor that cropped or turned the picture and left the old thumbnail
    gives another aspect ratio: such a thumbnail is not used.
    """
    size = jpeg_size(found.data)
    if size is None or not width or not height:
        return None
    wanted, own = width / height, size[0] / size[1]
    if abs(own / wanted - 1) <= ASPECT_TOLERANCE:
        return with_orientation(found.data, found.orientation)
    cropped = _without_bars(found.data, wanted)
    return with_orientation(cropped, found.orientation) if cropped else None


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG."""
    _, width, height = jpeg_header(data, lambda offset, count: b"")
    return (width, height) if width and height else None


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with the EXIF orientation that a browser needs; one that has EXIF of its own keeps it."""
    if orientation == 1 or jpeg[2:4] == b"\xff\xe1" or b"Exif\0\0" in jpeg[:256]:
        return jpeg
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def average_colour(jpeg: bytes) -> int | None:
    """The average colour of a small JPEG as RGB565, or None if it cannot be decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            picture.draft("RGB", (8, 8))
            red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3


def _without_bars(jpeg: bytes, wanted: float) -> bytes | None:
    """A letter-boxed thumbnail cut to the picture's aspect ratio; None if what would be cut is not black."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            full = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    width, height = full.size
    if wanted > width / height:
        bar = round((height - width / wanted) / 2)
        bars, inner = ((0, 0, width, bar), (0, height - bar, width, height)), (0, bar, width, height - bar)
    else:
        bar = round((width - height * wanted) / 2)
        bars, inner = ((0, 0, bar, height), (width - bar, 0, width, height)), (bar, 0, width - bar, height)
    if bar < 1 or inner[2] - inner[0] < 16 or inner[3] - inner[1] < 16:
        return None
    brightest = max(full.crop(box).convert("L").resize((1, 1), Image.Resampling.BOX).tobytes()[0] for box in bars)
    return _encoded(full.crop(inner)) if brightest <= _BAR_BRIGHTNESS else None


def _shrunk(jpeg: bytes) -> bytes | None:
    """A large embedded preview made small by decoding a fraction of it; its own orientation is kept."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            orientation = picture.getexif().get(0x0112, 1)
            picture.draft("RGB", (SHRUNK_SIDE, SHRUNK_SIDE))
            small = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    small.thumbnail((SHRUNK_SIDE, SHRUNK_SIDE), Image.Resampling.BOX)
    return with_orientation(_encoded(small), orientation if orientation in range(1, 9) else 1)


def _encoded(picture: object) -> bytes:
    from PIL import Image

    if not isinstance(picture, Image.Image):
        raise TypeError("a picture is needed")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
