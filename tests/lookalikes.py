"""Pictures that look alike, drawn by the tests: a scene, its copies in other sizes and qualities, bursts."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

SIZE = (480, 360)
TAKEN = dt.datetime(2021, 6, 5, 14, 3, 10)


def scene(seed: int) -> Image.Image:
    """A picture with detail of every size that no other seed gives."""
    chance = np.random.default_rng(seed)
    light = np.full((SIZE[1], SIZE[0], 3), 118.0)
    for cells, contrast in ((3, 46), (6, 34), (12, 26), (24, 18), (60, 10)):
        noise = chance.standard_normal((cells, cells, 3)) * [1.0, 0.9, 0.8]
        for band in range(3):
            grey = Image.fromarray(noise[..., band].astype(np.float32))
            light[..., band] += contrast * np.asarray(grey.resize(SIZE, Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))


def jpeg(picture: Image.Image, quality: int = 90, taken: dt.datetime | None = None) -> bytes:
    """The bytes of a JPEG, with a camera and a moment if it was taken at one."""
    exif = Image.Exif()
    if taken is not None:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Canon", "Canon EOS R5"
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif.tobytes())
    return out.getvalue()


def variants(picture: Image.Image) -> dict[str, bytes]:
    """The same picture as it comes back from elsewhere."""
    width, height = picture.size
    brighter = picture.point(lambda value: min(255, int(value * 1.3)))
    cropped = picture.crop((int(width * .025), int(height * .025), int(width * .975), int(height * .975)))
    return {"poor": jpeg(picture, 30), "small": jpeg(picture.resize((200, 150)), 80), "bright": jpeg(brighter),
            "cropped": jpeg(cropped)}


def moved_on(picture: Image.Image, by: int) -> Image.Image:
    """The next frame of a burst: the camera moved a little."""
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, by, 0, 1, by / 2), Image.Resampling.BILINEAR)


def write_library(folder: Path, scenes: int = 3, others: int = 6) -> None:
    """`scenes` scenes with four variants each, a burst of three, and `others` that look like nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(scenes):
        picture = scene(number)
        (folder / f"s{number}-original.jpg").write_bytes(jpeg(picture, 92, TAKEN + dt.timedelta(days=number + 1)))
        for name, data in variants(picture).items():
            (folder / f"s{number}-{name}.jpg").write_bytes(data)
    burst = scene(50)
    for frame in range(3):
        taken = TAKEN + dt.timedelta(seconds=frame)
        (folder / f"burst-{frame}.jpg").write_bytes(jpeg(moved_on(burst, frame * 9), 90, taken))
    for number in range(others):
        (folder / f"other-{number}.jpg").write_bytes(jpeg(scene(100 + number)))
