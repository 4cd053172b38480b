"""Keywords, titles and captions over HTTP: at once in filters, counts, search and details; undone with one call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LiveServer, serving
from trees import make_tree


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("photos")
    make_tree(found, 12)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[LiveServer]:
    """A server with 12 photos."""
    with serving(tmp_path_factory.mktemp("home"), folder) as running:
        yield running


def ids(server: LiveServer, query: str = "sort=filename") -> list[int]:
    return [card["id"] for card in server.get(f"/api/rankings?limit=500&{query}")["images"]]


def test_a_keyword_for_a_selection_is_everywhere_at_once(server: LiveServer) -> None:
    """Filter by any level, facet, completion, search, details; then away with undo."""
    chosen = ids(server)[:5]
    done = server.post("/api/images/keywords", {"image_ids": chosen, "add": ["Nature|Birds"]}, "k")
    assert (done["count"], done["changed"], done["keywords"]) == (5, 5, ["Nature|Birds"])
    assert sorted(ids(server, "keyword=Nature")) == sorted(chosen)
    assert sorted(ids(server, "q=birds")) == sorted(chosen)
    facet = server.get("/api/facets")["facets"]["keyword"]
    assert {"value": "Nature|Birds", "label": "Nature|Birds", "count": 5} in facet
    assert server.get("/api/keywords?q=bir")["keywords"] == [{"name": "Nature|Birds", "count": 5}]
    assert server.get(f"/api/image/{chosen[0]}")["keywords"] == ["Nature|Birds"]
    removed = server.post("/api/images/keywords", {"image_ids": chosen[:2], "remove": ["Nature|Birds"]}, "k")
    assert removed["changed"] == 2
    counted = server.post("/api/images/keywords/count", {"image_ids": chosen})
    assert counted == {"keywords": [{"name": "Nature|Birds", "count": 3}], "photos": 5}
    server.post("/api/undo", None, "k")
    undone = server.post("/api/undo", None, "k")
    assert undone["action"]["label"] == "Added the keyword “Nature › Birds” to 5 photos"
    assert ids(server, "keyword=Nature") == []


def test_captions_outlive_a_rescan_of_the_changed_file(server: LiveServer, folder: Path) -> None:
    """The file is changed and read again; what the user wrote stays, and is found."""
    card = next(one for one in server.get("/api/rankings?limit=500")["images"] if one["filename"] == "IMG_0001.jpg")
    server.post("/api/images/texts", {"image_ids": [card["id"]], "title": "Morgenrot", "caption": "First light"}, "c")
    path = next(folder.rglob("IMG_0001.jpg"))
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    server.post(f"/api/catalog/sources/{card['source_id']}/rescan")
    server.settle()
    facts = server.get(f"/api/image/{card['id']}")
    assert (facts["title"], facts["caption"]) == ("Morgenrot", "First light")
    assert ids(server, "q=%22first+light%22") == [card["id"]]
    server.post("/api/undo", None, "c")
    assert server.get(f"/api/image/{card['id']}")["caption"] is None
    assert ids(server, "q=%22morgenrot%22") == []


def test_a_whole_view_gets_a_caption(server: LiveServer) -> None:
    """By filters, as one action."""
    done = server.post("/api/images/texts", {"view": {"orientation": "portrait"}, "caption": "upright"}, "v")
    assert done["changed"] == done["count"] == len(ids(server, "orientation=portrait"))
    assert done["count"] == len(ids(server, "q=%22upright%22"))
    server.post("/api/undo", None, "v")
    assert ids(server, "q=%22upright%22") == []


@pytest.mark.parametrize(("path", "body", "status"), [
    ("keywords", {"image_ids": [1]}, 400), ("keywords", {"image_ids": [1], "add": ["a"], "remove": ["b"]}, 400),
    ("keywords", {"image_ids": [1], "add": [" "]}, 400), ("keywords", {"image_ids": [99999], "add": ["a"]}, 404),
    ("texts", {"image_ids": [1]}, 400), ("texts", {"image_ids": [1], "title": 5}, 400),
    ("texts", {"image_ids": [1], "title": "x" * 600}, 400), ("texts", {"title": "x"}, 400),
    ("texts", {"view": {"token": "gone"}, "title": "x"}, 410),
])
def test_bad_requests_get_a_sentence(server: LiveServer, path: str, body: object, status: int) -> None:
    """Nothing is changed."""
    answered, answer = server.call("POST", f"/api/images/{path}", body)
    assert (answered, bool(answer["error"])) == (status, True)
