"""kill -9 while photos are compared: nothing half done, and the same groups in the end as without the kill."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import lookalikes
from conftest import start_server
from kills import kill_when

WORK = ("scan", "metadata", "previews", "duplicates")


def test_kill_9_while_comparing_loses_nothing(home: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    lookalikes.write_library(photos, scenes=8, others=20)
    server = start_server(home, looking=True)
    server.post("/api/work/mode", {"mode": "max"})
    server.add_folder(photos, settle=False)
    assert kill_when(server, home, "SELECT count(*) FROM fingerprints", 5, 40) >= 1
    with closing(sqlite3.connect(home / "photoarchive.db")) as catalog:
        assert catalog.execute("SELECT count(*) FROM fingerprints f LEFT JOIN fingerprint_details d "
                               "USING (photo_id) WHERE d.photo_id IS NULL").fetchone()[0] == 0
    server = start_server(home, looking=True)
    try:
        server.settle(WORK)
        groups = server.get("/api/duplicates?pairs=0")["groups"]
        found = sorted(sorted(image["filename"] for image in group["images"]) for group in groups)
        variants = ("bright", "cropped", "original", "poor", "small")
        assert found == sorted([[f"s{number}-{name}.jpg" for name in variants] for number in range(8)]
                               + [[f"burst-{frame}.jpg" for frame in range(3)]])
    finally:
        server.stop()
