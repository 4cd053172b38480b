"""The event stream of the real server, and its end within three seconds."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

from conftest import LiveServer

COUNTED = {"sources", "settings", "history", "people"}


class Stream:
    """One open EventSource."""

    def __init__(self, server: LiveServer) -> None:
        self.answer = urllib.request.urlopen(server.url + "/api/events", timeout=30)

    def next(self) -> tuple[str, Any]:
        name, data = "", None
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif not line and name:
                return name, data

    def until(self, name: str) -> Any:
        while True:
            heard, data = self.next()
            if heard == name:
                return data


def test_state_comes_first_and_news_follow(live_server: LiveServer, photos: Path) -> None:
    stream = Stream(live_server)
    with stream.answer:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.answer.headers["Cache-Control"] == "no-store"
        name, hello = stream.next()
        assert (name, set(hello)) == ("hello", {"version", "revision", "marks", "catalog", *COUNTED})
        assert {"jobs", "mode", "governor"} <= stream.until("work").keys()
        live_server.post("/api/settings", {"thumb_quality": 66})
        assert stream.until("settings")["keys"] == ["thumb_quality"]
        live_server.add_folder(photos, settle=False)
        assert stream.until("sources") is not None
        assert stream.until("catalog") is not None


def test_a_page_without_a_stream_asks_for_the_same_numbers(library_server: LiveServer) -> None:
    """What a stream tells first, and each number rises when its thing changes."""
    before = library_server.get("/api/news")
    assert set(before) == {"version", "revision", "marks", "catalog", *COUNTED}
    photo = library_server.get("/api/rankings?limit=1")["images"][0]["id"]
    library_server.post("/api/images/flag", {"image_ids": [photo], "flag": "picked"})
    library_server.post("/api/settings", {"thumb_quality": 66})
    after = library_server.get("/api/news")
    assert after["catalog"] == before["catalog"]
    assert all(after[name] > before[name] for name in ("marks", "history", "settings"))
    assert library_server.get("/api/history")["revision"] == after["history"]


def test_what_was_marked_since_a_revision_is_named_with_its_bits(library_server: LiveServer) -> None:
    """Flags, stars, labels and words, each photo once; nothing that was changed before, or all when that is unknown."""
    one, two, three = (image["id"] for image in library_server.get("/api/rankings?limit=3")["images"])
    library_server.post("/api/images/flag", {"image_ids": [one], "flag": "rejected"})
    since = library_server.get("/api/news")["revision"]
    assert library_server.get(f"/api/library/marks?since={since}") == {"revision": since, "ids": [], "bits": []}
    library_server.post("/api/images/flag", {"image_ids": [two], "flag": "picked"})
    library_server.post("/api/images/stars", {"image_ids": [two], "stars": 4})
    library_server.post("/api/images/label", {"image_ids": [two], "label": 3})
    library_server.post("/api/images/keywords", {"image_ids": [three], "add": ["boat"]})
    answer = library_server.get(f"/api/library/marks?since={since}")
    assert answer["ids"] == sorted([two, three])
    bits = dict(zip(answer["ids"], answer["bits"], strict=True))
    assert (bits[two] & 3, bits[two] >> 2 & 7, bits[two] >> 12 & 7) == (1, 4, 3)
    assert (bits[three] & 3, bits[three] >> 2 & 7) == (0, 7)
    assert answer["revision"] >= since + 4
    assert set(library_server.get("/api/library/marks?since=0")["ids"]) >= {one, two, three}
    assert library_server.call("GET", "/api/library/marks")[0] == 400


def test_open_streams_do_not_hold_the_end_of_the_server(live_server: LiveServer) -> None:
    streams = [Stream(live_server) for _ in range(3)]
    idle = socket.create_connection(("127.0.0.1", int(live_server.url.rsplit(":", 1)[1])))
    for stream in streams:
        assert stream.next()[0] == "hello"
    begun = time.monotonic()
    live_server.process.terminate()
    live_server.process.wait(10)
    assert time.monotonic() - begun < 6, "it ends long before the last resort"
    assert live_server.process.returncode == 0
    for stream in streams:
        stream.answer.close()
    idle.close()
