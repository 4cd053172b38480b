"""GET /api/image/{id}/exif of a real server."""

from __future__ import annotations

from pathlib import Path

from conftest import LiveServer


def test_all_tags_of_a_photo_are_answered_live_and_from_the_catalog(library_server: LiveServer, photos: Path):
    card = library_server.get("/api/rankings?limit=1&sort=filename")["images"][0]
    live = library_server.get(f"/api/image/{card['id']}/exif")
    assert live["live"] is True
    assert live["exif"]["Exif.Image.Model"] == "Canon EOS R5"
    assert live["exif"]["Exif.Photo.ISOSpeedRatings"] == "400"

    photos.rename(photos.with_name("unplugged"))
    stored = library_server.get(f"/api/image/{card['id']}/exif")
    assert stored["live"] is False and stored["reason"]
    assert stored["exif"] == live["exif"]


def test_an_unknown_photo_is_not_found(live_server: LiveServer):
    status, answer = live_server.call("GET", "/api/image/987654/exif")
    assert status == 404 and "987654" in answer["error"]
