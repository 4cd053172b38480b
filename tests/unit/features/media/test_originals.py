"""Originals and videos: served as they are by ranges, converted where a browser cannot show them, never as a page."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

import trees
from photoarchive.core.tiers import Tier
from photoarchive.imaging.cache_file import Wish
from picture_catalog import PictureCatalog, eventually, picture_catalog


@pytest.fixture
def catalog(tmp_path: Path):
    with picture_catalog(tmp_path / "home") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    return tmp_path / "photos"


@pytest.fixture
def source(catalog: PictureCatalog, folder: Path) -> int:
    return catalog.add_source(folder)


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def test_an_original_a_browser_can_show_is_sent_byte_for_byte(catalog, source, folder):
    for name, form, media_type in (("a.jpg", "JPEG", "image/jpeg"), ("a.png", "PNG", "image/png"),
                                   ("a.webp", "WEBP", "image/webp"), ("a.gif", "GIF", "image/gif")):
        noise((640, 480)).save(folder / name, form)
        reply = catalog.get(f"/api/full/{catalog.add_photo(source, folder / name)}")
        assert (reply.status, reply.headers["content-type"]) == (200, media_type)
        assert reply.body == (folder / name).read_bytes()
        assert reply.headers["content-security-policy"] == "sandbox"
        assert reply.headers["accept-ranges"] == "bytes"


def test_ranges_of_an_original_are_slices_of_it(catalog, source, folder):
    noise((1500, 1000)).save(folder / "a.png")
    photo, data = catalog.add_photo(source, folder / "a.png"), (folder / "a.png").read_bytes()
    assert len(data) > 1_000_000, "several chunks"
    parts = {"bytes=0-99": data[:100], "bytes=70000-900000": data[70000:900001], "bytes=-5": data[-5:]}
    for header, part in parts.items():
        reply = catalog.get(f"/api/full/{photo}", range=header)
        assert reply.status == 206
        assert hashlib.sha256(reply.body).digest() == hashlib.sha256(part).digest()
        assert int(reply.headers["content-length"]) == len(part)
    assert catalog.get(f"/api/full/{photo}", range="bytes=0-99").headers["content-range"] == f"bytes 0-99/{len(data)}"
    beyond = catalog.get(f"/api/full/{photo}", range=f"bytes={len(data)}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(data)}")
    changed = catalog.get(f"/api/full/{photo}", range="bytes=0-9", if_range='"an older one"')
    assert (changed.status, len(changed.body)) == (200, len(data))


def test_what_is_called_a_picture_and_is_a_page_is_never_sent(catalog, source, folder):
    for name, data in (("a.jpg", b"<html><script>alert(1)</script>"), ("b.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
                       ("c.jpg", b"")):
        (folder / name).write_bytes(data)
        reply = catalog.get(f"/api/full/{catalog.add_photo(source, folder / name)}")
        assert reply.status == 415
        assert data == b"" or data not in reply.body


def test_a_link_in_the_source_is_not_followed(catalog, source, folder, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(trees.jpeg(trees.Shot()))
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot()))
    photo = catalog.add_photo(source, folder / "a.jpg")
    (folder / "a.jpg").unlink()
    (folder / "a.jpg").symlink_to(secret)
    assert catalog.get(f"/api/full/{photo}").status == 415
    assert catalog.get(f"/api/thumb/md/{photo}").status == 415


def test_a_fifo_in_the_place_of_a_photo_holds_nobody(catalog, source, folder):
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot()))
    photo = catalog.add_photo(source, folder / "a.jpg")
    (folder / "a.jpg").unlink()
    os.mkfifo(folder / "a.jpg")
    assert catalog.get(f"/api/full/{photo}").status == 415


def test_a_tiff_is_shown_at_full_resolution_as_jpeg_and_then_kept(catalog, source, folder):
    noise((900, 700)).save(folder / "a.tif")
    photo = catalog.add_photo(source, folder / "a.tif")
    first = catalog.get(f"/api/full/{photo}")
    assert (first.status, first.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(first.body)).size == (900, 700)
    assert eventually(lambda: catalog.cache.index.has(photo, Tier.FULL))
    second = catalog.get(f"/api/full/{photo}?cached=1", range="bytes=0-1")
    assert (second.status, second.body) == (206, b"\xff\xd8")
    catalog.sources.set_online(source, False)
    assert catalog.get(f"/api/full/{photo}").body == first.body, "also when the drive is away"


def test_a_copy_in_the_cache_serves_when_the_drive_is_away(catalog, source, folder):
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot(size=(800, 600))) + b"bytes behind the end, as of phones")
    photo = catalog.add_photo(source, folder / "a.jpg", extension=".jpg")
    assert catalog.media.fulls.copy(catalog.media.subject(photo), Wish.STOCK)
    catalog.sources.set_online(source, False)
    reply = catalog.get(f"/api/full/{photo}")
    assert reply.body == (folder / "a.jpg").read_bytes()
    assert reply.headers["x-tier"] == "full"


def test_an_original_that_changed_since_the_scan_is_not_copied_under_its_old_name(catalog, source, folder):
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot()))
    photo = catalog.add_photo(source, folder / "a.jpg")
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot(size=(640, 480))))
    with pytest.raises(Exception, match="changed while it was copied"):
        catalog.media.fulls.copy(catalog.media.subject(photo), Wish.STOCK)
    assert not catalog.cache.index.has(photo, Tier.FULL)
    assert catalog.cache.disk.trouble == "", "the cache is not at fault"


def movie(path: Path, codec: str) -> None:
    """A second of video, written by a process of its own: the test process stays free of the library."""
    script = f"""
