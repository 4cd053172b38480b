"""Models and Deep Search over HTTP, with a real server, a hub on loopback and a tiny model as the deep one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import trees
from conftest import LiveServer, start_server
from hub_server import Hub, hub_server
from photoarchive.bench._tiny_qwen import write_tiny_model

DEEP_ID = "Qwen/Qwen3-VL-Embedding-8B"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_server(Hub(write_tiny_model(tmp_path_factory.mktemp("hub")), model_id=DEEP_ID)) as serving:
        yield serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hub: Hub) -> Iterator[LiveServer]:
    """One server for all tests here; its library holds the 24 small photos."""
    folder = tmp_path_factory.mktemp("models")
    home = folder / "home"
    home.mkdir()
    trees.make_tree(folder / "photos")
    started = start_server(home, looking=True, HF_ENDPOINT=hub.url)
    started.post("/api/settings", {"deep_search_schedule_enabled": False})
    started.post("/api/work/mode", {"mode": "max"})
    started.add_folder(folder / "photos")
    started.settle(("scan", "metadata", "previews"))
    started.post("/api/work/mode", {"mode": "light"})
    yield started
    started.stop()


def ask(server: LiveServer, path: str) -> Any:
    """As a page asks by itself: background work does not step aside for it."""
    status, answer = server.call("GET", path, headers={"X-Automatic": "1"})
    assert status == 200, answer
    return answer


def card(server: LiveServer, role: str) -> dict[str, Any]:
    return next(one for one in ask(server, "/api/ai/models")["models"] if one["role"] == role)


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def test_without_models_the_cards_say_what_works(server: LiveServer, hub: Hub) -> None:
    basic, daily, deep, faces = server.get("/api/ai/models")["models"]
    assert [one["state"] for one in (basic, daily, deep, faces)] == ["installed", "absent", "absent", "installed"]
    assert daily["without"].startswith("Basic search works now")
    assert daily["installable"] and daily["size"] > 4e9 and daily["fit"]["sentence"].endswith(".")
    assert hub.asked == []          # nobody was asked for anything


@pytest.mark.parametrize(("path", "body", "status", "words"), [
    ("install", {"role": "faces"}, 404, "no model named faces"), ("install", {}, 400, "role"),
    ("install", {"role": "daily", "more": 1}, 400, "more"), ("pause", {"role": "daily"}, 409, "No install"),
    ("cancel", {"role": "deep"}, 409, "No install"), ("remove", {"role": "daily"}, 409, "not put there"),
    ("folder", {"role": "daily", "path": "models"}, 400, "not a full path"),
    ("folder", {"role": "daily", "path": "/"}, 400, "holds no model"),
    ("folder", {"role": "daily", "path": "/dev/null"}, 400, "is a file"),
])
def test_verbs_are_refused_with_a_reason(
    server: LiveServer, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    answered, answer = server.call("POST", f"/api/ai/model/{path}", body)
    assert answered == status
    assert words in answer["error"]


def test_a_model_folder_may_not_lie_in_a_source(server: LiveServer, tmp_path: Path) -> None:
    photos = Path(server.get("/api/catalog")["sources"][0]["path"])
    status, answer = server.call("POST", "/api/ai/model/folder", {"role": "daily", "path": str(photos / "model")})
    assert (status, str(photos) in answer["error"]) == (400, True)
    assert not (photos / "model").exists()


def test_a_folder_choice_can_be_undone(server: LiveServer, tmp_path: Path) -> None:
    server.post("/api/ai/model/folder", {"role": "daily", "path": str(write_tiny_model(tmp_path / "own"))})
    wait_for(lambda: card(server, "daily")["state"] == "installed")
    assert card(server, "daily")["name"] == "Qwen3-VL-Embedding, 0.3 M"
    server.post("/api/undo")
    assert (card(server, "daily")["state"], card(server, "daily")["default_folder"]) == ("absent", True)


def test_terms_are_folded_counted_limited_and_undoable(server: LiveServer) -> None:
    def texts() -> list[str]:
        return [term["text"] for term in server.get("/api/deep/terms")["terms"]]

    answer = server.post("/api/deep/terms", {"terms": ["  old   boats ", "Snow", "snow"]})
    assert [term["text"] for term in answer["terms"]] == ["old boats", "Snow"]
    assert (answer["max_terms"], answer["max_length"]) == (200, 160)
    server.post("/api/deep/terms", {"add": "a red door"})
    assert server.get("/api/settings")["settings"]["deep_search_terms"] == ["old boats", "Snow", "a red door"]
    server.post("/api/deep/terms", {"remove": "SNOW"})
    assert texts() == ["old boats", "a red door"]
    server.post("/api/undo")
    assert texts() == ["old boats", "Snow", "a red door"]
    for body, status in (({"add": "x" * 161}, 400), ({"add": " "}, 400), ({"add": "snow"}, 409),
                         ({"remove": "nothing"}, 404), ({"terms": [str(n) for n in range(201)]}, 400),
                         ({"terms": "boats"}, 400), ({"wrong": 1}, 400)):
        assert server.call("POST", "/api/deep/terms", body)[0] == status, body
    assert texts() == ["old boats", "Snow", "a red door"]


def test_the_schedule_is_told_in_words_and_times(server: LiveServer) -> None:
    server.post("/api/settings", {"deep_search_schedule_enabled": True, "deep_search_schedule_start": "00:00",
                                  "deep_search_schedule_end": "00:00", "deep_search_schedule_timezone": "UTC"})
    schedule = server.get("/api/deep/status")["schedule"]
    assert schedule["open"] and schedule["closes_at"] > time.time()
    server.post("/api/settings", {"deep_search_schedule_enabled": False})
    schedule = server.get("/api/deep/status")["schedule"]
    assert (schedule["open"], schedule["opens_at"]) == (False, None)


def test_deep_search_from_install_to_answer(server: LiveServer, hub: Hub) -> None:
    """Installed from the hub with a break, run by hand, every photo looked at, every term answered, removed again."""
    status, answer = server.call("POST", "/api/deep/run")
    assert (status, "needs its model" in answer["error"]) == (409, True)
    assert server.get("/api/deep/status")["state"] == "no_model"
    hub.break_after = [300_000]
    server.post("/api/ai/model/install", {"role": "deep"})
    wait_for(lambda: card(server, "deep")["state"] == "installed")
    assert hub.fetched("model.safetensors") == ["", "bytes=300000-"]
    assert card(server, "deep")["commit"] == hub.commit
    server.post("/api/deep/terms", {"terms": ["old boats", "year:2019"]})
    status = wait_for(lambda: (now := ask(server, "/api/deep/status"))["model_installed"] and now)
    assert status["photos"]["done"] == 0            # its schedule is off
    assert not server.get("/api/search/about?q=old%20boats")["deep"]
    assert server.post("/api/deep/run")["ok"]
    status = wait_for(lambda: (now := ask(server, "/api/deep/status"))["state"] == "complete" and now)
    assert status["photos"] == {"done": 24, "total": 24}
    assert status["terms"]["done"] == status["terms"]["total"] >= 1
    assert [term["answered"] for term in server.get("/api/deep/terms")["terms"]] == [True, False]     # no words in it
    found = server.get("/api/search?q=old%20boats&limit=5")
    assert found["model"].startswith("qwen3-vl-0.3m-deep:")
    assert server.get("/api/search/about?q=old%20boats")["deep"]
    server.post("/api/deep/terms", {"add": "fresh snow"})
    server.post("/api/work/deep/run")               # the Work panel's "run now" goes by no schedule either
    wait_for(lambda: ask(server, "/api/deep/terms")["terms"][-1]["answered"])
    server.post("/api/ai/model/remove", {"role": "deep"})
    assert card(server, "deep")["state"] == "absent"
    wait_for(lambda: ask(server, "/api/deep/status")["state"] == "no_model")
