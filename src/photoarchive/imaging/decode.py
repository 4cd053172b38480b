"""Pictures of all image formats as pixels: one `Picture` each, as small as the wanted size allows. Pillow lives here.

Owns how content becomes grey, RGB or CMYK pixels. Size, colour and rotation of the result are `tiers`'s business.
"""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from photoarchive.core.errors import Unreadable
from photoarchive.core.paths import Original
from photoarchive.imaging import limits
from photoarchive.imaging.colour import Profile, adobe_rgb
from photoarchive.imaging.originals import DRIVE_IS_AWAY, OpenedOriginal, trouble
from photoarchive.imaging.resize import fit

Image.MAX_IMAGE_PIXELS = None      # imaging.limits refuses what is too large, with a better reason

# Which Pillow plug-ins may look at a file of this content, and what a person calls it.
PLUGINS = {
    ".jpg": ("JPEG",), ".png": ("PNG",), ".webp": ("WEBP",), ".gif": ("GIF",), ".bmp": ("BMP", "DIB"),
    ".tif": ("TIFF",), ".avif": ("AVIF",), ".heic": ("HEIF",), ".psd": ("PSD",),
}
NAMES = {
    ".jpg": "JPEG", ".png": "PNG", ".webp": "WebP", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".avif": "AVIF",
    ".heic": "HEIC", ".psd": "Photoshop", ".jxl": "JPEG XL",
}
EXIF_TURNS = frozenset((".jpg", ".png", ".webp", ".avif"))   # decoders of TIFF, HEIC and JPEG XL turn by themselves
HEIF_BYTES_PER_PIXEL = 9           # planes, RGBA and RGB at once
PAPER = (255, 255, 255)            # what shows through transparency: white, as Lightroom and prints have it
ORIENTATION, EXIF_IFD, INTEROP_IFD, COLOUR_SPACE, INTEROP_INDEX = 0x0112, 0x8769, 0xA005, 0xA001, 0x0001
CUT_SHORT = "The file is damaged: its picture data ends early, the rest is grey."
CUT_SHORT_PNG = "The file is damaged: its picture data ends early, the rest is empty."

# What decoders raise on broken files, beside our own errors.
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, EOFError, ArithmeticError, AssertionError,
    RuntimeError, struct.error, zlib.error,
)


class Picture(msgspec.Struct, frozen=True):
    """A decoded picture. image: L, RGB, CMYK or LAB, as its profile expects; not turned upright yet."""

    image: Image.Image
    profile: Profile
    orientation: int               # EXIF 1–8, still to be applied
    size: tuple[int, int]          # of the stored picture, before scaled decoding and before it is turned
    damaged: str = ""
    original_size: tuple[int, int] | None = None     # of the original, as stored, where the picture is a part of it


def decode_image(opened: OpenedOriginal, extension: str, wanted: int) -> Picture:
    """Decode an image file whose content is of this format, to at least `wanted` pixels on its long side if it has
    them. Raises Unreadable with the reason.
    """
    with explained(opened.original, NAMES[extension]):
        if extension == ".jpg":
            return decode_jpeg(opened.read_all(limits.READ_AT_ONCE), wanted)
        if extension == ".jxl":
            return _decode_jxl(opened.read_all(limits.READ_AT_ONCE))
        if extension == ".psd":
            from photoarchive.imaging.psd import decode_psd

            return decode_psd(opened)
        if extension == ".heic":
            _register_heif()
        small = opened.size <= limits.READ_AT_ONCE
        with contextlib.closing(io.BytesIO(opened.read_at(0, opened.size)) if small else opened.file()) as file:
            return _decode_with_pillow(file, extension)


def decode_jpeg(data: bytes, wanted: int) -> Picture:
    """Decode a JPEG at the smallest of the scales 1, 1/2, 1/4, 1/8 that still has `wanted` pixels on the long side."""
    image = _open_jpeg(data, wanted)
    width, height = image.info["photoarchive.size"]
    orientation, profile = _orientation(image), _jpeg_profile(image)
    damaged = ""
    try:
        image.load()
    except OSError:
        image, damaged = _load_in_part(_open_jpeg(data, wanted)), CUT_SHORT
    return Picture(settle(image), profile, orientation, (width, height), damaged)


