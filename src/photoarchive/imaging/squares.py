"""Square pieces of a picture at the size a network wants. Pure: pixels in, pixels out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from photoarchive.imaging.resize import shrink

Pixels = npt.NDArray[np.uint8]          # (height, width, 3) RGB


def centre_square(pixels: Pixels, side: int, share: float = 1.0) -> Pixels:
    """The middle of a picture, `share` of its shorter side wide, as side × side pixels. Small ones grow (bicubic)."""
    height, width = pixels.shape[:2]
    edge = max(1, round(min(width, height) * share))
    left, top = (width - edge) // 2, (height - edge) // 2
    piece = Image.fromarray(np.ascontiguousarray(pixels[top:top + edge, left:left + edge]))
    if edge < side:
        return np.asarray(piece.resize((side, side), Image.Resampling.BICUBIC))
    return np.asarray(shrink(piece, (side, side)))
