"""A server on a rows-only demo behaves as on a real library."""

from __future__ import annotations

from pathlib import Path

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
