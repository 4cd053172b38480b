"""Flags, stars and labels over HTTP, on ids, tokens and filters; undo, redo and history per window."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import LiveServer, serving
from trees import make_tree

PHOTOS = 12


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with 12 photos."""
    folder = tmp_path_factory.mktemp("photos")
    make_tree(folder, PHOTOS)
    with serving(tmp_path_factory.mktemp("home"), folder) as server:
        yield server


@pytest.fixture
def server(running: LiveServer) -> LiveServer:
    """The same server with no photo marked, in a window of its own."""
    everything = {"view": {}}
    running.post("/api/images/flag", everything | {"flag": "unflagged"}, "cleaning")
    running.post("/api/images/stars", everything | {"stars": None}, "cleaning")
    running.post("/api/images/label", everything | {"label": 0}, "cleaning")
    return running


def cards(server: LiveServer, query: str = "") -> list[dict[str, Any]]:
    return server.get(f"/api/rankings?sort=date_taken_asc&limit=500&{query}")["images"]


def pinned(server: LiveServer, query: str = "") -> tuple[str, int]:
    with urllib.request.urlopen(f"{server.url}/api/library/feed?{query}") as answer:
        return answer.headers["X-View-Token"], int(answer.headers["X-View-Count"])


def test_one_photo_and_a_list_are_flagged(server: LiveServer) -> None:
    """The reference's two addresses, with their answers."""
    ids = [card["id"] for card in cards(server)]
    one = server.post(f"/api/image/{ids[0]}/flag", {"flag": "picked"}, "one")
    assert {"ok", "count", "flag"} <= one.keys()
    assert (one["ok"], one["count"], one["flag"]) == (True, 1, "picked")
    many = server.post("/api/images/flag", {"image_ids": ids[1:4], "flag": "rejected"}, "one")
    assert (many["count"], many["changed"], many["flag"]) == (3, 3, "rejected")
    assert [card["flag"] for card in cards(server)][:5] == ["picked", "rejected", "rejected", "rejected", "unflagged"]
    stats, ranked = server.get("/api/stats"), server.get("/api/rankings")
    assert (stats["picked"], stats["rejected"]) == (1, 3)
    assert (ranked["total_images"], ranked["total_kept"]) == (PHOTOS, PHOTOS - 3)


def test_a_view_is_marked_by_token_and_expected_count_or_by_filters(server: LiveServer) -> None:
    """Ctrl+A: the pinned view, and a 409 when the browser counted another number."""
    token, count = pinned(server, "orientation=portrait")
    wrong = {"view": {"token": token, "expected_count": count + 1}, "stars": 5}
    status, answer = server.call("POST", "/api/images/stars", wrong)
    assert status == 409
    assert f"{count} photos now" in answer["error"]
    done = server.post("/api/images/stars", {"view": {"token": token, "expected_count": count}, "stars": 5}, "v")
    assert (done["count"], done["stars"]) == (count, 5)
    assert server.get("/api/rankings?stars=5")["visible_images"] == count
    labelled = server.post("/api/images/label", {"view": {"stars": "5"}, "label": 3}, "v")
    assert (labelled["count"], labelled["label"]) == (count, 3)
    assert server.call("POST", "/api/images/flag", {"view": {"token": "gone"}, "flag": "picked"})[0] == 410


def test_undo_and_redo_belong_to_a_window(server: LiveServer) -> None:
    """Two windows flag; each takes back its own, and what the other changed since is skipped and counted."""
    ids = [card["id"] for card in cards(server)]
    server.post("/api/images/flag", {"image_ids": ids[:4], "flag": "picked"}, "left")
    server.post("/api/images/flag", {"image_ids": ids[:1], "flag": "rejected"}, "right")
    undone = server.post("/api/undo", {}, "left")
    assert undone.keys() >= {"ok", "action", "skipped"}
    assert (undone["action"]["label"], undone["action"]["count"], undone["skipped"]) == ("Picked 4 photos", 4, 1)
    assert [card["flag"] for card in cards(server)][:2] == ["rejected", "unflagged"]
    assert server.post("/api/redo", {}, "left")["changed"] == 3
    server.post("/api/undo", {}, "left")
    server.post("/api/undo", {}, "right")
    assert cards(server)[0]["flag"] == "picked"
    status, answer = server.call("POST", "/api/undo", {}, {"X-Window": "a third"})
    assert (status, answer["error"]) == (400, "There is nothing to undo in this window.")


