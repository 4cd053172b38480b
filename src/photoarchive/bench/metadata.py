"""metadata: how many small JPEGs with full EXIF, GPS, XMP and a thumbnail are read in a second on one core.

Counts the whole work of a file: opening it, every tag as text, facts, average colour, the packed dictionary.
"""

from __future__ import annotations

import io
import statistics
from pathlib import Path
from typing import Literal

from PIL import ExifTags, Image

from photoarchive.bench import Report, bench_home
from photoarchive.core.clock import monotonic
from photoarchive.core.facts import Inspection
from photoarchive.core.paths import Original
from photoarchive.imaging.inspect import InspectItem, inspect_batch

FILES = 500
REPEATS = 7
BATCH = 50
_VERSION = "1"          # of the prepared files: raise it when they change

_XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="4" xmp:Label="Red">
<dc:subject><rdf:Bag><rdf:li>Travel</rdf:li><rdf:li>Lofoten</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def run(report: Report) -> None:
    """Read all files in batches, repeatedly; report the median rate."""
    folder = _prepared()
    root = bytes(folder)
    items = [InspectItem(n, Original(root, f"{n:04d}.jpg".encode())) for n in range(FILES)]
    batches = [items[start:start + BATCH] for start in range(0, FILES, BATCH)]
    rates = []
    for repeat in range(REPEATS + 1):
        began = monotonic()
        answers = [answer for batch in batches for answer in inspect_batch(batch)]
        if repeat:                                      # the first round warms the caches
            rates.append(FILES / (monotonic() - began))
    if not all(isinstance(answer, Inspection) and answer.colour is not None for answer in answers):
        raise RuntimeError("the prepared files were not read whole")
    report("metadata.files_per_s_core", statistics.median(rates), "/s")


def _prepared() -> Path:
    """The folder with the files, made once."""
    folder = bench_home() / f"metadata-{_VERSION}"
    if not (folder / f"{FILES - 1:04d}.jpg").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for n in range(FILES):
            (folder / f"{n:04d}.jpg").write_bytes(_jpeg(n))
    return folder


def _jpeg(n: int) -> bytes:
    """One photo as a camera writes it: about 45 tags, GPS, a thumbnail of 160 pixels."""
    exif = Image.Exif()
    base, gps = ExifTags.Base, ExifTags.GPS
    first: dict[int, object] = {
        base.Make: "NIKON CORPORATION", base.Model: f"NIKON Z {6 + n % 3}", base.Orientation: 1 + 5 * (n % 2),
        base.XResolution: 300.0, base.YResolution: 300.0, base.ResolutionUnit: 2, base.Software: "Ver.01.40",
        base.DateTime: "2021:06:01 10:00:00", base.Artist: "A. Photographer", base.Copyright: "A. Photographer",
        base.ImageDescription: f"Photo {n}",
    }
    for tag, value in first.items():
        exif[tag] = value
    exif.get_ifd(ExifTags.IFD.Exif).update({
        base.ExposureTime: 1 / (50 + n), base.FNumber: 2.8, base.ExposureProgram: 3, base.ISOSpeedRatings: 100 + n,
        base.SensitivityType: 2, base.ExifVersion: b"0232", base.OffsetTime: "+02:00",
        base.DateTimeOriginal: f"2021:06:01 {n % 24:02d}:{n % 60:02d}:00", base.OffsetTimeOriginal: "+02:00",
        base.DateTimeDigitized: "2021:06:01 10:00:00", base.SubsecTimeOriginal: f"{n % 100:02d}",
        base.ShutterSpeedValue: 5.6, base.ApertureValue: 2.97, base.ExposureBiasValue: -0.3, base.MaxApertureValue: 2.9,
        base.MeteringMode: 5, base.LightSource: 0, base.Flash: 16, base.FocalLength: 50.0, base.ColorSpace: 1,
        base.ExifImageWidth: 320, base.ExifImageHeight: 240, base.SensingMethod: 2, base.CustomRendered: 0,
        base.ExposureMode: 0, base.WhiteBalance: 0, base.DigitalZoomRatio: 1.0, base.FocalLengthIn35mmFilm: 50,
        base.SceneCaptureType: 0, base.LensMake: "NIKON", base.LensModel: "NIKKOR Z 24-70mm f/2.8 S",
        base.BodySerialNumber: "6001234", base.LensSpecification: (24.0, 70.0, 2.8, 2.8),
    })
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({
        gps.GPSVersionID: b"\2\3\0\0", gps.GPSLatitudeRef: "N", gps.GPSLatitude: (68.0, n % 60, 1.5),
        gps.GPSLongitudeRef: "E", gps.GPSLongitude: (14.0, n % 60, 2.5), gps.GPSAltitudeRef: b"\0",
        gps.GPSAltitude: 12.5, gps.GPSTimeStamp: (8.0, 0.0, 0.0), gps.GPSDateStamp: "2021:06:01",
        gps.GPSImgDirection: 120.0, gps.GPSImgDirectionRef: "T",
    })
    picture = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    small, out = io.BytesIO(), io.BytesIO()
    picture.resize((160, 120)).save(small, "JPEG", quality=80)
    picture.save(out, "JPEG", quality=80, exif=_with_thumbnail(exif.tobytes(), small.getvalue()), xmp=_XMP.encode())
    return out.getvalue()


def _with_thumbnail(block: bytes, thumbnail: bytes) -> bytes:
    """The EXIF block with a second directory that holds the thumbnail; Pillow writes none."""
    data = bytearray(block.removeprefix(b"Exif\0\0"))
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    first = int.from_bytes(data[4:8], order)
    link = first + 2 + 12 * int.from_bytes(data[first:first + 2], order)
    data += bytes(len(data) % 2)
    start = len(data)
    data[link:link + 4] = start.to_bytes(4, order)
    entries = ((0x0103, 3, 6), (0x0201, 4, start + 2 + 3 * 12 + 4), (0x0202, 4, len(thumbnail)))
    data += len(entries).to_bytes(2, order)
    for tag, kind, value in entries:
        packed = value.to_bytes(2, order) + bytes(2) if kind == 3 else value.to_bytes(4, order)
        data += tag.to_bytes(2, order) + kind.to_bytes(2, order) + (1).to_bytes(4, order) + packed
    return b"Exif\0\0" + bytes(data + bytes(4)) + thumbnail
