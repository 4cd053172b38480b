"""Pictures over HTTP from a real server over a scanned folder."""

from __future__ import annotations

import os
import re
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import trees
from conftest import LiveServer, serving

TIERS = {"sm", "md", "lg", "full"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media") / "photos"
    trees.make_tree(folder)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, photos: Path):
    """One server for all tests here: none of them minds what the others had cached."""
    with serving(tmp_path_factory.mktemp("home"), photos) as running:
        yield running


def fetch(server: LiveServer, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(server.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def ids_of(server: LiveServer) -> list[int]:
    return [card["id"] for card in server.get("/api/rankings?limit=100")["images"]]


def wait_for(question, seconds: float = 20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := question():
            return found
        time.sleep(0.1)
    return False


def test_every_photo_of_a_fresh_scan_shows_a_picture_at_once(server):
    ids = ids_of(server)
    assert len(ids) == 24
    for photo in ids:
        status, headers, body = fetch(server, f"/api/thumb/sm/{photo}")
        assert (status, headers["content-type"], body[:2]) == (200, "image/jpeg", b"\xff\xd8")


def test_the_answers_carry_what_the_browser_needs(server):
    photo = ids_of(server)[0]
    status, headers, _ = fetch(server, f"/api/thumb/md/{photo}")
    assert status == 200
    assert headers["cache-control"] == "private, max-age=86400, stale-while-revalidate=604800"
    assert headers["content-security-policy"] == "sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "content-encoding" not in headers
    again, _, nothing = fetch(server, f"/api/thumb/md/{photo}", if_none_match=headers["etag"])
    assert (again, nothing) == (304, b"")


def test_another_sites_page_cannot_read_a_picture(server):
    photo = ids_of(server)[0]
    assert fetch(server, f"/api/thumb/md/{photo}", sec_fetch_site="cross-site")[0] == 403
    assert fetch(server, f"/api/full/{photo}", origin="null")[0] == 403


def test_the_original_comes_whole_and_in_ranges(server, photos):
    first = server.get("/api/rankings?limit=1&sort=filename")["images"][0]
    data = next(photos.rglob(first["filename"])).read_bytes()
    assert fetch(server, f"/api/full/{first['id']}")[2] == data
    status, headers, part = fetch(server, f"/api/full/{first['id']}", range="bytes=10-19")
    assert (status, part, headers["content-range"]) == (206, data[10:20], f"bytes 10-19/{len(data)}")


def test_an_edited_original_is_not_taken_for_the_one_the_browser_has(server, photos):
    first = server.get("/api/rankings?limit=1&sort=filename")["images"][0]
    path, address = next(photos.rglob(first["filename"])), f"/api/full/{first['id']}"
    seen = fetch(server, address)[1]["etag"]
    assert fetch(server, address, if_none_match=seen)[0] == 304
    facts, data = path.stat(), path.read_bytes()
    path.write_bytes(data + b"edited")          # no scan has seen it yet
    try:
        assert fetch(server, address, if_none_match=seen)[::2] == (200, data + b"edited")
    finally:
        path.write_bytes(data)
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def test_a_broken_file_is_shown_in_part_and_marked_damaged_until_it_is_whole(server, photos):
    whole = next(photos.rglob("*.jpg")).read_bytes()
    broken = photos / "broken.jpg"
    broken.write_bytes(whole[:len(whole) * 2 // 3])

    def damaged() -> list[dict]:
        return server.get("/api/rankings?is=damaged")["images"]

    try:
        server.post("/api/scan", {"folder": str(photos)})
        photo = wait_for(lambda: [p["id"] for p in server.get("/api/rankings?limit=500")["images"]
                                  if p["filename"] == "broken.jpg"])[0]
        assert fetch(server, f"/api/thumb/md/{photo}")[0] == 200
        assert wait_for(damaged)[0]["id"] == photo
        assert "damaged" in server.get(f"/api/image/{photo}")["damaged"]
        broken.write_bytes(whole[:-2] + b"\xff\xd9")
        server.post("/api/scan", {"folder": str(photos)})
        assert wait_for(lambda: fetch(server, f"/api/thumb/md/{photo}")[0] == 200 and not damaged())
    finally:
        broken.unlink()


def test_unknown_photos_are_404_everywhere(server):
    for path in ("/api/thumb/sm/99999", "/api/full/99999", "/api/video/99999", "/api/image/99999/media-status"):
        status, answer = server.call("GET", path)
        assert status == 404
        assert set(answer) >= {"error"}


def test_media_status_has_the_keys_of_the_reference(server):
    photo = ids_of(server)[0]
    fetch(server, f"/api/thumb/md/{photo}")
    assert wait_for(lambda: server.get(f"/api/image/{photo}/media-status")["tiers"]["md"]["cached"])
    status = server.get(f"/api/image/{photo}/media-status")
    assert set(status) == {"id", "tiers", "best_cached", "unplayable"}
    assert set(status["tiers"]) == TIERS
    assert all(set(tier) == {"cached", "url", "cached_url"} for tier in status["tiers"].values())
    assert status["best_cached"] == "md"
    batch = server.post("/api/images/media-status", {"ids": [photo, 99999]})
    assert [one["id"] for one in batch["images"]] == [photo]


def test_an_id_too_large_for_the_catalog_is_refused_with_a_sentence_everywhere(server):
    asked = 0
    for path, methods in server.get("/api/openapi.json")["paths"].items():
        for method in (name for name in methods if "{" in path and name in ("get", "post", "delete")):
            address, body = re.sub(r"{\w+}", str(2**63), path), {} if method == "post" else None
            status, answer = server.call(method.upper(), address, body)
            assert status in (400, 404), (method, path, answer)
            assert answer["error"].endswith("."), (method, path, answer)
            asked += 1
    assert asked > 15


@pytest.mark.parametrize(("path", "body"), [
    ("/api/images/media-status", {"ids": list(range(501))}),
    ("/api/images/media-status", {"ids": ["one"]}),
    ("/api/images/media-status", {}),
    ("/api/images/warm", {"tiers": {"md": list(range(97))}}),
    ("/api/images/warm", {"tiers": {"full": list(range(13))}}),
    ("/api/images/warm", {"tiers": {"xl": [1]}}),
    ("/api/images/warm", {"tiers": [1]}),
    ("/api/images/media-status", {"ids": [2**63]}),
    ("/api/images/warm", {"tiers": {"md": [2**63]}}),
    ("/api/cache/clear", {"tiers": ["xl"]}),
    ("/api/cache/clear", {"tier": ["sm"]}),
    ("/api/catalog/sources/1/settings", {"exlude": ["*.tif"]}),
    ("/api/images/flag", {"image_ids": [1], "flag": "picked", "stars": 3}),
    ("/api/cache/stale", {"policy": "maybe"}),
    ("/api/albums", {"name": "Mine", "colour": 3}),
    ("/api/export/copy", {"target": "/tmp", "image_ids": [1], "structure": "folders", "sidecar": True}),
])
def test_a_malformed_body_is_400_with_a_sentence(server, path, body):
    status, answer = server.call("POST", path, body, {"X-Window": "test"})
    assert status == 400
    assert answer["error"].endswith(".")


def test_warming_makes_what_comes_next(server):
    ids = ids_of(server)[:3]
    answer = server.post("/api/images/warm", {"tiers": {"lg": ids}})
    assert answer["scheduled"] == 3
    assert [one["id"] for one in answer["images"]] == ids
    assert wait_for(lambda: all(one["tiers"]["lg"]["cached"] for one in server.post(
        "/api/images/media-status", {"ids": ids})["images"]))


def test_serving_touches_no_original(server, photos: Path):
    before = trees.fingerprint(photos)
    for photo in ids_of(server)[:6]:
        for path in (f"/api/thumb/sm/{photo}", f"/api/thumb/lg/{photo}", f"/api/full/{photo}"):
            assert fetch(server, path)[0] == 200
    assert trees.fingerprint(photos) == before