def test_history_lists_what_was_done(server: LiveServer) -> None:
    """Newest first with paging; undone ones are marked."""
    ids = [card["id"] for card in cards(server)]
    server.post("/api/images/stars", {"image_ids": ids[:2], "stars": 1}, "h")
    server.post("/api/undo", {}, "h")
    answer = server.get("/api/history?limit=1")
    assert answer.keys() == {"actions", "total", "revision"}
    assert answer["actions"][0].keys() == {"id", "kind", "label", "count", "at", "undone", "window"}
    latest = answer["actions"][0]
    assert (latest["kind"], latest["label"], latest["undone"], latest["window"]) == (
        "stars",
        "Gave 2 photos 1 star",
        True,
        "h",
    )
    assert server.get("/api/history?limit=1&offset=1")["actions"][0]["id"] < latest["id"]
    assert server.call("GET", "/api/history?limit=0")[0] == 400


def test_suggested_stars_give_way_to_the_users(server: LiveServer) -> None:
    """A photo without choices has no suggestion; min_stars uses the user's stars."""
    ids = [card["id"] for card in cards(server)]
    assert {card["suggested_stars"] for card in cards(server)} == {None}
    server.post("/api/images/stars", {"image_ids": ids[:1], "stars": 4})
    assert [card["id"] for card in cards(server, "min_stars=3")] == ids[:1]
    assert [card["stars"] for card in cards(server)][:2] == [4, None]


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/api/images/flag", {"image_ids": [1], "flag": "liked"}, 400, "flag cannot be"),
        ("/api/images/flag", {"image_ids": [], "flag": "picked"}, 400, "No photo was chosen"),
        ("/api/images/flag", {"flag": "picked"}, 400, "either image_ids or view"),
        ("/api/images/flag", {"image_ids": [1], "view": {}, "flag": "picked"}, 400, "either image_ids or view"),
        ("/api/images/flag", {"image_ids": [0], "flag": "picked"}, 400, "positive whole numbers"),
        ("/api/images/flag", {"image_ids": ["1"], "flag": "picked"}, 400, "does not fit"),
        ("/api/images/flag", {"image_ids": [99999], "flag": "picked"}, 404, "no photo with the id 99999"),
        ("/api/images/flag", {"view": {"colour": "red"}, "flag": "picked"}, 400, "no filter called"),
        ("/api/images/flag", {"view": {"token": "x", "flag": "picked"}, "flag": "picked"}, 400, "not both"),
        ("/api/images/flag", {"view": {"expected_count": "3"}, "flag": "picked"}, 400, "expected_count"),
        ("/api/images/stars", {"image_ids": [1], "stars": 6}, 400, "stars must be 0 to 5"),
        ("/api/images/label", {"image_ids": [1], "label": -1}, 400, "label must be 0 to 7"),
        ("/api/image/99999/flag", {"flag": "picked"}, 404, "no photo with the id 99999"),
        ("/api/image/x/flag", {"flag": "picked"}, 400, "photo_id"),
        ("/api/images/flag", [1], 400, "does not fit"),
    ],
)
def test_bad_bodies_are_refused_with_a_sentence(
    server: LiveServer, path: str, body: Any, status: int, words: str
) -> None:
    """Nothing changes, nothing is guessed."""
    code, answer = server.call("POST", path, body)
    assert (code, words in answer["error"]) == (status, True), answer
    assert {card["flag"] for card in cards(server)} == {"unflagged"}
