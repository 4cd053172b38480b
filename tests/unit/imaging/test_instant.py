"""Instant pictures: upright, true, small; never a stale or letter-boxed thumbnail."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageOps

import trees
from photoarchive.core.facts import Kind
from photoarchive.core.paths import Original
from photoarchive.imaging.instant import MOST_BYTES, average_colour, instant_picture, true_thumbnail, with_orientation
from photoarchive.imaging.metadata import Thumbnail


def picture_of(path: Path, kind: int = Kind.IMAGE) -> Image.Image | None:
    data = instant_picture(Original(os.fsencode(path.parent), os.fsencode(path.name)), kind)
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))) if data else None


def small(size: tuple[int, int], bars: int = 0, colour=(120, 180, 90)) -> bytes:
    """A thumbnail of one colour, with black bars above and below."""
    picture = Image.new("RGB", size, (0, 0, 0))
    picture.paste(colour, (0, bars, size[0], size[1] - bars))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_thumbnail_is_shown_upright(tmp_path: Path, orientation: int):
    """The red corner of the drawn picture is at the upper left, whatever way the sensor was held."""
    path = tmp_path / "x.jpg"
    path.write_bytes(trees.jpeg(trees.Shot(orientation=orientation, seed=orientation)))
    shown = picture_of(path)
    assert shown is not None and shown.width > shown.height
    red, green, blue = shown.convert("RGB").getpixel((4, 4))
    assert red > 150 and green < 90 and blue < 90


def test_a_photo_without_a_thumbnail_has_none(tmp_path: Path):
    path = tmp_path / "x.jpg"
    path.write_bytes(trees.jpeg(trees.Shot(thumbnail=False)))
    assert picture_of(path) is None
    assert picture_of(path, Kind.VIDEO) is None


def test_a_thumbnail_left_over_from_before_a_crop_is_not_used():
    assert true_thumbnail(Thumbnail(small((160, 120)), 1), 1000, 1000) is None
    assert true_thumbnail(Thumbnail(small((160, 120)), 1), 3000, 4000) is None


def test_black_bars_are_cut_off():
    found = true_thumbnail(Thumbnail(small((160, 120), bars=7), 1), 6000, 4000)
    assert found is not None
    assert Image.open(io.BytesIO(found)).size == (160, 106)


def test_dark_pictures_are_not_taken_for_bars():
    """A 3:2 picture whose 4:3 thumbnail has no black edge was cropped after the thumbnail was made."""
    assert true_thumbnail(Thumbnail(small((160, 120), bars=3), 1), 6000, 4000) is None


def test_rounding_to_whole_pixels_is_no_difference():
    data = small((160, 107))
    assert true_thumbnail(Thumbnail(data, 1), 6000, 4000) == data


def test_the_orientation_is_inserted_and_nothing_else_changes():
    data = small((160, 107))
    turned = with_orientation(data, 6)
    assert Image.open(io.BytesIO(turned)).getexif()[0x0112] == 6
    assert turned.endswith(data[2:])
    assert with_orientation(turned, 3) == turned        # it has EXIF of its own
    assert with_orientation(data, 1) == data


def test_the_preview_of_a_raw_file_is_turned_and_small(tmp_path: Path):
    """A DNG-like TIFF whose second directory is a large JPEG: shrunk, upright."""
    noise = Image.effect_noise((1200, 900), 90).convert("RGB")
    preview = io.BytesIO()
    noise.save(preview, "JPEG", quality=95)
    assert len(preview.getvalue()) > MOST_BYTES
    path = tmp_path / "x.dng"
    path.write_bytes(dng_with_preview(preview.getvalue(), (1200, 900), orientation=6))
    shown = picture_of(path, Kind.RAW)
    assert shown is not None and shown.height > shown.width
    assert len(instant_picture(Original(os.fsencode(tmp_path), b"x.dng"), Kind.RAW) or b"") <= MOST_BYTES


def dng_with_preview(jpeg: bytes, size: tuple[int, int], orientation: int) -> bytes:
    """A little-endian TIFF: DNGVersion, orientation, and the JPEG as the only strip of its first directory."""
    entries = [(0x00FE, 4, 1, 1), (0x0100, 4, 1, size[0]), (0x0101, 4, 1, size[1]), (0x0102, 3, 1, 8),
               (0x0103, 3, 1, 7), (0x0106, 3, 1, 6), (0x0111, 4, 1, 0), (0x0112, 3, 1, orientation), (0x0115, 3, 1, 3),
               (0x0116, 4, 1, size[1]), (0x0117, 4, 1, len(jpeg)), (0xC612, 1, 4, 0x0401)]
    start = 8 + 2 + 12 * len(entries) + 4
    out = bytearray(b"II*\0\x08\0\0\0" + len(entries).to_bytes(2, "little"))
    for tag, kind, count, value in entries:
        out += struct.pack("<HHII", tag, kind, count, start if tag == 0x0111 else value)
    return bytes(out + bytes(4)) + jpeg


def test_the_average_colour_is_rgb565():
    assert average_colour(small((160, 120), colour=(255, 255, 255))) == 0xFFFF
    assert average_colour(small((160, 120), colour=(255, 0, 0))) in range(0xF000, 0xF8FF)
    assert average_colour(b"\xff\xd8 no picture") is None
