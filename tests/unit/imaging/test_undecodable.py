"""What cannot be shown, or only in part, says why; bombs are refused from their header."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from drawn_pictures import encoded, quarters
from photoarchive.core.errors import NotFound, Unreadable
from photoarchive.core.paths import Original
from photoarchive.core.tiers import Tier
from photoarchive.imaging import decode, limits
from photoarchive.imaging.previews import TierSpec, render

SM = TierSpec(Tier.SM, 60, 90)


def test_a_jpeg_that_ends_early_shows_what_there_is_and_says_so(show):
    noise = np.random.default_rng(1).integers(0, 255, (320, 480, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG", quality=90)
    rendering = show(data[:len(data) // 2], specs=(TierSpec(Tier.SM, 480, 90),))
    assert "ends early" in rendering.damaged
    shown = np.asarray(Image.open(io.BytesIO(rendering.pictures[0].data)), np.int16)
    assert shown[:100].std() > 30
    assert shown[-60:].std() < 12
    assert show(data).damaged == ""


def test_a_png_that_ends_early_shows_what_there_is_and_says_so(show):
    noise = np.random.default_rng(1).integers(0, 255, (320, 480, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "PNG")
    rendering = show(data[:len(data) // 2], "a.png", specs=(TierSpec(Tier.SM, 480, 90),))
    assert "ends early" in rendering.damaged
    shown = np.asarray(Image.open(io.BytesIO(rendering.pictures[0].data)), np.int16)
    assert shown[:100].std() > 30
    assert shown[-60:].std() < 12
    assert show(data, "a.png").damaged == ""
    with pytest.raises(Unreadable, match="nothing of its picture|cannot be decoded"):
        show(data[:60], "a.png")


@pytest.mark.parametrize(("data", "name", "reason"), [
    (b"", "a.jpg", "empty"), (b"hello" * 100, "a.jpg", "no photo or video"),
    (bytes(70_000), "a.jpg", "no photo or video"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "no photo or video"),
    (b"\xff\xd8\xff\xe0" + bytes(500), "a.jpg", "JPEG data cannot be decoded"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.png", "PNG data cannot be decoded"),
    (b"\0\0\0\x18ftypheic" + bytes(500), "a.heic", "HEIC data cannot be decoded"),
    (b"\0\0\0\x18ftypisom" + bytes(500), "a.mp4", "film data cannot be decoded"),
    (b"\xff\x0a" + bytes(50), "a.jxl", "JPEG XL data cannot be decoded"),
    (b"8BPS\0\1" + bytes(100), "a.psd", "Photoshop"), (b"II*\0" + bytes(100), "a.tif", "TIFF data cannot be decoded"),
])
def test_what_is_no_picture_gives_a_reason(show, data, name, reason):
    with pytest.raises(Unreadable, match=reason) as caught:
        show(data, name)
    assert caught.value.sentence.endswith(".")
    assert "0x" not in caught.value.sentence


def test_a_missing_file_is_not_called_broken(tmp_path):
    with pytest.raises(NotFound):
        render(Original(os.fsencode(tmp_path), b"gone.jpg"), 0, (SM,))


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (chunk, body, b"IEND")
    )


@pytest.mark.parametrize(("size", "reason"), [
    ((50_000, 50_000), "2,500 megapixels; more than 500"), ((0x7FFFFFFF, 0x7FFFFFFF), "more than 500"),
    ((22_000, 22_500), r"would need about 2\.0 GB of memory"),
])
def test_bombs_are_refused_from_their_header(show, size, reason):
    with pytest.raises(Unreadable, match=reason):
        show(png_header(*size), "a.png")


def test_a_progressive_jpeg_counts_the_memory_of_its_coefficients():
    """The header of a 200-megapixel progressive JPEG is let through only because 1/8 of it is decoded."""
    data = bytearray(encoded(quarters(), "JPEG", progressive=True))
    at = data.index(b"\xff\xc2")
    data[at + 5:at + 9] = struct.pack(">HH", 22_000, 22_000)
    decode._open_jpeg(bytes(data), 400)
    with pytest.raises(Unreadable, match="GB of memory"):
        decode._open_jpeg(bytes(data), 22_000)
    assert limits.MEMORY_LIMIT < 2 << 30
