"""Small real photo trees for tests, drawn and written by the tests themselves."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageDraw

EPOCH = dt.datetime(2019, 6, 1, 9, 30, 0)


@dataclass(frozen=True)
class Shot:
    """What a drawn photo says about itself."""

    size: tuple[int, int] = (320, 240)
    taken: dt.datetime | None = EPOCH
    offset: str | None = None                      # "+02:00"
    make: str | None = "Canon"
    model: str | None = "Canon EOS R5"
    lens: str | None = "RF24-70mm F2.8 L IS USM"
    iso: int | None = 400
    orientation: int = 1
    gps: tuple[float, float] | None = None
    thumbnail: bool = True
    seed: int = 0


def draw(size: tuple[int, int], seed: int) -> Image.Image:
    """A picture no other seed gives: two-colour sky, a sun, a ridge, and a red corner at the top left."""
    rng = random.Random(seed)
    width, height = size
    picture = Image.linear_gradient("L").resize(size)
    top, bottom = (tuple(rng.randrange(30, 226) for _ in range(3)) for _ in range(2))
    picture = Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), picture)
    pen = ImageDraw.Draw(picture)
    x, y, r = rng.randrange(width), rng.randrange(height // 2 + 1), max(2, min(size) // 8)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=(250, 240, 210))
    ridge = [(i * width // 8, height - rng.randrange(height // 3 + 1)) for i in range(9)]
    pen.polygon([(0, height), *ridge, (width, height)], fill=tuple(rng.randrange(20, 90) for _ in range(3)))
    pen.rectangle((0, 0, width // 8, height // 8), fill=(220, 20, 20))
    return picture


def jpeg(shot: Shot) -> bytes:
    """The bytes of a JPEG with EXIF, stored so that it shows upright under its orientation."""
    upright = draw(shot.size, shot.seed)
    undo = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}.get(shot.orientation)
    stored = upright.transpose(undo) if undo is not None else upright
    exif = _exif(shot)
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=85, exif=_with_thumbnail(exif, stored) if shot.thumbnail else exif.tobytes())
    return out.getvalue()


def _exif(shot: Shot) -> Image.Exif:
    exif = Image.Exif()
    details: dict[int, object] = {}
    for tag, value in ((ExifTags.Base.Make, shot.make), (ExifTags.Base.Model, shot.model)):
        if value:
            exif[tag] = value
    exif[ExifTags.Base.Orientation] = shot.orientation
    if shot.taken:
        details[ExifTags.Base.DateTimeOriginal] = shot.taken.strftime("%Y:%m:%d %H:%M:%S")
    if shot.offset:
        details[ExifTags.Base.OffsetTimeOriginal] = shot.offset
    if shot.lens:
        details[ExifTags.Base.LensModel] = shot.lens
    if shot.iso:
        details[ExifTags.Base.ISOSpeedRatings] = shot.iso
        details[ExifTags.Base.FNumber] = 2.8
        details[ExifTags.Base.ExposureTime] = 0.004
        details[ExifTags.Base.FocalLength] = 50.0
    exif.get_ifd(ExifTags.IFD.Exif).update(details)
    if shot.gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(*shot.gps))
    return exif


def _gps(lat: float, lon: float) -> dict[int, object]:
    def dms(value: float) -> tuple[float, float, float]:
        value = abs(value)
        return float(int(value)), float(int(value * 60 % 60)), round(value * 3600 % 60, 4)

    return {ExifTags.GPS.GPSLatitudeRef: "N" if lat >= 0 else "S", ExifTags.GPS.GPSLatitude: dms(lat),
            ExifTags.GPS.GPSLongitudeRef: "E" if lon >= 0 else "W", ExifTags.GPS.GPSLongitude: dms(lon)}


def _with_thumbnail(exif: Image.Exif, stored: Image.Image) -> bytes:
    """The EXIF block with a thumbnail IFD appended, which Pillow itself cannot write."""
    small = io.BytesIO()
    copy = stored.copy()
    copy.thumbnail((160, 160))
    copy.save(small, "JPEG", quality=75)
    thumb, block = small.getvalue(), bytearray(exif.tobytes())
    tiff = 6 if block[:6] == b"Exif\0\0" else 0
    order = "little" if block[tiff:tiff + 2] == b"II" else "big"
    first = int.from_bytes(block[tiff + 4:tiff + 8], order)
    entries = int.from_bytes(block[tiff + first:tiff + first + 2], order)
    link = tiff + first + 2 + entries * 12
    if len(block) % 2:
        block += b"\0"
    at = len(block) - tiff
    block[link:link + 4] = at.to_bytes(4, order)

    def entry(tag: int, kind: int, value: int) -> bytes:
        packed = value.to_bytes(2, order) + b"\0\0" if kind == 3 else value.to_bytes(4, order)
        return tag.to_bytes(2, order) + kind.to_bytes(2, order) + (1).to_bytes(4, order) + packed

    data_at = at + 2 + 3 * 12 + 4
    block += (3).to_bytes(2, order) + entry(0x0103, 3, 6) + entry(0x0201, 4, data_at) + entry(0x0202, 4, len(thumb))
    block += (0).to_bytes(4, order) + thumb
    return bytes(block)


def make_tree(root: Path, count: int = 24, *, folders: int = 3, start: dt.datetime = EPOCH) -> list[Path]:
    """count distinct photos in folders "2019 Lofoten", "Roll 1" … with times an hour apart. Returns their paths."""
    names = ["2019 Lofoten", *(f"Roll {i}" for i in range(1, folders))]
    paths = []
    for index in range(count):
        folder = root / names[index % folders]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"IMG_{index + 1:04d}.jpg"
        size = ((320, 240), (240, 320), (360, 200), (300, 300))[index % 4]
        gps = (67.93 + index / 1000, 13.09 + index / 1000) if index % 5 == 0 else None
        path.write_bytes(jpeg(Shot(size=size, taken=start + dt.timedelta(hours=index), gps=gps, seed=index + 1)))
        os.utime(path, (1_600_000_000 + index, 1_600_000_000 + index))
        paths.append(path)
    return paths


def fingerprint(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Size, mtime and bytes of everything below root: to show that nothing was touched."""
    return {str(path.relative_to(root)): (path.lstat().st_size, path.lstat().st_mtime_ns, path.read_bytes())
            for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()}
