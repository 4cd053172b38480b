"""Killed while faces are looked for, moved while named: nothing that was said is lost, row by row."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import people_files
from conftest import start_server

FACTS = ("SELECT face_id, person_id, answer FROM face_facts ORDER BY 1, 2",
         "SELECT id, name, ignored, merged_into FROM people WHERE name != '' ORDER BY 1",
         "SELECT id, photo_id, person_id FROM faces ORDER BY 1")


def facts(home):
    with closing(sqlite3.connect(home / "photoarchive.db")) as connection:
        return [connection.execute(sql).fetchall() for sql in FACTS]


def test_a_kill_and_moved_files_lose_nothing_that_was_said(tmp_path):
    """Names of files and of the user, a killed server, another folder: the same faces, people and answers."""
    home = tmp_path / "home"
    home.mkdir()
    people_files.write_photos(tmp_path / "photos")
    server = start_server(home, looking=True)
    server.add_folder(tmp_path / "photos", settle=False)
    server.post("/api/work/mode", {"mode": "max"})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not server.get("/api/people/status")["counts"]["scanned_images"]:
        time.sleep(0.05)
    server.process.kill()                                   # in the middle of the job
    server.process.wait(10)
    server = start_server(home, looking=True)
    try:
        server.settle(("scan", "metadata", "previews", "faces"))
        ana = next(card for card in server.get("/api/people?section=named")["sections"]["named"]["people"]
                   if card["name"] == "Ana")
        server.post(f"/api/people/{ana['id']}/label", {"name": "Anna"})
        face = server.get(f"/api/people/{ana['id']}/faces")["faces"][0]["id"]
        server.post(f"/api/people/faces/{face}/reject", {})
        server.process.kill()
        server.process.wait(10)
        before = facts(home)
        (tmp_path / "photos" / "moved").mkdir()
        for path in sorted((tmp_path / "photos").glob("photo0*")):
            path.rename(path.parent / "moved" / path.name)
        server = start_server(home, looking=True)
        source = server.get("/api/catalog")["sources"][0]["id"]
        server.post(f"/api/catalog/sources/{source}/rescan", {})
        server.settle(("scan", "metadata", "previews", "faces"))
        assert server.get("/api/people/status")["counts"]["scanned_images"] == len(people_files.PHOTOS)
    finally:
        server.stop()
    assert facts(home) == before
    assert len(before[2]) == sum(len(people) for people in people_files.PHOTOS)
