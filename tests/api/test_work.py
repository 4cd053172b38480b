"""Work over HTTP: the contract's shape, verbs, modes, errors, and pauses that outlive a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import LiveServer, start_server

JOB_KEYS = {"name", "title", "state", "reason", "done", "total", "failed", "rate", "eta_seconds"}
STATES = {"idle", "running", "waiting", "paused", "blocked"}


def job(server: LiveServer, name: str) -> dict[str, Any]:
    return next(job for job in server.get("/api/work")["jobs"] if job["name"] == name)


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def test_the_shape_of_the_answer(still_server: LiveServer) -> None:
    work = still_server.get("/api/work")
    assert {"jobs", "mode", "governor", "paused_all"} <= work.keys()
    names = [job["name"] for job in work["jobs"]]
    assert {"scan", "metadata", "previews", "originals", "integrity"} <= set(names)
    for entry in work["jobs"]:
        assert entry.keys() >= JOB_KEYS
        assert entry["state"] in STATES
    assert {"mode", "intensity", "pause", "reason", "load_1m", "cpu_count", "available_memory_gb", "swap_used_pct",
            "idle_seconds"} <= work["governor"].keys()


def test_a_paused_job_rests_over_a_restart_and_then_does_its_work(home: Path, photos: Path) -> None:
    server = start_server(home)
    server.post("/api/work/mode", {"mode": "max"})
    server.post("/api/work/previews/pause")
    server.add_folder(photos)
    assert (job(server, "previews")["state"], job(server, "previews")["done"]) == ("paused", 0)
    server.stop()
    server = start_server(home)
    try:
        assert job(server, "previews")["state"] == "paused"
        server.post("/api/work/previews/resume")
        until(lambda: job(server, "previews")["done"] == 24)
        assert job(server, "previews")["failed"] == 0
    finally:
        server.stop()


def test_browse_mode_holds_previews_until_run_now(live_server: LiveServer, photos: Path) -> None:
    answer = live_server.post("/api/work/mode", {"mode": "browse"})
    assert answer["work"]["mode"] == "browse"
    live_server.add_folder(photos)
    assert job(live_server, "previews")["done"] == 0
    until(lambda: job(live_server, "previews")["reason"] == "the work mode is Browse")
    live_server.post("/api/work/previews/run")
    until(lambda: job(live_server, "previews")["done"] == 24)
    assert live_server.get("/api/settings")["settings"]["background_work_mode"] == "browse"


def test_a_chosen_work_mode_stands_in_the_history_and_is_undone(still_server: LiveServer) -> None:
    still_server.post("/api/work/mode", {"mode": "max"})
    assert still_server.get("/api/history?limit=1")["actions"][0]["label"] == "Changed the work mode"
    still_server.post("/api/undo")
    assert still_server.get("/api/work")["mode"] == "light"


def test_pause_all_is_said_and_taken_back(still_server: LiveServer) -> None:
    assert still_server.post("/api/work/pause-all")["work"]["paused_all"] is True
    assert still_server.post("/api/work/resume-all")["work"]["paused_all"] is False


def test_a_broken_file_is_an_error_of_its_job_with_path_and_reason(live_server: LiveServer, photos: Path) -> None:
    live_server.post("/api/work/mode", {"mode": "max"})
    broken = photos / "Roll 1" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0" + b"not a picture" * 20)
    live_server.add_folder(photos)
    live_server.settle(("scan", "metadata", "previews"))
    pages = [live_server.get(f"/api/work/{name}/errors?limit=10&offset=0") for name in ("metadata", "previews")]
    errors = [error for page in pages for error in page["errors"]]
    assert any(error["path"].endswith("broken.jpg") and error["reason"] for error in errors), pages
    assert all(page["total"] == len(page["errors"]) for page in pages)
    assert live_server.get("/api/work/scan/errors")["total"] == 0, "it is told once"
    assert job(live_server, "scan")["done"] == 25


def test_bad_requests_get_a_sentence(still_server: LiveServer) -> None:
    assert still_server.call("POST", "/api/work/nonsense/pause", {})[0] == 404
    assert still_server.call("GET", "/api/work/nonsense/errors")[0] == 404
    status, answer = still_server.call("POST", "/api/work/mode", {"mode": "turbo"})
    assert (status, answer["error"]) == (400, "background_work_mode must be one of browse, light, max.")
    status, answer = still_server.call("GET", "/api/image/abc")
    assert (status, answer["error"]) == (400, "photo_id must be a whole number, not “abc”.")
    assert still_server.call("GET", "/api/work/scan/errors?limit=0")[0] == 400
