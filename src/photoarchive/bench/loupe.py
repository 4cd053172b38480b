"""loupe: how soon the next photo is on screen in md, and how long a million photos take to be flagged from the page.

loupe.next_ms: 40 photographs of 4 megapixels with cached previews, one arrow key every half second; from the key event
to the frame that shows the md picture; median. select.flag_all_1m_ms: Ctrl+A and P on the rows-only million, from the
key event to the answer shown in the page; the flags are taken back afterwards. Headless Chromium, software rendering.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from photoarchive.bench import Report
from photoarchive.bench._chromium import page
from photoarchive.bench._million import million_home
from photoarchive.bench._server import BenchServer, running
from photoarchive.bench._shots import shots

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHOTOS = 40
STEPS = 30
WAIT_SECONDS = 120.0
BY_NAME = "sort=filename_asc"

# Time from the key event to the second frame after the md picture stands in the page: then it has been shown.
NEXT = """() => new Promise((resolve) => {
  const loupe = document.getElementById('loupe'), before = loupe.dataset.photoId;
  addEventListener('keydown', (event) => {
    const look = () => {
      const image = document.querySelector('.stage-layers img:last-of-type');
      const sharp = ['md', 'lg', 'full'].includes(loupe.dataset.tier);
      const shown = loupe.dataset.photoId !== before && sharp && image?.complete;
      if (!shown) requestAnimationFrame(look);
      else requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - event.timeStamp)));
    };
    look();
  }, {once: true, capture: true});
})"""

FLAG_ALL = """() => new Promise((resolve) => {
  addEventListener('keydown', (event) => {
    const toast = document.getElementById('toast');
    const look = () => {
      if (toast.textContent.includes('Picked:')) resolve(performance.now() - event.timeStamp);
      else requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true});
})"""


def run(report: Report) -> None:
    """Report loupe.next_ms and select.flag_all_1m_ms."""
    with tempfile.TemporaryDirectory(prefix="photoarchive-bench-") as folder, running(Path(folder)) as server:
        ids = _prepared(server)
        with page() as browser:
            report("loupe.next_ms", statistics.median(_walk(browser, server, ids[0])), "ms")
    with running(million_home()) as server, page() as browser:
        report("select.flag_all_1m_ms", _flag_all(browser, server), "ms")


def _prepared(server: BenchServer) -> list[int]:
    """Photos whose sm and md are cached, in the order of the view."""
    server.post("/api/work/mode", {"mode": "max"})
    server.post("/api/catalog/sources", {"path": str(shots(PHOTOS)), "scan": True})
    server.wait_until(lambda: len(_ids(server)) >= PHOTOS, WAIT_SECONDS, "the scan")
    server.post("/api/cache/pregen/start")

    def cached() -> bool:
        states = server.post("/api/images/media-status", {"ids": _ids(server)})["images"]
        return all(state["tiers"]["md"]["cached"] for state in states)

    server.wait_until(cached, WAIT_SECONDS, "the previews")
    return _ids(server)


def _ids(server: BenchServer) -> list[int]:
    return [card["id"] for card in server.get(f"/api/rankings?limit=500&{BY_NAME}")["images"]]


def _walk(browser: Page, server: BenchServer, first: int) -> list[float]:
    browser.goto(f"{server.address}/library/photo/{first}?{BY_NAME}")
    browser.wait_for_selector("#loupe[data-tier]:not([data-tier='']):not([data-tier=sm])")
    times = []
    for step in range(STEPS):
        browser.wait_for_timeout(500)
        times.append(_timed(browser, NEXT, "ArrowRight"))
        if step == 0:
            times.clear()       # the first step warms up
    return times


def _flag_all(browser: Page, server: BenchServer) -> float:
    browser.goto(f"{server.address}/library?sort=date_taken_desc")
    browser.wait_for_selector("body[data-ready]")
    browser.wait_for_selector("#grid [data-photo-id]")
    browser.wait_for_timeout(1500)
    browser.keyboard.press("Control+a")
    milliseconds = _timed(browser, FLAG_ALL, "p")
    browser.get_by_role("button", name="Undo").click()
    browser.wait_for_selector("#toast:has-text('Undone')")
    return milliseconds


def _timed(browser: Page, waiting: str, key: str) -> float:
    """Press a key while the page waits for what it does."""
    browser.evaluate(f"window.taken = ({waiting})(); 0")
    browser.keyboard.press(key)
    return float(browser.evaluate("window.taken"))
