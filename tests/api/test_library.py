"""The Library over HTTP: key sets of the contract, pages, feed, facets, one photo, saved views, bad parameters."""

from __future__ import annotations

import datetime as dt
import json
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import LiveServer, serving
from trees import EPOCH, make_tree

PHOTOS = 24
CARD_KEYS = {
    "id",
    "filename",
    "elo",
    "comparisons",
    "propagated_updates",
    "status",
    "flag",
    "aspect_ratio",
    "date_taken",
    "camera_make",
    "camera_model",
    "lens",
    "file_ext",
    "file_size",
    "file_modified_at",
    "width",
    "height",
    "latitude",
    "longitude",
    "created_at",
    "thumb_url",
    "kind",
    "stars",
    "suggested_stars",
    "elo_interval",
    "duration",
    "offline",
    "missing",
    "colour",
    "place",
    "source_id",
    "folder",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with 24 scanned photos in “2019 Lofoten”, “Roll 1” and “Roll 2”."""
    folder = tmp_path_factory.mktemp("photos")
    make_tree(folder, PHOTOS)
    with serving(tmp_path_factory.mktemp("home"), folder) as running:
        yield running


def by_date(server: LiveServer, **filters: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return server.get(f"/api/rankings?sort=date_taken_asc&limit=500&{query}")["images"]


def refused(server: LiveServer, path: str, status: int = 400) -> str:
    code, answer = server.call("GET", path)
    assert code == status, (path, code, answer)
    return str(answer["error"])


def test_rankings_give_cards_with_the_keys_of_the_contract(server: LiveServer) -> None:
    """Totals, a default page, and the facts of a real file."""
    answer = server.get("/api/rankings")
    assert answer.keys() == {"images", "total_images", "total_kept", "visible_images", "hidden_pending_thumbnails"}
    assert (answer["total_images"], answer["total_kept"], answer["visible_images"]) == (PHOTOS, PHOTOS, PHOTOS)
    assert all(card.keys() >= CARD_KEYS for card in answer["images"])
    assert all("similarity" not in card and "date_group" not in card for card in answer["images"])
    first = by_date(server)[0]
    assert first["filename"] == "IMG_0001.jpg"
    assert first["date_taken"] == EPOCH.strftime("%Y-%m-%d %H:%M:%S")
    assert first["date_group"] == "2019-06"
    assert (first["camera_make"], first["camera_model"]) == ("Canon", "EOS R5")
    assert first["file_modified_at"] == dt.datetime.fromtimestamp(1_600_000_000, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert (first["width"], first["height"], first["aspect_ratio"], first["file_ext"]) == (320, 240, 1.3333, ".jpg")
    assert (first["elo"], first["comparisons"], first["flag"], first["kind"]) == (1200.0, 0, "unflagged", "image")
    assert first["thumb_url"] == f"/api/thumb/sm/{first['id']}"
    assert first["folder"].endswith("/2019 Lofoten")


def test_pages_join_to_the_whole_view(server: LiveServer) -> None:
    """Any offset, the last page shorter, beyond the end empty."""
    whole = [card["id"] for card in by_date(server)]
    pages = [
        server.get(f"/api/rankings?sort=date_taken_asc&limit=7&offset={offset}")["images"]
        for offset in (0, 7, 14, 21, 28)
    ]
    assert [len(page) for page in pages] == [7, 7, 7, 3, 0]
    assert [card["id"] for page in pages for card in page] == whole


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"orientation": "portrait"}, 6),
        ({"orientation": "square"}, 6),
        ({"has": "gps"}, 5),
        ({"has": "-gps"}, 19),
        ({"date_taken": "2019-06-01"}, 15),
        ({"date_taken": "2019"}, 24),
        ({"date_taken": "undated"}, 0),
        ({"camera": "Canon%20EOS%20R5"}, 24),
        ({"file_type": "jpg"}, 24),
        ({"file_type": "video"}, 0),
        ({"q": "lofoten"}, 8),
        ({"q": "IMG_0003"}, 1),
        ({"flag": "picked"}, 0),
        ({"compared": "uncompared"}, 24),
        ({"is": "missing,offline"}, 0),
    ],
)
def test_filters_limit_the_view(server: LiveServer, filters: dict[str, str], count: int) -> None:
    """Counts of the drawn tree."""
    answer = server.get("/api/rankings?" + "&".join(f"{name}={value}" for name, value in filters.items()))
    assert (answer["visible_images"], len(answer["images"])) == (count, count)
    assert answer["total_images"] == PHOTOS


def test_the_feed_holds_every_photo_in_order_with_sections_per_day(server: LiveServer) -> None:
    """Decoded as the browser does: ids, days, aspect, bits; then 304 while nothing changed."""
    request = urllib.request.Request(server.url + "/api/library/feed?sort=date_taken_asc")
    with urllib.request.urlopen(request) as answer:
        data, headers = answer.read(), answer.headers
    assert headers["Content-Type"] == "application/x-photoarchive-feed"
    assert headers["X-View-Count"] == str(PHOTOS)
    magic, n, s, m = struct.unpack_from("<4sIII", data)
    meta = json.loads(data[16 : 16 + m])
    assert (magic, n, s, m % 4) == (b"PAF1", PHOTOS, 2, 0)
    assert meta == {"token": headers["X-View-Token"], "total": PHOTOS, "sort": "date_taken_asc", "sections": "day"}
    at = 16 + m
    counts, keys = struct.unpack_from("<2I", data, at), struct.unpack_from("<2i", data, at + 8)
    ids = struct.unpack_from(f"<{n}I", data, at + 16)
    colours = struct.unpack_from(f"<{n}H", data, at + 16 + 4 * n)
    bits = struct.unpack_from(f"<{n}H", data, at + 16 + 6 * n)
    aspects = struct.unpack_from(f"<{n}B", data, at + 16 + 8 * n)
    assert len(data) == at + 16 + 9 * n
    cards = by_date(server)
    assert list(ids) == [card["id"] for card in cards]
    assert [(dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat() for day in keys] == ["2019-06-01", "2019-06-02"]
    assert counts == (15, 9)
    assert all(
        abs(2 ** ((a - 128) / 32) - c["aspect_ratio"]) < 0.02 * c["aspect_ratio"]
        for a, c in zip(aspects, cards, strict=True)
    )
    assert all(colour != 0x39E7 for colour in colours)
    assert {(b >> 2) & 7 for b in bits} == {7}
    assert {b & ~(7 << 2) for b in bits} == {0}
    request.add_header("If-None-Match", headers["ETag"])
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 304
    caught.value.close()


def test_cards_come_in_the_order_asked_and_leave_out_unknown_ids(server: LiveServer) -> None:
    """Ids of a grid's window."""
    ids = [card["id"] for card in by_date(server)][::-3]
    asked = ",".join(str(i) for i in [*ids, 99_999])
    assert [card["id"] for card in server.get(f"/api/library/cards?ids={asked}")["images"]] == ids
    assert "ids" in refused(server, "/api/library/cards")
    assert "at most 500" in refused(server, "/api/library/cards?ids=" + ",".join(["1"] * 501))
    assert "positive" in refused(server, "/api/library/cards?ids=1,x")


def test_locate_and_neighbours_walk_a_pinned_view(server: LiveServer) -> None:
    """The loupe's filmstrip: ids around a photo, clipped at the ends; unknown photo 404, unknown token 410."""
    with urllib.request.urlopen(server.url + "/api/library/feed?sort=date_taken_asc") as answer:
        token = answer.headers["X-View-Token"]
    ids = [card["id"] for card in by_date(server)]
    assert server.get(f"/api/library/locate?token={token}&id={ids[5]}") == {"index": 5}
    near = server.get(f"/api/library/neighbours?token={token}&id={ids[1]}&n=3")
    assert near == {"ids": ids[:5], "index": 1, "start": 0}
    assert "not in the view" in refused(server, f"/api/library/locate?token={token}&id=99999", 404)
    assert "expired" in refused(server, "/api/library/locate?token=none&id=1", 410)
    assert "token is missing" in refused(server, "/api/library/locate?id=1")


def test_facets_follow_the_other_filters(server: LiveServer) -> None:
    """Values with counts; a facet is not limited by itself."""
    answer = server.get("/api/facets?orientation=portrait&has=gps")
    assert answer.keys() == {"total", "count", "facets", "more"}
    assert answer["facets"].keys() >= {
        "flag",
        "stars",
        "date",
        "camera",
        "lens",
        "file_type",
        "kind",
        "orientation",
        "compared",
        "source",
        "label",
        "keyword",
        "has",
        "is",
    }
    assert (answer["total"], answer["count"]) == (PHOTOS, len(by_date(server, orientation="portrait", has="gps")))
    shapes = {value["value"]: value["count"] for value in answer["facets"]["orientation"]}
    assert sum(shapes.values()) == 5
    assert answer["facets"]["flag"][0].keys() == {"value", "label", "count"}
    assert answer["facets"]["camera"] == [{"value": "Canon EOS R5", "label": "Canon EOS R5", "count": answer["count"]}]


def test_values_of_a_long_filter_are_found_by_part_of_their_name(server: LiveServer) -> None:
    """With the counts of the list; a page of them, and how many there are."""
    cameras = server.get("/api/facets?orientation=portrait")["facets"]["camera"]
    found = server.get("/api/facets/values?facet=camera&containing=eOs&orientation=portrait&camera=none")
    assert found == {"values": [one for one in cameras if "EOS" in one["label"]], "total": 1}
    everything = server.get("/api/facets/values?facet=file_type&limit=1")
    assert (len(everything["values"]), everything["total"]) == (
        1, len(server.get("/api/facets")["facets"]["file_type"]))
    assert "facet is missing" in refused(server, "/api/facets/values?containing=a")
    assert "no filter" in refused(server, "/api/facets/values?facet=nothing")
    assert "limit" in refused(server, "/api/facets/values?facet=camera&limit=201")


def test_an_empty_view_says_which_filter_hides_most(server: LiveServer) -> None:
    """The first suggestion is the filter to remove."""
    found = server.get("/api/facets/empty?flag=picked&has=gps")["suggestions"]
    assert found == [{"filter": "flag", "label": "picked", "count": 5}, {"filter": "has", "label": "gps", "count": 0}]


def test_folders_dates_and_options_describe_the_library(server: LiveServer) -> None:
    """Tree with counts, months, and what there is to filter by."""
    tree = server.get("/api/folders")
    assert [(f["name"], f["count"], f["depth"]) for f in tree["folders"][1:]] == [
        ("2019 Lofoten", 8, 1),
        ("Roll 1", 8, 1),
        ("Roll 2", 8, 1),
    ]
    assert tree["root"] == tree["folders"][0]["path"]
    assert tree["folders"][0]["count"] == PHOTOS
    lofoten = tree["folders"][1]["path"].replace(" ", "%20")
    assert server.get(f"/api/rankings?folder={lofoten}")["visible_images"] == 8
    assert server.get("/api/date-groups") == {"groups": [{"date": "2019-06", "label": "June 2019", "count": PHOTOS}]}
    assert server.get("/api/filter-options") == {
        "years": [2019],
        "file_types": [".jpg"],
        "undated": 0,
        "cameras": ["Canon EOS R5"],
        "lenses": ["RF24-70mm F2.8 L IS USM"],
    }


def test_stats_have_the_keys_of_the_contract(server: LiveServer) -> None:
    """Counts of the catalog."""
    stats = server.get("/api/stats")
    assert {
        "total_images",
        "active_images",
        "catalog_images",
        "removed_images",
        "offline_images",
        "picked",
        "rejected",
        "total_comparisons",
        "direct_comparison_rows",
        "rated_images",
        "ranking_signal_count",
        "propagated_update_count",
    } <= stats.keys()
    assert (stats["total_images"], stats["active_images"], stats["offline_images"]) == (PHOTOS, PHOTOS, 0)


def test_one_photo_has_its_card_its_path_and_all_its_facts(server: LiveServer) -> None:
    """The info panel's answer; unknown ids are 404, impossible ones 400."""
    card = by_date(server)[0]
    photo = server.get(f"/api/image/{card['id']}")
    assert photo.keys() >= CARD_KEYS
    assert photo["filepath"] == f"{card['folder']}/{card['filename']}"
    assert [place["path"] for place in photo["locations"]] == [photo["filepath"]]
    assert (photo["iso"], photo["aperture"], photo["focal"], photo["shutter"]) == (400, 2.8, 50.0, 0.004)
    assert photo["keywords"] == photo["parts"] == []
    assert (photo["rank"], photo["title"], photo["taken_origin"]) == (None, None, "embedded")
    assert "99999" in refused(server, "/api/image/99999", 404)
    assert "photo_id" in refused(server, f"/api/image/{2**40}", 400)      # no photo can have this id


def test_markers_are_the_located_photos(server: LiveServer) -> None:
    """For the map; the limit cuts the list, not the count."""
    answer = server.get("/api/map/markers?limit=2")
    assert (answer["total_count"], answer["gps_count"], len(answer["markers"])) == (PHOTOS, 5, 2)
    assert answer["markers"][0].keys() == {"id", "filename", "lat", "lng", "thumb_url"}
    assert 67 < answer["markers"][0]["lat"] < 69


@pytest.mark.parametrize(
    "path",
    [
        "/api/rankings?flag=liked",
        "/api/rankings?limit=501",
        "/api/rankings?limit=-1",
        "/api/rankings?offset=x",
        "/api/rankings?sort=beauty",
        "/api/rankings?colour=red",
        "/api/library/feed?stars=9",
        "/api/facets?date_taken=1",
        "/api/folders?has=money",
        "/api/date-groups?source=x",
        "/api/rankings?people=Ana",
        "/api/rankings?duplicates=perhaps",
        "/api/rankings?sort=similarity",
        "/api/map/markers?limit=0",
    ],
)
def test_bad_parameters_are_named_in_a_sentence(server: LiveServer, path: str) -> None:
    """400 with the parameter's name, never a silent default."""
    name = path.partition("?")[2].partition("=")[0]
    sentence = refused(server, path)
    assert name in sentence or path.partition("=")[2] in sentence
    assert sentence.endswith(".")


def test_saved_views_are_kept_by_name(server: LiveServer) -> None:
    """Saved in canonical form, listed by name, refused when the name is taken or the query makes no sense."""
    saved = server.post("/api/views", {"name": " Best  of ", "query": "?sort=newest&flag=picked"})["views"]
    assert [(view["name"], view["query"]) for view in saved] == [("Best of", "flag=picked&sort=added_desc")]
    assert server.call("POST", "/api/views", {"name": "Best of", "query": ""})[0] == 409
    assert server.call("POST", "/api/views", {"name": "x", "query": "flag=liked"})[0] == 400
    assert server.call("POST", "/api/views", {"name": " ", "query": ""})[0] == 400
    assert server.call("DELETE", f"/api/views/{saved[0]['id']}")[1] == {"views": []}
    assert server.call("DELETE", f"/api/views/{saved[0]['id']}")[0] == 404


def test_a_saved_view_is_replaced_where_it_is_asked_for_and_every_change_is_undone(server: LiveServer) -> None:
    def queries() -> list[str]:
        return [view["query"] for view in server.get("/api/views")["views"]]

    server.post("/api/views", {"name": "Best", "query": "flag=picked"}, window="views")
    server.post("/api/views", {"name": "Best", "query": "flag=rejected", "replace": True}, window="views")
    assert queries() == ["flag=rejected"]
    view = server.get("/api/views")["views"][0]["id"]
    assert server.call("DELETE", f"/api/views/{view}", headers={"X-Window": "views"})[1] == {"views": []}
    for wanted in (["flag=rejected"], ["flag=picked"], []):
        assert server.post("/api/undo", {}, window="views")["skipped"] == 0
        assert queries() == wanted
    server.post("/api/redo", {}, window="views")
    assert queries() == ["flag=picked"]
    server.post("/api/views", {"name": "Best", "query": "", "replace": True}, window="elsewhere")
    assert server.post("/api/undo", {}, window="views")["skipped"] == 1, "somebody has changed it since"
    assert queries() == [""]
    server.call("DELETE", f"/api/views/{server.get('/api/views')['views'][0]['id']}")
