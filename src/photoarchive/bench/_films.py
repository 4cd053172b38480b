"""The films of the video benchmark, drawn once: moving scenery in the codecs cameras write."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from photoarchive.imaging.scenery import placeholder

SPARSE_BYTES = 2 << 30
SIZE, RATE = (1920, 1080), 30
HD_SECONDS, HEVC_SECONDS = 4, 8


def hd_film(path: Path, seed: int) -> Path:
    """1080p H.264 at 12 Mbit/s with a key frame a second."""
    if not path.exists():
        _film(path, "libx264", seed, HD_SECONDS, {"preset": "veryfast"})
    return path


def hevc_film(path: Path) -> tuple[Path, int]:
    """1080p HEVC as phones write it, and its seconds."""
    if not path.exists():
        _film(path, "libx265", 99, HEVC_SECONDS, {"preset": "ultrafast", "x265-params": "log-level=none"})
    return path, HEVC_SECONDS


def sparse_film(path: Path) -> Path:
    """A real film of two gigabytes, nearly all of them a hole: a box of free space between its head and its data.

    ISO 14496-12: places in the index count from the beginning of the file, so they are moved by the hole's size.
    """
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    small = path.parent.parent / "small.mp4"
    data = hd_film(small, 7).read_bytes()
    kind = data.index(b"ftyp") - 4
    head = struct.unpack_from(">I", data, kind)[0] + kind
    rest = bytearray(data[head:])
    _move_chunks(rest, SPARSE_BYTES)
    with path.open("wb") as file:
        file.write(data[:head] + struct.pack(">I4sQ", 1, b"free", SPARSE_BYTES))
        file.seek(head + SPARSE_BYTES)
        file.write(rest)
    return path


def _move_chunks(boxes: bytearray, by: int) -> None:
    """Add to every place in the tables of chunks (stco); two gigabytes still fit into 32 bits."""
    at = boxes.find(b"stco")
    while at >= 0:
        count = struct.unpack_from(">I", boxes, at + 8)[0]
        for number in range(count):
            place = at + 12 + 4 * number
            struct.pack_into(">I", boxes, place, struct.unpack_from(">I", boxes, place)[0] + by)
        at = boxes.find(b"stco", at + 12 + 4 * count)


def _film(path: Path, codec: str, seed: int, seconds: int, options: dict[str, str]) -> None:
    """Scenery that moves sideways, with a little noise as sensors have."""
    width, height = SIZE
    wide = Image.open(io.BytesIO(placeholder(seed, width + RATE * seconds * 4, height)))
    scene = np.asarray(wide.convert("RGB"))
    grain = np.random.default_rng(seed).integers(0, 12, (height, width, 3), np.uint8)
    part = path.with_suffix(".part" + path.suffix)
    with av.open(str(part), "w") as output:
        stream: Any = output.add_stream(codec, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 12_000_000
        stream.codec_context.gop_size = RATE
        if codec == "libx265":
            stream.codec_context.codec_tag = "hvc1"
        for number in range(RATE * seconds):
            shown = np.maximum(scene[:, number * 4:number * 4 + width], np.roll(grain, number * 7, axis=1))
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), "rgb24")))
        output.mux(stream.encode(None))
    part.replace(path)
