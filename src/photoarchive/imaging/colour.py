"""Colour profiles: what a picture's numbers mean, and how they become sRGB. Pure functions of pixels and profiles."""

from __future__ import annotations

import functools
import io
import struct

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Matrix = npt.NDArray[np.float64]
Profile = bytes          # an ICC profile; b"" means sRGB

Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]

# CIE xy of red, green and blue, with the D65 white point, and the gamma (Adobe RGB (1998) Color Image Encoding, §4).
ADOBE_PRIMARIES: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
ADOBE_GAMMA = 563 / 256
D65 = (0.3127, 0.3290)
D50_XYZ = np.array((0.9642, 1.0, 0.8249))
BRADFORD = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))
CLOSE_TO_SRGB = 3        # levels of 255: profiles that differ less are sRGB under another name
MODES_OF_SPACE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}


def to_srgb(image: Image.Image, profile: Profile) -> Image.Image:
    """The picture in sRGB, mode RGB. A profile that does not fit the picture or makes no sense is passed over."""
    if _space(profile) == "GRAY" and image.mode == "RGB":
        image = image.convert("L")      # decoders of AVIF and HEIC give grey pictures as RGB
    if profile and MODES_OF_SPACE.get(_space(profile)) == image.mode and not (
        image.mode == "RGB" and is_srgb(profile)
    ):
        transform = _transform(profile, image.mode)
        if transform is not None:
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return converted
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_transform()) or image.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def is_wide(image: Image.Image, profile: Profile) -> bool:
    """True when the picture is RGB in a space of its own, so that a large preview should keep its profile."""
    return image.mode == "RGB" and bool(profile) and _space(profile) == "RGB " and not is_srgb(profile)


@functools.lru_cache(maxsize=64)
def is_srgb(profile: Profile) -> bool:
    """True for sRGB by whatever name, judged by what the profile does to a cube of colours; also when it is broken."""
    transform = _transform(profile, "RGB")
    if transform is None:
        return True
    steps = np.array((0, 51, 102, 153, 204, 255), np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    converted = ImageCms.applyTransform(Image.fromarray(cube), transform)
    difference = np.abs(np.asarray(converted, np.int16) - cube)
    return bool(difference.max() <= CLOSE_TO_SRGB)


@functools.cache
def adobe_rgb() -> Profile:
    """Adobe RGB as an ICC profile (version 2, matrix and gamma): cameras name it in EXIF without embedding it."""
    columns, gamma = _to_d50(ADOBE_PRIMARIES), ADOBE_GAMMA
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    text = b"photoArchive"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 78),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": _xyz(D50_XYZ),
        b"rXYZ": _xyz(columns[:, 0]), b"gXYZ": _xyz(columns[:, 1]), b"bXYZ": _xyz(columns[:, 2]),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }
    return _assemble(tags)


def average_colour(image: Image.Image) -> int:
    """The mean of an RGB picture as RGB565, for the tile that is shown before any picture."""
    red, green, blue = np.asarray(image.resize((1, 1), Image.Resampling.BOX))[0, 0].tolist()
    return rgb565(red, green, blue)


def rgb565(red: int, green: int, blue: int) -> int:
    """Three bytes in sixteen bits, rounded: 5 red, 6 green, 5 blue."""
    return (red * 31 + 127) // 255 << 11 | (green * 63 + 127) // 255 << 5 | (blue * 31 + 127) // 255


def _space(profile: Profile) -> str:
    """The colour space a profile describes, from its header."""
    return profile[16:20].decode("ascii", "replace") if profile[36:40] == b"acsp" else ""


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@functools.lru_cache(maxsize=64)
def _transform(profile: Profile, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From this profile to sRGB; None if the profile is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
                                       ImageCms.Flags.BLACKPOINTCOMPENSATION)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@functools.cache
def _lab_transform() -> ImageCms.ImageCmsTransform:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB")


def _to_d50(corners: Primaries) -> Matrix:
    """XYZ of the primaries as columns, scaled to the white point and adapted to D50 (Bradford), shape (3, 3)."""
    def xyz(x: float, y: float) -> Matrix:
        return np.array((x / y, 1.0, (1 - x - y) / y))

    columns = np.stack([xyz(*corner) for corner in corners], axis=1)
    white = xyz(*D65)
    columns = columns * np.linalg.solve(columns, white)
    scale = np.diag((BRADFORD @ D50_XYZ) / (BRADFORD @ white))
    adapted: Matrix = np.linalg.inv(BRADFORD) @ scale @ BRADFORD @ columns
    return adapted


def _xyz(values: Matrix) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in values))


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    """Header, tag table and tags of an ICC profile (ICC.1:2001-04 §6)."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4sQI12s4s44x", start + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ",
        bytes(12), b"acsp", bytes(4), 0, bytes(4), bytes(4), 0, 0, struct.pack(">3i", 63190, 65536, 54061), b"none",
    )
    return header + table + body
