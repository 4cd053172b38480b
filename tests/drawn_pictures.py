"""Pictures with known corners in many formats, drawn by the tests: red, green, blue and white quarters."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import av
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 240, 160
COLOURS = {"red": (200, 30, 30), "green": (30, 180, 30), "blue": (30, 30, 200), "white": (240, 240, 240)}
UPRIGHT_CORNERS = ["red", "green", "blue", "white"]      # top left, top right, bottom left, bottom right
# How the stored pixels of an upright picture must lie for each EXIF orientation.
STORED_AS = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """The picture that all tests decode."""
    image = Image.new("RGB", (width, height))
    halves = ((0, 0), (width // 2, 0), (0, height // 2), (width // 2, height // 2))
    for name, corner in zip(UPRIGHT_CORNERS, halves, strict=True):
        image.paste(COLOURS[name], (*corner, width, height) if name == "white" else (
            *corner, corner[0] + width // 2, corner[1] + height // 2))
    return image


def corners(jpeg: bytes | Image.Image) -> list[str]:
    """The nearest colour names of the four corners."""
    image = (Image.open(io.BytesIO(jpeg)) if isinstance(jpeg, bytes) else jpeg).convert("RGB")
    width, height = image.size
    places = [(x, y) for y in (height // 8, height - 1 - height // 8) for x in (width // 8, width - 1 - width // 8)]
    return [nearest(image.getpixel(place)) for place in places]


def nearest(pixel: Sequence[int]) -> str:
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(pixel, COLOURS[name], strict=True)))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def turned(form: str, orientation: int, **options: object) -> bytes:
    """A picture stored so that it is upright only when its EXIF orientation is applied."""
    method = STORED_AS.get(orientation)
    stored = quarters() if method is None else quarters().transpose(method)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(stored, form, exif=exif, **options)


def film(
    frames: Sequence[Image.Image], container: str = "mp4", codec: str = "mpeg4", rotation: int = 0,
    every_key: bool = True,
) -> bytes:
    """A film of these frames at 10 frames a second. rotation: degrees a player turns it clockwise (MP4 and MOV)."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        if every_key:
            stream.gop_size = 1
        for image in frames:
            for packet in stream.encode(av.VideoFrame.from_image(image)):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    data = buffer.getvalue()
    return with_rotation(data, rotation) if rotation else data


def with_rotation(data: bytes, degrees: int) -> bytes:
    """An MP4 with another display matrix in its track header (ISO 14496-12 §8.3.2)."""
    one = 1 << 16
    a, b, c, d = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[degrees]
    straight = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    at = data.index(straight, data.index(b"tkhd"))
    return data[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[at + 36:]


def raw_file(preview: bytes = b"", orientation: int = 1, width: int = 480, height: int = 320) -> bytes:
    """A DNG: the quarters behind a Bayer filter (RGGB, 16 bits, uncompressed), with a JPEG preview if one is given."""
    picture = np.asarray(quarters(width, height), np.float64)
    light = ((picture / 255) ** 2.2 * 60000).astype("<u2")
    mosaic = np.empty((height, width), "<u2")
    mosaic[0::2, 0::2] = light[0::2, 0::2, 0]
    mosaic[0::2, 1::2] = light[0::2, 1::2, 1]
    mosaic[1::2, 0::2] = light[1::2, 0::2, 1]
    mosaic[1::2, 1::2] = light[1::2, 1::2, 2]
    matrix = (3240454, -1537138, -498531, -969266, 1876010, 41556, 55643, -204026, 1057225)   # XYZ → linear sRGB
    sensor = {
        254: (4, [0]), 256: (4, [width]), 257: (4, [height]), 258: (3, [16]), 259: (3, [1]), 262: (3, [32803]),
        271: (2, b"Test\0"), 272: (2, b"RawCam\0"), 273: (4, [0]), 274: (3, [orientation]), 277: (3, [1]),
        278: (4, [height]), 279: (4, [mosaic.nbytes]), 33421: (3, [2, 2]), 33422: (1, bytes((0, 1, 1, 2))),
        50706: (1, bytes((1, 4, 0, 0))), 50708: (2, b"Test RawCam\0"), 50717: (4, [65535]),
        50721: (10, [(value, 1_000_000) for value in matrix]), 50728: (5, [(1, 1), (1, 1), (1, 1)]),
        50778: (3, [21]),
    }
    if not preview:
        return tiff([sensor], [mosaic.tobytes()])
    size = Image.open(io.BytesIO(preview)).size
    small = {
        254: (4, [1]), 256: (4, [size[0]]), 257: (4, [size[1]]), 258: (3, [8, 8, 8]), 259: (3, [7]), 262: (3, [6]),
        273: (4, [0]), 277: (3, [3]), 278: (4, [size[1]]), 279: (4, [len(preview)]),
    }
    return tiff([sensor, small], [mosaic.tobytes(), preview])


def tiff(directories: list[dict[int, tuple[int, object]]], strips: list[bytes]) -> bytes:
    """A little-endian TIFF: the first directory, the others as its SubIFDs; tag 273 is filled in with the strip."""
    first = dict(directories[0])
    if len(directories) > 1:
        first[330] = (4, [0] * (len(directories) - 1))
    blocks = [dict(sorted(first.items())), *directories[1:]]
    body, at, starts = b"", 8, []
    for strip in strips:
        starts.append(at)
        padded = strip + bytes(-len(strip) % 2)
        body, at = body + padded, at + len(padded)
    places: list[int] = []
    for number in range(len(blocks) - 1, -1, -1):        # the first one last: it points to the others
        block = blocks[number]
        block[273] = (4, [starts[number]])
        if 330 in block:
            block[330] = (4, list(reversed(places)))
        packed = directory(dict(sorted(block.items())), at)
        places.append(at)
        body, at = body + packed, at + len(packed)
    return b"II*\0" + struct.pack("<I", places[-1]) + body


def directory(entries: dict[int, tuple[int, object]], at: int) -> bytes:
    sizes = {1: ("B", 1), 2: ("s", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8), 10: ("ii", 8)}
    data_at = at + 2 + 12 * len(entries) + 4
    table, data = struct.pack("<H", len(entries)), b""
    for tag, (kind, values) in entries.items():
        letters, size = sizes[kind]
        if isinstance(values, bytes):
            packed = values
        else:
            packed = b"".join(struct.pack("<" + letters, *(v if isinstance(v, tuple) else (v,))) for v in values)
        count = len(packed) // size
        if len(packed) <= 4:
            table += struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0")
        else:
            table += struct.pack("<HHII", tag, kind, count, data_at + len(data))
            data += packed + bytes(len(packed) % 2)
    return table + bytes(4) + data
