"""A headless Chromium with software rendering for the benchmarks of pages."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from photoarchive.core.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run", "--enable-precise-memory-info",
]
WIDTH, HEIGHT = 1600, 960


@contextlib.contextmanager
def page() -> Iterator[Page]:
    """One page of 1600 × 960. Raises Unavailable where Chromium or Playwright is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Unavailable("This benchmark needs Playwright (pip install playwright).") from error
    if program is None:
        raise Unavailable("This benchmark needs Chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()


def heap_megabytes(of: Page) -> float:
    """Live JavaScript heap of a page, after a collection."""
    session = of.context.new_cdp_session(of)
    session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(usage["usedSize"]) / 1e6


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
