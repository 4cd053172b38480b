"""Videos over HTTP from a real server: frames, what plays, copies on demand with ranges, clips of live photos."""

from __future__ import annotations

import io
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import films
import trees
from api.test_media import fetch
from conftest import LiveServer, serving, start_server
from unit.imaging.test_motion_photo import with_xmp

BEHIND = b"\0\0\0\x10free" + bytes(8)        # what a camera may write behind the clip


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    films.film(folder / "plays.mp4", "libx264", seconds=6.0, sound="aac")
    films.film(folder / "old.avi", "mpeg4", seconds=3.0)
    films.film(folder / "noise.avi", "mpeg4", size=(640, 480), seconds=5.0, noise=True)
    (folder / "IMG_1.jpg").write_bytes(trees.jpeg(trees.Shot(seed=1)))
    films.film(folder / "IMG_1.mov", "mpeg4", seconds=1.0)
    still = trees.jpeg(trees.Shot(seed=2))
    clip = films.film(folder / "clip.mp4", "libx264", seconds=1.0).read_bytes()
    (folder / "clip.mp4").unlink()
    marks = f'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{len(clip)}"'
    (folder / "MVIMG_2.jpg").write_bytes(with_xmp(still, marks) + clip)
    hevc = films.film(folder / "clip.mp4", "libx265", seconds=1.0, **{"x265-params": "log-level=none"}).read_bytes()
    (folder / "clip.mp4").unlink()
    marks = (f'GCamera:MotionPhoto="1" GCamera:MotionPhotoOffset="{len(hevc) + len(BEHIND)}"')
    (folder / "MVIMG_3.jpg").write_bytes(with_xmp(trees.jpeg(trees.Shot(seed=3)), marks) + hevc + BEHIND)
    (folder / "torn.avi").write_bytes((folder / "old.avi").read_bytes()[:3000])
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("home"), photos) as running:
        yield running


def named(server: LiveServer, name: str) -> int:
    return next(card["id"] for card in server.get("/api/rankings?limit=100")["images"] if card["filename"] == name)


def proxy_of(server: LiveServer, photo: int) -> dict[str, Any]:
    return server.get(f"/api/video/{photo}/playback")["proxy"]


def ended(server: LiveServer, photo: int, seconds: float = 30.0) -> dict[str, Any]:
    """The state of a copy once it is neither waiting nor made."""
    deadline = time.monotonic() + seconds
    while (proxy := proxy_of(server, photo))["state"] in ("waiting", "making"):
        assert time.monotonic() < deadline, proxy
        time.sleep(0.1)
    return proxy


def test_frames_come_side_by_side_and_are_kept(server: LiveServer) -> None:
    film = named(server, "plays.mp4")
    status, headers, body = fetch(server, f"/api/video/{film}/frames")
    assert (status, headers["content-type"], headers["x-frames"]) == (200, "image/jpeg", "5")
    assert Image.open(io.BytesIO(body)).size == (5 * 320, 240)
    status, headers, again = fetch(server, f"/api/video/{film}/frames")
    assert again == body
    assert fetch(server, f"/api/video/{film}/frames", if_none_match=headers["etag"])[0] == 304
    assert server.get("/api/cache/status")["disk"]["tiers"]["strip"]["count"] >= 1
    assert server.call("GET", f"/api/video/{named(server, 'IMG_1.jpg') + 1000}/frames")[0] == 404


def test_a_film_browsers_know_plays_as_it_is_with_ranges(server: LiveServer, photos: Path) -> None:
    film, whole = named(server, "plays.mp4"), (photos / "plays.mp4").read_bytes()
    playback = server.get(f"/api/video/{film}/playback")
    assert (playback["playable"], playback["unplayable"], playback["proxy"]["state"]) == (True, None, "none")
    assert playback["frame_rate"] == 25
    status, headers, body = fetch(server, f"/api/video/{film}", range="bytes=1000-1999")
    assert (status, headers["content-range"], body) == (206, f"bytes 1000-1999/{len(whole)}", whole[1000:2000])
    assert fetch(server, f"/api/video/{film}", range=f"bytes={len(whole)}-")[0] == 416


def test_a_copy_is_made_on_demand_and_sent_with_ranges(server: LiveServer) -> None:
    """Before: 415 with the reason. After: H.264, ranges, an ETag of its own; full stays a picture."""
    film = named(server, "old.avi")
    status, _, body = fetch(server, f"/api/video/{film}")
    assert status == 415
    assert b"MPEG-4 Part 2" in body
    assert server.post(f"/api/video/{film}/proxy")["proxy"]["state"] in ("waiting", "making", "ready")
    assert ended(server, film)["state"] == "ready"
    status, headers, whole = fetch(server, f"/api/video/{film}")
    assert (status, headers["content-type"], headers["x-copy"]) == (200, "video/mp4", "1")
    facts, _ = films.seen(whole)
    assert (facts["codec"], facts["frames"]) == ("h264", 75)
    status, part_headers, part = fetch(server, f"/api/video/{film}?copy=1", range="bytes=100-299")
    assert (status, part, part_headers["etag"]) == (206, whole[100:300], headers["etag"])
    assert fetch(server, f"/api/full/{film}")[1]["content-type"] == "image/jpeg"
    assert server.get(f"/api/image/{film}/media-status")["tiers"]["full"]["cached"] is False
    job = next(job for job in server.get("/api/work")["jobs"] if job["name"] == "proxies")
    assert (job["title"], job["done"] >= 1) == ("Playable copies", True)
    server.post("/api/cache/clear", {"tiers": ["full"]})
    assert proxy_of(server, film)["state"] == "none"


