"""Duplicates over HTTP: groups and pairs, decisions that stick, filters, and what bad requests are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lookalikes
from conftest import LiveServer, start_server

WORK = ("scan", "metadata", "previews", "duplicates")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scenes with four variants each, a burst of three, six other pictures."""
    photos = tmp_path_factory.mktemp("photos")
    lookalikes.write_library(photos)
    return photos


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[LiveServer]:
    """One server for all tests of this file, its photos compared."""
    running = start_server(tmp_path_factory.mktemp("home"), looking=True)
    running.post("/api/work/mode", {"mode": "max"})
    running.add_folder(folder, settle=False)
    running.settle(WORK)
    yield running
    running.stop()


def names_of(group: dict[str, Any]) -> set[str]:
    return {image["filename"] for image in group["images"]}


def group_of(server: LiveServer, name: str, state: str = "all") -> dict[str, Any]:
    groups = server.get(f"/api/duplicates?state={state}&pairs=0")["groups"]
    found = [group for group in groups if name in names_of(group)]
    assert len(found) == 1, name
    return found[0]


def flags(server: LiveServer, group: dict[str, Any]) -> dict[str, str]:
    cards = server.get(f"/api/library/cards?ids={','.join(map(str, group['image_ids']))}")["images"]
    return {card["filename"]: card["flag"] for card in cards}


def test_variants_are_grouped_with_a_keeper_and_its_reason(server):
    answer = server.get("/api/duplicates")
    variants = ("original", "poor", "small", "bright", "cropped")
    expected = [{f"s{number}-{name}.jpg" for name in variants} for number in range(3)]
    assert sorted(map(sorted, map(names_of, answer["groups"]))) == sorted(
        map(sorted, [*expected, {f"burst-{frame}.jpg" for frame in range(3)}]))
    assert (answer["total"], answer["open"], answer["decided"], answer["looking"]) == (4, 4, 0, 0)
    group = group_of(server, "s1-original.jpg")
    assert group["images"][0]["id"] == group["keeper"] == group["image_ids"][0]
    assert group["images"][0]["filename"] == "s1-original.jpg" and group["reason"] and not group["decided"]
    assert {"dimensions", "size", "camera"} <= set(group["differs"])
    assert group_of(server, "burst-1.jpg")["kind"] == "burst"


def test_pairs_are_the_likest_first_and_within_the_threshold(server):
    answer = server.get("/api/duplicates?threshold=0.97&limit=12")
    similarities = [pair["similarity"] for pair in answer["pairs"]]
    assert similarities == sorted(similarities, reverse=True) and min(similarities) >= 0.97
    assert len(similarities) == 12
    for pair in answer["pairs"]:
        assert pair["a"]["filename"].split("-")[0] == pair["b"]["filename"].split("-")[0]
        assert pair["a"].keys() == {"id", "filename", "elo", "thumb_url"}


def test_filters_and_their_counts(server):
    assert server.get("/api/rankings?is=duplicate&limit=1")["visible_images"] == 18
    assert server.get("/api/rankings?duplicates=hide&limit=1")["visible_images"] == 4 + 6
    assert server.get("/api/rankings?duplicates=burst&limit=1")["visible_images"] == 3
    facet = {value["value"]: value["count"] for value in server.get("/api/facets")["facets"]["duplicates"]}
    assert facet["hide"] == 10 and facet["burst"] == 3 and facet["same"] + facet["near"] == 15


def test_the_best_of_a_group_says_for_how_many_photos_it_stands(server):
    """Cards: the number of photos of the group on its keeper, nothing on the others."""
    group = group_of(server, "s0-original.jpg")
    cards = server.get(f"/api/library/cards?ids={','.join(map(str, group['image_ids']))}")["images"]
    assert {card["id"]: card["stack"] for card in cards if card["stack"]} == {group["keeper"]: 5}


def test_rejecting_the_others_sets_flags_and_is_undone_whole(server):
    group = group_of(server, "s0-original.jpg")
    keep = next(image["id"] for image in group["images"] if image["filename"] == "s0-bright.jpg")
    done = server.post("/api/duplicates/decide", {"photo_ids": group["image_ids"], "verdict": "keep", "keep": [keep]})
    assert done["rejected"] == 4
    rejected = {name for name, flag in flags(server, group).items() if flag == "rejected"}
    assert rejected == names_of(group) - {"s0-bright.jpg"}
    assert group_of(server, "s0-bright.jpg", "decided")["keeper"] == keep
    assert server.get("/api/duplicates?state=open&pairs=0")["total"] == 3
    server.post("/api/undo")
    assert set(flags(server, group).values()) == {"unflagged"}
    assert not group_of(server, "s0-original.jpg")["decided"]


