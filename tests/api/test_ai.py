"""Embedding over HTTP: how far it is, pause and resume."""

from __future__ import annotations

import time
from pathlib import Path

from conftest import LiveServer

KEYS = {
    "embedded", "total", "total_images", "remaining", "progress_pct", "recent_images_per_min", "overall_images_per_min",
    "eta_seconds", "worker_state", "worker_ready", "worker_message", "last_error", "model_id", "model_installed",
    "installing", "embedding_manual_pause", "governor", "embedding_indexes",
}


def test_photos_are_embedded_counted_paused_and_resumed(live_server: LiveServer, photos: Path) -> None:
    """From an empty home to a complete index, with a pause before it begins."""
    live_server.post("/api/work/embed/resume")
    status = live_server.get("/api/ai/status")
    assert set(status) >= KEYS and status["worker_state"] == "idle" and status["total"] == 0
    assert status["embedding_indexes"]["deep"] is None and status["embedding_indexes"]["fast"]["model"] == "lite"
    paused = live_server.post("/api/ai/embeddings/pause")
    assert paused["ok"] and paused["status"]["embedding_manual_pause"]
    live_server.add_folder(photos)
    live_server.settle(("previews",))
    deadline = time.monotonic() + 30
    while live_server.get("/api/ai/status")["total"] < 24 and time.monotonic() < deadline:
        time.sleep(0.1)
    status = live_server.get("/api/ai/status")
    assert (status["embedded"], status["remaining"], status["worker_state"]) == (0, 24, "paused")
    live_server.post("/api/ai/embeddings/resume")
    live_server.post("/api/work/embed/run")
    while not live_server.get("/api/ai/status")["embedding_indexes"]["daily"]["complete"]:
        assert time.monotonic() < deadline + 30, live_server.get("/api/ai/status")
        time.sleep(0.1)
    status = live_server.get("/api/ai/status")
    assert (status["embedded"], status["remaining"], status["progress_pct"]) == (24, 0, 100.0)
    assert status["worker_ready"] and not status["embedding_manual_pause"]
    assert status["models"]["lite"]["images_per_s"] > 0
    work = next(job for job in live_server.get("/api/work")["jobs"] if job["name"] == "embed")
    assert (work["done"], work["failed"]) == (24, 0)