import av, numpy as np
with av.open({str(path)!r}, "w") as out:
    stream = out.add_stream({codec!r}, rate=10)
    stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
    for n in range(10):
        frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), n * 20, np.uint8), format="rgb24")
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
"""
    import sys

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_a_video_plays_by_ranges(catalog, source, folder):
    movie(folder / "a.mp4", "libx264")
    photo, data = catalog.add_photo(source, folder / "a.mp4", kind=2, extension=".mp4"), (folder / "a.mp4").read_bytes()
    reply = catalog.get(f"/api/video/{photo}", range="bytes=100-")
    assert (reply.status, reply.headers["content-type"], reply.body) == (206, "video/mp4", data[100:])
    poster = catalog.get(f"/api/full/{photo}")
    assert (poster.status, poster.headers["content-type"]) == (200, "image/jpeg")


def test_a_video_no_browser_plays_is_named(catalog, source, folder):
    movie(folder / "a.avi", "mpeg4")
    photo = catalog.add_photo(source, folder / "a.avi", kind=2, extension=".avi")
    catalog.db.write(lambda tx: tx.execute(
        "INSERT INTO details (photo_id, codec) VALUES (?, 'mpeg4')", (photo,)) and None)
    reply = catalog.get(f"/api/video/{photo}")
    assert reply.status == 415
    assert b"MPEG-4 Part 2" in reply.body


def test_a_photo_is_no_video(catalog, source, folder):
    (folder / "a.jpg").write_bytes(trees.jpeg(trees.Shot()))
    assert catalog.get(f"/api/video/{catalog.add_photo(source, folder / 'a.jpg')}").status == 415


def test_serving_leaves_the_originals_as_they_were(catalog, source, folder):
    for n in range(3):
        (folder / f"{n}.jpg").write_bytes(trees.jpeg(trees.Shot(seed=n)))
        os.utime(folder / f"{n}.jpg", (1_500_000_000, 1_500_000_000))
    before = trees.fingerprint(folder)
    for n in range(3):
        photo = catalog.add_photo(source, folder / f"{n}.jpg")
        for path in (f"/api/thumb/sm/{photo}", f"/api/thumb/lg/{photo}", f"/api/full/{photo}"):
            assert catalog.get(path).status == 200
    assert trees.fingerprint(folder) == before
