"""Embedding over HTTP: how far it is, pause and resume."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from pathlib import Path

from conftest import LiveServer, start_server
from photoarchive.ml.host import lite_key, lite_look_key
from photoarchive.ml.lite_files import alike_versions

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


def wait_until_complete(server: LiveServer) -> None:
    """Until basic search has looked at every photo."""
    deadline = time.monotonic() + 60
    while not server.get("/api/ai/status")["embedding_indexes"]["lite"]["complete"]:
        assert time.monotonic() < deadline, server.get("/api/ai/status")
        time.sleep(0.1)


def test_after_an_update_the_index_of_the_version_before_answers(home: Path, photos: Path) -> None:
    """A catalog whose vectors an earlier basic search made: found by meaning at once, said so, and looked at anew."""
    server = start_server(home, looking=True)
    try:
        server.add_folder(photos)
        server.settle(("previews",))
        server.post("/api/work/embed/run")
        wait_until_complete(server)
        server.post("/api/work/embed/pause")
    finally:
        server.stop()
    before = alike_versions()[0]
    with contextlib.closing(sqlite3.connect(home / "photoarchive.db")) as db, db:
        for old, new in ((lite_key(before), lite_key()), (lite_look_key(before), lite_look_key())):
            assert db.execute("UPDATE vector_models SET key = ? WHERE key = ?", (old, new)).rowcount == 1
        db.execute("UPDATE meta SET value = ? WHERE key = 'complete_models'", (json.dumps([lite_key(before)]),))
    server = start_server(home, looking=True)
    try:
        index = server.get("/api/ai/status")["embedding_indexes"]["lite"]
        assert (index["embedded"], index["remaining"], index["complete"]) == (0, 24, False)
        assert (index["answers"], index["earlier_answers"]) == (False, True)
        answer = server.get("/api/search?q=landscape&strictness=-3")
        assert (answer["search_mode"], answer["model"], answer["basic"]) == ("semantic", lite_key(before), True)
        assert answer["hints"] == []
        assert server.get("/api/similar/1")["images"]
        server.post("/api/work/embed/resume")
        server.post("/api/work/embed/run")
        wait_until_complete(server)
        index = server.get("/api/ai/status")["embedding_indexes"]["lite"]
        assert (index["embedded"], index["answers"], index["earlier_answers"]) == (24, True, False)
        assert server.get("/api/search?q=landscape&strictness=-3")["model"] == lite_key()
    finally:
        server.stop()
