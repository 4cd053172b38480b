"""Corrected times and places over HTTP: previewed, applied to a list or a whole view, seen everywhere, undone."""

from __future__ import annotations

import struct
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trees
from conftest import LiveServer, serving

DAY = 86_400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("photos")
    trees.make_tree(folder, 12)
    (folder / "oslo.jpg").write_bytes(trees.jpeg(trees.Shot(seed=50, gps=(59.91, 10.75))))
    with serving(tmp_path_factory.mktemp("home"), folder) as running:
        yield running


def cards(server: LiveServer, query: str = "sort=filename") -> list[dict[str, Any]]:
    return server.get(f"/api/rankings?limit=500&{query}")["images"]


def days(server: LiveServer) -> list[int]:
    """The day headers of the grid."""
    feed = server.call("GET", "/api/library/feed?sort=date_taken_asc")[1]
    _, sections, meta = struct.unpack_from("<III", feed, 4)
    return list(struct.unpack_from(f"<{sections}i", feed, 16 + meta + 4 * sections))


def test_a_time_is_previewed_corrected_for_a_whole_view_exported_and_undone(server: LiveServer) -> None:
    before = {card["id"]: card["date_taken"] for card in cards(server)}
    headers = days(server)
    change = {"view": pinned(server), "change": {"kind": "shift", "seconds": -DAY}}
    preview = server.post("/api/corrections/time/preview", change)
    assert (preview["count"], len(preview["photos"])) == (len(before), 8)
    assert {one["before"]["date_taken"] for one in preview["photos"]} <= set(before.values())
    assert {card["id"]: card["date_taken"] for card in cards(server)} == before
    done = server.post("/api/corrections/time", change, "t")
    assert (done["count"], done["changed"]) == (len(before), len(before))
    assert days(server) == [day - 1 for day in headers]
    first = cards(server, "sort=date_taken_asc")[0]
    assert first["date_taken"] < min(before.values())
    rows = server.get("/api/export?format=json&ids=" + str(first["id"]))
    assert rows[0]["date_taken"] == first["date_taken"]
    assert first["date_taken"].encode() in server.call("GET", f"/api/export?format=csv&ids={first['id']}")[1]
    assert server.get(f"/api/image/{first['id']}")["corrected"]["date_taken"] == before[first["id"]]
    undone = server.post("/api/undo", None, "t")
    assert undone["action"]["label"] == f"Shifted the time of {len(before)} photos by −1 d"
    assert {card["id"]: card["date_taken"] for card in cards(server)} == before
    assert server.get(f"/api/image/{first['id']}")["corrected"] == {}


def pinned(server: LiveServer) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/api/library/feed") as answer:
        return {"token": answer.headers["X-View-Token"], "expected_count": int(answer.headers["X-View-Count"])}


def test_a_place_is_set_copied_filtered_exported_in_sidecars_and_reset(server: LiveServer, tmp_path: Path) -> None:
    photos = [card["id"] for card in cards(server) if card["filename"] != "oslo.jpg"][:3]
    oslo = next(card for card in cards(server) if card["filename"] == "oslo.jpg")
    sydney = {"kind": "at", "latitude": -33.8688, "longitude": 151.2093}
    copied = {"kind": "copy", "photo_id": oslo["id"]}
    server.post("/api/corrections/place", {"image_ids": photos[:1], "change": sydney}, "p")
    server.post("/api/corrections/place", {"image_ids": photos[1:], "change": copied}, "p")
    located = {card["id"]: (card["latitude"], card["longitude"]) for card in cards(server, "has=gps")}
    assert located[photos[0]] == (-33.8688, 151.2093)
    assert located[photos[1]] == located[photos[2]] == (oslo["latitude"], oslo["longitude"])
    server.post("/api/export/copy", {"image_ids": photos[:1], "target": str(tmp_path / "out"), "structure": "flat",
                                     "sidecars": True})
    server.settle(("export",))
    sidecar = next((tmp_path / "out").rglob("*.xmp")).read_text("utf-8")
    assert "33,52.128000S" in sidecar
    details = server.get(f"/api/image/{photos[0]}")
    assert "latitude" in details["corrected"]
    server.post("/api/corrections/place", {"image_ids": photos, "change": {"kind": "reset"}}, "p")
    assert server.get(f"/api/image/{photos[0]}")["corrected"] == {}
    for _ in range(3):
        server.post("/api/undo", None, "p")
    assert [server.get(f"/api/image/{photo}")["corrected"] for photo in photos] == [{}] * 3


def test_what_makes_no_sense_is_a_sentence(server: LiveServer) -> None:
    photo = cards(server)[0]["id"]
    nowhere = next(card["id"] for card in cards(server) if card["latitude"] is None)
    for path, change in (
        ("time", {"kind": "zone", "camera": "Mars/Olympus", "place": "UTC"}),
        ("time", {"kind": "set", "local": "today"}),
        ("time", {"kind": "shift", "seconds": 10**12}), ("time", {"kind": "nonsense"}),
        ("place", {"kind": "at", "latitude": 95, "longitude": 0}), ("place", {"kind": "copy", "photo_id": nowhere}),
    ):
        status, answer = server.call("POST", f"/api/corrections/{path}", {"image_ids": [photo], "change": change})
        assert (status, bool(answer["error"])) == (400, True), change
    zones = server.get("/api/corrections/zones")["zones"]
    assert {"UTC", "Europe/Oslo", "America/New_York"} <= set(zones)
    assert server.call("POST", "/api/corrections/time", {"view": {"token": "x", "expected_count": 1},
                                                         "change": {"kind": "reset"}})[0] == 410
