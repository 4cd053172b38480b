"""Batches of files read as a worker reads them: formats, shapes, failures, all tags."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import trees
from photoarchive.core.facts import Blame, InspectFailure, Inspection, Kind, Origin
from photoarchive.core.paths import Original
from photoarchive.imaging.inspect import InspectItem, all_tags, inspect_batch
from photoarchive.imaging.reading import MOST_TAG_BYTES, packed_tags


def read(path: Path, *sidecars: Path) -> Inspection | InspectFailure:
    root = os.fsencode(path.parent)
    item = InspectItem(7, Original(root, os.fsencode(path.name)),
                       tuple(Original(root, os.fsencode(one.name)) for one in sidecars), stamp=3)
    (answer,) = inspect_batch([item])
    assert (answer.file_id, answer.stamp) == (7, 3)
    return answer


def reading(path: Path, *sidecars: Path) -> Inspection:
    answer = read(path, *sidecars)
    assert isinstance(answer, Inspection), answer
    return answer


@pytest.mark.parametrize(("form", "extension"), [
    ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif"), ("BMP", ".bmp"), ("TIFF", ".tif"), ("AVIF", ".avif"),
])
def test_every_format_tells_its_size(tmp_path: Path, form: str, extension: str):
    path = tmp_path / "picture.jpg"
    Image.new("RGB", (64, 48), (9, 99, 199)).save(path, form)
    found = reading(path)
    assert (found.extension, found.kind) == (extension, Kind.IMAGE)
    assert (found.facts.width, found.facts.height) == (64, 48)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_is_found_in_every_format(tmp_path: Path, form: str):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Canon", "Canon EOS R5", 6
    exif.get_ifd(0x8769)[0x9003] = exif[0x9003] = "2019:06:01 09:30:00"      # Pillow's TIFFs keep only the second
    path = tmp_path / "x.bin"
    Image.new("RGB", (64, 48), (9, 99, 199)).save(path, form, exif=exif)
    facts = reading(path).facts
    assert (facts.camera_make, facts.camera_model) == ("Canon", "EOS R5")
    assert (facts.orientation, facts.width, facts.height, facts.stored_width) == (6, 48, 64, 64)
    assert facts.taken is not None and facts.taken.origin == Origin.EMBEDDED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_displayed_size_is_upright(tmp_path: Path, orientation: int):
    path = tmp_path / "x.jpg"
    path.write_bytes(trees.jpeg(trees.Shot(orientation=orientation)))
    facts = reading(path).facts
    assert (facts.width, facts.height) == (320, 240)
    assert facts.orientation == orientation


def test_the_average_colour_comes_from_the_thumbnail(tmp_path: Path):
    path = tmp_path / "x.jpg"
    path.write_bytes(trees.jpeg(trees.Shot()))
    assert reading(path).colour is not None
    path.write_bytes(trees.jpeg(trees.Shot(thumbnail=False)))
    assert reading(path).colour is None


def test_metadata_beyond_the_first_read_of_a_jpeg_is_found(tmp_path: Path):
    """Half a megabyte of other segments before EXIF."""
    data = trees.jpeg(trees.Shot())
    filler = (b"\xff\xe2" + struct.pack(">H", 65_535) + bytes(65_533)) * 8
    path = tmp_path / "x.jpg"
    path.write_bytes(data[:2] + filler + data[2:])
    facts = reading(path).facts
    assert facts.camera_model == "EOS R5" and facts.width == 320


def test_a_truncated_jpeg_still_tells_its_facts(tmp_path: Path):
    data = trees.jpeg(trees.Shot())
    path = tmp_path / "x.jpg"
    path.write_bytes(data[:data.rindex(b"\xff\xda") + 20])
    assert reading(path).facts.iso == 400


def test_files_without_a_date_take_it_from_name_or_mtime(tmp_path: Path):
    data = trees.jpeg(trees.Shot(taken=None))
    named, plain = tmp_path / "IMG_20180304_050607.jpg", tmp_path / "holiday.jpg"
    for path in (named, plain):
        path.write_bytes(data)
        os.utime(path, (1_500_000_000, 1_500_000_000))
    found = reading(named).facts.taken
    assert found is not None and found.origin == Origin.FILE_NAME
    estimated = reading(plain).facts.taken
    assert estimated is not None and estimated.origin == Origin.MTIME
    assert estimated.local_ms - (estimated.offset or 0) * 60_000 == 1_500_000_000_000


def test_a_broken_sidecar_is_noted_and_the_photo_read(tmp_path: Path):
    path, sidecar = tmp_path / "x.jpg", tmp_path / "x.xmp"
    path.write_bytes(trees.jpeg(trees.Shot()))
    sidecar.write_text("<!DOCTYPE bomb><x/>")
    found = reading(path, sidecar, tmp_path / "gone.jpg.json")
    assert found.facts.iso == 400
    assert len(found.notes) == 2 and found.notes[0].startswith("x.xmp: ")


# ---------------------------------------------------------------------- videos


def film(path: Path, *, frames: int = 30, **tags: str) -> Path:
    """A second of moving grey in MPEG-4."""
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update(tags)
        stream = container.add_stream("mpeg4", rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), n * 8 % 256, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_video_tells_shape_duration_codec_date_and_place(tmp_path: Path):
    path = film(tmp_path / "x.mp4", creation_time="2021-08-09T10:11:12Z", location="+43.7696+011.2558/",
                **{"com.apple.quicktime.creationdate": "2021-08-09T12:11:12+0200",
                   "com.apple.quicktime.model": "iPhone 12", "com.apple.quicktime.content.identifier": "ABC-1"})
    found = reading(path)
    facts = found.facts
    assert (found.kind, facts.width, facts.height, facts.codec, facts.frame_rate) == (Kind.VIDEO, 160, 120, "mpeg4", 30)
    assert facts.duration == pytest.approx(1.0, abs=0.05)
    assert facts.taken is not None and facts.taken.offset == 120
    assert (facts.lat, facts.lon) == (43.7696, 11.2558)
    assert (facts.camera_model, facts.content_identifier) == ("iPhone 12", "ABC-1")


def test_the_zero_of_a_clock_that_was_never_set_is_no_date(tmp_path: Path):
    facts = reading(film(tmp_path / "x.mp4", creation_time="1970-01-01T00:00:00Z")).facts
    assert facts.taken is not None and facts.taken.origin == Origin.MTIME


def test_a_rotated_video_stands_upright(tmp_path: Path):
    path = film(tmp_path / "x.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at:at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 120 << 16, 0, 1 << 30)
    path.write_bytes(data)
    facts = reading(path).facts
    assert (facts.rotation, facts.width, facts.height, facts.stored_width) == (90, 120, 160, 160)


def test_a_camcorder_clip_is_dated_by_its_stream(tmp_path: Path):
    from photoarchive.imaging.avchd import read_avchd

    packs = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM" + bytes.fromhex(
        "03" "1802200812" "1931231624" "e010113000")
    recording = read_avchd(bytes(500) + packs)
    assert recording.maker == "Canon"
    assert recording.moment is not None and recording.moment.offset == 60
    assert read_avchd(bytes(500)).moment is None


# ---------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(("content", "words"), [
    (b"", "empty"), (b"hello", "no picture or video"), (b"\xff\xd8\xff\xe0" + bytes(50), "damaged"),
    (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"), (b"RIFF\0\0\0\0AVI LIST", "cannot be opened"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0isom", "cannot be opened"), (b"II*\0\x08\0\0\0\xff\xff", "damaged"),
])
def test_broken_files_have_a_reason(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    answer = read(path)
    assert isinstance(answer, InspectFailure)
    assert words in answer.reason and answer.blame == Blame.FILE and answer.extension == ".jpg"


def test_one_broken_file_costs_no_other(tmp_path: Path):
    root = os.fsencode(tmp_path)
    (tmp_path / "good.jpg").write_bytes(trees.jpeg(trees.Shot()))
    (tmp_path / "bad.jpg").write_bytes(b"nothing")
    names = (b"good.jpg", b"bad.jpg", b"gone.jpg", b"good.jpg")
    answers = inspect_batch([InspectItem(n, Original(root, name)) for n, name in enumerate(names)])
    assert [isinstance(answer, Inspection) for answer in answers] == [True, False, False, True]
    assert isinstance(answers[2], InspectFailure) and answers[2].blame == Blame.GONE


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=6), st.sampled_from(["JPEG", "TIFF", "PNG", "WEBP"]))
def test_damaged_headers_never_end_the_batch(tmp_path: Path, at: int, damage: bytes, form: str):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    Image.new("RGB", (64, 48), (9, 99, 199)).save(out, form, exif=exif)
    data = bytearray(out.getvalue())
    at %= len(data)
    data[at:at + len(damage)] = damage
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    read(path)


# ---------------------------------------------------------------------- all tags


def unpacked_tags(packed: bytes | None) -> dict[str, str]:
    assert packed is not None
    return json.loads(zlib.decompress(packed))


def test_all_tags_are_readable_text_without_binary(tmp_path: Path):
    path, sidecar = tmp_path / "x.jpg", tmp_path / "x.jpg.json"
    path.write_bytes(trees.jpeg(trees.Shot()))
    sidecar.write_text('{"title": "x.jpg", "photoTakenTime": {"timestamp": "1560001000"}}')
    root = os.fsencode(tmp_path)
    tags = all_tags(Original(root, b"x.jpg"), (Original(root, b"x.jpg.json"),))
    assert tags["Exif.Photo.FNumber"] == "F2.8" and tags["Takeout.title"] == "x.jpg"
    assert all(len(value) <= 4_000 for value in tags.values())
    assert unpacked_tags(reading(path, sidecar).tags) == tags


def test_the_dictionary_of_a_photo_stays_small():
    """What does not fit is left out, the longest first; the order stays."""
    texts = {f"Tag.{n}": "x" * (10 if n % 2 else 3_900) for n in range(60)}
    kept = unpacked_tags(packed_tags(texts))
    assert sum(len(key) + len(value) for key, value in kept.items()) <= MOST_TAG_BYTES
    assert [key for key in kept if int(key[4:]) % 2] == [f"Tag.{n}" for n in range(1, 60, 2)]
