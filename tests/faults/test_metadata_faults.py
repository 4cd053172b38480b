"""kill -9 while facts are read: what was read stays, the rest is read at the next start, nothing is read twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import trees
from conftest import start_server
from kills import kill_when

COUNT = 900
READ = "SELECT count(*) FROM files WHERE inspected > 0"


def test_kill_9_while_facts_are_read_loses_and_repeats_nothing(home: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    trees.make_tree(photos, COUNT)
    server = start_server(home)
    server.post("/api/work/mode", {"mode": "max"})
    server.add_folder(photos, settle=False)
    assert 20 <= kill_when(server, home, READ, 20, 60) < COUNT, "the kill came too late to show anything"
    server = start_server(home)
    try:
        server.settle()
        answer = server.get("/api/rankings?limit=500&sort=date_taken_asc")
        assert answer["visible_images"] == COUNT
        assert all(card["camera_make"] and card["date_taken"] for card in answer["images"])
        job = next(job for job in server.get("/api/work")["jobs"] if job["name"] == "metadata")
        assert (job["done"], job["failed"], job["total"]) == (COUNT, 0, COUNT)
    finally:
        server.stop()
    with closing(sqlite3.connect(home / "photoarchive.db")) as catalog:
        assert catalog.execute("SELECT count(*), count(DISTINCT photo_id) FROM files").fetchone() == (COUNT, COUNT)
