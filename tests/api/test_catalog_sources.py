"""The HTTP of sources and scans: shapes, states, refusals, undo."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

import trees
from conftest import LiveServer, start_server

SOURCE_KEYS = {
    "id", "path", "display_name", "state", "included", "online", "image_count", "active_image_count", "video_count",
    "missing_count", "error_count", "last_scan_at", "last_scan", "scan", "question", "exclude", "watch", "rotational",
}


def wait_until(condition, seconds: float = 20.0):
    """The first true answer of condition, or a failure."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return answer


def only_source(server: LiveServer) -> dict:
    """The one source of the catalog."""
    (source,) = server.get("/api/catalog")["sources"]
    return source


def test_an_empty_catalog_says_so(still_server: LiveServer):
    assert still_server.get("/api/catalog") == {"sources": [], "stats": {
        "sources": 0, "total_images": 0, "active_images": 0, "video_images": 0, "offline_images": 0,
        "missing_images": 0, "removed_images": 0}}
    status = still_server.get("/api/scan/status")
    assert {"scanning", "total_found", "total_inserted", "folder", "source_id", "done", "error"} <= status.keys()
    assert (status["scanning"], status["source_id"]) == (False, None)
    assert still_server.get("/api/scan/folder") == {"folder": ""}


def test_adding_a_folder_scans_it_and_tells_how_it_went(live_server: LiveServer, photos: Path):
    answer = live_server.post("/api/catalog/sources", {"path": str(photos), "scan": True})
    assert answer["ok"] is True
    assert answer["scan_started"] is True
    assert answer["source"]["path"] == str(photos)
    assert answer["source"]["state"] in ("queued", "scanning", "online")
    assert answer["source"].keys() >= SOURCE_KEYS
    assert [source["id"] for source in answer["catalog"]["sources"]] == [answer["source"]["id"]]
    live_server.settle()
    source = only_source(live_server)
    assert (source["state"], source["image_count"], source["missing_count"]) == ("online", 24, 0)
    assert source["last_scan"]["new"] == 24
    status = live_server.get("/api/scan/status")
    assert (status["done"], status["error"], status["total_found"], status["total_inserted"]) == (True, None, 24, 24)
    assert live_server.get("/api/scan/folder") == {"folder": str(photos)}


def test_a_source_can_be_added_without_a_scan(live_server: LiveServer, photos: Path):
    answer = live_server.post("/api/catalog/sources", {"path": str(photos), "scan": False})
    assert answer["scan_started"] is False
    time.sleep(1.5)
    assert only_source(live_server)["image_count"] == 0


def test_scan_adds_a_folder_or_rescans_it(live_server: LiveServer, photos: Path):
    first = live_server.post("/api/scan", {"folder": str(photos)})
    assert first == {"status": "started", "folder": str(photos), "source_id": 1}
    live_server.settle()
    (photos / "Roll 1/new.jpg").write_bytes(trees.jpeg(trees.Shot(seed=60)))
    again = live_server.post("/api/scan", {"folder": str(photos / "Roll 1")})
    assert again == {"status": "started", "folder": str(photos / "Roll 1"), "source_id": 1}
    wait_until(lambda: only_source(live_server)["image_count"] == 25)


@pytest.mark.parametrize("body,status,words", [
    ({"path": "/no/such/folder"}, 404, "There is no folder /no/such/folder."),
    ({"path": "not/full"}, 400, "not a full path"),
    ({"path": ""}, 400, "Type the path"),
    ({"path": "{file}"}, 400, "is a file"),
    ({"path": "{home}"}, 409, "data folder"),
    ({"path": 7}, 400, "path"),
    ({}, 400, "path"),
])
def test_a_bad_folder_is_refused_with_a_sentence(
    still_server: LiveServer, photos: Path, body: dict, status: int, words: str
):
    if isinstance(body.get("path"), str):
        body = {"path": body["path"].format(file=photos / "Roll 1/IMG_0002.jpg", home=still_server.home)}
    got, answer = still_server.call("POST", "/api/catalog/sources", body)
    assert (got, set(answer) >= {"error"}) == (status, True)
    assert words in answer["error"]
    assert still_server.get("/api/catalog")["sources"] == []


