"""Square pieces of a picture at the size a network wants. Pure: pixels in, pixels out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]          # (height, width, 3) RGB


def centre_square(pixels: Pixels, side: int, share: float = 1.0) -> Pixels:
    """The middle of a picture, `share` of its shorter side wide, as side × side pixels. Bicubic; small ones grow."""
    height, width = pixels.shape[:2]
    edge = max(1.0, min(width, height) * share)
    left, top = (width - edge) / 2, (height - edge) / 2
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, (left, top, left + edge, top + edge)))
