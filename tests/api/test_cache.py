"""Cache status, pre-generation and clearing, over HTTP from a real server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import trees
from conftest import LiveServer, start_server

PREGEN_STATES = {"idle", "running", "paused", "waiting_for_idle", "throttled", "disabled", "complete", "error"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests that need no restart."""
    running = start_server(tmp_path_factory.mktemp("home"))
    folder = tmp_path_factory.mktemp("photos")
    trees.make_tree(folder)
    running.add_folder(folder)
    yield running
    running.stop()


def wait_for(question, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.1)
    return False


def all_made(server: LiveServer) -> bool:
    tiers = server.get("/api/cache/status")["disk"]["tiers"]
    return tiers["sm"]["current"] == tiers["md"]["current"] == 24


def test_the_status_has_the_keys_of_the_reference(server):
    status = server.get("/api/cache/status")
    assert set(status) >= {
        "memory", "disk", "eligible_images", "recommendations", "pregen", "governor", "total", "cached"}
    assert set(status["memory"]) >= {"bytes", "budget_bytes", "items"}
    assert set(status["disk"]) >= {"root", "bytes", "budget_bytes", "tiers"}
    assert set(status["disk"]["tiers"]) == {"sm", "md", "lg", "full", "strip", "clip"}
    for tier in status["disk"]["tiers"].values():
        assert set(tier) >= {"count", "bytes", "budget_bytes", "current", "stale", "progress_pct"}
    assert set(status["pregen"]) >= {"state", "phase", "rates", "eta_seconds", "failures"}
    assert status["pregen"]["state"] in PREGEN_STATES
    assert status["disk"]["root"] == str(server.home / ".thumbcache")
    assert (status["total"], status["eligible_images"]) == (24, 24)


def test_start_makes_everything_and_says_complete(server):
    server.post("/api/cache/pregen/start")
    assert wait_for(lambda: all_made(server))
    assert wait_for(lambda: server.get("/api/cache/pregen/status")["state"] == "complete")
    status = server.get("/api/cache/status")
    assert (status["cached"], status["total"]) == (24, 24)
    assert status["disk"]["tiers"]["sm"]["progress_pct"] == 100.0


def test_stop_pauses_until_start(server):
    assert server.post("/api/cache/pregen/stop")["pregen"]["state"] == "paused"
    assert server.get("/api/cache/pregen/status")["state"] == "paused"
    assert server.post("/api/cache/pregen/start")["pregen"]["state"] != "paused"


def test_clearing_takes_only_what_the_manifest_names(server):
    server.post("/api/cache/pregen/start")
    assert wait_for(lambda: all_made(server))
    server.post("/api/cache/pregen/stop")
    root = Path(server.get("/api/cache/status")["disk"]["root"])
    foreign = root / "sm" / "0" / "mine.txt"
    foreign.write_text("not yours")
    answer = server.post("/api/cache/clear", {"tiers": ["sm"]})
    assert answer["deleted"] == 24
    assert answer["cache"]["disk"]["tiers"]["sm"]["count"] == 0
    assert answer["cache"]["disk"]["tiers"]["md"]["count"] == 24
    assert [path.name for path in (root / "sm").rglob("*") if path.is_file()] == ["mine.txt"]
    assert server.post("/api/cache/clear")["deleted"] == 24
    assert foreign.exists()


def test_what_was_cached_survives_a_restart(library_server, photos):
    library_server.post("/api/cache/pregen/start")
    assert wait_for(lambda: all_made(library_server))
    library_server.stop()
    again = start_server(library_server.home)
    try:
        assert wait_for(lambda: all_made(again))
        photo = again.get("/api/rankings?limit=1")["images"][0]["id"]
        assert again.call("GET", f"/api/thumb/sm/{photo}?cached=1")[0] == 200
    finally:
        again.stop()


def test_a_cache_folder_inside_a_source_is_refused(server):
    photos = Path(server.get("/api/catalog")["sources"][0]["path"])
    wish = {"ssd_cache_dir": str(photos / "cache")}
    status, answer = server.call("POST", "/api/settings", wish, {"X-Window": "test"})
    assert status == 400
    assert str(photos) in answer["error"]
    assert answer["field"] == "ssd_cache_dir"


def test_another_cache_folder_is_used_at_once_and_the_old_files_follow(library_server, tmp_path):
    library_server.post("/api/cache/pregen/start")
    assert wait_for(lambda: all_made(library_server))
    old = Path(library_server.get("/api/cache/status")["disk"]["root"])
    new = tmp_path / "fast disk" / "cache"
    library_server.post("/api/settings", {"ssd_cache_dir": str(new)})
    photo = library_server.get("/api/rankings?limit=1")["images"][0]["id"]
    assert library_server.call("GET", f"/api/thumb/lg/{photo}")[0] == 200
    assert wait_for((new / "lg" / "0" / f"{photo}.jpg").exists)
    assert wait_for(lambda: len(list(new.glob("sm/*/*.jpg"))) == 24)
    assert wait_for(lambda: not list(old.glob("sm/*/*.jpg")))
    assert all_made(library_server)