def test_a_copy_tells_how_far_it_is_and_can_be_cancelled(server: LiveServer) -> None:
    film = named(server, "noise.avi")
    server.post(f"/api/video/{film}/proxy")
    deadline = time.monotonic() + 30
    while not (proxy := proxy_of(server, film))["fraction"]:
        assert time.monotonic() < deadline
        assert proxy["state"] in ("waiting", "making"), proxy
        time.sleep(0.05)
    assert 0 < proxy["fraction"] <= 1
    assert server.post(f"/api/video/{film}/proxy/cancel")["proxy"]["state"] == "none"
    assert ended(server, film)["state"] == "none"
    assert fetch(server, f"/api/video/{film}?copy=1")[0] == 404


def test_a_pause_holds_a_copy_still_and_a_resume_finishes_it(server: LiveServer) -> None:
    film = named(server, "noise.avi")
    server.post("/api/work/proxies/pause")
    server.post(f"/api/video/{film}/proxy")
    time.sleep(1.2)
    assert proxy_of(server, film)["state"] == "waiting"
    server.post("/api/work/proxies/resume")
    assert ended(server, film, 60)["state"] == "ready"


def test_the_clip_of_a_live_photo_is_played_through_its_photo(server: LiveServer) -> None:
    photo = named(server, "IMG_1.jpg")
    playback = server.get(f"/api/video/{photo}/playback")
    assert playback["id"] != photo
    assert playback["duration"] == pytest.approx(1.0, abs=0.1)
    server.post(f"/api/video/{photo}/proxy")
    assert ended(server, photo)["state"] == "ready"
    assert films.seen(fetch(server, playback["url"])[2])[0]["codec"] == "h264"


def test_the_clip_inside_a_motion_photo_is_played_by_ranges_of_its_file(server: LiveServer, photos: Path) -> None:
    photo, whole = named(server, "MVIMG_2.jpg"), (photos / "MVIMG_2.jpg").read_bytes()
    clip = whole[whole.index(b"ftyp") - 4:]
    playback = server.get(f"/api/video/{photo}/playback")
    assert (playback["id"], playback["playable"], playback["url"]) == (photo, True, f"/api/video/{photo}")
    status, headers, body = fetch(server, playback["url"])
    assert (status, headers["content-type"], body) == (200, "video/mp4", clip)
    assert films.seen(body)[0]["codec"] == "h264"
    status, headers, body = fetch(server, playback["url"], Range="bytes=10-19")
    assert (status, headers["content-range"], body) == (206, f"bytes 10-19/{len(clip)}", clip[10:20])
    [card] = [one for one in server.get("/api/rankings?has=pair&limit=50")["images"] if one["id"] == photo]
    assert card["pair"] == "live"


def test_the_clip_inside_a_motion_photo_that_no_browser_plays_gets_a_copy(server: LiveServer, photos: Path) -> None:
    """The copy has a place of its own: the photo's full picture stays the photo."""
    photo = named(server, "MVIMG_3.jpg")
    playback = server.get(f"/api/video/{photo}/playback")
    assert (playback["id"], playback["playable"], playback["codec"]) == (photo, False, "hevc")
    assert "HEVC" in playback["unplayable"]
    assert fetch(server, playback["url"])[0] == 415
    assert films.seen(fetch(server, f"{playback['url']}?original=1")[2])[0]["codec"] == "hevc"
    assert fetch(server, f"{playback['url']}?copy=1")[0] == 415
    server.post(f"/api/video/{photo}/proxy")
    assert ended(server, photo)["state"] == "ready"
    for address in (playback["url"], f"{playback['url']}?copy=1"):
        status, headers, body = fetch(server, address)
        assert (status, headers["content-type"], headers["x-copy"]) == (200, "video/mp4", "1")
        assert films.seen(body)[0]["codec"] == "h264"
    assert fetch(server, f"/api/full/{photo}")[2] == (photos / "MVIMG_3.jpg").read_bytes()
    assert server.get("/api/cache/status")["disk"]["tiers"]["clip"]["count"] == 1
    assert server.call("GET", f"/api/video/{photo}/frames")[0] == 415


def test_a_catalog_read_by_an_older_version_finds_its_motion_photos(tmp_path: Path, photos: Path) -> None:
    """Nothing changed in the folder: the newer extractor is reason enough to read the files again."""
    home, folder = tmp_path / "home", tmp_path / "photos"
    home.mkdir()
    folder.mkdir()
    (folder / "MVIMG_2.jpg").write_bytes((photos / "MVIMG_2.jpg").read_bytes())
    server = start_server(home)
    server.add_folder(folder)
    server.stop()
    with closing(sqlite3.connect(home / "photoarchive.db")) as catalog, catalog:
        catalog.execute("UPDATE files SET inspected = 1")
        catalog.execute("UPDATE photos SET clip_start = NULL, clip_size = NULL")
    server = start_server(home)
    try:
        server.settle(("metadata",))
        assert server.get(f"/api/video/{named(server, 'MVIMG_2.jpg')}/playback")["codec"] == "h264"
    finally:
        server.stop()


def test_what_is_no_film_or_broken_says_so(server: LiveServer, photos: Path) -> None:
    torn = named(server, "torn.avi")
    status, answer = server.call("POST", f"/api/video/{torn}/proxy", {}, {"X-Window": "w"})
    if status == 200:
        proxy = ended(server, torn)
        assert proxy["state"] in ("failed", "ready")
        if proxy["state"] == "failed":
            assert proxy["reason"].endswith(".")
            errors = server.get("/api/work/proxies/errors")["errors"]
            assert str(photos / "torn.avi") in [error["path"] for error in errors]
    else:
        assert answer["error"]
    assert server.call("GET", "/api/video/999999/playback")[0] == 404
