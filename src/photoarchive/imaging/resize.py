"""Making pictures smaller, fast: a Rust resizer where there is a wheel of it, else Pillow. Never enlarges."""

from __future__ import annotations

from PIL import Image

try:
    import cykooz_resizer  # type: ignore[import-untyped]
except ImportError:      # no wheel for this machine: Pillow does the same, 3 to 8 times slower
    cykooz_resizer = None

FAST_MODES = frozenset(("RGB", "L", "CMYK"))
MILD = 1.8             # below this factor Catmull-Rom looks the same as Lanczos, in two thirds of the time
# Pillow's Transpose for each EXIF orientation; 1 and anything unknown mean upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset((5, 6, 7, 8))      # orientations that swap width and height


def fit(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The largest size of the same shape whose long side is at most long_side and that is not larger than given."""
    scale = min(1.0, long_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a smaller size, or the same picture if it has that size. Lanczos, for small steps Catmull-Rom."""
    return _shrunk(image, size, mildly=size[0] * MILD > image.size[0])


def shrink_to_preview(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The same for a picture that becomes a JPEG: always Catmull-Rom, in two thirds of the time. It is 50 dB from
    Lanczos at every factor, where the encoder at quality 92 leaves 37 (sm) to 43 (lg)."""
    return _shrunk(image, size, mildly=True)


def _shrunk(image: Image.Image, size: tuple[int, int], *, mildly: bool) -> Image.Image:
    if image.size == size:
        return image
    if cykooz_resizer is None or image.mode not in FAST_MODES:
        return image.resize(size, Image.Resampling.BICUBIC if mildly else Image.Resampling.LANCZOS)
    result = Image.new(image.mode, size, None)      # None: not filled, every pixel is written below
    _resizer.resize_pil(image, result, _mild if mildly else _strong)
    return result


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned and mirrored as its EXIF orientation asks."""
    method = UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height as they are seen."""
    return (height, width) if orientation in SIDEWAYS else (width, height)


if cykooz_resizer is not None:
    _resizer = cykooz_resizer.Resizer()
    _strong, _mild = (
        cykooz_resizer.ResizeOptions(cykooz_resizer.ResizeAlg.convolution(filter_type))
        for filter_type in (cykooz_resizer.FilterType.lanczos3, cykooz_resizer.FilterType.catmull_rom)
    )
