"""Instant pictures: the small picture that a camera put into the file, shown until the preview is made.

A JPEG that a browser shows upright. Never a decode of the whole picture.
"""

from __future__ import annotations

import io
import struct

from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.imaging.containers import JPEG_FIRST_READ, Buffer, jpeg_header
from photoarchive.imaging.heif_thumbnail import heif_thumbnail
from photoarchive.imaging.metadata import MetadataError, Thumbnail, embedded_preview, read_thumbnail
from photoarchive.imaging.originals import OpenedOriginal, open_original
from photoarchive.imaging.pictures import mapped
from photoarchive.imaging.probe import Format, probe
from photoarchive.imaging.x3f import x3f_preview

LEAST_SIDE = 320            # fills a tile of the grid; of RAW files nothing smaller is taken if this is there
LEAST_SHOWN = 64            # smaller ones are icons
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
            return _of_raw(opened, form) if form.kind == Kind.RAW or form.extension == ".tif" else None
        except MetadataError as error:
            raise Unreadable(f"The file's own small picture cannot be read: {error}.") from error


def _of_jpeg(opened: OpenedOriginal, head: bytes) -> bytes | None:
    data, width, height = jpeg_header(head, opened.read_at)
    found = read_thumbnail(data)
    return None if found is None else true_thumbnail(found, width, height)


def _of_raw(opened: OpenedOriginal, form: Format) -> bytes | None:
    """A preview that fills a tile; a larger one is shrunk, a thumbnail is the last resort."""
    with mapped(opened) as data:
        if form.extension == ".x3f":
            found = x3f_preview(data, MOST_EMBEDDED)
            preview = Thumbnail(*found) if found else None
        else:
            preview = _best_preview(data)
    if preview is None or max(jpeg_size(preview.data) or (0, 0)) < LEAST_SHOWN:
        return None
    picture = _shrunk(preview.data) if len(preview.data) > MOST_BYTES else _trimmed(preview.data)
    return with_orientation(picture, preview.orientation) if picture else None


def _best_preview(data: Buffer) -> Thumbnail | None:
    for least_side, most_bytes in ((LEAST_SIDE, MOST_BYTES), (LEAST_SIDE, MOST_EMBEDDED), (1, MOST_BYTES)):
        if preview := embedded_preview(data, least_side, most_bytes):
            return preview
    return None


def _trimmed(jpeg: bytes) -> bytes:
    """A 4:3 thumbnail without the black bars that cameras with wider sensors put into it."""
    size = jpeg_size(jpeg)
    if size is None or max(size) > LEAST_SIDE or abs(size[0] / size[1] - 4 / 3) > 0.01:
        return jpeg
    return _without_bars(jpeg, 16 / 9) or _without_bars(jpeg, 3 / 2) or jpeg


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
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            picture.draft("RGB", (8, 8))
            red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3


def _without_bars(jpeg: bytes, wanted: float) -> bytes | None:
    """A letter-boxed thumbnail cut to the picture's aspect ratio; None if what would be cut is not black."""
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
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            orientation = picture.getexif().get(0x0112, 1)
            picture.draft("RGB", (SHRUNK_SIDE, SHRUNK_SIDE))
            small = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    small.thumbnail((SHRUNK_SIDE, SHRUNK_SIDE), Image.Resampling.BOX)
    return with_orientation(_encoded(small), orientation if orientation in range(1, 9) else 1)


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
