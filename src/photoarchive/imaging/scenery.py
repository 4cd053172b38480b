"""Drawn landscapes: the pictures of the synthetic catalog, and what its photos without files show instead.

Everything follows from a number, so the same photo always looks the same. Reads and writes no file.
"""

from __future__ import annotations

import io
import math
import random
from datetime import datetime
from functools import lru_cache

import msgspec
from PIL import ExifTags, Image, ImageDraw

Rgb = tuple[int, int, int]

SMOOTHING = 2           # drawn twice as large and scaled down: smooth ridges
EVENT_PHOTOS = 37       # so many neighbouring numbers share a light, as photos of one evening do
MAX_SIDE = 4096
JPEG_QUALITY = 88


class Palette(msgspec.Struct, frozen=True):
    """The light of a scene: sky from top to horizon, sun with its glow, ridges from far to near."""

    sky: tuple[Rgb, Rgb]
    sun: Rgb
    glow: Rgb
    ridges: tuple[Rgb, ...]


PALETTES = (
    Palette(((27, 31, 66), (232, 160, 107)), (255, 226, 178), (255, 176, 110),
            ((150, 98, 72), (112, 72, 60), (66, 50, 52), (20, 26, 40))),           # dusk
    Palette(((96, 150, 220), (214, 240, 252)), (255, 246, 214), (228, 250, 255),
            ((142, 162, 158), (104, 140, 122), (70, 108, 80), (36, 68, 46))),      # summer noon
    Palette(((28, 24, 52), (74, 66, 110)), (250, 236, 214), (140, 128, 176),
            ((58, 50, 88), (44, 38, 70), (28, 25, 48), (12, 12, 24))),             # moonlight
    Palette(((104, 122, 134), (190, 202, 204)), (255, 248, 234), (226, 232, 232),
            ((142, 152, 154), (108, 118, 122), (78, 86, 88), (46, 52, 54))),       # overcast
    Palette(((232, 168, 134), (248, 220, 186)), (255, 240, 206), (255, 226, 190),
            ((178, 146, 120), (150, 110, 92), (120, 76, 66), (74, 40, 36))),       # desert morning
    Palette(((34, 104, 158), (170, 206, 208)), (255, 240, 206), (196, 228, 238),
            ((166, 186, 172), (204, 188, 132), (196, 166, 102), (164, 130, 78))),  # coast
    Palette(((120, 108, 92), (92, 82, 70)), (120, 124, 112), (112, 106, 92),
            ((96, 80, 66), (80, 66, 56), (64, 52, 46), (44, 36, 32))),             # dust
    Palette(((46, 66, 104), (236, 196, 202)), (255, 238, 226), (250, 206, 200),
            ((158, 150, 176), (118, 116, 148), (82, 86, 116), (44, 50, 74))),      # first light on snow
)


def palette_of(photo_id: int) -> int:
    """Which palette a photo has: mostly that of its neighbours."""
    event = photo_id // EVENT_PHOTOS
    mixed = (photo_id * 2654435761) & 0xFFFFFFFF
    number = event * 40503 + (mixed >> 7 if mixed % 7 == 0 else 0)
    return (number ^ (number >> 5)) % len(PALETTES)


@lru_cache(maxsize=len(PALETTES))
def average_colour(palette: int) -> int:
    """The average colour of scenes in this light, as RGB565."""
    red, green, blue = draw(palette, 7, 96, 64).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3


def placeholder(photo_id: int, width: int, height: int) -> bytes:
    """A small JPEG that stands for a photo without a file; always the same for the same photo and size."""
    width, height = max(1, min(width, MAX_SIDE)), max(1, min(height, MAX_SIDE))
    return encode(draw(palette_of(photo_id), photo_id, width, height))


