"""Albums over HTTP: made from ids, pinned views and filters; in views, counts, history."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from conftest import LiveServer, serving
from trees import make_tree


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with 12 photos."""
    folder = tmp_path_factory.mktemp("photos")
    make_tree(folder, 12)
    with serving(tmp_path_factory.mktemp("home"), folder) as running:
        yield running


def ids(server: LiveServer, query: str = "sort=filename") -> list[int]:
    return [card["id"] for card in server.get(f"/api/rankings?limit=500&{query}")["images"]]


def test_albums_are_made_filled_renamed_emptied_deleted_and_undone(server: LiveServer) -> None:
    """The whole life of an album, and back again."""
    window = "albums"
    everything = ids(server)
    made = server.post("/api/albums", {"name": "Lofoten", "image_ids": everything[3:6]}, window)
    album = made["album"]
    assert (made["changed"], album["count"], album["cover"]) == (3, 3, everything[3])
    with urllib.request.urlopen(f"{server.url}/api/library/feed?orientation=portrait") as answer:
        pinned = {"token": answer.headers["X-View-Token"], "expected_count": int(answer.headers["X-View-Count"])}
    added = server.post(f"/api/albums/{album['id']}/add", {"view": pinned}, window)
    portraits = [photo for photo in ids(server, "orientation=portrait") if photo not in everything[3:6]]
    assert added["changed"] == len(portraits)
    assert ids(server, f"album={album['id']}&sort=album") == everything[3:6] + portraits
    taken = server.post(f"/api/albums/{album['id']}/remove", {"view": {"orientation": "portrait"}}, window)
    assert taken["changed"] == pinned["expected_count"]
    assert server.post(f"/api/albums/{album['id']}/rename", {"name": "North"}, window)["album"]["name"] == "North"
    assert server.get(f"/api/image/{everything[3]}")["albums"] == [{"id": album["id"], "name": "North"}]
    server.post(f"/api/albums/{album['id']}/delete", None, window)
    assert server.get("/api/albums")["albums"] == []
    for _ in range(4):
        server.post("/api/undo", None, window)
    assert [(one["name"], one["count"]) for one in server.get("/api/albums")["albums"]] == [("Lofoten", 3)]
    facet = server.get("/api/facets")["facets"]["album"]
    assert facet == [{"value": str(album["id"]), "label": "Lofoten", "count": 3}]
    server.post("/api/undo", None, window)
    assert server.get("/api/albums")["albums"] == []


def test_an_album_can_be_exported_saved_and_compared_like_any_view(server: LiveServer) -> None:
    """The filter is one like all others."""
    everything = ids(server)
    album = server.post("/api/albums", {"name": "Best", "image_ids": [everything[7], everything[2]]})["album"]["id"]
    query = f"album={album}&sort=album"
    assert [row["id"] for row in server.get(f"/api/export?{query}")] == [everything[7], everything[2]]
    saved = server.post("/api/views", {"name": "Album", "query": query})["views"][0]
    assert saved["query"] == f"sort=album_asc&album={album}"
    assert server.post("/api/images/flag", {"view": {"album": str(album)}, "flag": "picked"})["count"] == 2


@pytest.mark.parametrize(("path", "body", "status"), [
    ("/api/albums", {"name": ""}, 400), ("/api/albums", {}, 400), ("/api/albums", {"name": "x", "image_ids": []}, 400),
    ("/api/albums/999/add", {"image_ids": [1]}, 404), ("/api/albums/999/rename", {"name": "y"}, 404),
    ("/api/albums/999/delete", {}, 404), ("/api/albums/x/delete", {}, 400),
])
def test_bad_requests_get_a_sentence(server: LiveServer, path: str, body: object, status: int) -> None:
    """Never a trace."""
    answered, answer = server.call("POST", path, body)
    assert (answered, bool(answer["error"])) == (status, True)


def test_a_view_that_changed_or_expired_is_not_added(server: LiveServer) -> None:
    """409 and 410, and the album stays as it was."""
    album = server.post("/api/albums", {"name": "Careful"})["album"]["id"]
    for view, status in (({"token": "gone", "expected_count": 1}, 410),
                         ({"flag": "picked", "expected_count": 99}, 409)):
        assert server.call("POST", f"/api/albums/{album}/add", {"view": view})[0] == status
    assert server.call("POST", "/api/albums", {"name": "careful"})[0] == 409
    assert ids(server, f"album={album}") == []
    assert server.call("GET", "/api/rankings?album=nine")[0] == 400
