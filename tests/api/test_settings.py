"""The settings API: contract, refusals, undo, folders against sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conftest import LiveServer, start_server


def quality(server: LiveServer) -> int:
    return int(server.get("/api/settings")["settings"]["thumb_quality"])


def test_the_answer_has_the_sections_of_the_contract(still_server: LiveServer) -> None:
    answer = still_server.get("/api/settings")
    assert {"settings", "defaults", "ranges", "cache", "model", "ai", "catalog"} <= answer.keys()
    assert answer["settings"].keys() == answer["defaults"].keys() == answer["ranges"].keys()
    assert answer["ranges"]["thumb_quality"] == {"min": 40, "max": 100}
    assert answer["ranges"]["cache_profile"] == {"choices": ["browse_fast", "balanced", "original_heavy"]}
    assert answer["ai"]["model_installed"] is True
    assert [card["role"] for card in answer["model"]] == ["basic", "daily", "deep", "faces"]


def test_a_save_changes_only_what_it_names_and_answers_like_get(live_server: LiveServer) -> None:
    before = live_server.get("/api/settings")["settings"]
    answer = live_server.post("/api/settings", {"thumb_quality": 80, "memory_cache_gb": 0.25})
    assert answer["settings"] == before | {"thumb_quality": 80, "memory_cache_gb": 0.25}


@pytest.mark.parametrize(("body", "field"), [
    ({"thumb_quality": 39}, "thumb_quality"), ({"thumb_quality": "high"}, "thumb_quality"),
    ({"thumb_size_sm": 3000}, "thumb_size_sm"), ({"cache_profile": "huge"}, "cache_profile"), ({"wrong": 1}, "wrong"),
])
def test_a_bad_value_says_field_and_range(still_server: LiveServer, body: dict[str, Any], field: str) -> None:
    status, answer = still_server.call("POST", "/api/settings", body)
    assert status == 400
    assert (answer["field"], field in answer["error"]) == (field, True)
    assert "range" in answer


def test_settings_outlive_a_restart(home: Path) -> None:
    server = start_server(home)
    server.post("/api/settings", {"thumb_quality": 71, "deep_search_terms": ["old boats"]})
    server.stop()
    server = start_server(home)
    try:
        settings = server.get("/api/settings")["settings"]
        assert (settings["thumb_quality"], settings["deep_search_terms"]) == (71, ["old boats"])
    finally:
        server.stop()


def test_undo_and_redo_of_a_change_and_of_a_reset(live_server: LiveServer) -> None:
    live_server.post("/api/settings", {"thumb_quality": 80, "deep_search_terms": ["boats"]})
    live_server.post("/api/settings", {"thumb_quality": 60})
    live_server.post("/api/undo")
    assert quality(live_server) == 80
    live_server.post("/api/redo")
    assert quality(live_server) == 60
    live_server.post("/api/settings/reset")
    assert quality(live_server) == 92
    live_server.post("/api/undo")
    assert quality(live_server) == 60
    assert live_server.get("/api/settings")["settings"]["deep_search_terms"] == ["boats"]
    labels = [action["label"] for action in live_server.get("/api/history?limit=10&offset=0")["actions"]]
    assert "Changed the preview quality" in labels and "Changed 2 settings" in labels


def test_an_undo_leaves_alone_what_another_window_changed_since(live_server: LiveServer) -> None:
    live_server.post("/api/settings", {"thumb_quality": 80, "memory_cache_gb": 1}, window="one")
    live_server.post("/api/settings", {"thumb_quality": 60}, window="two")
    answer = live_server.post("/api/undo", window="one")
    assert answer["skipped"] == 1
    settings = live_server.get("/api/settings")["settings"]
    assert (settings["thumb_quality"], settings["memory_cache_gb"]) == (60, 0.5)


def test_the_cache_may_not_lie_in_a_source_nor_around_one(live_server: LiveServer, photos: Path) -> None:
    live_server.add_folder(photos)
    for folder in (photos, photos / "cache", photos.parent):
        status, answer = live_server.call("POST", "/api/settings", {"ssd_cache_dir": str(folder)})
        assert (status, answer["field"]) == (400, "ssd_cache_dir")
        assert str(photos) in answer["error"]
    assert not (photos / "cache").exists()
    status, answer = live_server.call("POST", "/api/settings", {"ssd_cache_dir": str(photos / "IMG_0001.jpg" / "x")})
    assert status == 400
    assert live_server.call("POST", "/api/settings", {"ssd_cache_dir": str(photos.parent / "cache")})[0] == 200


def test_a_damaged_settings_file_does_not_stop_the_start(home: Path) -> None:
    (home / "settings.local.json").write_text('{"thumb_quality": 5')
    server = start_server(home)
    try:
        answer = server.get("/api/settings")
        assert answer["settings"] == answer["defaults"]
        assert "damaged" in answer["notices"][0]
    finally:
        server.stop()
