"""Pictures of RAW files: the camera's own embedded preview when it is large enough, else the sensor data developed.

LibRaw reads the file through the handle that is already open, never by its name.
"""

from __future__ import annotations

import io
from typing import Any

import rawpy
from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.imaging import limits
from photoarchive.imaging.decode import BROKEN, Picture, decode_jpeg, explained, settle
from photoarchive.imaging.originals import OpenedOriginal
from photoarchive.imaging.resize import SIDEWAYS

LARGE_ENOUGH = 0.8           # a preview of 1616 px serves for 1920: developing would cost 100 times as much
FULL_PREVIEW = 0.9           # of the sensor's long side: counts as full resolution
ORIENTATION_OF_FLIP = {0: 1, 3: 3, 5: 8, 6: 6}       # LibRaw's flip → EXIF
DEVELOP_BYTES_PER_PIXEL = 14        # mosaic 2, four 16-bit colours 8, result 3, and slack
HALF_BYTES_PER_PIXEL = 6
LEAST_BYTES_PER_PIXEL = 0.02        # a file with less holds no sensor data, only its description
MAX_EMBEDDED = 64            # JPEG beginnings looked at in a file that LibRaw does not know
HEADER_PEEK = 256 << 10
ONLY_PREVIEW = "The RAW data cannot be developed; this is the preview that the camera embedded."


def decode_raw(opened: OpenedOriginal, wanted: int) -> Picture:
    """A picture with at least about `wanted` pixels on its long side. Raises Unreadable with the reason."""
    with explained(opened.original, "RAW"):
        best: Picture | None = None
        reason = ""
        try:
            with rawpy.imread(f"/dev/fd/{opened.fd}") as raw:
                size = _stored_size(raw)
                limits.refuse_impossible(*size)
                best = _embedded(raw, wanted, size)
                if best is not None and max(best.size) >= LARGE_ENOUGH * min(wanted, max(size)):
                    return best
                if opened.size < LEAST_BYTES_PER_PIXEL * size[0] * size[1]:
                    raise Unreadable("the sensor data is missing")
                return _develop(raw, wanted)
        except rawpy.LibRawError as error:
            reason = _sentence(error)
        except Unreadable as error:
            reason = error.sentence.rstrip(".")
        best = _larger(best, _found_by_search(opened, wanted))
        if best is None:
            raise Unreadable(f"The RAW data cannot be developed ({reason}), and no preview is embedded.")
        return Picture(best.image, best.profile, best.orientation, best.size, ONLY_PREVIEW, best.original_size)


def embedded_jpeg(opened: OpenedOriginal) -> bytes | None:
    """The embedded preview as it is, when it is upright, in full resolution and a JPEG; None otherwise."""
    try:
        with rawpy.imread(f"/dev/fd/{opened.fd}") as raw:
            size = _stored_size(raw)
            thumb = raw.extract_thumb()
            if thumb.format != rawpy.ThumbFormat.JPEG or raw.sizes.flip != 0:
                return None
            data = bytes(thumb.data)
    except rawpy.LibRawError:
        return None
    with explained(opened.original, "RAW"):
        preview = Image.open(io.BytesIO(data), formats=("JPEG",))
        return data if max(preview.size) >= FULL_PREVIEW * max(size) else None


def _stored_size(raw: Any) -> tuple[int, int]:
    return int(raw.sizes.width), int(raw.sizes.height)


def _embedded(raw: Any, wanted: int, size: tuple[int, int]) -> Picture | None:
    """The largest preview LibRaw knows of, not turned yet; None if there is none or it is broken."""
    try:
        thumb = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    try:
        if thumb.format == rawpy.ThumbFormat.JPEG:
            picture = decode_jpeg(bytes(thumb.data), wanted)
        else:
            image = settle(Image.fromarray(thumb.data))
            picture = Picture(image, b"", 1, image.size)
    except BROKEN:
        return None
    except Unreadable:
        return None
    orientation = ORIENTATION_OF_FLIP.get(raw.sizes.flip, 1)
    if orientation in SIDEWAYS and _is_tall(picture.size) != _is_tall(size):
        orientation = 1      # the camera has turned the preview already
    return Picture(picture.image, picture.profile, orientation, picture.size, picture.damaged, original_size=size)


def _develop(raw: Any, wanted: int) -> Picture:
    """Demosaic with the camera's white balance, at half size where that is enough. The result is upright sRGB."""
    width, height = _stored_size(raw)
    pixels = width * height
    half = max(width, height) // 2 >= LARGE_ENOUGH * min(wanted, max(width, height))
    half = half or pixels * DEVELOP_BYTES_PER_PIXEL > limits.MEMORY_LIMIT
    limits.refuse_hungry(pixels * (HALF_BYTES_PER_PIXEL if half else DEVELOP_BYTES_PER_PIXEL))
    knows_white = any(value > 0 for value in raw.camera_whitebalance[:3])
    developed = raw.postprocess(
        half_size=half, use_camera_wb=knows_white, use_auto_wb=not knows_white, output_bps=8,
        output_color=rawpy.ColorSpace.sRGB,
    )
    image = Image.fromarray(developed)
    turned = (height, width) if raw.sizes.flip in (5, 6) else (width, height)
    return Picture(image, b"", 1, image.size, original_size=turned)


def _found_by_search(opened: OpenedOriginal, wanted: int) -> Picture | None:
    """The largest JPEG anywhere in the file, for RAW files that LibRaw cannot read."""
    if opened.size > limits.READ_AT_ONCE:
        return None
    data = opened.read_all(limits.READ_AT_ONCE)
    largest, where, at = 0, -1, data.find(b"\xff\xd8\xff")
    for _ in range(MAX_EMBEDDED):
        if at < 0:
            break
        try:
            width, height = Image.open(io.BytesIO(data[at:at + HEADER_PEEK]), formats=("JPEG",)).size
        except BROKEN:
            width = height = 0
        if width * height > largest:
            largest, where = width * height, at
        at = data.find(b"\xff\xd8\xff", at + 3)
    if where < 0:
        return None
    try:
        return decode_jpeg(data[where:], wanted)
    except BROKEN:
        return None
    except Unreadable:
        return None


def _larger(one: Picture | None, other: Picture | None) -> Picture | None:
    found = [picture for picture in (one, other) if picture is not None]
    return max(found, key=lambda picture: picture.size[0] * picture.size[1], default=None)


def _is_tall(size: tuple[int, int]) -> bool:
    return size[1] > size[0]


def _sentence(error: Exception) -> str:
    detail = error.args[0] if error.args else type(error).__name__
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