def test_a_folder_inside_a_source_is_a_conflict_that_names_it(still_library: LiveServer, still_photos: Path):
    status, answer = still_library.call("POST", "/api/catalog/sources", {"path": str(still_photos / "Roll 1")})
    assert status == 409
    assert str(still_photos) in answer["error"]
    status, answer = still_library.call("POST", "/api/catalog/sources", {"path": str(still_photos)})
    assert (status, answer["source_id"]) == (409, 1)


@pytest.mark.parametrize("method,path,body", [
    ("POST", "/api/catalog/sources/99/rescan", {}), ("POST", "/api/catalog/sources/99/cancel", {}),
    ("POST", "/api/catalog/sources/99/remove", {"mode": "keep"}), ("POST", "/api/catalog/sources/99/restore", {}),
    ("POST", "/api/catalog/sources/99/answer", {"answer": "keep"}), ("GET", "/api/catalog/sources/99/errors", None),
    ("POST", "/api/catalog/sources/99/settings", {"watch": True}), ("POST", "/api/image/99/split", {}),
    ("POST", "/api/image/99/join", {}),
])
def test_an_unknown_id_is_not_found(still_server: LiveServer, method: str, path: str, body: dict | None):
    status, answer = still_server.call(method, path, body)
    assert status == 404
    assert "99" in answer["error"]


def test_removing_hides_restoring_brings_back_and_both_are_undone(library_server: LiveServer):
    removed = library_server.post("/api/catalog/sources/1/remove", {"mode": "keep"})
    assert (removed["source"]["state"], removed["source"]["included"]) == ("removed", False)
    assert removed["catalog"]["stats"]["removed_images"] == 24
    undone = library_server.post("/api/undo")
    assert undone["action"]["kind"] == "source.state"
    assert only_source(library_server)["active_image_count"] == 24
    library_server.post("/api/catalog/sources/1/remove", {"mode": "delete"})
    assert only_source(library_server)["in_trash"] is True
    restored = library_server.post("/api/catalog/sources/1/restore")
    assert restored["source"]["active_image_count"] == 24
    status, answer = library_server.call("POST", "/api/catalog/sources/1/remove", {"mode": "erase"})
    assert (status, "mode must be" in answer["error"]) == (400, True)


def test_a_suspicious_scan_asks_and_the_answer_settles_it(library_server: LiveServer, photos: Path, tmp_path: Path):
    shutil.move(photos, tmp_path / "kept")
    photos.mkdir()
    library_server.post("/api/catalog/sources/1/rescan")
    source = wait_until(lambda: (source := only_source(library_server))["question"] and source)
    assert source["question"]["kind"] == "empty"
    assert [option["value"] for option in source["question"]["options"]] == ["keep_offline", "proceed"]
    assert (source["state"], source["missing_count"]) == ("offline", 0)
    assert "Nothing was changed" in library_server.get("/api/scan/status")["error"]
    status, answer = library_server.call("POST", "/api/catalog/sources/1/answer", {"answer": "perhaps"})
    assert (status, answer["field"]) == (400, "answer")
    library_server.post("/api/catalog/sources/1/answer", {"answer": "proceed"})
    wait_until(lambda: only_source(library_server)["missing_count"] == 24)
    status, answer = library_server.call("POST", "/api/catalog/sources/1/answer", {"answer": "proceed"})
    assert (status, "no open question" in answer["error"]) == (409, True)


