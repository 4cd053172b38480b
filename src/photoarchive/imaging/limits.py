"""What is too large to open: refused from the header, before memory is asked for. Owns the figures."""

from __future__ import annotations

from photoarchive.core.errors import Unreadable

MAX_PIXELS = 500_000_000
MEMORY_LIMIT = 1_950_000_000      # of the 2 GB a worker may use beyond its own size
READ_AT_ONCE = 512 << 20          # larger files are read piece by piece

# Peak bytes a pixel while a Pillow picture of this mode is decoded and turned into RGB or grey.
BYTES_PER_PIXEL = {
    "1": 2, "L": 1, "P": 5, "PA": 9, "LA": 9, "La": 9, "RGB": 4, "RGBX": 8, "RGBA": 9, "RGBa": 9, "CMYK": 4, "YCbCr": 8,
    "LAB": 8, "HSV": 8, "I;16": 6, "I;16L": 6, "I;16B": 6, "I;16N": 6, "I": 14, "F": 14,
}
OTHER_BYTES_PER_PIXEL = 14


def refuse_impossible(width: int, height: int) -> None:
    """Raise Unreadable for a picture without pixels or with more than any camera makes."""
    if width < 1 or height < 1:
        raise Unreadable(f"The picture says it is {width} × {height} pixels large.")
    if width * height > MAX_PIXELS:
        millions = width * height / 1e6
        raise Unreadable(f"The picture says it has {millions:,.0f} megapixels; more than 500 are not opened.")


def refuse_hungry(needed: float) -> None:
    """Raise Unreadable when decoding would need more bytes of memory than a worker may have."""
    if needed > MEMORY_LIMIT:
        raise Unreadable(f"Opening this picture would need about {needed / 1e9:.1f} GB of memory; 2 GB are allowed.")
