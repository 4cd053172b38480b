"""Killed while looked for, moved while named, seen by another model: nothing that was said is lost, row by row."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing

import people_files
from bundled_models import models_folder
from conftest import start_server
from photoarchive.ml.face_files import bundled_files

FACTS = ("SELECT face_id, person_id, answer FROM face_facts ORDER BY 1, 2",
         "SELECT id, name, ignored, merged_into, cover_face_id FROM people WHERE name != '' ORDER BY 1",
         "SELECT one, other FROM people_apart ORDER BY 1, 2",
         "SELECT id, photo_id, person_id, origin, shown, x, y, w, h FROM faces ORDER BY 1")


def facts(home):
    with closing(sqlite3.connect(home / "photoarchive.db")) as connection:
        return [connection.execute(sql).fetchall() for sql in FACTS]


def another_model(folder):
    """A folder with a model of its own manifest: other descriptors, as far as the catalog knows."""
    folder.mkdir()
    shutil.copy(bundled_files(models_folder()).descriptor, folder / "mine.onnx")
    (folder / "manifest.json").write_text(json.dumps(
        {"name": "Mine", "descriptor": {"file": "mine.onnx"}, "thresholds": {"link": 0.5, "suggest": 0.4}}))
    return {"face_model_id": "mine", "face_model_dir": str(folder)}


def wait_for_model(server, name):
    """Until a model has looked at every photo and nothing is left to do."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = server.get("/api/people/status")
        if status["model"]["name"] == name and status["counts"]["scanned_images"] == len(people_files.PHOTOS):
            server.settle(("faces",))
            return
        time.sleep(0.1)
    raise AssertionError(status)


def say_everything(server):
    """Rename, refuse, split, ignore a face and a person, draw a box, keep two people apart."""
    card = lambda name: next(one for one in server.get("/api/people?section=named")["sections"]["named"]["people"]    # noqa: E731
                             if one["name"] == name)
    ana, ben = card("Ana")["id"], card("Ben")["id"]
    faces = [face["id"] for face in server.get(f"/api/people/{ana}/faces")["faces"]]
    photo = server.get("/api/rankings?faces=0")["images"][0]["id"]
    for path, body in ((f"people/{ana}/label", {"name": "Anna"}), (f"people/faces/{faces[0]}/reject", {}),
                       (f"people/{ana}/split", {"face_ids": faces[1:3], "name": "Dora"}),
                       (f"people/faces/{faces[3]}/ignore", {}), (f"people/{ana}/cover", {"face_id": faces[4]}),
                       (f"image/{photo}/faces", {"bbox": [0.1, 0.1, 0.3, 0.3], "name": "Eve"}),
                       (f"people/questions/p{ben}-p{ana}", {"answer": "other", "name": "Benno"}),
                       (f"people/{ben}/ignore", {})):
        assert server.post(f"/api/{path}", body)["action_id"]


def test_a_kill_moved_files_and_another_model_lose_nothing_that_was_said(tmp_path):
    """Names of files and of the user, a killed server, another folder, another model: the same faces and answers."""
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
        say_everything(server)
        server.settle(("faces",))
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
        server.post("/api/settings", another_model(tmp_path / "mine"))
        wait_for_model(server, "Mine")
    finally:
        server.stop()
    assert facts(home) == before
    assert len(before[3]) == 1 + sum(len(people) for people in people_files.PHOTOS)