def test_errors_of_files_are_listed_with_their_reasons(live_server: LiveServer, photos: Path):
    (photos / "empty.jpg").write_bytes(b"")
    source = live_server.add_folder(photos)
    answer = live_server.get(f"/api/catalog/sources/{source}/errors?limit=10")
    assert answer["total"] == 1
    assert (answer["errors"][0]["path"], answer["errors"][0]["reason"]) == ("empty.jpg", "The file is empty.")
    assert only_source(live_server)["error_count"] == 1
    assert live_server.call("GET", f"/api/catalog/sources/{source}/errors?limit=0")[0] == 400


def test_settings_of_a_source_are_checked(library_server: LiveServer):
    answer = library_server.post("/api/catalog/sources/1/settings", {"exclude": ["Roll 2"], "display_name": "Archive"})
    assert (answer["source"]["exclude"], answer["source"]["display_name"]) == (["Roll 2"], "Archive")
    wait_until(lambda: only_source(library_server)["missing_count"] == 8)
    for body, field in (({"exclude": ["**"]}, "exclude"), ({"display_name": ""}, "display_name")):
        status, problem = library_server.call("POST", "/api/catalog/sources/1/settings", body)
        assert (status, problem["field"]) == (400, field)
    assert library_server.call("POST", "/api/catalog/sources/1/settings", {"watch": "yes"})[0] == 400


def test_a_subfolder_outside_its_source_is_refused(still_library: LiveServer):
    status, answer = still_library.call("POST", "/api/catalog/sources/1/rescan", {"subfolder": "../.."})
    assert (status, answer["field"]) == (400, "subfolder")


def test_the_folder_browser_lists_folders(still_server: LiveServer, photos: Path):
    answer = still_server.get(f"/api/catalog/browse?path={photos}")
    assert set(answer) == {"path", "parent", "exists", "is_dir", "readable", "roots", "entries", "error"}
    assert [entry["name"] for entry in answer["entries"]] == ["2019 Lofoten", "Roll 1", "Roll 2"]
    assert answer["entries"][0] == {"name": "2019 Lofoten", "path": str(photos / "2019 Lofoten"), "readable": True}
    assert still_server.get("/api/catalog/browse?path=/no/such")["exists"] is False


def test_without_a_screen_the_native_chooser_is_not_offered(still_server: LiveServer):
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        pytest.skip("there is a screen: the chooser would open")
    assert still_server.get("/api/catalog/folder-picker") == {"available": False, "tool": None}
    status, answer = still_server.call("POST", "/api/catalog/select-folder", {})
    assert (status, "no folder chooser" in answer["error"]) == (503, True)


def test_a_photo_that_is_no_pair_cannot_be_split(still_library: LiveServer):
    photo = still_library.get("/api/rankings?limit=1")["images"][0]["id"]
    for verb in ("split", "join"):
        status, answer = still_library.call("POST", f"/api/image/{photo}/{verb}", {})
        assert (status, answer["error"].endswith(".")) == (409, True)


def test_cancelling_when_nothing_runs_is_no_error(still_library: LiveServer):
    assert still_library.post("/api/catalog/sources/1/cancel") == {"ok": True, "cancelled": False}


def test_a_running_scan_goes_on_after_a_kill(live_server: LiveServer, tmp_path: Path):
    """The server is killed while it scans; the next start of the same home finishes by itself."""
    base = trees.jpeg(trees.Shot(size=(32, 24), thumbnail=False))
    tree = tmp_path / "many"
    tree.mkdir()
    for number in range(3_000):
        (tree / f"{number:04d}.jpg").write_bytes(base + number.to_bytes(4, "little"))
    live_server.post("/api/catalog/sources", {"path": str(tree)})
    wait_until(lambda: live_server.get("/api/scan/status")["total_inserted"] > 0)
    live_server.process.kill()
    live_server.process.wait(10)
    second = start_server(live_server.home)
    try:
        wait_until(lambda: only_source(second)["last_scan"].get("found") == 3_000, 60)
        assert only_source(second)["image_count"] == 3_000
    finally:
        second.stop()
