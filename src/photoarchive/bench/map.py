"""map: a million photos that all have a location, looked at over HTTP and in headless Chromium with software rendering.

View: windows of the map at all zooms around photos; every fifth asks with a filter that nobody asked for before, so the
points are gathered anew. Page: from the address to the drawn world with its clusters. A hundred thousand photos, which
the browser clusters itself: until MapLibre has nothing left to do, and the live JavaScript heap then. Warm-up: one
visit each. Preparation, once: the rows, then a location for those the synthetic library left without.
"""

from __future__ import annotations

import fcntl
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photoarchive.bench import Report, bench_home
from photoarchive.bench._chromium import heap_megabytes, page, percentile
from photoarchive.bench._server import BenchServer, running
from photoarchive.catalog.database import Database, Transaction
from photoarchive.catalog.places import place_ids

if TYPE_CHECKING:
    from playwright.sync_api import Page

MILLION, MANY = 1_000_000, 100_000
VIEWS, VISITS, SEED = 200, 5, 3
SPREAD_DEGREES = 3.0
PATH = "/map"
WORLD = "/api/map/clusters?window=-180,-85,180,85&zoom=4"

FILTERS = tuple(f"{name}={value}" for name, values in {
    "flag": ("picked", "unflagged", "unflagged,picked", "unflagged,rejected"), "min_stars": ("1", "2", "3", "4", "5"),
    "orientation": ("landscape", "portrait", "landscape,portrait"), "date_taken": tuple(map(str, range(2006, 2024))),
    "has": ("raw", "-raw", "keywords", "-keywords", "pair", "-pair", "-video"), "source": ("1", "2", "3", "1,2", "2,3"),
}.items() for value in values)

DRAWN = """() => document.body.dataset.ready && document.querySelector('.map-marker')
  && performance.getEntriesByName('map-drawn').length ? performance.now() : null"""
IDLE = "() => performance.getEntriesByName('map-idle').at(-1)?.startTime ?? null"


def run(report: Report) -> None:
    """Report map.view_p95_ms_1m, map.page_drawn_ms_1m, map.idle_ms_100k and map.heap_mb_100k."""
    with running(located_home(MILLION)) as server:
        report("map.view_p95_ms_1m", percentile(view_times(server), 0.95), "ms")
        with page() as browser:
            visits = [_visit(browser, server.address + PATH, DRAWN) for _ in range(VISITS + 1)][1:]
        report("map.page_drawn_ms_1m", statistics.median(visits), "ms")
    with running(located_home(MANY)) as server, page() as browser:
        visits = [_visit(browser, server.address + PATH, IDLE) for _ in range(VISITS + 1)][1:]
        report("map.idle_ms_100k", statistics.median(visits), "ms")
        report("map.heap_mb_100k", heap_megabytes(browser), "MB")


def view_times(server: BenchServer) -> list[float]:
    """Milliseconds from request to answer of windows all over the map."""
    chance = random.Random(SEED)
    centres = [(one["lng"], one["lat"]) for one in server.get(WORLD)["clusters"]]
    filters = list(FILTERS)
    chance.shuffle(filters)
    times = []
    for number in range(VIEWS):
        lng, lat = chance.choice(centres)
        address = _window(lng, lat, chance.randint(0, 14))
        if number % 5 == 0 and filters:
            address += "&" + filters.pop()
        began = time.perf_counter()
        server.get(address)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _window(lng: float, lat: float, zoom: int) -> str:
    """What a map of 1600 × 900 px around a place asks for."""
    wide = min(180.0, 1600 / 2 / (512 * 2**zoom) * 360)
    high = wide * 9 / 16
    south, north = max(-85.0, lat - high), min(85.0, lat + high)
    return f"/api/map/clusters?window={lng - wide:.5f},{south:.5f},{lng + wide:.5f},{north:.5f}&zoom={zoom}"


def _visit(browser: Page, url: str, question: str) -> float:
    browser.goto("about:blank")
    browser.goto(url)
    answer: Any = None
    while answer is None:
        browser.wait_for_timeout(20)
        answer = browser.evaluate(question)
    return float(answer)


def located_home(rows: int) -> Path:
    """A home with so many synthetic photos, rows only, all with a location. The first call makes it."""
    home = bench_home() / f"located-{rows}"
    done = home / ".complete"
    with (bench_home() / "located.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            from photoarchive.demo.build import build_demo

            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            build_demo(home, rows, rows_only=True)
            _locate_all(home)
            done.touch()
    return home


def _locate_all(home: Path) -> None:
    """Give the photos without a location one within some degrees of another's; all count as looked up."""
    db = Database(home / "photoarchive.db")
    try:
        db.write(_locate)
    finally:
        db.close()


def _locate(tx: Transaction) -> None:
    chance = np.random.default_rng(SEED)
    known = np.array(tx.execute("SELECT lat, lon FROM photos WHERE lat IS NOT NULL").fetchall())
    missing = [row[0] for row in tx.execute("SELECT id FROM photos WHERE lat IS NULL")]
    drawn = known[chance.integers(0, len(known), len(missing))] + chance.normal(0, SPREAD_DEGREES, (len(missing), 2))
    lat, lon = np.clip(drawn[:, 0], -85, 85), (drawn[:, 1] + 180) % 360 - 180
    tx.executemany("UPDATE photos SET lat = ?, lon = ? WHERE id = ?",
                   zip(lat.tolist(), lon.tolist(), missing, strict=True))
    nowhere = place_ids(tx, [("", "", "", "")])[0]
    tx.execute("UPDATE photos SET place_id = ?", (nowhere,))
    tx.changes.touch_all("photos")
