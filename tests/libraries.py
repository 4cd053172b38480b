"""Libraries for the tests of grid and loupe: real small files of every kind the pages treat differently."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.sync_api import Page

import trees
from browsing import ready, until

HOSTILE_NAME = "<img src=x onerror=alert(1)>.jpg"
BROKEN_NAME = "torn.jpg"
LARGE_NAME = "large.jpg"
VIDEO_NAME = "clip.mp4"
UNPLAYABLE_NAME = "old.avi"
NEWEST_FIRST = "?sort=date_taken_desc"
OLDEST_FIRST = "?sort=date_taken_asc"
SHOWN_TILES = "#grid .grid-row:not([hidden]) .tile"


def make_library(root: Path, count: int = 60) -> None:
    """count small photos over several days, one large, one broken, one with a name that looks like markup, one clip."""
    trees.make_tree(root, count)
    taken = trees.EPOCH + dt.timedelta(days=40)
    (root / LARGE_NAME).write_bytes(trees.jpeg(trees.Shot(size=(3000, 2000), taken=taken, seed=900)))
    (root / HOSTILE_NAME).write_bytes(trees.jpeg(trees.Shot(taken=taken + dt.timedelta(hours=1), seed=901)))
    whole = trees.jpeg(trees.Shot(taken=taken + dt.timedelta(hours=2), seed=902, thumbnail=False))
    (root / BROKEN_NAME).write_bytes(whole[:2] + b"this is no picture at all" * 40)
    write_clip(root / VIDEO_NAME)


def write_clip(path: Path, seconds: int = 2, rate: int = 15, codec: str = "libx264") -> None:
    """A short film whose frames grow brighter."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(seconds * rate):
            pixels = np.full((180, 320, 3), 40 + number * 5, np.uint8)
            pixels[:, : 10 * number + 1] = (200, 80, 40)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")):
                film.mux(packet)
        for packet in stream.encode():
            film.mux(packet)


def open_library(page: Page, server: Any, query: str = OLDEST_FIRST) -> Page:
    """The library page with its first tiles."""
    page.goto(server.url + "/library" + query)
    ready(page, "library")
    page.wait_for_selector("#grid [data-photo-id]")
    return page


def open_loupe(page: Page, server: Any, photo_id: int, query: str = OLDEST_FIRST) -> Page:
    """The loupe on one photo."""
    page.goto(f"{server.url}/library/photo/{photo_id}{query}")
    ready(page, "loupe")
    page.wait_for_selector(f"#loupe[data-photo-id='{photo_id}']")
    return page


def cards(server: Any, query: str = OLDEST_FIRST) -> list[dict[str, Any]]:
    """Every photo of a view, in its order."""
    separator = "&" if "?" in query else "?"
    found: list[dict[str, Any]] = server.get(f"/api/rankings{query}{separator}limit=500")["images"]
    return found


def named(server: Any, name: str) -> dict[str, Any]:
    """The photo of a file name."""
    return next(card for card in cards(server) if card["filename"] == name)


def view_index(page: Page, index: int) -> Any:
    """The tile of a position, brought on screen."""
    until(page, "document.getElementById('grid').gridView.isDrawn")
    page.evaluate("index => document.getElementById('grid').gridView.reveal(index, 'centre')", index)
    photo = page.evaluate("index => document.getElementById('grid').gridView.view.feed.ids[index]", index)
    return page.locator(f"#grid [data-photo-id='{photo}']")