def encode(picture: Image.Image, exif: bytes = b"") -> bytes:
    """JPEG bytes of a scene."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, exif=exif)
    return buffer.getvalue()


def exif(  # one keyword a field
    *, make: str, model: str, lens: str, taken: datetime | None, offset_minutes: int | None,
    position: tuple[float, float] | None, iso: int, aperture: float, shutter_denominator: int, focal: float,
) -> bytes:
    """The EXIF block of a drawn picture. taken: local wall time; position: degrees north and east."""
    block = Image.Exif()
    block[ExifTags.Base.Make], block[ExifTags.Base.Model] = make, model
    details = block.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        details[ExifTags.Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
    if offset_minutes is not None:
        hours, minutes = divmod(abs(offset_minutes), 60)
        details[ExifTags.Base.OffsetTimeOriginal] = f"{'-' if offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"
    if lens:
        details[ExifTags.Base.LensModel] = lens
    details[ExifTags.Base.ISOSpeedRatings] = iso
    details[ExifTags.Base.FNumber] = aperture
    details[ExifTags.Base.ExposureTime] = 1 / shutter_denominator
    details[ExifTags.Base.FocalLength] = focal
    if position is not None:
        gps = block.get_ifd(ExifTags.IFD.GPSInfo)
        tags = ((ExifTags.GPS.GPSLatitude, "NS"), (ExifTags.GPS.GPSLongitude, "EW"))
        for value, (tag, letters) in zip(position, tags, strict=True):
            gps[tag - 1] = letters[value < 0]           # the reference letter is the tag before
            degrees = abs(value)
            gps[tag] = (int(degrees), int(degrees * 60 % 60), degrees * 3600 % 60)
    return block.tobytes()


def draw(palette: int, seed: int, width: int, height: int) -> Image.Image:
    """One scene, RGB, width × height."""
    chance = random.Random(seed)
    light = PALETTES[palette % len(PALETTES)]
    wide, high = width * SMOOTHING, height * SMOOTHING
    scene = _sky(light, wide, high)
    _put_sun(scene, light, chance)
    canvas = ImageDraw.Draw(scene)
    horizon = chance.uniform(0.42, 0.58)
    for layer, colour in enumerate(light.ridges):
        level = horizon + layer * (1.0 - horizon) / (len(light.ridges) + 0.4)
        canvas.polygon(_ridge(wide, high, level, layer, chance), fill=colour)
    return scene.resize((width, height), Image.Resampling.BOX)


def _sky(light: Palette, wide: int, high: int) -> Image.Image:
    top, bottom = (Image.new("RGB", (wide, high), colour) for colour in light.sky)
    fade = Image.linear_gradient("L").resize((wide, high))
    return Image.composite(bottom, top, fade)


def _put_sun(scene: Image.Image, light: Palette, chance: random.Random) -> None:
    wide, high = scene.size
    x, y = chance.uniform(0.15, 0.85) * wide, chance.uniform(0.12, 0.48) * high
    disc = chance.uniform(0.025, 0.07) * max(wide, high)
    reach = int(disc * 9)
    halo = Image.radial_gradient("L").resize((reach, reach)).point([max(0, 150 - value) for value in range(256)])
    scene.paste(light.glow, (int(x - reach / 2), int(y - reach / 2)), halo)
    ImageDraw.Draw(scene).ellipse((x - disc, y - disc, x + disc, y + disc), fill=light.sun)


def _ridge(wide: int, high: int, level: float, layer: int, chance: random.Random) -> list[tuple[float, float]]:
    """The outline of one mountain range: a few waves on each other, nearer ones broader, closed at the bottom."""
    waves = [
        (chance.uniform(0.6, 1.0) / 1.9**octave, (1.3 + layer * 0.3) * 2.1**octave, chance.uniform(0, math.tau))
        for octave in range(6)
    ]
    rise = 0.11 * high
    points = []
    step = max(1, wide // 240)
    for x in range(0, wide + step, step):
        phase = x / wide * math.tau
        height = sum(size * math.sin(phase * speed / 2 + start) for size, speed, start in waves)
        points.append((float(x), level * high - rise * height * 0.6))
    return [*points, (float(wide + step), float(high)), (0.0, float(high))]
