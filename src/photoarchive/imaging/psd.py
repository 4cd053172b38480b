"""The flattened picture in Photoshop files: 8 and 16 bits, small (PSD) and large (PSB) documents.

Pillow reads 8-bit PSD files only; the layout is simple enough to read the rest here (Adobe Photoshop File Formats
Specification, 2019). What was saved without a flattened picture shows its thumbnail.
"""

from __future__ import annotations

import io
import struct

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from photoarchive.core.errors import Unreadable
from photoarchive.imaging import limits
from photoarchive.imaging.decode import Picture
from photoarchive.imaging.originals import OpenedOriginal

MODES = {0: ("1", 1), 1: ("L", 1), 2: ("P", 1), 3: ("RGB", 3), 4: ("CMYK", 4), 8: ("L", 1), 9: ("LAB", 3)}
PROFILE_RESOURCE, THUMBNAIL_RESOURCE = 1039, 1036
RAW, PACKED = 0, 1
HEADER_BYTES = 26


class _Document(msgspec.Struct, frozen=True):
    large: bool          # PSB: some lengths have 8 bytes
    channels: int
    width: int
    height: int
    depth: int
    mode: str
    bands: int           # channels of the mode itself; more are transparency and masks
    palette: bytes
    resources: dict[int, bytes]
    pixels_at: int


def decode_psd(opened: OpenedOriginal) -> Picture:
    """The flattened picture. Raises Unreadable when the file has none and no thumbnail either."""
    document = _read_header(opened)
    size = (document.width, document.height)
    limits.refuse_impossible(*size)
    limits.refuse_hungry(document.width * document.height * (document.bands * (document.depth // 8 + 2) + 4))
    profile = document.resources.get(PROFILE_RESOURCE, b"")
    try:
        bands = [_band(plane, document) for plane in _planes(opened, document)]
    except (ValueError, struct.error, EOFError) as error:
        return _thumbnail(document, size, error)
    if document.mode in ("1", "L", "P"):
        image = bands[0]
        if document.mode == "P" and len(document.palette) == 768:
            table = np.frombuffer(document.palette, np.uint8).reshape(3, 256)
            image.putpalette(table.T.tobytes())
            image = image.convert("RGB")
    else:
        image = Image.merge(document.mode, bands)
    return Picture(image, profile, 1, size)


def _read_header(opened: OpenedOriginal) -> _Document:
    signature, version, channels, height, width, depth, mode = struct.unpack(
        ">4sH6xHIIHH", opened.read_at(0, HEADER_BYTES)
    )
    if signature != b"8BPS" or mode not in MODES or depth not in (1, 8, 16, 32) or (depth == 1 and mode != 0):
        raise Unreadable(f"This kind of Photoshop file (mode {mode}, {depth} bits) cannot be shown.")
    name, bands = MODES[mode]
    at = HEADER_BYTES
    palette, at = _block(opened, at, 4)
    resources, at = _block(opened, at, 4)
    large = version == 2
    (length,) = struct.unpack(">Q" if large else ">I", opened.read_at(at, 8 if large else 4))
    at += (8 if large else 4) + length
    return _Document(large, channels, width, height, depth, name, min(bands, channels), palette,
                     _resources(resources), at)


def _block(opened: OpenedOriginal, at: int, length_bytes: int) -> tuple[bytes, int]:
    length = int.from_bytes(opened.read_at(at, length_bytes), "big")
    if length > limits.READ_AT_ONCE or at + length > opened.size:
        raise ValueError("a section is longer than the file")
    return opened.read_at(at + length_bytes, length), at + length_bytes + length


def _resources(data: bytes) -> dict[int, bytes]:
    """The two image resources we use, by number."""
    found, at = {}, 0
    while at + 12 <= len(data) and data[at:at + 4] == b"8BIM":
        number, name_length = struct.unpack_from(">HB", data, at + 4)
        at += 6 + (name_length + 2) // 2 * 2
        (length,) = struct.unpack_from(">I", data, at)
        if number in (PROFILE_RESOURCE, THUMBNAIL_RESOURCE):
            found[number] = data[at + 4:at + 4 + length]
        at += 4 + (length + 1) // 2 * 2
    return found


def _planes(opened: OpenedOriginal, document: _Document) -> list[bytes]:
    """The uncompressed bytes of each band of the flattened picture."""
    row = (document.width * document.depth + 7) // 8
    plane = row * document.height
    (packing,) = struct.unpack(">H", opened.read_at(document.pixels_at, 2))
    at = document.pixels_at + 2
    if packing == RAW:
        planes = [opened.read_at(at + plane * band, plane) for band in range(document.bands)]
        if any(len(data) < plane for data in planes):
            raise ValueError("the flattened picture is missing")
        return planes
    if packing != PACKED:
        raise ValueError(f"compression {packing} of the flattened picture")
    counter = np.dtype(">u4" if document.large else ">u2")
    rows = document.height * document.channels
    counts = np.frombuffer(opened.read_at(at, rows * counter.itemsize), counter)
    if len(counts) < rows:
        raise ValueError("the flattened picture is missing")
    at += rows * counter.itemsize
    planes = []
    for band in range(document.bands):
        length = int(counts[band * document.height:(band + 1) * document.height].sum(dtype=np.int64))
        packed = opened.read_at(at, length)
        planes.append(Image.frombytes("L", (row, document.height), packed, "packbits", "L").tobytes())
        at += length
    return planes


def _band(data: bytes, document: _Document) -> Image.Image:
    """One band with 8 bits a pixel; CMYK is stored inverted, Lab with another zero, 1 bit as black."""
    size = (document.width, document.height)
    if document.depth == 1:
        return Image.frombytes("1", size, data, "raw", "1;I").convert("L")
    values: npt.NDArray[np.uint8]
    if document.depth == 8:
        values = np.frombuffer(data, np.uint8)
    elif document.depth == 16:
        values = np.frombuffer(data, np.uint8)[::2]
    else:      # linear light, 0–1
        light = np.clip(np.frombuffer(data, ">f4"), 0, 1)
        values = (255 * light ** (1 / 2.2) + 0.5).astype(np.uint8)
    if document.mode == "CMYK":
        values = 255 - values
    return Image.frombytes("P" if document.mode == "P" else "L", size, np.ascontiguousarray(values).tobytes())


def _thumbnail(document: _Document, size: tuple[int, int], reason: Exception) -> Picture:
    data = document.resources.get(THUMBNAIL_RESOURCE, b"")[28:]
    if not data:
        raise Unreadable(f"This Photoshop file holds no flattened picture ({reason}).") from reason
    image = Image.open(io.BytesIO(data), formats=("JPEG",))
    limits.refuse_hungry(image.size[0] * image.size[1] * 4)
    image.load()
    return Picture(image.convert("RGB"), b"", 1, image.size, "This Photoshop file holds no flattened picture, "
                   "only a small one: save it with “Maximize compatibility”.", original_size=size)
