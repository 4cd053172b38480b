"""grid: the library page on a million photos, in headless Chromium with software rendering beside the real server.

Warm-up: the places of a freshly made home are looked up to the end, as in a library that has been in use for a while
(the job changes two thousand photos at a time, and every change makes counts and orders anew); one visit (static files
and module code in the browser's cache, the view open on the server). Then the medians of repeated visits and relayouts,
the frames of ten seconds of scrolling at 1,500 px/s, jumps of the scrubber all over the view, and changes of filter and
sort until the new grid is drawn.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from photoarchive.bench import Report
from photoarchive.bench._chromium import heap_megabytes, page, percentile
from photoarchive.bench._million import million_home
from photoarchive.bench._server import BenchServer, running

if TYPE_CHECKING:
    from playwright.sync_api import Page

VISITS = 5
REST_SECONDS = 900.0
LIBRARY = "/library?sort=date_taken_desc"
CHANGES = (
    "/library?sort=date_taken_desc&flag=picked", "/library?sort=filename_asc",
    "/library?sort=date_taken_desc&min_stars=3", "/library?sort=file_size_desc", "/library?sort=date_taken_asc",
    "/library?sort=date_taken_desc&orientation=portrait", "/library?sort=date_taken_desc",
)

# Notes when the page says it is ready and when the first picture is on screen; both are needed.
WATCH_READY = """
const look = () => {
  const picture = document.querySelector('.tile-picture.is-shown');
  if (document.body?.dataset.ready && picture) window.readyMs = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

RELAYOUT = """async () => {
  const grid = document.getElementById('grid').gridView, times = [], start = grid.rowHeight;
  for (const height of [120, 240, 160, 300, start]) {
    grid.setRowHeight(height);
    while (grid.layout.options.target !== height) await new Promise(requestAnimationFrame);
    times.push(grid.layoutMilliseconds);
  }
  return times;
}"""

SCROLL = """async ([speed, seconds]) => {
  const grid = document.getElementById('grid').gridView, frames = [];
  let tiles = 0, last = performance.now();
  const end = last + seconds * 1000;
  grid.renderTimes.length = 0;
  await new Promise((resolve) => {
    const step = () => {
      const now = performance.now();
      frames.push(now - last);
      grid.scroller.scrollTop += speed * (now - last) / 1000;
      last = now;
      tiles = Math.max(tiles, grid.tileCount);
      if (now < end) requestAnimationFrame(step);
      else resolve();
    };
    requestAnimationFrame(step);
  });
  return {frames: frames.slice(1), renders: [...grid.renderTimes], tiles};
}"""

SCRUB = """async (jumps) => {
  const scrubber = document.querySelector('.scrubber').scrubber;
  scrubber.jumpTimes.length = 0;
  for (let n = 0; n < jumps; n++) {
    scrubber.jump((n * 0.6180339887) % 1);
    await new Promise(requestAnimationFrame);
  }
  return [...scrubber.jumpTimes];
}"""

# A click on a link of ours changes the query without a reload, as filters and the sort menu do.
CHANGE = """async (address) => {
  const grid = document.getElementById('grid').gridView, before = grid.view, link = document.createElement('a');
  link.href = address;
  document.body.append(link);
  const started = performance.now();
  link.click();
  link.remove();
  while (grid.view === before || !grid.isDrawn) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""


def run(report: Report) -> None:
    """Report grid.* (ready, layout, frames, render step, tiles, heap, scrub, filter change)."""
    with running(million_home()) as server, page() as browser:
        server.wait_until(lambda: _is_settled(server), REST_SECONDS, "the places of the photos")
        browser.add_init_script(WATCH_READY)
        visits = [_visit(browser, server.address + LIBRARY) for _ in range(VISITS + 1)][1:]
        report("grid.ready_ms", statistics.median(visits), "ms")
        report("grid.layout_ms", statistics.median(browser.evaluate(RELAYOUT)), "ms")
        _scrolling(browser, report)
        scrubbing = browser.evaluate(SCRUB, 200)
        report("grid.scrub_p95_ms", percentile(scrubbing, 0.95), "ms")
        changes = [browser.evaluate(CHANGE, address) for address in CHANGES * 2]
        report("grid.filter_change_ms", statistics.median(changes), "ms")


def _is_settled(server: BenchServer) -> bool:
    places = next(job for job in server.get("/api/work")["jobs"] if job["name"] == "places")
    return bool(places["state"] == "idle" and places["done"] >= places["total"])


def _visit(browser: Page, url: str) -> float:
    browser.goto("about:blank")
    browser.goto(url)
    ready: Any = None
    while ready is None:
        ready = browser.evaluate("window.readyMs ?? null")
        browser.wait_for_timeout(20)
    return float(ready)


def _scrolling(browser: Page, report: Report) -> None:
    browser.evaluate(SCROLL, [1500, 2])
    seen = browser.evaluate(SCROLL, [1500, 10])
    report("grid.frame_p50_ms", statistics.median(seen["frames"]), "ms")
    report("grid.frame_p95_ms", percentile(seen["frames"], 0.95), "ms")
    report("grid.render_p95_ms", percentile(seen["renders"], 0.95), "ms")
    report("grid.tiles_max", float(seen["tiles"]), "tiles")
    report("grid.heap_mb", heap_megabytes(browser), "MB")
