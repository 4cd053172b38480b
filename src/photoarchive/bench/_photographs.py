"""Photographs of 24 megapixels for the benchmarks, drawn by the program: clouds of detail at every scale, hard edges,
sensor grain, 4:2:0, with EXIF and a thumbnail, as a camera writes them: about 5 MB each at the standard quality of
cameras and phones, about 8 MB at the finest.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

WIDTH, HEIGHT = 6000, 4000
STANDARD, FINE = 90, 95     # JPEG quality
THUMBNAIL_SIZE = (160, 107)
DETAIL_FALL = 0.66          # of the contrast goes from an octave to the next finer one, about as in nature
GRAIN = 3.5                 # levels of sensor noise
ASCII, SHORT, LONG = 2, 3, 4

Grey = npt.NDArray[np.float32]


def photographs(folder: Path, count: int = 3, quality: int = STANDARD) -> list[Path]:
    """Paths of `count` photographs, made at the first call (about 5 seconds each)."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photograph-{quality}-{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(_as_camera_file(_draw(seed=number + 1), quality))
            unfinished.rename(path)
    return paths


def _draw(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)

    def noise(height: int, width: int) -> Grey:
        return random.standard_normal((height, width), dtype=np.float32)

    light, size, contrast = np.zeros((2, 3), np.float32), (3, 2), 55.0
    while size[0] < WIDTH:
        size = (min(WIDTH, size[0] * 2), min(HEIGHT, size[1] * 2))
        light = _enlarged(light, size) + contrast * noise(size[1], size[0])
        contrast *= DETAIL_FALL
    light += np.where(_enlarged(noise(20, 30), (WIDTH, HEIGHT)) > 0.25, 40, -15).astype(np.float32)
    light += GRAIN * noise(HEIGHT, WIDTH)
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for band in range(3):
        tint = _enlarged(28 * noise(40, 60), (WIDTH, HEIGHT))
        pixels[..., band] = np.clip(light + tint + 118, 0, 255)
    return Image.fromarray(pixels)


def _enlarged(values: Grey, size: tuple[int, int]) -> Grey:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))


def _as_camera_file(picture: Image.Image, quality: int) -> bytes:
    buffer, small = io.BytesIO(), io.BytesIO()
    picture.resize(THUMBNAIL_SIZE, Image.Resampling.LANCZOS).save(small, "JPEG", quality=85)
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", exif=_exif(small.getvalue()))
    return buffer.getvalue()


def _exif(thumbnail: bytes) -> bytes:
    """EXIF with two directories: camera and orientation, then the thumbnail (TIFF 6.0; JEITA CP-3451 §4.6.9)."""
    model = b"Bench 24\0\0"
    first = [(0x0110, ASCII, len(model), 0), (0x0112, SHORT, 1, 1)]
    second = [(0x0103, SHORT, 1, 6), (0x0201, LONG, 1, 0), (0x0202, LONG, 1, len(thumbnail))]
    second_at = 8 + 2 + 12 * len(first) + 4
    data_at = second_at + 2 + 12 * len(second) + 4
    first[0] = (0x0110, ASCII, len(model), data_at)
    second[1] = (0x0201, LONG, 1, data_at + len(model))
    tiff = b"II*\0" + struct.pack("<I", 8) + _directory(first, second_at) + _directory(second, 0)
    return b"Exif\0\0" + tiff + model + thumbnail


def _directory(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
