"""The event stream of the real server, and its end within three seconds."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

from conftest import LiveServer


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
        assert (name, set(hello)) == ("hello", {"version", "revision", "marks", "catalog"})
        assert {"jobs", "mode", "governor"} <= stream.until("work").keys()
        live_server.post("/api/settings", {"thumb_quality": 66})
        assert stream.until("settings")["keys"] == ["thumb_quality"]
        live_server.add_folder(photos, settle=False)
        assert stream.until("sources") is not None
        assert stream.until("catalog") is not None


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