def test_decisions_stick_when_files_move_and_everything_is_compared_again(server, folder):
    """A moved folder, a rescan and a fresh comparison change nothing: not the parted, not the kept."""
    parted, kept = group_of(server, "s2-original.jpg"), group_of(server, "burst-0.jpg")
    server.post("/api/duplicates/decide", {"photo_ids": parted["image_ids"], "verdict": "not_duplicates"})
    server.post("/api/duplicates/decide", {"photo_ids": kept["image_ids"], "verdict": "keep_all"})
    (folder / "moved").mkdir()
    for path in folder.glob("*.jpg"):
        path.rename(folder / "moved" / path.name)
    source = server.get("/api/catalog")["sources"][0]["id"]
    server.post(f"/api/catalog/sources/{source}/rescan")
    server.settle(WORK)
    groups = server.get("/api/duplicates?pairs=0")["groups"]
    assert not [group for group in groups if any(name.startswith("s2-") for name in names_of(group))]
    assert group_of(server, "burst-0.jpg")["decided"]
    assert set(flags(server, kept).values()) == {"unflagged"}

    (folder / "moved" / "burst-late.jpg").write_bytes(lookalikes.jpeg(
        lookalikes.moved_on(lookalikes.scene(50), 5), 90, lookalikes.TAKEN))
    server.post(f"/api/catalog/sources/{source}/rescan")
    server.settle(WORK)
    assert len(names_of(group_of(server, "burst-late.jpg", "open"))) == 4      # something new: asked again
    for _ in range(2):
        server.post("/api/undo")
    assert len(names_of(group_of(server, "s2-original.jpg"))) == 5


@pytest.mark.parametrize(("body", "words"), [
    ({"photo_ids": [1], "verdict": "keep_all"}, "at least two"),
    ({"photo_ids": [1, 2], "verdict": "burn"}, "verdict"),
    ({"photo_ids": [1, 2], "verdict": "keep"}, "keep names"),
    ({"photo_ids": [1, 2], "verdict": "keep", "keep": [3]}, "only name photos"),
    ({"photo_ids": [1, 2], "verdict": "keep_all", "force": True}, "does not fit"),
])
def test_bad_decisions_are_refused_with_a_sentence(server, body, words):
    status, answer = server.call("POST", "/api/duplicates/decide", body)
    assert status == 400 and words in answer["error"]


@pytest.mark.parametrize("query", ["threshold=2", "threshold=nan", "state=never", "kind=odd", "limit=0"])
def test_bad_questions_are_refused_with_a_sentence(server, query):
    status, answer = server.call("GET", f"/api/duplicates?{query}")
    assert status == 400 and answer["error"]


def test_unknown_photos_have_no_look_alikes(server):
    assert server.call("GET", "/api/similar/99999")[0] == 404
    assert server.call("GET", "/api/similar?ids=1@0-0-20000-1")[0] == 400
    assert server.call("GET", "/api/rankings?similar=me")[0] == 400
    assert server.call("GET", "/api/rankings?sort=similar")[0] == 400
    assert server.call("GET", "/api/collections?n_clusters=0")[0] == 400


def test_look_alikes_of_photos_and_of_parts(server):
    """The variants of a scene come first; before the model looked there is a sentence, not an empty list."""
    server.settle(("embed",))
    group = group_of(server, "s1-original.jpg")
    first = group["image_ids"][0]
    found = server.get(f"/api/similar/{first}?limit=4")
    assert len({image["id"] for image in found["images"]} & set(group["image_ids"])) >= 3
    assert found["images"][0]["similarity"] >= found["images"][-1]["similarity"] > 0.5
    listed = server.get(f"/api/rankings?similar={first}&sort=similar&limit=5")["images"]
    assert [image["id"] for image in listed] == [first, *[image["id"] for image in found["images"]]]
    two, third = group["image_ids"][:2], group["image_ids"][2:]
    like_both = server.get(f"/api/similar?ids={two[0]},{two[1]}&limit=3")["images"]
    assert not {image["id"] for image in like_both} & set(two)
    assert {image["id"] for image in like_both} & set(third)
    shown = server.get(f"/api/rankings?similar={two[0]},{two[1]}&sort=similar&limit=5")["images"]
    assert [image["id"] for image in shown] == [*two, *[image["id"] for image in like_both]]
    part = server.get(f"/api/similar?ids={first}@500-500-9000-9000&limit=4")["images"]
    assert len({image["id"] for image in part} & set(group["image_ids"])) >= 3


