"""No two threads of a server can wait for each other for ever: locks are always taken in one order."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from pathlib import Path

import pytest

from child_python import python_path
from conftest import LiveServer, start_server
from libraries import make_library

WATCH = Path(__file__).parents[1] / "lock_watch"
SEARCHES = ("sky", "sky -dog", "near:photo:1", "has:gps boat", "is:duplicate", "is:offline tree")
PAGES = (
    "/api/library/feed?{}", "/api/facets?{}", "/api/facets/empty?{}", "/api/folders?{}", "/api/date-groups?{}",
    "/api/rankings?limit=20&{}", "/api/search?{}", "/api/search/why?ids=1,2&{}", "/api/search/complete?text=per",
    "/api/map/markers?{}", "/api/map/points?{}", "/api/places?{}", "/api/places/days?{}", "/api/mosaic/next?n=6&{}",
    "/api/compare/next?{}", "/api/compare/progress?{}", "/api/compare/results?{}", "/api/propagation/last",
    "/api/similar/3", "/api/look-alikes?id=3", "/api/duplicates", "/api/collections?{}", "/api/people",
    "/api/people?section=unnamed", "/api/people/questions", "/api/people/status", "/api/image/2/faces",
    "/api/thumb/sm/4", "/api/thumb/md/5", "/api/image/6/media-status", "/api/video/1/frames", "/api/stats",
    "/api/work", "/api/catalog", "/api/albums", "/api/keywords", "/api/cache/status", "/api/settings", "/api/history",
    "/api/ai/status", "/api/deep/status", "/api/filter-options", "/api/views", "/api/library/cards?ids=1,2,3",
)


@pytest.fixture
def watched(home: Path, tmp_path: Path) -> LiveServer:
    """A server whose locks are watched, with everything at work."""
    return start_server(home, looking=True, LOCK_WATCH=str(tmp_path / "locks.json"), PYTHONPATH=python_path(WATCH))


def browse(server: LiveServer, words: str, failed: list[str], stop: threading.Event) -> None:
    """What a person's pages ask, over and over, and some marks in between."""
    while not stop.is_set():
        for page in PAGES:
            status, answer = server.call("GET", page.format(f"q={words.replace(' ', '%20')}"))
            if status >= 500:
                failed.append(f"{page}: {status} {answer!r}"[:300])
        server.call("POST", "/api/images/flag", {"image_ids": [1, 2], "flag": "picked"})
        server.call("POST", "/api/undo")


def test_locks_are_taken_in_one_order(watched: LiveServer, tmp_path: Path) -> None:
    photos, failed, stop = tmp_path / "photos", [], threading.Event()
    make_library(photos, 40)
    people = [threading.Thread(target=browse, args=(watched, words, failed, stop)) for words in SEARCHES]
    try:
        watched.post("/api/work/mode", {"mode": "max"})
        watched.add_folder(photos)
        for person in people:
            person.start()
        watched.settle(("previews", "duplicates", "embed", "faces"))
        watched.process.send_signal(signal.SIGUSR1)
        wait_for(tmp_path / "locks.json")
    finally:
        stop.set()
        for person in people:
            person.join(60)
        watched.stop()
    edges = json.loads((tmp_path / "locks.json").read_text("utf-8"))
    assert len(edges) > 20, "the watch saw nothing"
    assert failed == []
    assert circle({(one, other): stack for one, other, stack in edges}) == ""


def wait_for(file: Path, seconds: float = 30.0) -> None:
    """Until the server wrote it."""
    until = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < until, f"{file.name} does not come"
        time.sleep(0.05)


def circle(edges: dict[tuple[str, str], str]) -> str:
    """The stacks of locks that are waited for in a circle; "" if there are none."""
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)

    def follow(path: list[str]) -> list[str] | None:
        for other in sorted(after.get(path[-1], ())):
            if other in path:
                return [*path[path.index(other):], other]
            if other not in left and (found := follow([*path, other])):
                return found
        left.add(path[-1])
        return None

    left: set[str] = set()
    for one in sorted(after):
        if found := follow([one]):
            return "\n".join(f"{a} → {b}\n{edges[a, b]}" for a, b in itertools.pairwise(found))
    return ""


def test_a_circle_is_seen() -> None:
    assert circle({("a", "b"): "1", ("b", "c"): "2"}) == ""
    assert "c → a" in circle({("a", "b"): "1", ("b", "c"): "2", ("c", "a"): "3"})
