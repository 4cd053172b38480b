"""Cached previews as pixels for models, and pieces of them: shrunk, turned and cut. Reads no file of a source.

The bytes are our own JPEGs, so they are decoded in the calling thread; Pillow lets other threads run meanwhile.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.imaging.decode import BROKEN
from photoarchive.imaging.resize import fit, shrink

Pixels = npt.NDArray[np.uint8]          # (height, width, 3) RGB
Matrix = npt.NDArray[np.float64]        # (2, 3)
Box = tuple[float, float, float, float]     # x, y of the upper left corner, width, height; fractions of the picture

ROOM = 0.45             # of the longer side of a face, added on each of its sides in a thumbnail
THUMB_QUALITY = 86


def decode_preview(data: bytes, wanted: int = 0) -> Pixels:
    """The pixels of a cached preview; at a smaller scale where that still has `wanted` pixels on the long side.

    Raises Unreadable for damaged bytes.
    """
    return np.asarray(_open(data, wanted))


def shrunk(pixels: Pixels, long_side: int) -> Pixels:
    """The picture with its long side at most so long; the same array if it is small enough."""
    height, width = pixels.shape[:2]
    size = fit(width, height, long_side)
    if size == (width, height):
        return pixels
    return np.asarray(shrink(Image.fromarray(pixels), size))


def warped(pixels: Pixels, inverse: Matrix, side: int) -> Pixels:
    """A square piece of side × side pixels: its pixel (u, v) shows the picture at inverse @ (u, v, 1).

    What lies outside is black. A strongly reduced piece is averaged first, so that it does not flicker.
    """
    image, matrix = Image.fromarray(pixels), inverse.copy()
    step = float(np.hypot(matrix[0, 0], matrix[1, 0]))          # picture pixels for one pixel of the piece
    if step >= 2.0:
        image, matrix = _reduced(image, matrix, side, int(step))
    data = tuple(float(value) for value in matrix.ravel())
    return np.asarray(image.transform((side, side), Image.Transform.AFFINE, data, Image.Resampling.BICUBIC))


def cut(pixels: Pixels, box: Box, room: float) -> tuple[Pixels, tuple[int, int]]:
    """The part of a picture around a box with some room on each side (a share of its longer side), and where it lies:
    (left, top) in pixels.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = _around(box, (width, height), room)
    return pixels[top:bottom, left:right], (left, top)


def thumbnail(data: bytes, box: Box, side: int) -> bytes:
    """A square JPEG of side × side pixels around a face of a cached preview. Raises Unreadable."""
    share = max(box[2], box[3]) * (1 + 2 * ROOM)
    image = _open(data, int(side / max(share, 0.01)))
    left, top, right, bottom = _around(box, image.size, ROOM)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    half = min(max(right - left, bottom - top), *image.size) / 2
    middle_x = min(max(middle_x, half), image.width - half)
    middle_y = min(max(middle_y, half), image.height - half)
    square = (middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    piece = image.resize((side, side), Image.Resampling.LANCZOS, square, reducing_gap=2.0)
    out = io.BytesIO()
    piece.save(out, "JPEG", quality=THUMB_QUALITY)
    return out.getvalue()


def _open(data: bytes, wanted: int) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            if wanted:
                long_side = max(image.size)
                image.draft("RGB", fit(*image.size, min(wanted, long_side)))
            return image.convert("RGB")
    except BROKEN as error:
        raise Unreadable("The preview of this photo is damaged. It is made again when somebody looks at it.") from error


def _reduced(image: Image.Image, inverse: Matrix, side: int, factor: int) -> tuple[Image.Image, Matrix]:
    """The part of the picture that a piece shows, made smaller by a whole factor, and the matrix that goes with it."""
    corners = inverse @ np.array([[0, side, 0, side], [0, 0, side, side], [1, 1, 1, 1]], np.float64)
    low = np.floor(corners.min(axis=1) - 2 * factor)
    high = np.ceil(corners.max(axis=1) + 2 * factor)
    left, top = max(0, int(low[0])), max(0, int(low[1]))
    right, bottom = min(image.width, int(high[0])), min(image.height, int(high[1]))
    if right - left < factor or bottom - top < factor:
        return image, inverse
    matrix = inverse.copy()
    matrix[:, 2] -= (left, top)
    return image.crop((left, top, right, bottom)).reduce(factor), matrix / factor


def _around(box: Box, size: tuple[int, int], room: float) -> tuple[int, int, int, int]:
    """left, top, right, bottom in pixels of a box with room, inside the picture and at least one pixel large."""
    width, height = size
    x, y, w, h = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    more = room * max(w, h)
    left, top = int(min(max(0.0, x - more), width - 1)), int(min(max(0.0, y - more), height - 1))
    return left, top, max(left + 1, min(width, round(x + w + more))), max(top + 1, min(height, round(y + h + more)))