def parts_of(server, query: str) -> tuple[str, list[int], list[int], list[int]]:
    """What the photos of a view stand under: kind, how many, keys; and the photos."""
    feed = server.get(f"/api/library/feed?{query}")
    photos, parts, length = np.frombuffer(feed, "<u4", 3, 4).tolist()
    after = 16 + length
    return (json.loads(feed[16:after])["sections"], np.frombuffer(feed, "<u4", parts, after).tolist(),
            np.frombuffer(feed, "<i4", parts, after + 4 * parts).tolist(),
            np.frombuffer(feed, "<u4", photos, after + 8 * parts).tolist())


def test_a_view_of_look_alikes_parts_the_really_alike_from_the_rest(server):
    """The border is where two photos are no longer called similar; the photo asked for is above it; both ways."""
    server.settle(("embed",))
    first = group_of(server, "s1-original.jpg")["image_ids"][0]
    found = server.get(f"/api/similar/{first}?limit=500")
    alike = [image["id"] for image in found["images"] if image["similarity"] >= found["threshold"]]
    assert 3 <= len(alike) < len(found["images"]), "there are both kinds"
    kind, counts, keys, photos = parts_of(server, f"similar={first}&sort=similar_desc")
    assert (kind, keys) == ("alike", [1, 0])
    assert counts == [1 + len(alike), len(found["images"]) - len(alike)]
    assert photos[:counts[0]] == [first, *alike]
    assert parts_of(server, f"similar={first}&sort=similar_asc")[1:3] == (counts[::-1], [0, 1])
    assert parts_of(server, f"similar={first}&sort=filename_asc")[:2] == ("none", [])
    assert parts_of(server, f"similar={first}&sort=date_taken_desc")[0] == "day"


def test_a_photo_that_cannot_be_read_is_not_waited_for(server, tmp_path):
    """Nothing will look at it: the reason is said, and not how far the work is."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    source = server.add_folder(tmp_path / "more")
    try:
        broken = server.get(f"/api/rankings?source={source}")["images"][0]["id"]
        for question in (f"similar/{broken}", f"similar?ids={broken}@0-0-9000-9000", f"search?q=near:photo:{broken}"):
            status, answer = server.call("GET", f"/api/{question}")
            assert status == 409 and "cannot be read" in answer["error"], question
        assert "cannot be read" in server.get(f"/api/look-alikes?ids={broken}")["note"]
    finally:
        server.post(f"/api/catalog/sources/{source}/remove", {"mode": "delete"})


def test_visual_groups_part_a_view_and_each_is_a_filter(server):
    """Every photo of the view is in one group; its address shows as many as the group says, in views and counts."""
    server.settle(("embed",))
    collections = server.get("/api/collections?n_clusters=3")
    assert sum(one["size"] for one in collections["collections"]) == collections["total_images"]
    assert all(one["name"] and one["representative"] in one["image_ids"] for one in collections["collections"])
    for one in collections["collections"]:
        view = server.get(f"/api/rankings?group={one['group']}&limit=500")
        assert view["visible_images"] == one["size"]
        assert {image["id"] for image in view["images"]} == set(one["image_ids"])
        assert server.get(f"/api/facets?group={one['group']}")["count"] == one["size"]
    all_of_them = ",".join(one["group"] for one in collections["collections"])
    assert server.get(f"/api/rankings?group={all_of_them}&limit=1")["visible_images"] == collections["total_images"]


@pytest.mark.parametrize("name", ["7", "7@8-9", "x@1-2", "99999@99999-1", "1@" + "-".join(map(str, range(1, 300)))])
def test_a_group_that_is_none_is_refused_with_a_sentence(server, name):
    status, answer = server.call("GET", f"/api/rankings?group={name}")
    assert status == 400 and "group" in answer["error"]
