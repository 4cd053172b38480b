"""Small pictures out of cached previews: grey miniatures to compare photos by, and parts of a preview to search with.

Previews are files of our own making, so they may be decoded in the server's process.
"""

from __future__ import annotations

import io

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Unreadable

SIDE = 32                       # of a miniature; measured: 24 joins other pictures, 48 costs twice as much for nothing
SHARP_SIDE = 960                # focus shows from here on; half of md decodes four times as fast as all of it

Grey = npt.NDArray[np.uint8]
Colours = npt.NDArray[np.uint8]


class Miniature(msgspec.Struct, frozen=True):
    """A picture squeezed into a square. shape: log2 of its width / height, in 32nds."""

    pixels: Grey                # (SIDE, SIDE)
    shape: int


def miniature(preview: bytes) -> Miniature:
    """The miniature of a preview. Half a millisecond: JPEG is decoded at an eighth. Raises Unreadable."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(preview)) as image:
            width, height = image.size
            image.draft("L", (SIDE, SIDE))
            small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable(f"The preview cannot be read: {error}.") from error
    return Miniature(np.asarray(small), round(float(np.log2(width / height)) * 32))


def sharpness(preview: bytes) -> float:
    """How fine the edges of the sharpest tenth of a picture are: curvature against slope, in hundredths. Unreadable.

    A ratio, so that a brighter or harder copy is no sharper than its original; blurred edges have slope, not curvature.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(preview)) as image:
            image.draft("L", (SHARP_SIDE, SHARP_SIDE))
            grey = np.asarray(image.convert("L"), np.int16)
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable(f"The preview cannot be read: {error}.") from error
    if min(grey.shape) < 3:
        return 0.0
    up, down, left, right = grey[:-2, 1:-1], grey[2:, 1:-1], grey[1:-1, :-2], grey[1:-1, 2:]
    curvature = _blocks(np.abs(4 * grey[1:-1, 1:-1] - up - down - left - right).astype(np.float32))
    slope = _blocks((np.abs(down - up) + np.abs(right - left)).astype(np.float32))
    best = np.argsort(curvature)[-max(1, curvature.size // 10):]
    return float(100 * curvature[best].sum() / max(float(slope[best].sum()), 1.0))


def _blocks(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Means of 16 × 16 squares, in one row; of what is smaller, its mean."""
    rows, columns = values.shape[0] // 16, values.shape[1] // 16
    if not rows or not columns:
        whole: npt.NDArray[np.float32] = values.mean(keepdims=True).ravel()
        return whole
    cut = values[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16)
    means: npt.NDArray[np.float32] = cut.mean(axis=(1, 3)).ravel()
    return means


def part_of(preview: bytes, left: float, top: float, width: float, height: float) -> Colours:
    """A part of a preview, given as fractions of it, as (h, w, 3) RGB. Raises Unreadable."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(preview)) as image:
            across, down = image.size
            box = (int(left * across), int(top * down),
                   max(int(left * across) + 1, round((left + width) * across)),
                   max(int(top * down) + 1, round((top + height) * down)))
            return np.asarray(image.convert("RGB").crop(box))
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable(f"The preview cannot be read: {error}.") from error
