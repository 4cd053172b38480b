"""A server on a rows-only demo behaves as on a real library."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from conftest import start_server
from photoarchive.demo.build import build_demo


def test_photos_without_files_show_drawn_pictures_and_no_drive_is_missed(home: Path) -> None:
    """Every tile has a picture, the sources are online, nothing fails in the background."""
    build_demo(home, 300, rows_only=True)
    server = start_server(home)
    try:
        cards = server.get("/api/rankings?limit=50")["images"]
        for card in cards[:5]:
            status, picture = server.call("GET", card["thumb_url"])
            assert (status, picture[:3]) == (200, b"\xff\xd8\xff")
        assert {source["state"] for source in server.get("/api/catalog")["sources"]} == {"online"}
        assert not any(card["offline"] for card in cards)
        assert [job["name"] for job in server.get("/api/work")["jobs"] if job["failed"]] == []
    finally:
        server.stop()


def test_guesses_and_places_that_are_not_listed_are_found_by_name(home: Path) -> None:
    """A list has the most frequent values and says how many more there are; the server finds them all."""
    build_demo(home, 6000, rows_only=True, vectors=16)
    server = start_server(home)
    try:
        server.settle(("places",))
        answer = server.get("/api/facets?orientation=landscape")
        listed = {one["value"] for one in answer["facets"]["tag"]}
        assert len(listed) == 200 and answer["more"]["tag"] > 0
        page = server.get("/api/facets/values?facet=tag&orientation=landscape&limit=200")
        assert page["total"] == 200 + answer["more"]["tag"]
        letters = [server.get(f"/api/facets/values?facet=tag&containing={letter}&limit=200&orientation=landscape")
                   for letter in "abcdefghijklmnopqrstuvwxyz"]
        rare = next(one for found in letters for one in found["values"] if one["value"] not in listed)
        typed, shown = quote(rare["value"].upper()), f"tag={quote(rare['value'])}&orientation=landscape"
        assert rare in server.get(f"/api/facets/values?facet=tag&orientation=landscape&containing={typed}")["values"]
        assert server.get(f"/api/rankings?{shown}")["visible_images"] == rare["count"]
        assert server.get("/api/facets/values?facet=tag&containing=(guess)")["total"] == 0

        town = server.get("/api/facets/values?facet=place&containing=TROMSO")["values"][0]
        assert town["label"] == "Tromsø"
        assert server.get(f"/api/rankings?place={quote(town['value'])}")["visible_images"] == town["count"]
    finally:
        server.stop()
