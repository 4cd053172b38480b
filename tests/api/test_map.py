"""The map over HTTP: points, clusters, places, areas, and the files of the base map in ranges."""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from conftest import LiveServer, start_server
from photoarchive.demo.build import build_demo

PHOTOS = 600


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server on a synthetic library whose places have been looked up."""
    home: Path = tmp_path_factory.mktemp("home")
    build_demo(home, PHOTOS, rows_only=True)
    server = start_server(home)
    server.settle(("places",))
    yield server
    server.stop()


def test_points_markers_and_clusters_count_the_same_photos(demo: LiveServer) -> None:
    data = demo.get("/api/map/points?flag=unflagged")
    count = int(np.frombuffer(data, "<u4", 1, 4)[0])
    markers = demo.get("/api/map/markers?flag=unflagged")
    assert set(markers) == {"markers", "total_count", "gps_count"}
    assert set(markers["markers"][0]) == {"id", "filename", "lat", "lng", "thumb_url"}
    clusters = demo.get("/api/map/clusters?flag=unflagged&window=-180,-90,180,90&zoom=1")
    assert count == markers["gps_count"] == clusters["located"] == clusters["shown"] > 100
    assert sum(one["count"] for one in clusters["clusters"]) == count
    assert clusters["image_ids"] == [one["id"] for one in markers["markers"]][:120]
    in_year = demo.get("/api/map/clusters?window=-180,-90,180,90&zoom=1&year=2019")["shown"]
    assert in_year == demo.get("/api/rankings?has=gps&date_taken=2019")["visible_images"]


def test_points_are_sent_again_only_when_something_changed(demo: LiveServer) -> None:
    with urllib.request.urlopen(f"{demo.url}/api/map/points") as answer:
        etag = answer.headers["ETag"]
    assert demo.call("GET", "/api/map/points", headers={"If-None-Match": etag})[0] == 304
    assert demo.call("GET", "/api/map/points?flag=picked", headers={"If-None-Match": etag})[0] == 200


@pytest.mark.parametrize("query", [
    "/api/map/clusters", "/api/map/clusters?window=1,2,3&zoom=1", "/api/map/clusters?window=5,0,1,1&zoom=1",
    "/api/map/clusters?window=-180,-90,180,90&zoom=99", "/api/map/clusters?window=-180,-90,180,90&zoom=20",
    "/api/map/clusters?window=0,0,1,1&zoom=3&year=x", "/api/map/points?bbox=1,2", "/api/map/points?planet=mars",
    "/api/places?bbox=0,10,1,-10", "/api/places/days",
])
def test_what_makes_no_sense_gets_a_sentence(demo: LiveServer, query: str) -> None:
    status, answer = demo.call("GET", query)
    assert status == 400
    assert answer["error"].endswith(".")


def test_places_have_names_counts_and_filters(demo: LiveServer) -> None:
    answer = demo.get("/api/places")
    first = answer["places"][0]
    assert demo.get(f"/api/rankings?place={urllib.parse.quote(first['value'])}")["visible_images"] == first["count"]
    words = urllib.parse.quote(f'place:"{first["country"]}"')
    country = urllib.parse.quote(first["value"].partition("|")[0])
    assert demo.get(f"/api/search?q={words}")["visible_images"] == demo.get(
        f"/api/rankings?place={country}")["visible_images"] >= first["count"]
    card = demo.get(f"/api/library/cards?ids={first['image_id']}")["images"][0]
    assert card["place"].startswith(first["label"])
    assert card["place"].endswith(first["country"])
    facets = demo.get("/api/facets")["facets"]["place"]
    assert sum(one["count"] for one in facets if "|" not in one["value"]) == answer["located"] - answer["nameless"]
    assert demo.call("GET", "/api/places/days?token=old")[0] == 410


def test_the_base_map_is_served_in_ranges_from_here(demo: LiveServer) -> None:
    page = demo.get("/map").decode()
    static = page.partition('href="/static/')[2].partition("/")[0]
    for name in ("world", "cities"):
        request = urllib.request.Request(f"{demo.url}/static/{static}/data/map/{name}.pmtiles",
                                         headers={"Range": "bytes=0-6"})
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, answer.read()) == (206, b"PMTiles")
    assert "unsafe-eval" not in urllib.request.urlopen(f"{demo.url}/map").headers["Content-Security-Policy"]