@contextlib.contextmanager
def explained(original: Original, name: str) -> Iterator[None]:
    """Turn what decoders raise into a sentence; a drive that went away in the middle is not the file's fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno in DRIVE_IS_AWAY:
                raise trouble(error, original) from error
            raise Unreadable(f"The {name} data cannot be decoded: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):      # its text holds nothing but a memory address
        return "its header makes no sense"
    text = getattr(error, "strerror", None) or str(error)      # FFmpeg's errors have one too
    return text.strip().rstrip(".") or type(error).__name__


def settle(image: Image.Image) -> Image.Image:
    """The picture as L, RGB, CMYK or LAB with 8 bits, transparency laid on white, first frame only."""
    mode = image.mode
    if "transparency" in image.info or mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        return _on_paper(image.convert("RGBA"))
    if mode == "P":
        has_alpha = image.palette is not None and image.palette.mode == "RGBA"
        return _on_paper(image.convert("RGBA")) if has_alpha else image.convert("RGB")
    if mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    if mode == "1":
        return image.convert("L")
    if mode.startswith("I") or mode == "F":
        return _eight_bits(image)
    return image.convert("RGB")


def _open_jpeg(data: bytes, wanted: int) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=PLUGINS[".jpg"])
    width, height = image.size
    limits.refuse_impossible(width, height)
    image.draft(None, fit(width, height, wanted))
    needed = len(data) + image.size[0] * image.size[1] * limits.BYTES_PER_PIXEL.get(image.mode, 4)
    if image.info.get("progressive"):
        layers = getattr(image, "layer", [(0, 1, 1, 0)])
        most = max(part[1] * part[2] for part in layers)
        needed += 2 * width * height * sum(part[1] * part[2] for part in layers) // max(1, most)
    limits.refuse_hungry(needed)
    image.info["photoarchive.size"] = (width, height)
    if isinstance(image, ImageFile.ImageFile):
        image.decodermaxblock = max(len(data), 1)      # hand libjpeg all at once: 64 kB steps cost a tenth of the time
    return image


def _load_in_part(image: Image.Image) -> Image.Image:
    """What can be seen of a freshly opened picture that ends early. Raises Unreadable when that is nothing."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    extremes = image.getextrema()
    bands = extremes if isinstance(extremes[0], tuple) else (extremes,)
    if all(low == high for low, high in bands):
        raise Unreadable("The file is damaged: nothing of its picture can be decoded.")
    return image


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except BROKEN:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _jpeg_profile(image: Image.Image) -> Profile:
    """The embedded profile, else Adobe RGB where EXIF names it (cameras do not embed it), else none: sRGB."""
    embedded = image.info.get("icc_profile")
    if embedded:
        return bytes(embedded)
    try:
        exif = image.getexif()
        space = exif.get_ifd(EXIF_IFD).get(COLOUR_SPACE)
        if space == 2 or (space == 0xFFFF and exif.get_ifd(INTEROP_IFD).get(INTEROP_INDEX) == "R03"):
            return adobe_rgb()
    except BROKEN:
        pass
    return b""


def _decode_with_pillow(file: BinaryIO, extension: str) -> Picture:
    image: Image.Image
    try:
        image = Image.open(file, formats=PLUGINS[extension])
    except ValueError:
        if extension != ".avif":
            raise
        image = Image.open(_without_exif(file), formats=PLUGINS[extension])
    width, height = image.size
    limits.refuse_impossible(width, height)
    each = limits.BYTES_PER_PIXEL.get(image.mode, limits.OTHER_BYTES_PER_PIXEL)
    if extension in (".heic", ".avif"):
        each = HEIF_BYTES_PER_PIXEL
    limits.refuse_hungry(width * height * each)
    orientation = _orientation(image) if extension in EXIF_TURNS else 1
    damaged = ""
    try:
        image.load()
    except OSError:
        if extension != ".png":
            raise
        file.seek(0)
        image, damaged = _load_in_part(Image.open(file, formats=PLUGINS[extension])), CUT_SHORT_PNG
    return Picture(settle(image), image.info.get("icc_profile") or b"", orientation, image.size, damaged)


def _without_exif(file: BinaryIO) -> BinaryIO:
    """An AVIF file whose EXIF is called something else: libavif refuses good pictures for broken EXIF."""
    file.seek(0)
    return io.BytesIO(file.read().replace(b"Exif\0", b"Exix\0", 1))


def _decode_jxl(data: bytes) -> Picture:
    import pylibjxl

    header = pylibjxl.probe(data)
    width, height = header["width"], header["height"]
    limits.refuse_impossible(width, height)
    limits.refuse_hungry(len(data) + width * height * 20)      # libjxl works in 32-bit floats
    pixels, metadata = pylibjxl.decode(data, metadata=True)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return Picture(settle(image), metadata.get("icc") or b"", 1, image.size)


def _register_heif() -> None:
    if "HEIF" not in Image.OPEN:
        import pi_heif

        pi_heif.options.DECODE_THREADS = 1
        pi_heif.options.THUMBNAILS = False
        pi_heif.register_heif_opener()


def _on_paper(image: Image.Image) -> Image.Image:
    """An RGBA picture laid on white."""
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=alpha)
    return paper


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 12, 16 or 32 bits as L. Integers keep their range; floats beyond 0–1 are stretched to fit."""
    values = np.asarray(image)
    if image.mode == "F":
        finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        low, high = min(0.0, float(finite.min())), max(1.0, float(finite.max()))
        return Image.fromarray(((finite - low) * (255 / (high - low))).astype(np.uint8))
    top = int(values.max(initial=0))
    bits = 8 if top <= 0xFF and image.mode == "I" else 12 if top <= 0xFFF else max(16, top.bit_length())
    return Image.fromarray((np.maximum(values, 0) >> (bits - 8)).astype(np.uint8))
